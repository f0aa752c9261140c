"""Which columns of a table a reader can choose: each once, by the name that people read, in groups of one matter."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from partners.languages import ORIGINAL, language_of
from partners.nouns import Noun
from partners.tables.columns import Column

ABOUT_NAMES, ABOUT_KINDS, ABOUT_PLACE, ABOUT_DATES = (
    _("Name and description"),
    _("Kind"),
    _("Place"),
    _("Dates"),
)
ABOUT_LINKS, ABOUT_CONNECTIONS, ABOUT_EVIDENCE = _("Links and numbers"), _("Connected with"), _("Who says so")
GROUP_TITLES = (
    ABOUT_NAMES,
    ABOUT_KINDS,
    ABOUT_PLACE,
    ABOUT_DATES,
    ABOUT_CONNECTIONS,
    ABOUT_EVIDENCE,
    ABOUT_LINKS,
)
# Columns whose matter follows from nothing else that is said of them.
OF_PLACE = {"city", "region_code", "country_code"}
OF_DATES = {"established"}
OF_LINKS = {"wikidata_id", "ticker", "language"}
# A key and a version tell rows apart, and say nothing to a reader.
FOR_PROGRAMS = {"row_version"}


@dataclass(frozen=True)
class ChosenColumn:
    """A column as it is offered, and whether the table shows it."""

    name: str
    title: str
    is_shown: bool


def column_groups(noun: Noun, shown: Iterable[Column]) -> list[tuple[Promise, list[ChosenColumn]]]:
    """The columns to choose from, by what they are about. What an address asked for beside them is among them."""
    shown = {column.name for column in shown}
    groups: dict[Promise, list[ChosenColumn]] = {title: [] for title in GROUP_TITLES}
    for family in families(noun):
        offered = spokesman(family)
        # Codes that an address asked for stay chosen when another column is ticked.
        others = [column for column in family if column.name in shown and column is not offered]
        groups[matter_of(family)] += [
            ChosenColumn(offered.name, name_of(offered), offered.name in shown),
            *(ChosenColumn(column.name, str(column.title), True) for column in others),
        ]
    for column in noun.table.public_columns:
        if column.name in shown and is_for_programs(noun, column):
            groups[ABOUT_NAMES].append(ChosenColumn(column.name, str(column.title), True))
    return [(title, columns) for title, columns in groups.items() if columns]


def is_for_programs(noun: Noun, column: Column) -> bool:
    return column.name == noun.key or column.name in FOR_PROGRAMS


def name_of(column: Column) -> str:
    """What a column and its labels, or its languages, have in common: "Type" of "Type (label)"."""
    return str(column.title).partition(" (")[0]


def families(noun: Noun) -> Iterator[list[Column]]:
    """The columns that say the same: codes and labels, a text in its languages, the parts of a sum."""
    found: dict[str, list[Column]] = {}
    for column in noun.table.public_columns:
        if not is_for_programs(noun, column):
            found.setdefault(name_of(column), []).append(column)
    yield from found.values()


def spokesman(family: list[Column]) -> Column:
    """The one that people read: the label, or else the language of the page, the original, the first."""

    def rank(column: Column) -> int:
        if column.name.endswith(("_label", "_labels")):
            return 0
        return {get_language(): 1, ORIGINAL: 2}.get(language_of(column.name), 3)

    return min(family, key=rank)


def matter_of(family: list[Column]) -> Promise:
    """What a family of columns is about."""
    names = {column.name for column in family}
    if names & OF_PLACE:
        return ABOUT_PLACE
    if names & OF_DATES or any(column.datatype == "date" for column in family):
        return ABOUT_DATES
    if names & {"sources", "disputed"}:
        return ABOUT_EVIDENCE
    if any(column.references for column in family) or "parent_name" in names:
        return ABOUT_CONNECTIONS
    if any(column.vocabulary for column in family):
        return ABOUT_KINDS
    if names & OF_LINKS or any(column.datatype == "anyURI" for column in family):
        return ABOUT_LINKS
    return ABOUT_NAMES
