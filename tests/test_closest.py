"""Where no row has all the words of a search: the closest rows, everywhere the same, and what the other lists have."""

import csv
import re
from urllib.parse import urlencode

import pytest
from django.http import QueryDict

from partners.nouns import AGREEMENT, LABORATORY
from partners.selection import everywhere
from partners.selection.everywhere import Best
from partners.selection.index import bring_up_to_date
from partners.selection.listings import PartnerListing
from partners.selection.search import closest
from partners.selection.selection import Selection
from partners.views.search import elsewhere
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.records import make_agreement, make_organization, make_partner, make_programme

TREES = ("Oak", "Elm", "Ash", "Fir", "Yew", "Box")


@pytest.fixture(scope="module", autouse=True)
def firms(db):
    """Thirty firms that saw, some of which say what: one in six goes by a tree, and one of them paints."""
    lead = make_organization("Forest Agency", slug="lead", type="government")
    make_programme(lead=lead)
    lab = make_organization("Moss Laboratory", slug="moss", type="facility", parent=lead)
    for number in range(30):
        name = f"{TREES[number % 6]} {number}"
        paints = " It paints wagons." if number == 6 else ""
        firm = make_partner(name, slug=f"firm-{number}", summary_en=f"A sawmill of wood.{paints}")
        if number == 12:
            make_agreement("Study of lichen", slug="study", partners=[firm], laboratories=[lab])
    bring_up_to_date()


def found(query: str, **others) -> Selection:
    return Selection(PartnerListing, QueryDict(urlencode({"q": query} | others)))


def slugs(selection: Selection) -> list[str]:
    return [row.slug for row in selection.page_rows]


@pytest.mark.parametrize(
    ("query", "rows", "met"),
    [
        # All words: nothing is said of closeness.
        ("oak sawmill", ["firm-0", "firm-12", "firm-18", "firm-24", "firm-6"], 2),
        ("oak wagons", ["firm-6"], 2),
        # The rare words weigh more than the common ones.
        ("elm wagons", ["firm-6"], 1),
        ("the sawmill paints harbours", ["firm-6"], 2),
        ("sawmill of wood in lichen and moss at sea", ["firm-12"], 4),
        ("oak nowhere", ["firm-0", "firm-12", "firm-18", "firm-24", "firm-6"], 1),
        # As weighty as each other: all of them.
        ("12 wagons harbours", ["firm-12", "firm-6"], 1),
        # One common word alone is noise, and so are two of five.
        ("sawmill nowhere", [], 0),
        ("sawmill wood nowhere never ever", [], 0),
        ("nowhere never", [], 0),
        ("nowhere", [], 0),
        # What is left out stays out.
        ("oak nowhere -wagons", ["firm-0", "firm-12", "firm-18", "firm-24"], 1),
        ("wagons nowhere -oak", [], 0),
    ],
)
def test_closest_rows_are_those_with_the_words_that_say_most(query, rows, met):
    selection = found(query, sort="name")

    assert sorted(slugs(selection)) == sorted(rows)
    assert selection.found.met == met


def test_search_for_the_closest_ends():
    """However many words are equally rare, and meet in ever other rows."""
    words = [sum(1 << row for row in range(400) if row * 7919 % (place + 2)) for place in range(150)]
    weighed = sorted(((closest.weight(word, 400), word) for word in words), key=lambda word: -word[0])

    assert closest.heaviest(weighed).records


def test_page_says_it_and_file_facets_and_heading_agree(client):
    page = client.get("/partners/", {"q": "oak nowhere"}).content.decode()
    file = client.get("/partners.csv", {"q": "oak nowhere"})
    text = file.getvalue().decode()
    listed = client.get("/partners.json", {"q": "oak nowhere"}).json()
    selection = found("oak nowhere")

    assert "Nothing here has all of these words." in page and "1 of 2" in page
    assert "5 partners closest to" in page
    assert [row["organization"] for row in csv.DictReader(text.splitlines())] == slugs(selection)
    assert [row["organization"] for row in listed["rows"]] == slugs(selection)
    assert listed["title"].startswith("5 partners closest to")
    assert "partners-closest-to-oak-nowhere" in file["Content-Disposition"]
    assert {line.count for line in next(f for f in selection.facets if f.name == "type").values} == {5}
    assert "closest" not in client.get("/partners/", {"q": "oak sawmill"}).content.decode()


def test_other_filters_narrow_the_closest_rows_and_make_no_others(client):
    assert slugs(found("oak nowhere", type="nonprofit")) == []
    assert len(slugs(found("oak nowhere", exclude_type="nonprofit"))) == 5
    # All words are somewhere, only not among these.
    assert slugs(found("oak sawmill", type="nonprofit")) == []
    assert "closest" not in client.get("/partners/?q=oak+sawmill&type=nonprofit").content.decode()


# What the other lists have


def test_list_without_a_row_says_what_the_others_have(client):
    page = client.get("/agreements/", {"q": "sawmill"}).content.decode()
    (said,) = re.findall(r'<p class="elsewhere".*?</p>', page, re.DOTALL)

    links = dict(re.findall(r'<a href="(/\w+/\?[^"]*)">(.*?)</a>', said))
    assert links["/partners/?q=sawmill"] == "30 partners"
    assert ("30 partners", "/partners/?q=sawmill") in elsewhere("sawmill", AGREEMENT)
    for address, counted in links.items():
        if address.startswith("/search/"):
            continue
        rows = client.get(address.replace("/?", ".json?")).json()["count"]
        assert counted.split()[0] == str(rows)


def test_list_with_only_close_rows_says_it_too_and_one_with_good_rows_does_not(client):
    close = client.get("/laboratories/", {"q": "moss wagons"}).content.decode()
    good = client.get("/laboratories/", {"q": "moss"}).content.decode()

    assert "Nothing here has all of these words." in close
    assert 'class="elsewhere"' not in good
    assert 'href="/partners/?q=lichen+wagons"' not in close
    assert {"1 agreement", "1 partner"} <= {counted for counted, _link in elsewhere("lichen", LABORATORY)}
    assert elsewhere("moss wagons", LABORATORY) == elsewhere("nowhere", LABORATORY) == []


def test_search_over_everything_falls_back_on_the_closest_only_where_nothing_is_good(client):
    good = client.get("/search.json", {"q": "oak wagons"}).json()
    close = client.get("/search.json", {"q": "oak nowhere"}).json()
    page = client.get("/search/", {"q": "oak nowhere"}).content.decode()

    assert good["all_words"] and [group["kind"] for group in good["groups"]] == ["partner"]
    assert not close["all_words"] and close["groups"][0]["count"] == 5
    assert "Nothing has all the words of" in page


@pytest.mark.parametrize("query", ["oak", "sawmill", "oak nowhere", "-oak", "firm wood"])
@pytest.mark.parametrize("few", [2, 1000])
def test_best_rows_are_the_first_of_the_list_however_they_are_looked_up(monkeypatch, query, few):
    monkeypatch.setattr(everywhere, "MOST_CHECKED", few)
    monkeypatch.setattr(everywhere, "MOST_SORTED", few)
    best, rows = Best(PartnerListing, query), found(query)

    everything = list(rows.rows.values_list("pk", flat=True))
    assert best.count == rows.count == len(everything)
    for first in (0, 3, 29, 40):
        assert [row.pk for row in best.rows(first, 4)] == everything[first : first + 4]
