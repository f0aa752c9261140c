"""Texts that are written from right to left stand apart from the words and numbers around them, on every page."""

import re
from html.parser import HTMLParser

import pytest
from django.template import Context, Engine
from django.test import Client

from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.records import (
    cite,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
    make_source,
)

# A name that begins and ends with what has no direction of its own: a digit moves to whatever stands beside it.
HEBREW = "7 אבג {} 5"
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff]")
BLOCKS = re.compile(
    "address|article|aside|blockquote|body|button|caption|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header"
    "|label|legend|li|main|nav|ol|option|p|pre|section|select|summary|table|td|th|title|tr|ul"
)
EMPTY = re.compile("area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr")
SILENT = {"script", "style", "template"}


def hebrew(word: str) -> str:
    return HEBREW.format(word)


@pytest.fixture(scope="module")
def world(db):
    """A directory in which everything that has a name has one in Hebrew."""
    sector, area = (
        make_sector(hebrew("sector"), slug="sector"),
        make_mission_area(hebrew("area"), slug="area"),
    )
    part = make_mission_area(hebrew("part"), slug="part", parent=area)
    agency = make_organization(hebrew("agency"), slug="agency", type="government", summary_en=hebrew("it"))
    laboratory = make_organization(
        hebrew("lab"),
        slug="lab",
        type="facility",
        parent=agency,
        city=hebrew("place"),
        summary_en=hebrew("it"),
    )
    event = make_event(hebrew("event"), slug="event", summary_en=hebrew("what happened"))
    source = make_source(hebrew("source"), slug="source", publisher=hebrew("publisher"), kind="press-release")
    make_programme(
        name_en=hebrew("programme"), summary_en=hebrew("what it is"), lead=agency, announcement=event
    )
    for name in ("one", "two"):
        partner = make_organization(
            hebrew(name),
            slug=name,
            names=[hebrew(f"alias of {name}")],
            sectors=[sector],
            city=hebrew("city"),
            country_code="IL",
            legal_name=hebrew("legal"),
            ticker=hebrew("ticker"),
            ownership="startup",
            established=1990,
            parent_name=hebrew("owner"),
            summary_en=hebrew("what it does"),
        )
        cite(partner, "city", source=source, quote=hebrew("words"))
        make_agreement(
            hebrew(f"deal of {name}"),
            slug=f"deal-{name}",
            partners=[partner],
            agencies=[agency],
            laboratories=[laboratory],
            mission_areas=[part],
            announcement=event,
            announced_date=event.date,
            summary_en=hebrew("what was agreed"),
        )


class Page(HTMLParser):
    """The texts of a page that hold Hebrew, each with the block it stands in, and whether it stands apart in it."""

    def __init__(self, content: str):
        super().__init__()
        self.open, self.blocks, self.mixed, self.attributes = [], [[]], [], []
        self.feed(content)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if value and name in ("title", "alt", "aria-label", "content", "placeholder", "label"):
                self.check_plain(f"{tag} {name}", value)
        if BLOCKS.fullmatch(tag):
            self.blocks.append([])
        if not EMPTY.fullmatch(tag):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.open:
            while self.open.pop() != tag:
                pass
        if BLOCKS.fullmatch(tag) and len(self.blocks) > 1:
            self.check_block(tag, self.blocks.pop())

    def handle_data(self, text):
        if SILENT.isdisjoint(self.open) and text.strip():
            self.blocks[-1].append((text.strip(), "bdi" in self.open))

    def check_block(self, tag, texts):
        for text, is_apart in texts:
            if RIGHT_TO_LEFT.search(text) and not is_apart and (len(texts) > 1 or not is_one_value(text)):
                self.check_plain(tag, " ⁞ ".join(text for text, _ in texts))

    def check_plain(self, place, text):
        """A text without elements: a value alone, or isolated by characters."""
        outside = re.sub("\u2068[^\u2069]*\u2069", "", text)
        if RIGHT_TO_LEFT.search(outside) and not is_one_value(text):
            self.mixed.append(f"{place}: {text}")


def is_one_value(text: str) -> bool:
    return text.strip().startswith("7 ") and text.strip().endswith(" 5") and text.count("אבג") == 1


PAGES = [
    *(
        "/",
        "/partners/",
        "/partners/?view=table",
        "/partners/?q=אבג&sector=sector&exclude_laboratory=one",
        "/partners/?sector=none",
    ),
    *(
        "/partners/?q=קקק",
        "/partners/?sort=-name",
        "/agreements/",
        "/agreements/?view=table&laboratory=lab",
        "/laboratories/",
    ),
    *(
        "/laboratories/?view=table",
        "/agencies/agency/",
        "/laboratories/lab/",
        "/partners/one/",
        "/agreements/deal-one/",
    ),
    *(
        "/sectors/",
        "/sectors/sector/",
        "/mission-areas/",
        "/mission-areas/area/",
        "/mission-areas/part/",
        "/timeline/",
    ),
    *(
        "/timeline/event/",
        "/timeline/?view=table",
        "/sources/",
        "/sources/?view=table",
        "/sources/source/",
        "/data/",
    ),
    *(
        "/compare/?partner=one&partner=two",
        "/compare/?partner=אבג",
        "/cross/",
        "/about/",
        "/api/",
        "/search/?q=אבג",
    ),
    *(
        "/search/?q=sector",
        "/cross/?rows=sector&columns=laboratory",
        "/agreements/?partner=one&q=אבג",
        "/nl/partners/one/",
    ),
]


@pytest.mark.parametrize("address", PAGES)
def test_nothing_changes_places_on_a_page(world, address):
    answer = Client().get(address)
    assert answer.status_code in (200, 400, 404), answer.status_code

    mixed = Page(answer.content.decode()).mixed
    assert mixed == [], "\n".join(mixed)


def test_nothing_changes_places_in_feeds_and_calendars(world):
    """A title that is put together has the name of the record in the characters of an isolate."""
    feed = Client().get("/partners.atom?sector=sector").content.decode()
    calendar = b"".join(Client().get("/agreements.ics").streaming_content).decode().replace("\r\n ", "")

    assert "<title>Partners in the sector \u20687 אבג sector 5\u2069</title>" in feed
    assert "<title>7 אבג one 5</title>" in feed
    assert "SUMMARY:Announced on: \u20687 אבג deal of one 5\u2069" in calendar


@pytest.mark.parametrize(
    ("before", "rendered"),
    [
        ("<p>", "<bdi>אב"),
        ('<p title="x">', "<bdi>אב"),
        ("<!-- <title> --><p>", "<bdi>אב"),
        ("<title>", "\u2068אב"),
        ("<option value='1'>", "\u2068אב"),
        ('<p title="x ', "\u2068אב"),
        ("<input aria-label='", "\u2068אב"),
        ('<a href="/?q=', "אב"),
        ("<input value='", "אב"),
        ("<script>let a = '", "אב"),
        ("<title>x</title><b>", "<bdi>אב"),
    ],
)
def test_place_of_a_variable_decides_how_it_stands_apart(before, rendered):
    templates = {
        "page": before + "{% if name %}{{ name }}{% endif %}",
        "base": before + "{% block inner %}{% endblock %}",
        "child": '{% extends "base" %}{% block inner %}{{ name }}{% endblock %}',
    }
    memory = ("django.template.loaders.locmem.Loader", templates)
    engine = Engine(loaders=[("partners.isolation.Loader", [memory])])
    for template in ("page", "child"):
        assert engine.get_template(template).render(Context({"name": "אב"})).startswith(before + rendered)
        assert engine.get_template(template).render(Context({"name": "<b>"})).endswith("&lt;b&gt;")
