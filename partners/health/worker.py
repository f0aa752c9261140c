"""The sign by which a worker (`manage.py work`) says on its machine that it lives: a file that it touches."""

import os
import time
from pathlib import Path

from django.conf import settings

# A worker looks for work each second, and a step of work takes a few.
SILENT_FOR = 60


def sign() -> Path:
    return Path(settings.VAR_DIR) / "worker"


def give_sign() -> None:
    """A folder that cannot be written keeps nobody from working: `doctor` tells of it."""
    try:
        sign().touch()
    except OSError:
        return


def is_worker_alive() -> bool:
    try:
        return time.time() - os.stat(sign()).st_mtime < SILENT_FOR
    except OSError:
        return False
