"""What a file would change: its rows beside those of the directory."""

import difflib
from dataclasses import dataclass, field
from pathlib import Path

from partners.tables.applying.problems import FileError, Problems
from partners.tables.applying.reading import read_file, type_of_rows
from partners.tables.columns import SEPARATOR, Column, Table, plain_text, read_records, type_of_cell
from partners.tables.csv import csv_cell, restore_formula
from partners.tables.definitions import TABLES
from partners.tables.package.cells import check_of
from partners.tables.package.layout import SHEET_OF
from partners.tables.package.problems import quoted
from partners.tables.package.staging import batches
from partners.tables.recurring import ROW_VERSION
from partners.tables.xlsx import xlsx_text

BATCH = 500


@dataclass(frozen=True)
class Change:
    """A cell that is to hold something else."""

    line: int
    key: str
    column: str
    old: str
    new: str

    def __str__(self):
        return f"line {self.line}, {self.key}, {self.column}: {quoted(self.old)} -> {quoted(self.new)}"


@dataclass(frozen=True)
class Conflict(Change):
    """A cell that differs in a row that somebody else has changed since the file was downloaded."""

    def __str__(self):
        return (
            f"line {self.line}, {self.key}, {self.column}: the directory now has {quoted(self.old)}, "
            f"the file {quoted(self.new)}"
        )


@dataclass
class Plan:
    """What a file would change in a table. `versions` are those of the rows to change, as they were looked at."""

    table: Table
    rows: int = 0
    changes: list[Change] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def can_be_applied(self) -> bool:
        """A file is applied whole or not at all."""
        return not self.conflicts and not self.problems.count


def plan(path: Path) -> Plan:
    """Compare a file with the directory, which stays as it is.

    Memory grows with the changes, not with the rows. Raises FileError for a file that cannot be read or understood.
    """
    is_workbook, rows = read_file(path)
    header = next(rows, None)
    if header is None:
        raise FileError(f"{path} is empty. Allowed: a file that was downloaded here, with its header.")
    line, names = header
    made = Plan(table_of(line, names))
    comparing = Comparing(made, names, is_workbook)
    for batch in batches(whole_rows(rows, len(names), made.problems), BATCH):
        comparing.compare(batch)
    return made


# The header ----------------------------------------------------------------------------------------------------------


def table_of(line: int, names: list[str]) -> Table:
    """The table a header belongs to, told by the key. Raises FileError when a row could not be found again by it."""
    tables = [table for table in TABLES if table.column_names[-1] == ROW_VERSION]
    table = next((table for table in tables if table.key[0] in names), None)
    if table is None:
        keys = ", ".join(table.key[0] for table in tables)
        raise FileError(f"line {line}: the header names no key. Allowed: a column {keys}.")
    if ROW_VERSION not in names:
        raise FileError(
            f"line {line}: the column {ROW_VERSION} is missing, without which nobody can tell whether a row was changed "
            f"meanwhile. Download the file again with all columns, or with {ROW_VERSION} among columns=."
        )
    for number, name in enumerate(names):
        if name not in table.column_names:
            near = difflib.get_close_matches(name[:100], table.column_names, n=1)
            meant = f" Did you mean {near[0]}?" if near else ""
            raise FileError(
                f"line {line}: {quoted(name)} is no column of {table.name}.{meant} "
                f"Allowed: {', '.join(table.column_names)}."
            )
        if name in names[:number]:
            raise FileError(f"line {line}: the column {name} stands here twice. Allowed: once.")
    return table


def whole_rows(rows: type_of_rows, width: int, problems: Problems) -> type_of_rows:
    """The rows that have as many cells as the header; a workbook leaves out empty ones at the end."""
    for line, texts in rows:
        if len(texts) > width:
            problems.add(line, "", None, f"{len(texts)} cells. Allowed: {width}, as in the header.")
        else:
            yield line, texts + [""] * (width - len(texts))


# The rows ------------------------------------------------------------------------------------------------------------


class Comparing:
    """Compares rows of a file with the records of their keys, some at a time."""

    def __init__(self, made: Plan, names: list[str], is_workbook: bool):
        self.plan, self.table, self.names, self.is_workbook = made, made.table, names, is_workbook
        self.key = made.table.key[0]
        sheet = SHEET_OF[made.table.name]
        self.columns = [made.table.column(name) for name in names]
        self.checks = {
            column.name: check_of(sheet, column) for column in self.columns if column.name in sheet.names
        }
        self.seen: dict[str, int] = {}

    def compare(self, rows: list[tuple[int, list[str]]]) -> None:
        """Note what the rows would change, which conflicts with what others did, and what is wrong."""
        records = self.records([texts[self.names.index(self.key)] for _line, texts in rows])
        for line, texts in rows:
            self.plan.rows += 1
            cells = dict(zip(self.names, texts, strict=True))
            key = cells[self.key]
            if key in self.seen:
                text = f"stands on line {self.seen[key]} already. Allowed: once."
                self.plan.problems.add(line, self.key, key, text)
            elif key not in records:
                text = f"is no record of {self.table.name}. A file changes records, it adds none."
                self.plan.problems.add(line, self.key, key, text)
            else:
                self.compare_row(line, key, cells, records[key])
            self.seen[key] = line

    def records(self, keys: list[str]) -> dict[str, dict[str, type_of_cell]]:
        """The public cells of records as a file would have them, by their keys."""
        found = self.table.model._default_manager.filter(slug__in=[key for key in keys if "\0" not in key])
        return {record[self.key]: record for record in read_records(found, self.columns)}

    def compare_row(self, line: int, key: str, cells: dict[str, str], record: dict) -> None:
        differing = [
            (column, plain_text(record[column.name]), self.restored(cells[column.name]))
            for column in self.columns
            if column.name not in (self.key, ROW_VERSION)
            and not self.is_same(column, cells[column.name], record[column.name])
        ]
        if not differing:
            return
        if cells[ROW_VERSION] != record[ROW_VERSION]:
            # What follows from other values differs because they do.
            self.plan.conflicts += [
                Conflict(line, key, column.name, old, new) for column, old, new in differing if column.stored
            ]
            return
        for column, old, new in differing:
            if problem := self.refusal(column, new):
                self.plan.problems.add(line, column.name, new, problem)
            else:
                self.plan.changes.append(Change(line, key, column.name, old, new))
                self.plan.versions[key] = record[ROW_VERSION]

    def is_same(self, column: Column, text: str, value: type_of_cell) -> bool:
        """Whether a cell of the file says what the directory has: as any of our files would write it."""
        text, written = plain_text(text), plain_text(value)
        if column.many:
            return items_of(self.restored(text)) == items_of(written) or text == xlsx_text(written)
        forms = {plain_text(csv_cell(value))}
        if self.is_workbook:
            forms |= {written, plain_text(xlsx_text(written))}
        return text in forms

    def restored(self, text: str) -> str:
        """A text as it was before a CSV file marked it as no formula; a workbook marks none."""
        text = plain_text(text)
        return text if self.is_workbook else restore_formula(text)

    def refusal(self, column: Column, text: str) -> str | None:
        """Why a cell may not be changed to a text, or None."""
        if not column.stored:
            return f"cannot be changed here: it follows from {self.base_of(column)}."
        return self.checks[column.name](text)

    def base_of(self, column: Column) -> str:
        """Where a value that is not kept comes from."""
        name = column.name.removesuffix("s").removesuffix("_label")
        stored = [each.name for each in self.table.stored_columns if each.public]
        return next((each for each in (name, f"{name}s") if each in stored), "other records")


def items_of(text: str) -> list[str]:
    """The values of a list, in no order of their own."""
    return sorted(filter(None, (item.strip() for item in text.split(SEPARATOR))))


def keys_in(column: Column, text: str) -> list[str]:
    """The keys of other records that a cell names: several in a list, else the whole text."""
    if column.many:
        return items_of(text)
    return [text] if text else []
