"""The file of a backup: a ZIP with what is said of it, a file of lines for each table, and the kept versions."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from partners.backups.tables import Digest, models_kept

# Raised when the file is laid out otherwise; what tables hold is another matter (`migrations`).
BACKUP_LAYOUT = 1
BACKUP_ABOUT = "backup.json"
VERSIONS_FOLDER = "versions/"
BYTES_AT_ONCE = 2**20


class NoBackup(Exception):
    """Raised for a file that is no backup, or no longer what was written; its text says why."""


@dataclass
class TableFacts:
    """A table: its columns, how many rows, and the digest of these."""

    columns: list[str]
    rows: int
    digest: str


@dataclass
class BackupFacts:
    """What is said of a backup. `migrations` are the applied ones, as `app.name`; `numbers` the last one given in each
    table; `key` names the SECRET_KEY that sealed the second steps, without giving it away; `files` have their SHA-256."""

    layout: int
    made: str
    release: str
    engine: str
    version: int
    key: str
    migrations: list[str]
    numbers: dict[str, int]
    tables: dict[str, TableFacts] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.tables.values())

    @property
    def days(self) -> list[str]:
        """The days of the kept versions in it."""
        return sorted({name.split("/")[1] for name in self.files})

    def as_text(self) -> str:
        return json.dumps(asdict(self), indent=1, sort_keys=True)


def name_of_table(table: str) -> str:
    return f"tables/{table}.ndjson"


def facts_in_backup(archive: zipfile.ZipFile) -> BackupFacts:
    """What is said of a backup. Raises NoBackup."""
    try:
        members = json.loads(archive.read(BACKUP_ABOUT))
        if members["layout"] != BACKUP_LAYOUT:
            raise NoBackup(f"It is laid out as {members['layout']}; this release reads {BACKUP_LAYOUT}.")
        members["tables"] = {name: TableFacts(**facts) for name, facts in members["tables"].items()}
        return BackupFacts(**members)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise NoBackup(f"It is damaged, or no backup: {BACKUP_ABOUT} is not what was written.") from error


def rows_in(archive: zipfile.ZipFile, table: str) -> Iterator[list]:
    """The rows of a table in a backup."""
    with archive.open(name_of_table(table)) as file:
        for line in file:
            yield json.loads(line)


def check(archive: zipfile.ZipFile, facts: BackupFacts) -> None:
    """Read every byte of a backup. Raises NoBackup where a table or file is not what was written."""
    for table, told in facts.tables.items():
        digest = Digest(models_kept()[table])
        for row in rows_in(archive, table):
            digest.add(row)
        if (digest.rows, digest.hex) != (told.rows, told.digest):
            raise NoBackup(f"{table} has not the rows that were written.")
    for name, sha256 in facts.files.items():
        if sha256_of(archive, name) != sha256:
            raise NoBackup(f"{name} has not the bytes that were written.")


def sha256_of(archive: zipfile.ZipFile, name: str) -> str:
    found = hashlib.sha256()
    with archive.open(name) as file:
        while piece := file.read(BYTES_AT_ONCE):
            found.update(piece)
    return found.hexdigest()


def put_file(archive: zipfile.ZipFile, path: Path, name: str) -> str:
    """Put a file into a backup as it is; gives its SHA-256. What is a ZIP already is not compressed again."""
    found = hashlib.sha256()
    about = zipfile.ZipInfo.from_file(path, name)
    with path.open("rb") as file, archive.open(about, "w", force_zip64=True) as member:
        while piece := file.read(BYTES_AT_ONCE):
            found.update(piece)
            member.write(piece)
    return found.hexdigest()


def take_file(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as member, path.open("wb") as file:
        shutil.copyfileobj(member, file, BYTES_AT_ONCE)
