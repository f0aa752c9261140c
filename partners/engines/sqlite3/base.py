"""Django's backend for SQLite, on which triggers stand aside while a migration runs, and a missing file is an error."""

import os
import sqlite3
from pathlib import Path

from django.db.backends.sqlite3 import base, features, operations, schema

from partners.engines.emptying import EmptiesJournal
from partners.engines.standing_aside import StandingAside


class DatabaseSchemaEditor(StandingAside, schema.DatabaseSchemaEditor):
    def put_aside(self) -> list[tuple[str, str]]:
        """Drop every trigger, also one that somebody else has made; gives the table and the definition of each."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
            )
            triggers = cursor.fetchall()
            for name, _, _ in triggers:
                cursor.execute(f"DROP TRIGGER {self.quote_name(name)}")
        return [(table, definition) for _, table, definition in triggers]

    def bring_back(self, triggers: list[tuple[str, str]]) -> None:
        """Make those triggers again whose table is still there."""
        with self.connection.cursor() as cursor:
            tables = set(self.connection.introspection.table_names(cursor))
            for table, definition in triggers:
                if table in tables:
                    cursor.execute(definition)


class DatabaseFeatures(features.DatabaseFeatures):
    # The journal needs it. Django would ask the database, which `migrate` has still to make.
    supports_json_field = True


class DatabaseOperations(EmptiesJournal, operations.DatabaseOperations):
    pass


class DatabaseWrapper(base.DatabaseWrapper):
    # The revision at whose end the directory is read; None for as it is now (`partners/changes/past.py`).
    as_of: int | None = None
    # What brings the index of a listing there (`partners/changes/past_index.py`).
    past_index = None
    SchemaEditorClass = DatabaseSchemaEditor
    ops_class = DatabaseOperations
    features_class = DatabaseFeatures

    @property
    def file(self) -> Path | None:
        """The file of the database; None for one in memory, or with a name that SQLite reads itself."""
        name = str(self.settings_dict["NAME"])
        return None if self.is_in_memory_db() or name.startswith("file:") else Path(name).absolute()

    def make_file(self) -> bool:
        """Make an empty database where there is none. Returns whether there was none."""
        if self.file is None or self.file.exists():
            return False
        # It holds what signs people in.
        self.file.touch(0o600)
        return True

    def get_new_connection(self, conn_params):
        """A connection to a file that is there. SQLite by itself would make an empty one in its place."""
        if self.file:
            if not self.file.exists():
                raise self.missing()
            conn_params = conn_params | {"database": f"{self.file.as_uri()}?mode=rw"}
        connection = super().get_new_connection(conn_params)
        self.opened = self.identity()
        return connection

    def missing(self) -> sqlite3.OperationalError:
        error = sqlite3.OperationalError(
            f"There is no database at {self.file}. Put it back there, or name another one in DATABASE_URL; "
            "`manage.py migrate` makes a new one, which is empty."
        )
        error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
        return error

    def identity(self) -> tuple[int, int] | None:
        """Names the file that stands there now, also where another one has taken its place."""
        try:
            found = os.stat(self.file) if self.file else None
        except OSError:
            return None
        return (found.st_dev, found.st_ino) if found else None

    def is_usable(self) -> bool:
        """Whether the open file is still the one that stands there: what is written to another one is lost."""
        return super().is_usable() and self.opened == self.identity()
