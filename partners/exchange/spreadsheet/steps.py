"""The changes of a file as rows to write, worked out before anything is written."""

from collections.abc import Iterator
from itertools import count, groupby
from typing import Any

from django.db import models

from partners.changes.history import RowStep, filled, written_fields
from partners.changes.images import row_of
from partners.changes.lapsing import Lapsing
from partners.engines.batches import batches
from partners.exchange.package.cells import converter_of
from partners.exchange.package.layout import SHEET_OF
from partners.exchange.spreadsheet.planning import APPLYING_BATCH, Plan, PlannedChange, keys_in
from partners.models import Publishable
from partners.tables.columns import Column

# The primary keys of the records that a column names, by their keys in files.
type_of_linked = dict[str, dict[str, int]]


def by_record(changes: list[PlannedChange]) -> Iterator[tuple[str, list[PlannedChange]]]:
    """The changes of each record, which stand together."""
    for key, own in groupby(changes, key=lambda change: change.key):
        yield key, list(own)


def plan_steps(plan: Plan) -> None:
    """Note in a plan the rows that it writes, the citations that lapse with them, and what still stands against it.

    Does nothing where it has conflicts or problems already.
    """
    if not plan.can_be_applied:
        return
    making = StepMaker(plan)
    lapsing = Lapsing()
    for batch in batches(by_record(plan.changes), APPLYING_BATCH):
        steps = making.steps(batch)
        lapsing.look_at(steps)
        plan.written.steps += steps
    plan.lapsing = lapsing.lines()


class StepMaker:
    """Makes the steps of some records at a time."""

    def __init__(self, plan: Plan):
        self.plan, self.table, self.model = plan, plan.table, plan.table.model
        self.sheet = SHEET_OF[plan.table.name]
        self.name = self.model._meta.model_name
        # Rows that are to come have negative numbers.
        self.numbers = {key: -number for number, key in enumerate(sorted(plan.added), start=1)}
        self.numbers_of_rows = count(-1, -1)

    def steps(self, records: list[tuple[str, list[PlannedChange]]]) -> list[RowStep]:
        keys = [key for key, _changes in records]
        found = {record.slug: record for record in self.model._default_manager.filter(slug__in=keys)}
        linked = self.linked([change for _key, changes in records for change in changes])
        present = self.present_items(list(found.values()), records)
        steps = []
        for key, changes in records:
            if key in found or key in self.plan.added:
                record = found.get(key)
                number = record.pk if record else self.numbers[key]
                self.plan.lines[number] = changes[0].line
                if self.is_sound(record, changes, linked):
                    steps += self.steps_of(record, key, number, changes, linked, present)
        return steps

    def linked(self, changes: list[PlannedChange]) -> type_of_linked:
        """The records that the changes name, those that the file adds included."""
        found: type_of_linked = {}
        for column in {change.column: self.table.column(change.column) for change in changes}.values():
            if column.references:
                own = (change for change in changes if change.column == column.name)
                texts = (text for change in own for text in (change.before, change.after))
                named = {item for text in texts for item in keys_in(column, text)}
                model = SHEET_OF[column.references].model
                rows = model._default_manager.filter(slug__in=named).values_list("slug", "pk")
                coming = self.numbers if model is self.model else {}
                found[column.name] = coming | dict(rows)
        return found

    def present_items(
        self, found: list[models.Model], records: list[tuple[str, list[PlannedChange]]]
    ) -> dict[str, dict[int, dict[int, models.Model]]]:
        """For each column of several values that changes: the rows between a record and each value, by their keys."""
        many = {change.column for _key, changes in records for change in changes if self.column(change).many}
        return {name: items_of_list(self.model, name, [record.pk for record in found]) for name in many}

    def column(self, change: PlannedChange) -> Column:
        return self.table.column(change.column)

    # Whether it can be done ---------------------------------------------------------------------------------------

    def is_sound(
        self, record: models.Model | None, changes: list[PlannedChange], linked: type_of_linked
    ) -> bool:
        """Notes what a record cannot hold."""
        count = self.plan.problems.count
        for change in changes:
            column = self.column(change)
            if column.references:
                self.note_unknown(column, change, linked[column.name])
            if record and column.references and self.is_hidden(record, column, change):
                text = "stands at a record that is not public, which this file could not say. Change it in curation."
                self.plan.problems.add(change.line, column.name, None, text)
            if not change.after and self.is_needed(record, column):
                text = "is empty, and the record is public. Allowed: a value."
                self.plan.problems.add(change.line, column.name, None, text)
        return self.plan.problems.count == count

    def note_unknown(self, column: Column, change: PlannedChange, known: dict[str, int]) -> None:
        for item in keys_in(column, change.after):
            if item not in known:
                text = f"is no record of {column.references}."
                self.plan.problems.add(change.line, column.name, item, text)

    def is_hidden(self, record: models.Model, column: Column, change: PlannedChange) -> bool:
        """Whether a reference that looked empty is none: what it names is not public, and so stands in no file."""
        is_filled = not column.many and getattr(record, self.field(column).attname) is not None
        return is_filled and not change.before

    def is_needed(self, record: models.Model | None, column: Column) -> bool:
        """Whether a record is public and cannot be without a value."""
        is_public = isinstance(record, Publishable) and record.is_published
        return is_public and self.field(column).name in record.needed_to_publish

    def field(self, column: Column) -> models.Field:
        return self.sheet.fields[column.name]

    # What it comes to ---------------------------------------------------------------------------------------------

    def steps_of(
        self, record, key: str, number: int, changes, linked: type_of_linked, present
    ) -> list[RowStep]:
        own = frozenset([(self.name, number)])
        values, lists = {}, []
        for change in changes:
            column = self.column(change)
            if column.many:
                before, after = (
                    {linked[column.name].get(item) for item in keys_in(column, text)}
                    for text in (change.before, change.after)
                )
                there = present[column.name].get(number, {})
                # What is not public stood in no file, and stays.
                hidden = there.keys() - before
                lists += self.steps_of_list(column, number, own, after | hidden, there)
            else:
                values[self.field(column).attname] = self.value(column, change.after, linked)
        if record is None:
            return [RowStep(self.model, number, own, None, self.new_values(key) | values), *lists]
        before = {name: getattr(record, name) for name in values}
        if not any(filled(before[name]) != filled(value) for name, value in values.items()):
            return lists
        return [RowStep(self.model, number, own, before, values), *lists]

    def new_values(self, key: str) -> dict[str, Any]:
        """What a new record holds where the file says nothing."""
        return {each.attname: each.get_default() for each in written_fields(self.model)} | {"slug": key}

    def value(self, column: Column, text: str, linked: type_of_linked) -> Any:
        """What the field of a column holds for a text."""
        if column.references:
            return linked[column.name][text] if text else None
        return converter_of(self.field(column))(text)

    def steps_of_list(
        self, column: Column, number: int, own: frozenset, wanted: set[int], present: dict[int, models.Model]
    ) -> Iterator[RowStep]:
        """The values that a list loses and gains."""
        relation = self.model._meta.get_field(column.name)
        return list_steps(relation, number, own, wanted, present, self.numbers_of_rows)


def items_of_list(
    model: type[models.Model], name: str, keys: list[int]
) -> dict[int, dict[int, models.Model]]:
    """Of a list of some records: the rows between each of them and its values, by the keys of both."""
    relation = model._meta.get_field(name)
    owner, target = f"{relation.m2m_field_name()}_id", f"{relation.m2m_reverse_field_name()}_id"
    items: dict[int, dict[int, models.Model]] = {}
    for row in relation.remote_field.through._base_manager.filter(**{f"{owner}__in": keys}):
        items.setdefault(getattr(row, owner), {})[getattr(row, target)] = row
    return items


def list_steps(
    relation: models.ManyToManyField,
    number: int,
    own: frozenset,
    wanted: set[int],
    present: dict[int, models.Model],
    numbers: Iterator[int],
) -> Iterator[RowStep]:
    """The values that the list of a record loses and gains; `numbers` are for rows that come."""
    through = relation.remote_field.through
    for target in sorted(present.keys() - wanted):
        yield RowStep(through, present[target].pk, own, row_of(present[target]), None)
    owner, other = f"{relation.m2m_field_name()}_id", f"{relation.m2m_reverse_field_name()}_id"
    for target in sorted(wanted - present.keys()):
        yield RowStep(through, next(numbers), own, None, {owner: number, other: target})
