"""The site with faults in it, for tests alone: `gunicorn tests.faulty`.

A request whose header X-Fault names a moment ends its process there, as SIGKILL does: "written", once it has written of an
organization; "commit", just before what it wrote of one is committed; "committed", just after, before anybody is told.

The file that FAULTY_CLOCK names holds by how many seconds the clock of its processes is wrong, that of SQLite in them too;
what counts seconds by themselves goes on.
"""

import contextlib
import os
import re
import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

from django.db import connection
from django.db.backends.signals import connection_created
from django.utils import timezone

from genesis.wsgi import application as site

WRITES = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM) "partners_organization')
CLOCK = os.environ.get("FAULTY_CLOCK")


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@contextlib.contextmanager
def killed_at(moment: str):
    written = []

    def execute(run, sql, *given):
        found = run(sql, *given)
        if WRITES.match(sql):
            written.append(sql)
            if moment == "written":
                killed()
        return found

    whole = connection._commit

    def commit():
        if written and moment == "commit":
            killed()
        whole()
        if written:
            killed()

    with connection.execute_wrapper(execute), mock.patch.object(connection, "_commit", commit):
        yield


def application(environ, start_response):
    moment = environ.get("HTTP_X_FAULT")
    with killed_at(moment) if moment else contextlib.nullcontext():
        return site(environ, start_response)


# A wrong clock


def set_wrong(file: Path) -> None:
    right = time.time
    time.time = lambda: right() + int(file.read_text())
    timezone.now = lambda: datetime.fromtimestamp(time.time(), UTC)

    def julianday(value: str) -> float:
        assert value == "now"
        return 2440587.5 + time.time() / 86400

    def strftime(form: str, value: str) -> str:
        assert (form, value) == ("%Y-%m-%d %H:%M:%f", "now")
        return f"{timezone.now():%Y-%m-%d %H:%M:%S.%f}"[:-3]

    def in_sqlite(connection, **_facts) -> None:
        if connection.vendor == "sqlite":
            connection.connection.create_function("julianday", 1, julianday)
            connection.connection.create_function("strftime", 2, strftime)

    connection_created.connect(in_sqlite, weak=False)


if CLOCK:
    set_wrong(Path(CLOCK))
