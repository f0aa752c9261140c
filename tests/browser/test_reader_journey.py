"""The reader's main journey in a real browser: filter, page, share, go back, take the rows away."""

import csv
import io

import pytest
from playwright.sync_api import expect

from tests.browser.faults import WITH_TARGETS, faults_at
from tests.browser.sharing import serving
from tests.records import (
    cite,
    make_agreement,
    make_event,
    make_organization,
    make_programme,
    make_sector,
    make_source,
)


def make_directory() -> None:
    """Thirty partners, more than fit on a page: ten make chips, twenty sell clouds; one laboratory works with two."""
    lead = make_organization("Agency", type="government")
    make_programme(lead=lead)
    site = make_organization("Mountain Laboratory", type="facility", parent=lead)
    chips, clouds = make_sector("Chips"), make_sector("Clouds")
    cite(make_event("Great day"), source=make_source("The Paper"))
    for number in range(30):
        partner = make_organization(f"Partner {number:02}", sectors=[chips if number < 10 else clouds])
        laboratories = [site] if number < 2 else []
        make_agreement(
            f"Agreement {number:02}", partners=[partner], agencies=[lead], laboratories=laboratories
        )


db, server = serving(make_directory)


@pytest.fixture
def plain_page(window):
    """A page of a visitor without JavaScript."""
    return window(java_script_enabled=False)


def names(page) -> list[str]:
    """The names on the page of now; after a click, wait for the page first."""
    return page.locator(".results h3").all_inner_texts()


def expect_heading(page, text: str):
    expect(page.locator("#results")).to_have_text(text)


def expect_names(page, *names: str):
    expect(page.locator(".results h3")).to_have_text(names)


def wait_for(page, text: str):
    page.locator("#results", has_text=text).wait_for()


def watch(page) -> list[str]:
    """Everything the browser complains of: errors of scripts, refused content, failed requests."""
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def test_reader_filters_shares_and_goes_back(page):
    complaints = watch(page)
    page.goto("/partners/")
    wait_for(page, "30 partners")
    page.evaluate("window.same = true")

    page.locator("#sector-chips").check()
    wait_for(page, "10 partners")
    page.locator("summary", has_text="Laboratory").click()
    page.locator("input[name=laboratory][value=mountain-laboratory]").check()
    wait_for(page, "2 partners")

    assert page.evaluate("window.same") is True, "the page was loaded anew"
    expect_names(page, "Partner 00", "Partner 01")
    assert "Mountain Laboratory" in page.title()
    shared = page.url
    assert "sector=chips" in shared and "laboratory=mountain-laboratory" in shared

    page.go_back()
    wait_for(page, "10 partners")
    expect(page.locator("#sector-chips")).to_be_checked()
    page.go_back()
    wait_for(page, "30 partners")
    expect(page.locator("#sector-chips")).not_to_be_checked()
    page.go_forward()
    wait_for(page, "10 partners")

    page.goto(shared)
    expect_heading(page, "2 partners in the sector Chips, working with Mountain Laboratory")
    assert complaints == []


def test_box_says_what_was_searched_for_on_the_way_back(page):
    page.goto("/partners/")
    page.locator("#q").fill("partner 03")
    wait_for(page, "1 partner")

    for leave, heading, words in (
        (page.go_back, "30 partners", ""),
        (page.go_forward, "1 partner", "partner 03"),
        (lambda: page.locator("#q").fill(""), "30 partners", ""),
        (page.go_back, "1 partner", "partner 03"),
    ):
        leave()
        wait_for(page, heading)
        expect(page.locator("#q")).to_have_value(words)


def test_reader_searches_while_typing_and_keeps_the_cursor(page):
    page.goto("/partners/")

    page.locator("#q").press_sequentially("partner 07", delay=20)
    wait_for(page, "1 partner")

    expect_names(page, "Partner 07")
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#q")).to_have_value("partner 07")


def test_reader_filters_by_keyboard_and_keeps_the_place(page):
    page.goto("/partners/")
    box = page.locator("#sector-chips")

    box.focus()
    page.keyboard.press("Space")
    wait_for(page, "10 partners")

    expect(page.locator("#sector-chips")).to_be_focused()


def test_reader_removes_a_chip_and_clears_all(page):
    page.goto("/partners/?sector=chips&q=partner")
    wait_for(page, "10 partners")

    page.locator(".chips .remove", has_text="Chips").click()
    wait_for(page, "30 partners")
    expect(page.locator("#q")).to_have_value("partner")
    page.get_by_role("link", name="Clear all").click()
    page.wait_for_url("**/partners/")

    expect(page.locator("#q")).to_have_value("")


def test_reader_pages_and_takes_the_rows_away(page):
    page.goto("/partners/?sort=-name")
    first = names(page)

    page.get_by_role("link", name="Next").first.click()
    page.wait_for_url("**page=2**")
    second = names(page)
    with page.expect_download() as download:
        page.locator(".file").get_by_role("link", name="CSV", exact=True).click()

    text = download.value.path().read_bytes().decode()
    rows = [row["name"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert download.value.suggested_filename == "partners.csv"
    assert rows == first + second == [f"Partner {n:02}" for n in reversed(range(30))]


def test_reader_walks_from_partner_to_agreement_to_laboratory_and_back(page):
    page.goto("/partners/")
    page.get_by_role("link", name="Partner 00", exact=True).click()
    page.get_by_role("link", name="Agreement 00").first.click()
    page.get_by_role("link", name="Mountain Laboratory").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mountain Laboratory")

    page.get_by_role("link", name="Agreement 00").first.click()
    page.get_by_role("link", name="Partner 00").first.click()
    page.get_by_role("link", name="Chips").first.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Chips")


def test_journey_works_without_javascript(plain_page):
    page = plain_page
    page.goto("/partners/")
    page.locator("#sector-chips").check()
    page.get_by_role("button", name="Show 30 partners").click()
    expect_heading(page, "10 partners in the sector Chips")
    page.locator("#q").fill("partner 03")
    page.locator("form.listing").get_by_role("button", name="Search").click()
    expect_names(page, "Partner 03")
    assert "sector=chips" in page.url

    page.locator(".chips .remove", has_text="Chips").click()
    page.get_by_role("link", name="Clear all").click()
    expect_heading(page, "30 partners")
    page.get_by_role("link", name="Next").first.click()
    expect_names(page, *(f"Partner {n:02}" for n in range(25, 30)))
    page.go_back()
    expect_heading(page, "30 partners")


@pytest.mark.parametrize("width", [390, 1280])
def test_reader_finds_anything_from_every_page(window, width):
    """Without JavaScript: from the head of a page on a wide screen, by the menu on a phone."""
    page = window(width, 900, java_script_enabled=False)
    page.goto("/agreements/agreement-00/")
    if width < 960:
        page.get_by_text("Menu").click()
        page.get_by_role("link", name="Search", exact=True).click()
        page.locator("#q").fill("mountain")
        page.locator("main").get_by_role("button", name="Search").click()
    else:
        page.get_by_role("searchbox", name="Search the whole directory").fill("mountain")
        page.locator("header").get_by_role("button", name="Search").click()

    expect(page.locator("#q")).to_have_value("mountain")
    page.get_by_role("link", name="Mountain Laboratory", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mountain Laboratory")


PAGES = (
    *(
        "/",
        "/partners/",
        "/partners/?sector=chips&q=par",
        "/partners/?sector=zzz&colour=red",
        "/partners/?established_min=19x8&type=company&exclude_type=company&sort=size&q=" + "a+" * 20,
        "/partners/?page=99",
        "/partners/?view=pictures",
        "/partners/partner-00/",
    ),
    *(
        "/search/",
        "/search/?q=partner",
        "/search/?q=chips&kind=sector",
        "/search/?q=zzzz",
        "/search/?q=a&q=b&x=y",
    ),
    *("/agreements/", "/agreements/agreement-00/", "/laboratories/", "/laboratories/mountain-laboratory/"),
    *(
        "/sectors/",
        "/sectors/chips/",
        "/mission-areas/",
        "/timeline/",
        "/sources/",
        "/data/",
        "/about/",
        "/about/words/",
        "/nowhere/",
    ),
)


@pytest.mark.appearance
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_pages_are_accessible_and_fit(window, width, scheme):
    """No rule of axe is broken, nothing scrolls sideways, and the browser has nothing to complain of."""
    page = window(width, 900, color_scheme=scheme)
    complaints = watch(page)

    assert faults_at(page, PAGES, WITH_TARGETS) == []
    assert [text for text in complaints if "404 (Not Found)" not in text] == []
