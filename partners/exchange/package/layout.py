"""How a table stands in a data package: its file, its columns, and the text by which two of its rows are compared."""

from functools import cached_property
from pathlib import Path

from django.db import models

import partners
from partners.changes.differences import BETWEEN_KEYS
from partners.models.fields import takes_lines
from partners.tables.addresses import FORMER_ADDRESSES
from partners.tables.columns import Column, Table, row_digest
from partners.tables.definitions import TABLES
from partners.texts import tidy

PACKAGE_NAME = "partner-directory"
DESCRIPTOR_NAME = "datapackage.json"
SHIPPED = Path(partners.__file__).parent / "data" / "genesis"


def model_field(table: Table, column: Column) -> models.Field:
    """The field of the model that keeps what stands in a column."""
    return table.model._meta.get_field(column.name if column.many else column.lookup.split("__")[0])


class Sheet:
    """One table of a package: `name.csv`."""

    def __init__(self, table: Table):
        self.table = table
        self.name = table.name
        self.model = table.model
        self.file_name = f"{table.name}.csv"
        self.columns = table.stored_columns
        self.names = [column.name for column in self.columns]
        self.fields = {column.name: model_field(table, column) for column in self.columns}
        self.links = [column for column in self.columns if column.references and not column.many]
        self.lists = [column for column in self.columns if column.many]

    @cached_property
    def key_places(self) -> tuple[list[int], list[tuple[str, int]]]:
        """The columns of the key that are always filled, and those that need not be, with their names."""
        always = [name for name in self.table.key if self.table.column(name).required]
        others = [name for name in self.table.key if name not in always]
        return [self.names.index(name) for name in always], [
            (name, self.names.index(name)) for name in others
        ]

    @cached_property
    def own_link(self) -> str:
        """The column that names another row of the same table, or ""."""
        return next((column.name for column in self.links if column.references == self.name), "")

    @cached_property
    def unique(self) -> list[str]:
        """The columns, apart from the key, whose values stand once in a table."""
        rules = [rule for rule in self.model._meta.constraints if isinstance(rule, models.UniqueConstraint)]
        return [rule.fields[0] for rule in rules if len(rule.fields) == 1 and rule.fields[0] in self.names]

    @property
    def one_name_within(self) -> str:
        """The column of the records that have each of these names once, however it is written, or ""."""
        return getattr(self.model, "one_name_within", "")

    @cached_property
    def take_lines(self) -> list[bool]:
        """Whether the texts of each column may have several lines."""
        return [takes_lines(self.fields[name]) for name in self.names]

    def tidy(self, cells: list[str]) -> list[str]:
        """The cells of a row as they are kept."""
        return [tidy(cell, many_lines=lines) for cell, lines in zip(cells, self.take_lines, strict=True)]

    def key(self, cells: list[str]) -> str:
        """The key of a row as one text. All its parts but the last are slugs, so it is never ambiguous.

        A column that need not be filled counts by its name, and only where it is: the directory keeps the keys of what
        was loaded, and they stay as they are when the key gets another column.
        """
        always, others = self.key_places
        parts = [cells[place] for place in always]
        parts += [f"{name}={cells[place]}" for name, place in others if cells[place]]
        return BETWEEN_KEYS.join(parts)

    def digest(self, cells: list[str]) -> str:
        """Equal for rows that hold the same."""
        return row_digest(self.names, cells, size=16)


# In the order in which they are loaded: a sheet stands after those it refers to.
SHEETS = [Sheet(table) for table in (*TABLES, FORMER_ADDRESSES)]
SHEET_OF = {sheet.name: sheet for sheet in SHEETS}
