"""What a migration does to rows comes into the journal, though no trigger of the directory sees it.

Before the first statement that may write a table, its rows are copied; when the migration is done, the copy tells which
of them are other rows now.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from partners.engines.statements import DIFFER

NAMES_OF_TABLES = re.compile(r"\bpartners_\w+")
RENAMED_COLUMN = re.compile(r'ALTER TABLE "(partners_\w+)" RENAME COLUMN "(\w+)" TO "(\w+)"')
ADDED_COLUMN = re.compile(r'ALTER TABLE "(partners_\w+)" ADD COLUMN "(\w+)"')
RENAMED_TABLE = re.compile(r'ALTER TABLE "(partners_\w+)" RENAME TO "(partners_\w+)"')


@dataclass
class Copied:
    """A table as it was: where the copy is, and for each of its columns what it was called when the migration began."""

    table: str
    copy: str
    columns: dict[str, str]


class Witness:
    """Watches the tables of the directory during a migration, on one connection."""

    def __init__(self, connection):
        self.connection = connection
        # By the names of the tables as they are called now.
        self.copied: dict[str, Copied] = {}
        # For each table, what columns were called when the migration began, with their names of now.
        self.renamed: dict[str, dict[str, str]] = {}
        # For each table, the columns that the migration has made: filling them changes nothing that was there.
        self.added: dict[str, set[str]] = {}

    def follow(self, statement: str) -> None:
        """Note that a statement gives a table or a column another name, or makes a column."""
        if found := ADDED_COLUMN.match(statement):
            table, column = found.groups()
            self.added.setdefault(table, set()).add(column)
        elif found := RENAMED_COLUMN.match(statement):
            table, old, new = found.groups()
            names = self.renamed.setdefault(table, {})
            names[self.called_before(table, old)] = new
        elif found := RENAMED_TABLE.match(statement):
            old, new = found.groups()
            for each in (self.copied, self.renamed, self.added):
                if old in each:
                    each[new] = each.pop(old)

    def called_before(self, table: str, column: str) -> str:
        """What a column was called when the migration began."""
        names = self.renamed.get(table, {})
        return next((old for old, new in names.items() if new == column), column)

    def look(self, statement: str) -> None:
        """Copy the tables that a statement names, unless they were copied already."""
        from partners.models.belonging import BOOKKEEPING  # Django reads its backends before the models

        with self.connection.cursor() as cursor:
            for table in sorted(set(NAMES_OF_TABLES.findall(statement)) - self.copied.keys()):
                if table.removeprefix("partners_") in BOOKKEEPING or not self.exists(cursor, table):
                    continue
                copy = f"before_{table}"
                there = [
                    each for each in self.columns(cursor, table) if each not in self.added.get(table, ())
                ]
                columns = {name: self.called_before(table, name) for name in there}
                self.copied[table] = Copied(table, copy, columns)
                cursor.execute(f"DROP TABLE IF EXISTS {copy}")
                cursor.execute(f"CREATE TEMPORARY TABLE {copy} AS SELECT * FROM {table}")  # noqa: S608

    def exists(self, cursor, table: str) -> bool:
        return table in self.connection.introspection.table_names(cursor)

    def columns(self, cursor, table: str) -> list[str]:
        return [each.name for each in self.connection.introspection.get_table_description(cursor, table)]

    def tell(self, name: str, schema: str) -> None:
        """Write what changed into the journal, as the revision of a migration; forget the copies.

        `schema` is the migration before it: rows are kept as that release had them.
        """
        with self.connection.cursor() as cursor:
            selects = [select for table in self.copied if (select := self.changes(cursor, table))]
            if selects and self.exists(cursor, "partners_change"):
                self.write(cursor, selects, name, schema)
            for each in self.copied.values():
                cursor.execute(f"DROP TABLE {each.copy}")
        self.copied.clear()

    def write(self, cursor, selects: list[str], name: str, schema: str) -> None:
        found = " UNION ALL ".join(selects)
        cursor.execute(f"SELECT count(*) FROM ({found}) c")  # noqa: S608 (names of our own tables)
        if not cursor.fetchone()[0]:
            return
        cursor.execute("SELECT coalesce(max(number), 0) + 1 FROM partners_revision")
        number = cursor.fetchone()[0]
        now = {"sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')", "postgresql": "clock_timestamp()"}
        cursor.execute(
            "INSERT INTO partners_revision (number, at, name_of_who, why, via, data_version, schema) "  # noqa: S608
            f"SELECT %s, {now[self.connection.vendor]}, '', %s, 'migration', (SELECT number FROM partners_dataversion), %s",
            [number, name, schema],
        )
        cursor.execute(
            'INSERT INTO partners_change (revision_id, "table", "row", model, record, operation, before) '  # noqa: S608
            f"SELECT {number}, c.* FROM ({found}) c"
        )

    def changes(self, cursor, table: str) -> str:
        """A SELECT of what the journal keeps of the rows of a table that are others now; "" where it is gone."""
        if not self.exists(cursor, table):
            return ""
        copied, vendor = self.copied[table], self.connection.vendor
        present, names = set(self.columns(cursor, table)), self.renamed.get(table, {})
        now = {column: names.get(before, before) for column, before in copied.columns.items()}
        differs = " OR ".join(
            DIFFER[vendor].format(f"o.{old}", f"n.{new}")
            for old, new in now.items()
            if new in present and old != "updated_at"
        )
        own = copied.table.removeprefix("partners_")
        pairs = ", ".join(f"'{before}', o.{column}" for column, before in copied.columns.items())
        image = f"json_object({pairs})" if vendor == "sqlite" else f"jsonb_build_object({pairs})"
        nothing = "NULL" if vendor == "sqlite" else "NULL::jsonb"
        record = {"o": self.owner(table, copied.columns, "o"), "n": self.owner(table, present, "n")}
        return (
            f"SELECT '{own}', o.id, {record['o']}, CASE WHEN n.id IS NULL THEN 'D' ELSE 'U' END, {image} "  # noqa: S608
            f"FROM {copied.copy} o LEFT JOIN {table} n ON n.id = o.id WHERE n.id IS NULL OR {differs} UNION ALL "
            f"SELECT '{own}', n.id, {record['n']}, 'I', {nothing} FROM {table} n LEFT JOIN {copied.copy} o "
            "ON o.id = n.id WHERE o.id IS NULL"
        )

    def owner(self, table: str, columns: Collection[str], row: str) -> str:
        """The model and the key of the record that a row belongs to, as far as the columns of that time say so."""
        found = {column: model for column, model in owners_by_table(table).items() if column in columns}
        if len(found) < 2:
            column, model = next(iter(found.items()), ("id", table.removeprefix("partners_")))
            return f"'{model}', {row}.{column}"
        names = " ".join(f"WHEN {row}.{column} IS NOT NULL THEN '{model}'" for column, model in found.items())
        return f"CASE {names} END, coalesce({', '.join(f'{row}.{column}' for column in found)})"


def owners_by_table(table: str) -> dict[str, str]:
    """As `owners` has it, by the names of tables and models; nothing of a table that this release does not have."""
    from partners.models.belonging import (
        models_with_data,
        owners,
    )  # Django reads its backends before the models

    for model in models_with_data():
        if model._meta.db_table == table:
            return {column: owner._meta.model_name for column, owner in owners(model).items()}
    return {}
