"""Migrations run without the triggers of the directory.

SQLite cannot rebuild a table that triggers of other tables name, and a trigger knows the tables of one release, not
those between two. So the triggers stand aside for each migration, in the transaction of that migration: when it fails,
or the machine does, they stand as before. After the last one `partners.triggers` puts those of this release in place.
"""

import sys

from partners.engines import data_version

# Where it is noted that the triggers of this release are in place: `partners/triggers/` writes it.
PLACED = ("", "triggers")
NOTES = "partners_facetterm"


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
        return editor

    def __exit__(self, exc_type, exc_value, traceback):
        # In a transaction an error takes back that they were put aside.
        if self.aside and (exc_type is None or not self.atomic_migration):
            try:
                self.bring_back(self.aside)
                self.note()
            except BaseException:
                super().__exit__(*sys.exc_info())
                raise
        super().__exit__(exc_type, exc_value, traceback)

    def note(self) -> None:
        """Advance the data version, and have all that triggers keep made anew: nothing watched what was written."""
        with self.connection.cursor() as cursor:
            tables = self.connection.introspection.table_names(cursor)
            if data_version.TABLE in tables:
                cursor.execute(data_version.advance(self.connection.vendor))
            if NOTES in tables:
                cursor.execute(f"DELETE FROM {NOTES} WHERE listing = %s AND facet = %s", PLACED)  # noqa: S608
