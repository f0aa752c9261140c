"""Public pages are valid HTML: a parser finds no fault in them, names are given once, and what they point at is there."""

import re
from collections import Counter

import html5rdf
import pytest
from django.test import Client

from partners.drawn import pieces
from tests.records import (
    add_amount,
    cite,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
)

PAGES = (
    *(
        "/",
        "/partners/",
        "/agreements/",
        "/laboratories/",
        "/timeline/",
        "/sources/",
        "/sectors/",
        "/mission-areas/",
    ),
    *("/partners/?view=table&columns=name,type", "/partners/?sector=chips&exclude_type=nonprofit&q=alpha"),
    *("/partners/?sector=ghost&established_min=x", "/partners/?q=nothing", "/timeline/?page=9"),
    *("/partners/alpha/", "/partners/alpha/changes/", "/laboratories/site/", "/agencies/agency/"),
    *("/agreements/first/", "/timeline/great-announcement/", "/sectors/chips/", "/mission-areas/area/"),
    *(
        "/about/",
        "/data/",
        "/data/dictionary/",
        "/data/recipes/",
        "/data/versions/",
        "/data/changes/",
        "/api/",
    ),
    *("/search/", "/search/?q=alpha", "/search/?q=zzzz", "/search/?q=alpha&kind=partner"),
    *("/cross/?of=partners&rows=sector&columns=type", "/cross/?of=partners&rows=ghost"),
    *("/compare/", "/compare/?partner=alpha&partner=site", "/nowhere/", "/nl/", "/nl/partners/alpha/"),
)
# Attributes that name other elements of the page.
POINTING = ("for", "form", "headers", "list", "aria-labelledby", "aria-describedby", "aria-controls")
# Attributes of HTML, of ARIA and of drawings (https://html.spec.whatwg.org/, https://www.w3.org/TR/wai-aria/).
KNOWN = re.compile(
    r"(?:aria|data)-[a-z-]+|id|class|lang|dir|title|href|hreflang|rel|type|src|alt|as|crossorigin|media|name|content|charset"
    r"|property|action|method|role|value|placeholder|autocomplete|inputmode|maxlength|checked|selected|disabled|hidden"
    r"|for|form|list|scope|colspan|rowspan|headers|open|start|datetime|download|defer|async|tabindex|property|width|height"
    r"|viewBox|fill|stroke|stroke-width|d|cx|cy|r|rx|x|y|transform|xmlns|min|max|step|size|rows|cols|spellcheck|required"
)


@pytest.fixture(scope="module", name="db")
def world_of_markup(django_db_setup, django_db_blocker):
    """One record of each kind, with everything that a page can show of it."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        pieces.clear()
        lead = make_organization("Agency", type="government", names=[("AG", "acronym")])
        event = make_event("Great announcement")
        make_programme(lead=lead, announcement=event, summary_en="What it is for.")
        chips, area = make_sector("Chips"), make_mission_area("Area", slug="area", level="pillar")
        make_mission_area("Part", level="challenge", parent=area)
        make_sector("Nobody’s")
        alpha = make_organization(
            "Alpha & <Co>", slug="alpha", sectors=[chips], city="Delft", established=1999
        )
        site = make_organization("Site", type="facility", parent=lead)
        for title in ("First", "Second"):
            agreement = make_agreement(
                title,
                partners=[alpha],
                agencies=[lead],
                laboratories=[site],
                announcement=event,
                announced_date=event.date,
                mission_areas=[area] if title == "First" else [],
            )
            add_amount(agreement)
        cite(alpha, "city", quote="It is in “Delft” & nowhere else.")
        yield
        transaction.set_rollback(True)


def faults(page: str) -> list[str]:
    parser = html5rdf.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(page)
    elements = [each for each in root.iter() if isinstance(each.tag, str)]
    named = Counter(each.get("id") for each in elements if each.get("id"))
    found = [f"{code} at {place}" for place, code, _about in parser.errors]
    found += [f"{name} is the id of {count}" for name, count in named.items() if count > 1]
    for element in elements:
        for name, value in element.attrib.items():
            if isinstance(name, str) and not KNOWN.fullmatch(name):
                found.append(f"<{element.tag}> has {name}")
            if name in POINTING:
                found += [
                    f"{name} of <{element.tag}>: no {each}" for each in value.split() if each not in named
                ]
    return found


@pytest.mark.parametrize("path", PAGES)
def test_page_is_valid_html(db, path):
    """Attributes of libraries begin with "data-", and what is opened is closed."""
    assert faults(Client().get(path).content.decode()) == []
