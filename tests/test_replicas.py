"""Public answers come from a replica that is new enough, everything else from the primary: with two real servers.

The tests stand in an order: each leaves the servers as it found them.
"""

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory

from genesis.databases import databases
from partners.replicas import version_known_to
from tests.clusters import GUIDE, Pair, until
from tests.postgres import find_binaries
from tests.serving import ROOT, send, server_process

KEY = "a-key-for-the-numbers"
TOKEN = "t" * 32
LIST = "/admin/partners/organization/"
# Pages and files of each kind; none of them is asked for before the primary is killed.
UNSEEN = (
    *("/", "/partners/?q=a", "/partners.csv", "/partners.xlsx", "/partners.json", "/partners.atom"),
    *("/timeline.ics", "/agreements/", "/sources/", "/search/?q=quantum", "/search.json?q=quantum"),
    *(
        "/compare/?organization=nvidia",
        "/cross/",
        "/partners/nvidia/",
        "/partners/nvidia.json",
        "/sitemap.xml",
    ),
    *("/nl/partners/", "/data/partner-directory.zip", "/data/versions/", "/picture.png", "/api/openapi.json"),
)
needs_servers = pytest.mark.skipif(not find_binaries(), reason="There is no PostgreSQL to start.")


class Site:
    """The site on a primary and its replica: one process, so that it is always the same one that is asked."""

    def __init__(self, pair: Pair, port: int, versions: Path):
        self.pair, self.port, self.versions = pair, port, versions
        self.cookies = ("Cookie", f"sessionid={pair.session}; csrftoken={TOKEN}")

    def get(self, target: str, *headers, curator: bool = False) -> tuple:
        return send(self.port, target, *headers, *([self.cookies] if curator else []))

    def act(self, action: str, key: int) -> tuple:
        """Do something with an organization, as the list of the desk does it."""
        form = f"csrfmiddlewaretoken={TOKEN}&action={action}&_selected_action={key}&post=yes"
        kind = ("Content-Type", "application/x-www-form-urlencoded")
        return send(self.port, LIST, self.cookies, kind, method="POST", sent=form.encode())

    def numbers(self) -> dict[str, float]:
        body = self.get("/metrics", ("Authorization", f"Bearer {KEY}"))[2].decode()
        return {
            name: float(value) for name, value in re.findall(r"^(directory_\S+) (\S+)$", body, re.MULTILINE)
        }

    def ready(self) -> dict:
        return json.loads(self.get("/readyz")[2])

    def key_of(self, slug: str) -> int:
        return self.pair.primary.ask("SELECT id FROM partners_organization WHERE slug = %s", slug)[0][0]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pair, versions = Pair(), tmp_path_factory.mktemp("versions")
    try:
        more = {"DATABASE_REPLICA_URLS": pair.replica.url, "METRICS_KEY": KEY, "VERSIONS_DIR": str(versions)}
        with server_process(pair.primary.url, **more) as (port, _process):
            yield Site(pair, port, versions)
    finally:
        pair.close()


def rename(site: Site, name: str, slug: str = "nvidia") -> None:
    """Somebody else changes the directory, of whom this process knows nothing."""
    site.pair.primary.ask("UPDATE partners_organization SET name = %s WHERE slug = %s", name, slug)


@pytest.fixture
def paused(site):
    """The replica stands still, with an index of what it has: a page that is asked of the primary writes that."""
    assert site.get(f"/partners/?q={uuid.uuid4()}", curator=True)[0] == 200
    site.pair.caught_up()
    until(lambda: not site.pair.replica.ask("SELECT FROM partners_facetstale"))
    site.pair.replica.ask("SELECT pg_wal_replay_pause()")
    until(lambda: site.pair.replica.ask("SELECT pg_get_wal_replay_pause_state()") == [("paused",)])
    yield
    site.pair.replica.ask("SELECT pg_wal_replay_resume()")
    site.pair.caught_up()


@contextmanager
def holding(cluster) -> Iterator[None]:
    """Whoever reads organizations there waits for this to end."""
    with psycopg.connect(cluster.url) as connection:
        connection.execute("LOCK TABLE partners_organization IN ACCESS EXCLUSIVE MODE")
        yield


@needs_servers
def test_readers_are_answered_from_the_replica_until_it_is_seen_to_lag(site, paused):
    until(lambda: site.ready() == {"ready": True, "problems": [], "warnings": []})
    with holding(site.pair.primary):
        assert site.get(f"/partners/?q={uuid.uuid4()}")[0] == site.get("/partners/nvidia.json")[0] == 200
    rename(site, "Renamed meanwhile")

    until(lambda: b"Renamed meanwhile" in site.get("/partners/nvidia.json")[2])
    # From now on this process has shown it.
    for address in ("/partners/nvidia/", "/partners.csv", "/partners/nvidia.json"):
        assert b"Renamed meanwhile" in site.get(address)[2], address
    assert ["is behind" in each for each in site.ready()["warnings"]] == [True]


@needs_servers
def test_who_has_seen_something_newer_is_not_answered_with_less(site, paused):
    """Another process has answered him: by his ETag this one knows how far."""
    etag = re.search(r"(?i)etag: (.*)\r", site.get("/partners/nvidia/")[1])[1]
    rename(site, "Known to somebody")
    newest = site.pair.primary.version

    answer = site.get("/partners/nvidia/", ("If-None-Match", re.sub(r"\d+", str(newest), etag, count=1)))

    assert answer[0] == 304 and str(newest) in answer[1]


@needs_servers
def test_what_a_curator_saves_is_read_back_at_once(site, paused):
    key = site.key_of("nvidia")

    def seen() -> tuple[int, bool]:
        """Its page, and whether the list has it."""
        link = b'href="/partners/nvidia/"'
        return site.get("/partners/nvidia/")[0], link in site.get("/partners/")[2]

    assert seen() == (200, True)
    assert site.act("withhold_selected", key)[0] == 302
    assert seen() == (410, False)
    assert site.act("return_selected_to_draft", key)[0] == 302
    assert site.act("publish_selected", key)[0] == 302
    assert seen() == (200, True)
    # Whoever is signed in reads what the primary has; so does who asks for a past, which no replica can show.
    assert site.get("/partners/?q=a", curator=True)[0] == site.get("/partners/?as_of=1")[0] == 200


@needs_servers
def test_processes_of_two_machines_give_the_same_packages_and_versions(site, tmp_path):
    """They share the database and the folder of versions, and nothing else."""
    own = {"VAR_DIR": str(tmp_path), "VERSIONS_DIR": str(site.versions)}
    keep = [sys.executable, "manage.py", "keep_version"]
    environment = os.environ | own | {"DATABASE_URL": site.pair.primary.url}
    site.pair.caught_up()
    with server_process(site.pair.primary.url, **own) as (other, _process):
        here, there = (send(port, "/data/partner-directory.zip") for port in (site.port, other))
        assert here[0] == 200 and here[2] == there[2]

        subprocess.run(keep, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)

        (day,) = (each.name for each in site.versions.iterdir() if not each.name.startswith("."))
        here, there = (
            send(port, f"/data/versions/partner-directory-{day}.zip") for port in (site.port, other)
        )
        assert here[0] == 200 and here[2] == there[2]


@needs_servers
def test_replica_that_is_killed_is_left_out_until_it_is_back(site):
    site.pair.replica.kill()

    assert [site.get(f"/partners/?q={word}")[0] for word in ("one", "two", "three")] == [200] * 3
    assert site.numbers()['directory_replica_up{replica="1"}'] == 0
    told = site.ready()
    assert told["ready"] and "Replica 1" in told["warnings"][0] and "does not answer" in told["warnings"][0]

    site.pair.replica.start()
    site.pair.caught_up()
    until(lambda: site.numbers()['directory_replica_up{replica="1"}'] == 1)
    until(lambda: site.ready()["warnings"] == [])


@needs_servers
def test_replica_that_says_nothing_is_left_out_until_it_does(site):
    assert site.get(f"/partners/?q={uuid.uuid4()}")[0] == 200
    with site.pair.replica.standing_still():
        assert [site.get(f"/partners/?q={uuid.uuid4()}")[0] for _time in range(8)] == [200] * 8
        told = site.ready()
        assert (
            told["ready"] and "Replica 1" in told["warnings"][0] and "does not answer" in told["warnings"][0]
        )

    until(lambda: site.ready()["warnings"] == [])
    with holding(site.pair.primary):
        until(lambda: site.get(f"/partners/?q={uuid.uuid4()}")[0] == 200)


@needs_servers
def test_while_the_primary_says_nothing_readers_read_on(site):
    site.pair.caught_up()
    with site.pair.primary.standing_still():
        assert [site.get(f"/partners/?q={uuid.uuid4()}")[0] for _time in range(8)] == [200] * 8
        status, _head, body = site.get("/admin/", curator=True)
        assert status == 503 and b"Saving is off" in body

    until(lambda: site.get("/admin/", curator=True)[0] == 200)


@needs_servers
def test_without_the_primary_readers_read_on_and_the_desk_says_that_saving_is_off(site):
    key = site.key_of("nvidia")
    # So that this process has shown nothing that the replica has not.
    site.pair.caught_up()
    site.pair.primary.kill()

    assert {address: site.get(address)[0] for address in UNSEEN} == dict.fromkeys(UNSEEN, 200)
    assert site.get("/partners/?q=b", curator=True)[0] == 200
    for status, head, body in (site.get("/admin/", curator=True), site.act("withhold_selected", key)):
        assert (status, "retry-after: 30" in head.lower()) == (503, True)
        assert b"Saving is off" in body
    assert site.get("/agreements/?as_of=1")[0] == 503
    told = site.ready()
    assert told["ready"] and "Saving is off" in told["warnings"][0]

    site.pair.primary.start()
    until(lambda: site.get("/admin/", curator=True)[0] == 200)
    assert site.act("withhold_selected", key)[0] == 302
    assert site.get("/partners/nvidia/")[0] == 410


@needs_servers
def test_replica_takes_the_place_of_a_primary_that_is_lost(site):
    """As the guide says it: promoted, named in DATABASE_URL, processes started anew. Last, as there is no way back."""
    (line,) = re.findall(
        r'^runuser -u postgres -- psql -c "(SELECT pg_promote.*)"$', GUIDE.read_text(), re.MULTILINE
    )
    key = site.key_of("amd")
    assert site.act("withhold_selected", key)[0] == 302
    site.pair.caught_up()
    site.pair.primary.kill()

    assert site.pair.replica.ask(line) == [(True,)]

    own = {"METRICS_KEY": KEY, "VERSIONS_DIR": str(site.versions)}
    with server_process(site.pair.replica.url, **own) as (port, _process):
        promoted = Site(site.pair, port, site.versions)
        assert promoted.get("/partners/amd/")[0] == 410
        assert promoted.act("return_selected_to_draft", key)[0] == 302
        assert promoted.act("publish_selected", key)[0] == 302
        assert promoted.get("/partners/amd/")[0] == 200
        until(lambda: promoted.ready() == {"ready": True, "problems": [], "warnings": []})


def test_version_is_read_from_etags_that_can_be():
    def known(header: str) -> int:
        return version_known_to(RequestFactory().get("/", headers={"If-None-Match": header}))

    assert known('W/"17-abc-def"') == known('W/"17-abc-def", "3-x-y"') == 17
    assert known("*") == known("") == known('"of-another-kind"') == known('"9999999999999999999-a-b"') == 0


def test_replicas_are_of_postgresql_only(monkeypatch, tmp_path):
    wrong = (
        ("sqlite:///x", "postgres://host/name"),
        ("postgres://host/name", "sqlite:///x"),
        ("postgres://host/name", "no address"),
    )
    for primary, replica in wrong:
        monkeypatch.setenv("DATABASE_URL", primary)
        monkeypatch.setenv("DATABASE_REPLICA_URLS", replica)
        with pytest.raises(ImproperlyConfigured, match="DATABASE_REPLICA_URLS"):
            databases(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgres://host/name")
    monkeypatch.setenv("DATABASE_REPLICA_URLS", "postgres://one/name, postgres://two/name")
    found = databases(tmp_path)
    assert [found[name].get("REPLICA", False) for name in ("default", "replica1", "replica2")] == [
        False,
        True,
        True,
    ]
