"""Pictures that are taken away say what the rows say, as SVG text, as PNG and as CSV."""

import csv
import io
from collections import Counter
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import pytest
from django.test import Client
from PIL import Image

from partners.caching import page_cache
from partners.models import Agreement, AgreementParty, Event, Organization, Programme
from partners.pictures.catalogue import ENDINGS, PICTURES
from partners.pictures.marks import mark_of
from partners.pictures.tiles import LAYOUT
from partners.views import picture_files
from partners.vocabularies import PartyRole
from tests.database import db_of_file, queries_of, undone  # noqa: F401 (fixtures)
from tests.html import tree
from tests.records import make_agreement
from tests.worlds import build_world

pytestmark = pytest.mark.usefixtures("undone")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module", autouse=True)
def world(db):
    build_world(11, agreements=90)
    announcement = Event.objects.published().order_by("pk").first()
    Programme.objects.update(announcement=announcement)
    Agreement.objects.filter(announcement=announcement).update(announced_date=date(2025, 12, 18))


@pytest.fixture
def nothing_kept():
    """Answers are made anew, before and after."""
    page_cache.pages.clear()
    yield
    page_cache.pages.clear()


def body_of(address: str) -> ElementTree.Element:
    """What is drawn in a picture, without its frame."""
    answer = Client().get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    root = ElementTree.fromstring(answer.content)  # noqa: S314 (of our own)
    return next(each for each in root.iter(f"{SVG}g") if each.get("class") == "body")


def shapes_in(body) -> Counter:
    """The marks by shape."""
    kinds = (each.get("class", "").split() for each in body.iter())
    return Counter(kind[1] for kind in kinds if kind[:1] == ["k"])


def parts_in(body, kind: str) -> list:
    return [each for each in body.iter() if each.get("class") == kind]


def rows_of(address: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(Client().get(address).content.decode("utf-8-sig"))))


def types_of(agreements) -> Counter:
    return Counter(mark_of(each).shape for each in agreements.values_list("agreement_type", flat=True))


def shared_types(partners) -> Counter:
    """The marks of each pair of a partner and a laboratory, by loops."""
    parties = AgreementParty.objects.public()
    found: Counter = Counter()
    for ours in parties.filter(role=PartyRole.PARTNER, organization__in=partners):
        for _theirs in parties.filter(role=PartyRole.LABORATORY, agreement=ours.agreement_id):
            found[mark_of(ours.agreement.agreement_type).shape] += 1
    return found


def test_marks_of_types_are_the_agreements():
    assert shapes_in(body_of("/pictures/types.svg")) == types_of(Agreement.objects.published())
    assert sum(int(row["agreements"]) for row in rows_of("/pictures/types.csv")) > 10


@pytest.mark.parametrize("query", ["", "?sector=sector-a"])
def test_marks_of_partners_and_laboratories_are_their_agreements(query):
    partners = Organization.objects.partners()
    if query:
        partners = partners.filter(sectors__slug="sector-a")
    body, rows = body_of(f"/pictures/laboratories.svg{query}"), rows_of(f"/pictures/laboratories.csv{query}")

    assert shapes_in(body) == shared_types(partners) != Counter()
    assert len(parts_in(body, "box")) == len(rows)
    assert sum(int(row["agreements"]) for row in rows) == shapes_in(body).total()


def several() -> dict[str, list[str]]:
    """The partners of each agreement in which there are several, by loops."""
    found: dict[str, list[str]] = {}
    for party in AgreementParty.objects.public(PartyRole.PARTNER).select_related("agreement", "organization"):
        found.setdefault(party.agreement.slug, []).append(party.organization.slug)
    return {slug: sorted(names) for slug, names in found.items() if len(names) > 1}


def test_line_joins_the_partners_of_each_agreement_that_has_several():
    body, joined = body_of("/pictures/together.svg"), several()
    rows: dict[str, list[str]] = {}
    for row in rows_of("/pictures/together.csv"):
        rows.setdefault(row["agreement"], []).append(row["partner"])
    page = tree(Client().get("/")).find(id="together")[0]
    lines = page.find("tbody")[0].find("tr")

    assert {slug: sorted(names) for slug, names in rows.items()} == joined != {}
    assert len(parts_in(body, "joins")) == len(lines) == len(joined)
    assert shapes_in(body).total() == len(page.find("td", kind="on")) == sum(map(len, joined.values()))
    for line in lines:
        slug = line.find("a")[0].attributes["href"].split("/")[2]
        assert len(line.find("td", kind="on")) == len(joined[slug])
    assert page.find("h2")[0].text.startswith(f"{len(joined)} of {Agreement.objects.published().count()} ")


def test_more_lines_than_are_drawn_are_told(monkeypatch, nothing_kept):
    monkeypatch.setattr("partners.pictures.together.MOST_JOINED", 2)

    assert len(parts_in(body_of("/pictures/together.svg"), "joins")) == 2
    assert (
        f"Not drawn: {len(several()) - 2} more agreements"
        in Client().get("/pictures/together.svg").content.decode()
    )


def test_blocks_of_sectors_are_their_partners():
    blocks = parts_in(body_of("/pictures/sectors.svg"), "box")
    members = [sector for each in Organization.objects.partners() for sector in each.sectors.all()]

    assert len(blocks) == len(members) == len(rows_of("/pictures/sectors.csv")) > 5


def test_tiles_of_the_map_are_the_states():
    rows = rows_of("/pictures/map.csv")
    partners = Organization.objects.partners().filter(region_code__in=filter(None, LAYOUT)).count()

    assert len(parts_in(body_of("/pictures/map.svg"), "box")) == len(list(filter(None, LAYOUT)))
    assert sum(int(row["partners"]) for row in rows) == partners > 3


def test_marks_of_the_timeline_are_events_and_what_they_announced():
    events = Event.objects.published()
    announced = Agreement.objects.published().filter(announcement__in=events).exclude(announced_date=None)

    shapes = shapes_in(body_of("/pictures/timeline.svg"))

    # Many of one day have the mark of most of them.
    assert (shapes.pop("moment"), shapes.total()) == (events.count(), announced.count())
    shown = events.filter(kind="policy")
    assert shapes_in(body_of("/pictures/timeline.svg?kind=policy"))["moment"] == shown.count()


def test_picture_of_a_partner_has_its_dated_agreements(client):
    partner = max(Organization.objects.partners(), key=lambda each: each.parties.count())
    parties = AgreementParty.objects.public(PartyRole.PARTNER).filter(organization=partner)
    agreements = Agreement.objects.published().filter(pk__in=parties.values("agreement"))
    shapes = shapes_in(body_of(f"/partners/{partner.slug}/when.svg"))
    shapes.pop("moment", None)

    assert shapes == types_of(agreements.exclude(announced_date=None))
    assert f"/partners/{partner.slug}/when.png" in client.get(partner.get_absolute_url()).content.decode()


@pytest.mark.parametrize("name", PICTURES)
def test_picture_says_its_title_source_day_and_address(client, name):
    text = client.get(f"/pictures/{name}.svg").content.decode()
    picture = Image.open(io.BytesIO(client.get(f"/pictures/{name}.png").content))
    root = ElementTree.fromstring(text)  # noqa: S314 (of our own)

    assert root.find(f"{SVG}title").text in text.split("</title>", 1)[1]
    assert "Source: this directory’s" in text and ", as of " in text
    assert f"http://testserver{PICTURES[name].noun.address and '/' + PICTURES[name].noun.address}" in text
    assert picture.size == (2 * int(root.get("width")), 2 * int(root.get("height")))
    for link in root.iter(f"{SVG}a"):
        path = link.get("href").removeprefix("http://testserver")
        assert path.startswith("/"), path
    assert client.get(path).status_code == 200


def test_picture_of_a_selection_says_so(client):
    text = client.get("/pictures/sectors.svg?type=company").content.decode()

    assert "Partners of the type Company" in text and "type=company&amp;view=pictures" in text


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_cannot_be_drawn_says_what_is_allowed(client, monkeypatch, nothing_kept, ending):
    wrong = client.get(f"/pictures/sectors.{ending}?type=nonsense")
    whole = picture_files.too_many
    monkeypatch.setattr(picture_files, "too_many", lambda kind, rows: whole(replace(kind, most=1), rows))
    large = client.get(f"/pictures/sectors.{ending}")

    assert (wrong.status_code, large.status_code) == (400, 400)
    assert "company" in wrong.content.decode() and "up to 1" in large.content.decode()


def test_list_shows_the_pictures_of_its_selection(client):
    page = tree(client.get("/partners/?sector=sector-a&view=pictures"))
    partners = Organization.objects.partners().filter(sectors__slug="sector-a")
    drawn = {link.text for link in page.find(id="sectors")[0].find("ol")[0].find("a")}

    assert f"of the {partners.count()} partners" in page.find(id="matrix")[0].text
    assert drawn and not page.find("article")
    takes = [link.attributes["href"] for link in page.find(kind="take")[0].find("a")]
    assert takes == [f"/pictures/laboratories.{ending}?sector=sector-a" for ending in ENDINGS]
    for each in takes:
        assert client.get(each).status_code == 200


def test_number_of_queries_does_not_grow_with_rows():
    def costs() -> dict[str, int]:
        return {name: queries_of(Client().get, f"/pictures/{name}.svg") for name in PICTURES}

    costs()
    before = costs()
    partners = list(Organization.objects.partners()[:3])
    for number in range(4):
        make_agreement(
            f"More {number}", partners=partners, announced_date=date(2026, 1, number + 1), cited=False
        )
    costs()

    assert costs() == before
