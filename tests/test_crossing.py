"""Two facets against each other: the numbers, the rows behind them, and what an address may ask."""

import csv
import html
import io
import re

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from partners.selection import crossing as bounds
from partners.views.crossing import SHOWN_COLUMNS, SHOWN_ROWS, TINTS, crossed_nouns
from tests.records import cite, make_organization, make_partner, make_sector, make_source
from tests.test_selection_laws import (
    LISTINGS,
)
from tests.worlds import build_world

pytestmark = pytest.mark.django_db

# A listing with one facet has nothing to cross.
CROSSED = {name: listing for name, listing in LISTINGS.items() if len(listing.facets()) > 1}

US_STATES = [
    "AL",
    "AK",
    "AZ",
    "AR",
    "CA",
    "CO",
    "CT",
    "DE",
    "FL",
    "GA",
    "HI",
    "ID",
    "IL",
    "IN",
    "IA",
    "KS",
    "KY",
    "LA",
    "ME",
    "MD",
    "MA",
]


# The page: heads, numbers and links, as they stand in its table


def page_of(client, query: QueryDict | str) -> str:
    query = query if isinstance(query, str) else query.urlencode()
    response = client.get(f"/cross/?{query}")
    assert response.status_code == 200
    return response.content.decode()


def text_of(markup: str) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", "", markup).split()))


def lines_of(page: str) -> list[list[str]]:
    """The cells of the lines of the table, as markup."""
    return [
        re.findall(r"<t[hd][ >].*?</t[hd]>", line, re.S)
        for line in re.findall(r"<tr>.*?</tr>", page.partition("<thead>")[2], re.S)
    ]


def numbers_of(page: str) -> list[list[str]]:
    return [[text_of(cell) for cell in line] for line in lines_of(page)]


def links_of(page: str) -> list[tuple[str, int]]:
    """The address of each linked number, and the number."""
    found = re.findall(r'<a href="([^"]+)">(\d+)</a>', page.partition("<tbody>")[2].partition("</table>")[0])
    return [(html.unescape(address), int(number)) for address, number in found]


def notice(page: str) -> str:
    return text_of(page.partition('role="alert"')[2].partition("</div>")[0])


def file_rows(response) -> list[list[str]]:
    assert response.status_code == 200, response.content
    return list(csv.reader(io.StringIO(response.content.decode(), newline=""), strict=True))


@pytest.fixture
def seven(db):
    """Seven partners: one in two sectors, one in none, and a draft."""
    chips, clouds = make_sector("Chips"), make_sector("Clouds & more")
    for number in range(4):
        make_partner(f"Chip {number}", sectors=[chips], ownership="startup")
    make_partner("Both", sectors=[chips, clouds], ownership="public-company")
    make_partner("Cloud", sectors=[clouds], ownership="startup")
    make_partner("Plain")
    make_partner("Draft", sectors=[clouds], ownership="subsidiary", publication_state="draft")


def test_table_is_a_table_with_a_caption_heads_and_totals(seven, client):
    page = page_of(client, "of=partners&rows=sector&columns=ownership")

    assert text_of(re.search("<h1>.*?</h1>", page)[0]) == "7 partners by sector and ownership"
    assert text_of(re.search("<title>.*?</title>", page, re.S)[0]).startswith(
        "7 partners by sector and ownership – "
    )
    assert text_of(re.search("<caption.*?</caption>", page, re.S)[0]) == "Down: Sector. Across: Ownership."
    assert numbers_of(page) == [
        ["Sector", "Start-up", "Public company", "Not recorded", "All"],
        ["Chips", "4", "1", "0", "5"],
        ["Clouds & more", "1", "1", "0", "2"],
        ["Not recorded", "0", "0", "1", "1"],
        # A partner in two sectors counts once.
        ["All", "5", "1", "1", "7"],
    ]
    assert page.count('scope="col"') == 5 and page.count('scope="row"') == 4
    zero = lines_of(page)[1][3]
    assert "<a" not in zero and "tint" not in zero


def test_tint_follows_the_number(seven, client):
    page = page_of(client, "of=partners&rows=sector&columns=ownership")

    tints = {
        int(number): int(tint)
        for tint, number in re.findall(r'<td class="tint-(\d)">\s*<a [^>]*>(\d+)<', page)
    }
    assert tints == {4: TINTS, 1: 2}


def test_without_parameters_the_first_two_facets_of_partners_are_crossed(seven, client):
    assert numbers_of(page_of(client, "")) == numbers_of(
        page_of(client, "of=partners&rows=sector&columns=type")
    )
    assert numbers_of(page_of(client, "rows=type")) == numbers_of(page_of(client, "rows=type&columns=sector"))


def test_chosen_values_are_the_rows_and_what_narrows_is_named(seven, client):
    page = page_of(client, "rows=sector&columns=ownership&sector=clouds-more&exclude_ownership=none&q=c")

    assert [line[0] for line in numbers_of(page)[1:-1]] == ["Clouds & more"]
    chips = re.findall(r'<a class="remove" href="([^"]+)">(<span class="hidden">Remove.*?</span>)<', page)
    assert [text_of(text) for _link, text in chips] == [
        "Remove Sector: Clouds & more",
        "Remove Ownership: not Not recorded",
        "Remove Search: c",
    ]
    assert "sector=clouds-more" not in chips[0][0] and "q=c" in chips[0][0]
    hidden = re.findall(r'type="hidden" name="(.*?)" value="(.*?)"', page)
    assert hidden == [("sector", "clouds-more"), ("exclude_ownership", "none"), ("q", "c")]


def test_nothing_that_matches_is_said(seven, client):
    page = page_of(client, "rows=sector&columns=ownership&q=zzzz")

    assert "Nothing matches these words." in page and "<table" not in page
    assert "0 partners by sector and ownership" in page
    assert file_rows(client.get("/cross.csv?rows=sector&columns=ownership&q=zzzz")) == [
        ["sector", "sector_label"]
    ]


def test_turned_table_has_the_same_numbers(seven, client):
    page = page_of(client, "rows=sector&columns=ownership&exclude_type=other")
    (turned,) = re.findall(r'<a href="\?([^"]+)">Swap down', page)

    rows = numbers_of(page_of(client, html.unescape(turned)))

    there, back = numbers_of(page), [list(line) for line in zip(*rows, strict=True)]
    assert [line[1:] for line in back[1:]] == [line[1:] for line in there[1:]]


def test_page_leads_to_its_file(seven, client):
    page = page_of(client, "rows=sector&columns=ownership&sector=chips&sort=-name")
    (address,) = re.findall(r'<a href="(/cross\.csv[^"]+)"', page)

    response = client.get(html.unescape(address))

    assert file_rows(response) == [
        ["sector", "sector_label", "startup", "public-company"],
        ["chips", "Chips", "4", "1"],
    ]
    assert response["Content-Type"].startswith("text/csv; charset=utf-8")
    name = "partners-by-sector-and-ownership-chips.csv"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'


def test_formula_in_a_file_is_neutralized(client, db):
    make_partner("A", sectors=[make_sector("=1+1", slug="-a")], type="company")

    rows = file_rows(client.get("/cross.csv?rows=sector&columns=type"))
    turned = file_rows(client.get("/cross.csv?rows=type&columns=sector"))

    assert rows[1] == ["'-a", "'=1+1", "1"]
    assert turned[0] == ["type", "type_label", "'-a"]


# More than a page or a file holds


def test_page_says_how_many_more_there_are_and_the_file_has_all(client, db):
    sectors = [make_sector(f"Sector {number:02}") for number in range(SHOWN_ROWS + 2)]
    make_partner("Broad", sectors=sectors)
    for state in US_STATES[: SHOWN_COLUMNS + 1]:
        make_partner(f"Partner in {state}", region_code=f"US-{state}", country_code="US")

    page = page_of(client, "rows=sector&columns=region")
    turned = page_of(client, "rows=region&columns=sector")

    # Beside the sectors and the regions stands "not recorded".
    assert "Not shown: 3 more lines. Not shown: 2 more columns. The CSV file has them all." in text_of(page)
    assert len(numbers_of(page)) == SHOWN_ROWS + 2 and len(numbers_of(page)[0]) == SHOWN_COLUMNS + 2
    assert "Not shown: 13 more columns." in text_of(turned)
    file = file_rows(client.get("/cross.csv?rows=sector&columns=region"))
    assert (len(file), len(file[0])) == (1 + SHOWN_ROWS + 3, 2 + SHOWN_COLUMNS + 2)


@pytest.mark.parametrize(("rows", "columns", "bad"), [(2, 9, "rows"), (9, 2, "columns"), (2, 2, "rows")])
def test_table_that_is_too_large_for_a_file_is_refused(seven, client, monkeypatch, rows, columns, bad):
    monkeypatch.setattr(bounds, "MOST_CROSSED_ROWS", rows)
    monkeypatch.setattr(bounds, "MOST_CROSSED_COLUMNS", columns)

    page = page_of(client, "rows=sector&columns=ownership")
    file = client.get("/cross.csv?rows=sector&columns=ownership")

    assert file.status_code == 400
    assert (
        f"{bad}: A table has at most 2 values across, and these are 3. Filter first." in file.content.decode()
    )
    assert "more" in text_of(page) and "Filter first to see them." in text_of(page)
    assert "/cross.csv" not in page
    # What is left is those with most records.
    if rows == 2:
        assert [line[0] for line in numbers_of(page)[1:-1]] == ["Chips", "Clouds & more"]


# What is not understood

WRONG = [
    ("of=partner", ["of", "“partner”", "Did you mean “partners”?", "agreements"]),
    ("of=sectors", ["of", "“sectors”", "Allowed: partners, agreements, laboratories, timeline, sources."]),
    ("rows=sectr", ["rows", "Did you mean “sector”?", "region"]),
    ("of=agreements&columns=ownership", ["columns", "“ownership”", "Allowed: agreement_type"]),
    ("rows=sector&columns=sector", ["columns", "“sector” is counted down the side already", "Allowed: type"]),
    ("rows=sector&rows=type", ["rows", "once"]),
    ("of=partners&of=partners", ["of", "once"]),
    ("rows=sector&columns=type&sector=chps", ["sector", "Did you mean “chips”?"]),
    ("rows=sector&columns=type&sort=size", ["sort", "Allowed: name"]),
    ("rows=a%00b", ["rows", "Allowed"]),
    ("rows=" + "x" * 3000, ["rows", "Allowed"]),
]


@pytest.mark.parametrize(("query", "says"), WRONG)
def test_bad_value_is_named_and_nothing_is_counted(seven, client, query, says):
    page = page_of(client, query)
    file = client.get(f"/cross.csv?{query}")

    assert "<table" not in page
    assert all(word in notice(page) for word in says)
    assert file.status_code == 400 and file["Content-Type"].startswith("text/plain")
    assert all(word in file.content.decode() for word in says)
    (understood,) = re.findall(r'<a href="\?([^"]+)">Show what was understood', page)
    assert notice(page_of(client, html.unescape(understood))) == ""


def test_unknown_parameter_is_named_and_refuses_the_file(seven, client):
    page = page_of(client, "row=type&colour=red")
    file = client.get("/cross.csv?row=type&colour=red")

    assert "Did you mean “rows”?" in notice(page) and "“colour”" in notice(page)
    assert numbers_of(page) == numbers_of(page_of(client, ""))
    assert file.status_code == 400 and "Did you mean “rows”?" in file.content.decode()


def test_every_listing_with_two_facets_can_be_crossed(client, db):
    cite(make_partner("Alpha"), source=make_source("The Paper"))
    make_organization("Draft", publication_state="draft", cited=False)
    cite(make_organization("Hidden", publication_state="draft"), source=make_source("Hidden paper"))

    for of, noun in crossed_nouns().items():
        rows, columns, *_others = noun.listing.facets()
        page = numbers_of(page_of(client, f"of={of}&rows={rows}&columns={columns}")) or [["0"]]
        assert int(page[-1][-1]) == noun.listing.everything().count()


# Cost


@pytest.mark.parametrize("narrowed", ["", "&agreement_type=mou"])
def test_number_of_queries_does_not_grow(client, narrowed):
    def count(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{address}&sort=name").status_code == 200
        return len(queries)

    build_world(3, organizations=40, agreements=60)
    query = f"?rows=sector&columns=laboratory{narrowed}"
    few = [count(f"/cross/{query}"), count(f"/cross.csv{query}")]
    build_world(4, organizations=90, agreements=120, mark="more-")

    # The version of the data, the index; totals, cells; keys. What was kept of the version: names of values, the programme.
    assert (
        [count(f"/cross/{query}"), count(f"/cross.csv{query}")]
        == few
        == [4 + 2 * bool(narrowed), 4 + 2 * bool(narrowed)]
    )


def test_error_of_a_table_is_marked_and_a_filter_that_is_wrong_not_sent_again(seven, client):
    page = page_of(client, "of=partners&rows=sectr&columns=ownership&established_min=x&sector=chips&q=chip")

    assert re.search(r"<title>\s*Error: ", page)
    (field,) = re.findall(r'<select id="cross-rows"[^>]*>', page)
    assert 'aria-invalid="true" aria-describedby="cross-rows-error"' in field
    assert 'id="cross-rows-error"' in page and '<a href="#cross-rows">' in page
    sent = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page))
    assert sent == {"sector": "chips", "q": "chip"}
