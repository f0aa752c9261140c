"""Who says so, in a real browser: a number opens its source at the value; without JavaScript it leads to the list."""

import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.faults import faults_at, faults_of
from tests.browser.sharing import serving
from tests.records import (
    add_amount,
    cite,
    make_agreement,
    make_event,
    make_organization,
    make_partner,
    make_programme,
    make_source,
)


def make_directory() -> None:
    """A partner with a quoted source for its city and others for its name, its year, and the record as a whole."""
    lead = make_organization("Agency", type="government")
    make_programme(lead=lead, announcement=make_event("Day"))
    alpha = make_partner("Alpha", city="Austin", established=1998, cited=False)
    gazette = make_source("The Gazette", publisher="The Press", stance="official", language="nl")
    read = {"retrieved_date": datetime.date(2026, 11, 26)}
    cite(alpha, "city", source=gazette, quote="gevestigd te Austin", **read)
    cite(alpha, "name", source=gazette, quote="Alpha genaamd", **read)
    cite(alpha, "established", source=make_source("The Paper", publisher="paper.example.org"))
    cite(alpha, source=make_source("The Letter"), **read)
    deal = make_agreement("Deal", slug="deal", partners=[alpha], announcement=make_event("Day of days"))
    add_amount(deal)


db, server = serving(make_directory)


def mark_of(page, field: str):
    return page.locator(f'.evidence[data-fields~="{field}"] .marks a').first


def test_a_number_opens_its_source_at_the_value_and_closes_again(page):
    page.goto("/partners/alpha/")
    note, mark = page.locator("#note"), mark_of(page, "city")

    mark.focus()
    page.keyboard.press("Enter")

    for words in ("The Gazette", "The Press", "Official", "gevestigd te Austin", "read on 26 November 2026"):
        expect(note).to_contain_text(words)
    expect(note).not_to_contain_text("Alpha genaamd")
    expect(note).to_be_focused()
    assert Axe().run(page).violations_count == 0
    page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    expect(mark).to_be_focused()

    mark_of(page, "established").click()
    expect(note).to_contain_text("not read: only its link or title is known")
    note.get_by_role("link", name="In the list of sources").click()
    expect(note).to_be_hidden()
    expect(page.locator("li.note:target")).to_contain_text("The Paper")


def test_without_javascript_a_number_leads_to_its_source(window):
    page = window(java_script_enabled=False)
    page.goto("/partners/alpha/")

    mark_of(page, "city").click()

    expect(page.locator("li.note:target")).to_contain_text("gevestigd te Austin")
    expect(page.locator("li.note:target")).to_be_in_viewport()


@pytest.mark.appearance
@pytest.mark.parametrize(
    ("width", "scheme"), [(390, "dark"), (390, "light"), (1280, "light"), (1280, "dark")]
)
def test_evidence_is_accessible_and_fits(window, width, scheme):
    """No rule of axe is broken, and neither the page nor an open note leaves the window sideways."""
    page = window(width, 700, color_scheme=scheme)
    page.goto("/partners/alpha/")
    mark_of(page, "city").click()
    box = page.locator("#note").bounding_box()

    assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] >= 0
    assert faults_of(page) == []
    assert faults_at(page, ("/sources/the-gazette/", "/about/", "/timeline/day/", "/timeline/")) == []


BROKEN_WORDS = """() => [...document.querySelectorAll("dt")].flatMap((label) => {
  const walker = document.createTreeWalker(label, NodeFilter.SHOW_TEXT), broken = [];
  while (walker.nextNode()) {
    for (const word of walker.currentNode.data.matchAll(/\\S+/g)) {
      const range = document.createRange();
      range.setStart(walker.currentNode, word.index);
      range.setEnd(walker.currentNode, word.index + word[0].length);
      if (range.getClientRects().length > 1) broken.push(word[0]);
    }
  }
  return broken;
})"""


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_word_of_a_label_is_broken(window, width):
    page = window(width, 700)
    broken = {}
    for address in ("/partners/alpha/", "/agreements/deal/"):
        page.goto(address)
        assert page.locator("dt").count() > 2
        broken[address] = page.evaluate(BROKEN_WORDS)

    assert not any(broken.values()), broken
