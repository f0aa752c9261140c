"""Pages of single records, indexes, and addresses for machines."""

import datetime
import re

import pytest

from partners.models import Programme
from partners.views.errors import server_error
from tests.database import queries_of
from tests.records import (
    cite,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_partner,
    make_programme,
    make_sector,
    make_source,
)

pytestmark = pytest.mark.django_db


def text_of(page: str) -> str:
    """What a reader reads: no tags, single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def get(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


@pytest.fixture
def lead(db):
    lead = make_organization("Agency", type="government")
    make_programme(lead=lead, name_en="Grand Programme", summary_en="What the programme is for.")
    return lead


# Organizations


def test_profile_shows_what_is_recorded_and_the_source_of_each_value(client, lead):
    partner = make_organization(
        "Alpha",
        legal_name="Alpha Holding N.V.",
        names=["Alfa", ("AA", "acronym")],
        sectors=[make_sector("Chips")],
        city="Delft",
        established=1999,
        website="https://alpha.example/",
        cited=False,
    )
    make_agreement("Great agreement", partners=[partner], agencies=[lead])
    paper = make_source("The Paper", publisher="The Press", published_date=datetime.date(2026, 1, 2))
    cite(partner, "", source=make_source("The Register"))
    cite(partner, "city", source=paper, quote="in Delft")

    page = get(client, "/partners/alpha/")
    text = text_of(page)

    for word in (
        "Alpha Holding N.V.",
        "Alfa",
        "AA",
        "Chips",
        "Delft",
        "1999",
        "Great agreement",
        "Agency",
        "in Delft",
    ):
        assert word in text
    assert 'href="https://alpha.example/"' in page
    number = re.search(r"Delft.{0,140}?href=\"#source-(\d+)\"", page, re.DOTALL).group(1)
    listed = re.search(rf'id="source-{number}".*?</li>', page, re.DOTALL).group(0)
    assert "The Paper" in listed and "The Press" in listed


@pytest.mark.parametrize(
    ("type", "address"), [("company", "partners"), ("facility", "laboratories"), ("government", "agencies")]
)
def test_organization_answers_at_the_address_of_its_type_and_others_lead_there(client, type, address):
    make_organization("Alpha", type=type)

    for name in ("partners", "laboratories", "agencies"):
        response = client.get(f"/{name}/alpha/")
        assert response.status_code == (200 if name == address else 301)
        assert name == address or response["Location"] == f"/{address}/alpha/"


def test_profile_costs_the_same_queries_with_more_agreements(client, lead, django_assert_max_num_queries):
    alpha = make_organization("Alpha")
    sites = [make_organization(f"Site {n}", type="facility", parent=lead) for n in range(3)]
    make_agreement("One", partners=[alpha], agencies=[lead], laboratories=sites)
    get(client, "/laboratories/")
    queries = queries_of(get, client, "/partners/alpha/")
    for number in range(8):
        make_agreement(f"Agreement {number}", partners=[alpha, make_organization()], laboratories=sites)
        cite(alpha, "", source=make_source())
    get(client, "/laboratories/")

    with django_assert_max_num_queries(queries):
        get(client, "/partners/alpha/")


# Agreements


def test_agreement_shows_parties_by_role_dates_and_meaning_of_its_type(client, lead):
    site = make_organization("Site", type="facility", parent=lead)
    event = make_event("Great day")
    make_agreement(
        "Great agreement",
        partners=[make_organization("Alpha"), make_organization("Beta")],
        agencies=[lead],
        laboratories=[site],
        mission_areas=[make_mission_area("Fusion")],
        announcement=event,
        announced_date=datetime.date(2025, 12, 18),
    )

    page = get(client, "/agreements/great-agreement/")
    text = text_of(page)

    for word in (
        "Memorandum of understanding",
        "commits no funds",
        "Fusion",
        "Great day",
        "18 December 2025",
    ):
        assert word in text
    for link in ("/partners/alpha/", "/partners/beta/", "/agencies/agency/", "/laboratories/site/"):
        assert f'href="{link}"' in page


# Indexes and overview


def test_overview_says_what_it_is_and_names_the_announced_partners(client, lead):
    event = make_event("Great announcement")
    Programme.objects.update(announcement=event)
    make_agreement("One", partners=[make_organization("Alpha")], announcement=event)
    make_partner("Latecomer")

    text = text_of(get(client, "/"))

    for word in ("Grand Programme", "What the programme is for.", "Alpha", "Great announcement"):
        assert word in text
    assert "Latecomer" not in text


def test_nothing_about_a_programme_stands_in_pages_of_an_empty_directory(client):
    for address in (
        "/",
        "/partners/",
        "/about/",
        "/data/",
        "/timeline/",
        "/sources/",
        "/sectors/",
        "/mission-areas/",
    ):
        assert "genesis" not in get(client, address).lower()


def test_number_beside_a_sector_is_the_number_of_its_partners(client):
    chips = make_sector("Chips")
    for number in range(3):
        make_partner(f"Partner {number}", sectors=[chips])
    make_organization("Prospect", sectors=[chips])

    assert "3 partners" in text_of(get(client, "/sectors/"))
    assert "3 partners" in text_of(get(client, "/sectors/chips/"))


def test_mission_area_shows_what_it_is_part_of_and_its_agreements(client):
    energy = make_mission_area("Energy", level="pillar")
    fusion = make_mission_area("Fusion", level="challenge", parent=energy)
    make_agreement("Great agreement", mission_areas=[fusion])

    assert "Fusion" in text_of(get(client, "/mission-areas/energy/"))
    assert "Great agreement" in text_of(get(client, "/mission-areas/fusion/"))
    assert 'href="/mission-areas/energy/"' in get(client, "/mission-areas/fusion/")


def test_event_shows_the_agreements_it_announced_and_its_sources(client):
    event = make_event("Great day", date=datetime.date(2026, 3, 4))
    cite(event, "date", source=make_source("The Paper"))
    make_agreement("Great agreement", announcement=event)

    page = get(client, "/timeline/great-day/")

    for word in ("Great day", "4 March 2026", "Great agreement", "The Paper"):
        assert word in text_of(page)
    assert 'href="/timeline/great-day/"' in get(client, "/timeline/")


def test_source_shows_from_which_side_it_speaks_and_what_it_supports(client):
    source = make_source("The Paper", stance="critical", publisher="The Press")
    cite(make_partner("Alpha"), "city", source=source, quote="in Delft")
    cite(make_event("Great day"), source=source)

    page = get(client, "/sources/the-paper/")

    for word in ("The Paper", "The Press", "Critical", "Alpha", "city", "in Delft", "Great day"):
        assert word in text_of(page)
    assert f'href="{source.url}"' in page and 'href="/partners/alpha/"' in page
    listing = get(client, "/sources/?stance=critical")
    assert 'href="/sources/the-paper/"' in listing and f'href="{source.url}"' in listing


# Machines


def test_health_asks_nothing_of_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert get(client, "/healthz") == "ok\n"
    # What is noted of the triggers, and which ones there are.
    with django_assert_num_queries(2):
        assert get(client, "/readyz") == "ok\n"


# Errors


def test_page_not_found_helps_on(client):
    response = client.get("/partners/no-such-partner/")

    assert response.status_code == 404
    assert 'href="/partners/"' in response.content.decode()


def test_page_for_a_mistake_of_ours_asks_nothing_of_the_database(rf, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = server_error(rf.get("/about/"))

    assert response.status_code == 500
    assert "href" in response.content.decode()


def test_bad_host_gets_a_page_that_says_so(client):
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("address", ["/", "/partners/", "/admin/login/"])
def test_pages_allow_nothing_from_elsewhere(client, address):
    headers = client.get(address).headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
