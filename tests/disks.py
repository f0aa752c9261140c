"""A small disk for one server: memory of the machine, in a mount namespace that nobody else sees."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

# As root of a namespace of users, where this one is not root.
AS_ROOT = [] if os.geteuid() == 0 else ["--map-root-user"]
UNSHARE = ["unshare", "--mount", *AS_ROOT]
MOUNT = 'mount -t tmpfs -o size={size}k,mode=700 none "{place}"'


def disks_can_be_made(place: Path) -> bool:
    """Whether this machine lets a process have a disk of its own."""
    if not (shutil.which("unshare") and shutil.which("nsenter")):
        return False
    command = [*UNSHARE, "sh", "-c", MOUNT.format(size=64, place=place)]
    return subprocess.run(command, capture_output=True).returncode == 0


class SmallDisk:
    """A disk at an empty folder `place`, which begins with what is in the folder `holds`; of so many kilobytes.

    `within` stands before the command of a server that is to have it. Tell the disk that server by `of`.
    """

    def __init__(self, place: Path, holds: Path, size: int, is_read_only: bool = False):
        self.place, self.number = place, 0
        steps = [MOUNT.format(size=size, place=place), f'cp -a "{holds}/." "{place}/"']
        if is_read_only:
            steps.append(f'mount -o remount,ro "{place}"')
        self.within = [*UNSHARE, "sh", "-c", " && ".join([*steps, 'exec "$@"']), "sh"]

    def of(self, server: subprocess.Popen) -> "SmallDisk":
        self.number = server.pid
        return self

    @property
    def seen(self) -> Path:
        """Where the disk is seen from outside, as long as the server runs."""
        return Path(f"/proc/{self.number}/root{self.place}")

    def fill(self) -> None:
        """Leave no room at all."""
        with (self.seen / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"x" * 4096):
                pass

    def make_room(self) -> None:
        (self.seen / "filler").unlink()

    def allow_writing(self) -> None:
        users = ["--user", "--preserve-credentials"] if AS_ROOT else []
        command = ["nsenter", "--target", str(self.number), "--mount", *users]
        subprocess.run([*command, "mount", "-o", "remount,rw", str(self.place)], check=True)
