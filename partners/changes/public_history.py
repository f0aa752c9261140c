"""What readers may know of the past of a record: which public value changed in which revision, before and after.

Which value changed is what triggers noted (`partners/triggers/public_changes.py`); what it was stands in the journal. A
record is named only where it was public at that moment and still is, and nothing is told of who wrote a revision.
"""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from partners.changes.history import RowStep, filled, steps_of_rows, type_of_values
from partners.changes.lists_then import ListThen, code_of, list_then
from partners.changes.releases import names_ever
from partners.changes.states import row_before
from partners.languages import ORIGINAL
from partners.models import Change, Citation, PublicChange, Publishable
from partners.models.belonging import owners
from partners.tables.columns import (
    Column,
    Related,
    Table,
    as_text,
    first_step,
    type_of_cell,
)
from partners.tables.definitions import TABLES
from partners.tables.joined import BEFORE_LABEL
from partners.tables.public import public_rows
from partners.vocabularies import PUBLISHED

REVISIONS_AT_ONCE = 50


@dataclass(frozen=True)
class ValueTold:
    """A value as readers are told it: as files hold it, in words, and the page of the record that it names."""

    value: type_of_cell
    text: str
    address: str = ""


@dataclass(frozen=True)
class SupportChange:
    """A source (or what it is cited for) that stays, and now supports a column more, or one no longer."""

    told: ValueTold
    field: str
    title: str
    now: bool


@dataclass(frozen=True)
class PublicCell:
    """A public value that changed. Of a list `before` is what went and `after` what came.

    `is_known` is whether the journal still has the values; `is_current` whether the record still holds the later one.
    `supports` is what changed about citations of sources that were there before and still are.
    """

    column: Column
    before: list[ValueTold] = field(default_factory=list)
    after: list[ValueTold] = field(default_factory=list)
    is_known: bool = True
    is_current: bool = False
    supports: list[SupportChange] = field(default_factory=list)

    @property
    def says_something(self) -> bool:
        return not self.is_known or self.before != self.after or bool(self.supports)


@dataclass(frozen=True)
class PublicRevision:
    """What a revision changed of a record for readers. `is_itself` is whether the record appeared in it."""

    number: int
    at: datetime.datetime
    is_itself: bool
    cells: list[PublicCell]


def with_public_changes(rows: QuerySet) -> QuerySet:
    """Adds `has_changes`: whether a public value of a record has ever changed."""
    notes = PublicChange.objects.filter(model=rows.model._meta.model_name, record_id=OuterRef("pk"))
    if not issubclass(rows.model, Publishable):
        # That it was added once is noted of each of them, and no change.
        notes = notes.exclude(field="")
    return rows.annotate(has_changes=Exists(notes))


def public_history(
    table: Table, record: models.Model, up_to: int | None = None, most: int | None = None
) -> tuple[list[PublicRevision], int | None]:
    """The latest revisions that changed a public value of a public record, newest first: `most` of them, `up_to` one.

    Beside them the number of the next older one, None where there is none. The number of queries depends on how many
    kinds of values changed.
    """
    most = most or REVISIONS_AT_ONCE
    notes = PublicChange.objects.filter(model=record._meta.model_name, record_id=record.pk)
    if up_to is not None:
        notes = notes.filter(revision__lte=up_to)
    noted: dict[int, tuple[datetime.datetime, list[str]]] = {}
    values = notes.order_by("-revision_id").values_list("revision_id", "revision__at", "field")
    for number, at, name in values[: (most + 1) * (len(table.public_columns) + 1)]:
        noted.setdefault(number, (at, []))[1].append(name)
    shown = dict(list(noted.items())[:most])
    older = next((number for number in noted if number not in shown), None)
    return [each for each in Telling(table, record, shown).revisions() if each.is_itself or each.cells], older


def was_public(values: type_of_values) -> bool:
    """Whether readers could see a record with these values, by attribute or by column."""
    if "is_public" in values:
        return bool(values["is_public"])
    return values.get("publication_state", PUBLISHED) == PUBLISHED


class References:
    """The records of a model that values name, as far as readers may be told of them."""

    def __init__(self, model: type[models.Model], keys: Iterable[int], first: int):
        """`first` is the earliest revision at which one is told."""
        (table,) = (each for each in TABLES if each.model is model)
        self.records = {record.pk: record for record in public_rows(table).filter(pk__in=keys)}
        names = names_ever(model._meta.model_name)
        later = Change.objects.filter(table__in=names, row__in=list(self.records), revision__gt=first)
        self.earlier: dict[int, list[tuple[int, bool]]] = {}
        for change in later.order_by("pk").annotate(schema=F("revision__schema")):
            before = row_before(change, model)
            public = before is not None and was_public(before)
            self.earlier.setdefault(change.row, []).append((change.revision_id, public))

    def public_at(self, key: int, number: int) -> models.Model | None:
        """The record, where it was public at the end of a revision and is now."""
        then = next((public for later, public in self.earlier.get(key, ()) if later > number), True)
        return self.records.get(key) if then else None


@dataclass(frozen=True)
class SetStep:
    """What a revision did to a row that belongs to a list of a record: its values where it was in the list."""

    before: type_of_values
    after: type_of_values


class Telling:
    """What happened to a record, in the words of its columns. `noted` has the fields that changed by revision."""

    def __init__(self, table: Table, record: models.Model, noted: dict[int, tuple[datetime.datetime, list]]):
        self.table, self.record, self.noted = table, record, noted
        self.columns = {column.name: column for column in table.public_columns}

    def revisions(self) -> Iterator[PublicRevision]:
        for number, (at, names) in self.noted.items():
            known = [column for column in self.columns.values() if column.name in names]
            cells = [self.cell(number, column) for column in known if self.is_of_public(number)]
            yield PublicRevision(number, at, "" in names, [cell for cell in cells if cell.says_something])

    def is_of_public(self, number: int) -> bool:
        """Whether the record was public before and after a revision: before that its values are nobody's business."""
        step = self.own.get(number)
        return not step or all(was_public(values) for values in (step.before, step.after) if values)

    # What the journal has

    def noted_in(self, is_wanted) -> dict[str, list[int]]:
        """The columns of a sort that were noted, each with the revisions."""
        found: dict[str, list[int]] = {}
        for number, (_at, names) in self.noted.items():
            for name in names:
                if name in self.columns and is_wanted(self.columns[name]):
                    found.setdefault(name, []).append(number)
        return found

    @cached_property
    def own(self) -> dict[int, RowStep]:
        """What the revisions did to the record itself."""
        numbers = list(self.noted)
        if not numbers:
            return {}
        model = type(self.record)
        return dict(steps_of_rows(model, [self.record.pk], min(numbers), max(numbers)))

    @cached_property
    def lists(self) -> dict[str, dict[int, list[SetStep]]]:
        """For each list that changed, what the revisions did to its rows."""
        noted = self.noted_in(lambda column: column.related)
        return {name: self.steps_of_list(self.columns[name].related, noted[name]) for name in noted}

    def steps_of_list(self, related: Related, numbers: list[int]) -> dict[int, list[SetStep]]:
        model = related.rows().model
        keys = set(rows_that_changed(related, self.record, numbers))
        found: dict[int, list[SetStep]] = {}
        for number, step in steps_of_rows(model, keys, min(numbers), max(numbers)) if keys else ():
            before, after = (self.if_in(related, values) for values in (step.before, step.after))
            if number in numbers and (before or after):
                found.setdefault(number, []).append(SetStep(before, after))
        return found

    def if_in(self, related: Related, values: type_of_values) -> type_of_values:
        """The values of a row where it belongs to a list of this record."""
        if values is None:
            return None
        owner = related.rows().model._meta.get_field(related.owner).attname
        wanted = {owner: self.record.pk} | conditions_of(related)
        return values if all(values.get(name) == value for name, value in wanted.items()) else None

    @cached_property
    def references(self) -> dict[type[models.Model], References]:
        """The records that the values name, by a query for each kind of them and one for what became of these."""
        keys: dict[type[models.Model], set[int]] = {}

        def add(model, path, values) -> None:
            step = first_step(model, path)
            if step.is_relation and values and (key := values.get(step.attname)) is not None:
                keys.setdefault(step.related_model, set()).add(key)

        for name in self.noted_in(lambda column: not column.related):
            for step in self.own.values():
                for values in (step.before, step.after):
                    add(type(self.record), self.columns[name].lookup, values)
        for name, by_number in self.lists.items():
            related = self.columns[name].related
            paths = [related.code, *(part.lookup for part in related.parts)]
            for step in (step for steps in by_number.values() for step in steps):
                for path in paths:
                    for values in (step.before, step.after):
                        add(related.rows().model, path, values)
        first = min(self.noted) - 1 if self.noted else 0
        return {model: References(model, found, first) for model, found in keys.items()}

    # In words

    def cell(self, number: int, column: Column) -> PublicCell:
        if column.related:
            return self.cell_of_list(number, column)
        step = self.own.get(number)
        if step is None or step.before is None or step.after is None:
            return PublicCell(column, is_known=False)
        before = self.told(column, step.before, number - 1)
        after = self.told(column, step.after, number)
        attribute = first_step(type(self.record), column.lookup).attname
        now = filled(getattr(self.record, attribute))
        return PublicCell(column, before, after, is_current=now == filled(step.after[attribute]))

    def told(self, column: Column, values: type_of_values, number: int) -> list[ValueTold]:
        """A value of the record at the end of a revision; none where there was none, or none to tell."""
        step = first_step(type(self.record), column.lookup)
        value = filled(values.get(step.attname))
        if value is None:
            return []
        if step.is_relation:
            return self.named(step.related_model, value, number)
        return [ValueTold(column.value(value), value_in_words(self.table, column, value))]

    def named(self, model: type[models.Model], key: int, number: int) -> list[ValueTold]:
        record = self.references[model].public_at(key, number)
        if record is None:
            return []
        address = record.get_absolute_url() if hasattr(record, "get_absolute_url") else ""
        return [ValueTold(record.slug, str(record), address)]

    def cell_of_list(self, number: int, column: Column) -> PublicCell:
        steps = self.lists[column.name].get(number)
        if steps is None:
            return PublicCell(column, is_known=False)
        then = self.members.get(column.name)
        went = [
            told
            for step in steps
            if not (then and then.has(step.before, number))
            for told in self.member(column, step.before, number - 1)
        ]
        came = [
            told
            for step in steps
            if not (then and then.has(step.after, number - 1))
            for told in self.member(column, step.after, number)
        ]
        return PublicCell(
            column,
            [told for told in dict.fromkeys(went) if told not in came],
            [told for told in dict.fromkeys(came) if told not in went],
            supports=list(self.supports(number, column, steps)),
        )

    def supports(self, number: int, column: Column, steps: list[SetStep]) -> Iterator[SupportChange]:
        """What changed about the citations of sources that were in a list before and still are."""
        then = self.members.get(column.name)
        if then is None or column.related.rows().model is not Citation:
            return
        other = code_of(column.related).related_model
        cited = other if column.related.owner == "source" else self.table.model
        codes = {then.code(values) for step in steps for values in (step.before, step.after) if values}
        for code in sorted(codes):
            before, after = (then.values_of(code, "field", at) for at in (number - 1, number))
            if before and after:
                for name in sorted(before ^ after):
                    for told in self.named(other, code, number):
                        yield SupportChange(told, name, title_of_field(cited, name), name in after)

    @cached_property
    def members(self) -> dict[str, ListThen]:
        """The lists in which one record can stand by several rows, as they were."""
        found = {}
        for name, by_number in self.lists.items():
            related = self.columns[name].related
            step = code_of(related)
            rows = [
                values
                for steps in by_number.values()
                for each in steps
                for values in (each.before, each.after)
                if values and step.is_relation
            ]
            if codes := {values[step.attname] for values in rows} - {None}:
                is_in = partial(self.if_in, related)
                found[name] = list_then(related, self.record, is_in, codes, list(self.noted))
        return found

    def member(self, column: Column, values: type_of_values, number: int) -> list[ValueTold]:
        """A row of a list, as its column writes it."""
        if values is None:
            return []
        related = column.related
        model = related.rows().model
        step = first_step(model, related.code)
        if step.is_relation:
            key = values[step.attname]
            return [] if key is None else self.named(step.related_model, key, number)
        texts = [self.part(model, path, values, number) for path in (related.code, related.label)]
        texts += [self.part(model, part.lookup, values, number) for part in related.parts]
        words = [each for each in self.table.public_columns if each.related == related][-1]
        (text,) = words.value(BEFORE_LABEL.join(texts))
        return [ValueTold(texts[0], as_text(text))]

    def part(self, model: type[models.Model], path: str, values: type_of_values, number: int) -> str:
        """A value of a row as `Related` reads it from the database."""
        step = first_step(model, path)
        value = filled(values.get(step.attname))
        if value is None:
            return ""
        if step.is_relation:
            return "".join(str(told.value) for told in self.named(step.related_model, value, number))
        return str(value)


def title_of_field(model: type[models.Model], name: str) -> str:
    """What a value that can be cited is called; "" where a whole record is."""
    (table,) = (each for each in TABLES if each.model is model)
    titles = {column.lookup.partition("__")[0]: column.title for column in reversed(table.public_columns)}
    titles |= {column.name: column.title for column in table.public_columns}
    return str(titles.get(name, titles.get(f"{name}_{ORIGINAL}", name)))


def conditions_of(related: Related) -> type_of_values:
    """What the rows of a list hold in common, by attribute; where the rule follows from what a row leads to, the
    records that it names are asked."""
    query = related.rows().query
    if len(query.alias_map) > 1:
        return {}
    return {each.lhs.target.attname: each.rhs for each in query.where.children}


def rows_that_changed(related: Related, record: models.Model, numbers: list[int]) -> QuerySet:
    """The keys of the rows of a list of a record that revisions changed."""
    rows = related.rows().model
    owner = rows._meta.get_field(related.owner)
    changes = Change.objects.filter(table__in=names_ever(rows._meta.model_name), revision__in=numbers)
    if owner.column in owners(rows):
        changes = changes.filter(model__in=names_ever(record._meta.model_name), record=record.pk)
    else:
        now = rows._base_manager.filter(**{related.owner: record.pk}).order_by().values("pk")
        changes = changes.filter(Q(row__in=now) | Q(**{f"before__{owner.column}": record.pk}))
    return changes.order_by().values_list("row", flat=True).distinct()


def value_in_words(table: Table, column: Column, value: Any) -> str:
    """A value as people read it: the label of a term or a code, where there is one."""
    labels = [
        each for each in table.columns if each.path == column.lookup and each.convert and not each.related
    ]
    return as_text(labels[0].value(value) if labels else column.value(value))
