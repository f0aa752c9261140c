"""What this release is: the code and all else but the data that decides on what is answered."""

import functools
import hashlib
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).resolve().parents[1]
# Pages, files and words; and the libraries, of which some bring names of countries and words of their own.
DECIDING = (
    "partners/**/*.py",
    "partners/static/**/*.*",
    "partners/locale/**/*.mo",
    "genesis/**/*.py",
    "templates/**/*.html",
    "requirements.txt",
)


def release() -> str:
    """Names this release, the same in every process that runs it with the same settings for what it says."""
    said = (settings.DATA_LICENCE, settings.PUBLISHER, settings.CONTACT, settings.CORRECTIONS)
    parts = (fingerprint(), settings.SITE_URL, *said)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


@functools.cache
def fingerprint() -> str:
    """A digest of the files of this release."""
    digest = hashlib.sha256()
    for pattern in DECIDING:
        for file in sorted(ROOT.glob(pattern)):
            digest.update(file.read_bytes())
    return digest.hexdigest()
