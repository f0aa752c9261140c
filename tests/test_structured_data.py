"""What pages tell machines: descriptions in the words of schema.org, tags of Open Graph, canonical addresses."""

import datetime
import html
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.template import Context
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from rdflib import Graph

from partners.formats.files import FILE_FORMATS
from partners.head.page import Page
from partners.head.pages import MEDIA_TYPES, describe
from partners.head.structured_data import Site, node, organization, script_text
from partners.models import Organization
from partners.nouns import listed
from tests.html import Head
from tests.laws import examples
from tests.records import make_agreement, make_event, make_organization, make_partner, make_sector
from tests.schema_org import judge, mistakes, read
from tests.test_publication import body, make_directory, walk
from tests.worlds import one_of_everything

pytestmark = pytest.mark.django_db

ROOT = "http://testserver"
HOSTILE = "</script><!-- <b>&amp;&lt;\u2028\u2029 \"quoted\" 'so' \\ ]]> {{ x }} 🙂"


def head(client, address: str) -> Head:
    response = client.get(address)
    assert response.status_code == 200, address
    return Head(response.content.decode())


def described(client, address: str) -> dict:
    return description_in(head(client, address))


def description_in(page: Head) -> dict:
    assert len(page.scripts) == 1, page.links
    return json.loads(page.scripts[0])


@pytest.fixture
def directory(db):
    one_of_everything()


# An address of every route that answers with a page.
ADDRESSES = {
    "overview": ["/"],
    "partner_list": ["/partners/", "/partners/?sector=chips&sort=-name", "/partners/?view=table", "/partners/?sector=zzz"],
    "agreement_list": ["/agreements/", "/agreements/?q=nothing+at+all"],
    "laboratory_list": ["/laboratories/"],
    "event_list": ["/timeline/"],
    "source_list": ["/sources/"],
    "partner_detail": ["/partners/alpha/", "/partners/beta/"],
    "agency_detail": ["/agencies/agency/"],
    "laboratory_detail": ["/laboratories/site/"],
    "agreement_detail": ["/agreements/great-agreement/"],
    "event_detail": ["/timeline/great-day/"],
    "source_detail": ["/sources/the-paper/", "/sources/the-order/"],
    "sector_list": ["/sectors/"],
    "sector_detail": ["/sectors/chips/"],
    "mission_area_list": ["/mission-areas/"],
    "mission_area_detail": ["/mission-areas/energy/", "/mission-areas/fusion/"],
    "search": ["/search/", "/search/?q=alpha", "/search/?q=nothing+at+all", "/search/?q=alpha&kind=page"],
    "comparison": ["/compare/", "/compare/?partner=alpha&partner=beta"],
    "crossing": ["/cross/", "/cross/?of=partners&rows=sector&columns=ownership"],
    "data": ["/data/"],
    "about": ["/about/"],
}  # fmt: skip
EVERY_ADDRESS = [address for addresses in ADDRESSES.values() for address in addresses]


@dataclass(frozen=True)
class Pages:
    """The heads of all these pages, and the media types of the pictures that they name."""

    heads: dict[str, Head]
    pictures: dict[str, str]


@pytest.fixture(scope="module")
def pages(django_db_setup, django_db_blocker) -> Pages:
    """Every page of a directory with one of everything, read once; the directory is gone afterwards."""
    client = Client()
    with django_db_blocker.unblock(), transaction.atomic():
        one_of_everything()
        heads = {address: head(client, address) for address in EVERY_ADDRESS}
        named = {address for page in heads.values() for address in page.said("og:image")}
        answers = {address: client.get(address.removeprefix(ROOT)) for address in named}
        assert {answer.status_code for answer in answers.values()} == {200}
        transaction.set_rollback(True)
    return Pages(heads, {address: answer["Content-Type"] for address, answer in answers.items()})


def test_every_page_there_is_has_a_description(client, settings, tmp_path):
    """The walk of every public route finds no page that does not describe itself."""
    settings.VERSIONS_DIR = tmp_path / "versions"
    hidden = make_directory()
    described_routes = set()
    for route, addresses in walk(hidden).items():
        for address in addresses[:4]:
            response = client.get(address, follow=True)
            text = body(response)
            is_page = response.status_code == 200 and "text/html" in response["Content-Type"]
            if is_page:
                assert mistakes(read(json.loads(Head(text).scripts[0]))) == [], address
                described_routes.add(route)

    assert set(ADDRESSES) <= described_routes


# Every page


@pytest.mark.parametrize("address", EVERY_ADDRESS)
def test_page_is_described_in_words_that_schema_org_has(pages, address):
    graph = read(description_in(pages.heads[address]))

    assert len(graph) > 5
    assert mistakes(graph) == []


def test_descriptions_have_what_their_readers_ask_for(pages):
    everything = Graph()
    for page in pages.heads.values():
        everything += read(description_in(page))

    assert judge(everything) == ""


def values_of(thing, name=""):
    """Every value in a description, with the name of its property."""
    if isinstance(thing, dict):
        for name, value in thing.items():
            yield from values_of(value, name)
    elif isinstance(thing, list):
        assert thing, f"{name} is empty"
        for value in thing:
            yield from values_of(value, name)
    else:
        yield name, thing


@pytest.mark.parametrize("address", EVERY_ADDRESS)
def test_description_has_no_empty_value_and_only_whole_addresses(pages, address):
    values = list(values_of(description_in(pages.heads[address])))

    assert all(value not in ("", None) for _name, value in values)
    for name, value in values:
        if name in ("url", "item", "contentUrl", "sameAs", "urlTemplate", "inDefinedTermSet"):
            assert urlsplit(value).scheme in ("http", "https") and urlsplit(value).netloc, (name, value)


@pytest.mark.parametrize("address", EVERY_ADDRESS)
def test_breadcrumb_leads_from_the_front_page_to_the_page(pages, address):
    page = description_in(pages.heads[address])
    if address == "/":
        assert page["@type"] == "WebSite" and "breadcrumb" not in page
        return

    steps = page["breadcrumb"]["itemListElement"]

    assert [step["position"] for step in steps] == list(range(1, len(steps) + 1))
    assert steps[0]["item"] == f"{ROOT}/"
    assert steps[-1]["item"] == ROOT + address.partition("?")[0]
    for step, next_step in zip(steps, steps[1:], strict=False):
        assert step["item"].removeprefix(ROOT) in pages.heads, "a page that answers"
        assert step["item"] != next_step["item"]


def test_breadcrumb_of_a_mission_area_names_what_it_is_part_of(directory, client):
    steps = described(client, "/mission-areas/fusion/")["breadcrumb"]["itemListElement"]

    assert [step["name"] for step in steps] == ["Home", "Mission areas", "Energy", "Fusion"]


@pytest.mark.parametrize("address", EVERY_ADDRESS)
def test_page_says_how_it_looks_where_it_is_shared(pages, address):
    page = pages.heads[address]
    said = {name: page.said(f"og:{name}") for name in (
        "title", "description", "url", "type", "site_name", "image", "image:width", "image:height", "image:alt",
    )}  # fmt: skip

    description = " ".join(page.said("description")[0].split())
    assert said.pop("description") == ([description] if description else [])
    assert all(len(contents) == 1 and contents[0].strip() for contents in said.values()), said
    assert said["url"] == [page.links["canonical"]]
    assert " ".join(page.title.split()).startswith(said["title"][0])
    assert said["site_name"] == ["Genesis Mission partner directory"]
    assert (said["image:width"], said["image:height"]) == (["1200"], ["630"])
    assert page.said("twitter:card") == ["summary_large_image"]
    assert pages.pictures[said["image"][0]] == "image/png"


# Records


def test_profile_says_what_is_recorded_of_an_organization(directory, client):
    page = described(client, "/partners/alpha/")

    assert page["@type"] == "ProfilePage"
    assert page["mainEntity"] == {
        "@type": "Corporation",
        "name": "Alpha",
        "legalName": "Alpha Holding N.V.",
        "alternateName": ["AA", "Alfa"],
        "description": "What Alpha is.",
        "url": f"{ROOT}/partners/alpha/",
        "sameAs": [
            "https://alpha.example/",
            "https://www.wikidata.org/wiki/Q95",
            "https://ror.org/00njsd438",
        ],
        "foundingDate": "1999",
        "address": {
            "@type": "PostalAddress",
            "addressLocality": "Delft",
            "addressRegion": "Zuid-Holland",
            "addressCountry": "NL",
        },
        "keywords": ["Chips"],
        "parentOrganization": {"@type": "Organization", "name": "Omega"},
    }
    assert {
        "@type": "NewsArticle",
        "name": "The Paper",
        "url": "https://example.org/the-paper",
        "publisher": {"@type": "Organization", "name": "The Press"},
        "datePublished": "2026-01-02",
        "inLanguage": "en",
    } in page["citation"]


def test_profile_names_the_record_it_belongs_to(directory, client):
    assert described(client, "/laboratories/site/")["mainEntity"]["parentOrganization"] == {
        "@type": "GovernmentOrganization",
        "name": "Agency",
        "url": f"{ROOT}/agencies/agency/",
    }


VALUES = {
    "legal_name": "legalName",
    "website": "sameAs",
    "wikidata_id": "sameAs",
    "ror_id": "sameAs",
    "established": "foundingDate",
    "city": "address",
    "country_code": "address",
    "parent_name": "parentOrganization",
}
SITE = Site("https://directory.example", "Directory", "en")


@given(st.sets(st.sampled_from(sorted(VALUES))))
@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_not_recorded_is_not_said(django_db_blocker, recorded):
    whole = {
        "legal_name": "Alpha N.V.",
        "website": "https://alpha.example/",
        "wikidata_id": "Q95",
        "ror_id": "https://ror.org/00njsd438",
        "established": 1999,
        "city": "Delft",
        "country_code": "NL",
        "parent_name": "Omega",
    }
    alpha = Organization(
        pk=1, slug="alpha", name="Alpha", type="company", **{name: whole[name] for name in recorded}
    )
    alpha._prefetched_objects_cache = {"names": [], "sectors": []}

    said = organization(SITE, alpha)

    assert set(said) == {"@type", "name", "url", *(VALUES[name] for name in recorded)}
    places = {whole[name] for name in recorded if VALUES[name] == "sameAs"}
    assert {
        place.removeprefix("https://www.wikidata.org/wiki/") for place in said.get("sameAs", ())
    } == places


def test_agreement_tells_its_dates_as_events_and_names_its_parties(directory, client):
    page = described(client, "/agreements/great-agreement/")

    events = {each["name"].partition(": ")[2]: each for each in page["mentions"] if each["@type"] == "Event"}
    assert {name: (each["startDate"], each.get("endDate")) for name, each in events.items()} == {
        "announced": ("2025-12-18", None),
        "signed": ("2025-12-17", None),
        "in effect": ("2026-01-01", "2027-01-01"),
    }
    assert events["announced"]["superEvent"]["url"] == f"{ROOT}/timeline/great-day/"
    assert [each["name"] for each in page["about"]] == ["Alpha", "Beta", "Agency", "Site", "Fusion"]


def test_agreement_tells_its_sums_with_their_bounds_and_awards_as_grants(directory, client):
    sums = [
        each
        for each in described(client, "/agreements/great-agreement/")["mentions"]
        if each["@type"] != "Event"
    ]

    assert sums == [
        {
            "@type": "MonetaryAmount",
            "name": "Contract value of at least $600 million",
            "description": "For the machine",
            "currency": "USD",
            "validFrom": "2026-01-01",
            "validThrough": "2026-12-31",
            "minValue": 600_000_000,
        },
        {
            "@type": "MonetaryGrant",
            "name": "Award of about €12.50",
            "amount": {
                "@type": "MonetaryAmount",
                "name": "Award of about €12.50",
                "currency": "EUR",
                "value": 12.5,
            },
            "funder": {
                "@type": "GovernmentOrganization",
                "name": "Agency",
                "url": f"{ROOT}/agencies/agency/",
            },
        },
        {
            "@type": "MonetaryGrant",
            "name": "Award of up to ¥5",
            "amount": {
                "@type": "MonetaryAmount",
                "name": "Award of up to ¥5",
                "currency": "JPY",
                "maxValue": 5,
            },
        },
    ]


def test_event_tells_its_day(directory, client):
    event = described(client, "/timeline/great-day/")["mainEntity"]

    assert (event["@type"], event["startDate"]) == ("Event", "2025-12-18")


def test_hidden_announcement_and_parent_are_not_told(client):
    hidden = make_event("Secret day", publication_state="draft")
    holding = make_organization("Secret holding", publication_state="draft")
    alpha = make_organization("Alpha", parent=holding)
    make_agreement("One", partners=[alpha], announcement=hidden, announced_date=datetime.date(2026, 1, 1))

    for address in ("/agreements/one/", "/partners/alpha/"):
        assert "Secret" not in json.dumps(described(client, address))


# Listings


def rows_of(page: dict) -> list[str]:
    items = next(each for each in page["mainEntity"] if each["@type"] == "ItemList")
    return [item["url"] for item in items.get("itemListElement", [])]


@pytest.mark.parametrize(
    "query", ["", "?sort=-name", "?sector=chips", "?q=partner+1", "?page=2", "?view=table&columns=city"]
)
def test_listing_links_exactly_the_rows_of_its_page(client, query):
    chips = make_sector("Chips")
    for number in range(30):
        make_partner(f"Partner {number}", sectors=[chips] if number % 3 else [])

    response = client.get("/partners/" + query)
    page = json.loads(Head(response.content.decode()).scripts[0])

    shown = [f"{ROOT}/partners/{row['organization']}/" for row in response.context["rows"]]
    assert rows_of(page) == shown != []
    items = page["mainEntity"][0]
    assert items["numberOfItems"] == response.context["selection"].count
    first = 26 if "page" in query else 1
    assert [item["position"] for item in items["itemListElement"]] == list(range(first, first + len(shown)))


@pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
def test_files_of_a_listing_are_there_and_are_what_they_are_said_to_be(directory, client, noun):
    data = described(client, reverse(noun.page_route))["mainEntity"][1]

    assert data["@type"] == "Dataset"
    assert len(data["distribution"]) == len(MEDIA_TYPES)
    for file in data["distribution"]:
        response = client.get(file["contentUrl"].removeprefix(ROOT))
        assert response.status_code == 200 and body(response)
        assert response["Content-Type"].partition(";")[0] == file["encodingFormat"]


def test_files_of_a_selection_hold_the_selection(directory, client):
    data = described(client, "/partners/?ownership=startup&view=table")["mainEntity"][1]

    csv = next(file for file in data["distribution"] if file["encodingFormat"] == "text/csv")
    assert csv["contentUrl"] == f"{ROOT}/partners.csv?ownership=startup"


def test_every_shape_of_a_listing_is_data_or_describes_it():
    """A new shape has to be put on one side or the other."""
    descriptions = {"metadata", "package", "schema"}
    subscriptions = {"atom", "ics"}

    assert {shape.name for shape in FILE_FORMATS} == MEDIA_TYPES.keys() | descriptions | subscriptions


def test_data_page_lists_every_listing_as_a_dataset_with_its_columns(directory, client):
    catalogue = described(client, "/data/")["mainEntity"]

    whole, *listings = catalogue["dataset"]
    package = client.get(whole["distribution"][0]["contentUrl"].removeprefix(ROOT))
    assert package.status_code == 200 and body(package)
    assert package["Content-Type"] == whole["distribution"][0]["encodingFormat"]
    assert [data["url"] for data in listings] == [ROOT + reverse(noun.page_route) for noun in listed()]
    for noun, data in zip(listed(), listings, strict=True):
        assert data["variableMeasured"] == [column.name for column in noun.table.public_columns]
        assert "license" not in data


@pytest.mark.parametrize(
    ("stated", "said"),
    [("https://licence.example/1", "https://licence.example/1"), ("Our terms", {"@type": "CreativeWork", "name": "Our terms"})],
)  # fmt: skip
def test_stated_licence_is_said_of_the_data(directory, client, settings, stated, said):
    settings.DATA_LICENCE = stated
    page = described(client, "/data/?licence")

    assert {json.dumps(data["license"]) for data in page["mainEntity"]["dataset"]} == {json.dumps(said)}
    assert mistakes(read(page)) == []


def test_search_of_the_front_page_leads_to_what_it_finds(directory, client):
    action = described(client, "/")["potentialAction"]

    address = action["target"]["urlTemplate"].format(query="alpha")
    found = client.get(address.removeprefix(ROOT)).context["results"].groups
    assert rows_of(described(client, address.removeprefix(ROOT))) == [
        f"{ROOT}{hit.address}" for group in found for hit in group.hits
    ]
    assert f"{ROOT}/partners/alpha/" in rows_of(described(client, address.removeprefix(ROOT)))


def test_description_costs_no_query(client, directory, django_assert_num_queries):
    response = client.get("/partners/")
    known = {name: response.context[name] for name in ("request", "noun", "rows", "selection", "programme")}
    page = Page(Context(known), "Site", "Partners", "All of them.")

    with django_assert_num_queries(0):
        describe(page)


# Safety


@given(st.text() | st.just(HOSTILE))
def test_no_value_can_end_the_script(text):
    written = script_text(node("Thing", name=text + HOSTILE))

    assert not set(written) & set("<>&\u2028\u2029")
    assert json.loads(written)["name"] == text + HOSTILE


def test_hostile_texts_come_through_whole(client):
    make_partner("Alpha", summary_en=HOSTILE, legal_name=HOSTILE)
    Organization.objects.filter(slug="alpha").update(name=HOSTILE)

    page = head(client, "/partners/alpha/")

    assert len(page.scripts) == 1
    entity = json.loads(page.scripts[0])["mainEntity"]
    assert (entity["name"], entity["legalName"], entity["description"]) == (HOSTILE,) * 3
    assert page.said("og:title") == [" ".join(HOSTILE.split())]
    assert html.unescape(page.said("og:description")[0]) == html.unescape(" ".join(HOSTILE.split()))


# Canonical addresses


CANONICAL = [
    ("/partners/", "/partners/"),
    ("/partners/alpha/?utm_source=x", "/partners/alpha/"),
    ("/partners/?view=table&columns=name&per_page=50", "/partners/"),
    ("/partners/?sort=-name", "/partners/"),
    ("/partners/?q=", "/partners/"),
    ("/partners/?nonsense=1", "/partners/"),
    ("/partners/?sector=zzz", "/partners/"),
    ("/partners/?page=2", "/partners/?page=2"),
    ("/partners/?page=1", "/partners/"),
    ("/partners/?page=99", "/partners/?page=2"),
    ("/partners/?page=2&sort=-name", "/partners/"),
    ("/partners/?sector=clouds&sector=chips", "/partners/?sector=chips&sector=clouds"),
    ("/partners/?ownership=none&type=company&find_sector=x", "/partners/?type=company&ownership=none"),
    ("/partners/?q=partner&page=2", "/partners/?q=partner&page=2"),
]


@pytest.fixture(scope="module")
def canonical_links(django_db_setup, django_db_blocker) -> dict[str, str]:
    """What these pages, and those that they lead to, say is their address; of a directory that is gone afterwards."""
    client, links = Client(), {}
    with django_db_blocker.unblock(), transaction.atomic():
        sectors = [make_sector("Chips"), make_sector("Clouds")]
        make_partner("Alpha")
        for number in range(30):
            make_partner(f"Partner {number}", sectors=sectors)
        for address, _canonical in CANONICAL:
            links[address] = head(client, address).links["canonical"].removeprefix(ROOT)
        for found in set(links.values()) - set(links):
            links[found] = head(client, found).links["canonical"].removeprefix(ROOT)
        transaction.set_rollback(True)
    return links


@pytest.mark.parametrize(("address", "canonical"), CANONICAL)
def test_pages_with_the_same_rows_share_one_address(canonical_links, address, canonical):
    found = canonical_links[address]

    assert (
        sorted(found.split("&")) == sorted(canonical.split("&")) if "&" in canonical else found == canonical
    )
    assert canonical_links[found] == found


@pytest.mark.parametrize(
    ("address", "listed"),
    [
        *(("/partners/", True), ("/partners/?page=2", True), ("/partners/?q=", True), ("/data/", True)),
        ("/partners/?page=3", False),
        *(
            ("/partners/?q=alpha", False),
            ("/partners/?page=2&view=table", False),
            ("/cross/?of=partners", False),
        ),
    ],
)
def test_search_engines_are_asked_to_list_pages_but_not_what_is_chosen_on_them(
    client, directory, address, listed
):
    for number in range(25):
        make_partner(f"Partner {number}")
    assert (head(client, address).said("robots") == []) is listed


def test_rows_of_a_selection_and_of_its_canonical_address_are_the_same(client):
    for number in range(30):
        make_partner(f"Partner {number}", ownership="startup" if number % 2 else "nonprofit")

    for query in (
        "?ownership=startup&sort=-name",
        "?exclude_ownership=startup&view=table",
        "?q=partner&page=2",
    ):
        address = head(client, f"/partners/{query}").links["canonical"].removeprefix(ROOT)
        first, second = described(client, f"/partners/{query}"), described(client, address)
        assert set(rows_of(first)) == set(rows_of(second)) != set()
