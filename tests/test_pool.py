"""The pool of connections to PostgreSQL: its size, requests that share it, and servers that are started anew."""

import os
import runpy
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from genesis.databases import database_at
from tests.database import database_url
from tests.records import make_partner
from tests.serving import ROOT, send, server_process

NAME = "the-process-of-this-test"
COUNT = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no pool.")


def threads_of_server() -> int:
    return runpy.run_path(str(ROOT / "gunicorn.conf.py"))["threads"]


def asked(statement: str) -> list:
    with connection.cursor() as cursor:
        cursor.execute(statement, [NAME])
        return cursor.fetchall()


@pytest.fixture
def pooled():
    make_partner("Alpha")
    with server_process(database_url(), DATABASE_POOL="2", PGAPPNAME=NAME) as (port, _process):
        yield port


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_threads_share_a_pool_that_survives_its_server(pooled):
    def ask(number: int) -> int:
        return send(pooled, f"/partners.csv?q={number}")[0]

    with ThreadPoolExecutor(8) as visitors:
        assert list(visitors.map(ask, range(40))) == [200] * 40
    assert asked(COUNT)[0][0] in (1, 2)

    # As a restart does it: whoever asks next finds out, and is answered all the same.
    assert asked(END)
    assert [ask(number) for number in range(41, 46)] == [200] * 5


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_worker_works_with_the_pool():
    environment = os.environ | {"DATABASE_URL": database_url(), "DATABASE_POOL": "1"}
    command = [sys.executable, "manage.py", "work", "--once"]

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")


def test_size_of_the_pool_is_a_setting(monkeypatch):
    for given, most in (("", threads_of_server()), ("7", 7)):
        monkeypatch.setenv("DATABASE_POOL", given)
        found = database_at("postgres://host/name")
        assert (found["OPTIONS"]["pool"]["max_size"], found["CONN_MAX_AGE"]) == (most, 0)
        assert "pool" not in database_at("sqlite:///x")["OPTIONS"]
    monkeypatch.setenv("DATABASE_POOL", "0")
    found = database_at("postgres://host/name")
    assert "pool" not in found["OPTIONS"] and found["CONN_MAX_AGE"] == 60
    monkeypatch.setenv("DATABASE_POOL", "many")
    with pytest.raises(ImproperlyConfigured, match="DATABASE_POOL"):
        database_at("postgres://host/name")
