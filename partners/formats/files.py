"""Answers with files: the formats in which a selection can be had, and what they have in common."""

import functools
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from partners.formats import metadata
from partners.formats.csv import write_csv
from partners.formats.feeds import FEED_TYPE, ICALENDAR, as_atom, as_calendar
from partners.formats.json import json_row, write_ndjson
from partners.formats.metadata import Description, Measures
from partners.formats.xlsx import MOST_ROWS, TooManyRows, write_xlsx
from partners.models import DataVersion
from partners.nouns import Noun
from partners.responses import JSON, PLAIN_TEXT, PROBLEM, changing, json_problem, json_response
from partners.selection.index import Unsettled, one_indexed_state
from partners.selection.parameters import Problem, unknown_parameters
from partners.selection.selection import Selection
from partners.selection.sentence import file_name, sentence, title
from partners.tables.columns import Column, Table, read_rows, type_of_cell

CSV = "text/csv; charset=utf-8; header=present"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NDJSON = "application/x-ndjson; charset=utf-8"
CSVM = "application/csvm+json"
PIECE = 64 * 1024


class Extract:
    """A selection of a listing as it leaves: its rows, some columns, and what is said about them."""

    def __init__(self, request, noun: Noun, selection: Selection, columns: list[Column]):
        self.request, self.noun, self.selection, self.columns = request, noun, selection, columns

    @cached_property
    def version(self) -> int:
        """The data version; that of the rows, where all is read of one state."""
        return DataVersion.current()

    @property
    def rows(self) -> Iterator[list[type_of_cell]]:
        """The cells of all rows in their order, asked for when the first one is."""
        return read_rows(self.selection.rows, self.columns)

    @property
    def name(self) -> str:
        """The selection in words as the name of a file, without its ending."""
        return file_name(self.selection, str(self.noun.title))

    def address(self, route: str, query: str | None = None) -> str:
        """The full address of this selection in another format."""
        query = self.selection.file_link if query is None else query
        return self.request.build_absolute_uri(reverse(route) + query.removesuffix("?"))

    def as_asked(self, format_name: str) -> str:
        """The same with the query string just as it came: a program compares addresses letter by letter."""
        query = self.request.META.get("QUERY_STRING", "")
        return self.address(f"{self.noun.name}_{format_name}", f"?{query}")

    @property
    def page(self) -> str:
        return self.address(self.noun.page_route, self.selection.link(columns=None, page=None))

    @property
    def title(self) -> str:
        """The selection in words."""
        return title(self.selection, str(self.noun.title))

    @cached_property
    def description(self) -> Description:
        return Description(
            self.noun.table,
            self.columns,
            self.title,
            self.as_asked("csv"),
            self.as_asked("ndjson"),
            self.page,
            str(self.version),
        )

    def measured(self, write: Callable) -> Measures:
        """The measures of the file that `write` makes of these rows."""
        return metadata.measure(write, self.columns, self.rows)


# Shapes --------------------------------------------------------------------------------------------------------------


def as_csv(extract: Extract) -> HttpResponse:
    response = csv_response(write_csv(extract.columns, extract.rows), extract.name)
    response["Link"] = f'<{extract.as_asked("metadata")}>; rel="describedby"; type="{CSVM}"'
    return response


def as_xlsx(extract: Extract) -> HttpResponse:
    """Made in a file of its own first, so that its length is known."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the answer closes it)
    try:
        write_xlsx(extract.description, extract.rows, file)
    except TooManyRows:
        file.close()
        message = gettext(
            "A workbook holds at most %(most)d rows. Filter the list first, or take the CSV file."
        )
        return explain_problems([Problem("xlsx", message % {"most": MOST_ROWS})])
    size = file.tell()
    file.seek(0)
    response = StreamingHttpResponse(pieces_of(file), content_type=XLSX)
    leave_uncompressed(response)
    response["Content-Length"] = str(size)
    response["Content-Disposition"] = f'attachment; filename="{extract.name}.xlsx"'
    return response


def pieces_of(file: BinaryIO) -> Iterator[bytes]:
    """The content of a file, which is closed, and with it deleted, at its end."""
    with file:
        yield from iter(lambda: file.read(PIECE), b"")


def as_ndjson(extract: Extract) -> HttpResponse:
    pieces = write_ndjson(extract.columns, extract.rows)
    response = StreamingHttpResponse(pieces, content_type=NDJSON)
    response["Content-Disposition"] = f'attachment; filename="{extract.name}.ndjson"'
    return response


def as_json(extract: Extract) -> HttpResponse:
    """One page of the rows, with the way to the others."""
    selection, page, version = extract.selection, extract.selection.page, extract.version
    here = f"{extract.noun.name}_json"

    def link(number: int | None) -> str | None:
        return extract.address(here, selection.link(page=number)) if number else None

    if selection.is_past_the_end:
        return no_such_page(selection.page_asked, page.paginator.num_pages, selection.count, link)

    return json_response(
        {
            "title": sentence(selection, extract.noun.counted(selection.count)),
            "version": str(version),
            "licence": extract.description.licence or None,
            "count": selection.count,
            "as_of": int(selection.parameters["as_of"]) if selection.as_of else None,
            "page": page.number,
            "pages": page.paginator.num_pages,
            "per_page": page.paginator.per_page,
            "links": {
                "self": link(page.number),
                "next": link(page.next_page_number() if page.has_next() else None),
                "previous": link(page.previous_page_number() if page.has_previous() else None),
                "page": extract.page,
                "csv": extract.address(extract.noun.csv_route),
                "metadata": extract.address(f"{extract.noun.name}_metadata"),
            },
            "rows": [
                json_row(extract.columns, row) for row in read_rows(selection.page_rows, extract.columns)
            ],
        }
    )


def no_such_page(asked: int, pages: int, count: int, link: Callable) -> HttpResponse:
    """404 for a page after the last one, with how many there are: whoever counts on comes to an end."""
    detail = gettext("There is no page %(asked)d: the last one is %(pages)d.")
    links = {"first": link(1), "last": link(pages)}
    detail %= {"asked": asked, "pages": pages}
    return json_problem(404, detail, count=count, page=asked, pages=pages, links=links)


def as_csvw(extract: Extract) -> HttpResponse:
    return json_response(metadata.csvw(extract.description, extract.measured(write_csv)), CSVM)


def as_data_package(extract: Extract) -> HttpResponse:
    measures = (extract.measured(write) for write in (write_csv, write_ndjson))
    return json_response(metadata.data_package(extract.description, *measures))


def as_schema(extract: Extract) -> HttpResponse:
    return json_response(metadata.table_schema(extract.noun.table, extract.columns))


@dataclass(frozen=True)
class FileFormat:
    """A file format in which a selection can be had, at the address of its listing with an `ending`.

    `content_type` is what it is sent as, `problems_as` the type of an answer that refuses. A format that is `streamed`
    is sent while it is made, its rows by one query; any other is made first, of one state of the data. One that is not
    `of_past` tells what is new or to come.
    """

    name: str
    ending: str
    title: str | Promise
    description: str | Promise
    answer: Callable[[Extract], HttpResponse]
    content_type: str
    problems_as: str = PLAIN_TEXT
    streamed: bool = False
    of_past: bool = True

    def route(self, of: Noun | Table) -> str:
        """The route of this format of a listing, or of a whole table."""
        return f"{of.name}_{self.name}"

    @property
    def media_type(self) -> str:
        """What it is sent as, without parameters."""
        return media_type(self.content_type)


FILE_FORMATS = (
    FileFormat(
        "csv",
        "csv",
        "CSV",
        _("All rows, for every program; its description is at csv-metadata.json."),
        as_csv,
        CSV,
        streamed=True,
    ),
    FileFormat(
        "xlsx",
        "xlsx",
        "Excel",
        _("All rows as a workbook for Excel or LibreOffice, with the meaning of its columns."),
        as_xlsx,
        XLSX,
    ),
    FileFormat(
        "json",
        "json",
        "JSON",
        _("The rows page by page, with links to the other pages."),
        as_json,
        JSON,
        PROBLEM,
    ),
    FileFormat(
        "ndjson",
        "ndjson",
        "NDJSON",
        _("All rows, one JSON object a line."),
        as_ndjson,
        NDJSON,
        PROBLEM,
        streamed=True,
    ),
    FileFormat(
        "metadata",
        "csv-metadata.json",
        "CSVW",
        _("What the CSV file holds, for programs: columns, number of rows, SHA-256 (CSV on the Web)."),
        as_csvw,
        CSVM,
        PROBLEM,
    ),
    FileFormat(
        "package",
        "datapackage.json",
        _("Data package"),
        _(
            "The same as a Frictionless data package, for the CSV and the NDJSON file: “frictionless validate” checks "
            "both against it."
        ),
        as_data_package,
        JSON,
        PROBLEM,
    ),
    FileFormat(
        "schema",
        "schema.json",
        "Table Schema",
        _("The columns of the CSV file as a Frictionless Table Schema."),
        as_schema,
        JSON,
        PROBLEM,
    ),
    FileFormat(
        "atom",
        "atom",
        _("Feed (Atom)"),
        _("What is new or changed, for feed readers: the newest fifty rows, and which values changed when."),
        as_atom,
        FEED_TYPE,
        of_past=False,
    ),
    FileFormat(
        "ics",
        "ics",
        _("Calendar"),
        _("The days of the rows, or of their agreements, for calendars (iCalendar)."),
        as_calendar,
        ICALENDAR,
        streamed=True,
        of_past=False,
    ),
)


# The formats that need no listing: neither pages nor days.
TABLE_FORMATS = [
    file_format for file_format in FILE_FORMATS if file_format.name not in ("json", "atom", "ics")
]


def media_type(content_type: str) -> str:
    return content_type.partition(";")[0]


def of_one_state(view):
    """Have a view, which takes a `file_format`, make an answer that says several things of one state of the data.

    503 where there is no such state for a moment.
    """

    @functools.wraps(view)
    def answer(request, *args, file_format: FileFormat, **kwargs):
        try:
            with nullcontext() if file_format.streamed else one_indexed_state():
                return view(request, *args, file_format=file_format, **kwargs)
        except Unsettled:
            return changing(request)

    return answer


# Parts of answers ----------------------------------------------------------------------------------------------------


def csv_response(
    pieces: Iterable[str], name: str, stream: bool = True
) -> HttpResponse | StreamingHttpResponse:
    """A CSV file of a name, which is given without its ending: sent as it is made, or whole where it is small."""
    answer = StreamingHttpResponse if stream else HttpResponse
    response = answer(pieces, content_type=CSV)
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def leave_uncompressed(response: HttpResponse) -> None:
    """Have an answer sent as it is: it is compressed in itself, and a reader wants to know its length."""
    response.is_compressed = True


class Made:
    """A file that is made from others while it is sent; they are closed with the answer, sent or not."""

    def __init__(self, pieces: Iterator[str], *files: BinaryIO):
        self.pieces, self.files = pieces, files

    def __iter__(self) -> Iterator[str]:
        return iter(self.pieces)

    def close(self) -> None:
        for file in self.files:
            file.close()


def takes_no_parameters(view):
    """Have a view that answers in JSON refuse every parameter: one that is misspelt would be taken for understood."""

    @functools.wraps(view)
    def answer(request, *args, **kwargs):
        if problems := list(unknown_parameters(request.GET, ())):
            return explain_problems(problems, PROBLEM)
        return view(request, *args, **kwargs)

    return answer


def explain_problems(problems: list[Problem], content_type: str = PLAIN_TEXT) -> HttpResponse:
    """400: what is wrong with the parameters of a file, and what is allowed. In JSON after RFC 9457."""
    text = gettext("This file was not made, because something in its link was not understood.")
    if content_type == PROBLEM:
        named = [{"parameter": problem.parameter, "detail": problem.message} for problem in problems]
        return json_problem(400, text, problems=named)
    lines = [f"{problem.parameter}: {problem.message}" for problem in problems]
    return HttpResponse(text + "\n\n" + "\n".join(lines) + "\n", status=400, content_type=PLAIN_TEXT)
