"""Listings as pages, fragments of pages, and files."""

from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from partners.formats.files import Extract, FileFormat, explain_problems, of_one_state
from partners.models import Source
from partners.nouns import Noun
from partners.selection.parameters import Problem
from partners.selection.selection import Selection
from partners.selection.sentence import sentence, title
from partners.tables.columns import read_records
from partners.views.past import AS_OF, NOT_OF_PAST, in_the_past
from partners.views.presentation import Presentation, offered
from partners.views.search import elsewhere


@require_safe
@in_the_past
def listing_page(request, noun: Noun):
    """A page of a listing; the part of it that changed when htmx asks."""
    presentation = Presentation(noun, request.GET)
    selection = selected(request, noun, presentation.understood)
    columns = presentation.columns if presentation.is_table else []
    needed = {column.name: column for column in (*noun.columns, *columns)}
    rows = read_records(selection.page_rows, list(needed.values()))
    matches = selection.matches(row[noun.key] for row in rows)
    for row in rows:
        row["match"] = matches.get(row[noun.key])
    if noun.names_sources:
        name_sources(rows)
    context = {
        "noun": noun,
        "selection": selection,
        "presentation": presentation,
        "as_of": request.as_of,
        "problems": [*selection.problems, *presentation.problems],
        "fields": presentation.fields(selection),
        "rows": rows,
        "heading": heading_of(noun, selection),
        "offers": offered(noun, selection.query, selection.parameters) if selection.valid else [],
        "elsewhere": found_elsewhere(noun, selection),
        "selection_title": title(selection, str(noun.title)),
    }
    return render(request, "partners/_listing.html" if request.htmx else "partners/listing.html", context)


def selected(request, noun: Noun, shown: dict[str, list[str]]) -> Selection:
    """The selection that an address asks for; `shown` are the parameters that say how rows are shown."""
    as_of = request.as_of
    beside = [*as_of.problems, *as_of.problems_with(request.GET, NOT_OF_PAST)]
    return Selection(noun.listing, request.GET, shown | as_of.others, beside, as_of.words)


def only_of_today(request, file_format: FileFormat) -> list[Problem]:
    """That a format tells what is new, and knows no past, where one was asked for."""
    if not request.as_of or file_format.of_past:
        return []
    return [
        Problem(
            AS_OF, gettext("This format tells what is new or to come, and knows no past. Leave “as_of” out.")
        )
    ]


def heading_of(noun: Noun, selection: Selection) -> str:
    """The number of rows, and what they are; no number where something was not understood, as none were looked for."""
    if not selection.valid:
        return gettext("Nothing is shown")
    return sentence(selection, noun.counted(selection.count))


def found_elsewhere(noun: Noun, selection: Selection) -> list[tuple[str, str]]:
    """Where no row has all words of a search: what there is of every other kind, each with the address of it."""
    asked = selection.query if selection.valid and not selection.found.is_good else ""
    return elsewhere(asked, noun, selection.filters.reader) if asked else []


def name_sources(rows: list[dict]) -> None:
    """Give each row the sources behind it as `named_sources`, by one query for all."""
    found = Source.objects.in_bulk({slug for row in rows for slug in row["sources"]}, field_name="slug")
    for row in rows:
        row["named_sources"] = [found[slug] for slug in row["sources"] if slug in found]


@require_safe
@in_the_past
@of_one_state
def listing_file(request, noun: Noun, file_format: FileFormat):
    """A selection in one of its formats, in the order of the page; 400 with what is allowed for bad parameters."""
    presentation = Presentation(noun, request.GET)
    selection = selected(request, noun, {"columns": presentation.understood["columns"]})
    if problems := [*selection.problems, *presentation.problems, *only_of_today(request, file_format)]:
        return explain_problems(problems, file_format.problems_as)
    return file_format.answer(Extract(request, noun, selection, presentation.file_columns))
