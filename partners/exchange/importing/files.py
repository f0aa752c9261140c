"""From the bytes that somebody uploaded or pasted to rows of cells, and what was found of how they are written."""

import codecs
import csv
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.exchange.spreadsheet import FileError
from partners.exchange.spreadsheet.cells import FileCell
from partners.exchange.spreadsheet.header import filled_places
from partners.exchange.spreadsheet.reading import (
    OLD_EXCEL_SIGNATURE,
    UTF_16,
    ZIP_SIGNATURE,
    bounded,
    csv_rows,
    read_file,
)
from partners.languages import grouped
from partners.texts import tidy

# What a request may bring. A table of 20,000 rows has some 5 MB.
MOST_BYTES = 10 * 2**20
# As many as are checked within a minute and written within the ten seconds for which other writers can wait.
MOST_IMPORTED_ROWS = 20_000
SEPARATORS = {",": gettext_lazy("commas"), ";": gettext_lazy("semicolons"), "\t": gettext_lazy("tabs")}
# How much of a text is looked at for what separates its cells.
HEADER_LOOKED_AT = 20_000
EXCEL_SEPARATOR = "sep="

type_of_knows = Callable[[str], bool]
type_of_progress_of_rows = Callable[[int], None]


@dataclass
class UploadedTable:
    """The rows of a file with their lines, and in words how it was read. `title` is that of a sheet, "" elsewhere."""

    header: list[str]
    header_line: int
    rows: list[tuple[int, list[FileCell]]]
    title: str = ""
    facts: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_upload(
    name: str, content: bytes, knows: type_of_knows, progress: type_of_progress_of_rows
) -> UploadedTable:
    """The rows of what was uploaded. `knows` says whether a text is the name of a column.

    Raises FileError where it cannot be read or is too much, in words that say what is allowed.
    """
    if not content.strip():
        raise FileError(_("There is nothing in it. Allowed: a header and rows."))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        try:
            if content.startswith((ZIP_SIGNATURE, OLD_EXCEL_SIGNATURE)):
                return read_workbook(path, content, progress)
            return read_table_of_text(path, content, knows, progress)
        except FileError as error:
            raise FileError(str(error).replace(str(path), name)) from error


def read_workbook(path: Path, content: bytes, progress: type_of_progress_of_rows) -> UploadedTable:
    path.write_bytes(content)
    title, rows = read_file(path)
    table = uploaded_rows(rows, progress)
    table.title = title
    table.facts = [_("a workbook"), _("sheet “%s”") % title]
    return table


def read_table_of_text(
    path: Path, content: bytes, knows: type_of_knows, progress: type_of_progress_of_rows
) -> UploadedTable:
    text, encoding, warnings = decoded_table(content)
    first, _end, rest = text.partition("\n")
    delimiter = ""
    if first.lower().startswith(EXCEL_SEPARATOR) and len(first.strip()) == len(EXCEL_SEPARATOR) + 1:
        # As Excel writes it. An empty line in its place keeps the numbers of the others.
        delimiter, text = first.strip()[-1], f"\n{rest}"
    delimiter = delimiter or likeliest_separator(text, knows)
    # Who pastes rows, or writes them by hand, ends no last line; how many were read is told.
    path.write_text(text if text.endswith(("\n", "\r")) else f"{text}\n", encoding="utf-8", newline="")
    table = uploaded_rows(bounded(csv_rows(path, delimiter)), progress)
    told = SEPARATORS.get(delimiter, delimiter)
    table.facts, table.warnings = [_("separated by %s") % told, encoding], warnings
    return table


def uploaded_rows(rows: Iterator, progress: type_of_progress_of_rows) -> UploadedTable:
    """All rows that hold something, the header apart."""
    with closing(rows):
        header = next((row for row in rows if filled_places(row[1])), None)
        if header is None:
            raise FileError(_("There is nothing in it. Allowed: a header and rows."))
        line, cells = header
        table = UploadedTable([tidy(cell.text, many_lines=False) for cell in cells], line, [])
        for row in rows:
            if filled_places(row[1]):
                table.rows.append(row)
            if len(table.rows) > MOST_IMPORTED_ROWS:
                raise FileError(
                    _("It has more than %(most)s rows. Allowed: %(most)s at a time. Bring it in in parts.")
                    % {"most": grouped(MOST_IMPORTED_ROWS)}
                )
            if len(table.rows) % 500 == 0:
                progress(len(table.rows))
    if not table.rows:
        raise FileError(_("It has a header and no rows. Allowed: at least one row."))
    return table


def decoded_table(content: bytes) -> tuple[str, str, list[str]]:
    """The text of a file, the name of its encoding, and what is to be looked at where that is only likely."""
    if content.startswith(codecs.BOM_UTF8):
        return content[3:].decode("utf-8", "surrogateescape"), "UTF-8", []
    if content.startswith(UTF_16):
        return content.decode("utf-16", "replace"), "UTF-16", []
    for place, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if content[:8][place::2] == b"\0" * len(content[:8][place::2]):
            return content.decode(name, "replace"), "UTF-16", []
    try:
        return content.decode(), "UTF-8", []
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        # What is no UTF-8 is told with its line and column.
        return content.decode("utf-8", "surrogateescape"), "UTF-8", []
    warning = _(
        "It is not UTF-8, so it was read as Windows-1252. Look at letters such as é and ’ below; where they are wrong, "
        "save it as “CSV UTF-8”."
    )
    return text, "Windows-1252", [warning]


def likeliest_separator(text: str, knows: type_of_knows) -> str:
    """What stands between the cells: that by which the header has most columns that are known, then most columns."""
    start = text.lstrip("\r\n")[:HEADER_LOOKED_AT]

    def found(separator: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader(start.splitlines(keepends=True), delimiter=separator), [])
        except csv.Error:
            return 0, 0
        return sum(knows(tidy(cell, many_lines=False)) for cell in cells), len(cells)

    return max(SEPARATORS, key=found)
