"""The Dutch catalogue: what files say of their columns, they say in both languages."""

import gettext
import re
from pathlib import Path

import pytest
from django.utils.translation import override

import partners
from partners.tables.definitions import TABLES

CATALOGUE = Path(partners.__file__).parent / "locale" / "nl" / "LC_MESSAGES"
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


def test_compiled_catalogue_is_the_written_one():
    """`msgfmt --no-hash -o django.mo django.po` in its folder makes it so."""
    written = (CATALOGUE / "django.po").read_text(encoding="utf-8")
    pairs = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', written, re.MULTILINE))
    with (CATALOGUE / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    assert len(pairs) > 150
    for english, dutch in pairs.items():
        assert compiled.gettext(english.replace('\\"', '"')) == dutch.replace('\\"', '"')
    assert len([key for key in compiled._catalog if key]) == len(pairs)
