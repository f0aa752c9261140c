"""The pool of connections to PostgreSQL: its size, threads that share it, and servers that are started anew."""

import os
import runpy
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from genesis.databases import database_at, pool_of
from partners.engines.postgresql.base import DatabaseWrapper
from tests.clusters import until
from tests.database import database_url
from tests.records import make_partner
from tests.serving import ROOT, send, server_process

NAME = "the-process-of-this-test"
COUNT = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
END = "SELECT pg_terminate_backend(%s)"
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no pool.")


def threads_of_server() -> int:
    return runpy.run_path(str(ROOT / "gunicorn.conf.py"))["threads"]


def asked(statement: str, given) -> list:
    with connection.cursor() as cursor:
        cursor.execute(statement, [given])
        return cursor.fetchall()


@pytest.fixture
def pooled():
    make_partner("Alpha")
    with server_process(database_url(), DATABASE_POOL="2", PGAPPNAME=NAME) as (port, _process):
        yield port


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_threads_share_a_pool(pooled):
    def ask(number: int) -> int:
        return send(pooled, f"/partners.csv?q={number}")[0]

    with ThreadPoolExecutor(3) as visitors:
        assert list(visitors.map(ask, range(12))) == [200] * 12
    # One by which it was asked whether the server is there may be about to end.
    until(lambda: asked(COUNT, NAME)[0][0] in (1, 2))


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_connection_that_ended_while_it_was_idle_is_replaced():
    """As a restart of the server ends it: whoever asks next finds out, and is answered all the same."""
    options = connection.settings_dict["OPTIONS"] | {
        "connect_timeout": 60,
        "pool": pool_of(1) | {"timeout": 60},
    }
    own = {"OPTIONS": options, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False}
    pooled = DatabaseWrapper(connection.settings_dict | own, "pooled")
    try:
        numbers = []
        for _time in range(3):
            with pooled.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                numbers.append(cursor.fetchone()[0])
            pooled.close()
            assert asked(END, numbers[-1]) == [(True,)]
        assert len(set(numbers)) == 3
    finally:
        pooled.close_pool()


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_worker_works_with_the_pool():
    environment = os.environ | {"DATABASE_URL": database_url(), "DATABASE_POOL": "1"}
    command = [sys.executable, "manage.py", "work", "--once"]

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)

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
