"""Packages on disk: each in a folder of its own, with the file and what is said of it.

A folder appears whole or not at all, and one that is there never changes.
"""

import datetime
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

PACKAGE, ABOUT = "package.zip", "about.json"
# What readers know packages by.
PUBLIC_NAME = "partner-directory"
UNFINISHED = ".unfinished"
LOCK = ".lock"
BETWEEN_TRIES = 0.05


@dataclass(frozen=True)
class Facts:
    """What is said of a package: the data version it was made at, SHA-256 in hexadecimal, bytes, rows by table."""

    version: int
    sha256: str
    bytes: int
    rows: dict[str, int]


@dataclass(frozen=True)
class Edition:
    """A package on disk."""

    folder: Path
    facts: Facts

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

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(self.facts.rows.values())


def read_edition(folder: Path) -> Edition | None:
    """The package in a folder; None where there is none, or not a whole one."""
    try:
        facts = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        whole = (folder / PACKAGE).stat().st_size == facts["bytes"]
        return Edition(folder, Facts(**facts)) if whole else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_edition(folder: Path, version: int, write: Callable[[BinaryIO], dict[str, int]]) -> Edition:
    """Make a folder with the package that `write` writes into a file; `write` returns the rows by table.

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
            json.dump(asdict(facts), file, indent=1)
            settle(file)
        put(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Edition(folder, facts)


def remove_unfinished(home: Path) -> None:
    """Remove what a crash has left. Only for the one who works in the folder alone."""
    for folder in home.glob(f"*{UNFINISHED}"):
        shutil.rmtree(folder, ignore_errors=True)


def settle(file) -> None:
    """Have a file on the disk before its folder gets its name."""
    file.flush()
    os.fsync(file.fileno())


def put(beside: Path, folder: Path) -> None:
    """Give a finished folder its name. A folder that holds something is never replaced: the system refuses that."""
    try:
        os.rename(beside, folder)
    except OSError as error:
        if folder.exists():
            raise FileExistsError(f"{folder} is there already.") from error
        raise


def digest_of(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


class Busy(OSError):
    """Somebody else is making what was asked for, and it takes longer than one was ready to wait."""


@contextmanager
def alone(home: Path, patience: float | None) -> Iterator[None]:
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
