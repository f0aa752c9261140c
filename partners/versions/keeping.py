"""Versions of the public data, kept by date so that they can be cited: one a day, and none ever changes."""

import datetime
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from partners.days import is_date
from partners.versions.digests import signature_of
from partners.versions.now import open_present
from partners.versions.storage import (
    ABOUT,
    PACKAGE,
    Damaged,
    Facts,
    PublicPackage,
    exclusive,
    read_version,
    remove_unfinished,
    write_version,
)


class NotKept(Exception):
    """A version cannot be kept; says why."""


def home() -> Path:
    return Path(settings.VERSIONS_DIR)


def days() -> list[str]:
    """The names in the folder of versions that are days, the newest first."""
    try:
        return sorted((each.name for each in home().iterdir() if is_date(each.name)), reverse=True)
    except OSError:
        return []


def all_kept() -> Iterator[PublicPackage | Damaged]:
    """Every kept version, the newest first, whether it is whole or not."""
    for name in days():
        # Somebody may remove one meanwhile.
        if found := read_version(home() / name):
            yield found


def kept() -> list[PublicPackage]:
    """Every kept version that has the bytes it was kept with, the newest first."""
    return [each for each in all_kept() if isinstance(each, PublicPackage)]


def kept_on(date: str) -> PublicPackage | Damaged | None:
    """The version that was kept by a date, or None."""
    return read_version(home() / date) if is_date(date) else None


def state_of_kept() -> str:
    """A text that is another one whenever there is another version, or one was touched; does not open any."""
    return " ".join(
        f"{name}:{touched(home() / name / ABOUT)}:{touched(home() / name / PACKAGE)}" for name in days()
    )


def touched(file: Path) -> str:
    try:
        return "-".join(map(str, signature_of(file.stat())))
    except OSError:
        return ""


def keep_version(date: datetime.date, release: str) -> tuple[PublicPackage, bool]:
    """Keep the present public package by a date. Returns it, and whether it was not kept by that date before.

    Raises NotKept, and changes nothing, where the data were not so on that day, or other data stand under it already,
    and OSError where nothing can be written.
    """
    present, file = open_present(release)
    with file:
        refuse_false_day(date, present.facts)

        def copy(copied) -> dict[str, int]:
            shutil.copyfileobj(file, copied)
            return present.facts.rows

        folder = home() / date.isoformat()
        try:
            with exclusive(home(), None):
                remove_unfinished(home())
                return write_version(folder, present.facts.version, copy, dated=True), True
        except FileExistsError as error:
            return same_as_before(folder, present, error), False


def refuse_false_day(date: datetime.date, facts: Facts) -> None:
    """Raise NotKept unless the data were on that day what they are now."""
    today, since = timezone.now().date(), facts.moment
    allowed = f"{since.date()} to {today}" if since.date() < today else f"{today}, which is today (UTC)"
    if date > today:
        raise NotKept(f"{date} has not come yet. Allowed: {allowed}.")
    if date < since.date():
        raise NotKept(
            f"The data were not yet so on {date}: they were last changed on {since:%Y-%m-%d at %H:%M} UTC. "
            f"Allowed: {allowed}."
        )


def same_as_before(folder: Path, present: PublicPackage, error: FileExistsError) -> PublicPackage:
    """The version that is kept already, where it holds the present data. Raises NotKept where it does not."""
    before = read_version(folder)
    if isinstance(before, Damaged):
        raise NotKept(
            f"The version kept by {before.date} is damaged: {before.problem}. It stays as it is. Bring it back from a "
            f"backup, or move {folder} away first."
        ) from error
    if before and before.facts.sha256 == present.facts.sha256:
        return before
    raise NotKept(
        f"Other data are kept by {folder.name} already, and somebody may have cited them; they stay as they are. "
        f"Keep the present ones by another day, or remove {folder} yourself first."
    ) from error
