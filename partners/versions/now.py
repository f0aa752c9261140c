"""The package of the directory as it is now: made once for each state of the data, then read from disk."""

import shutil
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from partners.engines.snapshots import one_state
from partners.models import DataVersion
from partners.versions.packing import write_package
from partners.versions.storage import (
    Edition,
    alone,
    read_edition,
    remove_unfinished,
    write_edition,
)

# The one before the newest stays, as somebody may be about to open it.
MOST_STATES = 2
MOST_TRIES = 5


def present(release: str, patience: float | None = None) -> Edition:
    """The package of the present state, made where nobody has asked for it since the last change.

    `release` names the code and the licence, which decide on the bytes too. Raises OSError where nothing can be
    written, and Busy where somebody else makes it and is not ready within `patience` seconds.
    """
    home = Path(settings.PACKAGES_DIR)
    if found := whole(home / name_of(release, DataVersion.current())):
        return found
    with alone(home, patience), one_state():
        version = DataVersion.current()
        folder = home / name_of(release, version)
        # Somebody else may have made it while this one waited.
        if found := whole(folder):
            return found
        shutil.rmtree(folder, ignore_errors=True)
        edition = write_edition(folder, version, write_package)
        tidy(home)
    return edition


def whole(folder: Path) -> Edition | None:
    """The package in a folder; None where there is none, or it was damaged: then it is made anew."""
    found = read_edition(folder)
    return found if isinstance(found, Edition) else None


def open_present(release: str, patience: float | None = None) -> tuple[Edition, BinaryIO]:
    """The package of the present state, and its file, which stays readable whatever happens on the disk."""
    for _attempt in range(MOST_TRIES):
        edition = present(release, patience)
        try:
            return edition, edition.file.open("rb")
        except FileNotFoundError:
            continue
    raise FileNotFoundError(edition.file)


def name_of(release: str, version: int) -> str:
    """The name of a state: all that decides on the bytes."""
    return f"{version}-{release}"


def tidy(home: Path) -> None:
    """Remove earlier states, and what a crash has left. Only for the one who works in the folder alone."""
    remove_unfinished(home)
    states = sorted((each for each in home.iterdir() if each.is_dir()), key=lambda each: each.stat().st_mtime)
    for folder in states[:-MOST_STATES]:
        shutil.rmtree(folder, ignore_errors=True)
