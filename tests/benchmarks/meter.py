"""What something costs: the seconds of the processor in this process and in the database server, and on the clock."""

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

NANOSECONDS = 1e9


@dataclass
class Cost:
    """In seconds. `server` is what PostgreSQL spent beside this process; SQLite spends everything in it."""

    process: float = 0
    server: float = 0
    clock: float = 0

    @property
    def processor(self) -> float:
        return self.process + self.server


@contextmanager
def metered():
    """The cost of a block, complete when the block ends. Connections stay open, so that their server can be asked."""
    connection.settings_dict["CONN_MAX_AGE"] = None
    connection.ensure_connection()
    connection.close_at = None
    cost = Cost()
    before = (time.process_time(), of_server(), time.perf_counter())
    yield cost
    after = (time.process_time(), of_server(), time.perf_counter())
    cost.process, cost.server, cost.clock = (end - start for start, end in zip(before, after, strict=True))


def of_server() -> float:
    """The seconds that this connection's server has used the processor, and workers that helped it and are gone.

    Linux only: the server must run on this machine.
    """
    if connection.vendor != "postgresql":
        return 0
    backend = Path("/proc", str(connection.connection.info.backend_pid))
    nanoseconds = int((backend / "schedstat").read_text().split()[0])
    return nanoseconds / NANOSECONDS + of_children(parent_of(backend))


def parent_of(process: Path) -> Path:
    return process.with_name(fields_of(process)[1])


def of_children(process: Path) -> float:
    """The seconds of the children of a process that have ended."""
    user, system = fields_of(process)[13:15]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def fields_of(process: Path) -> list[str]:
    """What /proc says of a process after its name: its state, its parent, and so on."""
    return (process / "stat").read_text().rpartition(")")[2].split()
