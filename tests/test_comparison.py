"""Organizations side by side: what is compared, what is marked, and what an address may ask."""

import csv
import io
import re

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from partners.models import Organization
from partners.tables.comparison import (
    GROUPS,
    MOST_ITEMS,
    SOURCE_TITLES,
    ComparedCell,
    Item,
    compare_organizations,
    mark_shared,
)
from partners.tables.organizations import ORGANIZATIONS
from partners.views.comparison import MOST, MOST_NAMES_OFFERED
from tests.records import (
    cite,
    make_agreement,
    make_mission_area,
    make_organization,
    make_partner,
    make_programme,
    make_sector,
    make_source,
)
from tests.shapes import csv_rows, raw

# Marks and lines, without a database

LINES = [line for _title, lines in GROUPS for line in lines]
# The name and the slug of an organization head its column; what sources say otherwise stands beside each value; the
# version of a row is for files that come back.
ELSEWHERE = ("organization", "name", "source_addresses", "disputed", "row_version")
MANY = [line for line in LINES if line.many]
codes = st.frozensets(st.sampled_from("abcdef"))


def record(**cells) -> dict:
    """The public cells of an organization of which little is recorded."""
    empty = {column.name: [] if column.many else None for column in ORGANIZATIONS.public_columns}
    return empty | {SOURCE_TITLES: []} | cells


def with_sectors(slugs) -> dict:
    return record(sectors=sorted(slugs), sector_labels=[slug.upper() for slug in sorted(slugs)])


def line_of(comparison, column: str):
    return next(line for _title, group in comparison.groups for line in group if line.line.column == column)


def columns_of(comparison) -> list[str]:
    return [line.line.column for _title, group in comparison.groups for line in group]


def test_every_public_column_is_shown_once():
    shown = [name for line in LINES for name in line.columns if name != SOURCE_TITLES]

    # A line names the column of its codes; where people read labels, these stand beside.
    assert sorted([*shown, *ELSEWHERE]) == sorted(column.name for column in ORGANIZATIONS.public_columns)


@given(st.lists(codes, min_size=2, max_size=5))
def test_mark_tells_how_widely_a_value_is_shared(everyone):
    cells = mark_shared([[Item(code, code) for code in codes] for codes in everyone])

    for codes_of_one, cell in zip(everyone, cells, strict=True):
        assert {item.key for item in cell} == codes_of_one
        assert len(cell) == len(codes_of_one)
        for item in cell:
            owners = sum(item.key in codes for codes in everyone)
            expected = "all" if owners == len(everyone) else "one" if owners == 1 else "some"
            assert item.shared == expected


@given(st.lists(codes, min_size=2, max_size=5))
def test_what_all_share_stands_first_in_the_same_order_in_every_cell(everyone):
    shared = sorted(frozenset.intersection(*everyone))

    for cell in mark_shared([[Item(code, code) for code in codes] for codes in everyone]):
        assert [item.key for item in cell][: len(shared)] == shared


@given(st.lists(codes, min_size=2, max_size=5))
def test_line_differs_unless_all_have_the_same(everyone):
    comparison = compare_organizations([with_sectors(codes) for codes in everyone])

    if not any(everyone):
        assert "sectors" not in columns_of(comparison) and "Sectors" in comparison.empty
    else:
        assert line_of(comparison, "sectors").differs == (len(set(everyone)) > 1)


@given(st.lists(st.sampled_from([None, 1993, 2007]), min_size=2, max_size=5))
def test_nothing_recorded_is_not_the_same_as_something(years):
    comparison = compare_organizations([record(established=year) for year in years])

    if any(years):
        assert line_of(comparison, "established").differs == (len(set(years)) > 1)
    else:
        assert "Founded" in comparison.empty


@given(st.lists(st.tuples(codes, st.sampled_from([None, 1993, 2007])), min_size=2, max_size=5))
def test_only_differences_are_the_lines_that_differ(everyone):
    records = [with_sectors(codes) | {"established": year} for codes, year in everyone]

    every, only = compare_organizations(records), compare_organizations(records, only_differences=True)

    differing = [line.line.column for _title, group in every.groups for line in group if line.differs]
    assert columns_of(only) == differing
    assert every.differing_count == only.differing_count == len(differing)
    assert every.recorded_count == len(columns_of(every))
    assert len(columns_of(every)) + len(every.empty) == len(LINES)
    assert every.empty == only.empty


@given(st.integers(0, 2 * MOST_ITEMS + 1))
def test_cell_shows_folds_away_and_counts_every_value_once(count):
    cell = ComparedCell([Item(str(number), str(number)) for number in range(count)])

    assert cell.first + cell.folded == cell.items[:MOST_ITEMS]
    assert len(cell.first) + cell.folded_count == count
    assert len(cell.first) + len(cell.folded) + cell.left_count == count
    assert bool(cell) == bool(count)


def test_parent_outside_the_directory_is_compared_with_one_inside():
    comparison = compare_organizations(
        [record(parent="holding", parent_label="Holding"), record(parent_name="Elsewhere Inc.")]
    )

    inside, outside = line_of(comparison, "parent").cells
    assert [(item.text, item.address) for item in inside.items + outside.items] == [
        ("Holding", "/partners/holding/"),
        ("Elsewhere Inc.", ""),
    ]


# Pages and files


def page_of(client, *slugs, **parameters) -> str:
    response = client.get("/compare/", {"partner": slugs, **parameters})
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def file_of(client, *slugs, **parameters):
    return client.get("/compare.csv", {"partner": slugs, **parameters})


def heads(page: str) -> list[str]:
    """The addresses of the pages of the compared organizations, as their columns stand."""
    head = page.partition("<thead>")[2].partition("</thead>")[0]
    return re.findall(r'<th scope="col"> <a href="([^"]+)"', head)


def notice(page: str) -> str:
    return page.partition('role="alert"')[2].partition("</div>")[0]


def links(page: str, text: str) -> list[str]:
    found = re.findall(rf'<a [^>]*href="([^"]+)"[^>]*>{text}', page)
    return [address.replace("&amp;", "&") for address in found]


@pytest.fixture
def three(db):
    """Two companies that have much in common, and a laboratory."""
    lead = make_organization("Agency", type="government")
    make_programme(lead=lead)
    chips, clouds = make_sector("Chips"), make_sector("Clouds")
    fusion, fission = make_mission_area("Fusion"), make_mission_area("Fission")
    alpha = make_organization(
        "Alpha", sectors=[chips, clouds], city="Delft", established=1993, names=["Première"]
    )
    beta = make_organization("Beta", sectors=[chips], city="Delft", wikidata_id="Q128896")
    site = make_organization("Site", type="facility", parent=lead)
    make_agreement("Pact", partners=[alpha, beta], laboratories=[site], mission_areas=[fusion])
    make_agreement("Second pact", partners=[alpha], agencies=[lead], mission_areas=[fission])
    cite(alpha, source=make_source("The Paper"))
    return alpha, beta, site


def test_organizations_stand_side_by_side_in_the_order_of_the_address(three, client):
    for slugs, title in (
        (("beta", "alpha"), "Compare Beta and Alpha"),
        (("alpha", "site", "beta"), "Compare Alpha, Site and Beta"),
    ):
        page = page_of(client, *slugs)

        assert [address.split("/")[2] for address in heads(page)] == list(slugs)
        assert f"<h1>{title}</h1>" in page
        assert re.search(rf"<title> {title} – ", page)


def test_page_shows_what_the_file_holds(three, client):
    page = page_of(client, "alpha", "beta", "site")

    for row in csv_rows(raw(file_of(client, "alpha", "beta", "site"))):
        for line in LINES:
            column = line.labels if line.labels in row else line.column
            for text in filter(None, row[column].split(";")):
                address = f'href="/sources/{text}/"' if line.column == "sources" else text.split("://")[-1]
                assert address in page, (row["organization"], column)


def test_lines_that_differ_and_values_that_are_shared_are_said_in_words(three, client):
    page = page_of(client, "alpha", "beta")
    row = {
        name: page.partition(f'<th scope="row"> {name}')[2].partition("</tr>")[0]
        for name in ("Sectors", "City")
    }

    assert "(differs)" in row["Sectors"] and "(differs)" not in row["City"]
    assert row["Sectors"].count("(all have it)") == 2
    assert row["Sectors"].count("(only this one has it)") == 1
    assert re.search(
        r'href="/sectors/clouds/">Clouds</a> <span class="hidden">\(only this one', row["Sectors"]
    )


def test_empty_value_is_said_and_a_line_that_is_empty_for_all_is_named(three, client):
    page = page_of(client, "alpha", "beta")

    established = page.partition('<th scope="row"> Founded')[2].partition("</tr>")[0]
    assert "1993" in established and "Not recorded" in established
    assert re.search(r"left out: [^.]*Ticker", page)
    assert '<th scope="row"> Ticker' not in page


def test_switch_leaves_the_lines_that_differ(three, client):
    page = page_of(client, "alpha", "beta")
    (differences,) = links(page, "Only differences")

    only = " ".join(client.get(differences).content.decode().split())

    assert '<th scope="row"> Sectors' in only
    assert '<th scope="row"> City' not in only
    assert links(only, "All facts") == ["/compare/?partner=alpha&partner=beta"]


def test_remove_keeps_the_others_and_the_switch(three, client):
    page = page_of(client, "alpha", "site", "beta", only="differences")

    assert links(page, "remove") == [
        "/compare/?partner=site&partner=beta&only=differences",
        "/compare/?partner=alpha&partner=beta&only=differences",
        "/compare/?partner=alpha&partner=site&only=differences",
    ]


def test_file_holds_the_rows_of_the_listing_in_the_order_given(client, db):
    for name in ("=SUM(A1)", "Beta; Co", 'Gamma "G"'):
        make_partner(name, sectors=[make_sector()], summary_en="@risk")
    listed = {row["organization"]: row for row in csv_rows(raw(client.get("/partners.csv")))}
    slugs = ["gamma-g", "suma1", "beta-co"]

    response = file_of(client, *slugs)

    assert list(csv.DictReader(io.StringIO(response.content.decode(), newline=""), strict=True)) == [
        listed[slug] for slug in slugs
    ]
    assert response.content.splitlines()[0] == b"".join(client.get("/partners.csv")).splitlines()[0]
    assert b"'=SUM(A1)" in response.content
    assert response["Content-Type"].startswith("text/csv; charset=utf-8")
    assert response["Content-Disposition"] == 'attachment; filename="compare-gamma-g-suma1-beta-co.csv"'


def test_page_links_its_file(three, client):
    (address,) = links(page_of(client, "site", "alpha", only="differences"), "CSV")

    assert [row["organization"] for row in csv_rows(raw(client.get(address)))] == ["site", "alpha"]


# Choosing


@pytest.mark.parametrize("slugs", [[], ["alpha"]])
def test_fewer_than_two_are_asked_for_more(three, client, slugs):
    page = page_of(client, *slugs)
    file = file_of(client, *slugs)

    assert notice(page) == "" and "<table>" not in page
    assert page.count('name="add"') == 2 - len(slugs)
    assert re.findall(r'type="hidden" name="partner" value="(.*?)"', page) == slugs
    assert file.status_code == 400
    assert f"partner: Organizations named: {len(slugs)}. Allowed: 2 to 5." in file.content.decode()


@pytest.mark.parametrize("typed", ["beta", "Beta", " BETA ", "Bèta"])
def test_name_that_is_typed_becomes_part_of_the_address(three, client, typed):
    response = client.get("/compare/", {"partner": ["site", "alpha"], "only": "differences", "add": typed})

    assert response.status_code == 302
    assert response["Location"] == "/compare/?partner=site&partner=alpha&partner=beta&only=differences"


def test_two_typed_names_are_compared(three, client):
    response = client.get("/compare/", {"add": ["premiere", "site"]}, follow=True)

    assert response.redirect_chain == [("/compare/?partner=alpha&partner=site", 302)]


def test_fields_left_empty_change_nothing(three, client):
    response = client.get("/compare/?partner=alpha&add=&add=+")

    assert response["Location"] == "/compare/?partner=alpha"


def test_typed_name_that_nobody_has_is_answered_with_the_nearest(three, client):
    page = page_of(client, "site", add=["Alpah", "Beta"])

    assert "No published organization is called “Alpah”. Did you mean “Alpha”?" in notice(page)
    assert re.findall(r'name="add" value="(.*?)"', page) == ["Alpah", "Beta"]


def test_beginning_of_one_name_alone_is_enough(client, db):
    make_organization("Los Alamos National Laboratory", slug="lanl")
    make_organization("Oak Ridge National Laboratory", slug="ornl")
    make_organization("Oak Ridge Universities", slug="orau")
    make_organization("Oakland", slug="oakland")

    for typed, slug in (("los alamos", "lanl"), ("Oak Ridge National", "ornl"), ("Oakland", "oakland")):
        assert client.get("/compare/", {"add": typed})["Location"] == f"/compare/?partner={slug}"
    page = page_of(client, add=["Oak Ridge"])
    assert (
        "Several organizations are called “Oak Ridge”. Write one of these short names: ornl, orau."
        in notice(page)
    )


def test_typed_name_of_several_is_not_guessed(client, db):
    make_organization("Same", slug="same-here")
    make_organization("SAME", slug="same-there")

    page = page_of(client, add="same")

    assert "Write one of these short names: same-here, same-there." in notice(page)
    assert client.get("/compare/?add=same-there")["Location"] == "/compare/?partner=same-there"


def test_own_name_goes_before_another_name_of_somebody(client, db):
    make_organization("Other", names=["Mercury"])
    make_organization("Mercury", slug="planet")

    assert client.get("/compare/?add=mercury")["Location"] == "/compare/?partner=planet"


def test_no_more_than_two_hundred_names_are_offered_and_none_that_is_there(client, db):
    for number in range(MOST_NAMES_OFFERED + 5):
        make_organization(f"Name {number:03}", cited=False)

    page = page_of(client, "name-000", "name-001")

    names = re.findall(r'<option value="(.*?)"', page)
    assert names == [f"Name {number:03}" for number in range(2, MOST_NAMES_OFFERED + 2)]


# What is not understood

WRONG = [
    ({"partner": ["alpah", "beta"]}, ["“alpah”", "Did you mean “alpha”?", "site"]),
    ({"partner": ["a\0b", "beta"]}, ["partner"]),
    ({"partner": ["alpha", "x" * 5000]}, ["partner", "Allowed"]),
    ({"partner": ["alpha", "beta", "site", "agency", "p-1", "p-2"]}, ["Organizations named: 6", "2 to 5"]),
    ({"partner": ["alpha", "beta"], "only": "difference"}, ["Did you mean “differences”?"]),
    ({"partner": ["alpha", "beta"], "only": ["differences", "differences"]}, ["once"]),
]


@pytest.mark.parametrize(("parameters", "says"), WRONG)
def test_bad_value_is_named_and_nothing_is_compared(three, client, parameters, says):
    for name in ("P 1", "P 2"):
        make_organization(name)

    page = " ".join(client.get("/compare/", parameters).content.decode().split())
    file = client.get("/compare.csv", parameters)

    assert "<table>" not in page
    assert all(word in notice(page) for word in says)
    assert file.status_code == 400 and file["Content-Type"].startswith("text/plain")
    if "only" not in parameters:
        assert all(word in file.content.decode() for word in says)


def test_notice_leads_to_what_was_understood(three, client):
    page = page_of(client, "nobody", "beta", "alpha")

    assert links(page, "Compare Beta and Alpha") == ["/compare/?partner=beta&partner=alpha"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("partner=alpha&partner=beta&partner=alpha", "“alpha” is given more than once"),
        ("partner=alpha&partner=beta&partnr=site", "Did you mean “partner”?"),
    ],
)
def test_repetition_and_unknown_parameter_are_named_and_refuse_the_file(three, client, query, says):
    page = " ".join(client.get(f"/compare/?{query}").content.decode().split())
    file = client.get(f"/compare.csv?{query}")

    assert says in notice(page)
    assert heads(page) == ["/partners/alpha/", "/partners/beta/"]
    assert file.status_code == 400 and says in file.content.decode()


@pytest.mark.parametrize("state", ["draft", "in_review", "withheld"])
def test_hidden_organization_answers_like_one_that_never_was(three, client, state):
    make_organization("Secret plan", slug="hidden-name", publication_state=state, names=["Codename"])

    for address in (
        "/compare/?partner=alpha&partner={}",
        "/compare.csv?partner=alpha&partner={}",
        "/compare/?add={}",
    ):
        hidden = client.get(address.format("hidden-name"))
        missing = client.get(address.format("nobody-name"))

        assert hidden.status_code == missing.status_code
        assert hidden.content.decode().replace("hidden-name", "nobody-name") == missing.content.decode()
        assert "Secret plan" not in hidden.content.decode()
    assert client.get("/compare/?add=codename").status_code == 200
    assert client.get("/compare/?add=secret+plan").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        *(
            "partner=%00",
            "add=%00",
            "only=%00",
            "%00=1",
            "partner=%FF%FE",
            "add=%25&add=_",
            "partner=<script>",
        ),
        *("add=<script>", "add=" + "x" * 900, "add=%EF%B7%BA" * 30, "partner=%27%3B--", "add=%F0%9F%98%80"),
        "&".join(f"partner=s{n}" for n in range(900)),
        "&".join(f"add=s{n}" for n in range(60)),
        "&".join("partner=alpha" for _ in range(2000)),
    ],
)
def test_hostile_input_is_answered_calmly(three, client, query):
    for address in ("/compare/", "/compare.csv"):
        response = client.get(f"{address}?{query}")

        assert response.status_code in (200, 400)
        # The answer to a bad file is no page: browsers show its text as it is.
        plain = response["Content-Type"].startswith("text/plain")
        assert b"<script>" not in response.content or plain
        assert response["X-Content-Type-Options"] == "nosniff"


# Cost and kindness to caches


@pytest.mark.parametrize(("count", "queries"), [(2, 6), (3, 6), (4, 6), (5, 5)])
def test_page_costs_the_same_queries_for_all(client, django_assert_num_queries, db, count, queries):
    """Version, records, titles of sources, citations and programme are one query each; the names to add, while there is room."""
    partners = [make_partner(sectors=[make_sector()]) for _ in range(count)]
    for partner in partners:
        make_agreement(partners=partners, laboratories=[make_organization(type="facility")])
        cite(partner, source=make_source())

    with django_assert_num_queries(queries):
        page = page_of(client, *(partner.slug for partner in partners))

    assert len(heads(page)) == count


@pytest.mark.parametrize("count", [2, MOST])
def test_file_costs_one_query_beside_that_for_the_data_version(client, django_assert_num_queries, db, count):
    slugs = [make_partner(sectors=[make_sector()]).slug for _ in range(count)]

    with django_assert_num_queries(2):
        assert [row["organization"] for row in csv_rows(raw(file_of(client, *slugs)))] == slugs


@pytest.mark.parametrize(
    "address", ["/compare/?partner=alpha&partner=beta", "/compare.csv?partner=alpha&partner=beta"]
)
def test_unchanged_comparison_is_not_sent_again_and_a_changed_one_is(three, client, address):
    first = client.get(address)
    headers = {"If-None-Match": first["ETag"]}

    assert client.get(address, headers=headers).status_code == 304
    Organization.objects.filter(slug="alpha").update(city="Leiden")
    again = client.get(address, headers=headers)
    assert again.status_code == 200 and b"Leiden" in again.content
    assert client.cookies == {} and not again.cookies


@pytest.mark.parametrize("route", ["comparison", "comparison_csv"])
def test_only_safe_methods_are_answered(client, db, route):
    assert client.post(reverse(route)).status_code == 405


# Choosing in the listing


def test_card_of_the_listing_has_a_box_of_a_form_of_its_own(three, client):
    page = " ".join(client.get("/partners/").content.decode().split())

    assert re.findall(r'<input type="checkbox" name="partner" value="(.*?)" form="compare">', page) == [
        "alpha",
        "beta",
    ]


def test_card_in_another_page_has_none(three, client):
    page = client.get("/sectors/chips/").content.decode()

    assert "Alpha" in page and 'form="compare"' not in page


def test_name_that_is_not_found_is_marked_where_it_was_typed(client, db):
    for name in ("Alpha", "Beta"):
        make_partner(name)

    page = client.get("/compare/", {"add": ["Alpha", "Gamma", "Delta"]}).content.decode()

    assert re.search(r"<title>\s*Error: ", page) and "There is a problem" in page
    for number, name in ((2, "Gamma"), (3, "Delta")):
        (field,) = re.findall(rf'<input[^>]*id="add-{number}"[^>]*>', page)
        assert f'value="{name}"' in field
        assert 'aria-invalid="true"' in field and f'aria-describedby="add-{number}-error"' in field
        (message,) = re.findall(rf'id="add-{number}-error">(.*?)</p>', page, re.S)
        assert f"“{name}”" in message
        assert f'<a href="#add-{number}">' in page
    assert 'value="Alpha"' in page and 'id="add-1-error"' not in page
