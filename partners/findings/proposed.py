"""What is to be found of the cells of a proposal: of the records as they would be if all of it were accepted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property

from django.db import models
from django.utils.translation import gettext as _

from partners.changes.history import RowStep
from partners.changes.standing import Present
from partners.findings.finding import Finding, Level, heaviest_first
from partners.findings.kept_texts import KeptText, findings_of_quote, kept_texts
from partners.findings.names import CalledSo, namesakes_among, records_called_so
from partners.findings.records import (
    LOOKED_AT,
    FirstRows,
    RecordAtHand,
    RowsAround,
    findings_of_namesakes,
    look_at,
    names_of_hands,
    rows_around,
)
from partners.findings.values import findings_of_change, findings_of_values
from partners.models import AgreementAmount, Citation, OrganizationName, Source
from partners.models.agreements import AMOUNTS_FIELD
from partners.models.belonging import is_record, model_named
from partners.web_addresses import plain_address

# Every finding of a record stands under it, whatever it is about.
EVERY_FINDING = "*"
# A record, by its model and key.
type_of_record = tuple[type[models.Model], int]


@dataclass
class Surroundings:
    """What findings ask of the database about the records of proposals: brought once, for however many there are."""

    rows: dict[type[models.Model], RowsAround]
    sources: dict[int, Source]
    # By the plain addresses of their pages.
    texts: dict[str, KeptText]

    @classmethod
    def of(cls, steps: Iterable[RowStep], most_rows: int | None = None) -> "Surroundings":
        """`most_rows`: of a record that has more rows of one place these are brought, and those that steps change."""
        steps = list(steps)
        keys: dict[type[models.Model], set[int]] = {}
        sources, urls = set(), set()
        for step in steps:
            for name, key in step.records:
                keys.setdefault(model_named(name), set()).add(key)
            if step.model is Citation:
                sources.add((step.after or {}).get("source_id"))
            # The addresses of sources that come too.
            urls.add((step.after or {}).get("url") or "")
        there = Source.objects.select_related("link_check").in_bulk(
            {key for key in sources if key and key > 0}
        )
        texts = kept_texts(map(plain_address, urls | {each.url for each in there.values()}))
        part = most_rows and FirstRows(most_rows, keys_by_model(steps))
        around = {model: rows_around(model, own, part=part or None) for model, own in keys.items()}
        return cls(around, there, texts)


@dataclass
class ProposedFindings:
    """The findings of steps, and the citations that would stand beside the values that they change.

    Asks as many queries for one step as for many of the same kinds; `findings_of_proposals` as many for one proposal as for
    many.
    """

    steps: Sequence[RowStep]
    present: Present
    surroundings: Surroundings | None = None
    hands: dict[type_of_record, RecordAtHand] = field(default_factory=dict)
    # By record, and by the name of what they are about, or the key of the citation.
    found: dict[tuple[type_of_record, str | int], list[Finding]] = field(default_factory=dict)
    # The citations as they would be, by the keys of their steps, and those of them that quote something else, or from
    # somewhere else.
    citations: dict[int, Citation] = field(default_factory=dict)
    quoted: set[int] = field(default_factory=set)

    def __post_init__(self):
        is_alone = self.surroundings is None
        self.surroundings = self.surroundings or Surroundings.of(self.steps)
        for model, record in self.records_as_proposed():
            self.hands[model, record.pk] = self.surroundings.rows[model].at_hand(record)
        self.let_lapse()
        self.put_rows()
        if is_alone:
            look_at_proposals([self])

    def names(self, model: type[models.Model]) -> dict[int, dict[str, str]]:
        """The names that its records of a kind would have."""
        return names_of_hands(hand for (each, _key), hand in self.hands.items() if each is model)

    def look(self, called: dict[type[models.Model], CalledSo]) -> None:
        """Find what there is to be found."""
        alike = {model: namesakes_among(self.names(model), found) for model, found in called.items()}
        for (model, key), hand in self.hands.items():
            others = alike.get(model, {}).get(key, ())
            # Each is told of its own citation, so that what is said of two of one value is said twice.
            for each in (
                *look_at(hand),
                *findings_of_namesakes(hand, others),
                *self.findings_of_quotes(hand),
            ):
                for about in {each.field, each.citation, EVERY_FINDING} - {None}:
                    self.found.setdefault(((model, key), about), []).append(each)

    @property
    def is_of_part(self) -> bool:
        """Whether a record has more rows than those that were looked at."""
        return any(hand.is_part for hand in self.hands.values())

    def findings_of_quotes(self, hand: RecordAtHand) -> Iterator[Finding]:
        for citation in hand.citations:
            if citation.pk in self.quoted:
                text = self.surroundings.texts.get(plain_address(citation.source.url))
                yield from findings_of_quote(citation, text)

    # What would be there -------------------------------------------------------------------------------------------

    def records_as_proposed(self) -> Iterable[tuple[type[models.Model], models.Model]]:
        """The records that are not to go, with the values that they are to get."""
        own = {(step.model, step.key): step for step in self.steps if step.is_of_record}
        keys = {(model_named(name), key) for step in self.steps for name, key in step.records}
        for model, key in sorted(keys, key=str):
            step, now = own.get((model, key)), self.present.rows.get((model, key))
            if step and step.after is None or not (step or now):
                continue
            yield model, row_as_proposed(model, key, now, step)

    def let_lapse(self) -> None:
        """What was cited for a value that changes supports it no more, unless its own row says so."""
        for step in self.steps:
            hand = self.hands.get((step.model, step.key))
            if step.is_of_record and hand and step.before is not None:
                changed = {column.name for column in step.changed}
                for citation in hand.citations:
                    citation.supports_current &= citation.field not in changed

    def put_rows(self) -> None:
        """The rows of records that come, change or go. They are found by their keys: a record can have thousands of them,
        and as many can come."""
        sources = self.sources()
        placed: dict[tuple[type_of_record, str], dict[int, models.Model]] = {}
        for step in self.steps:
            kind = "citations" if step.model is Citation else LOOKED_AT.get(step.model)
            for name, key in step.records if kind else ():
                place = (model_named(name), key)
                if place in self.hands:
                    there = getattr(self.hands[place], kind)
                    rows = placed.setdefault((place, kind), {row.pk: row for row in there})
                    self.put(step, rows, sources)
        for (place, kind), rows in placed.items():
            setattr(self.hands[place], kind, list(rows.values()))

    def put(self, step: RowStep, rows: dict[int, models.Model], sources: dict[int, Source]) -> None:
        """Into the rows of one kind that a record has, by their keys."""
        now = rows.pop(step.key, None)
        if step.after is None or (step.before is not None and now is None):
            return
        row = row_as_proposed(step.model, step.key, now, step)
        if step.model is Citation:
            row = prepared(row, sources)
            # A changed row of a citation speaks of the value of now only where it says so.
            row.supports_current |= "value" in step.after
            self.citations[step.key] = row
            if step.before is None or not step.after.keys().isdisjoint({"quote", "source_id"}):
                self.quoted.add(step.key)
        rows[step.key] = row

    def sources(self) -> dict[int, Source]:
        """The sources of citations that come or change, those that come with them included."""
        coming = {(step.model, step.key): step for step in self.steps if step.before is None}
        named = {(step.after or {}).get("source_id") for step in self.steps if step.model is Citation}
        new = {
            key: row_as_proposed(Source, key, None, coming[Source, key])
            for key in named
            if (Source, key) in coming
        }
        return self.surroundings.sources | new

    # What is told of a cell ----------------------------------------------------------------------------------------

    def of(self, step: RowStep, column: models.Field | None) -> list[Finding]:
        """The findings of a cell of a step; of a whole row where there is no column."""
        own = [
            each
            for place in self.records_of(step)
            for about in self.what_it_is_about(step, column)
            for each in self.found.get((place, about), ())
        ]
        if step.model is Citation and step.after is None:
            # Where it goes, what the value lacks without it.
            own = [each for each in own if each.level is not Level.SUGGESTION]
        if not step.is_of_record and step.after is not None and step.model is not Citation:
            row = row_as_proposed(step.model, step.key, self.present.row(step), step)
            own += [each for each in findings_of_values(row) if not column or each.field == column.name]
        if step.is_of_record and step.after is None:
            own = [Finding(Level.WARNING, "", _("The whole record goes.")), *own]
        if column is not None and step.before is not None and step.after is not None:
            before, after = step.before.get(column.attname), step.after.get(column.attname)
            own = [*findings_of_change(column, before, after), *own]
        return heaviest_first(own)

    def records_of(self, step: RowStep) -> list[type_of_record]:
        return [(model_named(name), key) for name, key in step.records]

    def what_it_is_about(self, step: RowStep, column: models.Field | None) -> Sequence[str | int]:
        """The names of what a cell of a step is about, or the key of a citation."""
        if step.model is Citation:
            return [(step.before or {}).get("field", "")] if step.after is None else [step.key]
        if step.after is None:
            return []
        if step.model is AgreementAmount:
            return [self.name_of_amount(step)]
        if step.model is OrganizationName:
            return ["names"]
        if step.is_of_record:
            return [EVERY_FINDING if column is None else column.name]
        return []

    def name_of_amount(self, step: RowStep) -> str:
        now = self.present.row(step)
        return f"{AMOUNTS_FIELD}.{(step.after or {}).get('slug') or (now.slug if now else '')}"

    def evidence_of(self, step: RowStep, column: models.Field | None) -> list[Citation]:
        """The citations that would support a value, and those that did before; of a citation it is itself."""
        if step.model is Citation:
            own = self.citations.get(step.key)
            return [own] if own else []
        name = column.name if column is not None else ""
        if step.model is AgreementAmount:
            name = self.name_of_amount(step)
        return [
            citation
            for place in self.records_of(step)
            for citation in (self.citations_by_value.get((place, name), ()) if name else ())
        ]

    @cached_property
    def citations_by_value(self) -> dict[tuple[type_of_record, str], list[Citation]]:
        """The citations as they would be, by their records and the values that they support."""
        found: dict[tuple[type_of_record, str], list[Citation]] = {}
        for place, hand in self.hands.items():
            for citation in hand.citations:
                found.setdefault((place, citation.value_name), []).append(citation)
        return found


def look_at_proposals(proposals: Sequence[ProposedFindings]) -> None:
    """Find what there is to be found of proposals, those called alike asked for all of them at once."""
    kinds = {model for each in proposals for model, _key in each.hands if is_record(model)}
    called = {model: records_called_so(model, [each.names(model) for each in proposals]) for model in kinds}
    for each in proposals:
        each.look(called)


def keys_by_model(steps: Iterable[RowStep]) -> dict[type[models.Model], set[int]]:
    """The keys of the rows that steps are about."""
    found: dict[type[models.Model], set[int]] = {}
    for step in steps:
        if step.key > 0:
            found.setdefault(step.model, set()).add(step.key)
    return found


def findings_of_proposals(
    steps: Mapping[int, Sequence[RowStep]], present: Present, most_rows: int | None = None
) -> dict[int, ProposedFindings]:
    """The findings of several proposals, each by itself, by their keys: as many queries as for one. `most_rows`: how many
    rows of one place are looked at of a record that has thousands, beside those that change."""
    surroundings = Surroundings.of((step for own in steps.values() for step in own), most_rows)
    found = {key: ProposedFindings(own, present, surroundings) for key, own in steps.items()}
    look_at_proposals(list(found.values()))
    return found


def row_as_proposed(
    model: type[models.Model], key: int, now: models.Model | None, step: RowStep | None
) -> models.Model:
    """A row with the values that a step gives it; one that is to come has a negative key."""
    row = copy(now) if now is not None else model()
    if now is not None:
        row._state = copy(now._state)
        row._state.fields_cache = dict(now._state.fields_cache)
    for name, value in ((step.after if step else None) or {}).items():
        setattr(row, name, value)
    row.pk = key
    return row


def prepared(row: Citation, sources: dict[int, Source]) -> Citation:
    """A citation with the source that it is to name."""
    if row.source_id in sources:
        row.source = sources[row.source_id]
    return row
