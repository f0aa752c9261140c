"""Pages of single records, indexes, and addresses for machines."""

import datetime
import json
import re

import pytest
from django.db import OperationalError
from django.urls import reverse
from django.utils.translation import override

from partners import context, responses
from partners.models import Programme
from partners.views import errors, pages
from tests.database import queries_of
from tests.html import tree
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

    page = client.get("/")
    cards = tree(page).find(kind="cards")[0].text

    for word in ("Grand Programme", "What the programme is for.", "Great announcement"):
        assert word in tree(page).text
    assert "Alpha" in cards
    assert "Latecomer" not in cards


@pytest.mark.parametrize(
    ("lead", "acronyms", "called"),
    [
        ("Department of Energy", [("Energy", "alias"), ("DOE", "acronym")], "DOE"),
        ("European Commission", [], "the European Commission"),
        ("CERN", [], "CERN"),
    ],
)
def test_lists_say_who_is_in_them_by_the_program_that_is_recorded(client, db, lead, acronyms, called):
    """The sentence says what the data say, and names the lead as a sentence does."""
    leader = make_organization(lead, type="government", names=acronyms)
    event = make_event("Great announcement", date=datetime.date(2026, 3, 2))
    Programme.objects.all().delete()
    make_programme(name_en="Grand Program", lead=leader, announcement=event)
    for name in ("One", "Two"):
        make_agreement(name, partners=[make_organization(f"Alpha {name}")], announcement=event)
        make_organization(f"Site {name}", type="facility", parent=leader)

    of_all = get(client, "/partners/")
    make_partner("Latecomer")

    announced = f"The 2 organizations that {called} announced on 2 March 2026"
    assert f"{announced}." in text_of(of_all)
    said = f"The 2 laboratories of {called}, and who works with them."
    assert said in text_of(get(client, "/laboratories/"))
    assert f"{announced}, and one more with a published agreement." in text_of(get(client, "/partners/"))


def test_what_nobody_works_on_is_folded_and_leads_on(client, lead):
    pillar = make_mission_area("Pillar", level="pillar")
    make_agreement("One", mission_areas=[make_mission_area("Worked on", level="challenge", parent=pillar)])
    make_mission_area("Alone", level="challenge", parent=pillar)
    make_sector("Empty")

    folds = " ".join(fold.text for fold in tree(client.get("/mission-areas/")).find("details", "unworked"))
    assert "Alone" in folds and "Worked on" not in folds
    assert "Empty" in tree(client.get("/sectors/")).find("details", "unworked")[0].text
    page = tree(client.get("/mission-areas/alone/"))
    assert "No agreement on record" in page.text
    assert page.find("a", href="/mission-areas/pillar/") and page.find("a", href="/mission-areas/")


def test_lists_of_a_directory_without_a_program_say_what_they_hold(client, db):
    make_partner("Alpha")

    assert "Organizations with a published agreement." in text_of(get(client, "/partners/"))


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
    # The version of the data, which migrations were applied, what is noted of the triggers, and which ones there are.
    with django_assert_num_queries(5):
        assert json.loads(get(client, "/readyz"))["ready"]


# Errors


def test_page_not_found_helps_on(client):
    response = client.get("/partners/no-such-partner/")

    assert response.status_code == 404
    assert 'href="/partners/"' in response.content.decode()


ERROR_PAGES = [
    "page_not_found",
    "withdrawn",
    "forbidden",
    "form_expired",
    "bad_request",
    "server_error",
    "retry_later",
]


def answer_of_error(name: str, request):
    """What a reader gets where something cannot be answered."""
    match name:
        case "withdrawn":
            return responses.withdrawn(request, None)
        case "retry_later":
            return responses.retry_later(request, "Later.")
        case _:
            return getattr(errors, name)(request)


@pytest.mark.parametrize("name", ERROR_PAGES)
@pytest.mark.parametrize(
    ("language", "says"), [("en", "Not run by the Agency"), ("nl", "Niet van het Agency")]
)
def test_page_of_an_error_says_whose_directory_it_is(client, rf, lead, name, language, says):
    with override(language):
        get(client, reverse("about"))
        page = tree(answer_of_error(name, rf.get("/x/")))
    (head,), (title,) = page.find("header"), page.find("title")

    assert "Grand Programme" in head.find("a")[0].text
    assert "Grand Programme" in title.text
    assert says in head.text


def test_page_not_found_does_without_a_database_that_does_not_answer(rf, lead, monkeypatch):
    def refuse(*_):
        raise OperationalError("gone")

    monkeypatch.setattr(context, "kept_thing", refuse)
    monkeypatch.setattr(context, "last_read", context.LastRead())

    page = errors.page_not_found(rf.get("/x/"))

    assert page.status_code == 404
    assert "Independent directory." in page.content.decode()


def test_page_for_a_mistake_of_ours_asks_nothing_of_the_database(rf, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = errors.server_error(rf.get("/about/"))

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


def test_front_page_of_one_partner_counts_in_the_singular(client, lead):
    laboratory = make_organization("Lab", type="facility", parent=lead)
    make_agreement("Deal", partners=[make_organization("First")], laboratories=[laboratory])

    assert "The one partner has an agreement that names a laboratory." in text_of(get(client, "/"))


def test_operator_is_named_where_he_has_said_who_he_is(client, lead, settings):
    before = text_of(get(client, "/about/"))
    settings.PUBLISHER, settings.CONTACT = "The Open Desk", "mailto:desk@example.org"
    settings.CORRECTIONS = "https://example.org/errors"
    after = get(client, "/about/")

    assert "The publisher has not given a name yet." in before
    assert "No way to send corrections has been given yet." in before
    assert "published by The Open Desk" in text_of(after)
    assert 'href="mailto:desk@example.org"' in after
    assert after.count('href="https://example.org/errors"') == 2  # on the page, and at its foot
    assert "not been given" not in text_of(after)


def test_front_page_of_more_partners_than_are_drawn_counts_them(client, lead, monkeypatch):
    monkeypatch.setattr(pages, "MOST_DRAWN", 1)
    event = make_event("Great announcement")
    Programme.objects.update(announcement=event)
    make_agreement(
        "One", partners=[make_organization("Alpha"), make_organization("Beta")], announcement=event
    )
    make_partner("Latecomer")

    page = tree(client.get("/"))

    assert "2 announced on" in page.find(kind="figures")[0].text
    assert "announced agreements with 2 organizations" in page.text
    assert "The 2 partners announced" in page.text
    assert not page.find(kind="matrix")


def test_front_page_claims_no_announcement_that_announced_nothing(client, lead):
    Programme.objects.update(announcement=make_event("Empty announcement"))
    make_partner("Alpha")

    page = tree(client.get("/"))

    assert "announced on" not in page.text
    assert "Alpha" in page.find(kind="cards")[0].text
