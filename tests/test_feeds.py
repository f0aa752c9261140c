"""Feeds and calendars of selections: compared with the files, with the rules of their formats, and by programs that
read them."""

import datetime
import random
import re
from collections import defaultdict
from xml.etree import ElementTree

import feedparser
import icalendar
import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import example, given
from hypothesis import strategies as st

from partners import caching
from partners.formats import atom, calendar, feeds
from partners.formats.atom import Feed, FeedEntry, write_atom
from partners.formats.calendar import Calendar, CalendarDay, folded, write_calendar
from partners.models import Agreement, Event, Organization, PublicChange, Source
from partners.nouns import AGREEMENT, EVENT, LABORATORY, PARTNER, SOURCE, listed
from partners.tables.agreements import AGREEMENTS
from tests.database import queries_of
from tests.laws import examples
from tests.past import forget_changes, note
from tests.records import (
    cite,
    make_agreement,
    make_event,
    make_partner,
    make_programme,
    make_sector,
    make_source,
)
from tests.shapes import csv_rows, get, queries_that_choose, raw
from tests.worlds import build_world

LONG_AGO = datetime.datetime(2026, 1, 15, 9, tzinfo=datetime.UTC)
NAMES = {"a": atom.ATOM_NAMESPACE}
few_examples = examples(20)
nouns = pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
every_test_may_ask = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """A directory that all tests look at, in which records became public and changed at all sorts of moments."""
    with django_db_blocker.unblock(), transaction.atomic():
        build_world(11, organizations=60, agreements=60)
        live(random.Random(3))
        yield
        transaction.set_rollback(True)


def live(dice: random.Random) -> None:
    """Give every record a past."""
    for model in (Organization, Agreement, Event):
        for record in model.objects.order_by("slug"):
            model.objects.filter(pk=record.pk).update(published_at=some_day(dice))
    notes = {}
    for model, fields in (
        (Organization, ("name", "city", "")),
        (Agreement, ("title_en", "partners", "")),
        (Event, ("date", "")),
        (Source, ("title", "")),
    ):
        for record in model.objects.order_by("slug"):
            for field in fields:
                if dice.random() < 0.3 or (model is Source and not field):
                    notes[record, field] = some_day(dice)
    forget_changes()
    for (record, field), moment in notes.items():
        note(record, field, moment)


def some_day(dice: random.Random) -> datetime.datetime:
    """One of a few moments, so that many records share one."""
    return LONG_AGO + datetime.timedelta(days=dice.randrange(20), milliseconds=dice.choice((0, 250)))


def parsed(content: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(content)  # noqa: S314 (made a moment ago by the product)


def texts(root, path: str) -> list[str]:
    return [element.text or "" for element in root.findall(path, NAMES)]


def slugs_of(content: bytes) -> list[str]:
    """The records of a feed, by the addresses of its entries."""
    links = parsed(content).findall("a:entry/a:link", NAMES)
    return [link.get("href").rstrip("/").split("/")[-1] for link in links]


# The law: a feed holds the newest records of the file


def newest(noun, slugs: set[str]) -> list[str]:
    """The records in the order in which they last changed, by a plain account."""
    model = noun.table.model
    changes = PublicChange.objects.filter(model=model._meta.model_name)
    moments, notes = [], defaultdict(dict)
    for record, field, moment in changes.values_list("record_id", "field", "revision__at"):
        notes[record][field] = moment
    for record in model.objects.filter(slug__in=slugs):
        since = notes[record.pk].pop("", None) or record.published_at
        moments.append((max([since, *notes[record.pk].values()]), record.slug))
    moments.sort(key=lambda pair: pair[1])
    moments.sort(key=lambda pair: pair[0], reverse=True)
    return [slug for _moment, slug in moments]


@nouns
@pytest.mark.parametrize("most", [7, 50])
def test_a_feed_holds_the_newest_records_of_the_file(world, monkeypatch, noun, most):
    monkeypatch.setattr(feeds, "MOST_ENTRIES", most)
    caching.page_cache.clear()

    @few_examples
    @given(queries_that_choose(noun))
    def law(query):
        rows = {row[noun.key] for row in csv_rows(raw(get(noun, "csv", query)))}
        content = raw(get(noun, "atom", query))

        assert slugs_of(content) == newest(noun, rows)[:most]
        check_atom(content)

    law()
    caching.page_cache.clear()


# The rules of Atom (RFC 4287)

FEED_ONCE = ("id", "title", "updated")
ENTRY_ONCE = ("id", "title", "updated")
AT_MOST_ONCE = (
    "published",
    "summary",
    "content",
    "rights",
    "generator",
    "icon",
    "logo",
    "subtitle",
    "source",
)
KNOWN = {*FEED_ONCE, *AT_MOST_ONCE, "link", "author", "category", "contributor", "entry"}
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")
UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")


def children(element) -> list[str]:
    names = [child.tag for child in element]
    assert all(name.startswith(f"{{{atom.ATOM_NAMESPACE}}}") for name in names)
    return [name.partition("}")[2] for name in names]


def check_atom(content: bytes) -> None:
    """What RFC 4287 asks of a feed such as ours, section by section."""
    root = parsed(content)
    assert root.tag == f"{{{atom.ATOM_NAMESPACE}}}feed"
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    check_container(root, FEED_ONCE)
    assert children(root).count("author") == 1
    assert children(root.find("a:author", NAMES)) == ["name", "uri"]
    links = {link.get("rel"): link for link in root.findall("a:link", NAMES)}
    assert set(links) == {"self", "alternate"}
    entries = root.findall("a:entry", NAMES)
    ids = [*texts(root, "a:id"), *texts(root, "a:entry/a:id")]
    assert len(ids) == len(set(ids)) == len(entries) + 1
    for entry in entries:
        check_entry(entry)
    updated = [moment(text) for text in texts(root, "a:entry/a:updated")]
    assert updated == sorted(updated, reverse=True)
    assert not updated or moment(root.find("a:updated", NAMES).text) == updated[0]


def check_container(element, once) -> None:
    names = children(element)
    assert set(names) <= KNOWN
    assert all(names.count(name) == 1 for name in once)
    assert all(names.count(name) <= 1 for name in AT_MOST_ONCE)
    assert UUID.match(element.find("a:id", NAMES).text)
    for name in ("updated", "published"):
        assert all(DATE.match(date.text) for date in element.findall(f"a:{name}", NAMES))
    for link in element.findall("a:link", NAMES):
        assert re.match(r"https?://[^\s<>\"]+\Z", link.get("href"))
        assert link.get("rel") in ("self", "alternate")
        assert re.match(r"[a-z]+/[a-z+]+\Z", link.get("type"))
    for name in ("title", "summary", "content", "rights"):
        for text in element.findall(f"a:{name}", NAMES):
            assert text.get("type", "text") == "text"
            assert not list(text)


def check_entry(entry) -> None:
    check_container(entry, ENTRY_ONCE)
    # An entry without an alternate link has content; ours have both, and an author by their feed.
    assert len(entry.findall("a:link[@rel='alternate']", NAMES)) == 1
    assert entry.find("a:content", NAMES).text
    assert moment(entry.find("a:published", NAMES).text) <= moment(entry.find("a:updated", NAMES).text)


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


@nouns
def test_a_reader_of_feeds_reads_the_same(world, noun):
    content = raw(get(noun, "atom"))
    read = feedparser.parse(content)

    assert not read.bozo, read.bozo_exception
    assert read.version == "atom10"
    assert [entry.link.rstrip("/").split("/")[-1] for entry in read.entries] == slugs_of(content)
    assert [entry.title for entry in read.entries] == [
        " ".join(title.split()) for title in texts(parsed(content), "a:entry/a:title")
    ]


hostile = st.text() | st.sampled_from(
    [
        "]]>",
        "a\\nb\\;\\",
        "<![CDATA[",
        "&amp;",
        "</title>",
        "\x00\x0b\x1f",
        "\ufffe\uffff",
        "\ud800",
        "👩‍🔬\U0010ffff",
        "\r\n\r",
    ]
)


@given(hostile, hostile)
@examples(200)
def test_hostile_text_stays_xml(first, second):
    now = LONG_AGO
    feed = Feed(
        "1",
        first,
        'https://a.example/?q=<&">',
        "https://a.example/",
        now,
        second,
        "https://a.example/",
        first,
        "en",
    )

    root = parsed(
        write_atom(feed, [FeedEntry("2", first, "https://a.example/", now, now, second, first + second)])
    )

    assert texts(root, "a:title") == [as_parsed(first)]
    assert texts(root, "a:entry/a:content") == [as_parsed(first + second)]
    assert root.find("a:link", NAMES).get("href") == 'https://a.example/?q=<&">'


def as_parsed(text: str) -> str:
    """What a program that reads XML makes of a text: marks for what cannot stand there, line ends of one kind."""
    kept = "".join(character if may_stand(ord(character)) else "\ufffd" for character in text)
    return kept.replace("\r\n", "\n").replace("\r", "\n")


def may_stand(code: int) -> bool:
    """Production 2 of XML 1.0."""
    return (
        code in (9, 10, 13)
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or 0x10000 <= code <= 0x10FFFF
    )


@every_test_may_ask
def test_hostile_names_of_records_stay_xml_and_text():
    make_partner("]]> \x0b <b>&amp; 👩‍🔬 \ufffe", slug="hostile", summary_en="a\rb\\n;,\x1f" + "é👩‍🔬" * 60)

    check_atom(raw(get(PARTNER, "atom")))
    [title] = texts(parsed(raw(get(PARTNER, "atom"))), "a:entry/a:title")
    assert title == "]]> \ufffd <b>&amp; 👩‍🔬 \ufffd"
    check_calendar(raw(get(PARTNER, "ics")))


# What an entry says


def aged(record, **values):
    """A record that was published long ago, by way of the database alone."""
    type(record).objects.filter(pk=record.pk).update(created_at=LONG_AGO, published_at=LONG_AGO, **values)
    return record


def content_of(noun, slug: str, query: str = "") -> str:
    caching.page_cache.clear()
    content = raw(get(noun, "atom", query))
    return dict(zip(slugs_of(content), texts(parsed(content), "a:entry/a:content"), strict=True))[slug]


def note_day(record, field: str, day: int) -> None:
    note(record, field, LONG_AGO + datetime.timedelta(days=day))


@every_test_may_ask
def test_an_entry_says_that_a_record_is_new():
    aged(make_partner("Alpha"))
    forget_changes()

    assert content_of(PARTNER, "alpha") == "New in the directory on 15 January 2026."


@every_test_may_ask
def test_an_entry_names_what_changed_by_day():
    alpha = aged(make_partner("Alpha"))
    forget_changes()
    for field, day in (("city", 3), ("name", 3), ("sectors", 9), ("website", -1), ("no_such_column", 9)):
        note_day(alpha, field, day)

    assert content_of(PARTNER, "alpha") == (
        "Changed on 24 January 2026: Sectors. Changed on 18 January 2026: Name, City. "
        "In the directory since 15 January 2026."
    )


@every_test_may_ask
def test_a_record_that_changed_on_its_first_day_is_new():
    alpha = aged(make_partner("Alpha"))
    forget_changes()
    note(alpha, "city", LONG_AGO + datetime.timedelta(hours=1))

    assert content_of(PARTNER, "alpha") == (
        "Changed on 15 January 2026: City. New in the directory on 15 January 2026."
    )


@every_test_may_ask
def test_a_record_that_came_back_is_new_again():
    alpha = aged(make_partner("Alpha"))
    forget_changes()
    for field, day in (("city", 3), ("", 5)):
        note_day(alpha, field, day)

    assert content_of(PARTNER, "alpha") == "New in the directory on 20 January 2026."


@every_test_may_ask
def test_a_change_comes_into_the_feed_at_once():
    """From a save to the feed, by the triggers."""
    aged(make_partner("Alpha"))
    aged(make_partner("Beta"))
    forget_changes()

    Organization.objects.filter(slug="beta").update(city="Delft")

    content = raw(get(PARTNER, "atom"))
    assert slugs_of(content) == ["beta", "alpha"]
    assert "City" in content_of(PARTNER, "beta")


@every_test_may_ask
def test_a_source_has_moments_too():
    make_partner("Alpha")
    paper = make_source("Paper")
    cite(Organization.objects.get(slug="alpha"), source=paper)
    forget_changes()
    note_day(paper, "", 0)
    note_day(paper, "organizations", 2)

    assert content_of(SOURCE, "paper") == (
        "Changed on 17 January 2026: Organizations. In the directory since 15 January 2026."
    )


# Ids and bytes


def ids_of(content: bytes) -> list[str]:
    root = parsed(content)
    return [*texts(root, "a:id"), *texts(root, "a:entry/a:id")]


@every_test_may_ask
def test_ids_depend_on_neither_host_nor_order_nor_key(settings):
    make_programme()
    make_partner("Alpha", type="company", ownership="startup")
    query = "type=company&ownership=startup"
    before = ids_of(raw(get(PARTNER, "atom", query)))
    address = reverse("partner_atom")

    again = raw(Client().get(address, QUERY_STRING="ownership=startup&type=company&sort=-name&columns=name"))
    assert ids_of(again) == before
    settings.SITE_URL = "http://127.0.0.1"
    elsewhere = raw(Client().get(address, QUERY_STRING=query))
    assert ids_of(elsewhere) == before
    assert b"127.0.0.1" in elsewhere

    Agreement.objects.all().delete()
    Organization.objects.all().delete()
    make_partner("Alpha", type="company", ownership="startup")
    assert ids_of(raw(get(PARTNER, "atom", query))) == before


@every_test_may_ask
def test_other_selections_and_records_have_other_ids():
    make_partner("Alpha")
    make_event("Alpha")
    answers = [
        *(get(noun, "atom") for noun in (PARTNER, LABORATORY, EVENT)),
        *(get(PARTNER, "atom", query) for query in ("type=company", "exclude_type=other", "q=alpha")),
    ]
    answers = [raw(answer) for answer in answers]
    feeds_of, records = (
        [ids_of(answer)[0] for answer in answers],
        {each for a in answers for each in ids_of(a)[1:]},
    )

    assert len(set(feeds_of)) == len(feeds_of)
    # The partner, which is the same one in each of its feeds, and the event of the same name.
    assert len(records) == 2


@nouns
@pytest.mark.parametrize("shape", ["atom", "ics"])
def test_equal_data_give_equal_bytes(world, noun, shape):
    first = raw(get(noun, shape))
    caching.page_cache.clear()

    assert raw(get(noun, shape)) == first


@nouns
@pytest.mark.parametrize("shape", ["atom", "ics"])
def test_who_has_it_already_is_told_so(world, client, noun, shape):
    address = reverse(f"{noun.name}_{shape}")
    etag = client.get(address)["ETag"]

    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304


# Titles, links, rights, refusals


@every_test_may_ask
def test_a_feed_is_called_what_the_selection_is(settings):
    make_programme(name_en="Genesis")
    make_partner("Alpha", sectors=[make_sector("Cloud")])
    settings.DATA_LICENCE = "https://licence.example/by"

    root = parsed(raw(get(PARTNER, "atom", "sector=cloud&q=al")))

    assert texts(root, "a:title") == ["Partners in the sector Cloud, matching “al”"]
    assert texts(root, "a:author/a:name") == ["Genesis partner directory"]
    assert texts(root, "a:rights") == ["https://licence.example/by"]
    links = {link.get("rel"): link.get("href") for link in root.findall("a:link", NAMES)}
    assert links == {
        "self": "http://testserver/partners.atom?sector=cloud&q=al",
        "alternate": "http://testserver/partners/?sector=cloud&q=al",
    }


@every_test_may_ask
def test_without_a_licence_no_rights_are_stated(settings):
    settings.DATA_LICENCE = ""
    make_partner("Alpha")

    assert texts(parsed(raw(get(PARTNER, "atom"))), "a:rights") == []


@every_test_may_ask
@nouns
def test_an_empty_selection_is_a_feed_and_a_calendar(noun):
    content = raw(get(noun, "atom", "q=nothing-is-called-so"))

    check_atom(content)
    assert slugs_of(content) == []
    assert days_in(raw(get(noun, "ics", "q=nothing-is-called-so"))) == []


@every_test_may_ask
@nouns
@pytest.mark.parametrize("shape", ["atom", "ics"])
@pytest.mark.parametrize(
    ("query", "says"), [("sort=x", "sort"), ("colour=red", "colour"), ("columns=x", "columns")]
)
def test_what_is_not_understood_is_refused(noun, shape, query, says):
    answer = get(noun, shape, query)

    assert answer.status_code == 400
    assert f"{says}: " in answer.content.decode()
    assert "Allowed" in answer.content.decode()


@nouns
def test_a_page_names_the_feed_of_its_selection(world, noun):
    page = get(noun, "list", "q=zeta&page=1&per_page=100").content.decode()
    [address] = re.findall(
        r'<link rel="alternate" type="application/atom\+xml" title="[^"]+" href="([^"]+)">', page
    )
    rows = [row[noun.key] for row in csv_rows(raw(get(noun, "csv", "q=zeta")))]

    assert sorted(slugs_of(raw(Client().get(address)))) == sorted(rows)
    assert f'href="{address}"' in page.split("</head>")[1] or not rows
    assert f"{noun.name}s.ics" in page or not rows or noun is LABORATORY or noun is EVENT


@every_test_may_ask
def test_a_page_without_rows_offers_its_feed():
    page = get(PARTNER, "list", "q=nothing-is-called-so").content.decode()

    assert page.count("/partners.atom?q=nothing-is-called-so") == 2


@every_test_may_ask
def test_a_page_that_was_not_understood_names_no_feed():
    assert "atom+xml" not in get(PARTNER, "list", "type=x").content.decode()


# The cost


def count(noun, shape: str, query: str = "") -> int:
    caching.page_cache.clear()
    return queries_of(lambda: raw(get(noun, shape, query)))


@every_test_may_ask
@pytest.mark.parametrize(("shape", "number"), [("atom", 7), ("ics", 4)])
def test_the_number_of_queries_does_not_grow(shape, number):
    """The data version, what has changed, the programme, the rows; and for a feed what changed in them, and that two
    looks at what has changed make its state one."""
    make_partner("Alpha")
    # The first one brings the index up to date.
    count(PARTNER, shape)
    assert count(PARTNER, shape) == number
    for each in range(5):
        make_partner(f"Beta {each}")
    Organization.objects.update(city="Delft")
    count(PARTNER, shape)
    assert count(PARTNER, shape) == number
    assert count(PARTNER, shape, "type=company") == number


@every_test_may_ask
def test_a_calendar_is_sent_as_it_is_made(client):
    make_partner("Alpha")
    answer = client.get("/agreements.ics")

    assert answer.streaming
    assert next(iter(answer)).startswith(b"BEGIN:VCALENDAR\r\n")
    b"".join(answer)
    assert client.head("/agreements.ics")["Content-Type"] == "text/calendar; charset=utf-8"


# Calendars


def check_calendar(content: bytes) -> list:
    """What RFC 5545 asks of a file, and its days as another program reads them."""
    assert content.endswith(b"END:VCALENDAR\r\n")
    physical = content.split(b"\r\n")[:-1]
    for line in physical:
        assert b"\n" not in line
        assert b"\r" not in line
        assert 0 < len(line) <= 75
        line.decode()
    logical = b"\r\n".join(physical).replace(b"\r\n ", b"").split(b"\r\n")
    assert all(re.match(rb"[A-Z-]+(;[A-Z]+=[A-Z]+)?:", line) for line in logical)
    calendar_read = icalendar.Calendar.from_ical(content)
    assert calendar_read.get("VERSION") == "2.0"
    assert calendar_read.get("PRODID")
    assert not calendar_read.errors
    assert calendar_read.subcomponents
    days = list(calendar_read.walk("VEVENT"))
    assert len({str(day["UID"]) for day in days}) == len(days)
    for day in days:
        assert not day.errors
        assert type(day.decoded("DTSTART")) is datetime.date
        assert day.decoded("DTSTAMP").tzinfo is not None
        assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "URL"} <= set(day)
        assert all(not isinstance(day[name], list) for name in day)
    return days


def days_in(content: bytes) -> list[tuple[str, str, str]]:
    """The days of a calendar: slug, date, title."""
    return sorted(
        (
            str(day["URL"]).rstrip("/").split("/")[-1],
            day.decoded("DTSTART").isoformat(),
            str(day["SUMMARY"]).partition(": ")[0],
        )
        for day in check_calendar(content)
    )


DATES = {
    "announced_date": "Announced on",
    "signed_date": "Signed on",
    "effective_date": "In effect from",
    "expiration_date": "In effect until",
}


def days_of_agreements(rows: list[dict]) -> list[tuple[str, str, str]]:
    return sorted(
        (row["agreement"], row[column], title)
        for row in rows
        for column, title in DATES.items()
        if row[column]
    )


def test_the_dates_of_agreements_are_known():
    assert list(DATES) == [column.name for column in AGREEMENTS.public_columns if column.datatype == "date"]


def test_the_calendar_of_agreements_has_the_dates_of_the_file(world):
    @few_examples
    @given(queries_that_choose(AGREEMENT))
    def law(query):
        rows = csv_rows(raw(get(AGREEMENT, "csv", query)))
        assert days_in(raw(get(AGREEMENT, "ics", query))) == days_of_agreements(rows)

    law()


@pytest.mark.parametrize("noun", [PARTNER, LABORATORY], ids=lambda noun: noun.name)
def test_the_calendar_of_organizations_has_the_dates_of_their_agreements(world, noun):
    agreements = {row["agreement"]: row for row in csv_rows(raw(get(AGREEMENT, "csv")))}

    @few_examples
    @given(queries_that_choose(noun))
    def law(query):
        rows = csv_rows(raw(get(noun, "csv", query)))
        named = {slug for row in rows for slug in row["agreements"].split(";") if slug}
        expected = days_of_agreements([agreements[slug] for slug in named])
        assert days_in(raw(get(noun, "ics", query))) == expected

    law()


@pytest.mark.parametrize(
    ("noun", "date"), [(EVENT, "date"), (SOURCE, "published_date")], ids=["event", "source"]
)
def test_the_calendars_of_events_and_sources_have_their_days(world, noun, date):
    @few_examples
    @given(queries_that_choose(noun))
    def law(query):
        rows = csv_rows(raw(get(noun, "csv", query)))
        days = [(slug, day) for slug, day, _title in days_in(raw(get(noun, "ics", query)))]
        assert days == sorted((row[noun.key], row[date]) for row in rows if row[date])

    law()


@every_test_may_ask
def test_a_day_says_what_it_is():
    make_programme(name_en="Genesis")
    aged(make_agreement("One; two, three", slug="one", signed_date="2026-02-03", summary_en="First\nsecond"))
    make_event("Launch", date="2026-02-04")
    forget_changes()

    [day] = check_calendar(raw(get(AGREEMENT, "ics", "q=one")))
    [launch] = check_calendar(raw(get(EVENT, "ics")))

    assert day["SUMMARY"] == "Signed on: One; two, three"
    assert day["DESCRIPTION"] == "First\nsecond"
    assert day["URL"] == "http://testserver/agreements/one/"
    assert day.decoded("DTSTART") == datetime.date(2026, 2, 3)
    assert day.decoded("DTSTAMP") == LONG_AGO
    assert launch["SUMMARY"] == "Launch"
    read = icalendar.Calendar.from_ical(raw(get(AGREEMENT, "ics", "q=one")))
    assert read["X-WR-CALNAME"] == read["NAME"] == "Agreements matching “one”"
    assert read["PRODID"] == "-//Genesis partner directory//EN"


@every_test_may_ask
def test_a_changed_record_has_a_new_stamp_and_the_same_uid():
    one = aged(make_agreement("One", signed_date="2026-02-03"))
    forget_changes()
    [before] = check_calendar(raw(get(AGREEMENT, "ics")))
    note_day(one, "signed_date", 4)
    [after] = check_calendar(raw(get(AGREEMENT, "ics")))

    assert after["UID"] == before["UID"]
    assert after.decoded("DTSTAMP") == before.decoded("DTSTAMP") + datetime.timedelta(days=4)
    assert after.decoded("CREATED") == before.decoded("CREATED")


@given(hostile, hostile)
@examples(200)
def test_hostile_text_stays_text_in_a_calendar(first, second):
    described = Calendar("1", first, "A", "https://a.example/", "https://b.example/", "en")
    day = CalendarDay("2", datetime.date(2026, 2, 3), first, second, "https://a.example/", LONG_AGO, LONG_AGO)

    content = b"".join(write_calendar(described, [day]))

    [read] = check_calendar(content)
    assert read["SUMMARY"] == as_told(first)
    assert read.get("DESCRIPTION", "") == as_told(second)
    assert f"\r\nNAME:{calendar.text_value(first)}\r\n".encode() in content.replace(b"\r\n ", b"")


def as_told(text: str) -> str:
    """What a program that reads calendars makes of a text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join("\ufffd" if is_control(character) else character for character in text)


def is_control(character: str) -> bool:
    """CONTROL of RFC 5545, and halves of characters, which UTF-8 cannot hold."""
    return (
        (ord(character) < 0x20 and character not in "\t\n")
        or character == "\x7f"
        or "\ud800" <= character <= "\udfff"
    )


@example("x" * 400)
@example("é" * 200)
@example("👩‍🔬" * 100)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=300))
def test_folding_cuts_no_character_and_loses_nothing(text):
    lines = folded(text).split(b"\r\n")

    assert lines.pop() == b""
    assert all(len(line) <= 75 and line.decode() is not None for line in lines)
    assert folded(text).replace(b"\r\n ", b"") == text.encode() + b"\r\n"
