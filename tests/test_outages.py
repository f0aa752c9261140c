"""While the database is away every answer says so, in its own form, and what is known to be right is given on."""

import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from unittest import mock
from urllib.parse import quote, urlsplit

import pytest
from django.db import Error, IntegrityError, connection, connections
from django.db.utils import DatabaseError

from genesis.databases import SQLITE_OPTIONS
from partners import caching
from partners.engines.outage import is_busy, is_outage
from partners.engines.sqlite3.base import DatabaseWrapper
from partners.models import Organization
from tests.records import make_curator, make_partner
from tests.serving import ROOT, send, served
from tests.test_caching import database_url

KEPT, UNSEEN = "/partners/alpha/", "/partners/?q=alpha"
FORMS = {
    UNSEEN: "text/html",
    "/": "text/html",
    "/agreements/": "text/html",
    "/partners.json": "application/problem+json",
    "/partners.ndjson": "application/problem+json",
    "/partners/alpha.json": "application/problem+json",
    "/partners.csv-metadata.json": "application/problem+json",
    "/api/openapi.json": "application/problem+json",
    "/partners.csv": "text/plain",
    "/partners.xlsx": "text/plain",
    "/partners.atom": "text/plain",
    "/timeline.ics": "text/plain",
    "/sitemap.xml": "text/plain",
    "/data/partner-directory.zip": "text/plain",
    "/picture.png": "text/plain",
}


class Line:
    """A line to PostgreSQL that can be cut and mended: what comes to its port goes to the server, and back."""

    def __init__(self, url: str):
        self.url, self.pairs = urlsplit(url), []
        self.port = 0
        self.mend()

    def mend(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self.accept, args=[self.listening], daemon=True).start()

    def cut(self) -> None:
        """As a server that is killed: open connections break, and nobody listens."""
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        for end in self.pairs:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.pairs.clear()

    def accept(self, listening) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _address = listening.accept()
                settings = connection.settings_dict
                if settings["HOST"].startswith("/"):
                    far = socket.socket(socket.AF_UNIX)
                    far.connect(f"{settings['HOST']}/.s.PGSQL.{settings['PORT'] or 5432}")
                else:
                    far = socket.create_connection((settings["HOST"], int(settings["PORT"] or 5432)))
                self.pairs += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self.carry, args=[one, other], daemon=True).start()

    def carry(self, one, other) -> None:
        with contextlib.suppress(OSError):
            while piece := one.recv(65536):
                other.sendall(piece)

    @property
    def through(self) -> str:
        settings = connection.settings_dict
        user = f"{settings['USER']}:{quote(settings['PASSWORD'], safe='')}"
        return f"postgres://{user}@127.0.0.1:{self.port}/{settings['NAME']}?sslmode=disable"


class File:
    """A copy of the database of the tests, which can be taken away and put back."""

    def __init__(self, folder: Path):
        self.path, self.away = folder / "directory.sqlite3", folder / "away.sqlite3"
        with contextlib.closing(sqlite3.connect(self.path)) as copy:
            connection.connection.backup(copy)
        self.through = f"sqlite:///{self.path}"

    def cut(self) -> None:
        self.path.rename(self.away)

    def mend(self) -> None:
        assert not self.path.exists(), "a request made an empty database"
        self.away.rename(self.path)


@pytest.fixture
def way(transactional_db, tmp_path):
    """A way to a directory with one partner that can be cut and mended, on either engine."""
    make_partner("Alpha")
    way = File(tmp_path) if connection.vendor == "sqlite" else Line(database_url())
    yield way
    if isinstance(way, Line):
        way.cut()


def test_every_answer_says_that_the_database_is_away_until_it_is_back(way):
    with served(way.through) as port:
        kept = send(port, KEPT)
        assert kept[0] == send(port, "/readyz")[0] == 200

        way.cut()
        for _time in range(2):
            # Nothing can have changed since it was made a moment ago.
            assert send(port, KEPT)[2] == kept[2]
            for address, form in FORMS.items():
                status, head, body = send(port, address)
                assert status == 503, address
                assert "retry-after: 30" in head.lower() and f"content-type: {form}" in head.lower(), address
                assert b"does not answer just now" in body
                if "problem" in form:
                    assert json.loads(body)["status"] == 503
            assert send(port, "/readyz", host="10.0.0.1")[0] == 503
            assert (send(port, "/healthz")[0], send(port, "/nowhere/")[0]) == (200, 404)

        way.mend()
        for address in FORMS:
            assert send(port, address)[0] == 200, address
        assert send(port, "/readyz")[0] == 200


def test_curator_is_told_too(way, client):
    """The session is asked of the database as well."""
    client.force_login(make_curator())
    cookie = ("Cookie", f"sessionid={client.cookies['sessionid'].value}")
    if connection.vendor == "sqlite":
        way.path.unlink()
        way.__init__(way.path.parent)
    with served(way.through) as port:
        assert send(port, "/admin/", cookie)[0] == 200
        way.cut()

        status, head, body = send(port, "/admin/partners/organization/", cookie)
        assert (status, "retry-after: 30" in head.lower()) == (503, True)
        assert b"<h1>One moment</h1>" in body
        way.mend()
        assert send(port, "/admin/", cookie)[0] == 200


@pytest.mark.django_db
def test_kept_page_stands_in_for_a_moment_only(client, monkeypatch):
    make_partner("Alpha")
    page = client.get(KEPT)
    away = DatabaseError("file is not a database")
    away.__cause__ = sqlite3.DatabaseError()
    away.__cause__.sqlite_errorcode = sqlite3.SQLITE_NOTADB
    locked = DatabaseError("database is locked")
    locked.__cause__ = sqlite3.OperationalError()
    locked.__cause__.sqlite_errorcode = sqlite3.SQLITE_BUSY

    def down(error):
        def current():
            raise error

        monkeypatch.setattr(caching.DataVersion, "current", current)

    down(away)
    assert client.get(KEPT).content == page.content
    assert client.get(KEPT, headers={"If-None-Match": page["ETag"]}).status_code == 304
    assert client.get(KEPT, headers={"HX-Request": "true"}).status_code == 200, (
        "made of what the database says"
    )
    down(locked)
    assert client.get(KEPT).status_code == 503, "somebody is changing what is kept"
    down(away)
    now = caching.time.monotonic()
    monkeypatch.setattr(caching.time, "monotonic", lambda: now + caching.STANDS_IN + 1)
    assert client.get(KEPT).status_code == 503
    monkeypatch.undo()
    Organization.objects.filter(slug="alpha").update(name="Changed")
    assert b"Changed" in client.get(KEPT).content


@pytest.mark.django_db
def test_nothing_stands_in_once_somebody_has_saved(client, monkeypatch):
    """Another process may have shown him the list with it: who reads is put off, and not shown the one of before."""
    make_partner("Alpha")
    assert client.get(KEPT).status_code == 200
    client.post("/admin/login/", {"login": "somebody"})
    away = DatabaseError("file is not a database")
    away.__cause__ = sqlite3.DatabaseError()
    away.__cause__.sqlite_errorcode = sqlite3.SQLITE_NOTADB
    monkeypatch.setattr(caching.DataVersion, "current", mock.Mock(side_effect=away))

    assert client.get(KEPT).status_code == 503


@pytest.mark.django_db
def test_mistake_in_the_code_is_no_outage(client, monkeypatch):
    client.raise_request_exception = False

    def broken():
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing_of_that_name FROM partners_organization")

    monkeypatch.setattr(caching.DataVersion, "current", broken)

    assert client.get(KEPT).status_code == 500


@pytest.mark.django_db(transaction=True)
def test_connection_that_is_killed_on_the_server_is_an_outage(client):
    make_partner("Alpha")
    client.get(KEPT)
    if connection.vendor == "sqlite":
        connection.connection.close()
        pytest.raises(Error, Organization.objects.count)
    else:
        with contextlib.closing(connections.create_connection("default")) as other, other.cursor() as cursor:
            connection.ensure_connection()
            cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        with pytest.raises(Error) as raised:
            Organization.objects.count()
        assert is_outage(raised.value) and not is_busy(raised.value)
    connection.close()
    assert client.get(KEPT).status_code == 200


# A file that is missing, locked or damaged


def as_lost(path: Path):
    pass


def as_emptied(path: Path):
    path.touch()


def as_overwritten(path: Path):
    path.write_bytes(b"no database at all " * 500)


def as_cut_in_the_middle(path: Path):
    with contextlib.closing(sqlite3.connect(path)) as made:
        made.executescript(
            "CREATE TABLE partners_dataversion (number); CREATE TABLE x (y); PRAGMA journal_mode=WAL"
        )
        made.executemany("INSERT INTO x VALUES (?)", [["x" * 4000]] * 9)
        made.execute("INSERT INTO partners_dataversion VALUES (1)")
        made.commit()
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 8192)


def as_locked(path: Path):
    made = sqlite3.connect(path, isolation_level=None)
    made.executescript("CREATE TABLE partners_dataversion (number); BEGIN EXCLUSIVE")
    return made


@pytest.mark.django_db
@pytest.mark.parametrize("damage", [as_lost, as_emptied, as_overwritten, as_cut_in_the_middle, as_locked])
def test_file_that_cannot_be_read_is_an_outage(tmp_path, damage):
    held = damage(tmp_path / "x.sqlite3")
    options = SQLITE_OPTIONS | {"timeout": 0}
    other = DatabaseWrapper(
        connection.settings_dict | {"NAME": str(tmp_path / "x.sqlite3"), "OPTIONS": options}, "other"
    )

    with pytest.raises(Error) as raised, other.cursor() as cursor:
        cursor.execute("SELECT number FROM partners_dataversion").fetchall()

    other.close()
    assert is_outage(raised.value)
    assert is_busy(raised.value) == (damage is as_locked)
    assert (tmp_path / "x.sqlite3").exists() == (damage is not as_lost)
    if held:
        held.close()


def test_wrong_statements_are_no_outage(db):
    for statement in ("SELECT x FROM partners_organization", "SELEC 1", "SELECT no_function(1)"):
        with pytest.raises(Error) as raised, connection.cursor() as cursor:
            try:
                cursor.execute("SAVEPOINT here")
                cursor.execute(statement)
            finally:
                cursor.execute("ROLLBACK TO SAVEPOINT here")
        assert not is_outage(raised.value), statement
    assert not is_outage(IntegrityError("twice")) and not is_outage(ValueError("x"))


def test_commands_say_where_there_is_no_database_and_only_migrate_makes_one(tmp_path):
    path = tmp_path / "lost.sqlite3"
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{path}"}

    def run(*command):
        return subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, capture_output=True, text=True
        )

    for command in (["load_dataset", "--if-empty"], ["dump_dataset", str(tmp_path)], ["migrate", "--plan"]):
        failed = run(*command)
        assert failed.returncode and not path.exists()
        assert f"There is no database at {path}." in failed.stderr and "Traceback" not in failed.stderr

    made = run("migrate", "-v", "0", "contenttypes")
    assert made.returncode == 0 and path.exists()
    assert f"There was no database at {path}: made a new one, which is empty." in made.stderr
    assert run("migrate", "-v", "0", "contenttypes").stderr == ""


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no file to put back under it.")
@pytest.mark.django_db(transaction=True)
def test_nothing_is_written_to_a_file_that_another_one_has_replaced(tmp_path):
    """Whoever restores a backup under a running server reads it with the next request."""
    make_partner("Alpha")
    file = File(tmp_path)
    with served(file.through) as port:
        assert b"Alpha" in send(port, "/partners.csv")[2]
        file.cut()
        Organization.objects.filter(slug="alpha").update(name="Restored")
        file = File(tmp_path)

        assert b"Restored" in send(port, "/partners.csv")[2]
