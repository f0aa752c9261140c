"""What a file would change: its rows beside those of the directory."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl.utils import get_column_letter

from partners.changes.cells import CellChange
from partners.days import read_day
from partners.engines.batches import batches
from partners.exchange.package.cells import check_of
from partners.exchange.package.layout import SHEET_OF
from partners.exchange.package.problems import number_with_noun, quoted
from partners.exchange.spreadsheet.cells import FileCell, type_of_rows
from partners.exchange.spreadsheet.damage import damage_to, is_word_for_nothing
from partners.exchange.spreadsheet.problems import FileError, FileProblems
from partners.exchange.spreadsheet.reading import read_file
from partners.formats.csv import csv_cell, restore_formula
from partners.formats.xlsx import xlsx_text
from partners.tables.columns import SEPARATOR, Column, Table, plain_text, read_records, type_of_cell
from partners.tables.definitions import TABLES
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
    """A cell that differs in a row that somebody else has changed since the file was downloaded."""

    def __str__(self):
        return (
            f"line {self.line}, {self.key}, {self.column}: the directory now has {quoted(self.before)}, "
            f"the file {quoted(self.after)}"
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
    # Citations of values that are changed, in words: they hold no longer once the plan is applied.
    lapsing: list[str] = field(default_factory=list)

    @property
    def can_be_applied(self) -> bool:
        """A file is applied whole or not at all."""
        return not self.conflicts and not self.problems.count


def plan(path: Path, new_rows: bool = False) -> Plan:
    """Compare a file with the directory, which stays as it is. With `new_rows` a row whose key no record has becomes one.

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
    return made


# The header ----------------------------------------------------------------------------------------------------------


def filled_places(cells: list[FileCell]) -> list[int]:
    """The places of the cells that hold something."""
    return [place for place, cell in enumerate(cells) if tidy(cell.text, many_lines=True)]


def table_of_header(line: str, names: list[str], new_rows: bool) -> Table:
    """The table a header belongs to, told by the key. Raises FileError when a row could not be found again by it.

    `line` says where the header stands. Rows that are all new need no version.
    """
    tables = [table for table in TABLES if table.column_names[-1] == ROW_VERSION]
    for other in TABLES:
        if other not in tables and names == other.column_names:
            raise FileError(
                f"{line}: this is the table {other.name}, whose rows have no version to tell what was changed "
                f"meanwhile. Change them in curation. Allowed here: {', '.join(table.name for table in tables)}."
            )
    table = next((table for table in tables if table.key[0] in names), None)
    if table is None:
        keys = ", ".join(table.key[0] for table in tables)
        raise FileError(
            f"{line}: the header names no key; it begins with {quoted(names[0])}. Allowed: a column {keys}."
        )
    if ROW_VERSION not in names and not new_rows:
        raise FileError(
            f"{line}: the column {ROW_VERSION} is missing, without which nobody can tell whether a row was changed "
            f"meanwhile. Download the file again with all columns, or with {ROW_VERSION} among columns=."
        )
    for number, name in enumerate(names):
        if name not in table.column_names:
            near = difflib.get_close_matches(name[:100], table.column_names, n=1)
            meant = f" Did you mean {near[0]}?" if near else ""
            raise FileError(
                f"{line}: {quoted(name)} is no column of {table.name}.{meant} "
                f"Allowed: {', '.join(table.column_names)}."
            )
        if name in names[:number]:
            raise FileError(f"{line}: the column {name} stands here twice. Allowed: once.")
    return table


@dataclass
class Layout:
    """Where the columns of a file stand: the title of its sheet, "" for a CSV file, and its header."""

    title: str
    header: list[str]

    def __post_init__(self):
        self.places = {name: place for place, name in enumerate(self.header) if name}
        self.width = max(self.places.values(), default=-1) + 1

    @property
    def named(self) -> list[str]:
        """The names of the columns that have one."""
        return [name for name in self.header if name]

    @property
    def is_workbook(self) -> bool:
        return bool(self.title)

    def where(self, line: int, place: int) -> str:
        """A cell as a spreadsheet program calls it."""
        letter = get_column_letter(place + 1)
        return f"cell {letter}{line} of sheet {self.title}" if self.is_workbook else f"column {letter}"


def whole_rows(
    rows: type_of_rows, layout: Layout, problems: FileProblems
) -> Iterator[tuple[int, dict[str, FileCell]]]:
    """The rows that hold something, by the names of their columns. Empty columns without a name mean nothing.

    A workbook leaves out empty cells at the end of a row; in a CSV file a row that is short was cut off.
    """
    named = set(layout.places.values())
    for line, cells in rows:
        places = filled_places(cells)
        if not places:
            continue
        nameless = [place for place in places if place not in named]
        if (
            len(cells) < layout.width
            and not layout.is_workbook
            or nameless
            and nameless[-1] >= len(layout.header)
        ):
            text = f"{number_with_noun(len(cells), 'cell')}. Allowed: {layout.width}, as in the header."
            problems.add(line, "", None, text)
        elif nameless:
            text = "stands in a column without a name. Allowed: columns of the download."
            problems.add(line, "", cells[nameless[0]].text, text, layout.where(line, nameless[0]))
        else:
            missing = FileCell("")
            yield (
                line,
                {
                    name: cells[place] if place < len(cells) else missing
                    for name, place in layout.places.items()
                },
            )


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

    def compare(self, rows: list[tuple[int, dict[str, FileCell]]]) -> None:
        """Note what the rows would change, which conflicts with what others did, and what is wrong."""
        keys = [tidy(cells[self.key].text, many_lines=False) for _line, cells in rows]
        records = self.records(keys)
        for key, (line, cells) in zip(keys, rows, strict=True):
            self.plan.rows += 1
            if key in self.seen:
                text = f"stands on line {self.seen[key]} already. Allowed: once."
                self.note(line, self.key, key, text)
            elif not key:
                self.note(
                    line, self.key, key, "is empty. Allowed: the key of the record that the row is about."
                )
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
