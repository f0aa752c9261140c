"""How to cite a page, and what critics say on it."""

import datetime
from datetime import date

import pytest

from partners.views import listings
from tests.html import tree
from tests.records import cite, make_agreement, make_event, make_organization, make_source
from tests.shapes import csv_rows, raw

pytestmark = pytest.mark.django_db


@pytest.fixture
def alpha(db):
    alpha = make_organization("Alpha {A} & B", slug="alpha")
    make_agreement("Deal", slug="deal", partners=[alpha])
    return alpha


def test_page_says_how_to_cite_it_by_its_day(client, alpha):
    page = tree(client.get("/partners/alpha/"))
    said = page.find(kind="cite")[0].find("blockquote")[0].text
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    permanent = f"http://testserver/partners/alpha/?as_of={day}"

    assert "Alpha {A} & B" in said and permanent in said
    bib, ris = (client.get(f"/partners/alpha/cite.{ending}") for ending in ("bib", "ris"))
    assert r"title        = {Alpha \{A\} \& B}," in bib.content.decode()
    assert f"url          = {{{permanent}}}" in bib.content.decode()
    assert ris.content.decode().startswith("TY  - ELEC\r\nTI  - Alpha {A} & B\r\n")
    assert f"UR  - {permanent}\r\n" in ris.content.decode()
    assert "Alpha {A} &amp; B" in client.get(permanent).content.decode()


def test_a_past_that_is_not_kept_is_not_cited(client, alpha):
    for ending in ("bib", "ris"):
        answer = client.get(f"/partners/alpha/cite.{ending}", {"as_of": "2020-01-01"})

        assert (answer.status_code, answer["Content-Type"]) == (400, "text/plain; charset=utf-8")
        assert "Allowed:" in answer.content.decode()


@pytest.mark.parametrize("address", ["/agreements/deal/", "/timeline/day/", "/sources/paper/"])
def test_every_kind_of_record_is_cited(client, alpha, address):
    cite(make_event("Day", slug="day"), source=make_source("Paper", slug="paper"))

    page = tree(client.get(address))

    for link in page.find(kind="cite")[0].find("a"):
        assert client.get(link.attributes["href"]).status_code == 200


def test_critics_of_a_partner_are_those_of_its_agreements_and_events_too(client, alpha):
    hidden = make_agreement("Hidden", partners=[alpha], publication_state="draft")
    records = {
        "itself": alpha,
        "deal": alpha.parties.get(agreement__slug="deal").agreement,
        "event": make_event("Day", organizations=[alpha]),
        "hidden": hidden,
        "other": make_organization("Beta"),
    }
    for name, record in records.items():
        source = make_source(f"Critic of {name}", stance="critical")
        cite(record, source=source, quote=f"Bad {name}", retrieved_date=date(2026, 1, 2))
    cite(alpha, source=make_source("Friend", stance="official"))
    # A year that a critic is known for says nothing.
    cite(alpha, "established", source=make_source("Almanac", stance="critical"))

    page = tree(client.get("/partners/alpha/"))
    notes = next(each for each in page.find("section") if each.attributes.get("aria-labelledby") == "critics")

    assert sorted(each.text for each in notes.find("p", kind="title")) == [
        "Critic of deal",
        "Critic of event",
        "Critic of itself",
    ]
    assert all(f"Bad {name}" in notes.text for name in ("deal", "event", "itself"))
    assert "hidden" not in notes.text


@pytest.mark.parametrize("prefix", ["", "/nl"])
def test_critics_lead_to_exactly_the_critical_sources_about_the_organization(client, alpha, prefix):
    deal = alpha.parties.get().agreement
    for name, record in {
        "itself": alpha,
        "deal": deal,
        "event": make_event("Day", organizations=[alpha]),
    }.items():
        cite(record, source=make_source(name, stance="critical"))
    cite(alpha, "established", source=make_source("almanac", stance="critical"))
    cite(alpha, source=make_source("friend", stance="official"))
    cite(make_organization("Beta"), source=make_source("other", stance="critical"))
    cite(make_agreement("Hidden", partners=[alpha], publication_state="draft"), source=make_source("hidden"))

    page = tree(client.get(f"{prefix}/partners/alpha/"))
    notes = next(each for each in page.find("section") if each.attributes.get("aria-labelledby") == "critics")
    (more,) = notes.find(kind="file")
    (link,) = more.find("a")
    address = link.attributes["href"]

    assert "4" in link.text
    listed = csv_rows(raw(client.get(address.replace("/sources/?", "/sources.csv?"))))
    assert {row["source"] for row in listed} == {"itself", "deal", "event", "almanac"}
    shown = {link.text for link in tree(client.get(address)).find("main")[0].find("a")}
    assert {"itself", "deal", "event", "almanac"} <= shown and not {"friend", "other", "hidden"} & shown


def test_event_leads_to_the_organizations_that_it_is_about(client, alpha):
    secret = make_organization("Secret", publication_state="draft")
    make_event("Day", slug="day", organizations=[alpha, secret])
    make_event("Draft", organizations=[alpha], publication_state="draft")

    event, partner = (
        client.get(address).content.decode() for address in ("/timeline/day/", "/partners/alpha/")
    )
    row = client.get("/timeline.json?organization=alpha").json()["rows"]

    assert 'href="/partners/alpha/"' in event and "Secret" not in event
    assert "1 event about it" in partner and "Draft" not in partner
    assert [each["organizations"] for each in row] == [["alpha"]]
    assert client.get("/timeline.json?organization=secret").status_code == 400


def test_many_events_are_reached_by_their_years(client, alpha, monkeypatch):
    for number in range(6):
        make_event(f"Event {number}", date=date(2024 + number // 2, 1, 1), kind="policy")
    monkeypatch.setattr(listings, "MOST_DRAWN", 3)

    page = tree(client.get("/timeline/?kind=policy"))
    links = page.find("nav", kind="years")[0].find("a")

    assert [each.text for each in links] == ["2026 2 events", "2025 2 events", "2024 2 events"]
    assert not page.find(kind="strip")
    for link in links:
        year = tree(client.get("/timeline/" + link.attributes["href"]))
        assert len(year.find("article")) == 2 and year.find(kind="strip")


@pytest.mark.parametrize(
    "address",
    [
        "/sources/paper/",
        "/sources/",
        "/sources/?q=paper",
        "/sources/?view=table",
        "/search/?q=paper",
        "/partners/alpha/",
        "/timeline/",
    ],
)
@pytest.mark.parametrize(("prefix", "language"), [("/nl", "en"), ("", "nl")])
def test_title_of_a_source_says_its_language_where_the_page_has_another(
    client, alpha, address, prefix, language
):
    paper = make_source("Paper on Alpha", slug="paper", language=language, publisher="", stance="critical")
    cite(alpha, source=paper, quote="Words")
    cite(make_event("Day"), source=paper)

    # What a source was cited for in days gone by is told by its name alone.
    told = [
        tree(client.get(f"{there}{address}")).find("main")[0] for there in (prefix, "" if prefix else "/nl")
    ]
    earlier = {id(link) for page in told for part in page.find(kind="history") for link in part.find("a")}
    other, same = (
        [
            place
            for place in (*page.find("a"), *page.find("h1"))
            if place.text == "Paper on Alpha" and id(place) not in earlier
        ]
        for page in told
    )

    assert other and {each.attributes.get("lang") for place in other for each in place.find("span")} == {
        language
    }
    assert all(place.find("span") for place in other)
    assert same and not any(place.find("span") for place in same)
