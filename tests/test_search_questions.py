"""What people ask in whole sentences, over the shipped directory: `search_questions.csv`, written before the search could.

`first` is the hit that comes first, `among` are hits that must be shown, `filters` is an address that must be offered, and
`not_alone` must not be the only hit. A page may say where on it: `page:words#anchor`.
"""

import csv
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.http import QueryDict
from django.test import RequestFactory
from django.utils.translation import override

from partners.selection.index import bring_up_to_date
from partners.selection.listings import AgreementListing, LaboratoryListing, PartnerListing
from partners.selection.offers import offers
from partners.selection.search.queries import parse
from partners.selection.search.small_words import SMALL_WORDS
from partners.selection.selection import Selection
from partners.views.search import Results
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.packages import SHIPPED

with (Path(__file__).parent / "search_questions.csv").open(encoding="utf-8", newline="") as file:
    QUESTIONS = list(csv.DictReader(file))


@pytest.fixture(scope="module", autouse=True)
def shipped(db):
    call_command("load_dataset", SHIPPED, verbosity=0)


def results(query: str) -> Results:
    return Results(RequestFactory().get("/search/", {"q": query}))


@pytest.mark.parametrize("row", QUESTIONS, ids=lambda row: f"{row['language']}: {row['query']}")
def test_questions_are_answered(row):
    with override(row["language"]):
        found = results(row["query"])
        hits = [f"{group.name}:{hit.slug}" for group in found.groups for hit in group.hits]
        places = [hit.address.partition("#")[2] for group in found.groups for hit in group.hits]
        links = [offer.link for offer, _counted in found.offers] + [
            link for _count, link in found.whole_lists
        ]
    shown = {*hits, *(f"{hit}#{place}" for hit, place in zip(hits, places, strict=True))}

    assert row["first"] in ("", *hits[:1])
    assert set(row["among"].split()) <= shown
    assert row["filters"] in ("", *(link.removeprefix("/nl") for link in links)), links
    assert hits != [row["not_alone"]]


@pytest.mark.parametrize(
    ("query", "counted"),
    [
        ("Who works with Oak Ridge?", "6 partners"),
        ("Wie werkt met Oak Ridge?", "6 partners"),
        ("Which partners work with Livermore?", "7 partners"),
        ("Who works with Argonne?", "8 partners"),
        ("Which of the partners have binding contracts rather than MOUs?", "4 agreements"),
        ("What did Anthropic agree?", "5 agreements"),
    ],
)
def test_filter_for_a_question_has_the_rows_that_answer_it(query, counted):
    assert results(query).offers[0][1] == counted


def test_lists_of_one_kind_find_what_a_question_is_about(client):
    """Words that only ask are none to look for there either."""
    for listing, query, other in (
        (PartnerListing, "Who works with Oak Ridge?", "Oak Ridge"),
        (PartnerListing, "Wie werkt met Argonne?", "Argonne"),
        (AgreementListing, "Which partners work with Livermore?", "Livermore"),
        (LaboratoryListing, "Which laboratories work with Anthropic?", "Anthropic"),
    ):
        asked, named = (Selection(listing, QueryDict(urlencode({"q": text}))) for text in (query, other))
        assert asked.count == named.count > 0, query


@pytest.mark.parametrize("listing", [PartnerListing, AgreementListing])
def test_names_are_offered_only_where_they_are_values(listing):
    """OpenAI is a party of agreements, and no laboratory; an agency is no partner."""
    bring_up_to_date()
    for query in ("OpenAI Los Alamos", "OpenAI", "Argonne", "Department of Energy", "NNSA"):
        for offer in offers(listing, query, QueryDict(), ""):
            boxes = {
                box.name: {line.value for line in box.values}
                for box in Selection(listing, QueryDict()).facets
            }
            assert all(named.value in boxes[named.facet] for named in offer.filters), query


def test_words_that_ask_count_where_there_are_no_others():
    for word in SMALL_WORDS:
        assert [term.words for term in parse(word).wanted] == [word]
        assert [term.words for term in parse(f"{word} quillon").wanted] == ["quillon"]
        assert [term.words for term in parse(f'"{word}" quillon').wanted] == [word, "quillon"]


def test_what_a_question_sets_apart_is_not_looked_for():
    assert [term.words for term in parse("contracts rather than MOUs").wanted] == ["contracts"]
    assert [term.words for term in parse("contracten in plaats van MOU's").wanted] == ["contracten"]
    assert [term.words for term in parse("rather than").wanted] == ["rather"]


@pytest.mark.parametrize("prefix", ["", "/nl"])
def test_page_says_what_it_shows_instead(client, prefix):
    page = unescape(client.get(f"{prefix}/search/", {"q": "Anthropic zzz criticism"}).content.decode())

    assert "<bdi>anthropic</bdi>" in page
    assert client.get("/search.json", {"q": "Anthropic zzz criticism"}).json()["all_words"] is False


def test_every_word_with_a_meaning_leads_to_it():
    for language in ("en", "nl"):
        with override(language):
            for name in ("CRADA", "MOU", "Work for Others", "Alias", "Ceiling"):
                (page,) = [group for group in results(name).groups if group.name == "page"]
                assert any("/about/words/#" in hit.address for hit in page.hits), (language, name)


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("Oakrige", ["oak ridge"]),
        ("oak rdge", ["oak ridge"]),
        ("Argone laboratry", ["argonne laboratory"]),
        ("What changed in the last month?", []),
        ("What is new in the last year?", []),
        ("Which of the partners have binding contracts rather than MOUs?", []),
        ("What did Anthropic agree? What do critics say?", []),
        ("Wat is er de laatste maand veranderd?", []),
    ],
)
def test_only_what_is_better_is_offered_as_meant(query, meant):
    assert [text for text, _link in results(query).suggestions] == meant


def test_what_says_more_than_a_common_value_is_not_given_up_for_it():
    assert results("Which AI companies work on fusion?").instead == ""
    assert results("Who is behind Project Prometheus?").instead == "project prometheus"
