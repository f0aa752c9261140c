"""Pictures say what the rows say, whatever is in the directory."""

from collections import Counter
from urllib.parse import urlsplit

import pycountry
import pytest
from django.db.models import Q
from django.test import Client

from partners.models import Agreement, AgreementParty, Event, Organization, Programme, Sector
from partners.pictures import strip as strip_module
from partners.pictures.marks import AGREEMENT_MARKS, mark_of
from partners.pictures.short_names import distinct_names, short_name
from partners.pictures.tiles import LAYOUT
from partners.texts import with_article
from partners.vocabularies import AgreementType, PartyRole
from tests.database import db_of_file, undone  # noqa: F401 (fixtures)
from tests.html import tree
from tests.worlds import build_world

pytestmark = pytest.mark.usefixtures("undone")


def number_in(element) -> int:
    return int(element.find("b")[0].text)


def glyphs_in(element) -> Counter:
    """The marks within an element, by shape."""
    return Counter(each.attributes["class"].split()[-1] for each in element.find("i", kind="k"))


@pytest.fixture(scope="module")
def front_page(db):
    """The front page over a generated directory of which one event announced some agreements."""
    build_world(11)
    announcement = Event.objects.published().order_by("pk").first()
    Programme.objects.update(announcement=announcement)
    keys = Agreement.objects.published().order_by("pk").values_list("pk", flat=True)[:3]
    Agreement.objects.filter(pk__in=list(keys)).update(announcement=announcement)
    return tree(Client().get("/"))


def test_types_add_up_to_the_agreements(front_page):
    groups = front_page.find(kind="split")[0].find("li")
    types = Counter(
        mark_of(each).shape for each in Agreement.objects.published().values_list("agreement_type", flat=True)
    )
    drawn = sum((glyphs_in(each) for each in groups), Counter())

    assert sum(map(number_in, groups)) == Agreement.objects.published().count() > 10
    assert drawn == types
    assert [sum(glyphs_in(each).values()) for each in groups] == [number_in(each) for each in groups]


def test_every_group_of_types_leads_to_as_many_rows(front_page, client):
    for each in front_page.find(kind="split")[0].find("li"):
        rows = client.get(
            each.find("a")[0].attributes["href"].replace("/agreements/", "/agreements.json")
        ).json()
        assert rows["count"] == number_in(each), each.text


def test_cells_hold_the_agreements_of_a_partner_with_a_laboratory(front_page, client):
    shared = Counter()
    parties = AgreementParty.objects.public()
    for one in parties.filter(role=PartyRole.PARTNER):
        for other in parties.filter(role=PartyRole.LABORATORY, agreement=one.agreement_id):
            shared[one.organization.name, other.organization.name] += 1
    matrix = front_page.find(kind="matrix")[0]
    names = [each.attributes["title"] for each in matrix.find("thead")[0].find("a")]
    drawn, links = {}, {}
    for row in matrix.find("tbody")[0].find("tr"):
        link = row.find("th")[0].find("a")[0]
        partner = link.attributes.get("title", link.text)
        for name, cell in zip(names, row.find("td"), strict=True):
            if cell.find("a"):
                drawn[partner, name] = sum(glyphs_in(cell).values())
                links[cell.find("a")[0].attributes["href"]] = drawn[partner, name]

    assert drawn == shared != {}
    for link, count in links.items():
        assert client.get(link).status_code == 200
        if "?" in link:
            assert client.get(link.replace("/agreements/", "/agreements.json")).json()["count"] == count > 1
        else:
            assert count == 1


def test_blocks_are_the_partners_of_a_sector(front_page):
    partners = Organization.objects.partners()
    there = {
        sector.name: set(partners.filter(sectors=sector).values_list("name", flat=True))
        for sector in Sector.objects.filter(organizations__in=partners)
    }
    drawn = {}
    for line in front_page.find(kind="units")[0].holds:
        if isinstance(line, str):
            continue
        title, members = line.find("a")[0], line.find("ol")[0].find("a")
        name = title.text.removesuffix(title.find("b")[0].text).strip()
        drawn[name] = {each.attributes.get("title", each.text) for each in members}

    assert drawn == there != {}


def test_strip_has_every_dated_agreement_of_a_partner_and_what_announced_it(front_page, client):
    partner = max(Organization.objects.partners(), key=lambda each: each.parties.count())
    parties = AgreementParty.objects.public(PartyRole.PARTNER).filter(organization=partner)
    agreements = Agreement.objects.published().filter(pk__in=parties.values("agreement"))
    dated = agreements.exclude(announced_date=None)
    announced, about = Q(agreements__in=agreements), Q(organizations=partner)
    events = Event.objects.published().filter(announced | about).distinct()

    page = tree(client.get(partner.get_absolute_url()))
    lanes = page.find(kind="strip")[0].find(kind="lane")
    above = [
        link.attributes["href"]
        for lane in lanes
        if "low" not in lane.attributes["class"]
        for link in lane.find("a")
    ]
    below = [
        link.attributes["href"]
        for lane in lanes
        if "low" in lane.attributes["class"]
        for link in lane.find("a")
    ]

    assert sorted(above) == sorted(each.get_absolute_url() for each in dated) != []
    assert sorted(below) == sorted(each.get_absolute_url() for each in events)
    undated = agreements.count() - dated.count()
    assert ("Not drawn:" in page.text) == bool(undated)


def test_every_type_has_one_mark():
    assert Counter(each for mark in AGREEMENT_MARKS for each in mark.types) == Counter([*AgreementType, ""])


def test_drafts_leave_no_mark(front_page, client):
    hidden = Agreement.objects.published().first()
    Agreement.objects.filter(pk=hidden.pk).update(publication_state="draft")
    shape = mark_of(hidden.agreement_type).shape

    before, now = (glyphs_in(page.find(kind="split")[0]) for page in (front_page, tree(client.get("/"))))

    assert before - now == Counter([shape])


def test_sentence_counts_the_partners_with_a_laboratory(front_page):
    partners = Organization.objects.partners()
    shared = AgreementParty.objects.public(PartyRole.LABORATORY).values("agreement")
    parties = AgreementParty.objects.public(PartyRole.PARTNER).filter(agreement__in=shared)
    involved = parties.values("organization").distinct().count()

    assert f"{involved} of the {partners.count()} partners have" in front_page.find(id="matrix")[0].text


def test_names_are_shortened_by_what_they_have_in_common():
    laboratories = [
        "Argonne National Laboratory",
        "National Laboratory of the Rockies",
        "Sandia National Laboratories",
    ]

    assert list(distinct_names(laboratories).values()) == ["Argonne", "Rockies", "Sandia"]
    assert distinct_names(["National Laboratory"] * 3) == {"National Laboratory": "National Laboratory"}
    assert short_name("Hewlett Packard Enterprise", ["HPE", "HP Enterprise"]) == "HPE"
    assert short_name("Dell", ["D"]) == "Dell"


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("Genesis Mission", "the Genesis Mission"),
        ("U.S. Department of Energy", "the U.S. Department of Energy"),
        ("Ministry for Research", "the Ministry for Research"),
        ("University of Oslo", "the University of Oslo"),
        ("Harvard University", "Harvard University"),
        ("Horizon Europe", "Horizon Europe"),
        ("", ""),
    ],
)
def test_names_take_an_article_in_a_sentence(name, phrase):
    assert with_article(name) == phrase


@pytest.mark.parametrize("kind", ["", "kind=announcement"])
def test_strip_of_the_timeline_is_of_the_selected_events(front_page, client, kind):
    rows = client.get(f"/timeline.json?{kind}").json()["rows"]

    strip = tree(client.get(f"/timeline/?{kind}")).find(kind="strip")[0]
    lanes = strip.find(kind="lane")
    low = [lane for lane in lanes if "low" in lane.attributes["class"].split()]
    events = [link.attributes["href"] for lane in low for link in lane.find("a")]
    above = [lane for lane in lanes if lane not in low]
    selected = Event.objects.filter(slug__in={row["event"] for row in rows})
    announced = Agreement.objects.published().filter(announcement__in=selected).exclude(announced_date=None)

    assert sorted(events) == sorted(f"/timeline/{row['event']}/" for row in rows) != []
    assert sum((glyphs_in(lane) for lane in above), Counter()).total() == announced.count()


@pytest.mark.parametrize("kind", ["", "kind=announcement"])
def test_strip_of_many_events_has_a_mark_for_each_in_its_month(front_page, client, kind, monkeypatch):
    """The marks of a month lead to its events together, and as many are listed there."""
    monkeypatch.setattr(strip_module, "MOST_ONE_BY_ONE", 3)
    rows = client.get(f"/timeline.json?{kind}").json()["rows"]

    strip = tree(client.get(f"/timeline/?{kind}&page_size=10")).find(kind="strip")[0]
    months = [link for link in strip.find("a") if link.attributes.get("class") == "month"]
    single = [
        link
        for link in strip.find("a")
        if link.find(kind="moment") and link.attributes.get("class") != "month"
    ]

    assert len(single) + sum(len(link.find(kind="moment")) for link in months) == len(rows)
    for link in months:
        listed = client.get(f"/timeline.json?{urlsplit(link.attributes['href']).query}").json()
        assert listed["count"] == len(link.find(kind="moment")) > 1


def test_tiles_count_the_organizations_of_each_state(front_page, client):
    """What the tiles, the places outside and the table say is every partner and laboratory once."""
    partners, laboratories = Organization.objects.partners(), Organization.objects.laboratories()
    picture = front_page.find(id="map")[0]
    rows = picture.find("tbody")[0].find("tr")
    for row in rows:
        for link in row.find("a"):
            path, _, query = link.attributes["href"].partition("?")
            count = client.get(f"{path.rstrip('/')}.json?{query}").json()["count"]
            assert link.text.startswith(f"{count} "), link.text
    tiles = picture.find(kind="tiles")[0].find("a")
    numbers = [int(each.text) for tile in tiles for each in tile.find("em")]
    outside = [each for facts in picture.find("p", kind="facts") for each in facts.find("a")]

    assert len(tiles) == len(rows)
    assert sum(numbers) + len(outside) == partners.count() + laboratories.count()


def test_every_state_has_one_tile():
    states = {
        each.code
        for each in pycountry.subdivisions.get(country_code="US")
        if each.type in ("State", "District")
    }

    assert sorted(filter(None, LAYOUT)) == sorted(states)
