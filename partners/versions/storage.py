"""Packages on disk: each in a folder of its own, with the file and what is said of it.

A folder appears whole or not at all, and this program never changes one that is there. Disks, backups and people do: so
whoever reads a package is told whether it still has the bytes it was made with.
"""

import datetime
import fcntl
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from partners.models import DataVersion
from partners.versions.digests import digest_of

PACKAGE, ABOUT = "package.zip", "about.json"
# What readers know packages by.
PUBLIC_NAME = "partner-directory"
UNFINISHED = ".unfinished"
LOCK = ".lock"
BETWEEN_TRIES = 0.05
# The member of `about.json` that says by which day a version was kept; earlier releases did not write it.
DATE_MEMBER = "date"
DIGEST = re.compile("[0-9a-f]{64}", re.ASCII)
LONGEST_ABOUT = 100_000


@dataclass(frozen=True)
class Facts:
    """What is said of a package: the data version it was made at, SHA-256 in hexadecimal, bytes, rows by table."""

    version: int
    sha256: str
    bytes: int
    rows: dict[str, int]

    @property
    def moment(self) -> datetime.datetime:
        """When the data reached this state."""
        return DataVersion.moment(self.version)


class InFolder:
    """What stands in a folder that is named by the day of its data."""

    folder: Path

    @property
    def date(self) -> str:
        """The day by which it was kept."""
        return self.folder.name

    @property
    def day(self) -> datetime.date:
        """The same as a day of the calendar."""
        return datetime.date.fromisoformat(self.date)

    @property
    def name(self) -> str:
        """The name of the kept package, without an ending."""
        return f"{PUBLIC_NAME}-{self.date}"

    @property
    def file(self) -> Path:
        return self.folder / PACKAGE


@dataclass(frozen=True)
class PublicPackage(InFolder):
    """A package on disk, with the bytes it was made with."""

    folder: Path
    facts: Facts

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(self.facts.rows.values())


@dataclass(frozen=True)
class Damaged(InFolder):
    """A package on disk whose bytes have changed: `problem` says in words what is wrong with it."""

    folder: Path
    problem: str


class Wrong(Exception):
    """Raised when something in a folder is not as it was written; its text says what."""


def read_version(folder: Path) -> PublicPackage | Damaged | None:
    """The package in a folder; None where there is nothing of that name. Its digest is made where it was changed."""
    if not os.path.lexists(folder):
        return None
    try:
        facts = facts_in(folder)
        check_file(folder / PACKAGE, facts)
    except Wrong as wrong:
        return Damaged(folder, str(wrong))
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        name = Path(error.filename or folder).name
        return Damaged(
            folder, f"{name} is missing" if missing else f"{name} cannot be read: {error.strerror}"
        )
    return PublicPackage(folder, facts)


def facts_in(folder: Path) -> Facts:
    """What `about.json` says. Raises Wrong or OSError where it does not say that."""
    with (folder / ABOUT).open("rb") as file:
        content = file.read(LONGEST_ABOUT + 1)
    try:
        members = json.loads(content)
        date = members.pop(DATE_MEMBER, folder.name)
        facts = Facts(**members)
        sound = are_numbers(facts.version, facts.bytes, *facts.rows.values()) and DIGEST.fullmatch(
            facts.sha256
        )
        # Raises where it lies in no year.
        sound = sound and facts.moment
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        sound = None
    if not sound:
        raise Wrong(f"{ABOUT} is not what was written")
    if date != folder.name:
        raise Wrong(f"{ABOUT} is that of another day: {date}")
    return facts


def are_numbers(*values) -> bool:
    return all(type(value) is int and value >= 0 for value in values)


def check_file(file: Path, facts: Facts) -> None:
    """Raise Wrong where a file does not hold the bytes that are said of it, and OSError where it cannot be read."""
    size = file.stat().st_size
    if size != facts.bytes:
        raise Wrong(f"{file.name} has {size:,} bytes instead of {facts.bytes:,}")
    if digest_of(file) != facts.sha256:
        raise Wrong(f"{file.name} does not have the SHA-256 that it was kept with")


def write_version(
    folder: Path, version: int, write: Callable[[BinaryIO], dict[str, int]], dated: bool = False
) -> PublicPackage:
    """Make a folder with the package that `write` writes into a file; `write` returns the rows by table.

    A `dated` one also says the name of its folder, so that one that was given another name is told from it.
    Raises FileExistsError where such a folder is there already, and OSError where nothing can be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=folder.name, suffix=UNFINISHED, dir=folder.parent))
    try:
        beside.chmod(0o755)
        with (beside / PACKAGE).open("wb") as file:
            rows = write(file)
            settle(file)
        facts = Facts(version, digest_of(beside / PACKAGE), (beside / PACKAGE).stat().st_size, rows)
        with (beside / ABOUT).open("w", encoding="utf-8") as file:
            json.dump(asdict(facts) | ({DATE_MEMBER: folder.name} if dated else {}), file, indent=1)
            settle(file)
        move_into_place(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return PublicPackage(folder, facts)


def remove_unfinished(home: Path) -> None:
    """Remove what a crash has left. Only for the one who works in the folder alone."""
    for folder in home.glob(f"*{UNFINISHED}"):
        shutil.rmtree(folder, ignore_errors=True)


def settle(file) -> None:
    """Flush a file to the disk before its folder gets its name."""
    file.flush()
    os.fsync(file.fileno())


def move_into_place(beside: Path, folder: Path) -> None:
    """Give a finished folder its name. A folder that holds something is never replaced: the system refuses that."""
    try:
        os.rename(beside, folder)
    except OSError as error:
        if os.path.lexists(folder):
            raise FileExistsError(f"{folder} is there already.") from error
        raise
    handle = os.open(folder.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Busy(OSError):
    """Raised when somebody else is making what was asked for and has not finished within the waiting time."""


@contextmanager
def exclusive(home: Path, patience: float | None) -> Iterator[None]:
    """Let one process or thread at a time work in a folder. A crash lets the next one in.

    The others wait: for so many seconds, after which Busy is raised, or as long as it takes.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / LOCK).open("a") as lock:
        end = None if patience is None else time.monotonic() + patience
        while not locked(lock, wait=end is None):
            if time.monotonic() > end:
                raise Busy("The package is being made.")
            time.sleep(BETWEEN_TRIES)
        yield


def locked(file, wait: bool) -> bool:
    """Whether a file could be locked; it is until it is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
