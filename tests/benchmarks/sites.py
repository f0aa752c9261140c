"""The site as `make run` serves it, on data of its own that may be changed: what goes with the block."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import rivals
from tests.benchmarks.__main__ import SHIPPED, built
from tests.postgres import find_binaries, started


@dataclass(frozen=True)
class Served:
    """A server that runs: its port, the number of gunicorn's first process, where its errors are told, its database."""

    port: int
    process: int
    log: Path
    database: str

    def workers(self) -> list[int]:
        """The numbers of its web processes."""
        found = Path(f"/proc/{self.process}/task/{self.process}/children").read_text()
        return [int(each) for each in found.split()]

    def memory(self) -> list[float]:
        """The megabytes of each web process that no other process shares."""
        found = []
        for number in self.workers():
            text = Path(f"/proc/{number}/smaps_rollup").read_text()
            private = re.findall(r"^Private_\w+:\s+(\d+) kB", text, re.MULTILINE)
            found.append(sum(map(int, private)) / 1024)
        return found

    def errors(self) -> list[str]:
        """The lines in which the server told of an exception."""
        return [
            line for line in self.log.read_text().splitlines() if re.match(r"\w*(Error|Exception)\b", line)
        ]


@contextmanager
def data(engine: str, size: int = SHIPPED) -> Iterator[str]:
    """The address of a database with so many organizations, which goes with the block."""
    more = 0 if size == SHIPPED else size
    if engine == "postgresql":
        with started(find_binaries()[0]) as url:
            run(url, "-m", "tests.benchmarks.data", str(more))
            yield url
    else:
        with tempfile.TemporaryDirectory(prefix="load-") as home:
            shutil.copy(built(more), Path(home) / "directory.sqlite3")
            yield f"sqlite:///{home}/directory.sqlite3"


def run(url: str, *command: str) -> str:
    """What a Python command says on a database. Raises CalledProcessError where it fails."""
    environment = rivals.environment(DATABASE_URL=url)
    return subprocess.run(
        [sys.executable, *command],
        cwd=rivals.ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@contextmanager
def site(database: str, workers: int = 2, **environment: str) -> Iterator[Served]:
    """The site on a database, with gunicorn's settings of `make run`."""
    with tempfile.TemporaryDirectory(prefix="load-") as home:
        port, log = rivals.free_port(), Path(home) / "log"
        command = [sys.executable, "-m", "gunicorn", "genesis.wsgi", "--bind", f"{rivals.HOST}:{port}"]
        own = {"DATABASE_URL": database, "SITE_URL": "http://localhost", "GUNICORN_CMD_ARGS": ""}
        own |= {"VAR_DIR": home}
        # It was collected once; a folder of its own is for what the site writes.
        (Path(home) / "static").symlink_to(rivals.ROOT / "var" / "static")
        with log.open("w") as errors:
            process = subprocess.Popen(
                [*command, "--workers", str(workers)],
                cwd=rivals.ROOT,
                env=rivals.environment(**own | environment),
                stdout=errors,
                stderr=errors,
            )
        try:
            rivals.wait_until_open(process, port)
            yield Served(port, process.pid, log, database)
        finally:
            process.terminate()
            process.wait(timeout=60)


def machine() -> str:
    return f"{os.cpu_count()} cores, of which others take some (load {os.getloadavg()[0]:.1f})"
