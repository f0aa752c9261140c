"""What one address may cost, and that nobody else pays for it."""

import math
import random

import pytest

from partners import limits
from tests import fuzzing
from tests.records import make_partner

pytestmark = pytest.mark.django_db
HERE, THERE = "198.51.100.7", "203.0.113.9"
PAGES = {
    "/partners/?q=unheard-of": "text/html",
    "/search/?q=unheard-of": "text/html",
    "/partners.csv": "text/plain",
    "/agreements.xlsx": "text/plain",
    "/partners.json": "application/problem+json",
}


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """A clock that stands still unless somebody moves it; everything that is made takes a second."""

    class Clock:
        now = spent = 0.0

        def monotonic(self):
            return self.now

        def perf_counter(self):
            self.spent += 1
            return self.spent

    monkeypatch.setattr(limits, "time", clock := Clock())
    monkeypatch.setattr(limits, "shares", limits.Shares())
    return clock


@pytest.fixture(autouse=True)
def share(settings):
    settings.VISITOR_SECONDS = 3
    return 3


def use_up(client, address: str, times: int = 3, **more) -> None:
    for _time in range(times):
        assert client.get("/about/", REMOTE_ADDR=address, **more).status_code == 200


@pytest.mark.parametrize("address", PAGES)
def test_who_has_used_up_his_share_is_told_when_to_come_back(client, clock, address):
    make_partner("Alpha")
    use_up(client, HERE)

    answer = client.get(address, REMOTE_ADDR=HERE)
    assert (answer.status_code, answer["Cache-Control"]) == (429, "no-store")
    assert answer["Content-Type"].startswith(PAGES[address])
    seconds = int(answer["Retry-After"])
    assert f"Ask again in {seconds} seconds" in answer.content.decode()
    # Everybody else goes on, and so does curation.
    assert client.get(address, REMOTE_ADDR=THERE).getvalue()
    assert client.get("/admin/login/", REMOTE_ADDR=HERE).status_code == 200
    # To ask in vain makes nothing worse.
    assert client.get(address, REMOTE_ADDR=HERE)["Retry-After"] == str(seconds)

    clock.now += seconds
    answer = client.get(address, REMOTE_ADDR=HERE)
    assert answer.status_code == 200 and answer.getvalue()


def test_no_public_address_is_left_out(client):
    """Whatever somebody asks for again and again: a list, a file, a search, a picture, a past, a package."""
    use_up(client, HERE)
    known = dict.fromkeys(("slug", "section", "date", "old", "new"), ["alpha"])
    public = [route for route in fuzzing.routes() if "admin/" not in route]
    paths = [fuzzing.filled(route, known, random.Random(0)) for route in public]

    free = [path for path in paths if client.get(path, REMOTE_ADDR=HERE).status_code != 429]

    assert len(paths) > 250
    # Machines that watch this one ask these, and nothing is computed for them.
    assert free == ["/healthz", "/readyz"]


def test_a_file_costs_what_making_it_took(client, settings):
    settings.VISITOR_SECONDS = 100
    for number in range(5):
        make_partner(f"Partner {number}")
    before = limits.shares.take(HERE, 0)
    answer = client.get("/partners.ndjson", REMOTE_ADDR=HERE)
    pieces = len(list(answer))

    assert before - limits.shares.take(HERE, 0) == pytest.approx(1 + pieces)
    assert pieces > 0


def test_share_grows_back_to_the_whole_and_no_further(clock, share):
    limits.shares.take(HERE, 100)
    assert limits.shares.take(HERE, 0) == -share
    clock.now += 4
    assert limits.shares.take(HERE, 0) == pytest.approx(4 * limits.BACK_EACH_SECOND - share)
    clock.now += 10**6
    assert limits.shares.take(HERE, 0) == share
    assert math.isfinite(sum(left for left, _at in limits.shares.left.values()))


def test_addresses_are_told_apart_as_the_proxies_say(client, settings):
    use_up(client, "127.0.0.1", 10)  # a proxy that is not counted shuts nobody out
    settings.PROXIES = 1
    use_up(client, "127.0.0.1", headers={"X-Forwarded-For": f"192.0.2.1, {HERE}"})

    def status(told):
        return client.get("/about/", headers={"X-Forwarded-For": told}).status_code

    # What a visitor wrote there himself counts for nothing.
    assert status(f"192.0.2.2, {HERE}") == 429
    assert status(THERE) == 200
    for number in range(3):
        status(f"2001:db8:1:2::{number}")
    assert (status("2001:db8:1:2::ffff"), status("2001:db8:1:3::1")) == (429, 200)


def test_there_is_no_limit_where_none_is_set(client, settings):
    settings.VISITOR_SECONDS = 0

    use_up(client, HERE, 10)


def test_addresses_that_are_known_stay_few(monkeypatch):
    monkeypatch.setattr(limits, "MOST_ADDRESSES", 10)

    for number in range(30):
        limits.shares.take(f"198.51.100.{number}", 1)

    assert list(limits.shares.left) == [f"198.51.100.{number}" for number in range(20, 30)]
