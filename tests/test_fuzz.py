"""Whatever stands in an address, a listing answers with a page, a file, or 400, and at a bounded cost."""

import pytest
from django.db import connection, reset_queries
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import example, given
from hypothesis import strategies as st

from partners.nouns import listed
from partners.selection.selection import Selection
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.fuzzing import MARK, NASTY, encoded
from tests.laws import examples
from tests.worlds import build_world

# As many as a page may cost whose every filter is tried for a way out of no rows.
MOST_QUERIES = 250
RAW = (
    "%",
    "%zz",
    "%00",
    "%ff%fe",
    "%C0%80",
    "%ED%A0%80",
    "&&&",
    "===",
    ";",
    "+",
    "a=b=c",
    "%26",
    "%u0041",
    "é",
)


@pytest.fixture(scope="module", autouse=True)
def world(db):
    """A directory that all tests ask."""
    return build_world(1, organizations=30, agreements=30)


def parameters_of(noun) -> list[str]:
    """Every parameter of a listing, and some that it does not have."""
    shape = ["page", "per_page", "view", "columns", "find_sector", "format", "utm_source", MARK, "", "q[]"]
    return [*noun.listing.parameters(), *shape]


@st.composite
def query_strings(draw, noun) -> str:
    """Known and unknown parameters, with values that occur and values that nobody wants."""
    terms = [term.terms.allowed() for term in noun.listing.facets().values()]
    good = [value for values in terms for value in values[:5]]
    values = st.one_of(st.sampled_from(NASTY), st.sampled_from(good), st.text(max_size=30))
    names = st.one_of(st.sampled_from(parameters_of(noun)), st.text(max_size=10))
    pairs = draw(st.lists(st.tuples(names, values, st.sampled_from([1, 1, 1, 1, 2, 60])), max_size=8))
    parts = [part for name, value, times in pairs for part in [f"{encoded(name)}={encoded(value)}"] * times]
    parts += draw(st.lists(st.sampled_from(RAW), max_size=3))
    return "&".join(draw(st.permutations(parts)) if len(parts) < 20 else parts)


def get(address: str, query: str, **headers):
    """The answer to a query string that is sent as it stands, with the body read."""
    # The log of a connection is of limited length, and this one lasts for the whole file.
    reset_queries()
    with CaptureQueriesContext(connection) as queries:
        response = Client().get(address, QUERY_STRING=query, headers=headers)
        body = response.getvalue()
    return response, body.decode(), len(queries)


def check(address: str, query: str, **headers) -> None:
    response, body, queries = get(address, query, **headers)

    assert response.status_code in (200, 400, 414)
    assert queries <= MOST_QUERIES
    assert "Set-Cookie" not in response.headers
    if "html" in response["Content-Type"]:
        assert "<x-evil" not in body
        assert "<script>alert" not in body


@pytest.mark.parametrize("shape", ["page", "part", "file"])
@pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
def test_listing_answers_whatever_it_is_asked(db, noun, shape):
    address = reverse(noun.csv_route if shape == "file" else noun.page_route)
    headers = {"HX-Request": "true"} if shape == "part" else {}

    @examples(30)
    @given(query_strings(noun))
    @example("")
    @example("&".join(f"{name}=none" for name in noun.listing.parameters()))
    @example("&".join(f"{name}={encoded(MARK)}" for name in parameters_of(noun)))
    def law(query):
        check(address, query, **headers)

    law()


def takes(noun, name: str, value: str) -> bool:
    """Whether a parameter of a listing understands a value: then it decides over the rows and all that is said of them."""
    reset_queries()
    with CaptureQueriesContext(connection) as queries:
        selection = Selection(noun.listing, QueryDict(f"{name}={encoded(value)}"))
        assert selection.valid == (not selection.problems)
    assert len(queries) <= MOST_QUERIES
    return selection.valid


@pytest.mark.parametrize("value", NASTY, ids=range(len(NASTY)))
def test_every_parameter_takes_every_value(db, value):
    """One listing after another, with one bad value in each of its parameters in turn.

    A value that is understood gets a page to itself. One that is refused leaves the rest of the page as it is, so a
    page says at once what is wrong with it in many parameters; the next test looks at each of them alone.
    """
    for number, noun in enumerate(listed()):
        names = noun.listing.parameters()
        asked = [name for place, name in enumerate(names) if (number + place + len(value)) % 3 == 0]
        refused = [name for name in asked if not takes(noun, name, value)]
        for name in (name for name in asked if name not in refused):
            check(reverse(noun.page_route), f"{name}={encoded(value)}")
        if refused:
            check(reverse(noun.page_route), "&".join(f"{name}={encoded(value)}" for name in refused))
        check(reverse(noun.csv_route), "&".join(f"{n}={encoded(value)}" for n in names))


@pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
def test_page_answers_what_is_wrong_with_one_parameter(db, noun):
    alone = {}
    for place, name in enumerate(noun.listing.parameters()):
        values = (*NASTY[place:], *NASTY[:place])
        alone[name] = next((value for value in values if not takes(noun, name, value)), None)
        if alone[name] is not None:
            check(reverse(noun.page_route), f"{name}={encoded(alone[name])}")

    assert None not in alone.values()


@pytest.mark.parametrize("times", [51, 1_000, 6_000])
@pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
def test_parameter_may_come_thousands_of_times(db, noun, times):
    for name in (*noun.listing.parameters()[:3], "sort", "page", "nobody"):
        alike = "&".join([f"{name}=mou"] * times)
        different = "&".join(f"{name}=v{number}" for number in range(times))
        for query in (alike, different):
            check(reverse(noun.page_route), query)
            check(reverse(noun.csv_route), query)


@pytest.mark.parametrize("query", [f"{number}{MARK}" for number in range(3)])
def test_mark_reaches_the_page_escaped(db, query):
    """The tests above would see nothing if what they send were dropped."""
    for noun in listed():
        _response, body, _queries = get(reverse(noun.page_route), f"q={encoded(query)}")
        assert "&lt;x-evil" in body
