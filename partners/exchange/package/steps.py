# ruff: noqa: S608 - the names put into this SQL are those of our own tables and columns; values are parameters.
"""What a plan does with the rows of a package: each row of the directory before and after, a batch at a time."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db import models
from django.utils import timezone

from partners.changes.history import RowStep, filled
from partners.changes.images import row_of
from partners.engines.batches import batches
from partners.exchange.package.cells import converter_of
from partners.exchange.package.comparing import CHANGE, CREATE
from partners.exchange.package.layout import Sheet
from partners.exchange.package.staging import LOADING_BATCH, Staging
from partners.models import Publishable
from partners.models.belonging import owners
from partners.tables.columns import Column
from partners.vocabularies import PUBLISHED

# Gives numbers for new rows of a model.
type_of_numbers = Callable[[type[models.Model]], Iterator[int]]


class SheetSteps:
    """The steps of one sheet. Sheets are asked in their order, as rows refer to those of earlier ones."""

    def __init__(self, staging: Staging, sheet: Sheet, numbers: type_of_numbers):
        self.staging, self.sheet, self.numbers = staging, sheet, numbers
        self.columns = [column for column in sheet.columns if not column.many]
        self.fields = [sheet.fields[column.name] for column in self.columns]
        self.names = [field.attname for field in self.fields]
        self.converters = [converter_of(field) for field in self.fields]
        self.owners = [
            (column, owner._meta.model_name)
            for column, owner in owners(sheet.model).items()
            if owner is not sheet.model
        ]

    def steps(self) -> Iterator[RowStep]:
        """Every row that comes or changes, and then what lists lose and gain."""
        self.give_numbers()
        yield from self.new()
        yield from self.changed()
        for column in self.sheet.lists:
            yield from ListSteps(self, column).steps()

    def give_numbers(self) -> None:
        """Give the rows that come their numbers, so that others can refer to them."""
        name = self.sheet.name
        rows = self.staging.run(f"SELECT key FROM plan_{name} WHERE action = '{CREATE}' ORDER BY line")
        numbers = self.numbers(self.sheet.model)
        self.staging.insert(f"pk_{name}", ((key, next(numbers)) for (key,) in rows))

    def new(self) -> Iterator[RowStep]:
        model, key = self.sheet.model, self.sheet.model._meta.pk.attname
        is_publishable = issubclass(model, Publishable)
        for batch in self.selected(CREATE):
            for number, *values in batch:
                after = {key: number}
                for name, convert, value in zip(self.names, self.converters, values, strict=True):
                    after[name] = convert(value)
                if is_publishable:
                    after["published_at"] = (
                        timezone.now() if after["publication_state"] == PUBLISHED else None
                    )
                yield RowStep(model, number, self.records(number, after), None, after)

    def changed(self) -> Iterator[RowStep]:
        """Rows with the values that change. A row of which only a list changes has none."""
        for batch in self.selected(CHANGE):
            found = self.sheet.model._base_manager.order_by().in_bulk([number for number, *_values in batch])
            for number, *values in batch:
                yield self.change_of(found[number], values)

    def change_of(self, record: models.Model, values: list) -> RowStep:
        before, after = {}, {}
        for name, convert, value in zip(self.names, self.converters, values, strict=True):
            now, then = getattr(record, name), convert(value)
            if filled(now) != filled(then):
                before[name], after[name] = now, then
        if after.get("publication_state") == PUBLISHED and record.published_at is None:
            before["published_at"], after["published_at"] = None, timezone.now()
        whole = {column: getattr(record, column) for column, _owner in self.owners}
        return RowStep(self.sheet.model, record.pk, self.records(record.pk, whole | after), before, after)

    def records(self, number: int, values: dict[str, Any]) -> frozenset[tuple[str, int]]:
        """The record that a row belongs to."""
        for column, owner in self.owners:
            if values[column] is not None:
                return frozenset([(owner, values[column])])
        return frozenset([(self.sheet.model._meta.model_name, number)])

    def selected(self, action: str) -> Iterator[list[tuple]]:
        """Batches of the number of a row and the value of each column that is no list, references as numbers."""
        name, wanted = self.sheet.name, []
        joins = [f"JOIN pk_{name} own ON own.key = p.key"]
        for number, column in enumerate(self.columns):
            if column.references:
                wanted.append(f"r{number}.pk")
                joins.append(
                    f'LEFT JOIN pk_{column.references} r{number} ON r{number}.key = f."{column.name}"'
                )
            else:
                wanted.append(f'f."{column.name}"')
        rows = self.staging.run(
            f"SELECT own.pk, {', '.join(wanted)} FROM plan_{name} p JOIN file_{name} f ON f.line = p.line "
            f"{' '.join(joins)} WHERE p.action = '{action}' ORDER BY p.line"
        )
        return batches(rows, LOADING_BATCH)

    def differing(self, name: str) -> Iterator[int]:
        """The numbers of the records to change whose column `name` is filled in and differs from the file."""
        sheet = self.sheet.name
        rows = self.staging.run(
            f"SELECT p.pk FROM plan_{sheet} p JOIN file_{sheet} f ON f.line = p.line "
            f"JOIN directory_{sheet} d ON d.pk = p.pk "
            f'WHERE p.action = \'{CHANGE}\' AND d."{name}" <> \'\' AND d."{name}" <> f."{name}"'
        )
        return (number for (number,) in rows)


class ListSteps:
    """The steps of a column of several values: rows between a record and each of these."""

    def __init__(self, sheet: SheetSteps, column: Column):
        self.staging, self.sheet, self.column = sheet.staging, sheet.sheet, column
        field = self.sheet.model._meta.get_field(column.name)
        self.through = field.remote_field.through
        self.owner, self.target = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
        self.numbers = sheet.numbers(self.through)
        self.name = self.sheet.model._meta.model_name

    def steps(self) -> Iterator[RowStep]:
        for owner, target in self.items(f"p.action = '{CREATE}'"):
            yield self.gained(owner, target)
        for batch in batches(self.changed(), LOADING_BATCH):
            yield from self.changes_of(batch)

    def changed(self) -> Iterator[tuple[int, int]]:
        """The number and the line of each record whose list is not so already."""
        name, column = self.sheet.name, self.column.name
        return self.staging.run(
            f"SELECT p.pk, p.line FROM plan_{name} p JOIN file_{name} f ON f.line = p.line "
            f'JOIN directory_{name} d ON d.pk = p.pk WHERE p.action = \'{CHANGE}\' AND d."{column}" <> f."{column}"'
        )

    def items(self, condition: str, values: Iterable = ()) -> Iterator[tuple[int, int]]:
        """The numbers of the record and of each value, of rows of the file."""
        name = self.sheet.name
        return self.staging.run(
            f"SELECT o.pk, t.pk FROM plan_{name} p JOIN list_{name}_{self.column.name} i ON i.line = p.line "
            f"JOIN pk_{name} o ON o.key = p.key JOIN pk_{self.column.references} t ON t.key = i.value "
            f"WHERE {condition}",
            list(values),
        )

    def changes_of(self, batch: list[tuple[int, int]]) -> Iterator[RowStep]:
        there = {}
        for row in self.through._base_manager.filter(
            **{f"{self.owner}__in": [owner for owner, _line in batch]}
        ):
            there[getattr(row, self.owner), getattr(row, self.target)] = row
        marks = ", ".join("?" * len(batch))
        wanted = dict.fromkeys(self.items(f"p.line IN ({marks})", (line for _owner, line in batch)))
        for place, row in there.items():
            if place not in wanted:
                yield RowStep(self.through, row.pk, frozenset([(self.name, place[0])]), row_of(row), None)
        for place in wanted:
            if place not in there:
                yield self.gained(*place)

    def gained(self, owner: int, target: int) -> RowStep:
        number = next(self.numbers)
        after = {self.through._meta.pk.attname: number, self.owner: owner, self.target: target}
        return RowStep(self.through, number, frozenset([(self.name, owner)]), None, after)
