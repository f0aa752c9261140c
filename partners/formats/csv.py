"""Rows as a CSV file: RFC 4180, UTF-8, streamed."""

import csv
from collections.abc import Iterable, Iterator
from threading import Lock

from partners.tables.columns import Column, as_text, type_of_cell

# A spreadsheet runs a cell that begins like this as a formula (OWASP ASVS 5.0, 1.2.10).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
# Looking at the first character settles it for nearly every cell.
SUSPECT = frozenset(FORMULA_STARTS) | {"'"}
CSV_PIECE = 500


DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def other_delimiter(header: list[str]) -> str:
    """What stands between the columns of a header that was read by its commas, where that is something else; or ""."""
    return next((name for sign, name in DELIMITERS.items() if len(header) == 1 and sign in header[0]), "")


class Echo:
    """A file whose `write` hands the text back instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def neutralize_formula(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula.

    A text that begins with an apostrophe before such a character gets one too, so that taking off one apostrophe
    from every such cell gives back what was there.
    """
    if text[:1] not in SUSPECT:
        return text
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_STARTS) else text


def restore_formula(text: str) -> str:
    """The text that `neutralize_formula` was given."""
    marked = text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS)
    return text[1:] if marked else text


def csv_cell(value: type_of_cell) -> str:
    """A cell as text; numbers and dates cannot be formulas and stay as they are."""
    if isinstance(value, str):
        return neutralize_formula(value)
    text = as_text(value)
    return neutralize_formula(text) if isinstance(value, list) else text


def write_csv(columns: list[Column], rows: Iterable[list[type_of_cell]]) -> Iterator[str]:
    """A CSV file in pieces: a header of column names, before the first row is even asked for, then the rows."""
    write = csv.writer(Echo(), lineterminator="\r\n").writerow
    yield write([column.name for column in columns])
    piece = []
    for row in rows:
        piece.append(write([csv_cell(value) for value in row]))
        if len(piece) >= CSV_PIECE:
            yield "".join(piece)
            piece.clear()
    if piece:
        yield "".join(piece)


limit_of_cells = Lock()


def next_row(lines, longest: int, *otherwise) -> list[str]:
    """The next row of a reader of CSV, with cells of up to `longest` characters; `otherwise` after the last one.

    The limit of the module is everybody's: one thread at a time changes it, and puts it back.
    """
    with limit_of_cells:
        before = csv.field_size_limit(longest)
        try:
            return next(lines, *otherwise)
        finally:
            csv.field_size_limit(before)
