"""Two facets of a listing against each other, as a page and as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from partners.formats.csv import neutralize_formula, write_csv
from partners.formats.files import csv_response, explain_problems
from partners.nouns import Noun, listed
from partners.selection.crossing import OWN_PARAMETERS, Crossing, CrossTable
from partners.selection.facets import FacetValue
from partners.selection.sentence import lowered
from partners.tables.columns import Column, type_of_cell
from partners.views.past import AS_OF, NOT_OF_PAST, in_the_past

SHOWN_ROWS, SHOWN_COLUMNS = 30, 20
# How many tints there are; the number of the darkest one stands in the stylesheet too.
TINTS = 5


@dataclass(frozen=True)
class Cell:
    """A number, the address of the rows it counts, and its tint: from 1 to `TINTS`, 0 for none."""

    count: int
    address: str = ""
    tint: int = 0


@dataclass(frozen=True)
class Line:
    """A line of the page: what its head says, the cells, and the number of all records it stands for."""

    head: FacetValue
    cells: list[Cell]
    all: Cell


def crossed_nouns() -> dict[str, Noun]:
    """The listings that have two facets to cross, by their names in addresses."""
    return {
        reverse(noun.page_route).rstrip("/").rpartition("/")[2]: noun
        for noun in listed()
        if len(noun.listing.facets()) > 1
    }


def crossing_of(request, nouns: dict[str, Noun], file: bool = False) -> Crossing:
    as_of = request.as_of
    beside = [*as_of.problems, *as_of.problems_with(request.GET, NOT_OF_PAST)]
    listings = {name: noun.listing for name, noun in nouns.items()}
    return Crossing(listings, request.GET, file, as_of.others, beside, as_of.words)


@require_safe
@in_the_past
def crossing_page(request):
    """How many records have each two values of two facets, with the listings of those records behind the numbers."""
    nouns = crossed_nouns()
    crossing = crossing_of(request, nouns)
    noun = nouns[crossing.of]
    context = {
        "crossing": crossing,
        "noun": noun,
        "choices": choices(crossing, nouns),
        "fields": {name: f"cross-{name}" for name in OWN_PARAMETERS},
        # What was not understood is told, and not sent again unseen.
        "kept": [
            (name, value)
            for name, values in crossing.selection.understood.parameters.lists()
            for value in values
            if value
        ],
        "heading": gettext("Count by two properties"),
        "as_of": request.as_of,
        "way_out": "" if crossing.valid else crossing.understood_link,
    }
    if crossing.valid:
        table = crossing.table.at_most(SHOWN_ROWS, SHOWN_COLUMNS)
        context |= {
            "heading": heading(crossing, noun.counted(table.count)),
            "table": table,
            "lines": list(lines(crossing, table, reverse(noun.page_route))),
            "foot": foot(crossing, table, reverse(noun.page_route)),
            "too_large": any(crossing.too_many()),
            "more_rows": table.rows.total - len(table.rows.values),
            "more_columns": table.columns.total - len(table.columns.values),
            "row_title": crossing.facets[crossing.rows].label,
            "column_title": crossing.facets[crossing.columns].label,
        }
    return render(request, "partners/cross.html", context)


@require_safe
@in_the_past
def crossing_csv(request):
    """The whole table as a file: a row for each value of one facet, a column for each of the other; 400 if unclear."""
    nouns = crossed_nouns()
    crossing = crossing_of(request, nouns, file=True)
    if crossing.problems:
        return explain_problems(crossing.problems)
    pieces = write_csv(file_columns(crossing), file_rows(crossing.table))
    return csv_response(pieces, crossing_file_name(crossing), stream=False)


# The page


def heading(crossing: Crossing, counted: str) -> str:
    """Such as "24 partners by sector and ownership"."""
    titles = (lowered(str(crossing.facets[name].label)) for name in crossing.axes)
    return gettext("%(counted)s by %(rows)s and %(columns)s") % dict(
        zip(("rows", "columns"), titles, strict=True), counted=counted
    )


def choices(crossing: Crossing, nouns: dict[str, Noun]) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    """The three fields of the form: name, label, and the values with their labels and whether they are chosen."""
    facets = {name: str(facet.label) for name, facet in crossing.facets.items()}
    fields = (
        ("of", gettext("List"), {name: str(noun.title) for name, noun in nouns.items()}, crossing.of),
        ("rows", gettext("Rows"), facets, crossing.rows),
        ("columns", gettext("Columns"), facets, crossing.columns),
    )
    return [
        (name, label, [(value, text, value == chosen) for value, text in values.items()])
        for name, label, values, chosen in fields
    ]


def lines(crossing: Crossing, table: CrossTable, address: str) -> Iterator[Line]:
    """The lines of a table; a number leads to the rows of the listing at `address` that it counts."""
    pairs = [(row.value, column.value) for row in table.rows.values for column in table.columns.values]
    most = max((table.cell(*pair) for pair in pairs), default=0)
    link = crossing.selection.link
    for row in table.rows.values:
        cells = []
        for column in table.columns.values:
            count = table.cell(row.value, column.value)
            both = {crossing.rows: row.value, crossing.columns: column.value}
            cells.append(
                Cell(count, address + link(**both), ceil(TINTS * count / most)) if count else Cell(0)
            )
        yield Line(row, cells, Cell(row.count, address + link(**{crossing.rows: row.value})))


def foot(crossing: Crossing, table: CrossTable, address: str) -> list[Cell]:
    """The last line: the number of records under each column, and of all."""
    link = crossing.selection.link
    return [
        *(
            Cell(column.count, address + link(**{crossing.columns: column.value}))
            for column in table.columns.values
        ),
        Cell(table.count, address + link()),
    ]


# The file


def file_columns(crossing: Crossing) -> list[Column]:
    """The code and the label of each row, then a column for each value, named by its code."""
    rows = crossing.facets[crossing.rows].label
    heads = [(crossing.rows, str(rows)), (f"{crossing.rows}_label", str(rows))]
    heads += [(neutralize_formula(line.value), line.label) for line in crossing.table.columns.values]
    return [Column(name=name, title=title, description="") for name, title in heads]


def file_rows(table: CrossTable) -> Iterator[list[type_of_cell]]:
    for row in table.rows.values:
        yield [
            row.value,
            row.label,
            *(table.cell(row.value, column.value) for column in table.columns.values),
        ]


def crossing_file_name(crossing: Crossing) -> str:
    """A name that says what the file holds, such as "partners-by-sector-and-ownership"."""
    chosen = (f"not-{chip.value}" if chip.excluded else chip.value for chip in crossing.chips)
    then = ("as of revision", crossing.others[AS_OF][0]) if crossing.as_of else ()
    words = [crossing.of, "by", crossing.rows, "and", crossing.columns, *chosen, *then]
    return "-".join(filter(None, map(slugify, words)))[:100].rstrip("-")
