"""A PostgreSQL of these tests' own that dies, hangs or is slow under a server with people at work: nothing that was
acknowledged is lost, who asks meanwhile is told when to ask again, and it goes on by itself."""

import shutil
import subprocess

import psycopg
import pytest
from django.db import connection

from tests import postgres
from tests.clusters import Cluster
from tests.curation import add_form
from tests.database import database_url
from tests.faults import (
    DEADLINE,
    Curators,
    assert_nothing_lost,
    cookie_of,
    get,
    is_put_off,
    until,
)
from tests.records import make_curator, make_partner
from tests.serving import server_process

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="These are faults of a server.")
KEPT, UNSEEN = "/partners/alpha/", "/partners/?q=alpha"
# A server that hangs is found out within so many seconds by whoever waits for it (`engines/postgresql/silence.py`); a busy
# machine adds its own.
PATIENCE = 15


@pytest.fixture
def curator(transactional_db, client):
    make_partner("Alpha")
    client.force_login(make_curator())
    return add_form(client, "sector"), cookie_of(client)


@pytest.fixture
def cluster(curator):
    """A server that has what the tests have, and keeps what it acknowledges."""
    binaries = next(iter(postgres.find_binaries()), None)
    if binaries is None:
        pytest.skip("There is no PostgreSQL here to be started.")
    cluster = Cluster(binaries, postgres.unprivileged_account())
    try:
        cluster.start()
        dump = subprocess.run(
            [binaries / "pg_dump", database_url()], check=True, capture_output=True, timeout=DEADLINE
        )
        subprocess.run(
            [binaries / "psql", "-q", "-v", "ON_ERROR_STOP=1", cluster.url],
            input=dump.stdout,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=DEADLINE,
        )
        cluster.ask("ALTER ROLE tests SET synchronous_commit = on")
        yield cluster
    finally:
        cluster.kill()
        shutil.rmtree(cluster.home, ignore_errors=True)


def test_postgresql_is_killed_and_started_anew_while_people_save(curator, cluster):
    form, cookie = curator
    with (
        server_process(cluster.url, workers=2, VISITOR_SECONDS="0") as (port, _server),
        Curators(port, cookie, form) as curators,
    ):
        for _time in range(2):
            curators.until_more("saved")
            cluster.kill()
            curators.until_more("later")
            # Started under the load of those who ask again and again.
            cluster.start()
        curators.until_more("saved")

    assert_nothing_lost(curators, cluster.ask)


def test_postgresql_hangs_while_people_save(curator, cluster):
    form, cookie = curator
    with (
        server_process(cluster.url, VISITOR_SECONDS="0") as (port, _server),
        Curators(port, cookie, form) as curators,
    ):
        assert get(port, UNSEEN)[0] == 200
        curators.until_more("saved")
        with cluster.standing_still():
            curators.until_more("later", 1)
            # Nobody waits any more, and the machines that watch are told as well.
            for address in (UNSEEN, "/partners.csv", "/admin/"):
                assert is_put_off(*get(port, address, cookie)[:2]), address
            assert get(port, "/readyz")[0] == 503
            assert get(port, "/healthz")[0] == 200
            curators.until_more("later")
        curators.until_more("saved")
        until(lambda: get(port, "/readyz")[0] == 200)
    assert_nothing_lost(curators, cluster.ask)


def test_postgresql_is_slow(curator, cluster):
    """Somebody keeps a table to himself: a page gives up in time, others go on, and so does this one afterwards."""
    _form, cookie = curator
    options = {"PGOPTIONS": "-c statement_timeout=5s", "VISITOR_SECONDS": "0"}
    with server_process(cluster.url, **options) as (port, _server):
        kept = get(port, KEPT)
        assert kept[0] == 200
        with psycopg.connect(cluster.url) as other:
            other.execute("LOCK TABLE partners_organization IN ACCESS EXCLUSIVE MODE")
            assert is_put_off(*get(port, UNSEEN)[:2])
            assert get(port, KEPT)[::2] == kept[::2]
            assert get(port, "/admin/partners/sector/", cookie)[0] == 200
        assert get(port, UNSEEN)[0] == 200
