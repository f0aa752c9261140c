"""The ground under every test: fixed settings, and the engine that was asked for."""

import csv
import gc
import os
import sqlite3

import psycopg
import pytest

# The settings read the environment. Only the database may differ between two runs of the suite.
for name in (
    "DEBUG",
    "DATA_LICENCE",
    "DATABASE_REPLICA_URLS",
    "EMAIL_FROM",
    "EMAIL_URL",
    "FOUR_EYES",
    "HSTS",
    "IDLE_MINUTES",
    "PROXIES",
    "SECRET_KEY_FALLBACKS",
    "SESSION_HOURS",
    *("ACCESS_LOG", "ERRORS_TO", "LOG_FORMAT", "METRICS_KEY", "SLOW_QUERIES", "VAR_DIR", "VERSIONS_DIR"),
    "VISITOR_SECONDS",
):
    os.environ.pop(name, None)
# As the test client calls it, and others that tests use.
os.environ |= {"SITE_URL": "http://testserver", "ALLOWED_HOSTS": "127.0.0.1,localhost"}
# A test may open as many connections of its own as it likes; servers that tests start have a pool (`serving.py`).
os.environ["DATABASE_POOL"] = "0"
# Statements of pages end after half a minute (`genesis/wsgi.py`), which is no time on a machine as busy as that of the tests.
os.environ.setdefault("PGOPTIONS", "-c statement_timeout=0")
os.environ["SECRET_KEY"] = "tests-tests-tests-tests-tests-0123456789-abcdefghijklmnopqrstuvwxyz"
os.environ["DJANGO_SETTINGS_MODULE"] = "genesis.settings"
os.environ.setdefault("TEST_ENGINE", "sqlite")


def pytest_configure(config):
    from django.conf import settings
    from django.db import connection

    wanted = os.environ["TEST_ENGINE"]
    if connection.vendor != wanted:
        raise pytest.UsageError(
            f"This run is to test {wanted}, and DATABASE_URL leads to {connection.vendor}. "
            "make test-sqlite and make test-postgres set both."
        )
    if wanted == "sqlite":
        # A test that forgets to ask for the database of the tests finds no table, and never that of the site.
        connection.settings_dict["NAME"] = ":memory:"
        # Nothing is lost by never waiting for the disk. Servers that tests start wait for it, as those of a site do.
        connection.settings_dict["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"

    # Nothing was collected: static files come from their folders, under their plain names.
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.WHITENOISE_AUTOREFRESH = True
    settings.WHITENOISE_USE_FINDERS = True

    # Slow hashes protect passwords of people, and no test account has any.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_runtest_setup():
    from django.utils import translation

    # A request leaves its language behind, as every request brings one.
    translation.deactivate()


def pytest_collection_finish(session):
    # What was imported stays: to look through it for garbage again and again takes a tenth of the time. So does to
    # look whenever 700 objects are new, of which a page makes many times as many.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


# The folders of the templates that draw the fields of forms.
WIDGETS = ("django/forms/", "admin/widgets/")

# What a test asks for, itself or through other fixtures, before it touches a database.
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server"}


def pytest_collection_modifyitems(config, items):
    """Where a run on the other engine follows or goes on beside this one (`make test`), tests that cannot tell the engines
    apart run on SQLite alone: those that touch no database, and those of how a page that is drawn already looks."""
    if os.environ["TEST_ENGINE"] == "sqlite" or "TEST_ON_BOTH" not in os.environ:
        return
    neutral = [item for item in items if not tells_engines_apart(item)]
    config.hook.pytest_deselected(items=neutral)
    items[:] = [item for item in items if tells_engines_apart(item)]


def tells_engines_apart(item) -> bool:
    return touches_database(item) and not item.get_closest_marker("appearance")


def touches_database(item) -> bool:
    return bool(item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(item.fixturenames))


def pytest_report_header(config):
    if os.environ["TEST_ENGINE"] == "sqlite":
        return f"database: SQLite {sqlite3.sqlite_version}"
    try:
        with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            version, collation = connection.execute(
                "SELECT current_setting('server_version'), "
                # The column of the linguistic collation has had two names.
                "coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale', datcollate) "
                "FROM pg_database d WHERE datname = current_database()"
            ).fetchone()
    except psycopg.OperationalError as error:
        raise pytest.UsageError(f"The PostgreSQL to test does not answer: {error}") from None
    return f"database: PostgreSQL {version}, collation {collation}"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, tmp_path_factory):
    """SQLite tests use a file, as the site does: requests of the live server get connections of their own."""
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Tests that commit leave the database as they found it, which takes them a tenth of Django's time."""
    from django.test import TransactionTestCase

    from tests.emptying import emptying

    with pytest.MonkeyPatch.context() as patch:
        with django_db_blocker.unblock():
            patch.setattr(TransactionTestCase, "_fixture_teardown", emptying())
        yield


@pytest.fixture(scope="session", autouse=True)
def packages_of_this_run(tmp_path_factory):
    """Packages of the tests never meet those of the site: both are named by data version only."""
    from django.conf import settings

    settings.PACKAGES_DIR = tmp_path_factory.mktemp("packages")
    settings.VERSIONS_DIR = tmp_path_factory.mktemp("versions")


@pytest.fixture(scope="session", autouse=True)
def contexts_of_pages_alone(django_test_environment):
    """Django's client keeps a copy of the context of every template: of pages, and not of the thousand widgets in one."""
    from django.template import Template

    kept = Template._render

    def render(template, context):
        is_widget = (template.name or "").startswith(WIDGETS)
        return template.nodelist.render(context) if is_widget else kept(template, context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", render)
        yield


@pytest.fixture(autouse=True)
def limit_of_long_cells():
    """Frictionless lifts the limit of the csv module for everybody, at its first use; the next test has it back."""
    before = csv.field_size_limit()
    yield
    csv.field_size_limit(before)
