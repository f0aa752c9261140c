"""Whether kept versions hold what they say: every byte, and every table that their descriptor names."""

import functools
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from partners.days import is_date
from partners.versions.comparing import sheets_of
from partners.versions.digests import RECORD, digest_of
from partners.versions.keeping import all_kept, home
from partners.versions.storage import LOCK, UNFINISHED, Damaged, PublicPackage

# What a zip raises that is not what it was, or was never a package.
PACKAGE_ERRORS = (
    *(BadZipFile, zlib.error, EOFError, OSError, RuntimeError, RecursionError),
    *(ValueError, KeyError, TypeError, AttributeError),
)

UNENDED = "left by a keep_version that did not end; the next one removes it"
NO_DAY = "its name is not a day such as 2025-12-31, so it is no version"


def checked(version: PublicPackage | Damaged) -> PublicPackage | Damaged:
    """A version, or what is wrong with it: its package is opened, and its tables read once for each state of it."""
    if isinstance(version, PublicPackage) and (
        problem := content_problem(version.file, version.facts.sha256)
    ):
        return Damaged(version.folder, problem)
    return version


@functools.lru_cache(maxsize=1000)
def content_problem(file: Path, sha256: str) -> str:
    """What is wrong with a package of these bytes, or ""."""
    try:
        with ZipFile(file) as package:
            for sheet in sheets_of(package).values():
                path, recorded = sheet.resource["path"], sheet.resource["hash"]
                with package.open(path) as table:
                    found = hashlib.file_digest(table, "sha256").hexdigest()
                if recorded.removeprefix("sha256:") != found or not set(sheet.key) <= set(sheet.columns):
                    return f"{path} in {file.name} is not the table that its datapackage.json describes"
    except PACKAGE_ERRORS as error:
        return f"{file.name} is not a package that can be read: {error}"
    return ""


def check_all() -> Iterator[PublicPackage | Damaged]:
    """Every kept version, each byte of which is read anew."""
    for each in all_kept():
        if isinstance(each, PublicPackage):
            # In case the disk has changed what nobody has written.
            if digest_of(each.file, anew=True) != each.facts.sha256:
                yield Damaged(
                    each.folder, f"{each.file.name} does not have the SHA-256 that it was kept with"
                )
                continue
            content_problem.cache_clear()
        yield checked(each)


def strays() -> list[str]:
    """What lies in the folder of versions and is none, each with what it may be."""
    names = sorted(each.name for each in home().iterdir()) if home().is_dir() else []
    found = [name for name in names if not is_date(name) and name != LOCK and not name.startswith(RECORD)]
    return [f"{name}: {UNENDED if name.endswith(UNFINISHED) else NO_DAY}" for name in found]
