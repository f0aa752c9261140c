"""Rows as JSON: one object each, by the names of the columns. Numbers are numbers, dates ISO 8601, lists lists."""

import datetime
import json
from collections.abc import Iterable, Iterator

from partners.tables.columns import Column, type_of_cell

ROWS_IN_A_PIECE = 200


def json_cell(value: type_of_cell):
    """A cell as JSON knows it; null where nothing is recorded."""
    return value.isoformat() if isinstance(value, datetime.date) else value


def json_row(columns: list[Column], row: list[type_of_cell]) -> dict:
    """A row by the names of its columns, in their order."""
    return {column.name: json_cell(value) for column, value in zip(columns, row, strict=True)}


def json_record(row: dict[str, type_of_cell]) -> dict:
    """A row that has the names of its columns already."""
    return {name: json_cell(value) for name, value in row.items()}


def write_ndjson(columns: list[Column], rows: Iterable[list[type_of_cell]]) -> Iterator[str]:
    """A file in pieces with one JSON object a line (https://github.com/ndjson/ndjson-spec)."""
    # Dates are the one type of cell that the encoder asks about.
    encode = json.JSONEncoder(
        ensure_ascii=False, separators=(",", ":"), default=datetime.date.isoformat
    ).encode
    names = [column.name for column in columns]
    piece = []
    for row in rows:
        piece.append(encode(dict(zip(names, row, strict=True))))
        if len(piece) >= ROWS_IN_A_PIECE:
            yield "\n".join(piece) + "\n"
            piece.clear()
    if piece:
        yield "\n".join(piece) + "\n"
