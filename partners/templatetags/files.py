"""Numbers as people read them, the files of a list, and what changed in a text."""

import re
from difflib import SequenceMatcher
from functools import cache

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from partners.changes.differences import ADDED, CHANGED, REMOVED
from partners.formats.recipes import duckdb_code, pandas_code
from partners.languages import grouped
from partners.models import DataVersion
from partners.nouns import json_path, listed
from partners.tables.columns import SEPARATOR, Column, Table
from partners.tables.definitions import TABLES

register = template.Library()

# Longer and shorter texts, and those with less in common, are shown whole.
MOST_COMPARED_WORDS, FEWEST_COMPARED_WORDS, LEAST_ALIKE = 250, 3, 0.5


register.filter("thousands", grouped)


@register.filter
def anchor(column: str) -> str:
    """Where the data dictionary explains a column, which is named with its table: "sources.title"."""
    return column.replace(".", "-")


@register.filter
def table_of(column: str) -> str:
    """The table of a column that is named with it."""
    return column.partition(".")[0]


@register.filter
def as_json(record) -> str:
    """The path of a record as JSON."""
    return json_path(record.get_absolute_url())


register.filter("moment", DataVersion.moment)


@register.simple_tag
def format_address(noun, file_format) -> str:
    """The address of a list in a format; "" where the list is not given in it."""
    return address_of(file_format.route(noun))


@register.simple_tag
def table_address(table: str, file_format) -> str:
    """The address of a table in a format, likewise."""
    return address_of(f"{table}_{file_format.name}")


@register.simple_tag
def csv_files(table: Table) -> list[str]:
    """The addresses of the CSV files with the columns of a table, those of lists or its own."""
    routes = [noun.csv_route for noun in listed() if noun.table is table] or [f"{table.name}_csv"]
    return [address for route in routes if (address := address_of(route))]


@register.simple_tag(takes_context=True)
def recipes(context, table: Table, files: list[str]) -> list[tuple[str, str]]:
    """Names of programs, each with code that reads a file of a table exactly; one of the package where it has none."""
    address = context["request"].build_absolute_uri(files[0]) if files else f"{table.name}.csv"
    return [("pandas", pandas_code(table, address)), ("DuckDB", duckdb_code(table, address))]


def address_of(route: str) -> str:
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""


# What became of a row, as people read it.
KINDS_OF_CHANGE = {ADDED: _("added"), REMOVED: _("removed"), CHANGED: _("changed")}


@register.filter
def kind_told(kind: str) -> str:
    """What became of a row, in the language of the page."""
    return KINDS_OF_CHANGE[kind]


@register.simple_tag
def changed_cell(table: str, cell) -> dict[str, str]:
    """A cell that changed as readers see it: the title of its column, and labels for codes. A column of an older version
    that there is no more keeps its name."""
    column = columns_of_tables().get((table, cell.column))
    if column is None:
        return {"column": cell.column, "before": cell.before, "after": cell.after}
    before, after = (labels_of_codes(column, text) for text in (cell.before, cell.after))
    return {"column": column.title, "before": before, "after": after}


@cache
def columns_of_tables() -> dict[tuple[str, str], Column]:
    """Every public column, by its table and its name."""
    return {(table.name, column.name): column for table in TABLES for column in table.public_columns}


def labels_of_codes(column: Column, text: str) -> str:
    """The text of a cell, with the label of each code of a vocabulary."""
    terms = column.vocabulary
    if not terms:
        return text
    return SEPARATOR.join(
        str(terms(each).label) if each in terms.values else each for each in text.split(SEPARATOR)
    )


@register.filter
def word_changes(old: str, new: str) -> list[tuple[str, str]]:
    """How one text became another, as pieces: ("same", …), ("old", …) and ("new", …), in the order of reading.

    The pieces that are not new make the old text, those that are not old the new one. Empty where the texts have too
    little in common to be shown as one, or too few words.
    """
    before, after = (re.findall(r"^\s+|\S+\s*", text) for text in (old, new))
    shortest, longest = sorted([len(before), len(after)])
    if shortest < FEWEST_COMPARED_WORDS or longest > MOST_COMPARED_WORDS:
        return []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.quick_ratio() < LEAST_ALIKE or matcher.ratio() < LEAST_ALIKE:
        return []
    pieces = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(("same", "".join(before[a:b])))
        else:
            pieces += [(name, text) for name, text in (("old", before[a:b]), ("new", after[c:d])) if text]
    return [(name, text if isinstance(text, str) else "".join(text)) for name, text in pieces]
