"""Putting a backup back: whole and checked, or not at all."""

import os
import shutil
import zipfile
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils import timezone

from partners.backups.storage import (
    VERSIONS_FOLDER,
    BackupFacts,
    NoBackup,
    check,
    facts_in_backup,
    rows_in,
    take_file,
)
from partners.backups.tables import (
    Digest,
    columns_kept,
    insert_rows,
    models_kept,
    rows_as_json,
)
from partners.backups.writing import applied_migrations, name_of_key
from partners.engines.keys import go_on_after
from partners.engines.refolding import refold_all
from partners.models.belonging import models_with_data
from partners.selection.index import make_anew


def open_backup(path: Path) -> tuple[zipfile.ZipFile, BackupFacts]:
    """A backup, every byte of which has been read. Raises NoBackup, and OSError where it cannot be read."""
    try:
        archive = zipfile.ZipFile(path)
        facts = facts_in_backup(archive)
        check_schema(facts)
        check(archive, facts)
    except (zipfile.BadZipFile, EOFError, ValueError, KeyError, zipfile.zlib.error) as error:
        raise NoBackup(f"It is damaged, or no backup: {error}.") from error
    return archive, facts


def check_schema(facts: BackupFacts) -> None:
    """Raise NoBackup where a backup was made of tables that are not those of this release."""
    here = set(applied_migrations())
    there = set(facts.migrations)
    if further := sorted(there - here):
        raise NoBackup(
            f"It was made by a later release ({facts.release}), which has {further[-1]}. Restore it with that one."
        )
    if missing := sorted(here - there):
        raise NoBackup(
            f"It was made by an earlier release ({facts.release}), before {missing[0]}. Restore it with that release "
            "into an empty database, then migrate with this one."
        )
    columns = {table: [each.column for each in columns_kept(model)] for table, model in models_kept().items()}
    if {table: told.columns for table, told in facts.tables.items()} != columns:
        raise NoBackup("Its tables are not those of this release.")


def what_stands_here() -> str:
    """What stands in the directory that a restored one would take the place of, in a word; empty for nothing."""
    if get_user_model()._base_manager.exists():
        return "accounts"
    if any(model._base_manager.exists() for model in models_with_data()):
        return "records"
    return "kept versions" if has_versions(Path(settings.VERSIONS_DIR)) else ""


def has_versions(home: Path) -> bool:
    return any(home.glob("[0-9]*"))


def restore(archive: zipfile.ZipFile, facts: BackupFacts) -> Path | None:
    """Put a checked backup in the place of everything. Gives where the kept versions of before were put, if any.

    Raises NoBackup, and changes nothing, where the database does not hold afterwards what the backup does.
    """
    home = Path(settings.VERSIONS_DIR)
    beside = home.with_name(f"{home.name}.restoring")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        for name in facts.files:
            take_file(archive, name, inside(beside, name.removeprefix(VERSIONS_FOLDER)))
        with transaction.atomic():
            restore_tables(archive, facts)
        return swap(home, beside)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def inside(folder: Path, name: str) -> Path:
    """A place in a folder. Raises NoBackup for a name that leads out of it."""
    path = folder / name
    if ".." in path.parts or not path.is_relative_to(folder):
        raise NoBackup(f"A file in it is called {name!r}.")
    return path


def restore_tables(archive: zipfile.ZipFile, facts: BackupFacts) -> None:
    """Within a transaction: every table as it was, its numbers go on, and what follows from it is made anew."""
    editor = connection.schema_editor()
    # They would write again what is in the backup already.
    aside = editor.put_aside()
    with connection.cursor() as cursor:
        for table in models_kept():
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 (names of models)
        cursor.execute("DELETE FROM django_session")
    for table, model in models_kept().items():
        insert_rows(model, rows_in(archive, table))
    for table, model in models_kept().items():
        compare_table(table, model, facts)
    go_on_after(models_kept().values(), facts.numbers)
    connection.check_constraints()
    with connection.cursor() as cursor:
        refold_all(connection, cursor)
        editor.bring_back(aside)
        make_anew(connection, cursor)


def compare_table(table: str, model, facts: BackupFacts) -> None:
    """Raise NoBackup where a table does not hold what a backup says."""
    digest = Digest(model)
    for row in rows_as_json(model):
        digest.add(row)
    told = facts.tables[table]
    if (digest.rows, digest.hex) != (told.rows, told.digest):
        raise NoBackup(
            f"{table} would hold {digest.rows:,} rows that are not the {told.rows:,} of the backup, so nothing was changed."
        )


def swap(home: Path, beside: Path) -> Path | None:
    """Put restored versions in place; those of before are kept beside."""
    before = None
    if has_versions(home):
        before = home.with_name(f"{home.name}.before-{timezone.now():%Y%m%dT%H%M%S}")
        os.rename(home, before)
    else:
        # What stood there is nothing but a lock.
        shutil.rmtree(home, ignore_errors=True)
    if beside.is_dir():
        os.rename(beside, home)
    return before


def has_key_of(facts: BackupFacts) -> bool:
    """Whether the second steps in a backup can be read here."""
    return facts.key in {name_of_key(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)}
