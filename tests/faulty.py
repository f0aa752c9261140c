"""The site with a fault in it, for tests alone: `gunicorn tests.faulty`. A request whose header X-Fault names a moment ends
its process there, as SIGKILL does: "written", once it has written of an organization; "commit", just before what it wrote
of one is committed; "committed", just after, before anybody is told."""

import contextlib
import os
import re
import signal
from unittest import mock

from django.db import connection

from genesis.wsgi import application as site

WRITES = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM) "partners_organization')


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
