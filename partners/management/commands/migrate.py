"""Bring the database up to date, as Django does; on SQLite, where there is none, after making it."""

from django.core.management.commands import migrate
from django.db import connections


class Command(migrate.Command):
    def migration_progress_callback(self, action, migration=None, fake=False):
        super().migration_progress_callback(action, migration, fake)
        if action in ("apply_start", "unapply_start"):
            # For the journal, which keeps what it does to rows.
            self.connection.migration_under_way = migration

    def handle(self, *args, **options):
        connection = connections[options["database"]]
        only_looks = options["check_unapplied"] or options["plan"]
        # Nothing else makes the file of a database: whoever has lost it is told, and does not begin again unawares.
        if connection.vendor == "sqlite" and not only_looks and connection.make_file():
            self.stderr.write(f"There was no database at {connection.file}: made a new one, which is empty.")
        self.connection = connection
        super().handle(*args, **options)
