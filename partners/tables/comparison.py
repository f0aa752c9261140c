"""Organizations side by side: their public columns as lines, and what is the same in them.

The lines are columns of the table of organizations, so that a comparison shows what the files hold.
"""

from collections import Counter
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from partners.folding import fold
from partners.languages import all_languages_of, for_reader, text_of
from partners.tables.columns import type_of_cell
from partners.tables.organizations import ORGANIZATIONS

# How widely an item of a line is shared; items that all have come first.
IN_ALL, IN_SOME, IN_ONE = "all", "some", "one"
WIDEST_FIRST = (IN_ALL, IN_SOME, IN_ONE)
# An agency can have more agreements than a page holds.
FIRST_ITEMS, MOST_ITEMS = 8, 100


@dataclass(frozen=True)
class Item:
    """One value: its key, and what people read.

    `route` is the route of the record whose slug the key is; `site` is an address elsewhere, with `{}` for the key.
    `shared` tells how widely, in lines of several values.
    """

    key: str
    text: str
    route: str = ""
    site: str = ""
    shared: str = ""

    @property
    def address(self) -> str:
        return reverse(self.route, args=[self.key]) if self.route else self.site.format(self.key)


@dataclass(frozen=True)
class ComparedCell:
    """What one organization has in one line: a page shows the first values, folds away some, and counts the rest."""

    items: list[Item]

    def __bool__(self):
        return bool(self.items)

    @property
    def first(self) -> list[Item]:
        return self.items[:FIRST_ITEMS]

    @property
    def folded(self) -> list[Item]:
        return self.items[FIRST_ITEMS:MOST_ITEMS]

    @property
    def folded_count(self) -> int:
        return len(self.items) - len(self.first)

    @property
    def left_count(self) -> int:
        return max(len(self.items) - MOST_ITEMS, 0)


@dataclass(frozen=True)
class ComparisonLine:
    """What one line of a comparison is made of.

    `column`     the column that is compared; its title names the line
    `labels`     the column people read instead, if there is one
    `otherwise`  the column that speaks where those two are empty
    `route`      the route of the records the values are slugs of
    `site`       an address elsewhere, with `{}` for the value
    """

    column: str
    labels: str = ""
    otherwise: str = ""
    route: str = ""
    site: str = ""

    @property
    def title(self) -> str:
        title = str(ORGANIZATIONS.column(self.column).title)
        # A text is compared in the language of the page; only its original stands in the declaration.
        return title.partition(" (")[0] if text_of(self.column) else title

    @property
    def many(self) -> bool:
        """Whether a cell holds several values."""
        return ORGANIZATIONS.column(self.column).many

    @property
    def columns(self) -> list[str]:
        """Every column the line shows."""
        return [name for name in (*all_languages_of(self.column), self.labels, self.otherwise) if name]

    def items(self, record: dict[str, type_of_cell]) -> list[Item]:
        """The values of one record; none where nothing is recorded."""
        value = for_reader(self.column, record.__getitem__)
        keys, texts = as_list(value), as_list(record[self.labels] if self.labels else value)
        if not keys and self.otherwise:
            return [Item(text, text) for text in as_list(record[self.otherwise])]
        return [Item(key, text, self.route, self.site) for key, text in zip(keys, texts, strict=True)]


def as_list(cell: type_of_cell) -> list[str]:
    """What stands in a cell, as texts."""
    if cell is None:
        return []
    if isinstance(cell, list):
        return cell
    # A text stays what it is: it may be marked with its language.
    return [cell if isinstance(cell, str) else str(cell)]


# A page names a source by its title, which stands in the table of sources; a record brings the titles under this name.
SOURCE_TITLES = "source_titles"
GROUPS: tuple[tuple[Promise, tuple[ComparisonLine, ...]], ...] = (
    (
        _("Who it is"),
        (
            ComparisonLine("legal_name"),
            ComparisonLine("other_names"),
            ComparisonLine("type", "type_label"),
            ComparisonLine("ownership", "ownership_label"),
            ComparisonLine("parent", "parent_label", otherwise="parent_name", route="partner_detail"),
            ComparisonLine("established"),
            ComparisonLine("ticker"),
            ComparisonLine("website", site="{}"),
            ComparisonLine("wikidata_id", site="https://www.wikidata.org/wiki/{}"),
            ComparisonLine("ror_id", site="{}"),
        ),
    ),
    (
        _("Where it is"),
        (
            ComparisonLine("city"),
            ComparisonLine("region_code", "region_label"),
            ComparisonLine("country_code", "country_label"),
        ),
    ),
    (
        _("What it does"),
        (ComparisonLine("sectors", "sector_labels", route="sector_detail"), ComparisonLine("summary_en")),
    ),
    (
        _("What it agreed"),
        (
            ComparisonLine("agreements", "agreement_labels", route="agreement_detail"),
            ComparisonLine("laboratories", "laboratory_labels", route="laboratory_detail"),
            ComparisonLine("mission_areas", "mission_area_labels", route="mission_area_detail"),
        ),
    ),
    (_("Who says so"), (ComparisonLine("sources", SOURCE_TITLES, route="source_detail"),)),
)


@dataclass(frozen=True)
class ComparedLine:
    """A line with a cell for each organization."""

    line: ComparisonLine
    cells: list[ComparedCell]

    @property
    def recorded(self) -> bool:
        """Whether at least one organization has a value."""
        return any(self.cells)

    @property
    def differs(self) -> bool:
        """Whether the organizations do not all have the same; nothing recorded is not the same as something."""
        return len({frozenset(item.key for item in cell.items) for cell in self.cells}) > 1


def compare(line: ComparisonLine, records: list[dict[str, type_of_cell]]) -> ComparedLine:
    """One line over all records."""
    cells = [line.items(record) for record in records]
    return ComparedLine(line, [ComparedCell(items) for items in (mark_shared(cells) if line.many else cells)])


def mark_shared(cells: list[list[Item]]) -> list[list[Item]]:
    """The items of each cell with how widely they are shared: the widest first, then by name."""
    counts = Counter(item.key for cell in cells for item in cell)

    def share(key: str) -> str:
        if counts[key] == len(cells):
            return IN_ALL
        return IN_ONE if counts[key] == 1 else IN_SOME

    def place(item: Item):
        return WIDEST_FIRST.index(item.shared), fold(item.text), item.key

    return [
        sorted(
            (replace(item, shared=share(item.key)) for item in cell),
            key=place,
        )
        for cell in cells
    ]


@dataclass(frozen=True)
class Comparison:
    """Organizations side by side.

    `groups` are the lines to show under their headings; `empty` names those that are recorded for nobody, which are
    not shown.
    """

    groups: list[tuple[str, list[ComparedLine]]]
    empty: list[str]
    recorded_count: int
    differing_count: int


def compare_organizations(
    records: list[dict[str, type_of_cell]], only_differences: bool = False
) -> Comparison:
    """The public cells of organizations, as `read_records` gives them, line by line in the order of the records.

    Each record also has the titles of its sources, as `SOURCE_TITLES`.
    """
    groups = [(str(title), [compare(line, records) for line in lines]) for title, lines in GROUPS]
    lines = [line for _title, group in groups for line in group]
    shown = [
        (title, [line for line in group if line.recorded and (line.differs or not only_differences)])
        for title, group in groups
    ]
    return Comparison(
        groups=[(title, group) for title, group in shown if group],
        empty=[line.line.title for line in lines if not line.recorded],
        recorded_count=sum(line.recorded for line in lines),
        differing_count=sum(line.differs for line in lines),
    )
