"""Organizations side by side in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.faults import faults_at
from tests.browser.sharing import serving
from tests.records import make_agreement, make_organization, make_programme, make_sector

FIVE = "&".join(f"partner=partner-{number}" for number in range(5))
PAGES = (
    "/compare/",
    "/compare/?partner=partner-0",
    "/compare/?partner=partner-0&partner=partner-5",
    f"/compare/?{FIVE}",
    f"/compare/?{FIVE}&only=differences",
    f"/compare/?{FIVE}&partner=partner-5",
    "/compare/?partner=nobody&partner=partner-0&add=nobody&colour=red",
)


def make_directory() -> None:
    """Six partners with long names: all in one sector, each in one of its own, the first in more than a cell shows."""
    make_programme(lead=make_organization("Agency", type="government"))
    shared = make_sector("Shared sector")
    for number in range(6):
        sectors = [make_sector(f"Sector {number} {part}") for part in range(1 if number else 12)]
        partner = make_organization(
            f"Partner {number}",
            legal_name=f"Partner {number} Holding Gesellschaft mit beschränkter Haftung",
            sectors=[shared, *sectors],
            website=f"https://example.org/{'very-long-path' * 5}",
        )
        make_agreement(f"Agreement {number}", partners=[partner])


db, server = serving(make_directory)


def expect_columns(page, *names: str):
    """The page that comes shows these names above its columns."""
    expect(page.locator("thead th > a:first-child")).to_have_text(names)


@pytest.mark.appearance
@pytest.mark.parametrize(
    ("width", "scheme"), [(390, "dark"), (390, "light"), (1280, "light"), (1280, "dark")]
)
def test_comparison_is_accessible_and_fits(window, width, scheme):
    """No rule of axe is broken, the page does not scroll sideways, and the browser has nothing to complain of."""
    page = window(width, 900, color_scheme=scheme)
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    assert faults_at(page, PAGES) == []
    assert complaints == []


@pytest.mark.parametrize("width", [320, 390])
def test_two_organizations_fit_side_by_side_on_a_phone(window, width):
    """Every value of both is within the window, and the names above them stay there while the page is read."""
    page = window(width, 900)
    page.goto("/compare/?partner=partner-0&partner=partner-5")

    ends = page.locator(".comparison tr > *").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().right)"
    )

    assert len(ends) > 20 and max(ends) <= width
    page.get_by_text("Agreement 5", exact=True).scroll_into_view_if_needed()
    for name in ("Partner 0", "Partner 5"):
        expect(page.locator("thead").get_by_role("link", name=name, exact=True)).to_be_in_viewport()


def scrolled_name(page):
    """The name of a line of five organizations, once what is beside or below it has been scrolled sideways."""
    page.goto(f"/compare/?{FIVE}")
    name = page.get_by_role("rowheader", name="Sectors")
    place = name.bounding_box()
    page.locator(".comparison").evaluate("table => table.scrollLeft = 300")
    assert page.locator(".comparison").evaluate("table => table.scrollLeft") == 300
    assert name.bounding_box()["x"] == place["x"]
    return name


def test_names_of_lines_stay_in_sight_on_a_phone(window):
    """They stand above the values there, on lines of their own."""
    name = scrolled_name(window(390, 900))
    value = name.locator("xpath=following-sibling::td[1]")

    assert name.bounding_box()["y"] + name.bounding_box()["height"] <= value.bounding_box()["y"]


def test_names_of_lines_stay_in_sight_on_a_tablet(window):
    name = scrolled_name(window(700, 900))
    # The name covers what is scrolled below it, at every point; its last pixel may be one of the next line.
    name.scroll_into_view_if_needed()
    assert name.evaluate(
        """name => {
          const box = name.getBoundingClientRect();
          const found = [];
          for (let x = box.left + 1; x < box.right; x += 5)
            for (let y = Math.max(box.top, 0) + 1; y < Math.min(box.bottom - 1, innerHeight); y += 5)
              found.push(document.elementFromPoint(x, y));
          return found.length > 100 && found.every((each) => name.contains(each));
        }"""
    )


def test_reader_adds_by_name_removes_and_switches_without_javascript(window):
    page = window(java_script_enabled=False)
    page.goto("/compare/")
    page.get_by_label("Organization 1").fill("partner 3")
    page.get_by_label("Organization 2").fill("Partner 1")
    page.get_by_role("button", name="Compare").click()
    expect_columns(page, "Partner 3", "Partner 1")

    page.get_by_role("link", name="Only differences").click()
    page.get_by_label("Add an organization").fill("partner-0")
    page.get_by_role("button", name="Add").click()
    expect_columns(page, "Partner 3", "Partner 1", "Partner 0")
    page.get_by_text("5 more").click()
    expect(page.get_by_role("link", name="Sector 0 9")).to_be_visible()

    page.get_by_role("link", name="remove Partner 1").click()
    expect_columns(page, "Partner 3", "Partner 0")
    expect(page).to_have_url("/compare/?partner=partner-3&partner=partner-0&only=differences")
