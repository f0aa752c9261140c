"""The package of the directory as it is now: made once for each state of the data, then read from disk."""

import shutil
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from partners.engines.snapshots import one_state
from partners.models import DataVersion
from partners.versions.packing import write_package
from partners.versions.storage import (
    PublicPackage,
    exclusive,
    read_version,
    remove_unfinished,
    write_version,
)

# The one before the newest stays, as somebody may be about to open it.
MOST_STATES = 2
MOST_OPENING_TRIES = 5


def present(release: str, patience: float | None = None) -> PublicPackage:
    """The package of the present state, made where nobody has asked for it since the last change.

    `release` names the code and the licence, which decide on the bytes too. Raises OSError where nothing can be
    written, and Busy where somebody else makes it and is not ready within `patience` seconds.
    """
    home = Path(settings.PACKAGES_DIR)
    if found := whole_package(home / name_of_state(release, DataVersion.current())):
        return found
    with exclusive(home, patience), one_state():
        version = DataVersion.current()
        folder = home / name_of_state(release, version)
        # Somebody else may have made it while this one waited.
        if found := whole_package(folder):
            return found
        shutil.rmtree(folder, ignore_errors=True)
        made = write_version(folder, version, write_package)
        remove_earlier(home)
    return made


def whole_package(folder: Path) -> PublicPackage | None:
    """The package in a folder; None where there is none, or it was damaged: then it is made anew."""
    found = read_version(folder)
    return found if isinstance(found, PublicPackage) else None


def open_present(release: str, patience: float | None = None) -> tuple[PublicPackage, BinaryIO]:
    """The package of the present state, and its file, which stays readable whatever happens on the disk."""
    for _attempt in range(MOST_OPENING_TRIES):
        found = present(release, patience)
        try:
            return found, found.file.open("rb")
        except FileNotFoundError:
            continue
    raise FileNotFoundError(found.file)


def name_of_state(release: str, version: int) -> str:
    """The name of a state: all that decides on the bytes."""
    return f"{version}-{release}"


def remove_earlier(home: Path) -> None:
    """Remove earlier states, and what a crash has left. Only for the one who works in the folder alone."""
    remove_unfinished(home)
    states = sorted((each for each in home.iterdir() if each.is_dir()), key=lambda each: each.stat().st_mtime)
    for folder in states[:-MOST_STATES]:
        shutil.rmtree(folder, ignore_errors=True)
