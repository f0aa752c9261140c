"""Walks through pages without eyes or mouse: by the Tab key alone, and as a screen reader reads them."""

import re

import pytest
from django.core.management import call_command
from django.utils.formats import date_format

from partners.models import Agreement
from partners.nouns import EVENT, PARTNER
from tests.browser.reading import LANDMARKS, Node, phrases, read_page
from tests.browser.sharing import serving

pytestmark = pytest.mark.appearance


def make_directory() -> None:
    call_command("load_dataset", verbosity=0)


db, server = serving(make_directory)

FRONT, LISTING, TIMELINE = "/", "/partners/", "/timeline/"
PAGES = (
    FRONT,
    LISTING,
    TIMELINE,
    "/partners/nvidia/",
    "/agreements/?binding=binding",
    "/nl/partners/",
    "/search/?q=fusion",
)
WIDTHS = (1280, 390)

# Everything that Tab should reach, in the order of the document.
STOPS = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')].filter(
  (each) => each.tabIndex >= 0 && !each.disabled && each.type !== 'hidden' && each.checkVisibility({visibilityProperty: true})
    && !(each.type === 'radio' && !each.checked && each.form.querySelector(`[name="${each.name}"]:checked`))
)"""
# Where the focus is: its place among the stops, whether it is drawn, in view, and not under anything else.
FOCUS = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  const style = getComputedStyle(here), label = here.labels?.[0];
  const drawn = (css) => (css.outlineStyle !== 'none' && parseFloat(css.outlineWidth) >= 1) || css.boxShadow !== 'none';
  const boxes = [...here.getClientRects(), ...(label ? label.getClientRects() : [])];
  const seen = boxes.some(({left, top, width, height}) => {
    const found = document.elementFromPoint(left + width / 2, top + height / 2);
    return found && (here.contains(found) || found.contains(here) && found !== document.body || label?.contains(found));
  });
  return {
    place: (STOPS)().indexOf(here), name: here.outerHTML.slice(0, 120), drawn: drawn(style) || (label && drawn(getComputedStyle(label))),
    seen, in: here.closest('main') ? 'main' : '', results: !!(document.getElementById('results')?.compareDocumentPosition(here) & 4), link: here.getAttribute('href'),
  };
}""".replace("STOPS", STOPS)


def opened(window, server, settings, address: str, width: int):
    settings.SITE_URL = server.url
    page = window(width, 800)
    page.goto(address)
    return page


def step(page) -> dict | None:
    page.keyboard.press("Tab")
    return page.evaluate(FOCUS)


# By the Tab key ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("address", [LISTING, FRONT, TIMELINE])
def test_tab_reaches_everything_once_in_the_order_of_the_page(window, server, settings, address, width):
    page = opened(window, server, settings, address, width)
    expected = page.evaluate(f"({STOPS})().length")

    walked = []
    while len(walked) <= expected and (at := step(page)):
        walked.append(at)

    assert [each["place"] for each in walked] == list(range(expected))
    assert [each["name"] for each in walked if not each["drawn"]] == [], "the focus is not drawn"
    assert [each["name"] for each in walked if not each["seen"]] == [], "something covers the focus"


@pytest.mark.parametrize("address", PAGES)
def test_the_first_stop_leads_to_the_content(window, server, settings, address):
    page = opened(window, server, settings, address, 1280)

    assert step(page)["link"] == "#main"
    page.keyboard.press("Enter")

    assert step(page)["in"] == "main"


@pytest.mark.parametrize("address", [LISTING, TIMELINE, "/nl/partners/"])
def test_a_link_before_the_filters_leads_to_the_results(window, server, settings, address):
    page = opened(window, server, settings, address, 1280)
    step(page)
    page.keyboard.press("Enter")

    stops = [step(page) for _stop in range(4)]
    assert "#results" in [each["link"] for each in stops]
    page.locator('a[href="#results"]').focus()
    page.keyboard.press("Enter")

    assert step(page)["results"]


def test_filters_are_folded_before_the_results_on_a_phone(window, server, settings):
    page = opened(window, server, settings, LISTING, 390)

    stops = [step(page) for _stop in range(8)]

    assert stops[-1]["results"]


# As a screen reader reads it -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", PAGES)
def test_headings_landmarks_and_names_tell_where_one_is(window, server, settings, address):
    read = read_page(opened(window, server, settings, address, 1280))

    levels = [each.states["level"] for each in read.of_role("heading")]
    assert levels.count(1) == 1
    assert all(deeper <= level + 1 for level, deeper in zip([0, *levels], levels, strict=False)), levels
    assert [len(read.of_role(role)) for role in ("banner", "main", "contentinfo")] == [1, 1, 1]
    for role in LANDMARKS - {"group", "form", "figure"}:
        names = [each.name for each in read.of_role(role)]
        assert len(names) == len(set(names)), f"two landmarks {role} with one name: {names}"
    for each in read.of_role("link", "button", "checkbox", "textbox", "searchbox", "combobox", "image"):
        assert each.name, f"{each.role} without a name"
        assert not re.match(r"(\w+) \1\b", each.name), f"said twice: {each.name}"


def test_the_listing_is_read_as_one_would_tell_it(window, server, settings):
    read = read_page(opened(window, server, settings, LISTING, 1280))
    partners = list(PARTNER.rows().order_by("name_key"))

    results = next(
        each for each in read.of_role("region") if each.of_role("heading")[0].name == "24 partners"
    )
    names = [each.name for each in results.of_role("heading") if each.states["level"] == 3]
    assert names == [each.name for each in partners]
    said = "\n".join(phrases(results))
    parts = re.split(r"\nheading 3, ", said)[1:]
    for part, partner in zip(parts, partners, strict=True):
        agreements = Agreement.objects.published().filter(parties__organization=partner).distinct().count()
        assert re.search(rf"^link, {agreements} agreements?$", part, re.MULTILINE), part
        assert f"checkbox, Compare {partner.name}, not checked" in part
    for box in read.of_role("checkbox"):
        if not box.name.startswith("Compare "):
            assert re.search(r" \d+$", box.name), f"a value without its count: {box.name}"


def rows_of(table: Node) -> list[list[Node]]:
    return [
        [each for each in row.inside if each.role in {"cell", "gridcell", "columnheader", "rowheader"}]
        for row in table.of_role("row")
    ]


def test_the_matrix_is_read_cell_by_cell_with_its_headers(window, server, settings):
    read = read_page(opened(window, server, settings, FRONT, 1280))

    [table] = [each for each in read.of_role("table") if "laboratory" in each.name]
    head, *lines = rows_of(table)
    assert {each.role for each in head} == {"columnheader"}
    assert all(each.text for each in head)
    total = 0
    for line in lines:
        assert [each.role for each in line] == ["rowheader", *["cell"] * (len(head) - 1)]
        for cell in line[1:]:
            if cell.text:
                number, words = re.fullmatch(r"(\d+) ?: (.+)", cell.text).groups()
                assert int(number) == sum(int(each) for each in re.findall(r"\d+", words))
                total += int(number)
    partners = set(PARTNER.rows().values_list("pk", flat=True))
    expected = sum(
        len({party.organization_id for party in parties if party.role == "laboratory"})
        * len({party.organization_id for party in parties if party.organization_id in partners})
        for parties in (list(agreement.parties.all()) for agreement in Agreement.objects.published())
    )
    assert total == expected > 0


def test_the_timeline_is_read_by_year_day_and_event(window, server, settings):
    read = read_page(opened(window, server, settings, TIMELINE, 1280))
    events = list(EVENT.rows().order_by("-date", "title_key"))

    titles = [each.name for each in read.of_role("heading") if each.states["level"] == 4]
    assert 10 < len(titles) == len(set(titles))
    assert set(titles) <= {each.title for each in events if each.date >= events[len(titles) - 1].date}
    years = [each.name for each in read.of_role("heading") if each.states["level"] == 3]
    assert set(years) == {str(each.date.year) for each in events}
    # The strip above the events says all of them by its marks: each is a link with its title and its day.
    [strip] = [
        each
        for each in read.of_role("list")
        if [head.name for head in each.of_role("heading")] == sorted(set(years))
    ]
    marks = [each.name for each in strip.of_role("link")]
    for event in events:
        assert f"{event.title}, {date_format(event.date, 'j F Y')}" in marks
