"""What happened to records, read from the journal: cell by cell, before and after."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db import models
from django.db.models import F
from django.utils.functional import cached_property

from partners.changes.differences import kind_of
from partners.changes.releases import name_today, names_ever
from partners.changes.states import row_before, rows_at
from partners.curation_vocabularies import Operation
from partners.models import Change, Revision
from partners.models.belonging import is_record, model_named, owners

type_of_values = dict[str, Any] | None

EVERY_CHANGE = models.Q()
# Kept by triggers, or by Django.
KEPT_BY_OTHERS = ("is_public", "supports_current", "updated_at")


def is_derived(column: models.Field) -> bool:
    """Whether the database or Django makes a value from others, so that nobody has written it."""
    return column.primary_key or hasattr(column, "read_from") or column.name in KEPT_BY_OTHERS


@cache
def written_fields(model: type[models.Model]) -> tuple[models.Field, ...]:
    """The columns of a model that somebody writes."""
    return tuple(each for each in model._meta.concrete_fields if not is_derived(each))


@dataclass(frozen=True)
class RowStep:
    """What a revision did to a row: its values before and after, by attribute; None where there was no row."""

    model: type[models.Model]
    key: int
    # The records that it belonged to before and after: one, unless it moved.
    records: frozenset[tuple[str, int]]
    before: type_of_values
    after: type_of_values

    @property
    def kind(self) -> str:
        return kind_of(self.before, self.after)

    @property
    def is_added(self) -> bool:
        return self.before is None

    @property
    def is_removed(self) -> bool:
        return self.after is None

    @property
    def is_of_record(self) -> bool:
        """Whether it is the record itself, and not a row that belongs to one."""
        return is_record(self.model)

    @cached_property
    def changed(self) -> list[models.Field]:
        """The columns that hold another value, in their order; of an added or removed row those that are filled in."""
        before, after = self.before or {}, self.after or {}
        columns = written_fields(self.model)
        if self.before and self.after:
            # A column that an earlier release did not have was not changed.
            columns = [each for each in columns if each.attname in before and each.attname in after]
        return [
            each for each in columns if filled(before.get(each.attname)) != filled(after.get(each.attname))
        ]

    def shown(self) -> list[models.Field]:
        """The changed columns that people know: neither stamps nor the record that a row belongs to."""
        own = () if self.is_of_record else owners(self.model)
        return [each for each in self.changed if is_told(each) and each.column not in own]


def named_by_record(step: RowStep, columns: Iterable[models.Field]) -> set[str]:
    """What of its record changes with some columns of a row: these, or the relation to the row."""
    if step.is_of_record:
        return {each.name for each in columns}
    own = owners(step.model)
    relations = (each for each in step.model._meta.concrete_fields if each.column in own)
    return {each.remote_field.get_accessor_name() or each.name for each in relations}


def is_told(column: models.Field) -> bool:
    return column.editable and not isinstance(column, models.DateTimeField)


def filled(value: Any) -> Any:
    """A value as it counts: an empty text is none."""
    return None if value == "" else value


@dataclass(frozen=True)
class TouchedRow:
    """A row that a revision wrote, without its values."""

    model: type[models.Model]
    key: int
    records: frozenset[tuple[str, int]]
    is_added: bool
    is_removed: bool

    @property
    def is_of_record(self) -> bool:
        """Whether it is the record itself."""
        return is_record(self.model)


@dataclass(frozen=True)
class RevisionSteps:
    """A revision with what it did to the rows of one or of all records."""

    revision: Revision
    steps: Sequence[RowStep] = field(default_factory=list)


def history_of(
    record: models.Model, newest: int | None = None, most: int = 50, only: models.Q = EVERY_CHANGE
) -> list[RevisionSteps]:
    """The latest revisions that changed a record or one of its rows, newest first: `most` of them, up to `newest`.

    `only` are conditions on their changes. A record that is gone still has its history. The number of queries depends on
    how many kinds of rows it has.
    """
    own = Change.objects.filter(model__in=names_ever(record._meta.model_name), record=record.pk)
    if newest is not None:
        own = own.filter(revision__lte=newest)
    asked = own.filter(only).order_by("-revision_id")
    numbers = list(asked.values_list("revision_id", flat=True).distinct()[:most])
    return steps_in(numbers, own.filter(revision__in=numbers))


def steps_between(record: models.Model, first: int, last: int) -> list[RowStep]:
    """What became of a record and its rows from the end of one revision to the end of a later one: each row that differs.

    Costs three queries for each kind of row that changed in between.
    """
    own = Change.objects.filter(model__in=names_ever(record._meta.model_name), record=record.pk)
    return net_steps(own, first, last)


def net_steps(changes: models.QuerySet, first: int, last: int, only_written: bool = True) -> list[RowStep]:
    """What became of the rows of these changes of the journal from the end of one revision to the end of a later one;
    `only_written` leaves out those of which nothing changed that somebody writes."""
    own = changes.filter(revision__gt=first, revision__lte=last)
    columns = ("table", "row", "model", "record", "revision__schema")
    rows: dict[type[models.Model], dict[int, set[tuple[str, int]]]] = {}
    for table, row, owner, record, schema in own.order_by().values_list(*columns).distinct():
        if model := model_today(table, schema):
            records = rows.setdefault(model, {}).setdefault(row, set())
            records.add((name_today(owner, schema), record))
    found = []
    for model, keys in rows.items():
        before, after = rows_at(model, first, keys), rows_at(model, last, keys)
        found += [
            RowStep(model, key, frozenset(records), before.get(key), after.get(key))
            for key, records in keys.items()
        ]
    return sorted((step for step in found if step.changed or not only_written), key=place_in_revision)


def steps_of(number: int) -> RevisionSteps:
    """All that a revision did. Raises Revision.DoesNotExist where there is none of this number."""
    revision = Revision.objects.get(number=number)
    found = steps_in([number], Change.objects.filter(revision=number))
    return found[0] if found else RevisionSteps(revision)


def rows_touched(revision: Revision) -> list[TouchedRow]:
    """The rows that a revision wrote, in their order, by one query however many they are."""
    columns = ("table", "row", "model", "record", "operation")
    rows: dict[tuple, tuple[set, set]] = {}
    schema = revision.schema
    changes = Change.objects.filter(revision=revision.number).order_by().values_list(*columns)
    for table, row, owner, record, operation in changes:
        if model := model_today(table, schema):
            records, operations = rows.setdefault((model, row), (set(), set()))
            records.add((name_today(owner, schema), record))
            operations.add(operation)
    found = [
        TouchedRow(
            model, key, frozenset(records), Operation.INSERT in operations, Operation.DELETE in operations
        )
        for (model, key), (records, operations) in rows.items()
    ]
    return sorted(found, key=place_in_revision)


def steps_of_rows_in(revision: Revision, rows: Iterable[TouchedRow]) -> RevisionSteps:
    """What a revision did to some of its rows."""
    keys: dict[type[models.Model], list[int]] = {}
    for row in rows:
        keys.setdefault(row.model, []).append(row.key)
    condition = models.Q(pk__in=[])
    for model, those in keys.items():
        condition |= models.Q(table__in=names_ever(model._meta.model_name), row__in=those)
    found = steps_in([revision.number], Change.objects.filter(condition, revision=revision.number))
    return found[0] if found else RevisionSteps(revision)


def steps_in(numbers: list[int], changes: models.QuerySet) -> list[RevisionSteps]:
    """Some revisions, newest first, with what these changes of the journal did in each."""
    if not numbers:
        return []
    rows: dict[type[models.Model], set[int]] = {}
    wanted = set()
    columns = ("table", "row", "revision_id", "revision__schema")
    for table, row, number, schema in changes.order_by().values_list(*columns).distinct():
        if model := model_today(table, schema):
            rows.setdefault(model, set()).add(row)
            wanted.add((number, model, row))
    found: dict[int, list[RowStep]] = {number: [] for number in sorted(numbers, reverse=True)}
    for model, keys in rows.items():
        for number, step in steps_of_rows(model, keys, min(numbers), max(numbers)):
            if (number, model, step.key) in wanted:
                found[number].append(step)
    revisions = Revision.objects.in_bulk(numbers)
    return [
        RevisionSteps(revisions[number], sorted(steps, key=place_in_revision))
        for number, steps in found.items()
        if steps
    ]


def model_today(table: str, schema: str) -> type[models.Model] | None:
    """The model of a table of the journal; None where this release has none any more."""
    try:
        return model_named(name_today(table, schema))
    except KeyError:
        return None


def place_in_revision(step: RowStep | TouchedRow) -> tuple:
    """Where a step stands in its revision: the records first."""
    return not step.is_of_record, step.model._meta.model_name, step.key


def steps_of_rows(
    model: type[models.Model], keys: Iterable[int], first: int, last: int
) -> Iterator[tuple[int, RowStep]]:
    """What each revision from the first to the last did to these rows, with its number."""
    own = Change.objects.filter(
        table__in=names_ever(model._meta.model_name), row__in=keys, revision__gte=first, revision__lte=last
    ).annotate(schema=F("revision__schema"))
    by_row: dict[int, dict[int, list[Change]]] = {}
    for change in own.order_by("pk"):
        by_row.setdefault(change.row, {}).setdefault(change.revision_id, []).append(change)
    at_last = rows_at(model, last, keys)
    for key, by_revision in by_row.items():
        befores = [row_before(changes[0], model) for changes in by_revision.values()]
        afters = [*befores[1:], at_last.get(key)]
        for (number, changes), before, after in zip(by_revision.items(), befores, afters, strict=True):
            records = frozenset(
                (name_today(change.model, change.schema), change.record) for change in changes
            )
            yield number, RowStep(model, key, records, before, after)
