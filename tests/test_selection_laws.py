"""Laws of the listings, over generated directories and generated selections, on each engine.

Both engines are compared with the same account in plain Python (`tests/worlds.py`), so both give the same answers.
"""

from functools import cache
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from partners.folding import fold
from partners.selection.listings import (
    AgreementListing,
    EventListing,
    LaboratoryListing,
    PartnerListing,
    SourceListing,
)
from partners.selection.selection import Selection
from partners.tables.agreements import AGREEMENTS, EVENTS
from partners.tables.columns import read_rows
from partners.tables.organizations import ORGANIZATIONS
from partners.tables.sources import SOURCES
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.laws import examples
from tests.searching import rows_found
from tests.worlds import Deal, Document, Happening, Someone, build_world

LISTINGS = {
    "partners": PartnerListing,
    "laboratories": LaboratoryListing,
    "agreements": AgreementListing,
    "events": EventListing,
    "sources": SourceListing,
}
TABLES = {
    "partners": ORGANIZATIONS,
    "laboratories": ORGANIZATIONS,
    "agreements": AGREEMENTS,
    "events": EVENTS,
    "sources": SOURCES,
}
many_examples = examples(25)
# What they mean is the same here and in tests/test_search.py, which looks closer.
QUERIES = (
    *("", "", "zeta", "a", "ab", "ANGSTROM", "zeta one", "x", "also", "50", "&", "%", "_", "strasse", "日本"),
    *("legal", "sector b", "area challenge", "daily", "how came about", "agreement strasse", "what is"),
    *(
        "texas",
        "start-ups",
        "lead agency",
        "mou nowhere",
        "zeta nowhere",
        "of the",
        "december",
        "riddles -zeta",
    ),
)


@pytest.fixture(scope="module", params=[1, 2])
def world(request, db):
    """A directory that all tests look at. None of them leaves anything behind."""
    with transaction.atomic():
        yield build_world(request.param)
        transaction.set_rollback(True)


# The account of a listing


@cache
def records_of(world, listing: str):
    """The records of a listing in the account, and what its facets and its search see of each. Nothing changes them."""
    records, values, texts = {
        "partners": (world.partners, world.partner_values, world.partner_texts),
        "laboratories": (world.laboratories, world.laboratory_values, world.laboratory_texts),
        "agreements": (world.public_deals, world.agreement_values, world.agreement_texts),
        "events": (world.public_events, world.event_values, world.event_texts),
        "sources": (
            world.public_sources,
            world.source_values,
            world.source_texts,
        ),
    }[listing]
    return [(each, values(each), texts(each)) for each in records()]


@cache
def with_words(world, listing: str, query: str) -> set[str]:
    """The rows that a query finds, whatever else narrows the listing."""
    rows = {record.slug: texts for record, _values, texts in records_of(world, listing)}
    return rows_found(rows, query, len(world.sources) if listing == "sources" else None)


def matches(values: dict[str, set[str]], parameters: dict[str, list[str]]) -> bool:
    """OR within a parameter, AND across parameters, `none` for nothing recorded, `exclude_` for everything but."""
    for name, wanted in parameters.items():
        own = values[name.removeprefix("exclude_")] or {"none"}
        if bool(own & set(wanted)) == name.startswith("exclude_"):
            return False
    return True


def title_of(record: Someone | Deal | Happening | Document) -> str:
    return fold(record.name if isinstance(record, Someone) else record.title)


# By what each order goes; where that is None, the record comes last.
ORDERS = {
    "name": title_of,
    "title": title_of,
    "established": lambda someone: someone.established,
    "announced": lambda deal: deal.announced,
    "date": lambda event: event.date,
    "published": lambda source: source.published,
}


def in_order(records: list, sort: str) -> list:
    """The records by one key, those without it last, then by title and slug."""
    key = ORDERS[sort.removeprefix("-")]
    records = sorted(records, key=lambda record: (title_of(record), record.slug))
    having = [record for record in records if key(record) is not None]
    # Sorting keeps those with the same key as they are, backwards too.
    having.sort(key=key, reverse=sort.startswith("-"))
    return having + [record for record in records if key(record) is None]


def expected(world, listing, parameters, query, sort="") -> list[str]:
    having = with_words(world, listing, query)
    found = [
        record
        for record, values, _texts in records_of(world, listing)
        if matches(values, parameters) and record.slug in having
    ]
    return [record.slug for record in (in_order(found, sort) if sort else found)]


# Selections


def draw_parameters(data, world, listing: str) -> dict[str, list[str]]:
    """A few facets with a few values that occur, and `none`."""
    occurring: dict[str, set[str]] = {}
    for _record, values, _texts in records_of(world, listing):
        for name, own in values.items():
            occurring.setdefault(name, {"none"}).update(own)
    chosen = {}
    for name in data.draw(st.lists(st.sampled_from(sorted(occurring)), max_size=3, unique=True)):
        picks = st.lists(st.sampled_from(sorted(occurring[name])), min_size=1, max_size=3, unique=True)
        values = data.draw(picks)
        # Kept, left out, or some of the one and some of the other.
        kept = data.draw(st.sampled_from([len(values), len(values), 0, 1]))
        chosen |= {name: values[:kept], f"exclude_{name}": values[kept:]}
    return {name: values for name, values in chosen.items() if values}


def but_for(parameters: dict[str, list[str]], facet: str) -> dict[str, list[str]]:
    return {name: values for name, values in parameters.items() if name.removeprefix("exclude_") != facet}


def orders_of(listing: str) -> list[str]:
    """The orders of a listing that the account knows, both ways."""
    orders = LISTINGS[listing].base_filters["sort"].orders
    return [order for order in orders if order.removeprefix("-") in ORDERS]


def select(listing: str, parameters: dict[str, list[str]], **once) -> Selection:
    pairs = [(name, value) for name, values in parameters.items() for value in values]
    return Selection(LISTINGS[listing], QueryDict(urlencode([*pairs, *once.items()])))


def slugs(selection) -> list[str]:
    return list(selection.rows.values_list("slug", flat=True))


@pytest.mark.parametrize("listing", LISTINGS)
def test_account_knows_every_facet(world, listing):
    for _record, values, _texts in records_of(world, listing):
        assert set(values) == set(LISTINGS[listing].facets())


@pytest.mark.parametrize("listing", LISTINGS)
def test_rows_are_those_of_the_account(world, listing):
    @many_examples
    @given(st.data())
    def law(data):
        parameters = draw_parameters(data, world, listing)
        query = data.draw(st.sampled_from(QUERIES))
        sort = data.draw(st.sampled_from(orders_of(listing)))

        selection = select(listing, parameters, q=query, sort=sort)

        assert selection.problems == []
        assert slugs(selection) == expected(world, listing, parameters, query, sort)
        assert selection.count == len(slugs(selection))
        assert [row.slug for row in selection.page_rows] == slugs(selection)[:25]

    law()


@pytest.mark.parametrize("listing", LISTINGS)
def test_every_query_finds_the_rows_of_the_account(world, listing):
    for query in QUERIES:
        assert set(slugs(select(listing, {}, q=query))) == set(expected(world, listing, {}, query)), query


@pytest.mark.parametrize("listing", LISTINGS)
def test_facets_show_every_value_with_the_number_of_rows_after_choosing_it(world, listing):
    """Those that occur and those that are chosen, whatever else is; what the account counts, choosing one gives."""

    @many_examples
    @given(st.data())
    def law(data):
        parameters = draw_parameters(data, world, listing)
        query = data.draw(st.sampled_from(QUERIES))
        selection = select(listing, parameters, q=query)
        having = with_words(world, listing, query)

        for facet in selection.facets:
            others = but_for(parameters, facet.name)
            rows = [
                values[facet.name] or {"none"}
                for record, values, _ in records_of(world, listing)
                if matches(values, others) and record.slug in having
            ]
            chosen = set(parameters.get(facet.name, []))
            left_out = set(parameters.get(f"exclude_{facet.name}", []))
            # A value that is left out counts what choosing it instead would give.
            counted = {
                value: count
                for value in set().union(*rows)
                if (count := sum(value in own and not own & (left_out - {value}) for own in rows))
            }
            assert {line.value: line.count for line in facet.values} == (
                dict.fromkeys(chosen | left_out, 0) | counted
            )
            assert {line.value for line in facet.values if line.chosen} == chosen
            assert {line.value for line in facet.values if line.excluded} == left_out
        facet = data.draw(st.sampled_from(selection.facets))
        for line in facet.values[:4]:
            after = parameters | {facet.name: [line.value]}
            left = [value for value in after.pop(f"exclude_{facet.name}", []) if value != line.value]
            after |= {f"exclude_{facet.name}": left} if left else {}
            assert select(listing, after, q=query).count == line.count

    law()


@pytest.mark.parametrize("listing", LISTINGS)
def test_value_is_either_asked_for_or_left_out(world, listing):
    """Both at once is refused in words, for each facet; of the others nothing is forgotten."""
    for name, facet in LISTINGS[listing].facets().items():
        value = facet.terms.allowed()[0]
        for parameters in (
            {name: [value, "none"], f"exclude_{name}": [value]},
            {name: ["none"], f"exclude_{name}": ["none"]},
        ):
            selection = select(listing, parameters)

            (problem,) = selection.problems
            assert problem.parameter == f"exclude_{name}"
            assert "cannot be asked for and left out at once" in problem.message
            assert (selection.valid, selection.count, slugs(selection)) == (False, 0, [])


@pytest.mark.parametrize("listing", LISTINGS)
def test_way_out_of_nothing_leads_to_as_many_rows_as_it_says(world, listing):
    tried = 0

    @many_examples
    @given(st.data())
    def law(data):
        nonlocal tried
        parameters = draw_parameters(data, world, listing)
        selection = select(listing, parameters, q=data.draw(st.sampled_from(QUERIES)))

        if selection.count:
            assert selection.ways_out == []
        else:
            tried += 1
            rows = {
                chip: Selection(LISTINGS[listing], QueryDict(chip.link[1:])).count for chip in selection.chips
            }
            assert dict(selection.ways_out) == {chip: count for chip, count in rows.items() if count}
            counts = [count for _chip, count in selection.ways_out]
            assert counts == sorted(counts, reverse=True)

    law()
    assert tried


@pytest.mark.parametrize("listing", LISTINGS)
def test_all_pages_together_are_the_rows_in_order(world, listing):
    first = select(listing, {}, per_page="25")

    pages = [
        select(listing, {}, per_page="25", page=str(n)).page_rows for n in first.page.paginator.page_range
    ]

    assert [row.slug for rows in pages for row in rows] == slugs(first)


@pytest.mark.parametrize("listing", ["partners", "laboratories", "agreements"])
def test_cells_of_related_records_are_those_of_the_account(world, listing):
    table = TABLES[listing]
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


def cost(listing: str) -> tuple[int, int]:
    """The rows of a selection, and how many queries it takes to read them with all that a page says of them."""
    columns = TABLES[listing].public_columns
    facet, values = {
        "events": ("kind", ["policy", "milestone"]),
        "sources": ("stance", ["critical", "official"]),
    }.get(listing, ("agreement_type", ["mou", "crada"]))
    # What was written before this is put into the index once, by whoever looks first.
    select(listing, {})
    with CaptureQueriesContext(connection) as queries:
        selection = select(listing, {facet: values})
        _ = selection.facets, selection.chips
        assert len(list(read_rows(selection.rows, columns))) == selection.count
    return selection.count, len(queries)


def test_number_of_queries_does_not_grow_with_rows(world):
    few = {listing: cost(listing) for listing in LISTINGS}
    with transaction.atomic():
        build_world(4, organizations=120, agreements=150, mark="more-")
        many = {listing: cost(listing) for listing in LISTINGS}
        transaction.set_rollback(True)

    for listing in LISTINGS:
        assert many[listing][0] > few[listing][0], listing
        assert many[listing][1] == few[listing][1], listing
