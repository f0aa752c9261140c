"""Laws of the listings, over generated directories and generated selections, on each engine.

Both engines are compared with the same account in plain Python (`tests/worlds.py`), so both give the same answers.
"""

from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partners.folding import fold
from partners.selection.listings import AgreementListing, LaboratoryListing, PartnerListing
from partners.selection.selection import Selection
from partners.tables.columns import read_rows
from partners.tables.definitions import AGREEMENTS, ORGANIZATIONS
from tests.worlds import build_world

pytestmark = pytest.mark.django_db

LISTINGS = {"partners": PartnerListing, "laboratories": LaboratoryListing, "agreements": AgreementListing}
many_examples = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
QUERIES = (
    "",
    "",
    "zeta",
    "a",
    "ab",
    "ANGSTROM",
    "zeta one",
    "x",
    "also",
    "50",
    "&",
    "%",
    "_",
    "strasse",
    "日本",
)


@pytest.fixture(params=[1, 2])
def world(request, db):
    return build_world(request.param)


def records_of(world, listing: str):
    """The records of a listing in the account, and what its facets and its search see of each."""
    if listing == "agreements":
        return [(d, world.agreement_values(d), world.words_of_agreement(d)) for d in world.public_deals()]
    people = world.partners() if listing == "partners" else world.laboratories()
    values = world.partner_values if listing == "partners" else world.laboratory_values
    return [(p, values(p), world.words_of_organization(p)) for p in people]


def has_words(texts: list[str], query: str) -> bool:
    words = fold(query).split()
    if query and not words:
        return False
    return all(any(word.startswith(w) for text in texts for word in text.split()) for w in words)


def matches(values: dict[str, set[str]], parameters: dict[str, list[str]]) -> bool:
    """OR within a parameter, AND across parameters, `none` for nothing recorded, `exclude_` for everything but."""
    for name, wanted in parameters.items():
        own = values[name.removeprefix("exclude_")] or {"none"}
        if bool(own & set(wanted)) == name.startswith("exclude_"):
            return False
    return True


def place(record, sort: str):
    """The key by which the account orders records."""
    if sort.lstrip("-") in ("established", "announced"):
        value = getattr(record, sort.lstrip("-"))
        number = 0 if value is None else value.toordinal() if hasattr(value, "toordinal") else value
        name = getattr(record, "name", None) or record.title
        return (value is None, -number if sort.startswith("-") else number, fold(name), record.slug)
    return (fold(getattr(record, "name", None) or record.title), record.slug)


def expected(world, listing, parameters, query, sort) -> list[str]:
    found = [
        record
        for record, values, words in records_of(world, listing)
        if matches(values, parameters) and has_words(words, query)
    ]
    if sort in ("-name", "-title"):
        found.sort(key=lambda record: record.slug)
        found.sort(key=lambda record: place(record, "name")[0], reverse=True)
    else:
        found.sort(key=lambda record: place(record, sort))
    return [record.slug for record in found]


def draw_parameters(data, world, listing: str) -> dict[str, list[str]]:
    """A few facets with a few values that occur, and `none`."""
    occurring: dict[str, set[str]] = {}
    for _record, values, _words in records_of(world, listing):
        for name, own in values.items():
            occurring.setdefault(name, {"none"}).update(own)
    chosen = {}
    for name in data.draw(st.lists(st.sampled_from(sorted(occurring)), max_size=3, unique=True)):
        prefix = data.draw(st.sampled_from(["", "", "", "exclude_"]))
        picks = st.lists(st.sampled_from(sorted(occurring[name])), min_size=1, max_size=3, unique=True)
        chosen[prefix + name] = data.draw(picks)
    return chosen


def select(listing: str, parameters: dict[str, list[str]], **once) -> Selection:
    pairs = [(name, value) for name, values in parameters.items() for value in values]
    return Selection(LISTINGS[listing], QueryDict(urlencode([*pairs, *once.items()])))


def slugs(selection) -> list[str]:
    return list(selection.rows.values_list("slug", flat=True))


@pytest.mark.parametrize("listing", LISTINGS)
def test_rows_are_those_of_the_account(world, listing):
    @many_examples
    @given(st.data())
    def law(data):
        parameters = draw_parameters(data, world, listing)
        query = data.draw(st.sampled_from(QUERIES))
        sort = data.draw(st.sampled_from(list(LISTINGS[listing].base_filters["sort"].orders)))

        selection = select(listing, parameters, q=query, sort=sort)

        assert selection.problems == []
        assert slugs(selection) == expected(world, listing, parameters, query, sort)
        assert selection.count == len(slugs(selection))

    law()


@pytest.mark.parametrize("listing", LISTINGS)
def test_count_beside_a_value_is_the_number_of_rows_after_choosing_it(world, listing):
    @many_examples
    @given(st.data())
    def law(data):
        parameters = draw_parameters(data, world, listing)
        query = data.draw(st.sampled_from(QUERIES))
        selection = select(listing, parameters, q=query)
        facet = data.draw(st.sampled_from(selection.facets))

        for line in facet.values:
            alone = {k: v for k, v in parameters.items() if k.removeprefix("exclude_") != facet.name}
            assert select(listing, alone | {facet.name: [line.value]}, q=query).count == line.count

    law()


@pytest.mark.parametrize("listing", LISTINGS)
def test_facets_show_every_value_that_occurs_and_every_chosen_one(world, listing):
    @many_examples
    @given(st.data())
    def law(data):
        parameters = draw_parameters(data, world, listing)
        selection = select(listing, parameters)

        for facet in selection.facets:
            others = {k: v for k, v in parameters.items() if k.removeprefix("exclude_") != facet.name}
            rows = [v for _, v, _ in records_of(world, listing) if matches(v, others)]
            occurring = set().union(*(own[facet.name] or {"none"} for own in rows))
            chosen = set(parameters.get(facet.name, [])) | set(parameters.get(f"exclude_{facet.name}", []))
            assert {line.value for line in facet.values} == occurring | chosen
            assert {line.value for line in facet.values if line.chosen} == set(parameters.get(facet.name, []))

    law()


@pytest.mark.parametrize("listing", LISTINGS)
def test_way_out_of_nothing_leads_to_as_many_rows_as_it_says(world, listing):
    tried = 0

    @many_examples
    @given(st.data())
    def law(data):
        nonlocal tried
        parameters = draw_parameters(data, world, listing)
        selection = select(listing, parameters, q=data.draw(st.sampled_from(QUERIES)))
        without = [Selection(LISTINGS[listing], QueryDict(chip.link[1:])).count for chip in selection.chips]

        if selection.count:
            assert selection.ways_out == []
        else:
            tried += 1
            assert [count for _chip, count in selection.ways_out] == sorted(
                filter(None, without), reverse=True
            )
            for chip, count in selection.ways_out:
                assert Selection(LISTINGS[listing], QueryDict(chip.link[1:])).count == count

    law()
    assert tried


@pytest.mark.parametrize("listing", LISTINGS)
def test_all_pages_together_are_the_rows_in_order(world, listing):
    selection = select(listing, {}, per_page="25")

    pages = [
        select(listing, {}, per_page="25", page=str(n)).page for n in selection.page.paginator.page_range
    ]

    assert [row.slug for page in pages for row in page] == slugs(selection)


@pytest.mark.parametrize(
    ("listing", "table"),
    [("partners", ORGANIZATIONS), ("laboratories", ORGANIZATIONS), ("agreements", AGREEMENTS)],
)
def test_cells_of_related_records_are_those_of_the_account(world, listing, table):
    names = [column.name for column in table.public_columns]
    facets = {"sector": "sectors", "laboratory": "laboratories", "partner": "partners"}
    account = {record.slug: values for record, values, _ in records_of(world, listing)}

    for cells in read_rows(select(listing, {}).rows, table.public_columns):
        row = dict(zip(names, cells, strict=True))
        for facet, column in facets.items():
            if (
                facet in account[cells[0]]
                and column in row
                and not (listing == "agreements" and facet == "sector")
            ):
                assert row[column] == sorted(account[cells[0]][facet])


@pytest.mark.parametrize("listing", LISTINGS)
def test_number_of_queries_does_not_grow_with_rows(db, listing, django_assert_num_queries):
    columns = (AGREEMENTS if listing == "agreements" else ORGANIZATIONS).public_columns

    def ask() -> int:
        selection = select(
            listing, {"agreement_type": ["mou", "crada"], "agreement_status": ["active", "announced"]}
        )
        _ = selection.facets, selection.chips
        assert len(list(read_rows(selection.rows, columns))) == selection.count
        return selection.count

    build_world(3, organizations=40, agreements=60)
    with CaptureQueriesContext(connection) as few:
        rows = ask()
    build_world(4, organizations=120, agreements=150, mark="more-")

    with django_assert_num_queries(len(few)):
        assert ask() > 2 * rows
