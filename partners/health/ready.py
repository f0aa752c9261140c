"""What has to be so before a visitor can be answered: asked every few seconds, so it costs next to nothing."""

import functools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from partners import triggers
from partners.health.replication import any_replica_answers, of_replicas
from partners.health.trouble import Trouble, one_line

# Bytes below which packages, long answers and a database of SQLite may soon find no room.
LEAST_FREE = 256 * 2**20


def hindrances() -> list[Trouble]:
    """What keeps this process from answering, and what will soon."""
    return [*of_database(), *of_replicas(), *of_disk()]


def of_database() -> Iterator[Trouble]:
    """Whether it answers, and has the tables and triggers of this release."""
    try:
        missing = missing_migrations()
        with connection.cursor() as cursor:
            is_watched = not missing and triggers.are_in_place(connection, cursor)
    except Error as error:
        do = "Start it, or mend DATABASE_URL."
        if any_replica_answers():
            words = "Saving is off, and readers are answered from replicas: the primary does not answer"
            yield Trouble(f"{words}: {one_line(error)}", do, bearable=True)
        else:
            yield Trouble(f"The database does not answer: {one_line(error)}", do)
        return
    do = "Run: manage.py migrate"
    if missing:
        yield Trouble(f"The tables are those of another release: {missing[0]} has not been applied.", do)
    elif not is_watched:
        yield Trouble(f"The triggers of the database are not those of this release. {do}", do)


def missing_migrations() -> list[str]:
    """The migrations of this release that have not been applied."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in migrations_of_release() - applied.keys())


@functools.cache
def migrations_of_release() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)


def of_disk() -> Iterator[Trouble]:
    """Whether the folder of the site can be written, and has room."""
    folder = Path(settings.VAR_DIR)
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Trouble(
            f"{folder} cannot be written.",
            "Give it to the account of the server, or mend VAR_DIR.",
            bearable=True,
        )
        return
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        do = "Make room, or give VAR_DIR a folder with more."
        yield Trouble(f"{folder} has only {free / 2**20:,.0f} MB left.", do, bearable=True)
