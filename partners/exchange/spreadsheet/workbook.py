"""The rows of a workbook of Excel (ECMA-376) as cells, in bounded memory, whatever the file holds."""

import datetime
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.datetime import WINDOWS_EPOCH
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from partners.exchange.package.problems import message_of
from partners.exchange.spreadsheet.cells import LONGEST_CELL, CellKind, FileCell, type_of_rows
from partners.exchange.spreadsheet.problems import FileError
from partners.formats.xlsx import EXCEL_ROWS, FIRST_EXCEL_DAY, unescaped
from partners.tables.recurring import ROW_VERSION

# What the library says of a broken part may be of any length.
LONGEST_MESSAGE = 200
# A workbook is unpacked while it is read; the texts that Excel shares between cells are held in memory.
MOST_UNPACKED = 512 * 2**20
MOST_SHARED = 64 * 2**20
# What follows the rows of a sheet, such as rules and links, is built in memory, where it takes twelve times as much.
LONGEST_END = 16 * 2**20
# What one row of a sheet may take: a cell of Excel has 32,767 characters at most, and the reader holds a row whole.
LONGEST_ROW = 8 * 2**20
# What is looked at together, and the most that a mark between rows or cells takes.
BYTES_PER_READ, LONGEST_TAG = 2**16, 100
MERGES_NAMED = 5


# Above the rows stands nothing, or a few empty ones.
MOST_ABOVE = 100


class WorkbookReader(ExcelReader):
    """As the library reads a workbook, but for shared texts: it takes `x005F_` out of them, wherever it stands.

    Sheets that are nothing but a chart have no rows, and the library stumbles over some of them.
    """

    def read_chartsheet(self, sheet, rel):
        pass

    def read_strings(self):
        part = self.package.find(SHARED_STRINGS)
        if part is None:
            return
        with self.archive.open(part.PartName[1:]) as source:
            for _event, node in iterparse(source):
                if node.tag == f"{{{SHEET_MAIN_NS}}}si":
                    self.shared_strings.append(Text.from_tree(node).content)
                    node.clear()


class Workbook:
    """The sheet of a workbook that has the rows of this directory, wherever somebody has put it; else the first one.

    Raises FileError where the file is broken, too large for memory or time, or has such rows in several sheets.
    """

    def __init__(self, path: Path):
        self.path = path
        check_size(path)
        merged = check_rows(path)
        try:
            # Excel's own extensions, such as validation lists, make the reader warn that it leaves them out.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                reader = WorkbookReader(path, read_only=True, data_only=True)
                reader.read()
        except Exception as error:  # the library raises whatever a broken part makes it stumble over
            raise FileError(
                f"{path} cannot be read as a workbook: {message_of(error)[:LONGEST_MESSAGE]}."
            ) from error
        self.book = reader.wb
        self.sheet = self.sheet_of_rows()
        ranges = merged.get(self.sheet._worksheet_path.lstrip("/")) if self.sheet else None
        if ranges or not self.sheet:
            self.book.close()
            raise FileError(
                merge_refusal(self.sheet.title, ranges) if ranges else f"{path} has no sheet with rows."
            )

    def sheet_of_rows(self):
        sheets = self.book.worksheets
        found = [sheet for sheet in sheets if ROW_VERSION in self.header_of(sheet)]
        if len(found) > 1:
            self.book.close()
            raise FileError(
                f"Rows of the directory stand in several sheets: {', '.join(sheet.title for sheet in found)}. "
                "Allowed: one of them. Save the others as files of their own, or take them out."
            )
        return next(iter(found or sheets), None)

    def header_of(self, sheet) -> set:
        """The values of the first row of a sheet that holds something."""
        sheet.reset_dimensions()
        try:
            for row in sheet.iter_rows(max_row=MOST_ABOVE):
                if values := {str(cell.value).strip() for cell in row if cell.value not in (None, "")}:
                    return values
        except Exception:  # noqa: S110 (what is broken is told when the rows are read)
            pass
        return set()

    def rows(self) -> type_of_rows:
        """The rows that hold something, each with its number."""
        try:
            # What a file says of its size is not to be believed.
            self.sheet.reset_dimensions()
            for line, row in self.numbered():
                cells = [self.cell(each) for each in row]
                while cells and not cells[-1].text:
                    cells.pop()
                if cells:
                    yield line, cells
        finally:
            self.book.close()

    def numbered(self) -> Iterator[tuple[int, tuple]]:
        line, rows = 0, self.sheet.iter_rows()
        while True:
            line += 1
            try:
                row = next(rows)
            except StopIteration:
                return
            except Exception as error:
                raise FileError(
                    f"line {line}: {self.path} cannot be read any further: {message_of(error)[:LONGEST_MESSAGE]}."
                ) from error
            yield line, row

    def cell(self, read) -> FileCell:
        """A cell of the library as the text it stands for: Excel makes numbers and dates of texts that look like them."""
        value = read.value
        if value is None:
            return FileCell("")
        if read.data_type == "e":
            return FileCell(str(value), CellKind.ERROR)
        if isinstance(value, str):
            return FileCell(unescaped(value))
        if isinstance(value, bool):
            return FileCell(str(value).upper(), CellKind.BOOLEAN)
        if isinstance(value, int | float):
            whole = isinstance(value, float) and value.is_integer()
            return FileCell(str(int(value) if whole else value), CellKind.NUMBER)
        return self.moment(value)

    def moment(self, value) -> FileCell:
        """A date, as ISO 8601 writes it, a time or a length of time."""
        if not isinstance(value, datetime.date):
            return FileCell(str(value), CellKind.DATE)
        if isinstance(value, datetime.datetime) and value.time() == datetime.time():
            value = value.date()
        day = value.date() if isinstance(value, datetime.datetime) else value
        kind = CellKind.EARLY_DATE if day < FIRST_EXCEL_DAY else CellKind.DATE
        if self.book.epoch != WINDOWS_EPOCH:
            kind = CellKind.DATE_SINCE_1904
        return FileCell(value.isoformat(), kind)


def merge_refusal(title: str, ranges: list[str]) -> str:
    shown = ", ".join(ranges[:MERGES_NAMED]) + (" and more" if len(ranges) > MERGES_NAMED else "")
    return (
        f"sheet {title}, {shown}: merged cells, of which a program keeps the first and empties the others. "
        "Take the merge back (undo it, so that the texts return) and save the file again."
    )


def check_size(path: Path) -> None:
    """Raise FileError for a workbook that is none, or that would unpack to more than memory or time allow."""
    with unzipped(path) as parts:
        sizes = {part.filename: part.file_size for part in parts.infolist()}
    if "xl/workbook.xml" not in sizes:
        raise FileError(f"{path} is no workbook of Excel. Allowed: an .xlsx or a CSV file downloaded here.")
    # The shared texts may have any name; only the rows of sheets are read bit by bit.
    shared = sum(size for name, size in sizes.items() if not name.startswith(SHEETS_FOLDER))
    if sum(sizes.values()) > MOST_UNPACKED or shared > MOST_SHARED:
        raise FileError(
            f"{path} is too large: unpacked {sum(sizes.values()) / 2**20:,.0f} MB, of which {shared / 2**20:,.0f} MB "
            f"beside the sheets. Allowed: {MOST_UNPACKED // 2**20} MB and {MOST_SHARED // 2**20} MB. Save it as CSV."
        )


@contextmanager
def unzipped(path: Path) -> Iterator[zipfile.ZipFile]:
    """The parts of a workbook. Raises FileError where they cannot be unpacked, also later while one is read."""
    try:
        with zipfile.ZipFile(path) as parts:
            yield parts
    # The library raises RuntimeError for a part with a password or in a way of packing it does not know.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError) as error:
        raise FileError(f"{path} is a broken workbook: {message_of(error)[:LONGEST_MESSAGE]}.") from error


SHEETS_FOLDER = "xl/worksheets/"
END_OF_ROWS = re.compile(rb"</(?:\w+:)?sheetData\s*>")
END_OF_ROW = re.compile(rb"</(?:\w+:)?row\s*>")
# A formula that no program has calculated: nobody knows what it says.
NO_RESULT = re.compile(
    rb"(?:</(?:\w+:)?f\s*>|<(?:\w+:)?f\b[^<>]*/>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v\s*>\s*</(?:\w+:)?v\s*>)?\s*</(?:\w+:)?c\s*>"
)
CELL_PLACE = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?r=["']([A-Z]{1,3})([0-9]{1,7})["']""")
# The numbers that rows and cells say they have; the reader makes an empty row for each that is left out.
ROW_NUMBERS = re.compile(rb"""<(?:\w+:)?(?:row|c)\s(?:[^<>]*?\s)?r=["'][A-Z]*([0-9]+)""")
MERGED = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^<>]*?ref=["']([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})["']"""
)
UNKNOWN_PLACE = (b"?", b"?")
# What hides a row from END_OF_ROW. No spreadsheet writes it into a sheet.
HIDING = b"<!"


def check_rows(path: Path) -> dict[str, list[str]]:
    """The merged ranges of each sheet, by the name of its part.

    Raises FileError for a workbook with a row that would fill memory, before anything builds it.
    """
    merged = {}
    with unzipped(path) as parts:
        for name in parts.namelist():
            if name.startswith(SHEETS_FOLDER):
                with parts.open(name) as sheet:
                    merged[name] = check_sheet(sheet)
    return merged


def check_sheet(sheet: BinaryIO) -> list[str]:
    """The merged ranges of a sheet, as many as are named, and one more where there are more.

    Raises FileError at the first row that is too long, with the place of the cell that is being read.
    """
    row, rows, place, before = 0, 0, None, b""
    merged: dict[bytes, None] = {}
    longest = LONGEST_ROW
    while chunk := sheet.read(BYTES_PER_READ):
        # What a mark is cut by stands at the end of the piece before.
        piece = before + chunk
        if HIDING in piece:
            raise FileError("The workbook holds comments or raw text in a sheet. Save it anew, or as CSV.")
        ends = list(END_OF_ROW.finditer(piece))
        row = len(piece) - ends[-1].end() if ends else row + len(chunk)
        rows += sum(end.end() > len(before) for end in ends)
        if rows > EXCEL_ROWS or any(int(number) > EXCEL_ROWS for number in ROW_NUMBERS.findall(piece)):
            raise FileError(
                f"The workbook has a sheet of more than {EXCEL_ROWS:,} rows. Allowed: as many as Excel has."
            )
        check_formulas(piece)
        places = CELL_PLACE.findall(piece)
        place = places[-1] if places else place
        if END_OF_ROWS.search(piece):
            # Links and rules follow, one for each cell perhaps.
            longest = LONGEST_END
        if row > longest:
            column, line = (part.decode() for part in place or UNKNOWN_PLACE)
            raise FileError(
                f"line {line}, column {column}: a row of more than {longest // 2**20} MB. "
                f"Allowed: cells of at most {LONGEST_CELL:,} characters."
            )
        if len(merged) <= MERGES_NAMED:
            merged |= dict.fromkeys(MERGED.findall(piece))
        before = piece[-LONGEST_TAG:]
    return [found.decode() for found in list(merged)[: MERGES_NAMED + 1]]


def check_formulas(piece: bytes) -> None:
    """Raise FileError at a formula without a result, with the place of its cell."""
    if formula := NO_RESULT.search(piece):
        places = CELL_PLACE.findall(piece, 0, formula.end())
        column, line = (part.decode() for part in (places[-1] if places else UNKNOWN_PLACE))
        raise FileError(
            f"line {line}, column {column}: a formula without a result. Open the workbook in a spreadsheet program "
            "and save it, so that the result stands there, or write the text itself."
        )
