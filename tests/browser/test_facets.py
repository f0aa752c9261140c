"""The facets beside a listing: looking for a value in a long one, and choosing what to leave out."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.sharing import serving
from tests.records import make_partner, make_programme, make_sector


def make_directory() -> None:
    """Twelve sectors: a facet so long that one looks for values in it, most of them folded away."""
    make_programme()
    for number, name in enumerate([*(f"Branch {n}" for n in range(10)), "Énergie nucléaire", "Robotics"]):
        make_partner(f"Partner {number}", sectors=[make_sector(name, slug=f"s-{number}")])


db, server = serving(make_directory)


def shown(page) -> list[str]:
    """The values of the facet that one sees, as their labels say."""
    texts = page.locator("#facet-sector .value > label:first-child:visible").all_inner_texts()
    return [" ".join(text.split()[:-1]) for text in texts]


@pytest.mark.parametrize("width", [390, 1280])
def test_reader_finds_a_value_while_typing(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/partners/")
    if width < 900:
        page.get_by_text("Filters", exact=True).click()
    field = page.get_by_label("Find in sector")
    before = shown(page)
    assert len(before) == 6 and "Robotics" not in before

    for typed, left in (
        ("robot", ["Robotics"]),
        ("energie nuc", ["Énergie nucléaire"]),
        ("nobody", []),
        ("not", []),
        ("branch 7", ["Branch 7"]),
    ):
        field.fill("")
        field.press_sequentially(typed)
        assert shown(page) == left, typed
    field.fill("")
    assert len(shown(page)) == 12

    field.press_sequentially("robot")
    page.locator("#facet-sector").get_by_label("Robotics").first.check()
    expect(page).to_have_url(re.compile(r"sector=s-11"))
    expect(page.locator("#results")).to_have_text("1 partner in the sector Robotics")


@pytest.mark.parametrize("javascript", [True, False])
def test_value_is_asked_for_or_left_out_by_one_checkbox(window, javascript):
    page = window(java_script_enabled=javascript)
    page.goto("/partners/?sector=s-1")
    facet = page.locator("#facet-sector")
    boxes = facet.locator("[value=s-1]")
    expect(page.locator("#results")).to_have_text("1 partner in the sector Branch 1")

    facet.get_by_role("link", name="Exclude instead Branch 1").click()
    expect(page.locator("#results")).to_have_text("11 partners not in the sector Branch 1")
    expect(boxes).to_have_count(1)
    expect(boxes).to_have_accessible_name(re.compile("^Not: Branch 1"))
    page.locator(".chips").get_by_role("link", name="Sector is not Branch 1", exact=True).click()
    expect(page.locator("#results")).to_have_text("1 partner in the sector Branch 1")
    facet.get_by_role("link", name="Exclude instead Branch 1").click()
    facet.get_by_role("link", name="Include instead Branch 1").click()
    expect(page.locator("#results")).to_have_text("1 partner in the sector Branch 1")
    boxes.uncheck()
    if not javascript:
        page.get_by_role("button", name="Show 1 partner").click()
    expect(page.locator("#results")).to_have_text("12 partners")


def test_phone_folds_the_filters_and_says_how_many_there_would_be(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/partners/")
    first = page.locator(".rows article").first.bounding_box()
    assert first["y"] < 844, "the first result is within one screen"

    page.get_by_text("Filters", exact=True).click()
    page.locator("#sector-s-1").check()
    button = page.get_by_role("button", name="Show 1 partner")
    expect(button).to_be_in_viewport()
    button.click()

    expect(page.locator("#results")).to_be_in_viewport()
    expect(page.locator("#sector-s-1")).not_to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_mistyped_range_can_be_put_right_where_it_was_typed(window, javascript):
    page = window(java_script_enabled=javascript)
    page.goto("/partners/?sector=s-1&sector=s-2")

    page.locator("summary", has_text="Founded").click()
    since = page.get_by_label("from").first
    since.fill("19x8")
    since.press("Enter")

    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("There is a problem")
    alert.get_by_role("link", name="“19x8” is not a year. Write four digits, such as 1998.").click()
    field = page.locator("#established_min")
    expect(field).to_have_value("19x8")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("is not a year"))
    expect(page.locator("[name=sector][value=s-1]")).to_be_checked()
    field.fill("")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("#results")).to_have_text("2 partners in the sector Branch 1 or Branch 2")


ELSEWHERE = """links => links.map(link => new URL(link.href))
  .filter(to => to.origin === location.origin && to.pathname !== location.pathname)
  .map(to => to.pathname + to.search + to.hash)"""


@pytest.mark.parametrize("path", ["/partners/", "/agreements/"])
def test_links_out_of_a_listing_lead_to_pages_of_their_own(page, path):
    """Those that stand where a choice takes the place of the listing alone, however they came there."""
    page.goto(path)
    within = page.locator("[data-hx-boost=true] a[href]")
    addresses = within.evaluate_all(ELSEWHERE)
    assert addresses
    for address in dict.fromkeys(addresses):
        page.goto(path)
        page.locator(f"[data-hx-boost=true] a[href$='{address}']").first.evaluate("link => link.click()")
        page.wait_for_url(lambda url, address=address: url.endswith(address))
        expect(page.locator("main")).to_have_count(1)
