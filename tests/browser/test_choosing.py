"""Ticking in the listing: partners, to compare them, and columns."""

import pytest
from playwright.sync_api import expect

from tests.browser.sharing import serving
from tests.records import make_partner, make_programme, make_sector


def make_directory() -> None:
    """Ten partners; the first four make chips."""
    make_programme()
    chips = make_sector("Chips")
    for number in range(10):
        make_partner(f"Partner {number}", sectors=[chips] if number < 4 else [])


db, server = serving(make_directory)


def bar_is_in_sight(page) -> bool:
    bar = page.locator(".compare-bar").bounding_box()
    return bar["y"] + bar["height"] <= page.viewport_size["height"] + 1


@pytest.mark.parametrize("javascript", [True, False])
def test_reader_ticks_partners_and_compares_them(window, javascript):
    page = window(1280, 700, java_script_enabled=javascript)
    page.goto("/partners/")
    assert not bar_is_in_sight(page)

    page.get_by_label("Compare Partner 2").check()
    page.get_by_label("Compare Partner 1", exact=True).check()

    assert bar_is_in_sight(page)
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url("/compare/?partner=partner-1&partner=partner-2")


def test_tick_is_no_filter(page):
    asked = []
    page.clock.install()
    page.goto("/partners/")
    page.on(
        "request",
        lambda request: (
            asked.append(request.url.partition("/partners/")[2])
            if request.resource_type in ("document", "xhr")
            else None
        ),
    )

    page.get_by_label("Compare Partner 2").check()
    page.get_by_label("Compare Partner 2").uncheck()
    page.get_by_label("Compare Partner 3").check()
    # Longer than the form around the rows waits before it asks.
    page.clock.run_for(1000)
    assert asked == []
    expect(page.get_by_label("Compare Partner 3")).to_be_checked()

    page.locator("#sector-chips").check()
    page.locator("#results", has_text="4 partners").wait_for()

    assert asked == ["?sector=chips"]
    expect(page.get_by_label("Compare Partner 3")).to_be_checked()
    page.get_by_label("Compare Partner 0").check()
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url("/compare/?partner=partner-0&partner=partner-3")


def test_tick_lasts_while_other_rows_are_shown(page):
    page.goto("/partners/")
    page.get_by_label("Compare Partner 7").check()

    page.locator("#sector-chips").check()
    page.locator("#results", has_text="4 partners").wait_for()
    expect(page.locator(".compare-bar").get_by_label("Compare Partner 7")).to_be_checked()
    page.locator("#sector-chips").uncheck()
    page.locator("#results", has_text="10 partners").wait_for()
    expect(page.locator(".rows").get_by_label("Compare Partner 7")).to_be_checked()
    expect(page.locator(".pick :checked")).to_have_count(1)

    page.locator("#sector-chips").check()
    page.locator("#results", has_text="4 partners").wait_for()
    page.get_by_label("Compare Partner 0").check()
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url("/compare/?partner=partner-0&partner=partner-7")


def test_who_ticks_a_column_by_keyboard_stays_there(page):
    page.goto("/partners/?view=table")
    page.locator(".chooser summary").click()
    page.locator("#column-city").focus()
    page.keyboard.press("Space")
    page.get_by_role("columnheader", name="City").wait_for()

    expect(page.locator("#column-city")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#column-city")).to_be_hidden()
    expect(page.locator(".chooser summary")).to_be_focused()


def test_who_only_sorts_a_table_has_chosen_no_columns(page):
    """The column of the order comes along, and files have every column; a choice that was made stays."""
    page.goto("/partners/?view=table")
    page.get_by_label("Sort by").select_option("-agreements")
    page.get_by_role("columnheader", name="Agreements").wait_for()
    expect(page).to_have_url("/partners/?sort=-agreements&view=table")
    expect(page.locator(".htmx-settling")).to_have_count(0)

    page.locator(".chooser summary").click()
    page.locator("#column-city").click()
    page.get_by_role("columnheader", name="City").wait_for()
    # Only then the new form listens.
    expect(page.locator(".htmx-settling")).to_have_count(0)
    page.get_by_label("Sort by").select_option("-name")
    page.locator("[aria-sort=descending]", has_text="Name").wait_for()
    for name in ("Agreements", "City"):
        expect(page.get_by_role("columnheader", name=name)).to_be_visible()


def test_a_click_beside_the_choice_of_columns_folds_it(page):
    page.goto("/partners/?view=table")
    page.locator(".chooser summary").click()
    page.locator("#column-city").click()
    page.get_by_role("columnheader", name="City").wait_for()
    expect(page.locator("#column-city")).to_be_visible()

    page.get_by_role("heading", name="Partners", exact=True).click()

    expect(page.locator("#column-city")).to_be_hidden()


def test_choice_of_columns_fits_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/partners/?view=table")
    page.locator(".chooser summary").click()

    assert page.evaluate("document.documentElement.scrollWidth") == 390
