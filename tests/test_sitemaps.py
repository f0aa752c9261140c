"""The map of the site: every public page once, with the moment at which what it shows last changed."""

import datetime
import fnmatch
import json
import re
from xml.etree import ElementTree

import pytest
from django.urls import reverse

from partners.head.sitemaps import last_change, sections, sitemaps, with_changes
from partners.languages import path_in
from partners.models import Agreement, Event, Organization, OrganizationName
from partners.nouns import listed
from tests.database import queries_of
from tests.past import forget_changes, note
from tests.records import (
    cite,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_partner,
    make_sector,
    make_source,
)

pytestmark = pytest.mark.django_db

ROOT = "http://testserver"


def day(number: int) -> datetime.datetime:
    return datetime.datetime(2026, 3, number, 12, tzinfo=datetime.UTC)


def changed(record, number: int) -> None:
    """As if a value of the record had changed on a day."""
    # The note alone is no new version of the data.
    type(record).objects.filter(pk=record.pk).update(updated_at=day(number))
    note(record, "summary_en", day(number))


def grow_old() -> None:
    """As if everything had been public since a day, and had not changed."""
    for model in (Organization, Agreement, Event):
        model.objects.update(created_at=day(1), published_at=day(1), updated_at=day(1))
    forget_changes()


def xml(client, address: str):
    response = client.get(address)
    assert response.status_code == 200, address
    return ElementTree.fromstring(response.content)  # noqa: S314 (our own page)


def days(client) -> dict[str, str]:
    """Every address of the map in the language of plain addresses, with the day beside it. The others have the same."""
    found = days_in_all_languages(client)
    plain = {address: day for address, day in found.items() if path_in("en", address) == address}
    assert found == {path_in(code, address): plain[address] for address in plain for code in ("en", "nl")}
    return plain


def days_in_all_languages(client) -> dict[str, str]:
    found = {}
    for section in xml(client, "/sitemap.xml").iterfind(".//{*}loc"):
        for url in xml(client, section.text.removeprefix(ROOT)).iterfind("{*}url"):
            moment = url.find("{*}lastmod")
            address = url.find("{*}loc").text.removeprefix(ROOT)
            assert address not in found
            found[address] = moment.text[:10] if moment is not None else ""
    return found


def test_page_of_a_record_says_the_same_day_as_the_map(client, directory):
    """Whoever reads both must not find two truths."""
    said = {}
    for address in days(client):
        described = re.search(
            r'<script type="application/ld\+json">(.*?)</script>', client.get(address).content.decode()
        )
        if described and address != "/data/" and "dateModified" in (page := json.loads(described[1])):
            said[address] = page["dateModified"][:10]

    assert {address.split("/")[1] for address in said} >= {"partners", "agreements", "timeline"}
    assert said == {address: days(client)[address] for address in said}


@pytest.fixture
def directory(db):
    """Two partners, of which the second is touched by everything that is named Late."""
    lead = make_organization("Agency", type="government")
    chips, area = make_sector("Chips"), make_mission_area("Fusion")
    event = make_event("Day")
    early, late = make_organization("Early"), make_organization("Late", sectors=[chips], parent=lead)
    first = make_agreement("First", partners=[early])
    second = make_agreement("Second", partners=[late], announcement=event, mission_areas=[area])
    cite(second, source=make_source("The Paper"))
    news = make_event("News", organizations=[late])
    grow_old()
    return {
        "lead": lead,
        "event": event,
        "news": news,
        "early": early,
        "late": late,
        "first": first,
        "second": second,
    }


MOVES = {
    "early": {"/partners/early/", "/agreements/first/", "/partners/"},
    "late": {
        *("/partners/late/", "/agreements/second/", "/partners/", "/sectors/chips/", "/sectors/"),
        *("/timeline/news/", "/timeline/"),
    },
    "second": {
        *(
            "/agreements/second/",
            "/agreements/",
            "/partners/late/",
            "/partners/",
            "/timeline/day/",
            "/timeline/",
        ),
        *("/mission-areas/fusion/", "/mission-areas/", "/sources/the-paper/", "/sources/"),
    },
    # Both stand on the strip of the partner: what announced its agreement, and what is about it.
    "event": {
        *("/timeline/day/", "/timeline/", "/agreements/second/", "/agreements/"),
        *("/partners/late/", "/partners/"),
    },
    "news": {"/timeline/news/", "/timeline/", "/partners/late/", "/partners/"},
    "lead": {"/agencies/agency/", "/partners/late/", "/partners/"},
}


@pytest.mark.parametrize("name", MOVES)
def test_change_of_a_record_moves_the_day_of_every_page_that_shows_it(client, directory, name):
    before = days(client)
    changed(directory[name], 9)

    after = days(client)

    moved = {address for address in after if after[address] != before[address]}
    assert MOVES[name] <= moved
    assert {after[address] for address in moved} == {"2026-03-09"}
    # Its own sources, and what sums up the whole directory or its partners.
    rest = moved - MOVES[name]
    sums = {
        "/",
        "/data/",
        "/data/dictionary/",
        "/changes/",
        "/about/",
        "/compare/",
        "/cross/",
        "/sources/",
        "/agreements/",
    }
    assert {address for address in rest if "/sources/" not in address} <= sums


def today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


WRITES = {
    "a value": lambda late: Organization.objects.filter(pk=late.pk).update(city="Delft"),
    "a name": lambda late: OrganizationName.objects.create(organization=late, value="Later"),
    "a sector": lambda late: late.sectors.clear(),
    "a source": lambda late: cite(late, "city", source=make_source("Another")),
    "an agreement": lambda late: make_agreement("Third", partners=[late]),
    "an agreement that goes": lambda late: Agreement.objects.filter(slug="second").update(publication_state="withheld"),
}  # fmt: skip


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_day_of_a_profile_moves_with_everything_it_shows_whoever_writes_it(client, directory, write):
    assert days(client)["/partners/late/"] == "2026-03-01"

    write(directory["late"])

    after = days(client)
    assert after["/partners/late/"] == after["/"] == today()
    assert after["/partners/early/"] == "2026-03-01"


def test_day_of_a_page_is_at_least_that_of_its_publication(client, directory):
    Organization.objects.filter(slug="late").update(published_at=day(5))

    assert days(client)["/partners/late/"] == days(client)["/partners/"] == "2026-03-05"


def test_day_of_a_page_is_not_moved_by_what_readers_do_not_see(client, directory):
    Organization.objects.filter(slug="late").update(curator_note="Look again.")
    hidden = make_agreement("Hidden", partners=[directory["late"]], publication_state="draft")
    changed(hidden, 20)

    found = days(client)

    assert "2026-03-20" not in found.values()
    assert found["/partners/late/"] == "2026-03-01"


def test_map_has_every_public_page_once_and_no_other(client, directory):
    make_organization("Hidden", publication_state="draft")
    addresses = days(client)

    records = [*Organization.objects.published(), *Agreement.objects.published(), *Event.objects.published()]
    assert {record.get_absolute_url() for record in records} <= set(addresses)
    assert {reverse(noun.page_route) for noun in listed()} <= set(addresses)
    assert "/partners/hidden/" not in addresses
    for address in addresses:
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("name", ["early", "late", "second", "event", "lead"])
def test_newest_of_a_listing_is_the_greatest_day_of_its_rows(directory, name):
    """The two ways to find it agree, whatever changed."""
    changed(directory[name], 9)

    for rows in (
        *(section.rows for section in sections().values()),
        *(noun.listing.everything for noun in listed()),
    ):
        greatest = max((record.changed for record in with_changes(rows())), default=None)
        assert (greatest if greatest and greatest.year > 1 else None) == last_change(rows())


def test_index_tells_when_each_section_last_changed(client, directory):
    changed(directory["late"], 9)

    sections = {
        re.search(r"sitemap-(.+)\.xml", each.find("{*}loc").text)[1]: each.find("{*}lastmod")
        for each in xml(client, "/sitemap.xml").iterfind("{*}sitemap")
    }

    assert sections.keys() == sitemaps().keys()
    assert sections["organizations"].text.startswith("2026-03-09")
    assert sections["pages"].text.startswith("2026-03-09")
    assert sections["mission-areas"].text.startswith("2026-03-01")


def test_empty_directory_has_a_map_without_days(client):
    assert set(days(client).values()) == {""}
    assert last_change(Organization.objects.all()) is None


def test_map_costs_the_same_queries_with_more_records(client, directory):
    few = queries_of(days, client)
    for number in range(10):
        make_partner(f"Partner {number}", sectors=[make_sector()])

    assert queries_of(days, client) == few


# Robots


def allowed(rules: list[tuple[bool, str]], address: str) -> bool:
    """Whether a robot that keeps to RFC 9309 reads an address: the longest rule that fits counts."""
    fits = [
        (len(path), allow)
        for allow, path in rules
        if fnmatch.fnmatchcase(address, path.replace("[", "[[]").replace("?", "[?]") + "*")
    ]
    return max(fits, default=(0, True))[1]


def rules_of(client) -> list[tuple[bool, str]]:
    lines = client.get("/robots.txt").content.decode().splitlines()
    pairs = (line.split(": ", 1) for line in lines if ": " in line)
    return [(word == "Allow", path) for word, path in pairs if word in ("Allow", "Disallow")]


@pytest.mark.parametrize(
    "address",
    [
        *(
            "/",
            "/partners/",
            "/partners/alpha/",
            "/partners.csv",
            "/partners.csv?sector=chips",
            "/compare/",
            "/cross/",
        ),
        *("/partners.xlsx", "/partners/alpha/picture.png", "/sitemap.xml", "/data/"),
        *(
            "/data/versions/",
            "/data/versions/partner-directory-2026-01-01.zip",
            "/data/versions/partner-directory-2026-01-01.zip.sha256",
        ),
        *(f"{reverse(noun.page_route)}?page=2" for noun in listed()),
    ],
)
def test_robots_may_read_pages_files_and_the_further_pages_of_listings(client, address):
    assert allowed(rules_of(client), address)


@pytest.mark.parametrize(
    "address",
    [
        *("/admin/", "/admin/partners/", "/compare/?partner=a&partner=b", "/cross/?of=partners"),
        *("/data/versions/2026-01-01/now/", "/data/versions/2026-01-01/2026-02-01.csv"),
        *(f"{reverse(noun.page_route)}?{query}" for noun in listed() for query in ("q=x", "page=2&q=x", "q=x&page=2", "view=table")),
    ],
)  # fmt: skip
def test_robots_are_kept_from_curation_and_from_what_readers_choose(client, address):
    assert not allowed(rules_of(client), address)


def test_robots_are_told_of_the_map(client):
    assert f"Sitemap: {ROOT}/sitemap.xml" in client.get("/robots.txt").content.decode()
