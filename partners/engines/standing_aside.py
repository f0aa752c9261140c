"""Migrations run without the triggers of the directory.

SQLite cannot rebuild a table that triggers of other tables name, and a trigger knows the tables of one release, not
those between two. So the triggers stand aside for each migration, in the transaction of that migration: when it fails,
or the machine does, they stand as before. After the last one `partners.triggers` puts those of this release in place.
"""

import re
import sys

from partners.engines import data_version
from partners.engines.witnessing import Witness

# Terms without a listing, where it is noted which triggers stand there (`partners/triggers/` writes it), and that rows
# were written while none did: all that triggers keep has to be made anew then.
FACET_TERM_TABLE = "partners_facetterm"
PLACED, UNWATCHED = ("", "triggers"), ("", "unwatched")

# A statement that may write rows of the directory; the copy of a table that SQLite rebuilds has the same rows.
WRITES = re.compile(
    r"\s*(?!INSERT INTO \"new__)(INSERT|UPDATE|DELETE|REPLACE|MERGE|TRUNCATE|WITH|DO|CALL)\b", re.IGNORECASE
)


class StandingAside:
    """For a schema editor: what runs in it runs without triggers, and is a new version of the data."""

    def __enter__(self):
        editor = super().__enter__()
        try:
            # One that only collects SQL changes nothing.
            self.aside = [] if self.collect_sql else self.put_aside()
        except BaseException:
            super().__exit__(*sys.exc_info())
            raise
        self.wrote = self.is_looking = False
        self.witness = Witness(self.connection)
        self.watching = self.connection.execute_wrapper(self.watch)
        self.watching.__enter__()
        return editor

    def __exit__(self, exc_type, exc_value, traceback):
        self.watching.__exit__(None, None, None)
        if exc_type is None:
            self.tell_of_migration()
        # In a transaction an error takes back that they were put aside.
        if self.aside and (exc_type is None or not self.atomic_migration):
            try:
                self.bring_back(self.aside)
                self.note()
            except BaseException:
                super().__exit__(*sys.exc_info())
                raise
        super().__exit__(exc_type, exc_value, traceback)

    def tell_of_migration(self) -> None:
        """What rows became of it, for the journal. The command that migrates says which one it is."""
        migration = getattr(self.connection, "migration_under_way", None)
        before = (
            [name for app, name in migration.dependencies if app == migration.app_label] if migration else []
        )
        try:
            self.witness.tell(migration.name if migration else "", max(before, default=""))
        except BaseException:
            super().__exit__(*sys.exc_info())
            raise

    def watch(self, execute, sql, params, many, context):
        """Take note of statements that write, in place of the triggers."""
        text = str(sql)
        self.witness.follow(text)
        if WRITES.match(text) and "partners_" in text and not self.is_looking:
            self.wrote = self.is_looking = True
            try:
                self.witness.look(text)
            finally:
                self.is_looking = False
        return execute(sql, params, many, context)

    def note(self) -> None:
        """Advance the data version, and say whether rows were written."""
        with self.connection.cursor() as cursor:
            tables = self.connection.introspection.table_names(cursor)
            if data_version.DATA_VERSION_TABLE in tables:
                cursor.execute(data_version.advance(self.connection.vendor))
            if self.wrote and FACET_TERM_TABLE in tables:
                cursor.execute(
                    f"INSERT INTO {FACET_TERM_TABLE} (listing, facet, value) "  # noqa: S608 (texts of this file)
                    "VALUES (%s, %s, '') ON CONFLICT DO NOTHING",
                    UNWATCHED,
                )
