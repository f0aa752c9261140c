"""What a file would change: its rows beside those of the directory."""

import re
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from partners.changes.cells import CellChange
from partners.changes.planning import ChangePlan
from partners.curation_vocabularies import Via
from partners.days import read_day
from partners.engines.batches import batches
from partners.exchange.package.cells import check_of
from partners.exchange.package.layout import SHEET_OF
from partners.exchange.package.problems import quoted
from partners.exchange.spreadsheet.cells import FileCell
from partners.exchange.spreadsheet.damage import damage_to, is_word_for_nothing
from partners.exchange.spreadsheet.header import Layout, filled_places, table_of_header, whole_rows
from partners.exchange.spreadsheet.meanwhile import rows_when_downloaded
from partners.exchange.spreadsheet.problems import FileError, FileProblems
from partners.exchange.spreadsheet.reading import read_file
from partners.formats.csv import csv_cell, restore_formula
from partners.formats.xlsx import xlsx_text
from partners.models import FormerAddress, Revision
from partners.tables.columns import SEPARATOR, Column, Table, plain_text, read_records, type_of_cell
from partners.tables.recurring import ROW_VERSION
from partners.texts import tidy, unreadable

APPLYING_BATCH = 500
# After so many problems the rest of a file is not looked at.
MOST_PROBLEMS = 100_000
# A day as programs write it that know only moments.
MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]00:00(:00(\.0+)?)?Z?", re.ASCII)
VERSION = re.compile(r"v[0-9a-f]{16}", re.ASCII)
WHOLE_NUMBER = re.compile(r"(-?[0-9]+)\.0+", re.ASCII)


@dataclass(frozen=True)
class PlannedChange(CellChange):
    """A cell that is to hold something else, and the line of the file that says so."""

    line: int

    def __str__(self):
        return f"line {self.line}, {self.key}, {self.column}: {quoted(self.before)} -> {quoted(self.after)}"


@dataclass(frozen=True)
class Conflict(PlannedChange):
    """A cell that differs in a row that somebody else has changed since the file was downloaded. `downloaded` is what
    stood there then; None where that is not known."""

    downloaded: str | None = None

    def __str__(self):
        told = (
            f"line {self.line}, {self.key}, {self.column}: the directory now has {quoted(self.before)}, "
            f"the file {quoted(self.after)}"
        )
        return (
            told
            if self.downloaded is None
            else f"{told}; when it was downloaded it was {quoted(self.downloaded)}"
        )


@dataclass
class Plan:
    """What a file would change in a table. `versions` are those of the rows to change, as they were looked at.

    `added` are the keys of rows that are to become records; their changes begin with nothing.
    `left` are cells that differ and are left as they are, because they follow from others: either these were changed
    since the file was downloaded, or somebody has changed such a cell in vain.
    """

    table: Table
    rows: int = 0
    changes: list[PlannedChange] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    problems: FileProblems = field(default_factory=FileProblems)
    left: FileProblems = field(default_factory=FileProblems)
    versions: dict[str, str] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    # The same changes as rows to write, where there are neither conflicts nor problems; and the lines of their records.
    written: ChangePlan = field(default_factory=lambda: ChangePlan(Via.FILE, Revision.newest()))
    lines: dict[int, int] = field(default_factory=dict)
    # Citations of values that are changed, in words: they hold no longer once the plan is applied.
    lapsing: list[str] = field(default_factory=list)

    @property
    def can_be_applied(self) -> bool:
        """A file is applied whole or not at all."""
        return not self.conflicts and not self.problems.count


def compare_file(path: Path, new_rows: bool = False) -> Plan:
    """Compare a file with the directory. With `new_rows` a row whose key no record has becomes one.

    Memory grows with the changes and with the records named, not with the rows. Raises FileError for a file that cannot
    be read or understood.
    """
    title, rows = read_file(path)
    with closing(rows):
        header = next((row for row in rows if filled_places(row[1])), None)
        if header is None:
            raise FileError(f"{path} is empty. Allowed: a file that was downloaded here, with its header.")
        line, cells = header
        layout = Layout(title, [tidy(cell.text, many_lines=False) for cell in cells])
        where = f"sheet {title}, line {line}" if title else f"line {line}"
        made = Plan(table_of_header(where, layout.named, new_rows))
        comparing = RowComparison(made, layout, new_rows)
        for batch in batches(whole_rows(rows, layout, made.problems), APPLYING_BATCH):
            comparing.compare(batch)
            if made.problems.count >= MOST_PROBLEMS:
                made.problems.add(batch[-1][0], "", None, "the rest of the file was not looked at.")
                break
        comparing.refuse_words_for_nothing()
        comparing.tell_what_was_downloaded()
    return made


# The rows ------------------------------------------------------------------------------------------------------------


class RowComparison:
    """Compares rows of a file with the records of their keys, some at a time."""

    def __init__(self, made: Plan, layout: Layout, new_rows: bool):
        self.plan, self.table, self.layout, self.is_workbook = made, made.table, layout, layout.is_workbook
        self.new_rows = new_rows
        self.key = made.table.key[0]
        sheet = SHEET_OF[made.table.name]
        self.columns = [made.table.column(name) for name in layout.places]
        self.checks = {
            column.name: check_of(sheet, column) for column in self.columns if column.name in sheet.names
        }
        self.many_lines = {
            name for name, takes_lines in zip(sheet.names, sheet.take_lines, strict=True) if takes_lines
        }
        self.seen: dict[str, int] = {}
        # The versions that the file has of rows that were changed since.
        self.changed_since: dict[str, str] = {}

    def compare(self, rows: list[tuple[int, dict[str, FileCell]]]) -> None:
        """Note what the rows would change, which conflicts with what others did, and what is wrong."""
        keys = [tidy(cells[self.key].text, many_lines=False) for _line, cells in rows]
        records = self.records(keys)
        former = self.former_addresses(keys) if self.new_rows else {}
        for key, (line, cells) in zip(keys, rows, strict=True):
            self.plan.rows += 1
            if key in self.seen:
                text = f"stands on line {self.seen[key]} already. Allowed: once."
                self.note(line, self.key, key, text)
            elif not key:
                self.note(
                    line, self.key, key, "is empty. Allowed: the key of the record that the row is about."
                )
            elif key not in records and key in former:
                self.note(line, self.key, key, f"is taken. {former[key].refusal}")
            elif key not in records and self.new_rows:
                self.add_row(line, key, cells)
                self.seen[key] = line
            elif key not in records:
                text = f"is no record of {self.table.name}. Allowed: one of those, or --new-rows, which adds records."
                self.note(line, self.key, key, text)
            elif ROW_VERSION not in cells:
                text = f"is a record already. To change it, download it with its {ROW_VERSION}."
                self.note(line, self.key, key, text)
            else:
                self.compare_row(line, key, cells, records[key])
                self.seen[key] = line

    def note(self, line: int, column: str, value: str, text: str, key: str = "") -> None:
        """A problem of a cell, with its place as the spreadsheet has it."""
        where = self.layout.where(line, self.layout.places[column])
        self.plan.problems.add(line, column, value, text, f"{where}, {key}" if key else where)

    def records(self, keys: list[str]) -> dict[str, dict[str, type_of_cell]]:
        """The public cells of records as a file would have them, by their keys."""
        found = self.table.model._default_manager.filter(slug__in=[key for key in keys if "\0" not in key])
        return {record[self.key]: record for record in read_records(found, self.columns)}

    def former_addresses(self, keys: list[str]) -> dict[str, FormerAddress]:
        """Which keys readers know as addresses that records have left."""
        kind = self.table.model._meta.model_name
        notes = FormerAddress.objects.filter(kind=kind, slug__in=[key for key in keys if "\0" not in key])
        return {note.slug: note for note in notes}

    def add_row(self, line: int, key: str, cells: dict[str, FileCell]) -> None:
        """Note the cells of a record that is to be made."""
        version = tidy(cells[ROW_VERSION].text, many_lines=False) if ROW_VERSION in cells else ""
        if version:
            text = "is the version of a row that is not there any more. Allowed in a new row: nothing."
            self.note(line, ROW_VERSION, version, text, key)
            return
        self.plan.added.add(key)
        for column in self.columns:
            new = self.restored(column, cells[column.name].text)
            if column.name == ROW_VERSION or not new or not column.stored:
                continue
            if problem := self.problem(column, "", new, cells[column.name]):
                self.note(line, column.name, cells[column.name].text, problem, key)
            else:
                self.plan.changes.append(PlannedChange(self.table.name, key, column.name, "", new, line))

    def compare_row(self, line: int, key: str, cells: dict[str, FileCell], record: dict) -> None:
        differing = []
        for column in self.columns:
            text, value = cells[column.name].text, record[column.name]
            if column.name in (self.key, ROW_VERSION) or self.is_same(column, text, value):
                continue
            if column.stored:
                differing.append((column, plain_text(value), self.restored(column, text)))
            else:
                message = (
                    f"is left as it is, {quoted(plain_text(value))}: it follows from {self.base_of(column)}."
                )
                self.plan.left.add(line, column.name, self.restored(column, text), message)
        if not differing:
            return
        version = tidy(cells[ROW_VERSION].text, many_lines=False)
        if not VERSION.fullmatch(version):
            text = "is no version of a row. Allowed: what stood there in the download, which nobody changes."
            self.note(line, ROW_VERSION, version, text, key)
            return
        if version != record[ROW_VERSION]:
            self.changed_since[key] = version
            self.plan.conflicts += [
                Conflict(self.table.name, key, column.name, old, new, line) for column, old, new in differing
            ]
            return
        for column, old, new in differing:
            if problem := self.problem(column, old, new, cells[column.name]):
                self.note(line, column.name, cells[column.name].text, problem, key)
            else:
                self.plan.changes.append(PlannedChange(self.table.name, key, column.name, old, new, line))
                self.plan.versions[key] = record[ROW_VERSION]

    def tell_what_was_downloaded(self) -> None:
        """Fill in what stood in the cells in conflict before either side changed them."""
        if not self.changed_since:
            return
        then = rows_when_downloaded(self.table, self.columns, self.changed_since)
        self.plan.conflicts = [
            replace(each, downloaded=plain_text(then[each.key][each.column])) if each.key in then else each
            for each in self.plan.conflicts
        ]

    def refuse_words_for_nothing(self) -> None:
        """Where several empty cells of a column got the same word for nothing, a program has written it, not a person."""
        changes = self.plan.changes
        found = Counter(
            (each.column, each.after) for each in changes if is_word_for_nothing(each.before, each.after)
        )
        repeated = {each for each, times in found.items() if times > 1}
        if not repeated:
            return
        self.plan.changes = []
        for each in changes:
            if (each.column, each.after) in repeated and not each.before:
                text = (
                    f"stands in {found[each.column, each.after]:,} cells that were empty. Leave them empty."
                )
                self.note(each.line, each.column, each.after, text, each.key)
            else:
                self.plan.changes.append(each)

    def problem(self, column: Column, old: str, new: str, cell: FileCell) -> str | None:
        """Why a cell cannot be changed so: a program has spoiled it, or it breaks the rule of its column."""
        return damage_to(column, old, new, cell) or self.faulty(cell) or self.checks[column.name](new)

    def faulty(self, cell: FileCell) -> str:
        """What is wrong with the characters of a cell, with their places in the cell itself."""
        fault = unreadable(cell.text)
        return fault.of_a_cell if fault else ""

    def is_same(self, column: Column, text: str, value: type_of_cell) -> bool:
        """Whether a cell of the file says what the directory has: as any of our files would write it."""
        restored, text = self.restored(column, text), self.tidy(column, text)
        written = self.tidy(column, plain_text(value))
        if column.many:
            return items_of(restored) == items_of(written) or text == xlsx_text(written)
        # A CSV file that was saved from a workbook has no marks.
        forms = {self.tidy(column, csv_cell(value)), written}
        if self.is_workbook:
            forms.add(xlsx_text(written))
        return text in forms or restored == written

    def tidy(self, column: Column, text: str) -> str:
        """A text by the rule of its column."""
        return tidy(text, many_lines=column.name in self.many_lines)

    def restored(self, column: Column, text: str) -> str:
        """A text as the directory would have it.

        Without the mark by which a CSV file says that it is no formula; a workbook marks none. Whole numbers without
        the point that programs add to a column with gaps; days as in a form, where they can be one day only.
        """
        text = self.tidy(column, text if self.is_workbook else restore_formula(text))
        if column.datatype == "date":
            return as_day(text)
        whole = WHOLE_NUMBER.fullmatch(text) if column.datatype == "integer" else None
        return whole[1] if whole else text

    def base_of(self, column: Column) -> str:
        """Where a value that is not kept comes from."""
        name = column.name.removesuffix("s").removesuffix("_label")
        stored = [each.name for each in self.table.stored_columns if each.public]
        return next((each for each in (name, f"{name}s") if each in stored), "other records")


def as_day(text: str) -> str:
    """The day that a text names, as YYYY-MM-DD; the text itself where it names none, or could name two."""
    midnight = MIDNIGHT.fullmatch(text)
    try:
        return read_day(midnight[1] if midnight else text).isoformat()
    except ValueError:
        return text


def items_of(text: str) -> list[str]:
    """The values of a list, in no order of their own."""
    return sorted(filter(None, (item.strip() for item in text.split(SEPARATOR))))


def keys_in(column: Column, text: str) -> list[str]:
    """The keys of other records that a cell names: several in a list, else the whole text."""
    if column.many:
        return items_of(text)
    return [text] if text else []
