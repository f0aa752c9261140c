"""Rows as a workbook of Excel (ECMA-376): a sheet with the rows, and one that says what they are."""

import datetime
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import BinaryIO

from django.utils.translation import gettext, pgettext
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from partners.formats.atom import xml_text
from partners.formats.csv import SUSPECT
from partners.formats.metadata import Description
from partners.tables.columns import Column, as_text, type_of_cell

# What a sheet of Excel can hold (Excel specifications and limits, Microsoft).
EXCEL_ROWS = 1_048_576
MOST_ROWS = EXCEL_ROWS - 1
LONGEST_EXCEL_CELL = 32_767
# Excel counts days from here on as everybody else does.
FIRST_EXCEL_DAY = datetime.date(1900, 3, 1)

WIDTHS = {"integer": 12, "decimal": 18, "date": 13, "anyURI": 40, "string": 26}
BOLD = Font(bold=True)
WRAPPED = Alignment(wrap_text=True, vertical="top")


class TooManyRows(Exception):
    """More rows than a sheet of Excel holds."""


# A workbook writes characters that XML lacks by their number, and the underscore of a text that looks so likewise
# (ECMA-376, part 1, 22.9.2.19, ST_Xstring).
ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def escaped(text: str) -> str:
    """A text as it is written into a workbook.

    >>> escaped("_x0041_")
    '_x005F_x0041_'
    """
    return LOOKS_ESCAPED.sub("_x005F_", text)


def unescaped(text: str) -> str:
    """The text that stands in a workbook."""
    if "_x" not in text:
        return text
    decoded = ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    # Two escapes make one character beyond the first 65,536.
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def xlsx_text(text: str) -> str:
    """A text as a cell can hold it: without characters XML lacks, and no longer than Excel allows."""
    text = xml_text(text)
    if len(text) <= LONGEST_EXCEL_CELL:
        return text
    return gettext("[%(count)d characters, too long for a cell: see the CSV file]") % {"count": len(text)}


def xlsx_value(value: type_of_cell) -> str | int | Decimal | datetime.date | None:
    """A cell as Excel knows it: numbers and dates keep their types, everything else is text."""
    if value is None or isinstance(value, int | Decimal):
        return value
    if isinstance(value, datetime.date) and value >= FIRST_EXCEL_DAY:
        return value
    return escaped(xlsx_text(as_text(value))) or None


def write_xlsx(description: Description, rows: Iterable[list[type_of_cell]], destination: BinaryIO) -> int:
    """Write a workbook, and return the number of its rows. Memory does not grow with the rows.

    Raises TooManyRows, with nothing of use written, where a sheet cannot hold them.
    """
    book = Workbook(write_only=True)
    try:
        count = write_rows(book, description, rows)
        write_about(book, description, count)
    except BaseException:
        # Each sheet stands in a file of its own until the book is saved.
        for sheet in book.worksheets:
            sheet.close()
        raise
    book.save(destination)
    return count


def write_rows(book: Workbook, description: Description, rows: Iterable[list[type_of_cell]]) -> int:
    sheet = book.create_sheet(title_of_sheet(str(description.table.title)))
    # The header and the key stay in sight.
    sheet.freeze_panes = "B2"
    for number, column in enumerate(description.columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = WIDTHS[column.datatype]
    sheet.append([styled(sheet, column.name, font=BOLD) for column in description.columns])
    count = 0
    for row in rows:
        count += 1
        if count > MOST_ROWS:
            raise TooManyRows
        sheet.append([cell(sheet, value) for value in row])
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(description.columns))}{count + 1}"
    return count


def cell(sheet, value: type_of_cell):
    """What to append for a cell. A text that looks like a formula, or like an error, is marked as text."""
    value = xlsx_value(value)
    if not isinstance(value, str) or value[0] not in SUSPECT and value[0] != "#":
        return value
    marked = WriteOnlyCell(sheet, value)
    marked.data_type = "s"
    marked.quotePrefix = True
    return marked


def styled(sheet, text: str, **style):
    made = WriteOnlyCell(sheet, escaped(xlsx_text(text)))
    made.data_type = "s"
    for name, value in style.items():
        setattr(made, name, value)
    return made


def title_of_sheet(title: str) -> str:
    """A title without the characters that Excel allows in no name of a sheet, and of its length."""
    return "".join(character for character in title if character not in "[]:*?/\\'")[:31]


def write_about(book: Workbook, description: Description, count: int) -> None:
    """The second sheet: where the rows come from, and what each column means."""
    sheet = book.create_sheet(title_of_sheet(pgettext("what a file is about", "About")))
    for letter, width in zip("ABCDE", (26, 28, 12, 70, 70), strict=True):
        sheet.column_dimensions[letter].width = width
    facts = [
        (gettext("Selection"), description.title),
        (gettext("Rows"), count),
        (gettext("Source"), description.address),
        (gettext("Data version"), description.version),
        (gettext("License"), description.licence),
    ]
    for name, value in facts:
        sheet.append([styled(sheet, name, font=BOLD), cell(sheet, None if value == "" else value)])
    sheet.append([])
    heads = (gettext("Column"), gettext("Title"), gettext("Type"), gettext("Meaning"), gettext("Terms"))
    sheet.append([styled(sheet, head, font=BOLD) for head in heads])
    for column in description.columns:
        texts = (
            column.name,
            str(column.title),
            column.datatype,
            str(column.explanation),
            vocabulary_lines(column),
        )
        sheet.append([styled(sheet, text, alignment=WRAPPED) for text in texts])


def vocabulary_lines(column: Column) -> str:
    """The vocabulary of a column, one term a line."""
    return "\n".join(f"{term.value}: {term.label}" for term in column.vocabulary or ())
