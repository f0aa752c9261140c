"""Bring the database up to date, as Django does; on SQLite, where there is none, after making it.

Migrating back to a release that had no journal drops the journal: only for whoever says so.
"""

from django.apps import apps
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connections
from django.db.models.signals import pre_migrate

# The migration that makes the journal.
JOURNAL = "0013_journal"


class Command(migrate.Command):
    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--drop-journal",
            action="store_true",
            help="migrate back to a release without the journal, and lose what has happened and how rows were",
        )

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
        self.may_drop_journal = options["drop_journal"]
        directory = apps.get_app_config("partners")
        pre_migrate.connect(self.keep_journal, sender=directory)
        try:
            super().handle(*args, **options)
        finally:
            pre_migrate.disconnect(self.keep_journal, sender=directory)

    def keep_journal(self, plan, **kwargs):
        """Raise CommandError, before anything is done, where a plan would drop a journal and nobody has said so."""
        goes = any(backwards and migration.name == JOURNAL for migration, backwards in plan)
        if not goes or self.may_drop_journal:
            return
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM partners_revision")
            (count,) = cursor.fetchone()
        if count:
            raise CommandError(
                f"Nothing is done: this goes back to a release without the journal, and its {count:,} revisions would "
                "be lost: who changed what, when and why, how it was before, and ?as_of=. Restore a backup of that "
                "release in place of it, or say --drop-journal."
            )
