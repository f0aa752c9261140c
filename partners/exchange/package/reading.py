"""From the bytes of a file to checked rows of text, each with the line it stands on."""

import csv
import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TextIO

from partners.exchange.package.cells import check_of, type_of_check
from partners.exchange.package.gaps import Gaps
from partners.exchange.package.layout import SHEETS, Sheet
from partners.exchange.package.problems import PackageError, PackageProblems
from partners.exchange.package.progress import type_of_progress
from partners.formats.csv import other_delimiter
from partners.tables.columns import SEPARATOR
from partners.texts import tidy, unreadable

LONGEST_LINE = 1_000_000
# Texts of a column of which it is known what they are as kept, and what is wrong with them.
REMEMBERED = 512


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of a file: its first line, its cells in the order of the sheet, the columns whose cell is wrong."""

    line: int
    cells: list[str]
    wrong: str


def missing_tables(folder: Path, problems: PackageProblems) -> list[str]:
    """The tables of which there is no file in `folder`. Files that are no table are noted in `problems`.

    Raises PackageError where there is no table at all.
    """
    found = {path.name for path in folder.iterdir()}
    missing = [sheet.name for sheet in SHEETS if sheet.file_name not in found]
    if len(missing) == len(SHEETS):
        raise PackageError(f"{folder} holds no table of a package; allowed: {TABLES_ALLOWED}.")
    for name in sorted(found - {sheet.file_name for sheet in SHEETS}):
        if name.lower().endswith(".csv") and not name.startswith("."):
            hint = did_you_mean(name, [f"{each}.csv" for each in missing])
            problems.add_file(name, f"the file is no table of the package{hint}; allowed: {TABLES_ALLOWED}")
    return missing


TABLES_ALLOWED = ", ".join(sheet.file_name for sheet in SHEETS)


def did_you_mean(name: str, lacking: list[str]) -> str:
    """A question about an unknown name that is like a missing one, such as "; did you mean x?"; else ""."""
    near = nearest_name(name, lacking)
    return f"; did you mean {near}?" if near else ""


def nearest_name(name: str, lacking: list[str]) -> str:
    """The missing name that is most like an unknown one; "" where none is like it."""
    plain = name.strip().lower().replace(" ", "_").replace("-", "_")
    return next(iter(difflib.get_close_matches(plain[:100], lacking, n=1)), "")


def read_sheet(
    folder: Path, sheet: Sheet, problems: PackageProblems, gaps: Gaps, progress: type_of_progress
) -> Iterator[FileRow]:
    """The rows of a sheet of the package in `folder`. What is wrong with them is noted in `problems`, and the columns
    that are not there in `gaps`."""
    path = folder / sheet.file_name
    try:
        size = path.stat().st_size
        # Bytes that are not UTF-8 survive as lone surrogates, so that they can be named with their column.
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            for number, row in enumerate(checked_rows(file, sheet, problems, gaps)):
                if number % 1000 == 0:
                    progress(f"Reading {sheet.file_name}", file.buffer.tell(), size)
                yield row
    except OSError as error:
        problems.add_broken(sheet, 0, "", None, f"the file cannot be read: {error.strerror}")


def checked_rows(file: TextIO, sheet: Sheet, problems: PackageProblems, gaps: Gaps) -> Iterator[FileRow]:
    rows = raw_rows(file, sheet, problems)
    line, header = next(rows, (0, None))
    if header is None:
        problems.add_broken(sheet, 0, "", None, f"the file is empty; allowed: a header of {allowed(sheet)}")
        return
    header = without_nameless_end(header)
    if not check_header(line, header, sheet, problems):
        return
    missing = [name for name in sheet.names if name not in header]
    unclear = unclear_columns(line, header, missing, sheet, problems)
    if lacking := [name for name in missing if name not in unclear]:
        gaps.columns[sheet.name] = lacking
    places = [header.index(name) if name in header else -1 for name in sheet.names]
    check = RowCheck(sheet, missing, unclear, problems)
    for line, texts in rows:
        if len(texts) > len(header) and is_empty(texts[len(header) :]):
            del texts[len(header) :]
        if len(texts) != len(header):
            text = f"the row has {len(texts)} cells; allowed: {len(header)}, as in the header"
            problems.add_broken(sheet, line, "", None, text)
            continue
        texts.append("")  # what a missing column holds
        yield check.row(line, [texts[number] for number in places])


def raw_rows(file: TextIO, sheet: Sheet, problems: PackageProblems) -> Iterator[tuple[int, list[str]]]:
    """Rows as they stand in the file, each with its first line. Those without anything in them are passed over."""
    reader = csv.reader(FileLines(file), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            texts = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            text = f"the row is not CSV: {error}; nothing after it was read"
            problems.add_broken(sheet, line, "", None, text)
            return
        if texts and (texts[0].isalnum() or not is_empty(texts)):
            yield line, texts


def is_empty(texts: list[str]) -> bool:
    """Whether all of these cells are empty; spreadsheet programs add such columns and rows."""
    return not any(texts) or not any(tidy(text, many_lines=True) for text in texts)


def without_nameless_end(header: list[str]) -> list[str]:
    """The header up to its last name."""
    while header and is_empty(header[-1:]):
        header = header[:-1]
    return header


class FileLines:
    """The lines of a file, and whether the last one had an end.

    Raises csv.Error at one so long that it can only be a mistake, before it fills memory.
    """

    def __init__(self, file: TextIO):
        self.file, self.is_ended = file, True

    def __iter__(self) -> Iterator[str]:
        while line := self.file.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE:
                raise csv.Error(f"a line of more than {LONGEST_LINE:,} characters")
            self.is_ended = line.endswith(("\n", "\r"))
            yield line


def allowed(sheet: Sheet) -> str:
    return ", ".join(sheet.names)


def check_header(line: int, header: list[str], sheet: Sheet, problems: PackageProblems) -> bool:
    """Whether the rows below this header can be made out at all."""
    if fault := unreadable("".join(header)):
        problems.add_broken(sheet, line, "", None, f"the header {fault.of_a_cell}")
        return False
    if name := other_delimiter(header):
        problems.add_broken(sheet, line, "", None, f"the columns are separated by {name}; allowed: commas")
        return False
    lacking = [name for name in sheet.names if name not in header]
    for number, name in enumerate(header):
        if name not in sheet.names:
            hint = did_you_mean(name, lacking)
            problems.add(sheet, line, name, None, f"the column is unknown{hint}; allowed: {allowed(sheet)}")
        elif name in header[:number]:
            problems.add(sheet, line, name, None, "the column stands here twice; allowed: once")
    return any(name in sheet.names for name in header)


def unclear_columns(
    line: int, header: list[str], missing: list[str], sheet: Sheet, problems: PackageProblems
) -> list[str]:
    """The missing columns that a package cannot do without, or that stand there under a misspelt name."""
    near = [nearest_name(name, missing) for name in header if name not in sheet.names]
    unclear = [name for name in near if name]
    for name in missing:
        if name in sheet.table.key and sheet.table.column(name).required and name not in unclear:
            text = f"the column is missing, and no row is known without it; allowed: {allowed(sheet)}"
            problems.add_broken(sheet, line, name, None, text)
            unclear.append(name)
    if unclear:
        problems.unclear.add(sheet.name)
        if not set(unclear).isdisjoint(sheet.table.key):
            problems.incomplete.add(sheet.name)
    return unclear


def tidied_and_checked(check: type_of_check, many_lines: bool) -> Callable[[str], tuple[str, str | None]]:
    """A function that gives the text of a cell of one column as it is kept, and what is wrong with it or None."""

    # Most cells say what one shortly before them said: nothing, a key, a term, a day.
    @lru_cache(maxsize=REMEMBERED)
    def tidied(text: str) -> tuple[str, str | None]:
        kept = tidy(text, many_lines=many_lines)
        return kept, check(kept)

    return tidied


class RowCheck:
    """Checks the cells of a row and brings them into the form in which they are compared.

    Cells of `missing` columns are not looked at, and those of `unclear` ones are wrong.
    """

    def __init__(self, sheet: Sheet, missing: list[str], unclear: list[str], problems: PackageProblems):
        self.sheet = sheet
        self.problems = problems
        self.unclear = unclear
        self.columns = [
            (number, column.name, tidied_and_checked(check_of(sheet, column), sheet.take_lines[number]))
            for number, column in enumerate(sheet.columns)
            if column.name not in missing
        ]
        self.lists = [sheet.names.index(column.name) for column in sheet.lists]

    def row(self, line: int, cells: list[str]) -> FileRow:
        wrong = list(self.unclear)
        if unreadable(" ".join(cells)):
            self.repair(line, cells, wrong)
        for number, name, tidied in self.columns:
            cells[number], problem = tidied(cells[number])
            if problem and name not in wrong:
                self.problems.add(self.sheet, line, name, cells[number], problem)
                wrong.append(name)
        for number in self.lists:
            cells[number] = SEPARATOR.join(sorted(cells[number].split(SEPARATOR))) if cells[number] else ""
        return FileRow(line, cells, f",{','.join(wrong)}," if wrong else "")

    def repair(self, line: int, cells: list[str], wrong: list[str]) -> None:
        """Note what cannot be read, and put something in its place that can be kept."""
        for number, (name, cell) in enumerate(zip(self.sheet.names, cells, strict=True)):
            if fault := unreadable(cell):
                self.problems.add(self.sheet, line, name, cell, fault.of_a_cell)
                wrong.append(name)
                cells[number] = cell.encode("utf-8", "replace").decode()
