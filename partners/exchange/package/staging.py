# ruff: noqa: S608 - the names put into this SQL are those of our own tables and columns; values are parameters.
"""A private SQLite file that holds what is too much for memory: the files, the directory, and what was loaded before.

With all of it in one place, questions about a million rows are one statement each. For every sheet X there are

`file_X`       line, key, digest, known, wrong, and each column: the rows of the package
`list_X_C`     line, value: the items of a cell of column C that holds several
`directory_X`  pk, key, digest, known, and each column: the records before loading
`loaded_X`     key, digest: what was loaded before
`pk_X`         key, pk: every record that can be referred to

`known` is the digest without the columns that the file lacks (`gaps.py`), and of the directory also without those that
it fills in itself; mostly it is `digest`.

SQLite deletes the file when it is closed, also after a crash.
"""

import sqlite3
from collections.abc import Iterable

from partners.engines.batches import batches
from partners.exchange.package.layout import SHEETS, Sheet
from partners.exchange.package.progress import type_of_progress
from partners.exchange.package.reading import FileRow
from partners.exchange.package.records import directory_rows
from partners.models import LoadedRow
from partners.tables.columns import SEPARATOR
from partners.texts import name_identity

LOADING_BATCH = 2000
CACHE_KIBIBYTES = 16_000


def quoted_names(sheet: Sheet) -> str:
    return ", ".join(f'"{name}"' for name in sheet.names)


class Staging:
    """Use it in a `with`."""

    def __init__(self):
        self.connection = sqlite3.connect("", isolation_level=None)
        self.connection.create_function("name_identity", 1, name_identity, deterministic=True)
        self.connection.execute("PRAGMA journal_mode = OFF")
        self.connection.execute("PRAGMA synchronous = OFF")
        self.connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
        for sheet in SHEETS:
            self.make_tables(sheet)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.connection.close()

    def make_tables(self, sheet: Sheet) -> None:
        name, columns = sheet.name, quoted_names(sheet)
        self.run(f"CREATE TABLE file_{name} (line INTEGER PRIMARY KEY, key, digest, known, wrong, {columns})")
        self.run(f"CREATE TABLE directory_{name} (pk INTEGER PRIMARY KEY, key, digest, known, {columns})")
        self.run(f"CREATE TABLE loaded_{name} (key PRIMARY KEY, digest) WITHOUT ROWID")
        self.run(f"CREATE TABLE pk_{name} (key PRIMARY KEY, pk INTEGER) WITHOUT ROWID")
        for column in sheet.lists:
            self.run(f"CREATE TABLE list_{name}_{column.name} (line INTEGER, value)")

    def run(self, sql: str, values=()) -> sqlite3.Cursor:
        return self.connection.execute(sql, values)

    def count(self, sql: str, values=()) -> int:
        return self.run(sql, values).fetchone()[0]

    def insert(self, table: str, rows: Iterable[tuple]) -> None:
        """Add rows to a table, in one transaction."""
        self.run("BEGIN")
        for batch in batches(rows, LOADING_BATCH):
            marks = ", ".join("?" * len(batch[0]))
            self.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", batch)
        self.run("COMMIT")

    def stage_file(self, sheet: Sheet, rows: Iterable[FileRow]) -> None:
        """Keep the rows of a file."""
        places = {column.name: sheet.names.index(column.name) for column in sheet.lists}
        marks = ", ".join("?" * (5 + len(sheet.names)))
        self.run("BEGIN")
        for batch in batches(rows, LOADING_BATCH):
            self.connection.executemany(
                f"INSERT INTO file_{sheet.name} VALUES ({marks})",
                [
                    (row.line, sheet.key(row.cells), digest, digest, row.wrong, *row.cells)
                    for row in batch
                    for digest in [sheet.digest(row.cells)]
                ],
            )
            for name, place in places.items():
                self.connection.executemany(
                    f"INSERT INTO list_{sheet.name}_{name} VALUES (?, ?)",
                    [
                        (row.line, item)
                        for row in batch
                        if row.cells[place] and f",{name}," not in row.wrong
                        for item in row.cells[place].split(SEPARATOR)
                    ],
                )
        self.run("COMMIT")
        self.run(f"CREATE INDEX file_{sheet.name}_key ON file_{sheet.name} (key)")
        if sheet.own_link:
            self.run(f'CREATE INDEX file_{sheet.name}_own_link ON file_{sheet.name} ("{sheet.own_link}")')

    def stage_directory(self, sheet: Sheet, lacking: list[str], progress: type_of_progress) -> None:
        """Keep the records of a table as they are now, and what was loaded into it before.

        `lacking` are the columns that the file of the table does not have, or that the directory fills in.
        """
        total = sheet.model._default_manager.count()
        places = [sheet.names.index(name) for name in lacking]

        def rows():
            for number, (pk, cells) in enumerate(directory_rows(sheet)):
                if number % 1000 == 0:
                    progress(f"Comparing {sheet.name}", number, total)
                digest = known = sheet.digest(cells)
                if places:
                    known = sheet.digest(
                        ["" if place in places else cell for place, cell in enumerate(cells)]
                    )
                yield pk, sheet.key(cells), digest, known, *cells

        self.insert(f"directory_{sheet.name}", rows())
        self.run(f"CREATE INDEX directory_{sheet.name}_key ON directory_{sheet.name} (key)")
        self.run(f"INSERT INTO pk_{sheet.name} SELECT key, pk FROM directory_{sheet.name} ORDER BY key")
        loaded = LoadedRow.objects.filter(table=sheet.name).values_list("key", "digest")
        self.insert(f"loaded_{sheet.name}", loaded.iterator(chunk_size=LOADING_BATCH))
