"""Who says so: at every value of every page, in files, and as a share of all values."""

import datetime
import functools
import operator
import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.models import Citation, Organization
from partners.models.base import Citable
from partners.models.sources import TARGETS, name_of_publisher
from partners.models.sources import value_of as value_of_amount
from partners.provenance import Provenance
from partners.selection.index import bring_up_to_date
from partners.tables.definitions import TABLES
from partners.tables.evidence import Evidence, evidence, original_of, values_of
from partners.tables.profile import profile
from partners.tables.public import public_rows
from partners.tables.sources import TARGET_TABLES
from partners.vocabularies import UNKNOWN, Reading, SourceStance
from tests.database import queries_of
from tests.html import Element, tree
from tests.laws import seeds
from tests.records import (
    add_amount,
    cite,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
    make_source,
)
from tests.worlds import build_world

pytestmark = pytest.mark.django_db

DAY = datetime.date(2026, 11, 26)


def full_agreement():
    agreement = make_agreement(
        "Pact",
        title_nl="Verdrag",
        summary_nl="Wat er staat.",
        basis="active-project",
        status="active",
        binding="yes",
        announced_date=DAY,
        signed_date=DAY,
        effective_date=DAY,
        expiration_date=DAY,
        announcement=make_event(),
        mission_areas=[make_mission_area()],
        cited=False,
    )
    add_amount(agreement)
    add_amount(agreement, 5)
    return agreement


def full_organization(**fields):
    given = {
        "legal_name": "Alpha Incorporated",
        "ownership": "subsidiary",
        "established": 1998,
        "summary_nl": "Wat het is.",
        "city": "Austin",
        "region_code": "US-TX",
        "country_code": "US",
        "website": "https://alpha.example",
        "wikidata_id": "Q95",
        "ror_id": "https://ror.org/00njsd438",
        "ticker": "ALP",
        "cited": False,
    }
    return make_organization("Alpha", sectors=[make_sector()], **given | fields)


# For each kind of record: pages of records, in which together every value is filled in.
RECORDS = {
    "organization": lambda: [
        full_organization(parent=make_organization("Parent")),
        full_organization(slug="beta", parent_name="Elsewhere", wikidata_id="", ror_id=""),
    ],
    "agreement": lambda: [full_agreement()],
    "event": lambda: [make_event("Day", title_nl="Dag", summary_nl="Wat er gebeurde.", cited=False)],
    "sector": lambda: [
        make_sector("Fusion", name_nl="Kernfusie", description_en="Plasmas.", description_nl="Plasma's.")
    ],
    "mission_area": lambda: [
        make_mission_area(
            "Materials",
            name_nl="Materialen",
            description_en="Crystals.",
            description_nl="Kristallen.",
            parent=make_mission_area(level="pillar"),
        )
    ],
    "programme": lambda: [
        make_programme(
            name_nl="De missie",
            summary_en="What it is for.",
            summary_nl="Waar het voor is.",
            lead=make_organization("Agency", type="government"),
            announcement=make_event(),
        )
    ],
}
every_target = pytest.mark.parametrize("target", TARGETS)


def filled_values(record: Citable) -> list[str]:
    """The names of the values that a record has."""
    values = Provenance.of(record).values(record.citable_fields)
    amounts = [value_of_amount(amount) for amount in values.pop("amounts", ())]
    return [*(name for name, value in values.items() if value), *amounts]


def cite_value(record: Citable, name: str, **fields) -> Citation:
    """A citation of a value; an amount of an agreement is one of its values."""
    field, _between, slug = name.partition(".")
    amount = record.amounts.get(slug=slug) if slug else None
    return cite(record, field, agreement_amount=amount, **fields)


def label_of(record: Citable, name: str) -> str:
    """What the page of a source calls a value."""
    return "amount" if "." in name else str(type(record)._meta.get_field(name).verbose_name)


def evidence_of(page: Element, name: str) -> Element | None:
    """What stands beside a value."""
    found = [each for each in page.find(kind="evidence") if name in each.attributes["data-fields"].split()]
    assert len(found) < 2, name
    return found[0] if found else None


def said_beside(page: Element, name: str) -> list[str]:
    """The words beside a value, apart from the numbers of its sources."""
    evidence = evidence_of(page, name)
    return [each.text for each in evidence.find(kind="basis")] if evidence else []


def notes_of(page: Element, name: str) -> list[Element]:
    """The sources to which the numbers beside a value lead, in the list on the same page."""
    links = [link.attributes["href"] for link in evidence_of(page, name).find(kind="marks")[0].find("a")]
    return [page.find("li", id=link.removeprefix("#"))[0] for link in links]


def cite_in_full(record, name, **fields):
    """A citation of a value by a source of its own, whose every part is told from those of the others."""
    number = Citation.objects.count()
    source = make_source(
        f"Paper {number}",
        publisher=f"The Press {number}",
        published_date=datetime.date(2025, 1, 1) + datetime.timedelta(days=number),
        kind="news",
        **{"stance": "official", "language": "nl"} | fields,
    )
    return cite_value(record, name, source=source, quote=f"Words {number}", retrieved_date=DAY)


# Pages of records ----------------------------------------------------------------------------------------------------


def test_every_kind_of_record_is_tried():
    for target, make in RECORDS.items():
        names = {name.partition(".")[0] for record in make() for name in filled_values(record)}
        assert names == set(TARGETS[target].citable_fields), target
    assert list(RECORDS) == list(TARGETS)


@every_target
def test_every_cited_value_has_a_mark_that_leads_to_who_says_so_in_which_words_and_when(target, client):
    for record in RECORDS[target]():
        citations = {name: cite_in_full(record, name) for name in filled_values(record)}

        page = tree(client.get(record.get_absolute_url()))

        for name, citation in citations.items():
            notes = {note.find(kind="title")[0].text: note for note in notes_of(page, name)}
            note = notes[citation.source.title]
            quote, source = note.find("blockquote")[0], citation.source
            assert quote.text == f"“{citation.quote}”" and quote.attributes["lang"] == "nl"
            assert "in Dutch" in note.text
            for part in (source.publisher, source.get_stance_display(), "26 November 2026", "example.org"):
                assert part in note.text, (name, part)
            days = [each.attributes["datetime"] for each in note.find("time")]
            assert days == [source.published_date.isoformat(), "2026-11-26"]
            assert note.find("a", href=source.get_absolute_url())
            (statement,) = note.find(kind="statement")
            assert statement.attributes["data-fields"] == name
            assert f"Supports: {label_of(record, name)}" in statement.text


# What is said of a value by the sides its sources speak from.
SIDES = {
    ("official",): "",
    ("partner",): "",
    ("reporting",): "one report only",
    ("critical",): "one report only",
    ("reporting", "critical"): "reports only",
    ("reporting", "official"): "",
    ("partner", "reporting"): "",
}


@every_target
@pytest.mark.parametrize("sides", SIDES, ids="-".join)
def test_a_value_that_rests_on_reports_only_says_so(target, sides, client):
    for record in RECORDS[target]():
        # A text in two languages is one value: the same sources support both.
        sources = {}
        for name in filled_values(record):
            for side in sides:
                value = (name.removesuffix("_nl").removesuffix("_en"), side)
                source = sources.setdefault(value, make_source(stance=side))
                cite_value(record, name, source=source)

        page = tree(client.get(record.get_absolute_url()))

        for name in filled_values(record):
            assert said_beside(page, name) == [SIDES[sides]] * bool(SIDES[sides]), name


def test_one_reference_is_called_that_and_one_value_of_several_is_named(client):
    record = full_organization()
    cite(record, "ror_id", source=make_source("Registry", kind="reference"))
    cite(record, "city", source=make_source("News", kind="news"))
    for name in ("city", "region_code", "country_code"):
        cite(
            record,
            name,
            source=make_source(
                f"Gazette of {name}", stance="official" if name != "country_code" else "critical"
            ),
        )

    page = tree(client.get(record.get_absolute_url()))

    assert said_beside(page, "ror_id") == ["one reference only"]
    assert said_beside(page, "city") == ["Country: one report only"]


@every_target
def test_a_classification_of_the_editors_says_so_until_a_source_is_cited(target, client):
    table = TARGET_TABLES[target]
    for record in RECORDS[target]():
        before = tree(client.get(record.get_absolute_url()))
        for name in filled_values(record):
            ours = table.column(name.replace("_nl", "_en").partition(".")[0]).editorial
            assert said_beside(before, name) == ["our classification"] * ours, name
            for link in evidence_of(before, name).find("a") if ours else ():
                assert before.find(id=link.attributes["href"].removeprefix("#"))
        for name in filled_values(record):
            cite_in_full(record, name)
        after = tree(client.get(record.get_absolute_url()))
        assert not any(said_beside(after, name) for name in filled_values(record))


def test_what_nobody_knows_is_nobodys_classification(client):
    record = make_agreement("Pact", basis=UNKNOWN, binding=UNKNOWN)

    page = tree(client.get(record.get_absolute_url()))

    assert said_beside(page, "basis") == said_beside(page, "binding") == []
    assert said_beside(page, "status") == ["our classification"]


def test_sources_of_the_whole_record_stand_apart_and_official_ones_first(client):
    record = make_event("Day", cited=False)
    sides = list(SourceStance)
    for side in reversed(sides):
        for name in ("", "date"):
            cite(record, name, source=make_source(f"{side} {name}", stance=side))

    page = tree(client.get(record.get_absolute_url()))

    (section,) = page.find(kind="sources")
    assert [each.text for each in section.find("h3")] == ["For the record as a whole", "For single values"]
    for number, group in enumerate(section.find("ol")):
        assert [each.find(kind="stance")[0].text for each in group.find("li")] == [
            side.label for side in sides
        ]
        assert group.attributes["start"] == str(1 + number * len(sides))
    assert len(notes_of(page, "date")) == len(sides)
    record.citations.filter(field="").exclude(source__stance="critical").delete()
    (section,) = tree(client.get(record.get_absolute_url())).find(kind="sources")
    assert [each.text for each in section.find("h3")] == ["For single values", "For the record as a whole"]


READINGS = {
    Reading.QUOTED: {"quote": "Their words", "retrieved_date": DAY},
    Reading.READ: {"retrieved_date": DAY},
    Reading.UNREAD: {},
}


@pytest.mark.parametrize("reading", Reading)
@pytest.mark.parametrize("name", ["", "city"])
def test_page_and_files_say_whether_a_source_was_read(reading, name, client):
    record = make_organization("Alpha", city="Austin", cited=False)
    source = make_source("Paper", publisher="The Press", stance="partner", published_date=DAY)
    citation = cite(record, name, source=source, **READINGS[reading])

    texts = [
        tree(client.get(f"/{at}/")).find(kind="statement")[0].text
        for at in ("partners/alpha", "sources/paper")
    ]
    (row,) = client.get("/partners/alpha.json").json()["citations"]

    assert citation.reading == reading
    for text in texts:
        assert ("not read" in text) == (reading == Reading.UNREAD)
        assert ("read on 26 November 2026" in text) == (reading != Reading.UNREAD)
        assert ("“Their words”" in text) == (reading == Reading.QUOTED)
        assert ("record as a whole" in text) == (not name)
    assert row["reading"] == reading
    assert [row[f"source_{part}"] for part in ("title", "publisher", "published_date", "url", "stance")] == [
        *("Paper", "The Press", "2026-11-26", source.url, "partner")
    ]


@pytest.mark.parametrize(
    ("publisher", "name"),
    [
        ("The Press", "The Press"),
        ("PYMNTS.com", "PYMNTS.com"),
        ("", ""),
        ("news.example.org", ""),
        ("a b.org", "a b.org"),
    ],
)
def test_a_publisher_is_a_name_and_never_the_address_of_a_site(publisher, name, client):
    event = make_event("Day", cited=False)
    cite(event, source=make_source("Paper", publisher=publisher, url="https://news.example.org/1"))

    assert name_of_publisher(publisher) == name
    for address in ("/timeline/day/", "/sources/paper/", "/sources/", "/sources/?view=table"):
        text = tree(client.get(address)).text
        assert (name or "publisher not named") in text, address
    card = tree(client.get("/timeline/")).find(kind="event")[0]
    assert f"Sources: {name or 'Paper'}" in card.text


def test_the_number_of_sources_costs_no_query(client):
    record = full_organization()
    counts = []
    for _round in range(2):
        for name in filled_values(record):
            cite_in_full(record, name)
        bring_up_to_date()
        counts.append(queries_of(client.get, record.get_absolute_url()))
    with CaptureQueriesContext(connection) as queries:
        provenance = Provenance.of(record)
        assert [numbered.statements for numbered in provenance.sources]

    assert counts[0] == counts[1] and len(queries) == 1


# Other places --------------------------------------------------------------------------------------------------------


def test_a_comparison_marks_values_as_the_pages_of_the_organizations_do(client):
    first, second = RECORDS["organization"]()
    for record in (first, second):
        for number, name in enumerate(filled_values(record)):
            if number % 3:
                cite_in_full(record, name, stance=["official", "reporting"][number % 2])

    comparison = tree(client.get(f"/compare/?partner={first.slug}&partner={second.slug}"))

    for record in (first, second):
        address = record.get_absolute_url()
        page = tree(client.get(address))
        for name in set(filled_values(record)) - {"name", "summary_nl"}:
            beside = [
                each
                for each in comparison.find(kind="evidence")
                if name == each.attributes["data-fields"]
                and all(link.attributes["href"].startswith(address) for link in each.find("a"))
            ]
            if name in ("city", "region_code", "country_code", "summary_en"):
                # A page shows these together with others.
                assert set(links_of(beside)) <= set(links_of(page.find(kind="evidence"), address))
            else:
                assert links_of(beside) == links_of([evidence_of(page, name)], address), name


def links_of(beside: list[Element | None], address: str = "") -> list[str]:
    """The addresses that evidence leads to."""
    return [address + link.attributes["href"] for each in beside if each for link in each.find("a")]


@every_target
def test_the_page_of_a_source_says_which_values_it_supports_in_which_words(target, client):
    source = make_source("Paper")
    expected = []
    for record in RECORDS[target]():
        for name in filled_values(record):
            cite_value(record, name, source=source, quote=f"On {name}", retrieved_date=DAY)
            label = label_of(record, name)
            expected.append(
                (record.get_absolute_url(), f"Supports: {label} · read on 26 November 2026 “On {name}”")
            )

    page = tree(client.get("/sources/paper/"))

    said = [
        (article.find("a")[0].attributes["href"], statement.text)
        for article in page.find("article")
        for statement in article.find(kind="statement")
    ]
    assert sorted(said) == sorted(expected)


@pytest.mark.parametrize("target", ["organization", "agreement", "event"])
def test_json_says_which_values_are_ours_and_which_rest_on_reports(target, client):
    for record in RECORDS[target]():
        names = [name for name in filled_values(record) if "." not in name]
        for number, name in enumerate(names):
            if number % 3:
                cite(record, name, source=make_source(stance=["official", "reporting"][number % 2]))
        address = record.get_absolute_url().rstrip("/") + ".json"
        answer = client.get(address).json()

        table = TARGET_TABLES[target]
        assert answer["editorial"] == [
            column.name
            for column in table.public_columns
            if column.editorial and column.name in names and not names.index(column.name) % 3
        ]
        assert answer["reports_only"] == [
            column.name
            for column in table.public_columns
            if column.name in names and names.index(column.name) % 3 and names.index(column.name) % 2
        ]


def test_the_dictionary_and_the_files_say_which_columns_are_ours(client):
    (described,) = (
        each
        for each in client.get("/partners.csv-metadata.json").json()["tableSchema"]["columns"]
        if each["name"] == "type"
    )
    assert "our classification" in described["dc:description"][0]["@value"]
    assert "our classification" in tree(client.get("/data/dictionary/")).find(id="organizations-type")[0].text
    assert (
        "our classification"
        not in tree(client.get("/data/dictionary/")).find(id="organizations-city")[0].text
    )


# The share of values with evidence -----------------------------------------------------------------------------------


def account(target: str) -> dict[str, Evidence]:
    """The evidence of each value of the public records of a kind, found record by record and value by value."""
    table = TARGET_TABLES[target]
    found = dict.fromkeys(values_of(table), Evidence())
    for record in public_rows(table):
        hidden = {
            name
            for name in ("parent", "announcement", "lead")
            if name in record.citable_fields and not getattr(getattr(record, name), "is_published", True)
        }
        held = Provenance.of(record).values(found)
        for name, value in held.items():
            if not value or value == UNKNOWN or name in hidden:
                continue
            mine = [each for each in record.citations.all() if original_of(each.field) == name]
            found[name] += Evidence(
                values=1,
                cited=bool(mine),
                read=any(each.retrieved_date for each in mine),
                quoted=any(each.quote for each in mine),
                ours=table.column(name).editorial and not mine,
            )
    return found


def build_cited_world(seed: int) -> None:
    """The world of awkward records, in which every kind of record is cited, for values that are there and that are not."""
    build_world(seed)
    dice = random.Random(seed)
    sources = [make_source(f"Paper {number}") for number in range(3)]
    for record in Organization.objects.filter(parent=None)[:5]:
        record.parent = Organization.objects.exclude(pk=record.pk).order_by("?").first()
        record.save()
    for model in TARGETS.values():
        for record in model.objects.all():
            for name in ("", *{*record.citable_fields, *filled_values(record)} - {"amounts"}):
                for source in dice.sample(sources, dice.randrange(3)):
                    read = {"retrieved_date": dice.choice((None, DAY)), "quote": dice.choice(("", "Words"))}
                    cite_value(record, name, source=source, **read)


@pytest.mark.parametrize("seed", seeds(2))
def test_shares_are_those_of_the_values_of_the_public_records(seed):
    build_cited_world(seed)

    found = evidence(map(profile, TABLES))

    assert set(found) == {table.name for table in TARGET_TABLES.values()}
    for target, table in TARGET_TABLES.items():
        expected = account(target)
        assert found[table.name].values == expected, target
        assert found[table.name].total == functools.reduce(operator.add, expected.values())
    assert 0 < found["organizations"].total.quoted < found["organizations"].total.cited


def test_shares_cost_a_query_for_each_kind_of_record():
    make_agreement()
    profiles = [profile(table) for table in TABLES]

    assert queries_of(evidence, profiles) == len(TARGETS)


def test_the_data_page_gives_the_shares_of_each_table_and_of_each_column(client):
    record = full_organization(parent_name="Elsewhere")
    cite_in_full(record, "city")
    cite(record, "ticker")

    page = tree(client.get("/data/dictionary/"))

    (section,) = page.find("section", aria_labelledby="evidence")
    (row,) = (each for each in section.find("tr") if each.find("a", href="#organizations"))
    assert row.text == "Organizations 15 13 % 2 7 % 1 7 % 1 20 % 3"
    said = "1 value, with a source of its own : {}; read: {}; with the words: {}"
    for name, shares in {"city": ("100 %", "100 %", "100 %"), "ticker": ("100 %", "0 %", "0 %")}.items():
        assert said.format(*shares) in page.find(id=f"organizations-{name}")[0].text
    assert "our classification: 100 %" in page.find(id="organizations-type")[0].text
