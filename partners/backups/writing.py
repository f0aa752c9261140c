"""Writing a backup while people go on working: every table as it was in one moment."""

import contextlib
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.crypto import salted_hmac

from partners.backups.storage import (
    BACKUP_ABOUT,
    BACKUP_LAYOUT,
    VERSIONS_FOLDER,
    BackupFacts,
    NoBackup,
    TableFacts,
    check,
    name_of_table,
    put_file,
)
from partners.backups.tables import Digest, columns_kept, digested, models_kept, rows_as_json
from partners.engines.keys import last_numbers
from partners.engines.snapshots import one_state
from partners.models import DataVersion
from partners.release import release
from partners.versions.storage import settle


def write_backup(path: Path) -> BackupFacts:
    """Write everything into a new file that its owner alone can read, and read it again.

    Raises FileExistsError, OSError where nothing can be written, and NoBackup where what was written cannot be read.
    """
    if os.path.lexists(path):
        raise FileExistsError(f"{path} is there already.")
    beside = path.with_name(f".{path.name}.unfinished")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                facts = fill(archive)
            settle(file)
        try:
            with zipfile.ZipFile(beside) as archive:
                check(archive, facts)
        except zipfile.BadZipFile as error:
            raise NoBackup(f"What was written cannot be read: {error}.") from error
        os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return facts


def fill(archive: zipfile.ZipFile) -> BackupFacts:
    """Write every table, every kept version, then what is said of them."""
    with one_state():
        facts = BackupFacts(
            layout=BACKUP_LAYOUT,
            made=timezone.now().isoformat(timespec="seconds"),
            release=release(),
            engine=connection.vendor,
            version=DataVersion.current(),
            key=name_of_key(settings.SECRET_KEY),
            migrations=applied_migrations(),
            numbers={},
        )
        for table, model in models_kept().items():
            facts.tables[table] = put_table(archive, table, model)
    # Numbers are given outside of transactions: these are at least those of the rows above.
    facts.numbers = last_numbers(models_kept().values())
    for name, path in files_of_versions():
        # One that somebody removes meanwhile is not there.
        with contextlib.suppress(FileNotFoundError):
            facts.files[name] = put_file(archive, path, name)
    archive.writestr(BACKUP_ABOUT, facts.as_text())
    return facts


def put_table(archive: zipfile.ZipFile, table: str, model) -> TableFacts:
    digest = Digest(model)
    with archive.open(name_of_table(table), "w", force_zip64=True) as file:
        for row in digested(rows_as_json(model), digest):
            file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    return TableFacts([each.column for each in columns_kept(model)], digest.rows, digest.hex)


def files_of_versions() -> Iterator[tuple[str, Path]]:
    """The files of every kept version, each with its name in a backup; those that are damaged as well."""
    home = Path(settings.VERSIONS_DIR)
    for path in sorted(home.glob("[0-9]*/*")):
        if path.is_file() and not path.parent.name.endswith(".unfinished"):
            yield f"{VERSIONS_FOLDER}{path.relative_to(home)}", path


def applied_migrations() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def name_of_key(key: str) -> str:
    """Tells one SECRET_KEY from another."""
    return salted_hmac("partners.backups", "the key of this backup", key, algorithm="sha256").hexdigest()
