"""Listings as pages, fragments of pages, and files."""

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from partners.selection.selection import Selection
from partners.tables.columns import read_records, read_rows
from partners.tables.csv import write_csv
from partners.views.kinds import Kind


@require_safe
def listing_page(request, kind: Kind):
    """A page of a listing; the part of it that changed when htmx asks."""
    selection = Selection(kind.listing, request.GET)
    context = {
        "kind": kind,
        "selection": selection,
        "rows": read_records(selection.page_rows, kind.columns),
        "heading": kind.counted(selection.count),
    }
    # A page that comes back from the browser's history must be whole.
    fragment = request.htmx and not request.htmx.history_restore_request
    return render(request, "partners/_listing.html" if fragment else "partners/listing.html", context)


@require_safe
def listing_csv(request, kind: Kind):
    """All rows of a selection as CSV, in the order of the page; 400 with what is allowed for bad parameters."""
    selection = Selection(kind.listing, request.GET)
    if selection.problems:
        return explain_problems(selection)
    columns = kind.table.public_columns
    rows = read_rows(selection.rows, columns)
    response = StreamingHttpResponse(
        write_csv(columns, rows), content_type="text/csv; charset=utf-8; header=present"
    )
    response["Content-Disposition"] = f'attachment; filename="{file_name(kind, selection)}.csv"'
    return response


def explain_problems(selection: Selection) -> HttpResponse:
    """400 in plain text: what is wrong with the parameters of a file, and what is allowed."""
    lines = [f"{problem.parameter}: {problem.message}" for problem in selection.problems]
    text = "This file was not made, because its address has something that was not understood.\n\n"
    return HttpResponse(text + "\n".join(lines) + "\n", status=400, content_type="text/plain; charset=utf-8")


def file_name(kind: Kind, selection: Selection) -> str:
    """A name that says what the file holds, such as `partners-cloud-infrastructure`."""
    words = [
        selection.query,
        *(value for facet in selection.filters.facets() for value in chosen(selection, facet)),
    ]
    return "-".join(filter(None, [slugify(str(kind.title)), *map(slugify, words)]))[:100].rstrip("-")


def chosen(selection: Selection, facet: str) -> list[str]:
    choice = selection.choice(facet)
    return [*choice.include, *(f"not-{value}" for value in choice.exclude)]
