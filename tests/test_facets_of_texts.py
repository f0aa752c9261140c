"""Any text can be the value of a facet: a city, as it is written."""

import csv
import io
import re
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.http import QueryDict

from partners.formats.openapi import parameters_of
from partners.models import FacetTerm, Organization
from partners.nouns import listed
from partners.selection import index
from partners.selection.counting import MOST_LINES
from partners.selection.facets import NONE, Facet
from partners.selection.listings import PartnerListing
from partners.selection.offers import offers
from partners.selection.selection import Selection
from partners.selection.sentence import clauses
from partners.selection.terms import TextTerms
from tests.database import (
    db_of_file,  # noqa: F401 (a fixture)
    execute,
)
from tests.records import make_agreement, make_organization
from tests.watching import declared, with_facets

TEXTS = [
    *("Santa Clara", "santa clara", "SANTA CLARA", "Washington, D.C.", "L’Aquila", "'s-Hertogenbosch", "a;b"),
    *('say "city"', "100% & more", "a=b?c#d", "<b>bold</b>", "back\\slash", "x" * 100, "東京", "תל אביב"),
    *(
        "القاهرة",
        "İstanbul",
        "Łódź",
        "42",
        "-",
        "{{ city }}",
        "%s",
        "😀 town",
        "+plus",
        "none",
        '"none"',
        "None",
    ),
]


@pytest.fixture(scope="module")
def cities(db):
    """A partner in each city, one in none, and a facet of cities."""
    for number, city in enumerate([*TEXTS, ""]):
        make_organization(f"Partner {number}", slug=f"partner-{number}", city=city)
    make_agreement("All", partners=list(Organization.objects.filter(slug__startswith="partner-")))
    city = Facet("City", TextTerms(), "city", says="in %s")
    story = Facet("Story", TextTerms(), "summary_en", says="told as %s")
    with declared(with_facets(PartnerListing, city=city, story=story)):
        yield


@pytest.fixture
def written(cities):
    """What the test writes is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def select(**parameters) -> Selection:
    return Selection(PartnerListing, QueryDict(urlencode(parameters, doseq=True)))


def values_of(selection: Selection, name: str = "city") -> dict[str, str]:
    """The values that a facet offers, by their labels."""
    return {line.label: line.value for box in selection.facets if box.name == name for line in box.values}


def test_every_text_is_a_value_of_its_own(cities):
    offered = values_of(select())

    assert offered.keys() == {*TEXTS, "Not recorded"}
    assert offered["none"] != offered["Not recorded"] == NONE
    assert {label for label, value in offered.items() if label != value} == {"none", '"none"', "Not recorded"}


@pytest.mark.parametrize("city", TEXTS)
def test_choosing_a_text_gives_the_rows_with_it(cities, client, city):
    value = values_of(select())[city]
    (row,) = Organization.objects.filter(city=city)

    selection, others = select(city=value), select(exclude_city=value)

    assert [each.slug for each in selection.rows] == [row.slug] and selection.count == 1
    assert others.count == len(TEXTS) and row not in others.rows
    (chip,) = selection.chips
    assert chip.value == city and selection.at(chip.link).count == len(TEXTS) + 1
    assert re.sub("[\u2066-\u2069]", "", clauses(selection)[0]) == f"in {city}"
    file = client.get(f"/partners.csv{selection.file_link}").getvalue().decode("utf-8-sig")
    assert [each["organization"] for each in csv.DictReader(io.StringIO(file))] == [row.slug]


def test_page_has_every_text_once_and_escaped(cities, client):
    value = values_of(select())['say "city"']
    page = client.get("/partners/", {"city": value}).content.decode()

    assert 'value="say &quot;city&quot;" checked' in re.sub(r"\s+", " ", page)
    assert "&lt;b&gt;bold&lt;/b&gt;" in page and "<b>bold</b>" not in page
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert len(ids) == len(set(ids)) and not [each for each in ids if re.search(r"\s", each)]
    assert client.get("/partners.atom", {"city": value}).status_code == 200


def test_facets_with_texts_are_crossed(cities, client):
    answer = client.get("/cross.csv", {"of": "partners", "rows": "city", "columns": "type"})

    assert answer.status_code == 200 and "Santa Clara" in answer.getvalue().decode("utf-8-sig")


def test_refusal_names_the_text_that_was_meant(cities):
    problem, *_others = select(city="Santa clara").problems

    assert "Did you mean “Santa Clara”" in problem.message or "Did you mean “santa clara”" in problem.message
    assert select(city="\0").problems and select(city="x" * 10_000).problems


def test_search_offers_the_filter_that_it_names(cities):
    (offer, *_others) = offers(PartnerListing, "lodz", QueryDict())

    assert [(each.facet, each.value) for each in offer.filters] == [("city", "Łódź")]


def test_description_for_machines_lists_no_texts_of_the_day(cities):
    kind = next(each for each in listed() if each.listing is PartnerListing)
    (city,) = [each for each in parameters_of(kind) if each["name"] == "city"]

    assert city["schema"]["items"] == {"type": "string", "maxLength": 500}


def test_long_text_stands_under_its_beginning(written):
    start = "東" * 499
    for number, end in enumerate(("a tail", "b tail", "a")):
        execute(
            "UPDATE partners_organization SET summary_en = %s WHERE slug = %s",
            [start + end, f"partner-{number}"],
        )

    found = values_of(select(), "story")
    assert start + "a" in found
    assert select(story=start + "a").count == 2


def test_text_that_sql_writes_is_found_by_its_name(written):
    execute("UPDATE partners_organization SET city = %s WHERE slug = %s", ["Évian-les-Bains", "partner-3"])

    (box,) = [box for box in select(find_city="evian").facets if box.name == "city"]

    assert [line.label for line in box.values] == ["Évian-les-Bains"]
    assert "Washington, D.C." not in values_of(select())


def test_hundreds_of_texts_are_cut_and_found(written):
    numbers = range(MOST_LINES + 30)
    Organization.objects.bulk_create(
        Organization(
            slug=f"more-{number}",
            name=f"More {number}",
            type="company",
            summary_en=".",
            publication_state="published",
            city=f"Ville {number:03}",
        )
        for number in numbers
    )
    make_agreement("More", partners=list(Organization.objects.filter(slug__startswith="more-")))

    (box,) = [box for box in select().facets if box.name == "city"]
    assert box.total > MOST_LINES >= len(box.values) - 1
    (box,) = [box for box in select(find_city="ville 217").facets if box.name == "city"]
    assert [line.value for line in box.values] == ["Ville 217"]
    problem, *_others = select(city="VILLE 217").problems
    assert "Did you mean “Ville 217”?" in problem.message


def test_index_forgets_texts_of_nobody(written):
    """The value is refused as soon as no record has it."""
    before = FacetTerm.objects.filter(facet="city", value="42").count()
    execute("UPDATE partners_organization SET city = 'Elsewhere' WHERE city = '42'")
    index.bring_up_to_date()

    assert before and select(city="42").problems
