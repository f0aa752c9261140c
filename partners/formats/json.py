"""Rows as JSON: one object each, by the names of the columns. Numbers are numbers, dates ISO 8601, lists lists."""

import json
from collections.abc import Iterable, Iterator

from partners.tables.columns import Column, json_value, type_of_cell

JSON_PIECE = 200


def json_row(columns: list[Column], row: list[type_of_cell]) -> dict[str, type_of_cell]:
    """A row by the names of its columns, in their order."""
    return {column.name: value for column, value in zip(columns, row, strict=True)}


def write_ndjson(columns: list[Column], rows: Iterable[list[type_of_cell]]) -> Iterator[str]:
    """A file in pieces with one JSON object a line (https://github.com/ndjson/ndjson-spec)."""
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=json_value).encode
    piece = []
    for row in rows:
        piece.append(encode(json_row(columns, row)))
        if len(piece) >= JSON_PIECE:
            yield "\n".join(piece) + "\n"
            piece.clear()
    if piece:
        yield "\n".join(piece) + "\n"
