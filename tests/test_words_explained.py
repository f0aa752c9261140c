"""Words with a meaning of their own are explained where they stand."""

import re

import pytest

from partners.nouns import listed
from partners.selection.terms import VocabularyTerms
from partners.tables.glossary import glossary
from tests.html import tree
from tests.worlds import one_of_everything

pytestmark = pytest.mark.django_db


def test_every_term_of_readers_is_explained(client):
    page = tree(client.get("/about/words/"))

    for words in glossary().values():
        for term in words.vocabulary:
            (shown,) = page.find(id=f"{words.anchor}-{term.value}")
            assert shown.text == f"{term.label} {term.definition}"


def test_facets_and_facts_lead_to_what_their_words_mean(client):
    one_of_everything()
    anchors = {
        each.attributes["id"] for each in tree(client.get("/about/words/")).each() if "id" in each.attributes
    }
    for noun in listed():
        address = f"/{noun.address}"
        with_terms = [
            each for each in noun.listing.facets().values() if isinstance(each.terms, VocabularyTerms)
        ]
        links = tree(client.get(address)).find(kind="meaning")
        assert len(links) <= len(with_terms) and bool(links) == bool(with_terms), address
        for link in links:
            assert link.find("a")[0].attributes["href"].partition("#")[2] in anchors
    for address in ("/agreements/great-agreement/", "/partners/alpha/"):
        assert re.search(r'href="/about/words/#[\w-]+"', client.get(address).content.decode()), address
