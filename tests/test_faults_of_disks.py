"""Disks that are full, that cannot be written, and a file of SQLite that was damaged, under a server with people at work."""

import contextlib
import shutil
import sqlite3
from pathlib import Path

import pytest
from django.db import connection
from django.db.utils import ConnectionHandler

from genesis.databases import databases
from tests.curation import add_form
from tests.database import database_url
from tests.disks import SmallDisk, disks_can_be_made
from tests.faults import (
    BROKEN,
    Curators,
    assert_nothing_lost,
    cookie_of,
    get,
    is_put_off,
    post,
    until,
)
from tests.records import make_curator, make_partner
from tests.serving import ROOT, server_process

pytestmark = pytest.mark.django_db(transaction=True)
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has disks of its own.")
KEPT, UNSEEN, PACKAGE = "/partners/alpha/", "/partners/?q=alpha", "/data/partner-directory.zip"
FILE = "directory.sqlite3"
# Kilobytes: a small directory, and some room for what is written of it.
SIZE = 24 * 1024


@pytest.fixture
def curator(client):
    make_partner("Alpha")
    client.force_login(make_curator())
    return add_form(client, "sector"), cookie_of(client)


@pytest.fixture
def var(tmp_path):
    """What a server's disk begins with: the static files of this checkout, and the file of SQLite where that is used."""
    holds, place = tmp_path / "holds", tmp_path / "var"
    holds.mkdir()
    place.mkdir()
    (holds / "static").symlink_to(ROOT / "var" / "static")
    return holds, place


def copy_database(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)


def small_disk(var, **how) -> SmallDisk:
    holds, place = var
    if not disks_can_be_made(place):
        pytest.skip("Processes may not have disks of their own here (unshare --mount).")
    return SmallDisk(place, holds, SIZE, **how)


def copied(path: Path, folder: Path) -> Path:
    """A copy of a file of SQLite in which nobody writes; SQLite itself does not find its way to a disk seen from outside."""
    for ending in ("", "-wal"):
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(f"{path}{ending}", f"{folder / path.name}{ending}")
    return folder / path.name


def rows_of(path: Path):
    """Asks a file of SQLite."""

    def ask(statement: str) -> list[tuple]:
        with contextlib.closing(sqlite3.connect(path)) as opened:
            return opened.execute(statement).fetchall()

    return ask


@on_sqlite
def test_the_disk_is_full_while_people_save(curator, var, tmp_path):
    form, cookie = curator
    copy_database(var[0] / FILE)
    disk = small_disk(var)
    own = {"VAR_DIR": str(disk.place), "VISITOR_SECONDS": "0"}
    with server_process(f"sqlite:///{disk.place / FILE}", workers=2, within=disk.within, **own) as (
        port,
        server,
    ):
        disk.of(server)
        with Curators(port, cookie, form) as curators:
            curators.until_more("saved")
            disk.fill()
            curators.until_more("later")
            # Who reads is answered as before.
            for address in (KEPT, UNSEEN, "/partners.csv"):
                assert get(port, address)[0] == 200, address
            assert is_put_off(*get(port, PACKAGE)[:2])
            assert "MB left" in get(port, "/readyz")[2]
            disk.make_room()
            curators.until_more("saved")
        until(lambda: get(port, PACKAGE)[0] == 200)
        assert_nothing_lost(curators, rows_of(copied(disk.seen / FILE, tmp_path)))


def test_var_cannot_be_written(curator, var):
    form, cookie = curator
    disk = small_disk(var, is_read_only=True)
    own = {"VAR_DIR": str(disk.place), "VISITOR_SECONDS": "0"}
    with server_process(database_url(), within=disk.within, **own) as (port, server):
        disk.of(server)
        for address in (KEPT, UNSEEN, "/partners.csv"):
            assert get(port, address)[0] == 200, address
        sent = form.data | {"name_en": "New", "_save": "1"}
        assert post(port, form.url, sent, cookie)[0] == 302
        assert is_put_off(*get(port, PACKAGE)[:2])
        status, _headers, told = get(port, "/readyz")
        assert status == 200 and "cannot be written" in told
        disk.allow_writing()
        assert get(port, PACKAGE)[0] == 200


@on_sqlite
def test_the_file_of_sqlite_cannot_be_written(curator, var):
    form, cookie = curator
    copy_database(var[0] / FILE)
    disk = small_disk(var, is_read_only=True)
    own = {"VAR_DIR": str(disk.place), "VISITOR_SECONDS": "0"}
    with server_process(f"sqlite:///{disk.place / FILE}", within=disk.within, **own) as (port, server):
        disk.of(server)
        for address in (KEPT, "/partners.csv", "/admin/"):
            assert is_put_off(*get(port, address, cookie)[:2]), address
        assert get(port, "/readyz")[0] == 503
        disk.allow_writing()
        assert get(port, KEPT)[0] == 200
        assert post(port, form.url, form.data | {"name_en": "New", "_save": "1"}, cookie)[0] == 302


@on_sqlite
def test_the_file_of_sqlite_is_damaged(curator, tmp_path):
    """As a bad disk leaves it: what is read of it is right, or put off, until a whole one is in its place."""
    form, cookie = curator
    path, whole = tmp_path / FILE, tmp_path / "whole.sqlite3"
    for each in (path, whole):
        copy_database(each)
    addresses = (KEPT, UNSEEN, "/partners/?q=lph", "/partners.csv", "/agreements.json", "/sectors/")
    sent = form.data | {"name_en": "New", "_save": "1"}
    with server_process(f"sqlite:///{path}", VISITOR_SECONDS="0") as (port, _server):
        right = {address: get(port, address)[2] for address in addresses}
        damage(path)
        for address in [*addresses, "/search/?q=alpha"]:
            # A file that is on its way breaks off, so that nobody takes it for a whole one.
            with contextlib.suppress(*BROKEN):
                status, headers, text = get(port, address)
                assert is_put_off(status, headers) or text == right.get(address), address
        assert is_put_off(*post(port, form.url, sent, cookie)[:2])
        assert get(port, "/readyz")[0] == 503

        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        whole.replace(path)
        assert {address: get(port, address)[2] for address in addresses} == right
        assert post(port, form.url, sent, cookie)[0] == 302
    assert rows_of(path)("SELECT name_en FROM partners_sector WHERE name_en = 'New'")


def damage(path: Path) -> None:
    """Overwrite a file, but for what says that it is one of SQLite."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * (size - 100))


@on_sqlite
def test_what_was_said_to_be_saved_is_on_the_disk(db, tmp_path):
    """SQLite waits for the disk with each commit (2 is FULL, https://sqlite.org/pragma.html#pragma_synchronous)."""
    site = ConnectionHandler(databases(tmp_path))["default"]
    site.make_file()
    with contextlib.closing(site), site.cursor() as cursor:
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)
