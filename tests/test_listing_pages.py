"""Listings as a reader and an analyst meet them: pages, fragments and CSV over HTTP."""

import csv
import datetime
import io
import re
from html import unescape

import html5rdf
import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.formats.files import FILE_FORMATS
from partners.nouns import AGREEMENT, LABORATORY, PARTNER, listed
from partners.selection.index import bring_up_to_date
from partners.selection.selection import Selection
from tests.html import tree
from tests.records import (
    make_agreement,
    make_event,
    make_organization,
    make_partner,
    make_programme,
    make_sector,
)
from tests.shapes import csv_rows, raw
from tests.worlds import build_world

pytestmark = pytest.mark.django_db

PAGES = [reverse(noun.page_route) for noun in listed()]
FILES = [reverse(noun.csv_route) for noun in listed()]


def slugs_on(page: str, kind) -> list[str]:
    """The records on a page, by the links of their headings."""
    headings = re.findall(r'<h3[^>]*>\s*<a[^>]*href="([^"]+)"', page)
    return [address.rstrip("/").split("/")[-1] for address in headings]


def test_number_of_queries_of_a_page_and_a_file_does_not_grow_with_rows(client):
    routes = [
        route for noun in (PARTNER, LABORATORY, AGREEMENT) for route in (noun.page_route, noun.csv_route)
    ]

    def cost(route: str) -> tuple[int, int]:
        bring_up_to_date()
        with CaptureQueriesContext(connection) as queries:
            text = client.get(f"{reverse(route)}?agreement_type=mou").getvalue()
        return len(queries), len(text)

    build_world(3, organizations=40, agreements=60)
    few = {route: cost(route) for route in routes}
    build_world(4, organizations=60, agreements=90, mark="more-")
    many = {route: cost(route) for route in routes}

    assert {route: queries for route, (queries, _) in many.items()} == {
        route: queries for route, (queries, _) in few.items()
    }
    assert all(many[route][1] > few[route][1] for route in routes)


def test_csv_costs_one_query_beside_those_for_the_data_version_and_the_index(
    client, django_assert_num_queries
):
    make_partner("Alpha")
    client.get("/partners.csv")

    with django_assert_num_queries(3):
        assert len(csv_rows(client.get("/partners.csv").getvalue())) == 1


@pytest.mark.parametrize("address", [*PAGES, *FILES])
def test_only_safe_methods_are_answered(client, address):
    assert client.post(address).status_code == 405
    assert client.head(address).status_code == 200


@pytest.mark.parametrize(
    "address", [*PAGES, *FILES, "/", "/data/", "/about/", "/sectors/", "/mission-areas/"]
)
def test_public_address_sets_no_cookie(client, address):
    make_partner("Alpha")

    response = client.get(address)

    assert response.status_code == 200
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("address", PAGES)
def test_empty_directory_answers_with_a_page(client, address):
    assert client.get(address).status_code == 200


# Bad input


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("sector=zzz", ["sector", "zzz", "Allowed", "chips"]),
        ("sector=chip", ["Did you mean “chips”"]),
        ("type=compny", ["Did you mean “company”", "nonprofit"]),
        ("sort=size", ["size", "established"]),
        ("per_page=7", ["25, 50, 100"]),
        ("page=abc", ["abc", "1, 2, 3"]),
        ("page=0", ["0"]),
        ("sort=name&sort=-name", ["once"]),
        ("q=" + "x" * 301, ["300"]),
    ],
)
def test_bad_value_shows_a_notice_and_no_rows(client, query, says):
    make_partner("Alpha", sectors=[make_sector("Chips")])

    page = client.get(f"/partners/?{query}").content.decode()
    file = client.get(f"/partners.csv?{query}")

    assert slugs_on(page, PARTNER) == []
    assert file.status_code == 400
    for word in says:
        assert word in page
        assert word in file.content.decode()


IN_ANOTHER_ROLE = [
    (PARTNER, "laboratory", "alpha", "oak"),
    (PARTNER, "exclude_laboratory", "alpha", "oak"),
    (LABORATORY, "partner", "oak", "alpha"),
    (AGREEMENT, "partner", "oak", "alpha"),
    (AGREEMENT, "laboratory", "alpha", "oak"),
    (AGREEMENT, "agency", "alpha", "ministry"),
]


@pytest.mark.parametrize(
    ("noun", "parameter", "value", "allowed"),
    IN_ANOTHER_ROLE,
    ids=[f"{noun.name}-{parameter}" for noun, parameter, *_rest in IN_ANOTHER_ROLE],
)
def test_organization_that_cannot_match_in_a_role_is_refused(client, noun, parameter, value, allowed):
    leader = make_organization("Ministry", type="government")
    make_programme(lead=leader)
    make_organization("Oak", type="facility", parent=leader)
    make_partner("Alpha")

    page = unescape(client.get(reverse(noun.page_route), {parameter: value}).content.decode())
    files = [client.get(reverse(shape.route(noun)), {parameter: value}) for shape in FILE_FORMATS]

    assert slugs_on(page, noun) == []
    assert f"“{value}” is not a value of “{parameter.removeprefix('exclude_').capitalize()}”" in page
    assert {file.status_code for file in files} == {400}
    for answer in (page, files[0].content.decode()):
        assert f"“{value}” is not one of its values." in answer
        assert f"Allowed: {allowed}, none." in answer


def test_event_that_announced_nothing_is_no_announcement(client):
    day = make_event("Great day", slug="great-day", date=datetime.date(2026, 3, 2))
    make_event("Dull day", slug="dull-day", date=datetime.date(2026, 3, 3))
    make_agreement("Pact", partners=[make_organization("Alpha")], announcement=day)

    for address in ("/partners.csv", "/agreements.json", "/agreements/"):
        assert client.get(address, {"announcement": "great-day"}).status_code == 200
    for address in ("/partners.csv", "/agreements.json"):
        answer = client.get(address, {"announcement": "dull-day"})
        assert answer.status_code == 400 and "Allowed: great-day, none." in answer.content.decode()


def test_organization_that_has_a_role_is_a_value_whatever_its_kind(client):
    bystander = make_organization("Institute", type="nonprofit")
    make_agreement(
        "Pact", partners=[make_organization("Alpha")], laboratories=[bystander], agencies=[bystander]
    )

    assert len(csv_rows(raw(client.get("/partners.csv?laboratory=institute")))) == 1
    for parameter in ("laboratory", "agency"):
        assert len(csv_rows(raw(client.get("/agreements.csv", {parameter: "institute"})))) == 1


def test_laboratory_without_an_agreement_is_a_value_with_no_rows(client):
    leader = make_organization("Ministry", type="government")
    make_programme(lead=leader)
    make_organization("Oak", type="facility", parent=leader)
    make_partner("Alpha")

    assert csv_rows(raw(client.get("/partners.csv?laboratory=oak"))) == []


@pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
def test_listing_itself_answers_a_bad_value_with_no_rows(noun):
    build_world(1, organizations=10, agreements=10)
    parameters = QueryDict("sort=no-such-order")

    assert not noun.listing(parameters, queryset=noun.listing.everything()).qs.exists()


def test_unknown_parameter_shows_a_notice_and_refuses_the_file(client):
    make_partner("Alpha")

    page = client.get("/partners/?sectr=x").content.decode()
    file = client.get("/partners.csv?sectr=x")

    assert "“sectr”" in page and "Did you mean “sector”?" in page and "exclude_sector," not in page
    assert slugs_on(page, PARTNER) == ["alpha"]
    assert file.status_code == 400
    assert "Did you mean “sector”?" in file.content.decode()


def test_every_problem_is_named_at_once(client):
    text = client.get("/partners.csv?type=a&ownership=b&nonsense=c").content.decode()

    assert all(word in text for word in ("type:", "ownership:", "nonsense:"))


@pytest.mark.parametrize(
    "query",
    [
        *(
            "q=%00",
            "sector=%00",
            "region=%00",
            "page=%00",
            "q=%FF%FE",
            "sector=%27%3B--",
            "q=<script>",
            "page=٣",
        ),
        *(
            "per_page=%00",
            "sort=%00",
            "%00=1",
            "page=999999999999999999999",
            "region=US-CA%00",
            "sector=" + "a" * 5000,
        ),
        "&".join("sector=x" for _ in range(2000)),
        "&".join(f"sector=s{n}" for n in range(60)),
        "q=" + "a+" * 90,
    ],
)
def test_hostile_input_is_answered_calmly(client, query):
    make_partner("Alpha", sectors=[make_sector("Chips")])

    for address in ("/partners/", "/partners.csv", "/agreements/", "/laboratories.csv"):
        response = client.get(f"{address}?{query}")
        assert response.status_code in (200, 400)
        assert b"<script>" not in response.getvalue()


@pytest.mark.parametrize(
    "query", ["page=99", "page=3&q=partner", "page=2&type=nonprofit", "page=5&sort=-name&view=table"]
)
def test_page_past_the_end_says_so_and_leads_back(client, query):
    for number in range(30):
        make_partner(f"Partner {number}", type="company")
    asked = QueryDict(query)

    page = client.get(f"/partners/?{query}").content.decode()

    assert slugs_on(page, PARTNER) == []
    assert f"There is no page {asked['page']}." in page
    assert 'aria-label="Pages"' not in page and '<meta name="robots" content="noindex">' in page
    (said,) = re.findall(r'<div class="none">(.*?)</div>', page, re.DOTALL)
    links = re.findall(r'href="([^"]*)"', said)
    assert links
    for link in links:
        back = QueryDict(link.partition("?")[2].replace("&amp;", "&"), mutable=True)
        shown = client.get("/partners/", back).context["selection"]
        assert (shown.is_past_the_end, shown.count) == (False, 0 if asked.get("type") else 30)
        back.pop("page", None)
        assert back == QueryDict(query.partition("&")[2])


def test_last_page_of_nothing_is_the_first(client):
    assert "Nothing is published here yet" in client.get("/partners/").content.decode()
    assert "There is no page 2." in client.get("/partners/?page=2").content.decode()


# Errors keep the form

MISTAKES = {
    "established_min=19x8&type=company&exclude_ownership=none&q=alpha&sort=-name&per_page=50": [
        "established_min"
    ],
    "announced_after=12/2025&announced_before=soon": ["announced_after", "announced_before"],
    "established_min=2020&established_max=2010": ["established_min"],
    "type=company&type=ghost&exclude_type=nonprofit": ["facet-type"],
    "type=company&exclude_type=company": ["facet-type"],
    "q=" + "+".join(["abcdefghi"] * 31): ["q"],
    "sort=size&type=company": ["sort"],
    "per_page=7&view=table&columns=name": ["per_page"],
    "find_sector=a&find_sector=b": ["facet-sector"],
}


@pytest.mark.parametrize("fragment", [False, True])
@pytest.mark.parametrize("query", MISTAKES)
def test_error_keeps_the_form_and_marks_the_field(client, query, fragment):
    """Summary above with a link to each field, the message beside it, and all that was typed, ticked and ordered."""
    make_partner("Alpha", type="company", sectors=[make_sector("Chips")])
    make_partner("Beta", type="nonprofit", ownership="startup")

    response = client.get(
        "/partners/", QUERY_STRING=query, headers={"HX-Request": "true"} if fragment else {}
    )

    page = tree_of(response)
    assert response.status_code == 200 and slugs_on(response.content.decode(), PARTNER) == []
    assert page.find(".//title").text.strip().startswith("Error: ")
    assert page.find(".//h2[@id='results']").text.strip() == "Nothing is shown"
    summary = page.find(".//div[@role='alert']")
    assert summary.find("h2").text.strip() == "There is a problem"
    fields = [link.get("href")[1:] for link in summary.findall(".//li/a")]
    assert fields == MISTAKES[query]
    for field in fields:
        (place,) = page.findall(f".//*[@id='{field}']")
        assert place.get("aria-describedby") == f"{field}-error"
        wrong = [place, *place.findall(".//input[@aria-invalid]")]
        assert any(each.get("aria-invalid") == "true" for each in wrong) or field == "facet-sector"
        (message,) = page.findall(f".//*[@id='{field}-error']")
        said = " ".join("".join(message.itertext()).split()).removeprefix("Error: ")
        assert said in " ".join("".join(summary.itertext()).split())
    given = QueryDict(query)
    assert sent_by(page) >= {
        (name, value)
        for name, values in given.lists()
        for value in values
        if (name, value) not in {("sort", "size"), ("per_page", "7"), ("find_sector", "a")}
    }


@pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
def test_mistake_in_any_range_leaves_the_whole_form(client, noun):
    """The form of a mistaken address has every field of the form without it."""
    make_partner("Alpha", type="company")
    make_event("Event")
    address = reverse(noun.page_route)
    # Ticking a row to compare it is no field of the form, and there are no rows.
    names = {name for name, _value in every_field(tree_of(client.get(address)))} - {"partner"}

    for box in Selection(noun.listing, QueryDict()).ranges:
        for name, _given in box.ends:
            page = tree_of(client.get(address, {name: "never"}))
            assert {field for field, _value in every_field(page)} >= names
            assert (name, "never") in sent_by(page)
            assert not page.findall(".//fieldset//small"), "nothing is counted where nothing is shown"


def tree_of(response):
    return html5rdf.parse(response.content.decode(), namespaceHTMLElements=False)


def every_field(page) -> list[tuple[str, str]]:
    (form,) = (form for form in page.iter("form") if form.get("class") == "listing")
    fields = [*form.iter("input"), *form.iter("select")]
    return [(field.get("name"), field.get("value", "")) for field in fields if field.get("name")]


def sent_by(page) -> set[tuple[str, str]]:
    """What the form of a page would send: names and values."""
    (form,) = (form for form in page.iter("form") if form.get("class") == "listing")
    sent = {
        (field.get("name"), field.get("value", ""))
        for field in form.iter("input")
        if field.get("type") != "checkbox" or field.get("checked") is not None
    }
    for field in form.iter("select"):
        chosen = [option for option in field.iter("option") if option.get("selected") is not None]
        sent |= {(field.get("name"), option.get("value", option.text)) for option in chosen}
    return sent


def test_empty_result_says_which_filter_to_leave_out_and_what_that_gives(client):
    make_partner("Alpha", sectors=[make_sector("Chips")])
    make_partner("Beta", sectors=[make_sector("Clouds")])

    page = client.get("/partners/?sector=chips&q=beta").content.decode()

    assert "Nothing matches all of these filters" in page
    for link in ("?sector=chips", "?q=beta"):
        assert f'<a href="{link}">1 partner without ' in page.partition("Drop one filter to find:")[2]


@pytest.mark.parametrize(
    ("query", "says", "more"),
    [
        ("q=zzz", "Nothing matches these words.", "Show everything"),
        ("sector=clouds", "Nothing matches this filter.", "Show everything"),
        ("exclude_type=company", "Nothing matches this filter.", "Show everything"),
        ("sector=clouds&ownership=startup", "Nothing matches all of these filters.", "Drop several"),
        ("sector=clouds&q=zzz", "Nothing matches all of these filters.", "Search for fewer words"),
    ],
)
def test_empty_result_speaks_of_what_was_asked_for(client, query, says, more):
    make_partner("Alpha", sectors=[make_sector("Chips")])
    make_sector("Clouds")

    nothing = tree(client.get(f"/partners/?{query}")).find(kind="none")[0].text

    assert says in nothing and more in nothing
    assert nothing.lower().count("without") == nothing.count("Drop one filter")
    assert ("fewer words" in nothing) == (more == "Search for fewer words")


# Fragments


def test_htmx_gets_the_part_that_changes(client):
    make_partner("Alpha")

    whole = client.get("/partners/").content.decode()
    part = client.get("/partners/", headers={"HX-Request": "true"})
    restored = client.get("/partners/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    assert "<html" in whole and "<html" in restored.content.decode()
    assert "<html" not in part.content.decode()
    assert slugs_on(part.content.decode(), PARTNER) == ["alpha"]
    assert "HX-Request" in part["Vary"]


# CSV


def test_csv_is_rfc_4180_with_both_codes_and_labels(client):
    chips, clouds = make_sector("Chips"), make_sector("Clouds")
    lead = make_organization("Agency", type="government")
    make_programme(lead=lead)
    site = make_organization("Site", type="facility", parent=lead)
    alpha = make_organization('Alpha, "the" first', slug="alpha", sectors=[clouds, chips], established=1999)
    make_agreement("One", partners=[alpha], laboratories=[site])

    response = client.get("/partners.csv")
    raw = b"".join(response)
    row = next(csv.DictReader(io.StringIO(raw.decode(), newline="")))

    assert response["Content-Type"].startswith("text/csv; charset=utf-8")
    assert raw.startswith(b"organization,name,") and raw.count(b"\r\n") == 2
    assert row["name"] == 'Alpha, "the" first'
    assert (row["sectors"], row["sector_labels"]) == ("chips;clouds", "Chips;Clouds")
    assert (row["type"], row["type_label"]) == ("company", "Company")
    assert (row["laboratories"], row["laboratory_labels"]) == ("site", "Site")
    assert (row["agreements"], row["agreement_labels"]) == ("one", "One")
    assert row["established"] == "1999"
    assert "curator_note" not in row and "publication_state" not in row


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "'=1"])
def test_cell_that_a_spreadsheet_would_run_is_neutralised(client, name):
    organization = make_organization(name, slug="x", names=[f"={name}"])
    make_agreement("One", partners=[organization])

    row = csv_rows(client.get("/partners.csv").getvalue())[0]

    assert row["name"] == f"'{name}"
    assert row["other_names"] == f"'={name}"


@pytest.mark.parametrize("name", ["a=b", "1-2", "O'Neill", "'quoted'", "a@b"])
def test_harmless_cell_is_left_alone(client, name):
    make_agreement("One", partners=[make_organization(name, slug="x")])

    assert csv_rows(client.get("/partners.csv").getvalue())[0]["name"] == name


def test_file_is_named_after_its_selection(client):
    make_partner("Alpha", sectors=[make_sector("Chips")])

    response = client.get("/partners.csv?sector=chips&q=Alp")

    assert (
        response["Content-Disposition"]
        == 'attachment; filename="partners-in-the-sector-chips-matching-alp.csv"'
    )


def test_page_parameters_do_not_cut_a_file(client):
    for number in range(30):
        make_partner(f"Partner {number}")

    assert len(csv_rows(client.get("/partners.csv?page=2&per_page=25").getvalue())) == 30


# Links of a page


def test_every_link_of_a_filtered_page_keeps_the_selection(client):
    build_world(5, organizations=150, agreements=160)
    query = "agreement_type=mou&agreement_type=crada&agreement_type=contract&sort=-name&per_page=25"

    page = client.get(f"/partners/?{query}").content.decode()
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(\?[^"]*)"', page)]

    paging = [link for link in links if "page=2" in link.replace("per_page=25", "")]
    assert paging
    for link in paging:
        assert "agreement_type=mou" in link and "sort=-name" in link
    file = re.search(r'href="(/partners\.csv[^"]*)"', page).group(1).replace("&amp;", "&")
    assert "agreement_type=mou" in file and "sort=-name" in file and "page" not in file
