"""A further language touches nothing but translations: whatever pages say comes from the catalogs or from the data."""

import re
from collections.abc import Iterator

import pytest
from django.urls import reverse
from django.utils.translation import override

from partners.money import currency_name
from partners.nouns import NOUNS
from partners.places import country_name, region_name
from partners.site_pages import SITE_PAGES
from partners.tables.definitions import TABLES
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.pseudo import CLOSE, CODE, OPEN, in_other_letters, pseudo_language, untranslatable
from tests.worlds import one_of_everything

# Names of formats, programs and registers, types of values and codes, which are the same in every language.
NAMES = {
    *(
        "API",
        "BibTeX",
        "CSV",
        "CSVW",
        "DuckDB",
        "Excel",
        "JSON",
        "NDJSON",
        "PNG",
        "ROR",
        "SHA",
        "SVG",
        "Schema",
    ),
    *("Table", "UTC", "Wikidata", "XLSX", "curl", "million", "pandas"),
    *("anyURI", "date", "decimal", "integer", "string"),
    *(column.name for table in TABLES for column in table.public_columns),
}


@pytest.fixture(scope="module")
def data(db) -> list[str]:
    """What the data said before they were put into other letters, which histories still say, and names from the lists of
    ISO and CLDR, which bring translations of their own."""
    one_of_everything()
    with override(CODE):
        lists = [name for code in ("NL", "US") for name in (country_name(code), country_name(code).upper())]
        lists += [region_name("NL-ZH"), *(currency_name(code) for code in ("USD", "EUR", "JPY", "CHF"))]
    return sorted([*in_other_letters(), *lists], key=len, reverse=True)


def addresses() -> Iterator[str]:
    """Every kind of public page, in its states: full, as a table, empty, and with something that is wrong."""
    for page in SITE_PAGES:
        yield reverse(page.route)
    for noun in NOUNS:
        if noun.has("list"):
            yield reverse(noun.page_route)
        if noun.has("files"):
            yield from (reverse(noun.page_route) + query for query in ("?view=table", "?q=ъ", "?ъ=1&sort=ъ"))
        for record in noun.rows()[:3] if noun.has("page") else ():
            yield record.get_absolute_url()
        for record in noun.rows()[:1] if noun.has_history else ():
            yield record.get_absolute_url() + "changes/"
    yield reverse("search") + "?q=а"
    yield reverse("search") + "?q=ъъъъ"
    yield reverse("between") + "?from=1&to=2"
    yield reverse("crossing") + "?of=partners&rows=type&columns=sector"
    yield reverse("comparison") + "?partner=alpha&partner=beta"
    yield reverse("overview") + "?as_of=1"
    yield reverse("overview") + "ъ/"


def said(address: str, client) -> str:
    return client.get(address, follow=True).content.decode()


def test_nothing_is_said_that_cannot_be_translated(data, client):
    with pseudo_language(), override(CODE):
        found = {
            (text, address)
            for address in addresses()
            for text in untranslatable(said(address, client), data, NAMES)
        }

    assert sorted(found) == []


def test_no_language_is_left_in_a_page_of_another(data, client):
    """Whatever is kept between two requests is kept for each language."""
    with pseudo_language():
        with override(CODE):
            for address in addresses():
                said(address, client)
        for address in addresses():
            # The dictionary names columns in every language, each marked as what it is.
            page = re.sub(rf'(?s)<i lang="{CODE}">.*?</i>', "", said(address, client))
            assert OPEN not in page and CLOSE not in page, address
