"""One directory for all tests of a file, which only look at it."""

from collections.abc import Callable

import pytest
from django.db import connections
from django.test import override_settings
from pytest_django.live_server_helper import LiveServer

from partners.caching import page_cache
from tests.database import another_database


def serving(make: Callable[[], None]) -> tuple:
    """The fixtures `db` and `server` of a file: a database of its own that `make` fills once, and a server of it.

    The first is called as pytest-django calls its own, so that the database of the tests is made for it.
    """

    @pytest.fixture(scope="module", name="db")
    def db_of_file(browser, django_db_blocker, tmp_path_factory):
        folders = {name: tmp_path_factory.mktemp(name) for name in ("VERSIONS_DIR", "PACKAGES_DIR")}
        connections.close_all()
        with django_db_blocker.unblock(), another_database("shared"), override_settings(**folders):
            # Pages are kept by data version, which another database has had too.
            page_cache.clear()
            make()
            yield
            page_cache.clear()
            connections.close_all()

    @pytest.fixture(scope="module", name="server")
    def server_of_file(db):
        server = LiveServer("127.0.0.1")
        yield server
        server.stop()

    return db_of_file, server_of_file
