"""The Dutch catalog: what files say of their columns, they say in both languages."""

import re

import pytest
from django.utils.translation import override

from partners.tables.definitions import TABLES
from tests.messages import as_binary, catalog_file, read_catalog, said

CATALOG = catalog_file("nl")
# The same word in both languages.
ALIKE = {"Sector", "Type", "Website", "Wikidata", "ROR", "ISO 639-1.", "Partners", "Start-up", "Partner"}
ALIKE |= {"ISO 4217.", "Contract", "Consortium", "Label", "Type (label)", "Partners (labels)"}


def words_of(table) -> list:
    """Everything a description of a table says."""
    columns = table.public_columns
    terms = [term.label for column in columns for term in column.vocabulary or ()]
    return [
        table.title,
        table.description,
        *(text for c in columns for text in (c.title, c.description)),
        *terms,
    ]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_and_term_is_said_in_dutch(table):
    for words in words_of(table):
        with override("en"):
            english = str(words)
        with override("nl"):
            dutch = str(words)
        assert dutch and (dutch != english or english in ALIKE), english


def test_every_message_has_a_translation():
    """`make messages` shows which are new."""
    dutch = read_catalog("nl")
    found = [dutch.get(message.id, context=message.context) for message in said() if message.id]

    assert all(each and all([each.string] if isinstance(each.string, str) else each.string) for each in found)


def test_compiled_catalog_is_the_written_one():
    """`make messages` makes it so."""
    assert CATALOG.with_suffix(".mo").read_bytes() == as_binary(read_catalog("nl"))


# A sum is "$600 million" in English, and its currency is a word in other languages.
OTHERWISE = {"%(symbol)s%(figure)s"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}")


def test_translations_take_what_messages_take():
    """A translation that leaves out a number or invents one breaks its page."""
    for message in read_catalog("nl"):
        if message.id in OTHERWISE:
            continue
        originals = message.id if message.pluralizable else [message.id]
        translations = message.string if message.pluralizable else [message.string]
        known = {each for text in originals for each in PLACEHOLDER.findall(text)}
        for text in filter(None, translations if message.id else ()):
            assert set(PLACEHOLDER.findall(text)) <= known, text
            if not message.pluralizable:
                assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(message.id)), text
