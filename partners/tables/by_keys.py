"""Rows of cells by the keys of their records: the statement is composed once, which takes longer than answering it."""

import functools
import json
from collections.abc import Callable, Sequence

from django.db import connection
from django.db.models import QuerySet

from partners.languages import language_of_page
from partners.tables.columns import CellReader, Column, reader_of, type_of_cell

# Stands in the composed statement for the keys that each question brings.
THOSE_KEYS = [-1]


class RowsByKeys:
    """The public cells of some columns of the records with some keys, in the language of the page."""

    def __init__(self, rows: QuerySet, columns: tuple[Column, ...]):
        self.names = [column.name for column in columns]
        self.reader: CellReader = reader_of(columns, public=True)
        asked = rows.order_by().filter(pk__among=THOSE_KEYS).values_list(*self.reader.expressions, "pk")
        compiler = asked.query.get_compiler(rows.db)
        self.statement, parameters = compiler.as_sql()
        *self.parameters, place_of_keys = parameters
        converters = compiler.get_converters([expression for expression, *_rest in compiler.select])
        self.converters = list(converters.items())
        # Nothing follows the keys.
        self.write_keys = {"sqlite": json.dumps, "postgresql": list}[connection.vendor]
        if place_of_keys != self.write_keys(THOSE_KEYS):
            raise ValueError("The keys are not the last that the statement asks for.")

    def read(self, keys: Sequence[int]) -> dict[int, dict[str, type_of_cell]]:
        """The cells of each record by the names of their columns, by its key; in no particular order."""
        with connection.cursor() as cursor:
            cursor.execute(self.statement, [*self.parameters, self.write_keys(keys)])
            return {record[-1]: self.cells_of(record) for record in map(self.converted, cursor.fetchall())}

    def converted(self, record: Sequence) -> list:
        """What the database gave, as Django would give it."""
        values = list(record)
        for place, (steps, expression) in self.converters:
            for step in steps:
                values[place] = step(values[place], expression, connection)
        return values

    def cells_of(self, record: list) -> dict[str, type_of_cell]:
        return {
            name: value(record[place])
            for name, (place, value) in zip(self.names, self.reader.cells, strict=True)
        }


def read_by_keys(
    rows: Callable[[], QuerySet], columns: Sequence[Column], keys: Sequence[int]
) -> dict[int, dict[str, type_of_cell]]:
    """The public cells of the records with some keys, by key: of those among `rows`, which are always the same ones."""
    if connection.as_of is not None:
        return RowsByKeys(rows(), tuple(columns)).read(keys)
    return of_language(rows, tuple(columns), language_of_page(), connection.vendor).read(keys)


@functools.lru_cache(maxsize=50)
def of_language(
    rows: Callable[[], QuerySet], columns: tuple[Column, ...], _language: str, _vendor: str
) -> RowsByKeys:
    return RowsByKeys(rows(), columns)
