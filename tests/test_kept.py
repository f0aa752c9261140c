"""What is kept of the public data: read once for a version, never older than it, and nowhere else."""

import threading

import pytest
from django.test import Client
from django.utils import translation

from partners import kept as room
from partners.caching import page_cache
from partners.changes.past import past
from partners.kept import KeptThings, at_version, kept_each, kept_thing
from partners.models import Organization, Revision, Sector
from partners.selection.index import one_indexed_state
from tests.database import queries_of
from tests.records import make_agreement, make_partner, make_programme, make_sector


@pytest.fixture(autouse=True)
def nothing_yet():
    room.things.clear()


class Reader:
    """Reads things, and notes which it was asked for."""

    def __init__(self, **known: str):
        self.known, self.asked = known, []

    def read(self, keys: list[str]) -> dict[str, str]:
        self.asked.append(list(keys))
        return {key: self.known[key] for key in reversed(keys) if key in self.known}


def test_a_version_reads_each_thing_once_and_another_one_reads_it_again(db):
    reader = Reader(a="Alpha", b="Beta")

    with at_version(1):
        assert kept_each("name", ["b"], reader.read) == {"b": "Beta"}
        assert list(kept_each("name", ["a", "b"], reader.read).items()) == [("a", "Alpha"), ("b", "Beta")]
        assert list(kept_each("name", ["b", "a"], reader.read)) == ["b", "a"]
    with at_version(2):
        reader.known["b"] = "Better"
        assert kept_each("name", ["b"], reader.read) == {"b": "Better"}
    with at_version(1):
        assert kept_each("name", ["a"], reader.read) == {"a": "Alpha"}
    assert reader.asked == [["b"], ["a"], ["b"], ["a"]]


def test_what_is_not_there_is_not_kept(db):
    reader = Reader()

    with at_version(1):
        assert kept_each("name", ["a"], reader.read) == {}
        reader.known["a"] = "Alpha"
        assert kept_each("name", ["a"], reader.read) == {"a": "Alpha"}


def test_each_language_and_each_kind_has_its_own(db):
    with at_version(1):
        with translation.override("en"):
            assert kept_thing("word", lambda: "one") == "one"
        with translation.override("nl"):
            assert kept_thing("word", lambda: "een") == "een"
            assert kept_thing("other", lambda: "twee") == "twee"
            assert kept_thing("word", lambda: "drie") == "een"


def test_the_least_recently_used_gives_way():
    few = KeptThings(most=2)
    few.put(1, {"a": "Alpha", "b": "Beta"})
    few.get(1, ["a"])
    few.put(1, {"c": "Gamma"})

    assert few.get(1, ["a", "b", "c"]) == {"a": "Alpha", "c": "Gamma"}


def readings(times: int = 2) -> int:
    """How often something is read that is asked for several times."""
    read = []
    for _time in range(times):
        kept_thing("number", lambda: read.append(1))
    return len(read)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_kept_without_a_version_nor_of_a_past_nor_within_one_state():
    make_partner("Alpha")
    assert readings() == 2
    with at_version(7):
        with past(Revision.objects.latest("number").number):
            assert readings() == 2
        with one_indexed_state():
            assert readings() == 2
        assert readings() == 1
    assert readings() == 2


def test_the_version_of_one_thread_is_none_of_another():
    found = []

    def look():
        found.append(room.version_here())

    with at_version(7):
        other = threading.Thread(target=look)
        other.start()
        other.join()
    assert found == [None]
    assert room.version_here() is None


@pytest.mark.django_db
def test_an_address_nobody_asked_before_reads_no_card_or_name_again(client):
    chips = make_sector("Chips", slug="chips")
    alpha, beta = make_partner("Alpha", sectors=[chips]), make_partner("Beta", sectors=[chips])
    make_programme()
    make_agreement("First", partners=[alpha, beta])
    client.get("/partners/")

    # The version, whether the index is behind, and which rows there are.
    assert queries_of(client.get, "/partners/?sort=-name") == 3


@pytest.mark.django_db
def test_a_change_is_in_the_next_answer_of_every_address(client):
    chips = make_sector("Chips", slug="chips")
    make_partner("Alpha", sectors=[chips])
    make_partner("Beta", sectors=[chips])
    make_programme()
    addresses = ["/partners/", "/partners/?sector=chips", "/nl/partners/?sort=-name"]
    for address in addresses:
        assert "Beta" in client.get(address).content.decode()

    Organization.objects.filter(slug="beta").update(publication_state="withheld")
    Sector.objects.update(name_en="Accelerators")

    for address in addresses:
        page = client.get(address).content.decode()
        assert "Beta" not in page
        assert "Accelerators" in page
        assert "Chips" not in page


@pytest.mark.django_db
def test_pages_say_the_same_with_what_was_kept():
    make_partner("Alpha", city="Delft")
    make_programme()

    def told() -> list[bytes]:
        page_cache.clear()
        return [
            Client().get(path).content for path in ("/", "/partners/", "/partners/alpha/", "/nl/partners/")
        ]

    first = told()
    assert told() == first
    room.things.clear()
    assert told() == first
