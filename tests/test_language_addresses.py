"""One site in several languages: an address says the language of its page, and every page leads to its twins."""

import re
from html import unescape

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from partners.languages import language_of_path, path_in
from tests.records import (
    make_agreement,
    make_curator,
    make_event,
    make_mission_area,
    make_organization,
    make_partner,
    make_programme,
    make_sector,
)

pytestmark = pytest.mark.django_db
CODES = [code for code, _name in settings.LANGUAGES]


def links(page: str, attribute: str) -> dict[str, str]:
    """The addresses of links to other languages by their codes."""
    found = re.findall(rf"<(?:a|link)\b[^>]*?{attribute}[^>]*>", page)
    return {
        re.search(r'hreflang="([^"]+)"', tag)[1]: unescape(re.search(r'href="([^"]+)"', tag)[1])
        for tag in found
    }


@given(st.from_regex(r"/([a-z]{1,3}/){0,3}(\?q=/nl/)?", fullmatch=True), st.sampled_from(CODES))
def test_every_path_has_one_twin_in_each_language(path, code):
    twin = path_in(code, path)

    assert language_of_path(twin.partition("?")[0]) == code
    assert path_in(language_of_path(path.partition("?")[0]), twin) == path


@pytest.mark.parametrize("query", ["", "?q=alpha&type=company"])
@pytest.mark.parametrize("route", ["overview", "partner_list", "about", "data", "search"])
def test_page_leads_to_the_same_page_in_every_language(client, route, query):
    make_partner("Alpha")
    make_programme()
    addresses = {}
    for code in CODES:
        with override(code):
            addresses[code] = reverse(route) + query

    for code, address in addresses.items():
        response = client.get(address)
        page = response.content.decode()
        assert response["Content-Language"] == code
        assert f'<html lang="{code}">' in page
        others = {other: addresses[other] for other in CODES if other != code}
        assert links(page, "data-here") == others
        if not query:
            root = settings.SITE_URL
            named = {other: root + addresses[other] for other in CODES}
            assert links(page, 'rel="alternate" hreflang') == named | {"x-default": named["en"]}
            assert f'<link rel="canonical" href="{root}{address}">' in page


def test_nothing_but_the_address_chooses_the_language(client):
    client.cookies["django_language"] = "nl"

    response = client.get("/about/", headers={"Accept-Language": "nl"})

    assert response["Content-Language"] == "en"
    assert "Language" not in response.get("Vary", "")
    assert "nl" not in response.cookies


@pytest.mark.parametrize(
    "address, there",
    [("/en/about/?a=1", "/about/?a=1"), ("/en/", "/"), ("/en//example.org/", "/example.org/")],
)
def test_language_of_plain_addresses_has_no_second_address(client, address, there):
    response = client.get(address)

    assert (response.status_code, response["Location"]) == (301, there)


def test_address_of_a_language_that_is_not_spoken_leads_nowhere(client):
    assert client.get("/de/about/").status_code == 404
    assert client.get("/nl-be/about/").status_code == 404


def test_former_address_leads_on_in_the_same_language(client):
    make_organization("Alpha", type="facility")

    response = client.get("/nl/partners/alpha/")

    assert (response.status_code, response["Location"]) == (301, "/nl/laboratories/alpha/")


def test_desk_speaks_the_language_of_its_address(client):
    client.force_login(make_curator())
    page = client.get("/nl/admin/").content.decode()

    assert '<html lang="nl"' in page
    assert links(page, "data-here") == {"en": "/admin/"}


@pytest.mark.parametrize("address", ["/nl/nowhere/", "/nl/nowhere.json"])
def test_what_is_not_there_is_said_in_the_language_of_the_address(client, address):
    response = client.get(address)

    assert response.status_code == 404
    assert response["Content-Language"] == "nl"


def test_names_of_related_records_are_in_the_language_of_the_page(client):
    """On the page and in its file; what has no name in it is the original, marked so where that can be said."""
    area = make_mission_area("Fusion", name_nl="Kernfusie")
    event = make_event("Great day", title_nl="Grote dag")
    chips, clouds = make_sector("Chips", name_nl="Halfgeleiders"), make_sector("Clouds")
    alpha = make_organization("Alpha", sectors=[chips, clouds], country_code="IE")
    make_agreement("Pact", partners=[alpha], mission_areas=[area], announcement=event)

    def told(address: str) -> str:
        return b"".join(client.get(address)).decode()

    assert "Halfgeleiders" in told("/nl/partners/") and "Chips" not in told("/nl/partners/")
    assert '<span lang="en">Clouds</span>' in told("/nl/partners/")
    assert "Chips" in told("/partners/") and "Halfgeleiders" not in told("/partners/")
    assert "Halfgeleiders;Clouds" in told("/nl/partners.csv") and "Chips;Clouds" in told("/partners.csv")
    assert "Ierland" in told("/nl/partners.csv") and "Ireland" in told("/partners.csv")
    for columns in ("", "?view=table"):
        assert "Kernfusie" in told(f"/nl/agreements/{columns}")
    assert "Grote dag" in told("/nl/agreements.csv") and "Great day" in told("/agreements.csv")


def test_table_shows_titles_in_the_language_of_the_page(client):
    """Where there is one in it; else the original, marked. A column that was asked for in another language is that."""
    make_agreement("Pact", title_nl="Verdrag")
    make_agreement("Deal")

    def cells(address: str) -> str:
        return client.get(address).content.decode().partition("<tbody")[2].partition("</tbody")[0]

    shown = cells("/nl/agreements/?view=table")
    assert "Verdrag</a>" in shown and '<span lang="en">Deal</span></a>' in shown and "Pact" not in shown
    assert '<span lang="en">Pact</span></a>' in cells("/nl/agreements/?view=table&columns=title_en")
    assert "Pact</a>" in cells("/agreements/?view=table")


def test_lists_of_terms_are_in_the_order_of_the_language(client):
    clouds = make_sector("Clouds", name_nl="Wolken")
    chips = make_sector("Semiconductors", name_nl="Halfgeleiders")
    make_partner("Alpha", sectors=[clouds, chips])

    def order(address: str, *names: str) -> list[int]:
        main = client.get(address).content.decode().partition("<main")[2]
        return [main.index(name) for name in names]

    for address, names in (("/sectors/", ("Clouds", "Semi")), ("/nl/sectors/", ("Halfgeleiders", "Wolken"))):
        places = order(address, *names)
        assert places == sorted(places), address
