"""Listings as pages, fragments of pages, and files."""

from django.db.models import Count, QuerySet
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from partners.composed import ask_of_keys
from partners.drawn import ShownRow
from partners.formats.files import Extract, FileFormat, explain_problems, of_one_state
from partners.kept import kept_each
from partners.models import Agreement, Source
from partners.nouns import Noun
from partners.nouns.introductions import introduction_of
from partners.pictures.catalogue import MOST_DRAWN, drawn_partners
from partners.pictures.marks import AGREEMENT_MARKS, mark_of
from partners.pictures.strip import notes_of_events, strip_of_events, with_months_together
from partners.selection.parameters import Problem
from partners.selection.selection import Selection
from partners.selection.sentence import sentence, title
from partners.tables.by_keys import read_by_keys
from partners.tables.columns import Column
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
    rows = rows_of_page(noun, selection, columns)
    context = {
        "noun": noun,
        "selection": selection,
        "presentation": presentation,
        "as_of": request.as_of,
        "problems": [*selection.problems, *presentation.problems],
        "fields": presentation.fields(selection),
        "rows": rows,
        "heading": heading_of(noun, selection),
        **(months_of(selection, presentation, request.as_of.more) if noun.draws_months else {}),
        **(pictures_of(selection, request.as_of.more) if presentation.is_pictures else {}),
        "counted": noun.counted(selection.count) if selection.valid else "",
        "marks": AGREEMENT_MARKS,
        "offers": offered(noun, selection.query, selection.parameters) if selection.valid else [],
        "elsewhere": found_elsewhere(noun, selection),
        "selection_title": title(selection, str(noun.title)),
    }
    if request.htmx:
        return render(request, "partners/_listing.html", context)
    # Of a past only what holds at any time is said: numbers and days of the announcement are those of today.
    context["introduction"] = (
        noun.introduction if request.as_of else introduction_of(noun, request.data_version)
    )
    return render(request, "partners/listing.html", context)


def rows_of_page(noun: Noun, selection: Selection, columns: list[Column]) -> list[dict]:
    """The records of the page with what a card needs, some columns, and as `match` why a search found them."""
    needed = list({column.name: column for column in (*noun.columns, *columns)}.values())

    def read(keys: list[int]) -> dict[int, ShownRow]:
        found = read_by_keys(noun.listing.everything, needed, keys)
        rows = list(found.values())
        if noun.names_sources:
            name_sources(rows)
        if noun.marks_agreements:
            mark_agreements(rows)
        return {key: ShownRow(row, match=None) for key, row in found.items()}

    kind = (noun.name, *(column.name for column in needed))
    rows = kept_each(kind, selection.page_keys, read).values()
    matches = selection.matches(row[noun.key] for row in rows)
    return [row | {"match": matches[row[noun.key]]} if row[noun.key] in matches else row for row in rows]


def months_of(selection: Selection, presentation: Presentation, more: str) -> dict:
    """The months of selected events as a strip, which a table goes without; the years to choose from where there are too
    many to draw."""
    if selection.count > MOST_DRAWN:
        return {"years": years_of(selection)}
    if presentation.is_table or not selection.count:
        return {}
    strip = with_months_together(
        strip_of_events(selection.rows, more),
        lambda first, last: selection.link(date_after=str(first), date_before=str(last), page=None),
    )
    return {"strip": strip, "strip_notes": notes_of_events(strip)}


def pictures_of(selection: Selection, more: str) -> dict:
    """What the pictures of a selection of partners need; nothing where it is too large to be drawn."""
    if not 0 < selection.count <= MOST_DRAWN:
        return {"most_drawn": MOST_DRAWN}
    figures = {"sources": Source.objects.published().count()}
    return drawn_partners(selection.rows, more) | {"figures": figures, "drawn_query": selection.file_link}


def years_of(selection: Selection) -> list[tuple[int, int, str]]:
    """The years of selected events, newest first: how many each has, and the address of those. One query."""
    years = selection.rows.order_by().values_list("date__year").annotate(Count("pk")).order_by("-date__year")
    return [
        (year, count, selection.link(date_after=f"{year}-01-01", date_before=f"{year}-12-31", page=None))
        for year, count in years
    ]


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
            AS_OF,
            gettext("A feed or calendar tells what is new or to come and has no past. Leave “as_of” out."),
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


def mark_agreements(rows: list[dict]) -> None:
    """Give each row the marks of its agreements as `marks`, by one query for all."""
    slugs = {slug for row in rows for slug in row["agreements"]}
    found = {
        slug: mark_of(agreement_type)
        for slug, agreement_type in ask_of_keys(types_of_agreements, list(slugs))
    }
    for row in rows:
        marks = [found[slug] for slug in row["agreements"] if slug in found]
        row["marks"] = sorted(marks, key=AGREEMENT_MARKS.index)


def types_of_agreements(slugs: list[str]) -> QuerySet:
    return Agreement.objects.filter(slug__among=slugs).values_list("slug", "agreement_type")


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
