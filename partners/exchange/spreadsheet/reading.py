"""The rows of a CSV file or a workbook as cells, in bounded memory, whatever the file holds."""

import csv
import re
from pathlib import Path

from partners.exchange.package.reading import LONGEST_LINE, FileLines, without_nameless_end
from partners.exchange.spreadsheet.cells import LONGEST_CELL, FileCell, type_of_rows
from partners.exchange.spreadsheet.problems import FileError
from partners.exchange.spreadsheet.workbook import Workbook
from partners.formats.csv import next_row, other_delimiter
from partners.tables.recurring import ROW_VERSION
from partners.texts import unreadable

MOST_COLUMNS = 500
# Lines without anything that may follow each other.
MOST_EMPTY = 10_000
# What is left of a byte that is not UTF-8: the whole file is to be saved anew.
NOT_UTF_8 = re.compile("[\udc80-\udcff]")

ZIP_SIGNATURE, OLD_EXCEL_SIGNATURE = b"PK", b"\xd0\xcf\x11\xe0"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
GZIP = b"\x1f\x8b"


def read_file(path: Path) -> tuple[str, type_of_rows]:
    """The title of the sheet, "" for a CSV file, and the rows with their lines, the header first.

    Raises FileError, also later while the rows are read, with the line and the column where there are any.
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from error
    if not start:
        raise FileError(f"{path} is empty. Allowed: a file that was downloaded here, with its header.")
    if start.startswith(OLD_EXCEL_SIGNATURE):
        raise FileError(
            f"{path} is an old or an encrypted workbook. Save it as .xlsx without a password, or as CSV."
        )
    if start.startswith(ZIP_SIGNATURE):
        workbook = Workbook(path)
        return workbook.sheet.title, bounded(workbook.rows())
    if start.startswith(GZIP):
        raise FileError(f"{path} is compressed. Unpack it first.")
    if start.startswith(UTF_16) or b"\0" in start[:2]:
        raise FileError(f"{path} is UTF-16. Save it as UTF-8, in Excel as “CSV UTF-8”.")
    return "", bounded(csv_rows(path))


def bounded(rows: type_of_rows) -> type_of_rows:
    """The rows, as long as nothing in them is too large or no text at all."""
    header: list[FileCell] = []
    for line, cells in rows:
        if len(cells) > MOST_COLUMNS:
            raise FileError(f"line {line}: {len(cells):,} columns. Allowed: at most {MOST_COLUMNS}.")
        header = header or cells
        for number, cell in enumerate(cells):
            column = header[number].text if number < len(header) else f"column {number + 1}"
            if len(cell.text) > LONGEST_CELL:
                raise FileError(
                    f"line {line}, {column[:100]}: {len(cell.text):,} characters. Allowed: at most {LONGEST_CELL:,}. "
                    "Leave out columns that are not to be changed."
                )
            if NOT_UTF_8.search(cell.text) and (fault := unreadable(cell.text)):
                raise FileError(f"line {line}, {column[:100]}: {fault.of_a_cell}.")
        yield line, cells


# CSV -----------------------------------------------------------------------------------------------------------------


def csv_rows(path: Path, delimiter: str = "") -> type_of_rows:
    """Bytes that are not UTF-8 survive as lone surrogates, so that they can be named with their column.

    Where no delimiter is given, commas stand between the cells, and something else is told.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = FileLines(file)
        reader = csv.reader(lines, strict=True, delimiter=delimiter or ",")
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
            if line == 1 and not delimiter:
                check_separator(texts)
            header = header or without_nameless_end(texts)
            empty = 0 if texts else empty + 1
            if empty > MOST_EMPTY:
                raise FileError(
                    f"line {line}: {empty:,} empty lines. Allowed: at most {MOST_EMPTY:,} in a row."
                )
            if texts:
                yield line, [FileCell(text) for text in texts]


def check_end(line: int, header: list[str], lines: FileLines) -> None:
    """Raise FileError where a file may have been cut within its last cell, and no other sign would tell.

    Some programs end no last line; the version of a row, where it comes last, tells a cut one from a whole one.
    """
    if not lines.is_ended and header and header[-1] != ROW_VERSION:
        raise FileError(
            f"line {line}: the file ends within a line, so that it may have been cut off. Allowed: a line end after "
            f"the last row, or the column {ROW_VERSION} at the end of every row."
        )


def check_separator(header: list[str]) -> None:
    """Raise FileError where something else than commas stands between the columns."""
    if header and header[0].lower().startswith("sep="):
        raise FileError(
            "line 1: it names a separator, as Excel writes it. Take the line out. Allowed: commas."
        )
    if name := other_delimiter(header):
        raise FileError(
            f"line 1: the columns are separated by {name}. Allowed: commas. Download the file as XLSX, or save it "
            "with commas."
        )
