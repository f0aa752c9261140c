"""Crossing: two facets of one listing against each other, with the number of records that have both values.

The numbers come from the index of the listings (`index.py`), as those beside the values of a facet do, and are
restricted to the records that match all other parameters. Every number is the number of rows of an address.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlencode

from django.db import connections
from django.http import QueryDict
from django.utils.translation import gettext

from partners.engines.statements import placeholders
from partners.selection.counting import ALL, entries_under_terms, terms, with_most_rows
from partners.selection.facets import Choice, Facet, FacetValue
from partners.selection.listings import Listing
from partners.selection.parameters import (
    Problem,
    all_values_understood,
    not_among,
    repeated,
    unknown_parameters,
)
from partners.selection.selection import Chip, Selection

OF, ROWS, COLUMNS = OWN_PARAMETERS = ("of", "rows", "columns")
# More values than a file can hold; a page shows fewer.
MOST_CROSSED_ROWS, MOST_CROSSED_COLUMNS = 1000, 200


@dataclass(frozen=True)
class Axis:
    """The values of one facet among the selected records, those with most rows first, and how many there are."""

    values: list[FacetValue]
    total: int


@dataclass(frozen=True)
class CrossTable:
    """Two facets against each other.

    The number beside a value is that of the records with it; a record with several values stands in several cells.
    `cells` has the pairs of values that some record has, `count` is the number of all selected records.
    """

    rows: Axis
    columns: Axis
    cells: dict[tuple[str, str], int]
    count: int

    def cell(self, row: str, column: str) -> int:
        return self.cells.get((row, column), 0)

    def at_most(self, rows: int, columns: int) -> "CrossTable":
        """The same table, cut to its first rows and columns."""
        return CrossTable(
            Axis(self.rows.values[:rows], self.rows.total),
            Axis(self.columns.values[:columns], self.columns.total),
            self.cells,
            self.count,
        )


class Crossing:
    """What an address asks to cross, and what in it could not be understood.

    `listings` are those that can be crossed, by their names in addresses; the first one is meant where none is named.
    A `file` holds whole tables only. `others`, `beside` and `as_of` say as of when, as for a `Selection`.
    """

    def __init__(
        self,
        listings: Mapping[str, type[Listing]],
        parameters: QueryDict,
        file: bool = False,
        others: Mapping[str, list[str]] | None = None,
        beside: Sequence[Problem] = (),
        as_of: str = "",
    ):
        self.listings, self.parameters, self.file = listings, parameters, file
        self.others, self.beside, self.as_of = others or {}, beside, as_of

    # What was asked

    @cached_property
    def of(self) -> str:
        """The name of the listing."""
        named = self.parameters.get(OF)
        return named if named in self.listings else next(iter(self.listings))

    @property
    def listing(self) -> type[Listing]:
        return self.listings[self.of]

    @cached_property
    def facets(self) -> dict[str, Facet]:
        """The facets that can be crossed."""
        return self.listing.facets()

    @cached_property
    def axes(self) -> tuple[str, str]:
        """The facets of the rows and of the columns: the first ones that are left where none is named."""
        rows, columns = (
            name if (name := self.parameters.get(axis)) in self.facets else "" for axis in (ROWS, COLUMNS)
        )
        columns = "" if columns == rows else columns
        rows = rows or next(name for name in self.facets if name != columns)
        return rows, columns or next(name for name in self.facets if name != rows)

    @property
    def rows(self) -> str:
        return self.axes[0]

    @property
    def columns(self) -> str:
        return self.axes[1]

    @cached_property
    def selection(self) -> Selection:
        """The records that are counted: the parameters of the listing choose them."""
        parameters, known = self.parameters.copy(), self.listing.parameters()
        for name in self.parameters:
            if name not in known:
                del parameters[name]
        return Selection(self.listing, parameters, self.others, self.beside, self.as_of)

    # What was not understood

    @cached_property
    def problems(self) -> list[Problem]:
        """Every bad value and every unknown parameter; for a file also more values than it holds."""
        allowed = [*OWN_PARAMETERS, *self.listing.parameters(), *self.others]
        message = gettext("“%(value)s” is not a filter of this table.")
        problems = [
            *unknown_parameters(self.parameters, allowed, message),
            *repeated(self.parameters, OWN_PARAMETERS),
            *self.bad_names(),
            *self.selection.problems,
        ]
        if self.file and all_values_understood(problems):
            problems += self.too_many()
        return problems

    def bad_names(self) -> Iterator[Problem]:
        allowed = {OF: self.listings, ROWS: self.facets, COLUMNS: self.facets}
        for parameter, names in allowed.items():
            if given := self.parameters.get(parameter):
                yield from not_among(parameter, given, names)
        given = self.parameters.get(ROWS)
        if given in self.facets and given == self.parameters.get(COLUMNS):
            others = [name for name in self.facets if name != given]
            message = gettext("“%(value)s” is counted down the side already.")
            yield from not_among(COLUMNS, given, others, message)

    def too_many(self) -> Iterator[Problem]:
        message = gettext(
            "A table has at most %(most)d values across, and these are %(total)d. Filter first."
        )
        for parameter, axis, most in (
            (ROWS, self.table.rows, MOST_CROSSED_ROWS),
            (COLUMNS, self.table.columns, MOST_CROSSED_COLUMNS),
        ):
            if axis.total > most:
                yield Problem(parameter, message % {"most": most, "total": axis.total})

    @cached_property
    def valid(self) -> bool:
        """Whether every value was understood."""
        return all_values_understood(self.problems)

    # Numbers

    @cached_property
    def table(self) -> CrossTable:
        """The numbers; none when a value was not understood."""
        return cross(self.selection, self.rows, self.columns)

    # Words and links

    @cached_property
    def chips(self) -> list[Chip]:
        """What narrows the records, each with the address of the table without it, and with it turned round."""
        return [
            replace(chip, link=self.with_own(chip.link), turned=chip.turned and self.with_own(chip.turned))
            for chip in self.selection.chips
        ]

    def link(self, **changes) -> str:
        """The query string of this table with some parameters of the listing replaced, or left out where None."""
        return self.with_own(self.selection.link(**changes))

    def with_own(self, link: str) -> str:
        """A query string of the listing with the parameters of this table before it."""
        own = urlencode({OF: self.of, ROWS: self.rows, COLUMNS: self.columns})
        return f"?{own}&{link[1:]}".rstrip("&")

    @property
    def today_link(self) -> str:
        """The same table of today."""
        return self.link(**dict.fromkeys(self.others))

    @property
    def turned_link(self) -> str:
        """The query string of this table with its rows as columns."""
        parameters = QueryDict(self.link()[1:], mutable=True)
        parameters[ROWS], parameters[COLUMNS] = self.columns, self.rows
        return f"?{parameters.urlencode()}"

    @property
    def understood_link(self) -> str:
        """The query string of what was understood: without filters where one of them was not."""
        names = [name for name in self.selection.parameters if name not in self.others]
        filters = {} if self.selection.valid else dict.fromkeys(names)
        return self.link(**filters)


# Counting


def cross(selection: Selection, rows: str, columns: str) -> CrossTable:
    """Count the selected records by two facets. Costs two queries, and one for the labels of each facet of records."""
    connection = connections[selection.filters.queryset.db]
    records = selection.keys if selection.valid else []
    asked = {
        name: list(chosen.include) for name in (rows, columns) if (chosen := selection.choice(name)).include
    }
    found = count_totals(selection.listing.name, (rows, columns), asked, records, connection)
    axes, places = [], []
    for name in (rows, columns):
        counted = {value: (term, count) for term, facet, value, count, _total in found if facet == name}
        lines = selection.listing.facets()[name].lines(
            {value: count for value, (_term, count) in counted.items()}, Choice()
        )
        total = max((total for *_, facet, _value, _count, total in found if facet == name), default=0)
        axes.append(Axis(lines, total))
        places.append({counted[line.value][0]: line.value for line in lines})
    return CrossTable(
        *axes,
        {
            (places[0][row], places[1][column]): count
            for row, column, count in count_cells(*places, records, connection)
        },
        next((count for _term, facet, _value, count, _total in found if facet == ALL), 0),
    )


def count_totals(
    listing: str,
    facets: tuple[str, str],
    asked: Mapping[str, list[str]],
    records: list[int] | None,
    connection,
) -> list[tuple[int, str, str, int, int]]:
    """The term, facet, value and number of records of the values with most of them, and the number of values.

    `asked` restricts a facet to some of its values. All records stand under the value of the facet `ALL`.
    """
    condition, given = terms(listing, (ALL, *facets), asked)
    entries, given = entries_under_terms(records, condition, given, connection)
    sql = with_most_rows(
        listing,
        f"SELECT term_id, COUNT(*) AS n FROM {entries} GROUP BY term_id",  # noqa: S608
        f"place <= CASE WHEN facet = %s THEN {MOST_CROSSED_COLUMNS} ELSE {MOST_CROSSED_ROWS} END",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*given, facets[1]])
        return cursor.fetchall()


def count_cells(
    rows: Mapping[int, str], columns: Mapping[int, str], records: list[int] | None, connection
) -> list[tuple[int, int, int]]:
    """The number of records under each two of some terms: those of the rows and those of the columns.

    SQLite is told to start from the records or the terms of the rows, and to look up each record once; in a past, whose
    entries are a view of two tables, it looks up the terms of the columns.
    """
    entries, given = entries_under_terms(
        records, f"id IN ({placeholders(list(rows))})", list(rows), connection
    )
    is_told = connection.vendor == "sqlite" and connection.as_of is None
    join, plus = ("CROSS JOIN", "+") if is_told else ("JOIN", "")
    sql = f"""SELECT a.term_id, b.term_id, COUNT(*)
        FROM (SELECT term_id, record_id FROM {entries}) a
        {join} partners_facetentry b ON b.record_id = a.record_id
        WHERE {plus}b.term_id IN ({placeholders(list(columns))})
        GROUP BY a.term_id, b.term_id"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*given, *columns])
        return cursor.fetchall()
