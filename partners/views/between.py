"""What changed for readers between any two days or revisions: as a page, as CSV and as JSON."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from urllib.parse import urlencode

from django.conf import settings
from django.http import QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from partners.changes.between import ROWS_ON_PAGE, Between, Difference, records_by_key
from partners.changes.differences import ADDED, CHANGED, REMOVED
from partners.changes.past import newest_of_day, readable_revisions
from partners.formats.csv import write_csv
from partners.formats.files import csv_response, explain_problems, json_response, no_such_page
from partners.models import DataVersion
from partners.nouns import NOUNS
from partners.responses import PROBLEM
from partners.selection.parameters import (
    Problem,
    all_values_understood,
    no_page_number,
    not_among,
    repeated,
    unknown_parameters,
)
from partners.tables.columns import Column, Table
from partners.tables.definitions import TABLES
from partners.views.past import AsOf, day_now, read_as_of

BETWEEN_PARAMETERS = ("from", "to", "table", "page")
# Days that are compared where none are named.
DAYS_COMPARED = 7
# More rows that may differ are asked for in parts.
MOST_DIFFERENCES_IN_FILE = 20_000

BETWEEN_COLUMNS = [
    Column(name="table", title=_("Table"), description=_("The table of the row.")),
    Column(name="key", title=_("Key"), description=_("The key of the row; parts are joined by a semicolon.")),
    Column(
        name="change",
        title=pgettext_lazy("what happened", "Change"),
        description=_("added, removed or changed."),
    ),
    Column(name="column", title=_("Column"), description=_("The column whose value differs.")),
    Column(name="before", title=_("Before"), description=_("The value at the first of the two revisions.")),
    Column(name="after", title=_("After"), description=_("The value at the last of the two revisions.")),
]


@dataclass(frozen=True)
class AskedBetween:
    """What an address asks to compare, and what in it could not be understood. `allowed` are its parameters."""

    given: QueryDict
    allowed: tuple[str, ...]

    @cached_property
    def first(self) -> AsOf:
        return self.moment("from", day_now() - datetime.timedelta(days=DAYS_COMPARED))

    @cached_property
    def last(self) -> AsOf:
        return self.moment("to", day_now())

    def moment(self, name: str, otherwise: datetime.date) -> AsOf:
        """The revision that a parameter names; without it, that of a day, or the first one that is kept."""
        if any(self.given.getlist(name)):
            return read_as_of(self.given, name)
        span = readable_revisions()
        if span is None:
            return AsOf()
        known = (newest_of_day(otherwise) or 0) >= span[0]
        return read_as_of(QueryDict(urlencode({name: otherwise if known else span[0]})), name)

    @property
    def tables(self) -> list[Table]:
        named = self.given.get("table")
        return [table for table in TABLES if not named or table.name == named]

    @property
    def page(self) -> int:
        return int(self.given.get("page") or 1)

    @cached_property
    def problems(self) -> list[Problem]:
        found = [
            *unknown_parameters(self.given, self.allowed),
            *repeated(self.given, ("table", "page")),
            *self.first.problems,
            *self.last.problems,
            *no_page_number(self.given.get("page") or "1"),
        ]
        if named := self.given.get("table"):
            found += not_among("table", named, [table.name for table in TABLES])
        return found

    @property
    def valid(self) -> bool:
        return all_values_understood(self.problems)

    @property
    def is_there(self) -> bool:
        """Whether there is anything to compare: a directory in which nothing was written has no revisions."""
        return self.valid and bool(self.first and self.last)

    @property
    def is_one_state(self) -> bool:
        """Whether the two are one revision, as they are on the first day of a directory."""
        return self.is_there and self.first.revision.number == self.last.revision.number

    def found(self) -> tuple[list[Difference], int, int]:
        """What differs on the page that is asked for, how many pages there are, and how many rows differ, or may."""
        if not self.is_there:
            return [], 1, 0
        found, count = self.between.page(self.page)
        return found, max(ceil(count / ROWS_ON_PAGE), 1), count

    @property
    def between(self) -> Between:
        return Between(self.first.revision.number, self.last.revision.number, self.tables)

    def link(self, turned: bool = False, **changes) -> str:
        """The permanent query string of the same comparison, with some parameters changed."""
        ends = (self.last, self.first) if turned else (self.first, self.last)
        numbers = [each.revision.number if each else "" for each in ends]
        parameters = {"from": numbers[0], "to": numbers[1], "table": self.given.get("table", "")} | changes
        return "?" + urlencode({name: value for name, value in parameters.items() if value})

    @property
    def turned_link(self) -> str:
        return self.link(turned=True)

    @property
    def page_link_here(self) -> str:
        return self.page_link(self.page)

    def page_link(self, number: int) -> str:
        return self.link(page=number if number > 1 else "")


@require_safe
def between_page(request):
    """A page of what changed, table by table."""
    asked = AskedBetween(request.GET, BETWEEN_PARAMETERS)
    found, pages, _count = asked.found()
    context = {
        "asked": asked,
        "today": day_now().isoformat(),
        "lists": [each for each in NOUNS if each.listing and each.has("list")],
        "problems": asked.problems,
        "valid": asked.valid,
        "tables": grouped_by_table(found),
        "sums": {kind: sum(each.row.kind == kind for each in found) for kind in (ADDED, REMOVED, CHANGED)},
        "all_tables": TABLES,
        "fields": {name: f"between-{name}" for name in ("from", "to", "table")},
        "chosen": asked.given.get("table", ""),
        "pages": pages,
        "number": asked.page if asked.valid else 1,
        "older": asked.page_link(asked.page - 1) if asked.valid and asked.page > 1 else "",
        "further": asked.page_link(asked.page + 1) if asked.valid and asked.page < pages else "",
    }
    status = 404 if asked.valid and asked.page > pages else 200
    return render(request, "partners/between.html", context, status=status)


def grouped_by_table(found: list[Difference]) -> list[dict]:
    """The differences under their tables, each with the record that it is about where that is public and has a page."""
    tables: dict[str, dict] = {}
    for each in found:
        group = tables.setdefault(each.table.name, {"table": each.table, "changes": []})
        group["changes"].append(each)
    for group in tables.values():
        records = records_by_key(group["table"], [each.row.key for each in group["changes"]])
        group["changes"] = [(each, records.get(each.row.key)) for each in group["changes"]]
    return list(tables.values())


@require_safe
def between_csv(request):
    """Every change: one line for each cell. 400 with what is allowed for what was not understood, or is too much."""
    asked = AskedBetween(request.GET, ("from", "to", "table"))
    problems = asked.problems
    found = asked.between.all(MOST_DIFFERENCES_IN_FILE) if not problems and asked.is_there else []
    if found is None:
        message = gettext(
            "More than %d records may differ. Choose one kind of record, or days that are nearer."
        )
        problems = [*problems, Problem("from", message % MOST_DIFFERENCES_IN_FILE)]
    if problems:
        return explain_problems(problems)
    ends = (each.revision.number if each else 0 for each in (asked.first, asked.last))
    name = "changes-from-{}-to-{}".format(*ends)
    return csv_response(write_csv(BETWEEN_COLUMNS, lines_of_differences(found)), name, stream=False)


def lines_of_differences(found: list[Difference]) -> Iterator[list[str]]:
    for each in found:
        for cell in each.row.cells:
            yield [each.row.table, each.row.key, each.row.kind, cell.column, cell.before, cell.after]


@require_safe
def between_json(request):
    """The rows of a page of what changed; 400 with what is allowed for what was not understood."""
    asked = AskedBetween(request.GET, BETWEEN_PARAMETERS)
    if asked.problems:
        return explain_problems(asked.problems, PROBLEM)
    found, pages, count = asked.found()

    def link(number: int) -> str | None:
        if not 1 <= number <= pages:
            return None
        return request.build_absolute_uri(reverse("between_json") + asked.page_link(number))

    if asked.page > pages:
        return no_such_page(asked.page, pages, count, link)
    return json_response(
        {
            "version": str(DataVersion.current()),
            "licence": settings.DATA_LICENCE or None,
            "from": asked.first.revision.number if asked.first else None,
            "to": asked.last.revision.number if asked.last else None,
            "links": {
                "self": link(asked.page),
                "page": request.build_absolute_uri(reverse("between") + asked.page_link(asked.page)),
                "next": link(asked.page + 1),
                "previous": link(asked.page - 1),
            },
            "changes": [difference_row(each) for each in found],
        }
    )


def difference_row(each: Difference) -> dict:
    cells = [
        {
            "column": cell.column,
            "before": cell.before,
            "after": cell.after,
            "sources": [source.slug for source in each.sources[cell.column]],
        }
        for cell in each.row.cells
    ]
    return {"table": each.row.table, "key": each.row.key, "change": each.row.kind, "cells": cells}
