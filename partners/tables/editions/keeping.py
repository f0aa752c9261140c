"""Versions of the public data, kept by date so that they can be cited: one a day, and none ever changes."""

import datetime
import re
import shutil
from pathlib import Path

from django.conf import settings

from partners.tables.editions.now import open_present
from partners.tables.editions.storage import Edition, alone, read_edition, remove_unfinished, write_edition

DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class NotKept(Exception):
    """A version cannot be kept; says why."""


def home() -> Path:
    return Path(settings.VERSIONS_DIR)


def is_date(text: str) -> bool:
    """Whether a text is a day of the calendar as 2025-12-31."""
    try:
        return bool(DATE.fullmatch(text)) and bool(datetime.date.fromisoformat(text))
    except ValueError:
        return False


def kept() -> list[Edition]:
    """Every kept version, the newest first."""
    if not home().is_dir():
        return []
    names = sorted((each.name for each in home().iterdir() if is_date(each.name)), reverse=True)
    return [edition for name in names if (edition := read_edition(home() / name))]


def kept_on(date: str) -> Edition | None:
    """The version that was kept by a date, or None."""
    return read_edition(home() / date) if is_date(date) else None


def state_of_kept() -> str:
    """A text that is another one whenever there is another version; does not open any."""
    folders = sorted(home().iterdir()) if home().is_dir() else []
    return " ".join(f"{each.name}:{each.stat().st_mtime_ns}" for each in folders if is_date(each.name))


def keep(date: datetime.date, release: str) -> tuple[Edition, bool]:
    """Keep the present public package by a date. Returns it, and whether it was not kept by that date before.

    Raises NotKept, and changes nothing, where other data stand under that date already, and OSError where nothing
    can be written.
    """
    present, file = open_present(release)
    with file:

        def copy(copied) -> dict[str, int]:
            shutil.copyfileobj(file, copied)
            return present.facts.rows

        folder = home() / date.isoformat()
        try:
            with alone(home(), None):
                remove_unfinished(home())
                return write_edition(folder, present.facts.version, copy), True
        except FileExistsError as error:
            before = kept_on(date.isoformat())
            if before and before.facts.sha256 == present.facts.sha256:
                return before, False
            raise NotKept(
                f"Other data are kept by {date} already, and somebody may have cited them; they stay as they are. "
                f"Keep the present ones by another day, or remove {folder} yourself first."
            ) from error
