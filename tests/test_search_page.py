"""The search over everything: what its page shows is what the listings find, and every word and link of it holds."""

import json
import re
from collections import Counter
from html import unescape
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.db import connection
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from partners import site_pages
from partners.folding import alike
from partners.models import DataVersion, MissionArea, Organization, Sector
from partners.nouns import NOUNS
from partners.searched import all_searched, shown_here
from partners.selection import everywhere
from partners.selection.everywhere import matching_entries
from partners.selection.index import bring_up_to_date
from partners.selection.listings import AgreementListing, LaboratoryListing, PartnerListing
from partners.selection.offers import offers
from partners.selection.search import finding, phrases
from partners.selection.search.queries import parse
from partners.selection.search.reading import TextReader
from partners.selection.selection import Selection
from partners.views.search import HITS_PER_GROUP, HITS_PER_PAGE, Results, hits
from tests import recall
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.laws import examples
from tests.packages import SHIPPED
from tests.records import make_mission_area, make_organization, make_partner
from tests.shapes import csv_rows, raw
from tests.shapes import get as get_shape
from tests.test_fuzz import MARK, NASTY, RAW, check, encoded, get

LABELS = [*recall.new_part(), *recall.negatives()]
QUERIES = sorted({label.query for label in LABELS if label.language == "en"})
some = examples(25)


@pytest.fixture(scope="module", autouse=True)
def shipped(db):
    """The shipped directory. What a test adds to it has words of its own."""
    call_command("load_dataset", SHIPPED, verbosity=0)


def known(query: str) -> Results:
    """The same for several tests of the directory as it is."""
    return recall.results(query, "en", DataVersion.current())


def results(query: str, **others) -> Results:
    return Results(RequestFactory().get(reverse("search"), {"q": query} | others))


def answer(address: str) -> dict:
    response = Client().get(address)
    assert response.status_code == 200, address
    return json.loads(response.content)


# Groups


@some
@given(st.sampled_from(QUERIES))
def test_number_of_a_group_is_that_of_its_listing_and_its_hits_are_the_first_rows(query):
    for group in known(query).groups:
        if group.searched.noun is None:
            everything = results(query, kind=group.name)
            (whole,) = everything.groups
            assert (
                group.link
                == f"{reverse('search')}?{QueryDict(mutable=True).urlencode()}" + group.link.partition("?")[2]
            )
            assert whole.count == group.count
            assert [hit.slug for hit in whole.hits[:HITS_PER_GROUP]] == [hit.slug for hit in group.hits]
            assert len(whole.hits) == min(group.count, HITS_PER_PAGE)
        else:
            path, _, parameters = group.link.partition("?")
            assert path == reverse(group.searched.noun.page_route)
            selection = Selection(group.searched.listing, QueryDict(parameters))
            assert selection.count == group.count
            rows = list(selection.page_rows.values_list("slug", flat=True)[:HITS_PER_GROUP])
            assert rows == [hit.slug for hit in group.hits]


@pytest.mark.parametrize(
    "query", ["energy", "mou", "Anthropic", "2025", "genesis mission", "-nvidia", "argonne -amd", "a", "oak"]
)
def test_hits_are_the_first_rows_too_where_there_are_very_many(monkeypatch, query):
    for where, name in ((everywhere, "MOST_CHECKED"), (everywhere, "MOST_SORTED"), (finding, "MOST_CHECKED")):
        monkeypatch.setattr(where, name, 2)
    monkeypatch.setattr(everywhere, "PORTION", 3)

    for group in results(query).groups:
        if group.searched.noun is not None:
            selection = Selection(group.searched.listing, QueryDict(group.link.partition("?")[2]))
            rows = list(selection.page_rows.values_list("slug", flat=True)[:HITS_PER_GROUP])
            assert (group.count, [hit.slug for hit in group.hits]) == (selection.count, rows)


@some
@given(st.sampled_from(QUERIES))
def test_kinds_with_better_hits_come_first_and_every_kind_is_told_of(query):
    found = known(query)

    assert [group.closeness for group in found.groups] == sorted(group.closeness for group in found.groups)
    assert all(group.count and group.hits for group in found.groups)
    names = [str(group.searched.title) for group in found.groups]
    assert sorted(names + found.empty) == sorted(str(searched.title) for searched in all_searched())


@some
@given(st.sampled_from(QUERIES))
def test_every_hit_says_why_it_was_found(query):
    for group in known(query).groups:
        for hit in group.hits:
            pieces = [*hit.match.heading, *hit.match.summary]
            assert any(piece.marked for piece in pieces) or hit.match.reasons, (group.name, hit.slug)


@pytest.mark.parametrize(
    "query", ["supercomputer", "Anthropic", "cloud", "Reuters", "data", "fusion", "zzzz", ""]
)
def test_every_link_of_the_page_leads_somewhere(client, query):
    body = client.get(reverse("search"), {"q": query}).content.decode()
    main = body[body.index("<main") : body.index("</main>")]
    links = {unescape(link) for link in re.findall(r'href="([^"]*)"', main)}

    for link in links:
        if link.startswith("#"):
            assert f'id="{link[1:]}"' in main
            continue
        address = reverse("search") + link if link.startswith("?") else link
        page = client.get(address)
        assert page.status_code == 200, address
        if "#" in address:
            assert f'id="{address.partition("#")[2]}"' in page.content.decode(), address


def test_every_page_of_the_site_that_can_be_found_is_there_with_its_parts(client):
    for entry in site_pages.page_entries():
        page = client.get(entry.address)
        assert page.status_code == 200, entry.address
        for anchor in entry.anchors.values():
            assert f'id="{anchor}"' in page.content.decode(), (entry.address, anchor)


def test_numbers_of_the_page_lead_to_as_many_rows(client):
    body = client.get("/search/", {"q": "fusion"}).content.decode()

    for path, number in re.findall(r'<a href="(/\w+/\?q=fusion)">(\d+) ', body):
        rows = client.get(path.replace("/?", ".json?")).json()["count"]
        assert rows == int(number)


# What cannot be looked for


def test_what_is_wrong_with_the_words_is_said_beside_the_field_and_nothing_typed_is_lost(client):
    words = " ".join(f"word{number}" for number in range(60))
    body = client.get("/search/", {"q": words}).content.decode()

    assert 'aria-invalid="true"' in body
    assert f'value="{words}"' in body
    (described_by,) = re.findall(r'aria-describedby="([^"]+)"', body)
    assert f'id="{described_by}"' in body
    assert client.get("/search.json", {"q": words}).status_code == 400


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("q=a&kind=zzz", "kind"),
        ("q=a&kind=page&page=0", "page"),
        ("q=a&page=2", "page"),
        ("q=a&nobody=1", "nobody"),
        ("q=a&q=b", "q"),
    ],
)
def test_what_is_not_understood_is_told(client, query, parameter):
    body = client.get(f"/search/?{query}").content.decode()
    refusal = client.get(f"/search.json?{query}")

    said = (f"<code>{parameter}</code>", f"“{parameter}” is not a filter", 'aria-invalid="true"')
    assert any(each in body for each in said)
    assert refusal.status_code == 400
    assert parameter in {problem["parameter"] for problem in refusal.json()["problems"]}


def test_page_leaves_an_unknown_parameter_out_as_lists_do(client):
    body = client.get("/search/?q=anthropic&nobody=1").content.decode()

    assert "of this link was not understood" in body and 'href="/partners/anthropic/"' in body


def test_search_without_words_says_what_can_be_asked(client):
    body = client.get("/search/").content.decode()

    assert "What you can search for" in body
    assert Organization.objects.partners().order_by("name_key").first() is not None
    assert answer("/search.json")["groups"] == []


def test_page_past_the_last_one_says_so_and_leads_back(client):
    for number in range(HITS_PER_PAGE + 2):
        make_mission_area(f"Zephyr {number:02}", slug=f"zephyr-{number:02}")
    second = client.get("/search/?q=zephyr&kind=mission-area&page=2").content.decode()
    third = client.get("/search/?q=zephyr&kind=mission-area&page=3").content.decode()

    assert second.count('href="/mission-areas/zephyr-') == 2
    assert "There is no page 3" in third and "page=2" in third
    refused = client.get("/search.json?q=zephyr&kind=mission-area&page=3")
    assert refused.status_code == 404
    assert refused.json()["pages"] == 2
    assert client.get(refused.json()["links"]["last"]).json()["links"]["next"] is None


NAMED = {
    "sector": Sector.objects.values_list("slug", "name_en", "name_nl"),
    "mission-area": MissionArea.objects.values_list("slug", "name_en", "name_nl"),
}


@pytest.mark.parametrize("kind", NAMED)
def test_every_name_of_a_sector_or_a_mission_area_leads_to_it(kind):
    searched = next(each for each in all_searched() if each.name == kind)
    for slug, *names in NAMED[kind].all():
        for name in filter(None, names):
            found = [hit.slug for hit in matching_entries(searched.entries(), name)]
            assert found[:1] == [slug], name


@pytest.mark.parametrize("query", ["US leadership", "U.S. leadership", "us leaders"])
def test_entries_are_found_in_every_reading_of_their_texts(query):
    (group,) = [group for group in results(query).groups if group.name == "mission-area"]

    assert group.hits[0].slug == "securing-us-leadership-in-data-centers"


# Whatever is asked


@pytest.mark.parametrize("value", NASTY, ids=range(len(NASTY)))
def test_search_answers_whatever_it_is_asked(value):
    for address in ("/search/", "/search.json"):
        check(address, f"q={encoded(value)}")
        check(address, f"q=open&kind={encoded(value)}&page={encoded(value)}")


@pytest.mark.parametrize("query", RAW)
def test_search_answers_whatever_stands_in_the_address(query):
    check("/search/", query)
    check("/search/", f"q={query}")


def test_mark_reaches_the_page_escaped():
    _response, body, _queries = get("/search/", f"q={encoded(MARK)}")

    assert "&lt;x-evil" in body


# Offers


@pytest.mark.parametrize(
    ("query", "filters", "rest"),
    [
        (
            "cloud start-ups Argonne",
            {"sector=cloud-infrastructure", "ownership=startup", "laboratory=argonne"},
            "",
        ),
        *(
            (spelling, {"ownership=startup"}, "")
            for spelling in ("start-ups", "startups", "Start-up", "START UPS")
        ),
        ("Texas", {"region=US-TX"}, ""),
        ("public companies in Texas", {"ownership=public-company", "region=US-TX"}, ""),
        ("Texas partners", {"region=US-TX"}, ""),
        ("ANL", {"laboratory=argonne"}, ""),
        ("Argonne National Laboratory", {"laboratory=argonne"}, ""),
        ("Berkeley Lab", {"laboratory=berkeley-lab"}, ""),
        ("kernfusie", {"mission_area=nuclear-fission-fusion"}, ""),
        *((word, {"agreement_type=mou"}, "") for word in ("MOU", "MOUs", "memorandum", "memoranda")),
        ("venture capital", {"ownership=startup"}, ""),
        ("Californië", {"region=US-CA"}, ""),
        ("US-TX", {"region=US-TX"}, ""),
        ("memorandum of understanding", {"agreement_type=mou"}, ""),
        ("Texas -dell", {"region=US-TX"}, "-dell"),
        ('Texas "cloud"', {"region=US-TX"}, '"cloud"'),
        ('"Texas"', set(), ""),
        ("-Texas", set(), ""),
        # Parts of names, and words that are near a name.
        *((near, set(), "") for near in ("national", "Tex", "Argon", "start", "new")),
    ],
)
def test_words_that_are_names_of_filter_values_are_offered_and_no_others(query, filters, rest):
    found = offers(PartnerListing, query, QueryDict(), "Partners")

    offered = {f"{each.facet}={each.value}" for offer in found[:1] for each in offer.filters}
    assert offered == filters
    assert [offer.rest for offer in found[:1]] == [rest] * bool(filters)


NAMES = st.sampled_from(
    [
        "cloud",
        "start-ups",
        "Texas",
        "Argonne",
        "quantum computing",
        "nonprofit",
        "active",
        "AWS",
        "fusion",
        "in",
        "-amd",
    ]
)


@some
@given(
    st.lists(NAMES, min_size=1, max_size=4),
    st.sampled_from([PartnerListing, AgreementListing, LaboratoryListing]),
)
def test_number_of_an_offer_is_that_of_the_rows_after_the_click(words, listing):
    for offer in offers(listing, " ".join(words), QueryDict(), ""):
        after = Selection(listing, QueryDict(offer.link[1:]))
        assert after.valid
        assert after.count == offer.count > 0


def test_every_value_of_a_facet_is_offered_by_its_own_name():
    """Whatever stands in the facets of the partners; a name that several go by is offered for each of them."""
    facets = Selection(PartnerListing, QueryDict()).facets
    for facet in facets:
        for line in facet.values:
            if line.value == "none" or facet.name == "announcement":
                continue
            found = offers(PartnerListing, line.label, QueryDict(), "")
            assert any(
                each.facet == facet.name and each.value == line.value
                for offer in found
                for each in offer.filters
            ), (facet.name, line.label)


def test_what_is_chosen_already_is_not_offered_again():
    given = QueryDict("q=Texas&region=US-TX")

    assert offers(PartnerListing, "Texas", given, "") == []


def test_listing_offers_its_own_filters(client):
    body = client.get("/partners/", {"q": "Texas"}).content.decode()

    assert 'href="?region=US-TX"' in body
    assert client.get("/sources/", {"q": "Texas"}).content.decode().count('class="offers"') == 0


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Start-ups", "startup"),
        ("Public companies", "public company"),
        ("AI  Models", "ai-model"),
        ("MOUs", "mou"),
    ],
)
def test_alike_are_names_that_differ_in_case_hyphen_space_and_plural(left, right):
    assert alike(left) == alike(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [("news", "new"), ("glass", "glas"), ("virus", "viru"), ("Texas", "Texan"), ("cloud", "clod")],
)
def test_others_are_not_alike(left, right):
    assert alike(left) != alike(right)


def test_hit_that_is_withheld_before_it_is_read_is_left_out():
    """Another process may do so between two queries of a page."""
    for name in ("Quillon one", "Quillon two"):
        make_partner(name)
    bring_up_to_date()
    searched = next(iter(all_searched()))
    best = everywhere.Best(searched.listing, "quillon")
    found = best.rows(0, HITS_PER_GROUP)
    Organization.objects.filter(slug="quillon-one").update(publication_state="withheld")

    shown = [hit.slug for hit in hits(searched, best, found)]

    assert [each.slug for each in found] == ["quillon-one", "quillon-two"]
    assert shown == ["quillon-two"]


# For programs


@some
@given(st.sampled_from(QUERIES))
def test_json_says_what_the_page_says(query):
    shown, said = known(query), answer(f"/search.json?q={encoded(query)}")

    assert said["count"] == shown.count
    assert [(group["kind"], group["count"]) for group in said["groups"]] == [
        (group.name, group.count) for group in shown.groups
    ]
    for group, other in zip(said["groups"], shown.groups, strict=True):
        assert [hit["slug"] for hit in group["hits"]] == [hit.slug for hit in other.hits]


# Its cost


def cost(query: str) -> int:
    bring_up_to_date()
    with CaptureQueriesContext(connection) as queries:
        assert Client().get("/search/", {"q": query}).status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    ("query", "queries"),
    # A name of a place; words of many kinds; words of which some are filters; what nobody wrote.
    [
        ("Texas", 38),
        ("fusion", 63),
        ("quantum computing", 71),
        ("cloud start-ups Argonne", 74),
        ("zzzzqq", 59),
    ],
)
def test_search_costs_so_many_queries(query, queries):
    """Where the index is up to date, and the page is not kept yet."""
    cost(query)

    assert cost(f"{query} ") == queries


def test_search_costs_as_many_queries_however_much_there_is():
    make_organization("Cost one", slug="cost-one")
    few = cost("cost")
    for number in range(30):
        make_organization(f"Cost more {number}", slug=f"cost-more-{number}")

    # Hits that are found by their name need no reason.
    assert cost("cost") <= few
    assert len(shown_here()) == 4


WORDS_EVERYWHERE = ["national", "laboratory", "energy", "of", "the", "and"]
PHRASES = [f'"{one} {other}"' for one in WORDS_EVERYWHERE for other in WORDS_EVERYWHERE]


def queries_to_find(query: str) -> list[str]:
    """The queries that find the rows of every list for one page."""
    bring_up_to_date()
    reader = TextReader()
    with CaptureQueriesContext(connection) as queries:
        for searched in all_searched():
            if searched.listing:
                everywhere.Best(searched.listing, query, reader)
    return [each["sql"] for each in queries]


@pytest.mark.parametrize("number", [5, 16, 36])
def test_four_phrases_are_read_however_many_there_are(number):
    """Words that stand everywhere, and hardly ever in this order: each phrase would be looked for in every text."""
    few, many = (queries_to_find(" ".join(PHRASES[:count])) for count in (4, number))

    assert sum("LIKE" in sql for sql in many) < 1.5 * sum("LIKE" in sql for sql in few)
    assert not [sql for sql in many if any(f" {phrase[1:-1]} " in sql for phrase in PHRASES[4:])]


@pytest.mark.parametrize("query", ['"national laboratory"', '"the national" "of energy"', '-"of the" energy'])
def test_text_is_read_once_whichever_lists_ask_for_it(query):
    queries = Counter(sql for sql in queries_to_find(query) if "LIKE" in sql)

    assert queries
    assert [sql for sql, times in queries.items() if times > 1] == []


@pytest.mark.parametrize("most", [0, 20])
@pytest.mark.parametrize("query", ['"energy national"', '"the energy" laboratory', '"national laboratory"'])
def test_phrase_counts_as_its_words_where_too_much_would_be_read(monkeypatch, query, most):
    exact, words = results(query), results(query.replace('"', ""))
    assert exact.unread_phrases == []
    monkeypatch.setattr(phrases, "MOST_RECORDS_READ", most)

    shown = results(query)

    found, all_words = (
        {each.name: each.count for each in page.groups if each.best} for page in (shown, words)
    )
    at_least = {each.name: each.count for each in exact.groups if each.best and not exact.is_closest}
    assert all(at_least.get(name, 0) <= count <= all_words.get(name, 0) for name, count in found.items())
    for group in shown.groups:
        if group.searched.noun:
            assert Selection(group.searched.listing, QueryDict(urlencode({"q": query}))).count == group.count
    assert (shown.unread_phrases == [query.split('"')[1]]) or most
    says = "Not read everywhere:"
    partners = Selection(PartnerListing, QueryDict(urlencode({"q": query}))).found.unread_phrases
    for path, unread in (("/search/", shown.unread_phrases), ("/partners/", partners)):
        page = Client().get(path, {"q": f"{query}{' ' * (most + 1)}"}).content.decode()
        assert (says in page) == bool(unread)


# What readers mean


def test_search_finds_what_readers_mean():
    """The labels were written before any search was tried; `python -m tests.recall` lists what fails."""
    old = recall.recalls(recall.judge(label, in_its_kind=True) for label in recall.old_part())
    new = recall.recalls(recall.judge(label) for label in recall.new_part())

    assert old[0] >= 0.97 and old[1] >= 0.98
    assert new[0] >= 0.95 and new[1] >= 0.98


@pytest.mark.parametrize("label", recall.negatives(), ids=lambda label: label.query)
def test_search_leads_not_where_it_must_not(label):
    assert recall.trespasses(label) == []


def test_labelled_set_is_as_large_as_it_is_said_to_be():
    """Two hundred queries, half of them new, and forty that must not lead somewhere."""
    new = {(label.query, label.language) for label in recall.new_part()}
    queries = new | {(label.query, label.language) for label in recall.old_part()}

    assert len(queries) >= 200 and len(new) >= len(queries) / 2
    assert len(recall.negatives()) >= 40


def test_no_query_is_labelled_twice():
    for labels in (recall.new_part(), recall.negatives()):
        assert len({(label.query, label.language) for label in labels}) == len(labels)


def test_labels_name_records_that_readers_can_see(client):
    """So that a label cannot be met by chance, nor asked for in vain."""
    targets = {target for label in [*recall.new_part(), *recall.old_part()] for target in label.targets}
    assert len(targets) > 150
    nouns = {noun.name.replace("_", "-"): noun for noun in NOUNS}
    listed = {
        name: {row[noun.key] for row in csv_rows(raw(get_shape(noun, "csv")))}
        for name, noun in nouns.items()
        if noun.has("files")
    }
    for target in targets:
        kind, _, slug = target.partition(":")
        if kind in listed:
            assert slug in listed[kind], target
        elif kind != "suggestion":
            address = reverse(slug) if kind == "page" else reverse(nouns[kind].detail_route, args=[slug])
            assert client.get(address).status_code == 200, target


def test_where_nothing_has_all_words_the_closest_are_shown_and_said_to_be_that(client):
    found = results("Anthropic wafer glockenspiel")
    body = client.get("/search/", {"q": "Anthropic wafer glockenspiel"}).content.decode()

    assert found.is_closest and len({group.words_met for group in found.groups}) == 1
    assert "glockenspiel" in body and 'role="status"' in body


def test_misspelt_name_is_offered_and_the_offer_finds_it(client):
    body = client.get("/search/", {"q": "Antropic"}).content.decode()
    (link,) = re.findall(r"<a href=.(\?q=[^<>]+).><bdi>Anthropic", body)

    assert "/partners/anthropic/" in client.get(f"/search/{unescape(link)}").content.decode()


@pytest.mark.parametrize(
    "query", ["Antropic", "semicondutors", "Microsft", "Lawerence Livermore", "Washinton"]
)
def test_the_same_words_are_offered_once_as_a_name_writes_them(query):
    offered = [text for text, _link in results(query).suggestions]

    assert offered and len({parse(text).text for text in offered}) == len(offered)
    assert answer(f"/search.json?q={encoded(query)}")["suggestions"] == offered


@pytest.mark.parametrize(
    ("query", "meant"),
    [("oakridge", "oak ridge"), ("losalamos", "los alamos"), ("hewlettpackard", "hewlett packard")],
)
def test_words_written_as_one_are_taken_apart_above_hits_in_addresses(query, meant):
    """“oakridge” stands in the address of a newspaper, and nowhere else."""
    assert results(query).suggestions[0][0] == meant


@pytest.mark.parametrize("query", ["Musk", "Nemotron", "bloomberg", "Fujitsu"])
def test_a_title_that_has_the_words_needs_no_suggestion(query):
    assert results(query).groups and results(query).suggestions == []


@pytest.mark.parametrize(
    "query", ["SLAC", "proliferation", "Department of Energy", "csv", "zzzz", "Anthropic", "a b"]
)
def test_list_without_a_match_says_what_the_others_have_just_as_the_search_does(client, query):
    body = client.get("/partners/", {"q": query}).content.decode()
    said = re.search(r'<p class="elsewhere".*?</p>', body, re.DOTALL)
    links = dict(re.findall(r'<a href="([^"]+)">(\d+) ', said[0])) if said else {}
    found = results(query)

    if found.is_closest or any(group.name == "partner" for group in found.groups):
        assert links == {}
    else:
        assert {unescape(link): int(number) for link, number in links.items()} == {
            group.link: group.count for group in found.groups
        }
