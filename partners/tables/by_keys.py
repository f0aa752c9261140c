"""Rows of cells by the keys of their records."""

from collections.abc import Callable, Sequence

from django.db.models import QuerySet

from partners.composed import ask_of_keys
from partners.tables.columns import Column, reader_of, type_of_cell


def read_by_keys(
    rows: Callable[[], QuerySet], columns: Sequence[Column], keys: Sequence[int]
) -> dict[int, dict[str, type_of_cell]]:
    """The public cells of the records with some keys, in the language of the page, by key and in no particular order: of
    those among `rows`, which are always the same ones."""
    columns = tuple(columns)
    cells = [
        (column.name, place, value)
        for column, (place, value) in zip(columns, reader_of(columns, public=True).cells, strict=True)
    ]
    found = ask_of_keys(cells_by_keys, keys, rows, columns)
    return {row[-1]: {name: value(row[place]) for name, place, value in cells} for row in found}


def cells_by_keys(keys: Sequence[int], rows: Callable[[], QuerySet], columns: tuple[Column, ...]) -> QuerySet:
    """What the cells of some columns are made from, with the key of each record at the end."""
    expressions = reader_of(columns, public=True).expressions
    return rows().order_by().filter(pk__among=keys).values_list(*expressions, "pk")
