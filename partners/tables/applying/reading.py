"""The rows of a CSV file or a workbook as texts, in bounded memory, whatever the file holds."""

import csv
import datetime
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from openpyxl import load_workbook

from partners.tables.applying.problems import FileError
from partners.tables.csv import next_row
from partners.tables.recurring import ROW_VERSION
from partners.texts import unreadable

LONGEST_LINE = 1_000_000
LONGEST_CELL = 100_000
MOST_COLUMNS = 500
# Lines without anything that may follow each other, and rows of a sheet, of which Excel has no more.
MOST_EMPTY, MOST_ROWS = 10_000, 2**20
# A workbook is unpacked while it is read; the texts that Excel shares between cells are held in memory.
MOST_UNPACKED = 512 * 2**20
MOST_SHARED = 64 * 2**20
# What follows the rows of a sheet, such as rules and links, is built in memory, where it takes twelve times as much.
LONGEST_END = 16 * 2**20
# What one row of a sheet may take: a cell of Excel has 32,767 characters at most, and the reader holds a row whole.
LONGEST_ROW = 8 * 2**20
# What is looked at together, and the most that a mark between rows or cells takes.
CHUNK, MARK = 2**16, 100

ZIP, OLD_EXCEL = b"PK", b"\xd0\xcf\x11\xe0"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
GZIP = b"\x1f\x8b"

type_of_rows = Iterator[tuple[int, list[str]]]


def read_file(path: Path) -> tuple[bool, type_of_rows]:
    """Whether a file is a workbook, and its rows with their lines, the header first.

    Raises FileError, also later while the rows are read, with the line and the column where there are any.
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from error
    if not start:
        raise FileError(f"{path} is empty. Allowed: a file that was downloaded here, with its header.")
    if start.startswith(OLD_EXCEL):
        raise FileError(
            f"{path} is an old or an encrypted workbook. Save it as .xlsx without a password, or as CSV."
        )
    if start.startswith(ZIP):
        return True, bounded(xlsx_rows(path))
    if start.startswith(GZIP):
        raise FileError(f"{path} is compressed. Unpack it first.")
    if start.startswith(UTF_16):
        raise FileError(f"{path} is UTF-16. Save it as UTF-8, in Excel as “CSV UTF-8”.")
    return False, bounded(csv_rows(path))


def bounded(rows: type_of_rows) -> type_of_rows:
    """The rows, as long as nothing in them is too large or no text at all."""
    header: list[str] = []
    for line, texts in rows:
        if len(texts) > MOST_COLUMNS:
            raise FileError(f"line {line}: {len(texts):,} columns. Allowed: at most {MOST_COLUMNS}.")
        header = header or texts
        for number, text in enumerate(texts):
            column = header[number] if number < len(header) else f"column {number + 1}"
            if len(text) > LONGEST_CELL:
                raise FileError(
                    f"line {line}, {column[:100]}: {len(text):,} characters. Allowed: at most {LONGEST_CELL:,}. "
                    "Leave out columns that are not to be changed."
                )
            if fault := unreadable(text):
                raise FileError(f"line {line}, {column[:100]}: {fault.of_a_cell}.")
        yield line, texts


# CSV -----------------------------------------------------------------------------------------------------------------


def csv_rows(path: Path) -> type_of_rows:
    """Bytes that are not UTF-8 survive as lone surrogates, so that they can be named with their column."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = Lines(file)
        reader = csv.reader(lines, strict=True)
        header: list[str] = []
        empty = 0
        while True:
            line = reader.line_num + 1
            try:
                texts = next_row(reader, LONGEST_LINE)
            except StopIteration:
                check_end(line - 1, header, lines)
                return
            except csv.Error as error:
                raise FileError(f"line {line}: this is not CSV: {error}.") from error
            if line == 1 and len(texts) == 1:
                name = next((name for sign, name in DELIMITERS.items() if sign in texts[0]), "")
                if name:
                    raise FileError(f"line 1: the columns are separated by {name}. Allowed: commas.")
            header = header or texts
            empty = 0 if texts else empty + 1
            if empty > MOST_EMPTY:
                raise FileError(
                    f"line {line}: {empty:,} empty lines. Allowed: at most {MOST_EMPTY:,} in a row."
                )
            if texts:
                yield line, texts


def check_end(line: int, header: list[str], lines: "Lines") -> None:
    """Raise FileError where a file may have been cut within its last cell, and no other sign would tell.

    Some programs end no last line; the version of a row, where it comes last, tells a cut one from a whole one.
    """
    if not lines.is_ended and header and header[-1] != ROW_VERSION:
        raise FileError(
            f"line {line}: the file ends within a line, so that it may have been cut off. Allowed: a line end after "
            f"the last row, or the column {ROW_VERSION} at the end of every row."
        )


DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


class Lines:
    """The lines of a file, and whether the last one had an end. Raises csv.Error at one that would fill memory."""

    def __init__(self, file):
        self.file, self.is_ended = file, True

    def __iter__(self) -> Iterator[str]:
        while line := self.file.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE:
                raise csv.Error(f"a line of more than {LONGEST_LINE:,} characters")
            self.is_ended = line.endswith(("\n", "\r"))
            yield line


# Workbooks -----------------------------------------------------------------------------------------------------------


def xlsx_rows(path: Path) -> type_of_rows:
    """The rows of the first sheet, which is where a file of this directory has them."""
    check_size(path)
    check_rows(path)
    try:
        # Excel's own extensions, such as validation lists, make the reader warn that it leaves them out.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # the library raises whatever a broken part makes it stumble over
        raise FileError(f"{path} cannot be read as a workbook: {told(error)}.") from error
    try:
        if not book.worksheets:
            raise FileError(f"{path} has no sheet with rows.")
        sheet = book.worksheets[0]
        # What a file says of its size is not to be believed.
        sheet.reset_dimensions()
        for line, values in numbered(path, sheet.iter_rows(values_only=True)):
            texts = [as_written(value) for value in values]
            while texts and not texts[-1]:
                texts.pop()
            if texts:
                yield line, texts
    finally:
        book.close()


def numbered(path: Path, rows: Iterator[tuple]) -> Iterator[tuple[int, tuple]]:
    line = 0
    while True:
        line += 1
        try:
            values = next(rows)
        except StopIteration:
            return
        except Exception as error:
            raise FileError(f"line {line}: {path} cannot be read any further: {told(error)}.") from error
        yield line, values


def check_size(path: Path) -> None:
    """Raise FileError for a workbook that is none, or that would unpack to more than memory or time allow."""
    with unzipped(path) as parts:
        sizes = {part.filename: part.file_size for part in parts.infolist()}
    if "xl/workbook.xml" not in sizes:
        raise FileError(f"{path} is no workbook of Excel. Allowed: an .xlsx or a CSV file downloaded here.")
    # The shared texts may have any name; only the rows of sheets are read bit by bit.
    shared = sum(size for name, size in sizes.items() if not name.startswith(SHEETS))
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
        raise FileError(f"{path} is a broken workbook: {told(error)}.") from error


SHEETS = "xl/worksheets/"
END_OF_ROWS = re.compile(rb"</(?:\w+:)?sheetData\s*>")
END_OF_ROW = re.compile(rb"</(?:\w+:)?row\s*>")
# A formula that no program has calculated: nobody knows what it says.
NO_RESULT = re.compile(
    rb"(?:</(?:\w+:)?f\s*>|<(?:\w+:)?f\b[^<>]*/>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v\s*>\s*</(?:\w+:)?v\s*>)?\s*</(?:\w+:)?c\s*>"
)
PLACE = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?r=["']([A-Z]{1,3})([0-9]{1,7})["']""")
# The numbers that rows and cells say they have; the reader makes an empty row for each that is left out.
NUMBERS = re.compile(rb"""<(?:\w+:)?(?:row|c)\s(?:[^<>]*?\s)?r=["'][A-Z]*([0-9]+)""")
UNKNOWN_PLACE = (b"?", b"?")
# What hides a row from END_OF_ROW. No spreadsheet writes it into a sheet.
HIDING = b"<!"


def check_rows(path: Path) -> None:
    """Raise FileError for a workbook with a row that would fill memory, before anything builds it."""
    with unzipped(path) as parts:
        for name in parts.namelist():
            if name.startswith(SHEETS):
                with parts.open(name) as sheet:
                    check_sheet(sheet)


def check_sheet(sheet: BinaryIO) -> None:
    """Raise FileError at the first row of a sheet that is too long, with the place of the cell that is being read."""
    row, rows, place, before = 0, 0, None, b""
    longest = LONGEST_ROW
    while chunk := sheet.read(CHUNK):
        # What a mark is cut by stands at the end of the piece before.
        piece = before + chunk
        if HIDING in piece:
            raise FileError("The workbook holds comments or raw text in a sheet. Save it anew, or as CSV.")
        ends = list(END_OF_ROW.finditer(piece))
        row = len(piece) - ends[-1].end() if ends else row + len(chunk)
        rows += sum(end.end() > len(before) for end in ends)
        if rows > MOST_ROWS or any(int(number) > MOST_ROWS for number in NUMBERS.findall(piece)):
            raise FileError(
                f"The workbook has a sheet of more than {MOST_ROWS:,} rows. Allowed: as many as Excel has."
            )
        if formula := NO_RESULT.search(piece):
            places = PLACE.findall(piece, 0, formula.end())
            column, line = (part.decode() for part in (places[-1] if places else UNKNOWN_PLACE))
            raise FileError(
                f"line {line}, column {column}: a formula without a result. Open the workbook in a spreadsheet program "
                "and save it, so that the result stands there, or write the text itself."
            )
        places = PLACE.findall(piece)
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
        before = piece[-MARK:]


def told(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200].rstrip(".")


def as_written(value) -> str:
    """The value of a cell as the text it stands for: Excel makes numbers and dates of texts that look like them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)
