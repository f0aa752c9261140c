"""What a selection says of itself, its ranges and orders, and the ways to show it."""

import datetime
import re

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import override

from partners.models import Organization
from partners.nouns import PARTNER, listed
from partners.selection.counting import MOST_LINES
from partners.selection.listings import LISTINGS, AgreementListing, PartnerListing
from partners.selection.selection import Selection
from partners.selection.sentence import clauses, file_name, sentence, title
from partners.templatetags.directory import heading_of
from partners.vocabularies import PartyRole
from tests.html import tree
from tests.records import (
    add_amount,
    add_party,
    cite,
    make_agreement,
    make_event,
    make_organization,
    make_partner,
    make_programme,
    make_sector,
)
from tests.shapes import csv_rows, raw

pytestmark = pytest.mark.django_db


def select(query: str, listing=PartnerListing) -> Selection:
    selection = Selection(listing, QueryDict(query))
    assert selection.valid, selection.problems
    return selection


def slugs(query: str, listing=PartnerListing) -> list[str]:
    return [record.slug for record in select(query, listing).rows]


@pytest.fixture
def lead():
    lead = make_organization("Agency", type="government")
    make_programme(lead=lead)
    return lead


# Ranges


@pytest.fixture
def ages():
    for name, year in (("Old", 1911), ("Middle", 1985), ("New", 2021), ("Ageless", None)):
        make_partner(name, established=year)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("established_min=1985", ["middle", "new"]),
        ("established_max=1985", ["middle", "old"]),
        ("established_min=1912&established_max=2020", ["middle"]),
        ("established_min=2022", []),
        ("established_min=&established_max=", ["ageless", "middle", "new", "old"]),
    ],
)
def test_years_between_both_ends_are_found(ages, query, expected):
    assert slugs(query) == expected


@pytest.fixture
def announced():
    for name, day in (
        ("One", "2025-11-30"),
        ("Two", "2025-12-01"),
        ("Three", "2025-12-31"),
        ("Four", "2026-01-01"),
    ):
        make_agreement(
            name, partners=[make_organization(f"P {name}")], announced_date=datetime.date.fromisoformat(day)
        )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("announced_after=2025-12", {"two", "three", "four"}),
        ("announced_before=2025-12", {"one", "two", "three"}),
        ("announced_after=2025-12&announced_before=2025-12", {"two", "three"}),
        ("announced_after=2026", {"four"}),
        ("announced_before=2025", {"one", "two", "three"}),
        ("announced_after=2025-12-31&announced_before=2025-12-31", {"three"}),
    ],
)
def test_a_month_and_a_year_stand_for_all_their_days(announced, query, expected):
    assert set(slugs(query, AgreementListing)) == expected
    assert set(slugs(query)) == {f"p-{name}" for name in expected}


def test_both_ends_of_a_range_hold_for_the_same_agreement():
    partner = make_organization("Alpha")
    for name, day in (("Early", "2020-01-01"), ("Late", "2026-01-01")):
        make_agreement(name, partners=[partner], announced_date=datetime.date.fromisoformat(day))

    assert slugs("announced_after=2019&announced_before=2021") == ["alpha"]
    assert slugs("announced_after=2021&announced_before=2025") == []


@pytest.mark.parametrize(
    "query",
    [
        *("established_min=abc", "established_min=19", "established_min=1999.5", "established_min=-199"),
        *(
            "announced_after=2025-13",
            "announced_after=2025-02-30",
            "announced_after=0000",
            "announced_before=soon",
        ),
        *("established_min=2000&established_max=1990", "established_min=1990&established_min=1991"),
        "announced_after=2025-1-1",
    ],
)
def test_a_senseless_range_shows_no_rows_and_refuses_the_file(client, query):
    make_partner("Alpha", established=1990)

    page = client.get(f"/partners/?{query}").content.decode()
    file = client.get(f"/partners.csv?{query}")

    assert "/partners/alpha/" not in page
    assert file.status_code == 400
    assert query.partition("=")[0] in page and query.partition("=")[0] in file.content.decode()


def test_range_is_a_chip_that_takes_both_ends_away(ages):
    (chip,) = select("established_min=1912&established_max=2020&type=company").chips[:1]

    assert chip.value == "founded between 1912 and 2020"
    assert chip.link == "?type=company"


# The sentence


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", []),
        ("sector=chips", ["in the sector Chips"]),
        ("sector=chips&sector=clouds", ["in the sector Chips or Clouds"]),
        ("exclude_sector=chips", ["not in the sector Chips"]),
        ("ownership=none", ["without a recorded ownership"]),
        (
            "q=alp&established_min=1990&sector=chips",
            ["in the sector Chips", "founded in 1990 or later", "matching “alp”"],
        ),
        ("announced_after=2025-12", ["with an agreement announced since December 2025"]),
        ("announced_before=2025-12-18", ["with an agreement announced until 18 December 2025"]),
    ],
)
def test_selection_says_itself_in_words(query, expected):
    make_partner("Alpha", sectors=[make_sector("Chips"), make_sector("Clouds")])

    assert clauses(select(query)) == expected


def test_what_rows_are_about_is_no_guess_in_dutch(client):
    alpha = make_partner("Alpha")
    agreement = alpha.parties.get().agreement
    add_amount(agreement, exactness="about")
    cite(make_event("Day", organizations=[alpha]))

    for address in ("/nl/timeline/?organization=alpha", "/nl/sources/?organization=alpha"):
        assert " over Alpha" in client.get(address).content.decode()
    assert "ongeveer" in client.get(f"/nl/agreements/{agreement.slug}/").content.decode()


def test_every_parameter_that_narrows_is_said():
    """Whatever leaves rows out has words in the sentence, in every listing."""
    for listing in LISTINGS:
        for name, facet in listing.facets().items():
            assert facet.clause(["Cloud"]), name
            for parameter in facet.parameters(name):
                assert len(clauses(Selection(listing, QueryDict(f"{parameter}=none")))) == 1


def test_sentence_stands_in_heading_title_and_file_name(client):
    make_partner("Alpha", sectors=[make_sector("Chips")])
    selection = select("sector=chips")

    page = client.get("/partners/?sector=chips").content.decode()

    assert sentence(selection, PARTNER.counted(1)) == "1 partner in the sector Chips"
    assert re.search(r'id="results"[^>]*>1 partner in the sector Chips<', page)
    assert "Partners in the sector Chips – " in page
    assert title(selection, "Partners") == "Partners in the sector Chips"
    assert file_name(selection, "Partners") == "partners-in-the-sector-chips"


def test_words_of_the_sentence_can_be_translated():
    make_partner("Alpha", sectors=[make_sector("Chips", name_nl="Halfgeleiders")])

    with override("nl"):
        (clause,) = clauses(select("sector=chips"))

    assert "Halfgeleiders" in clause


# Order


def test_two_keys_order_rows_and_the_name_settles_ties():
    for name, year, kind in (
        ("D", 2000, "company"),
        ("C", 2000, "nonprofit"),
        ("B", 1990, "company"),
        ("A", None, "company"),
    ):
        make_partner(name, established=year, type=kind)

    assert slugs("sort=type&sort=-established") == ["d", "b", "a", "c"]
    assert slugs("sort=-type&sort=established") == ["c", "b", "d", "a"]
    assert slugs("sort=-established") == ["c", "d", "b", "a"]


def test_rows_can_be_ordered_by_their_number_of_agreements():
    busy = make_partner("Busy")
    make_partner("Idle")
    make_agreement("Another", partners=[busy])

    assert slugs("sort=-agreements") == ["busy", "idle"]
    assert slugs("sort=agreements") == ["idle", "busy"]


def test_two_roles_in_one_agreement_are_one_agreement():
    twice = make_organization("Double role")
    agreement = make_agreement("One", partners=[twice])
    add_party(agreement, twice, PartyRole.LABORATORY)
    several = make_partner("Several")
    make_agreement("Another", partners=[several])

    assert slugs("sort=-agreements") == ["several", "double-role"]


@pytest.mark.parametrize("query", ["sort=name&sort=established&sort=type", "sort=name&sort=-name", "sort=x"])
def test_orders_that_make_no_sense_are_refused(query):
    assert not Selection(PartnerListing, QueryDict(query)).valid


# Search within a facet


def test_search_in_a_facet_shows_its_matching_values_and_leaves_rows_alone(client):
    for number in range(12):
        make_partner(f"Alpha {number}", sectors=[make_sector(f"Kind {number}")])
    make_partner("Beta", sectors=[make_sector("Écoles d’été")])

    selection = select("find_sector=ete")
    (box,) = [box for box in selection.facets if box.name == "sector"]

    assert [line.label for line in box.values] == ["Écoles d’été"]
    assert selection.count == 13
    assert selection.file_link == "?"
    assert client.get("/partners.csv?find_sector=ete").status_code == 200


def test_facet_with_thousands_of_values_shows_those_with_most_rows_and_finds_the_others():
    frequent = make_organization("Frequent")
    names = [f"Partner {number:03}" for number in range(MOST_LINES + 20)]
    Organization.objects.bulk_create(
        Organization(
            slug=name.lower().replace(" ", "-"),
            name=name,
            type="company",
            summary_en=".",
            publication_state="published",
        )
        for name in names
    )
    others = list(Organization.objects.filter(name__in=names))
    make_agreement("Large", partners=[frequent, *others])
    make_agreement("Small", partners=[frequent])

    (box,) = [box for box in select("", AgreementListing).facets if box.name == "partner"]
    assert box.total == MOST_LINES + 21
    assert len(box.values) == MOST_LINES
    assert box.values[0].value == "frequent"
    (box,) = [box for box in select("find_partner=219", AgreementListing).facets if box.name == "partner"]
    assert [line.value for line in box.values] == ["partner-219"]
    (box,) = [box for box in select("partner=partner-219", AgreementListing).facets if box.name == "partner"]
    assert "partner-219" in [line.value for line in box.values if line.chosen]


# Cards and table


@pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
def test_table_shows_the_rows_of_the_file_in_their_order(client, noun, lead):
    alpha, site = make_organization("Alpha"), make_organization("Site", type="facility", parent=lead)
    for number in range(3):
        make_agreement(
            f"Agreement {number}",
            partners=[alpha, make_organization(f"Partner {number}")],
            laboratories=[site],
        )
    make_event("Great day")
    address = reverse(noun.page_route)

    table = client.get(f"{address}?view=table").content.decode()

    links = re.findall(rf'<td[^>]*>\s*<a href="{re.escape(address)}([a-z0-9-]+)/"', table)
    assert links == [row[noun.key] for row in csv_rows(raw(client.get(reverse(noun.csv_route))))]
    assert links


def test_table_says_why_a_row_was_found(client):
    organization = make_organization("Alpha", names=["Quux"])
    make_agreement("One", partners=[organization])

    table = client.get("/partners/?view=table&q=quux").content.decode()

    why = re.search(r'<tr class="why">(.*?)</tr>', table, re.DOTALL)[1]
    assert "Also known as" in why and "<mark>Quux</mark>" in why
    assert 'class="why"' not in client.get("/partners/?view=table&q=alpha").content.decode()


def test_chosen_columns_stand_in_the_order_of_the_address_on_the_page_and_in_the_file(client):
    make_partner("Alpha", established=1990)

    for query in (
        "columns=established,organization,name",
        "columns=established&columns=organization&columns=name",
    ):
        page = client.get(f"/partners/?view=table&{query}").content.decode()
        headings = re.findall(r'<th scope="col"[^>]*>\s*(?:<a[^>]*>)?\s*([^<]+?)\s*<', page)
        rows = csv_rows(raw(client.get(f"/partners.csv?{query}")))

        assert headings == ["Founded", "Organization", "Name"]
        assert list(rows[0]) == ["established", "organization", "name"]
        assert rows[0] == {"established": "1990", "organization": "alpha", "name": "Alpha"}


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("columns=nam", "Did you mean “name”"),
        ("columns=curator_note", "Allowed"),
        ("columns=publication_state", "Allowed"),
        ("columns=name,name", "once"),
    ],
)
def test_unknown_and_private_columns_are_refused(client, query, says):
    make_partner("Alpha")

    assert says in client.get(f"/partners/?view=table&{query}").content.decode()
    file = client.get(f"/partners.csv?{query}")
    assert file.status_code == 400
    assert says in file.content.decode()


@pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
def test_heading_of_the_table_says_what_and_not_how(noun):
    """That a column of labels stands beside one of codes is a matter of files."""
    headings = [heading_of(noun, column) for column in noun.table.public_columns]

    assert not [heading for heading in headings if "label" in heading]


def test_heading_of_the_table_orders_turns_round_and_keeps_the_rest(client):
    make_partner("Alpha")

    page = client.get("/partners/?view=table&type=company&sort=established").content.decode()

    assert 'aria-sort="ascending"' in page
    assert "sort=-established" in page
    assert re.search(r'href="\?[^"]*type=company[^"]*sort=name&amp;sort=established', page)


def test_columns_to_choose_from_stand_once_by_the_names_people_read(client):
    """Each matter once: not "Type" beside "Type (label)", no keys, no version of the row."""
    make_partner("Alpha", established=1990)
    for noun in listed():
        page = tree(client.get(reverse(noun.page_route), {"view": "table"}))
        groups = page.find(kind="choices")[0].find("fieldset") if page.find(kind="choices") else []
        titles = [label.text for group in groups for label in group.find("label")]

        assert len(titles) == len(set(titles)) and not [title for title in titles if "(" in title]
        if groups:
            boxes = [box.attributes["value"] for group in groups for box in group.find("input")]
            shown = [box.attributes["value"] for box in page.find("input", name="columns", checked="")]
            assert set(shown) == set(noun.table_columns) <= set(boxes)
            assert not {noun.key, "row_version"} & set(boxes)


def test_a_table_shows_what_its_rows_are_ordered_by(client):
    """For every order of every list; but for what somebody chose the columns of."""
    make_partner("Alpha", established=1990)
    ordered = {noun: noun.listing.base_filters["sort"].orders for noun in listed()}
    for noun, orders in ordered.items():
        for order in orders:
            page = tree(client.get(reverse(noun.page_route), {"view": "table", "sort": order}))
            shown = [box.attributes["value"] for box in page.find("input", name="columns", checked="")]
            assert order.removeprefix("-") in {noun.sorted_by.get(name) for name in shown}, (noun.name, order)
            assert len(shown) == len(set(shown))

    page = tree(client.get("/partners/?view=table&sort=-agreements&columns=name,type"))
    assert {box.attributes["value"] for box in page.find("input", name="columns", checked="")} == {
        "name",
        "type",
    }


def test_column_that_an_address_asked_for_stays_among_the_choices(client):
    make_partner("Alpha")

    page = tree(client.get("/partners/?view=table&columns=type,organization"))

    chosen = {box.attributes["value"] for box in page.find("input", name="columns", checked="")}
    assert chosen == {"type", "organization"}
    assert page.find("input", name="columns", value="type_label")
