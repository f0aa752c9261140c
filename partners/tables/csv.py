"""Rows as a CSV file: RFC 4180, UTF-8, streamed."""

import csv
from collections.abc import Iterable, Iterator

from partners.tables.columns import Column, as_text, type_of_cell

# A spreadsheet runs a cell that begins like this as a formula (OWASP ASVS 5.0, 1.2.10).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
ROWS_IN_A_PIECE = 500


class Echo:
    """A file whose `write` hands the text back instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def neutralize_formula(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula.

    A text that begins with an apostrophe before such a character gets one too, so that taking off one apostrophe
    from every such cell gives back what was there.
    """
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_STARTS) else text


def csv_cell(value: type_of_cell) -> str:
    """A cell as text; numbers and dates cannot be formulas and stay as they are."""
    text = as_text(value)
    return neutralize_formula(text) if isinstance(value, (str, list)) else text


def write_csv(columns: list[Column], rows: Iterable[list[type_of_cell]]) -> Iterator[str]:
    """A CSV file in pieces: a header of column names, then the rows."""
    writer = csv.writer(Echo(), lineterminator="\r\n")
    piece = [writer.writerow([column.name for column in columns])]
    for row in rows:
        piece.append(writer.writerow([csv_cell(value) for value in row]))
        if len(piece) >= ROWS_IN_A_PIECE:
            yield "".join(piece)
            piece.clear()
    yield "".join(piece)
