"""Other ways to a database than one transaction around each test."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext


def execute(sql: str, parameters=()) -> None:
    """Run a statement past Django."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def queries_of(run: Callable, *given, **named) -> int:
    """How many queries a call costs."""
    with CaptureQueriesContext(connection) as queries:
        run(*given, **named)
    return len(queries)


def contents() -> dict[str, str]:
    """What every table holds, in short; the indexes follow from others, and are brought up to date at any time."""
    follow = ("partners_facet", "partners_search", "django_session")
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if table.startswith(follow):
                continue
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
            rows = sorted(map(repr, cursor.fetchall()))
            found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def database_url() -> str:
    """The database of the tests, for another process."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    host = quote(settings["HOST"], safe="")
    return (
        f"postgres://{settings['USER']}:{settings['PASSWORD']}@{host}:{settings['PORT']}/{settings['NAME']}"
    )


# One transaction around all tests of a file, for files whose tests look at one world --------------------------------


# Called `db`, so that the database of the tests is made for whoever asks for it.
@pytest.fixture(scope="module", name="db")
def db_of_file(django_db_setup, django_db_blocker):
    """Import it, and every test of the file that asks for `db` shares what its fixtures wrote. Nothing stays behind."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def undone(db):
    """What a test writes is taken back after it, and the world of its file stays. For files that import `db_of_file`."""
    with transaction.atomic():
        yield
        # As Django does it at the end of each of its tests.
        if not connection.needs_rollback:
            connection.check_constraints()
        transaction.set_rollback(True)


@contextmanager
def another_database(name: str, like: str = "") -> Iterator[str]:
    """The default connection leads to a new database for a while; gives its name, as `like` takes it.

    It is a copy of the database `like`, or of that of the tests, as it is now. Nobody may be connected to that.
    """
    connection.close()
    made = copy_of(like or connection.settings_dict["NAME"], name)
    try:
        with leading_to(made):
            yield made
    finally:
        drop(made)


@contextmanager
def leading_to(database: str) -> Iterator[None]:
    """The default connection leads to that database for a while."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def copy_of(database: str, name: str) -> str:
    if connection.vendor == "sqlite":
        made = Path(database).with_name(f"{name}.sqlite3")
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(made)) as copy:
            source.backup(copy)
        return str(made)
    made = f"{connection.settings_dict['NAME']}_{name}"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {made} TEMPLATE {database}")
    return made


def drop(database: str) -> None:
    if connection.vendor == "sqlite":
        for ending in ("", "-wal", "-shm"):
            Path(database + ending).unlink(missing_ok=True)
        return
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {database} WITH (FORCE)")
