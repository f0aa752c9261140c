"""Laws of two facets against each other, over generated directories and selections, compared with an account of them."""

import re

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from partners.formats.csv import neutralize_formula
from partners.nouns import listed
from partners.selection.crossing import Crossing
from partners.selection.selection import Selection
from partners.views.crossing import SHOWN_COLUMNS, SHOWN_ROWS
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.test_crossing import CROSSED, file_rows, links_of, numbers_of, page_of, text_of
from tests.test_selection_laws import (
    QUERIES,
    draw_parameters,
    many_examples,
    records_of,
    select,
)
from tests.test_selection_laws import world as world  # noqa: PLC0414 (a fixture)


def query_of(of: str, rows: str, columns: str, parameters: dict[str, list[str]], q: str = "") -> QueryDict:
    query = QueryDict(mutable=True)
    query.update({"of": of, "rows": rows, "columns": columns})
    for name, values in parameters.items():
        query.setlist(name, values)
    if q:
        query["q"] = q
    return query


def address_of(of: str) -> str:
    """What addresses call a list: "timeline" for the listing of events."""
    return next(noun.address.strip("/") for noun in listed() if noun.listing is CROSSED[of])


def draw_crossing(data, world, of: str) -> tuple[str, str, dict[str, list[str]], str]:
    """Two facets, a few filters (of these facets too), and a search."""
    facets = st.sampled_from(list(CROSSED[of].facets()))
    rows, columns = data.draw(st.lists(facets, min_size=2, max_size=2, unique=True))
    return rows, columns, draw_parameters(data, world, of), data.draw(st.sampled_from(QUERIES))


def values_of(own: dict[str, set[str]], facet: str, parameters: dict[str, list[str]]) -> set[str]:
    """The values of a record that a table shows: those that were chosen, where some were."""
    values = own[facet] or {"none"}
    return values & set(parameters.get(facet, values))


# Numbers


@pytest.mark.parametrize("of", CROSSED)
def test_numbers_are_those_of_the_account(world, of):
    @many_examples
    @given(st.data())
    def law(data):
        rows, columns, parameters, q = draw_crossing(data, world, of)
        query = query_of(of, rows, columns, parameters, q)
        # Which records are selected is a matter of other laws; where they stand is that of this one.
        selected = set(select(of, parameters, q=q).rows.values_list("slug", flat=True))
        found = [own for record, own, _words in records_of(world, of) if record.slug in selected]

        crossing = Crossing(CROSSED, query)

        cells, totals = {}, ({}, {})
        for own in found:
            here = [sorted(values_of(own, facet, parameters)) for facet in (rows, columns)]
            for total, values in zip(totals, here, strict=True):
                for value in values:
                    total[value] = total.get(value, 0) + 1
            for pair in [(row, column) for row in here[0] for column in here[1]]:
                cells[pair] = cells.get(pair, 0) + 1
        assert crossing.problems == []
        assert crossing.table.cells == cells
        assert crossing.table.count == len(found)
        for axis, total in zip((crossing.table.rows, crossing.table.columns), totals, strict=True):
            assert {line.value: line.count for line in axis.values} == total
            assert axis.total == len(total)

    law()


@pytest.mark.parametrize("of", CROSSED)
def test_values_with_most_records_come_first_then_by_label(world, of):
    facets = list(CROSSED[of].facets())
    for rows in facets:
        table = Crossing(CROSSED, query_of(of, rows, facets[0] if rows != facets[0] else facets[1], {})).table
        places = [
            (line.value == "none", -line.count, line.label.casefold(), line.value)
            for line in table.rows.values
        ]
        assert places == sorted(places)


@pytest.mark.parametrize("of", CROSSED)
def test_number_is_that_of_the_rows_its_link_leads_to(world, of, client):
    followed = 0

    @many_examples
    @given(st.data())
    def law(data):
        nonlocal followed
        rows, columns, parameters, q = draw_crossing(data, world, of)
        links = links_of(page_of(client, query_of(address_of(of), rows, columns, parameters, q)))
        for address, number in data.draw(st.permutations(links))[:12]:
            path, _, query = address.partition("?")
            assert path == f"/{address_of(of)}/"
            selection = Selection(CROSSED[of], QueryDict(query))
            assert selection.problems == []
            assert selection.count == number
            followed += 1

    law()
    # Few laboratories have few linked numbers.
    assert followed > 20


@pytest.mark.parametrize("of", CROSSED)
def test_file_holds_the_numbers_of_the_page(world, of, client):
    @many_examples
    @given(st.data())
    def law(data):
        rows, columns, parameters, q = draw_crossing(data, world, of)
        query = query_of(address_of(of), rows, columns, parameters, q)

        page = numbers_of(page_of(client, query))
        file = file_rows(client.get(f"/cross.csv?{query.urlencode()}"))

        assert file[0][:2] == [rows, f"{rows}_label"]
        assert [row[1:][: SHOWN_COLUMNS + 1] for row in file[1:]][:SHOWN_ROWS] == [
            # A spreadsheet must not take a name for a formula; a page need not mind.
            [neutralize_formula(line[0]), *line[1:-1]]
            for line in page[1:-1]
        ]
        table = Crossing({address_of(of): CROSSED[of]}, query).table
        assert [row[0] for row in file[1:]] == [line.value for line in table.rows.values]
        assert file[0][2:] == [line.value for line in table.columns.values]

    law()


def test_listing_page_says_the_number(world, client):
    links = links_of(
        page_of(client, "of=agreements&rows=laboratory&columns=agreement_type&agreement_status=active")
    )

    for address, number in links[:20]:
        heading = re.search(r'id="results"[^>]*>(.*?)</h2>', client.get(address).content.decode(), re.S)[1]
        assert re.match(r"(\d+) agreement", text_of(heading))[1] == str(number)
    assert len(links) >= 10
