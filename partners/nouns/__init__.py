"""The kinds of records, and what follows from their declarations (`declared.py`)."""

from collections.abc import Mapping

from django.urls import reverse

from partners.nouns.declared import (
    AGENCY,
    AGREEMENT,
    EVENT,
    LABORATORY,
    MISSION_AREA,
    NOUNS,
    PARTNER,
    PROGRAMME,
    SECTOR,
    SOURCE,
)
from partners.nouns.noun import PARTS, Noun, PageDependency
from partners.tables.columns import Table

__all__ = [
    "AGENCY",
    "AGREEMENT",
    "EVENT",
    "LABORATORY",
    "MISSION_AREA",
    "NOUNS",
    "Noun",
    "PARTNER",
    "PARTS",
    "PROGRAMME",
    "SECTOR",
    "SOURCE",
    "PageDependency",
    "history_path",
    "json_path",
    "listed",
    "noun_of",
    "nouns_with",
    "record_path",
    "records",
    "target_path",
]


def nouns_with(part: str) -> list[Noun]:
    """The kinds that have a part; see `Noun.without`."""
    return [noun for noun in NOUNS if noun.has(part)]


def listed() -> list[Noun]:
    """The kinds whose listing has a page and files."""
    return nouns_with("files")


def records() -> dict[str, Noun]:
    """The kinds whose records have an address of their own as JSON, each table once, by what a record is called."""
    found: dict[str, Noun] = {}
    for noun in nouns_with("record"):
        found.setdefault(noun.record_name, noun)
    return found


def noun_of(table: Table) -> Noun:
    """The kind that the rows of a table are; for organizations the first one, whose address leads on to theirs."""
    return next(noun for noun in NOUNS if noun.table is table)


def record_path(table: Table, row: Mapping) -> str:
    """The path of the page of a record, from its row."""
    return noun_of(table).path(row)


def target_path(target: str, slug: str) -> str:
    """The path of the page of a cited record; organizations of other types lead on from there."""
    noun = next(noun for noun in NOUNS if noun.record_name == target)
    return reverse(noun.detail_route, args=[slug]) if noun.has("page") else noun.path({noun.key: slug})


def json_path(page: str) -> str:
    """The path of a record as JSON: that of its page, with an ending."""
    return page.rstrip("/") + ".json"


def history_path(page: str, ending: str = "/") -> str:
    """The path of the public changes of a record, from that of its page; ".json" and ".atom" are its other endings."""
    return f"{page}changes{ending}"
