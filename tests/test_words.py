"""What people read: every text can be translated, in American English, without the words of those who build it."""

import re

from tests.words import (
    ROOT,
    Text,
    literals_of_template,
    modules_with_texts,
    sentences_of_module,
    templates,
    visible_texts,
)

# The same in every language: names of formats, standards and files, and what is no word.
NAMES = {"API", "CSV", "Excel", "JSON", "NDJSON", "XLSX", "SHA-256", "UTC", "ROR", "Wikidata"}
NAMES |= {"SVG", "PNG", "BibTeX", "RIS"}
NAMES |= {".zip", ".zip.sha256", "partner-directory-", "partner-directory.zip.sha256"}
# Parts of addresses that stand as examples.
NAMES |= {"?q=energy", "?sort=-name&columns=", "?sort=-name&amp;columns=", ",name"}
BRITISH = re.compile(
    r"\b(programmes?|licences?|colou?rs?(?<!color)(?<!colors)|favou?r\w*(?<!favor)|behaviour\w*|honour\w*|centres?|catalogues?"
    r"|(?:organ|recogn|summar|normal|capital|critic|author|emphas|minim|categor)is(?:e|es|ed|ing|ation)s?"
    r"|analys(?:e|ed|ing)|cancell(?:ed|ing)|labell(?:ed|ing)|unlabelled|travell\w+|fulfil|judgements?|whilst|grey)\b",
    re.IGNORECASE,
)
# The words of those who build it.
INTERNAL = re.compile(
    r"\b(rows?|facets?|slugs?|querysets?|parameters?|shapes?|hosts?|this address|addresses?)\b", re.IGNORECASE
)
# Pages for those who write programs, or read files: there a row is a row.
FOR_PROGRAMS = re.compile(
    r"templates/(admin|mfa|account)/|templates/partners/(_?data|api|dictionary|recipes|_table|_column\b|_changes|differences|_version|versions?)"
)


def test_every_text_of_a_template_can_be_translated():
    """Of 580 texts nobody had thought before this test was written."""
    found = [
        str(text)
        for path in templates()
        if path.suffix == ".html"
        for text in literals_of_template(path)
        if re.search(r"[^\W\d_]{2}", text.words) and text.words not in NAMES
    ]

    assert found == []


def test_every_sentence_of_a_module_can_be_translated():
    rooms = {
        "views",
        "templatetags",
        "pictures",
        "selection",
        "nouns",
        "findings",
        "head",
        "admin",
        "changes",
    }
    found = [
        str(text)
        for path in modules_with_texts()
        if path.relative_to(ROOT / "partners").parts[0].removesuffix(".py")
        in rooms
        | {"provenance", "searched", "site_pages", "context", "vocabularies", "curation_vocabularies"}
        for text in sentences_of_module(path)
        # Checks of the settings speak to the operator, in the language of the commands.
        if not text.path.endswith("/checks.py")
    ]

    assert found == []


def wrong(pattern: re.Pattern, texts: list[Text]) -> list[str]:
    return [f"{found[0]} in {text}" for text in texts if (found := pattern.search(text.said))]


def test_texts_are_in_american_english():
    assert wrong(BRITISH, visible_texts()) == []


def test_pages_for_readers_have_no_words_of_the_workshop():
    pages = [
        text
        for text in visible_texts()
        if text.path.startswith("templates/") and not FOR_PROGRAMS.match(text.path)
    ]

    assert len(pages) > 300
    assert wrong(INTERNAL, pages) == []


def test_texts_that_are_listed_are_those_that_are_marked():
    """A reader goes through what `python -m tests.words` lists: nothing that is marked is missing from it."""
    listed = {text.words for text in visible_texts()}

    assert {
        "Who is in %(programme)s, and what did they agree?",  # a block of a template, as it is put in
        "laboratories",  # a plural
        "Exclude instead",  # within a tag
        "Changes between two days",  # an argument of a tag
        "Memorandum of understanding",  # a term of a vocabulary
        "from %(low)s to %(high)s",  # a message of a module
    } <= listed
