"""Digests of files, made anew only where a file may have changed since its last one was made.

That a file has not changed is told by its place on the disk, its size and two times, of which nobody can set the second
one (ctime). What was written in the last seconds is digested each time: it could be written once more within one tick
of the clock. The digests are kept in the memory of each process, and beside the folders for the next one.
"""

import contextlib
import hashlib
import json
import os
import tempfile
import threading
import time
from pathlib import Path

RECORD = ".digests.json"
# Seconds after which a file that was written again has another time.
TICK = 2

type_of_signature = list[int]

known: dict[str, tuple[type_of_signature, str]] = {}
lock = threading.Lock()


def digest_of(file: Path, anew: bool = False) -> str:
    """The SHA-256 of a file in hexadecimal; `anew` takes no earlier one. Raises OSError where it cannot be read."""
    with file.open("rb") as opened:
        signature = signature_of(os.fstat(opened.fileno()))
        if not anew and (digest := remembered(file, signature)):
            return digest
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    remember(file, signature, digest)
    return digest


def signature_of(stat: os.stat_result) -> type_of_signature:
    """A value that changes whenever a file is replaced or written to."""
    return [stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]


def remembered(file: Path, signature: type_of_signature) -> str:
    """The digest that was recorded for a file; "" where the file may have changed since."""
    for found in (known.get(str(file)), recorded(file.parent.parent).get(file.parent.name)):
        if found and list(found[0]) == signature:
            known[str(file)] = (signature, found[1])
            return found[1]
    return ""


def remember(file: Path, signature: type_of_signature, digest: str) -> None:
    """Keep a digest, unless the file is so new that it could be written again and look the same."""
    if time.time() - max(signature[3:]) / 1e9 < TICK:
        return
    known[str(file)] = (signature, digest)
    home = file.parent.parent
    # A folder that may not be written to is digested by each process once.
    with lock, contextlib.suppress(OSError):
        kept = {name: each for name, each in recorded(home).items() if (home / name).is_dir()}
        write_record(home, kept | {file.parent.name: (signature, digest)})


def recorded(home: Path) -> dict[str, tuple[type_of_signature, str]]:
    """The digests that stand beside the folders, by folder; none where somebody has spoiled them."""
    try:
        found = json.loads((home / RECORD).read_bytes())
        return {str(name): (list(signature), str(digest)) for name, (signature, digest) in found.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def write_record(home: Path, digests: dict) -> None:
    handle, name = tempfile.mkstemp(prefix=RECORD, dir=home)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(digests, file)
        os.replace(name, home / RECORD)
    except OSError:
        os.unlink(name)
        raise
