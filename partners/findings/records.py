"""All that is to be found of records: as they are, or as a form or a proposal would have them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from copy import copy
from dataclasses import dataclass, field

from django.db import models
from django.db.models import Case, F, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from partners.findings.evidence import (
    FROM_WITHIN,
    IS_STRONG,
    findings_of_evidence,
    findings_of_link,
)
from partners.findings.finding import Finding, Level, heaviest_first
from partners.findings.names import Namesake, names_it_goes_by, namesakes_among, records_called_so
from partners.findings.quotes import says_otherwise
from partners.findings.values import findings_of_values
from partners.languages import original_of
from partners.models import AgreementAmount, Citation, OrganizationName, Publishable
from partners.models.agreements import AMOUNTS_FIELD
from partners.models.base import Citable
from partners.models.belonging import is_record, models_of_rows
from partners.models.naming import without_texts
from partners.models.sources import value_of
from partners.tables.evidence import values_of
from partners.tables.sources import TARGET_TABLES
from partners.vocabularies import UNKNOWN, PublicationState

# Of a record whose state is one of these, what it needs to be published is missed.
NEEDED_IN = (PublicationState.IN_REVIEW, PublicationState.PUBLISHED)

# The rows of records that findings look at beside citations, by where they are kept at hand.
LOOKED_AT = {OrganizationName: "names", AgreementAmount: "amounts"}


@dataclass
class RecordAtHand:
    """A record with the rows of it that findings look at, so that looking asks nothing of the database."""

    record: models.Model
    citations: list[Citation] = field(default_factory=list)
    names: list[OrganizationName] = field(default_factory=list)
    amounts: list[AgreementAmount] = field(default_factory=list)
    # The lists of terms that have one.
    lists: set[str] = field(default_factory=set)
    # Whether it has more rows than these.
    is_part: bool = False

    def holds(self, name: str) -> bool:
        """Whether there is a value that a source could support."""
        column = self.record._meta.get_field(name)
        if column.many_to_many:
            return name in self.lists
        value = getattr(self.record, column.attname)
        return value not in (None, "") and (not column.choices or value != UNKNOWN)


def findings_of(record: models.Model, citations: Iterable[Citation] | None = None) -> list[Finding]:
    """What is to be found of a record: saved, or as it would be.

    `citations` are those that it would have; those that it has where they are not given. One for another value than the
    record would hold has `supports_current` false.
    """
    given = None if citations is None else {record.pk: list(citations)}
    hand = bring_at_hand([record], given)[record.pk]
    found = [*look_at(hand), *findings_of_namesakes(hand, namesakes_of([hand]).get(record.pk or 0, ()))]
    return heaviest_first(found)


def findings_of_records(records: Sequence[models.Model]) -> dict[int, list[Finding]]:
    """The same of many saved records of one kind, by their keys, with as many queries as for one."""
    return {key: found for key, (found, _is_part) in findings_in_part(records).items()}


def findings_in_part(
    records: Sequence[models.Model], part: "FirstRows | None" = None
) -> dict[int, tuple[list[Finding], bool]]:
    """The same, and of each whether it has more rows than those that were looked at."""
    hands = bring_at_hand(records, part=part)
    alike = namesakes_of(list(hands.values()))
    return {
        key: (
            heaviest_first([*look_at(hand), *findings_of_namesakes(hand, alike.get(key or 0, ()))]),
            hand.is_part,
        )
        for key, hand in hands.items()
    }


# Bringing ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FirstRows:
    """How much of records is looked at where they can have thousands of rows: so many citations of each value, the
    strongest first, and so many names and amounts; and `always` those rows of a model that have these keys."""

    most: int
    always: Mapping[type[models.Model], Set[int]] = field(default_factory=dict)

    def of(self, rows: QuerySet, of_one: Sequence[str], order: Sequence) -> QuerySet:
        """The first rows of each place, and one more where there are more; `of_one` are the columns of a place."""
        place = Window(
            RowNumber(), partition_by=[F(name) for name in of_one], order_by=[*order, F("pk").asc()]
        )
        always = Q(pk__in=self.always.get(rows.model, ()))
        return rows.annotate(place_of_row=place).filter(Q(place_of_row__lte=self.most + 1) | always)

    def is_over(self, row: models.Model) -> bool:
        """Whether a row is the one more."""
        is_always = row.pk in self.always.get(type(row), ())
        return row.place_of_row > self.most and not is_always


def bring_at_hand(
    records: Sequence[models.Model],
    citations: dict[int | None, list[Citation]] | None = None,
    part: FirstRows | None = None,
) -> dict[int | None, RecordAtHand]:
    """Records of one kind with their rows, by their keys: a query for each kind of row."""
    if not records:
        return {}
    keys = [record.pk for record in records if record.pk]
    around = rows_around(type(records[0]), keys, citations is None, part)
    hands = {record.pk: around.at_hand(record) for record in records}
    for key, rows in (citations or {}).items():
        hands[key].citations = rows
    return hands


@dataclass
class RowsAround:
    """The rows of records of one kind that findings look at, by the keys of the records."""

    citations: dict[int, list[Citation]] = field(default_factory=dict)
    names: dict[int, list[OrganizationName]] = field(default_factory=dict)
    amounts: dict[int, list[AgreementAmount]] = field(default_factory=dict)
    lists: dict[int, set[str]] = field(default_factory=dict)
    # The records that have more rows than these.
    in_part: set[int] = field(default_factory=set)

    def keep(self, kind: str, key: int, row: models.Model, part: FirstRows | None) -> None:
        """A row of a record, unless it is the one that says that there are more."""
        if part and part.is_over(row):
            self.in_part.add(key)
        else:
            getattr(self, kind).setdefault(key, []).append(row)

    def at_hand(self, record: models.Model) -> RecordAtHand:
        """A record, or what it would be, with copies of its rows: what is changed in them is changed for it alone."""
        rows = [
            [copy(row) for row in kind.get(record.pk, ())]
            for kind in (self.citations, self.names, self.amounts)
        ]
        return RecordAtHand(record, *rows, set(self.lists.get(record.pk, ())), record.pk in self.in_part)


# A citation that is worth more comes first: what stands, from within and quoted, from within, quoted.
STRONGEST_FIRST = (
    F("supports_current").desc(),
    Case(
        When(IS_STRONG, then=Value(0)),
        When(source__stance__in=FROM_WITHIN, then=Value(1)),
        When(~Q(quote=""), then=Value(2)),
        default=Value(3),
    ).asc(),
)


def rows_around(
    model: type[models.Model], keys: Iterable[int], with_citations: bool = True, part: FirstRows | None = None
) -> RowsAround:
    """The rows of records of one kind, by their keys: a query for each kind of row."""
    found, keys = RowsAround(), [key for key in keys if key > 0]
    if not issubclass(model, Citable):
        return found
    target = model.citation_field()
    if with_citations:
        cited = Citation.objects.filter(**{f"{target}__in": keys})
        of_value = (f"{target}_id", "field", "agreement_amount_id")
        for row in with_links(part.of(cited, of_value, STRONGEST_FIRST) if part else cited):
            found.keep("citations", getattr(row, f"{target}_id"), row, part)
    for rows, owner in models_of_rows(model):
        if rows in LOOKED_AT:
            own = rows._default_manager.filter(**{f"{owner}__in": keys})
            for row in part.of(own, [owner], ()) if part else own:
                found.keep(LOOKED_AT[rows], getattr(row, owner), row, part)
    for each in model._meta.many_to_many:
        owner = f"{each.m2m_field_name()}_id"
        rows = each.remote_field.through._default_manager.filter(**{f"{owner}__in": keys})
        for key in rows.values_list(owner, flat=True).distinct():
            found.lists.setdefault(key, set()).add(each.name)
    return found


def with_links(citations):
    """Citations with all that findings ask of their sources, by one query."""
    linked = citations.select_related("source__link_check", "agreement_amount").order_by("pk")
    return without_texts(linked, "source")


def namesakes_of(hands: Sequence[RecordAtHand]) -> dict[int, list[Namesake]]:
    """The namesakes of records of one kind."""
    if not hands or not is_record(type(hands[0].record)):
        return {}
    names = names_of_hands(hands)
    return namesakes_among(names, records_called_so(type(hands[0].record), [names]))


def names_of_hands(hands: Iterable[RecordAtHand]) -> dict[int, dict[str, str]]:
    """The folded names of records, by the keys of these; 0 of one that is not saved."""
    return {hand.record.pk or 0: names_it_goes_by(hand.record, hand.names) for hand in hands}


# Looking -------------------------------------------------------------------------------------------------------------


def look_at(hand: RecordAtHand) -> Iterator[Finding]:
    """What is to be found of a record that is at hand."""
    record = hand.record
    yield from findings_of_values(record)
    if not isinstance(record, Citable):
        return
    yield from what_it_lacks(hand)
    by_value: dict[str, list[Citation]] = {}
    for citation in hand.citations:
        by_value.setdefault(citation.value_name, []).append(citation)
    table = TARGET_TABLES[record.citation_field()]
    for name in values_of(table):
        if name == AMOUNTS_FIELD:
            continue
        cited = [each for value, rows in by_value.items() if original_of(value) == name for each in rows]
        if isinstance(record, Publishable) and hand.holds(name) and not table.column(name).editorial:
            yield from findings_of_evidence(name, cited, hand.citations)
    for citation in hand.citations:
        yield from findings_of_citation(hand, citation)
    for amount in hand.amounts:
        yield from findings_of_evidence(value_of(amount), by_value.get(value_of(amount), []), hand.citations)


def what_it_lacks(hand: RecordAtHand) -> Iterator[Finding]:
    record = hand.record
    if not isinstance(record, Publishable) or record.publication_state not in NEEDED_IN:
        return
    for name in record.needed_to_publish:
        if not getattr(record, name):
            yield Finding(Level.ERROR, name, _("It cannot be published without this."))
    if not hand.citations:
        yield Finding(Level.ERROR, "citations", _("It cannot be published without a source."))


def findings_of_citation(hand: RecordAtHand, citation: Citation) -> Iterator[Finding]:
    """What is to be found of a citation that supports a value of the record."""
    name = citation.value_name
    if not citation.supports_current:
        return
    yield from findings_of_link(citation, name)
    if citation.agreement_amount_id:
        amount = next((each for each in hand.amounts if each.pk == citation.agreement_amount_id), None)
        column, value = AgreementAmount._meta.get_field("amount"), amount.amount if amount else None
    else:
        column = hand.record._meta.get_field(citation.field) if citation.field else None
        if column is None or column.is_relation:
            return
        value = getattr(hand.record, column.attname)
    also = [each.value for each in hand.names] if name == hand.record.called else []
    if words := says_otherwise(citation, column, value, also):
        yield Finding(Level.WARNING, name, words, citation.pk)


def findings_of_namesakes(hand: RecordAtHand, found: Iterable[Namesake]) -> Iterator[Finding]:
    for place, _key, title in found:
        yield Finding(Level.WARNING, place, _("“%s” is called so too.") % title)
