# ruff: noqa: S608 - the names put into this SQL are those of our own tables and columns; values are parameters.
"""Hands what is new or changed to the writer of rows, and remembers what was loaded."""

from collections.abc import Callable, Iterable, Iterator

from django.db import DatabaseError, connection, models

from partners.changes.history import RowStep
from partners.changes.planning import edit_of
from partners.changes.writing import RowEdit, write_in_order
from partners.engines.batches import batches
from partners.engines.keys import free_numbers
from partners.exchange.package.comparing import CHANGE, CREATE, UNCHANGED
from partners.exchange.package.layout import SHEETS, Sheet
from partners.exchange.package.problems import PackageProblems, reason
from partners.exchange.package.progress import type_of_progress
from partners.exchange.package.staging import LOADING_BATCH, Staging
from partners.exchange.package.steps import SheetSteps
from partners.models import FormerAddress, LoadedRow
from partners.models.belonging import model_named, models_with_data, owners


class SheetWriter:
    """Writes the sheets one after another. `watch` sees each step before it is written."""

    def __init__(
        self,
        staging: Staging,
        problems: PackageProblems,
        progress: type_of_progress,
        watch: Callable[[Iterable[RowStep]], Iterator[RowStep]],
    ):
        self.staging, self.problems, self.progress, self.watch = staging, problems, progress, watch

    def write(self) -> None:
        """Write every sheet, up to the first one of which the database refuses a row: the others may refer to it."""
        for sheet in SHEETS:
            if sheet.model in models_with_data():
                self.write_sheet(sheet)
            else:
                self.write_addresses(sheet)
            if self.problems.count:
                return
            self.remember(sheet)

    def write_sheet(self, sheet: Sheet) -> None:
        total = self.staging.count(
            f"SELECT count(*) FROM plan_{sheet.name} WHERE action IN ('{CREATE}', '{CHANGE}')"
        )
        written = 0
        for count in write_in_order(self.edits(sheet), self.refused_in(sheet), LOADING_BATCH):
            written += count
            self.progress(f"Saving {sheet.name}", written, total)

    def edits(self, sheet: Sheet) -> Iterator[RowEdit]:
        """What is to be written of a sheet. Unique values that will change are emptied first, so that one may move from
        a record to another."""
        rows = SheetSteps(self.staging, sheet, free_numbers)
        for name in sheet.unique:
            yield from (RowEdit(sheet.model, number, {name: ""}) for number in rows.differing(name))
        yield from map(edit_of, self.watch(rows.steps()))

    def refused_in(self, sheet: Sheet) -> Callable[[RowEdit, DatabaseError], None]:
        def refused(edit: RowEdit, error: DatabaseError) -> None:
            text = f"the database refuses the row: {reason(sheet, error)}"
            self.problems.add(sheet, self.line_of(sheet, edit), "", None, text)

        return refused

    def line_of(self, sheet: Sheet, edit: RowEdit) -> int:
        number = edit.key
        if edit.model is not sheet.model:
            number = next((edit.values or {})[column] for column in owners(edit.model))
        return self.staging.count(
            f"SELECT p.line FROM plan_{sheet.name} p JOIN pk_{sheet.name} k ON k.key = p.key WHERE k.pk = ?",
            [number],
        )

    def write_addresses(self, sheet: Sheet) -> None:
        """Former addresses are no records, and have no history. Some were noted just now, by what was written before."""
        rows = self.staging.run(
            f"SELECT f.kind, f.slug, f.now, f.name, nullif(f.since, '') FROM plan_{sheet.name} p "
            f"JOIN file_{sheet.name} f ON f.line = p.line WHERE p.action IN ('{CREATE}', '{CHANGE}') ORDER BY p.line"
        )
        names = ["kind", "slug", "now", "name", "since"]
        for batch in batches(rows, LOADING_BATCH):
            notes = [FormerAddress(**dict(zip(names, values, strict=True))) for values in batch]
            name_records(notes)
            FormerAddress.objects.bulk_create(
                notes,
                update_conflicts=True,
                unique_fields=names[:2],
                update_fields=[*names[2:], "owner", "record"],
            )

    def remember(self, sheet: Sheet) -> None:
        """Note what the directory now holds of this file, to know later what a curator has edited."""
        rows = self.staging.run(
            f"SELECT key, digest FROM plan_{sheet.name} "
            f"WHERE action IN ('{CREATE}', '{CHANGE}', '{UNCHANGED}') AND held IS NOT digest ORDER BY line"
        )
        quote = connection.ops.quote_name
        table, *names = map(quote, [LoadedRow._meta.db_table, "table", "key", "digest"])
        # As many rows as all tables together, and no logic of their own: worth a statement without model instances.
        remember = (
            f"INSERT INTO {table} ({', '.join(names)}) VALUES (%s, %s, %s) "
            f"ON CONFLICT ({names[0]}, {names[1]}) DO UPDATE SET {names[2]} = excluded.{names[2]}"
        )
        with connection.cursor() as cursor:
            for batch in batches(rows, LOADING_BATCH):
                cursor.executemany(remember, [(sheet.name, key, digest) for key, digest in batch])


def name_records(notes: list[FormerAddress]) -> None:
    """Fill in which records stand for former addresses: those that they lead to, or that stand there unseen."""
    for kind in {note.kind for note in notes} & {model._meta.model_name for model in models_with_data()}:
        own = [note for note in notes if note.kind == kind]
        rows = model_named(kind)._base_manager.filter(slug__in={note.now or note.slug for note in own})
        keys = dict(rows.values_list("slug", "pk"))
        for note in own:
            note.record = keys.get(note.now or note.slug)


def coming_numbers() -> Callable[[type[models.Model]], Iterator[int]]:
    """Negative numbers, which stand for rows that are to come in a plan that is not written yet."""
    given: dict[type[models.Model], int] = {}

    def numbers(model: type[models.Model]) -> Iterator[int]:
        while True:
            given[model] = given.get(model, 0) - 1
            yield given[model]

    return numbers
