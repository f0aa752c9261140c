"""The data page, the versions and their differences in a real browser."""

import datetime

import pytest
from playwright.sync_api import expect

from partners.models import Organization
from partners.versions import keep_version
from tests.browser.faults import faults_at
from tests.browser.sharing import serving
from tests.records import (
    changed_last,
    make_event,
    make_organization,
    make_partner,
    make_programme,
    make_sector,
)


def make_directory() -> None:
    """A version is kept; since then one record was added, one removed and one changed."""
    make_programme()
    make_partner("Alpha", sectors=[make_sector("Chips")], website="https://example.org/" + "long-" * 30)
    gone = make_organization("Gone")
    changed_last(datetime.date(2026, 1, 1))
    keep_version(datetime.date(2026, 1, 1), "tests")
    gone.withhold()
    make_event("New day")
    Organization.objects.filter(slug="alpha").update(summary_en="word " * 60, city="Delft")


db, server = serving(make_directory)


ADDRESSES = (
    *("/data/", "/data/dictionary/", "/data/recipes/"),
    *("/data/versions/", "/data/versions/2026-01-01/now/"),
    *("/data/versions/now/now/", "/data/versions/2020-01-01/now/"),
)


@pytest.mark.appearance
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_data_pages_are_accessible_and_fit(window, width, scheme):
    assert faults_at(window(width, 900, color_scheme=scheme), ADDRESSES) == []


def test_reader_finds_what_changed_from_the_data_page(page):
    page.goto("/data/")
    page.get_by_role("link", name="every version").click()
    page.get_by_label("What changed from").select_option("2026-01-01")
    page.get_by_role("button", name="Compare").click()

    page.wait_for_url("**/data/versions/2026-01-01/now/")
    organizations, events = (
        page.locator(f"[aria-labelledby={name}]") for name in ("organizations", "events")
    )
    assert organizations.locator(".removed h3").inner_text().split() == ["gone", "removed"]
    assert organizations.locator(".changed ins").all_inner_texts()[0] == "Delft"
    assert events.locator(".added h3").inner_text().split() == ["New", "day", "added"]
    events.get_by_role("link", name="New day").click()
    page.wait_for_url("**/timeline/new-day/")


def test_package_is_downloaded_by_its_button(page):
    page.goto("/data/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download partner-directory.zip").click()

    assert download.value.suggested_filename == "partner-directory.zip"


def test_address_of_a_column_leads_to_where_it_is_explained_now(page):
    page.goto("/data/#organizations-city")

    page.wait_for_url("**/data/dictionary/#organizations-city")
    expect(page.locator("#organizations-city")).to_be_in_viewport()
