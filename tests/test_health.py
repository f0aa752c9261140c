"""What machines are told of the health of the site, and what whoever runs it is told of how it is set up."""

import contextlib
import os
import shutil
import smtplib
import time
from collections import namedtuple
from pathlib import Path
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage, staticfiles_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from genesis.environment import MailServer
from partners import triggers
from partners.health import ready, replication, setup, worker
from partners.models import DataVersion
from tests.database import execute

pytestmark = pytest.mark.django_db
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def site(settings, tmp_path):
    """A site that is set up as the deploy guide says."""
    settings.SITE_URL, settings.PROXIES = "https://directory.example", 1
    settings.ALLOWED_HOSTS = ["directory.example"]
    settings.VAR_DIR, settings.VERSIONS_DIR = tmp_path, tmp_path / "versions"
    settings.MAIL = MailServer("127.0.0.1", 25, "", "", False, False)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    (tmp_path / "secret_key").touch(0o600)
    if connection.vendor == "sqlite" and connection.file:
        connection.file.chmod(0o600)
    User.objects.create_superuser("ada")
    worker.give_sign()
    durable = {f"SHOW {name}": "on" for name in setup.DURABLE}
    asked = setup.asked
    # The server of the tests is fast instead: what it says of itself is put right here, and asked all the same.
    with mock.patch.object(
        setup,
        "asked",
        lambda cursor, statement: (asked(cursor, statement), durable.get(statement))[
            -1 if statement in durable else 0
        ],
    ):
        yield settings


def altered(name, value):
    return lambda site: setattr(site, name, value)


def patched(where, name, value):
    @contextlib.contextmanager
    def during(site):
        with mock.patch.object(where, name, value):
            yield

    return during


@contextlib.contextmanager
def no_static_files(site):
    with mock.patch.object(staticfiles_storage, "hashed_files", {}, create=True):
        yield


def readable_by_all(site):
    site.VAR_DIR.chmod(0o755)
    (site.VAR_DIR / "secret_key").chmod(0o644)


def silent_worker(site):
    long_ago = time.time() - worker.SILENT_FOR - 1
    os.utime(worker.sign(), (long_ago, long_ago))


def damaged_version(site):
    (site.VERSIONS_DIR / "2026-01-01").mkdir(parents=True)


def without_triggers(site):
    with connection.cursor() as cursor:
        triggers.take_away(connection, cursor)


# Of each check, ways to bring about what it looks for.
WRONG = {
    "secret": [altered("SECRET_KEY", "short"), altered("SECRET_KEY", "x" * 60)],
    "debugging": [altered("DEBUG", True)],
    "hosts": [altered("ALLOWED_HOSTS", ["*"]), altered("SITE_URL", "https://localhost:8000")],
    "HTTPS": [altered("SITE_URL", "http://directory.example")],
    "proxies": [altered("PROXIES", 0)],
    "static files": [no_static_files],
    "disk": [
        patched(shutil, "disk_usage", lambda folder: Usage(100, 99, ready.LEAST_FREE - 1)),
        patched(os, "access", lambda path, mode: False),
    ],
    "worker": [silent_worker, lambda site: worker.sign().unlink()],
    "mail": [
        altered("MAIL", None),
        patched(
            setup,
            "get_connection",
            lambda: mock.Mock(open=mock.Mock(side_effect=smtplib.SMTPException("no"))),
        ),
    ],
    # That of the tests follows no other one, and SQLite does not even know the question.
    "replicas": [patched(replication, "replicas", lambda: ["default"])],
    "database": [
        without_triggers,
        lambda site: MigrationRecorder(connection).record_unapplied("partners", "0001_initial"),
        patched(MigrationRecorder, "applied_migrations", mock.Mock(side_effect=ready.Error("away"))),
    ],
    "version of the database": [patched(connection, "get_database_version", lambda: (3, 1))],
    "settings of the database": [patched(setup, "asked", lambda cursor, statement: "off")],
    "permissions": [readable_by_all, altered("VERSIONS_DIR", Path("nowhere"))],
    "kept versions": [damaged_version, lambda site: (site.VERSIONS_DIR / "spare").mkdir(parents=True)],
    "clock": [lambda site: DataVersion.objects.update(number=(time.time() + 60) * 10**6)],
    "accounts": [lambda site: User.objects.all().delete()],
}


def troubles() -> dict[str, list]:
    return {name: found for name, found in setup.examined() if found}


def test_nothing_is_found_where_nothing_is_wrong(site, capsys):
    assert troubles() == {}
    call_command("doctor")
    assert capsys.readouterr().out.count("ok ") == len(WRONG)


def test_each_check_finds_what_it_looks_for(site):
    assert WRONG.keys() == setup.WITHOUT_DATABASE.keys() | setup.ON_DATABASE.keys()


WAYS = [
    pytest.param(name, way, id=f"{name} {number}")
    for name, ways in WRONG.items()
    for number, way in enumerate(ways)
]


@pytest.mark.parametrize(("name", "way"), WAYS)
def test_check_says_what_is_wrong_and_what_to_do(site, name, way, capsys):
    during = way(site)
    with during if hasattr(during, "__enter__") else contextlib.nullcontext():
        found = troubles()
        assert name in found
        assert all(each.what and each.do for each in found[name])
        stops = any(not each.bearable for each in sum(found.values(), []))
        with pytest.raises(CommandError) if stops else contextlib.nullcontext():
            call_command("doctor")
    assert found[name][0].what in capsys.readouterr().out


def test_static_files_of_this_release_are_looked_for(site, tmp_path):
    """With a storage as that of the site, into which nothing was collected."""
    storage = ManifestStaticFilesStorage(location=tmp_path)
    with mock.patch.object(setup, "staticfiles_storage", storage):
        assert "collectstatic" in list(setup.of_static_files())[0].do


def test_readiness_says_what_is_wrong(client, site):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "problems": [], "warnings": []})
    with mock.patch.object(shutil, "disk_usage", lambda folder: Usage(100, 99, 1)):
        answer = client.get("/readyz")
    # Pages can still be read.
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert "0 MB left" in answer.json()["warnings"][0]

    execute("DELETE FROM django_migrations WHERE app = 'partners' AND name LIKE '0001%%'", [])
    answer = client.get("/readyz")
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "30", "no-store")
    assert answer.json()["ready"] is False and "has not been applied" in answer.json()["problems"][0]
