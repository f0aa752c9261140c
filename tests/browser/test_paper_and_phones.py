"""Pages where there is little room: on paper, which nobody can scroll, unfold or follow, and on a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.sharing import serving
from tests.records import make_agreement, make_event, make_organization, make_programme, make_sector

# What is left of an A4 sheet between its margins, in CSS pixels.
UPRIGHT, ACROSS = 680, 1030

CROSSING = "/cross/?of=agreements&rows=partner&columns=laboratory"
STATES = [
    "CA",
    "TX",
    "NY",
    "WA",
    "OR",
    "UT",
    "IL",
    "NM",
    "TN",
    "ID",
    "VA",
    "IA",
    "SC",
    "CO",
    "NJ",
    "PA",
    "FL",
    "MN",
]
COLUMNS = (
    "title_en,agreement_type_label,status_label,announced_date,partner_labels,laboratory_labels,"
    "amount_labels,summary_en,sources"
)
PAGES = {
    "/": UPRIGHT,
    CROSSING: UPRIGHT,
    f"/agreements/?view=table&columns={COLUMNS}": ACROSS,
}


def make_directory() -> None:
    """Twelve laboratories, 27 agreements of six partners, one of them of all: more columns and rows than a screen or a page of a list has."""
    make_programme()
    states = iter(STATES)

    def place() -> dict:
        return {"country_code": "US", "region_code": f"US-{next(states)}"}

    laboratories = [
        make_organization(f"National Laboratory of the Far Away Place {number}", type="facility", **place())
        for number in range(12)
    ]
    partners = []
    for number in range(6):
        sectors = [make_sector(f"Sector {number} {part}") for part in range(1 if number else 12)]
        partners.append(make_organization(f"Partner {number}", sectors=sectors, **place()))
    for number in range(26):
        make_agreement(partners=[partners[number % 6]], laboratories=[laboratories[number % 12]])
    make_agreement("Everybody", partners=partners, laboratories=laboratories[:3], agreement_type="crada")
    make_event("Announcement")
    make_event("Lunch with everybody")


db, server = serving(make_directory)


def paper(window, address: str, width: int = UPRIGHT):
    """A page as it is laid out for a sheet of that width, without a script."""
    page = window(width, 900, java_script_enabled=False)
    page.emulate_media(media="print")
    page.goto(address)
    return page


@pytest.mark.parametrize(("address", "width"), PAGES.items())
def test_all_of_a_table_is_on_the_sheet(window, address, width):
    page = paper(window, address, width)
    cells = page.locator("table :is(th, td)")

    assert cells.count() > 10
    assert max(cells.evaluate_all("all => all.map(e => e.getBoundingClientRect().right)")) <= width
    # Where a box would scroll, paper ends.
    boxes = page.locator("main div").evaluate_all(
        """all => all.filter(e => getComputedStyle(e).display !== "none" && getComputedStyle(e).overflow !== "visible"
                                  && e.scrollHeight > e.clientHeight + 1 && !e.matches(".head")).map(e => e.className)"""
    )
    assert boxes == []
    expect(page.get_by_role("button")).to_have_count(0)


def test_a_table_of_many_columns_lies_across_the_sheet(window):
    """The sheet itself is turned, not only what is on it."""
    widths = {}
    for address in ("/agreements/", f"/agreements/?view=table&columns={COLUMNS}"):
        page = window()
        page.goto(address)
        sheets = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", page.pdf(prefer_css_page_size=True))
        widths[address] = {float(width) > float(height) for width, height in sheets}

    assert list(widths.values()) == [{False}, {True}]


@pytest.mark.parametrize("address", ["/agreements/?view=table", "/nl/agreements/?view=table", "/api/"])
def test_no_sheet_has_the_footer_alone(window, address):
    """It stands in the last row of a table, which no sheet parts, below the words of that row."""
    page = paper(window, address)

    row = page.locator(".wide > table > tbody > tr:last-child").last
    words = row.locator("> *").evaluate_all(
        "all => Math.max(...all.map((e) => e.getBoundingClientRect().bottom - parseFloat(getComputedStyle(e).paddingBottom)))"
    )
    footer, row = page.locator("body > footer").bounding_box(), row.bounding_box()
    assert words <= footer["y"]
    assert footer["y"] + footer["height"] <= row["y"] + row["height"]


def test_nothing_stands_below_the_footer(window):
    """Which other lists have what a table has not, neither."""
    page = paper(window, "/agreements/?view=table&q=everybody+lunch")

    expect(page.locator(".elsewhere")).to_have_count(1)
    expect(page.locator(".results > .wide")).to_be_visible()
    ends = page.locator("main p").evaluate_all("all => all.map(e => e.getBoundingClientRect().bottom)")
    assert max(ends) <= page.locator("body > footer").bounding_box()["y"]


def test_what_is_folded_on_a_screen_is_open_on_paper(window):
    page = paper(window, "/compare/?partner=partner-0&partner=partner-1")

    expect(page.get_by_role("link", name="Sector 0 9", exact=True)).to_be_visible()
    for name in ("remove Partner 0", "Only differences"):
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    page.emulate_media(media="screen")
    expect(page.get_by_role("link", name="Sector 0 9", exact=True)).not_to_be_visible()


def test_a_page_of_a_list_says_on_paper_which_it_is(window):
    page = paper(window, "/agreements/")

    expect(page.get_by_text("25 of 27 agreements, page 1 of 2")).to_be_visible()
    expect(page.get_by_text("On one page")).not_to_be_visible()
    page.emulate_media(media="screen")
    expect(page.get_by_text("25 of 27 agreements, page 1 of 2")).not_to_be_visible()
    page.goto("/agreements/?page=2")
    expect(page.locator(".results > .print")).to_have_text("2 of 27 agreements, page 2 of 2")
    page.goto("/laboratories/")
    expect(page.locator(".results > .print")).to_have_count(0)


def test_what_was_chosen_stands_apart_from_the_table_below_it(window):
    page = paper(window, "/agreements/?view=table&agreement_type=crada")

    chosen, table = (page.locator(each).bounding_box() for each in (".chips", ".wide > table"))
    assert table["y"] - chosen["y"] - chosen["height"] >= 5


def test_a_sheet_ends_between_what_a_search_found(window):
    page = paper(window, "/search/?q=partner")

    assert {"avoid"} == set(
        page.locator(".hits > li").evaluate_all("all => all.map(e => getComputedStyle(e).breakInside)")
    )


def test_marks_without_names_are_not_printed(window):
    page = paper(window, "/timeline/")

    expect(page.locator(".strip")).not_to_be_visible()
    expect(page.get_by_role("link", name="Announcement", exact=True)).to_be_visible()


@pytest.mark.parametrize("width", [320, 390])
def test_names_above_the_columns_of_a_picture_do_not_overlap(window, width):
    page = window(width, 900)
    page.goto("/")
    names = page.locator("#matrix thead a").evaluate_all(
        """all => all.map(e => [e, e.closest("th")].map(each => each.getBoundingClientRect())
                              .map(box => [box.left, box.right, box.top, box.bottom]))"""
    )

    assert len(names) == 12
    for name, cell in names:
        assert cell[0] - 1 <= name[0] and name[1] <= cell[1] + 1
        assert cell[2] - 1 <= name[2] and name[3] <= cell[3] + 1
    # Cells have no marks there, so none are explained.
    expect(page.locator("#matrix .glyphs").first).not_to_be_visible()
    expect(page.locator("#matrix .key")).not_to_be_visible()


@pytest.mark.parametrize("prefix", ["", "/nl"])
@pytest.mark.parametrize("width", [320, 390])
def test_who_works_with_whom_is_told_by_name_on_a_phone(window, width, prefix):
    page = window(width, 900)
    page.goto(f"{prefix}/")
    picture = page.locator("#together")

    for number in range(6):
        expect(picture.get_by_role("link", name=f"Partner {number}", exact=True)).to_be_visible()
    sizes = picture.locator(".joined").evaluate("box => [box.scrollWidth, box.clientWidth]")
    assert sizes[0] <= sizes[1]
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(picture.locator("tbody .on a").first).not_to_be_visible()
    expect(picture.locator("thead").get_by_role("link")).to_have_count(6)


@pytest.mark.parametrize(
    ("address", "table"),
    [(f"/agreements/?view=table&columns={COLUMNS}", ".wide"), ("/", "#matrix .matrix"), (CROSSING, ".cross")],
)
def test_the_first_column_stays_where_a_table_scrolls(window, address, table):
    page = window(320, 900)
    page.goto(address)
    first, second = (page.locator(f"{table} tbody tr:first-child > :nth-child({place})") for place in (1, 2))
    places = first.bounding_box()["x"], second.bounding_box()["x"]

    page.locator(table).evaluate("box => box.scrollLeft = 40")

    # But for the gap between cells.
    assert places[0] - first.bounding_box()["x"] <= 1
    assert second.bounding_box()["x"] == places[1] - 40


def test_properties_to_count_by_fit_a_phone(window):
    """The longest names of them are Dutch."""
    page = window(320, 900)
    page.goto(f"/nl{CROSSING}")

    edges = page.locator(".cross-form select").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().right)"
    )
    assert len(edges) == 3 and max(edges) <= 320


def test_numbers_of_all_laboratories_fit_a_small_desktop(window):
    page = window(1280, 900)
    page.goto(CROSSING)

    assert page.locator(".cross").evaluate("box => box.scrollWidth - box.clientWidth") == 0
