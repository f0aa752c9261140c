"""The read API as an OpenAPI 3.1 document, made from the filters, the columns and the formats themselves."""

from collections.abc import Iterator, Sequence
from functools import singledispatch

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from partners.formats.files import FILE_FORMATS, JSON, PROBLEM, TABLE_FORMATS, FileFormat, media_type
from partners.formats.openapi_parts import (
    EMPTY_VALUE,
    LARGEST_PAGE,
    Described,
    as_of_parameter,
    described_response,
    no_such_page_response,
    parameter,
    problem_response,
    strict_object,
)
from partners.models.facets import LONGEST_VALUE
from partners.nouns import Noun, listed, noun_of, nouns_with, records
from partners.selection.amounts import AMOUNT_KINDS, CURRENCIES, FIGURE, AmountRange
from partners.selection.facets import MOST_VALUES, NONE, Facet
from partners.selection.parameters import MOST_SHOWN
from partners.selection.ranges import DayRange, Range, YearRange
from partners.selection.search.filters import LONGEST_QUERY, Search
from partners.selection.selection import PAGE_SIZES
from partners.selection.sorting import MOST_KEYS, Sort
from partners.selection.terms import TextTerms
from partners.tables.columns import Column, Table
from partners.tables.sources import CITATIONS

SLUG_PATTERN = "[-a-zA-Z0-9_]+"
DIGITS = "[0-9]"
AS_OF_PARAMETER = {"$ref": "#/components/parameters/as_of"}
YEAR = f"{DIGITS}{{3}}[1-9]|{DIGITS}{{2}}[1-9]0|{DIGITS}[1-9]00|[1-9]000"


def document(title: str, version: str, server: str, others: Sequence[Described] = ()) -> dict:
    """The whole document. `server` is the address of the site, without a slash at its end; `others` describe
    addresses that are no selection of rows."""
    described = {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": "1",
            "description": gettext(
                "Every list of the directory in the shapes of its files, and every record. Reading needs no "
                "account. An unknown parameter or value is answered with 400, which names what is allowed. "
                "Up to %(most)d values of one filter can be combined, and a range begins before its end. Every answer "
                "has an ETag that changes with the data, or with a new release."
            )
            % {"most": MOST_VALUES},
            "x-data-version": version,
        },
        "servers": [{"url": server}],
        "security": [],
        "tags": [{"name": noun.name, "description": str(noun.introduction)} for noun in listed()],
        "paths": dict([*listing_paths(), *table_paths(), *record_paths(), *package_paths()]),
        "components": {"schemas": dict(schemas()), "parameters": dict(parameters())},
    }
    for other in others:
        described["paths"] |= other.paths
        described["components"]["schemas"] |= other.schemas
    if stated := settings.DATA_LICENCE:
        described["info"]["license"] = {"name": stated} | ({"url": stated} if "://" in stated else {})
    return described


# Addresses -----------------------------------------------------------------------------------------------------------


def listing_paths() -> Iterator[tuple[str, dict]]:
    for noun in listed():
        named = [
            {"$ref": f"#/components/parameters/{noun.name}_{name}"}
            for name in (*noun.listing.parameters(), "columns")
        ]
        for file_format in FILE_FORMATS:
            parameters = [*named, *(page_parameters() if file_format.name == "json" else ())]
            parameters += [AS_OF_PARAMETER] if file_format.of_past else []
            yield reverse(file_format.route(noun)), {"get": file_operation(noun, file_format, parameters)}


def table_paths() -> Iterator[tuple[str, dict]]:
    """The tables without a listing, of which there are whole files only."""
    for file_format in TABLE_FORMATS:
        operation = file_operation(CITATIONS, file_format, [columns_parameter(CITATIONS)])
        yield reverse(file_format.route(CITATIONS)), {"get": operation}


def file_operation(of: Noun | Table, file_format: FileFormat, parameters: list[dict]) -> dict:
    """A file of a listing or of a whole table."""
    problem = (
        {"$ref": "#/components/schemas/Problem"} if file_format.problems_as == PROBLEM else {"type": "string"}
    )
    return {
        "operationId": file_format.route(of),
        "tags": [of.name],
        "summary": f"{of.title}: {file_format.title}",
        "description": str(file_format.description),
        "parameters": parameters,
        "responses": {
            "200": described_response(
                gettext("The selected rows, or what describes them."),
                file_format.media_type,
                answer_schema(of, file_format),
            ),
            "400": described_response(
                gettext("What was not understood, and what is allowed."),
                media_type(file_format.problems_as),
                problem,
            ),
            **(no_such_page_response() if file_format.name == "json" else {}),
            "414": {"description": gettext("The address is longer than the server takes.")},
            "503": later_response(gettext("The directory cannot be read just now.")),
        },
    }


def later_response(description: str) -> dict:
    seconds = {"description": gettext("Seconds after which to ask again."), "schema": {"type": "integer"}}
    return {"description": description, "headers": {"Retry-After": seconds}}


def answer_schema(of: Noun | Table, file_format: FileFormat) -> dict:
    if file_format.name == "json":
        return {"$ref": f"#/components/schemas/{of.name}_page"}
    if file_format.name == "ndjson":
        row = of.table.key[0] if isinstance(of, Noun) else "citation"
        description = gettext("One object a line, each after #/components/schemas/%s.") % row
        return {"type": "string", "description": description}
    return {"type": "object"} if "json" in file_format.content_type else {"type": "string"}


def package_paths() -> Iterator[tuple[str, dict]]:
    """Everything as one file, and the checksum of it."""
    for route, media, summary in (
        ("package", "application/zip", gettext("Every public table as a Frictionless data package")),
        ("package_checksum", "text/plain", gettext("SHA-256 of the package, as sha256sum -c reads it")),
    ):
        responses = {
            "200": described_response(summary, media, {"type": "string"}),
            "503": later_response(gettext("The package is being made for somebody else.")),
        }
        yield reverse(route), {"get": {"operationId": route, "summary": summary, "responses": responses}}


def record_paths() -> Iterator[tuple[str, dict]]:
    for noun in nouns_with("record"):
        address = reverse(noun.record_route, args=["x"]).removesuffix("x.json")
        yield f"{address}{{slug}}.json", {"get": record_operation(noun)}


def record_operation(noun: Noun) -> dict:
    slug = {
        "name": "slug",
        "in": "path",
        "required": True,
        "description": gettext("The stable name of the record, as the rows of its list have it."),
        "schema": {"type": "string", "pattern": f"^{SLUG_PATTERN}$"},
    }
    return {
        "operationId": noun.record_route,
        "tags": [noun.name if noun.has("files") else noun_of(noun.table).name],
        "summary": gettext("One record with its citations"),
        "parameters": [slug, AS_OF_PARAMETER],
        "responses": {
            "200": described_response(
                gettext("The record."), JSON, {"$ref": f"#/components/schemas/{noun.record_name}_record"}
            ),
            "301": {"description": gettext("The record has another address.")},
            "400": problem_response(gettext("What was not understood, and what is allowed.")),
            "404": problem_response(gettext("There is no such record.")),
            "410": problem_response(gettext("What readers could see here was withdrawn; “since” says when.")),
        },
    }


# Parameters ----------------------------------------------------------------------------------------------------------


def parameters_of(noun: Noun) -> Iterator[dict]:
    """Every parameter that a file of a listing takes."""
    for name, each in noun.listing.base_filters.items():
        yield from parameters_described(each, name)
    yield columns_parameter(noun.table)


def columns_parameter(table: Table) -> dict:
    names = [column.name for column in table.public_columns]
    return parameter(
        "columns",
        gettext("The columns to give, in this order; all of them where it is left out."),
        {"type": "array", "items": {"type": "string", "enum": [*names, EMPTY_VALUE]}, "uniqueItems": True},
        explode=False,
    )


def parameters() -> Iterator[tuple[str, dict]]:
    """The parameters of all listings, by the names under which operations refer to them."""
    yield "as_of", as_of_parameter()
    for noun in listed():
        yield from ((f"{noun.name}_{each['name']}", each) for each in parameters_of(noun))


@singledispatch
def parameters_described(each, name: str) -> Iterator[dict]:
    """The parameters of a filter."""
    raise NotImplementedError(f"How is the parameter {name} described?")


@parameters_described.register
def _(each: Facet, name: str) -> Iterator[dict]:
    values = {"type": "array", "items": value_schema(each)}
    label = str(each.label)
    yield parameter(
        name, gettext("%s: rows with one of these values; “none” where none is recorded.") % label, values
    )
    yield parameter(f"exclude_{name}", gettext("%s: rows with none of these values.") % label, values)


def value_schema(facet: Facet) -> dict:
    """The values of a facet, listed where they are few and do not come and go with every record."""
    if isinstance(facet.terms, TextTerms):
        return {"type": "string", "maxLength": LONGEST_VALUE}
    allowed = facet.terms.allowed()
    if len(allowed) <= MOST_SHOWN:
        return {"type": "string", "enum": [*allowed, NONE, EMPTY_VALUE]}
    return {"type": "string", "pattern": f"^({SLUG_PATTERN})?$"}


@parameters_described.register
def _(each: YearRange, name: str) -> Iterator[dict]:
    yield from range_parameters(each, {"type": "string", "pattern": f"^({DIGITS}{{4}})?$"})


@parameters_described.register
def _(each: DayRange, name: str) -> Iterator[dict]:
    month = f"({YEAR})-(0[1-9]|1[0-2])"
    forms = [
        {"pattern": f"^({YEAR})$"},
        {"pattern": f"^{month}$"},
        {"format": "date"},
        {"const": EMPTY_VALUE},
    ]
    yield from range_parameters(each, {"type": "string", "anyOf": forms})


@parameters_described.register
def _(each: AmountRange, name: str) -> Iterator[dict]:
    yield from range_parameters(each, {"type": "string", "pattern": f"^({FIGURE})?$"})
    descriptions = (
        gettext("%s: the currency of the two figures, which they need."),
        gettext("%s: what the amount is."),
    )
    for parameter_name, text, terms in zip(each.units, descriptions, (CURRENCIES, AMOUNT_KINDS), strict=True):
        values = {"type": "string", "enum": [*terms.allowed(), EMPTY_VALUE]}
        yield parameter(parameter_name, text % each.label, values)


def range_parameters(each: Range, schema: dict) -> Iterator[dict]:
    descriptions = (
        gettext("%s: from this one on."),
        gettext("%s: up to this one, which is not before the first."),
    )
    for name, text in zip(each.names, descriptions, strict=True):
        yield parameter(name, text % each.label, schema)


@parameters_described.register
def _(each: Search, name: str) -> Iterator[dict]:
    description = gettext(
        "Words that must all be found; where no row has all of them, the rows with the weightiest ones, which the "
        'title says. "A phrase" stands in quotes, and -word leaves out.'
    )
    yield parameter(name, description, {"type": "string", "maxLength": LONGEST_QUERY})


@parameters_described.register
def _(each: Sort, name: str) -> Iterator[dict]:
    orders = {"type": "string", "enum": [*each.orders, EMPTY_VALUE]}
    description = gettext("The order: up to two keys, “-” turns one round.")
    yield parameter(
        name, description, {"type": "array", "items": orders, "maxItems": MOST_KEYS, "uniqueItems": True}
    )


def page_parameters() -> list[dict]:
    """What chooses a part of the rows."""
    number = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}, {"const": EMPTY_VALUE}]}
    sizes = {"enum": [*map(int, PAGE_SIZES), EMPTY_VALUE]}
    return [
        parameter("page", gettext("The number of the page, from 1 to the last."), number),
        parameter("per_page", gettext("The rows of a page."), sizes),
    ]


# Answers -------------------------------------------------------------------------------------------------------------


def schemas() -> Iterator[tuple[str, dict]]:
    yield "Problem", problem_schema()
    yield "citation", row_schema(CITATIONS)
    for name, noun in records().items():
        yield name, row_schema(noun.table)
        yield f"{name}_record", record_schema(name)
    for noun in listed():
        yield f"{noun.name}_page", page_schema(noun.table.key[0])


def problem_schema() -> dict:
    """After RFC 9457, with what was not understood."""
    named = strict_object({"parameter": {"type": "string"}, "detail": {"type": "string"}})
    properties = {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "problems": {"type": "array", "items": named},
    }
    return strict_object(properties, required=["type", "title", "status"])


def row_schema(table: Table) -> dict:
    """A row of a table; `columns` may leave any of its columns out."""
    return strict_object({column.name: cell_schema(column) for column in table.public_columns}, required=[])


# The types of columns that are numbers in JSON.
JSON_NUMBERS = {"integer": "integer", "decimal": "number"}


def cell_schema(column: Column) -> dict:
    meaning = {"title": str(column.title), "description": str(column.explanation)}
    if column.many:
        of_one = {part.name: cell_schema(part) for part in column.parts}
        return {"type": "array", "items": strict_object(of_one) if of_one else {"type": "string"}} | meaning
    schema = {"type": [JSON_NUMBERS.get(column.datatype, "string"), "null"]}
    if column.datatype == "date":
        schema["format"] = "date"
    if column.vocabulary:
        schema["enum"] = [*column.vocabulary.values, None]
    return schema | meaning


def page_schema(noun: str) -> dict:
    text, number = {"type": "string"}, {"type": "integer"}
    nothing_or_text = {"type": ["string", "null"]}
    links = dict.fromkeys(("self", "page", "csv", "metadata"), text)
    links |= dict.fromkeys(("next", "previous"), nothing_or_text)
    return strict_object(
        {
            "title": text,
            "version": text,
            "licence": nothing_or_text,
            "count": number,
            "as_of": {"type": ["integer", "null"]},
            "page": number,
            "pages": number,
            "per_page": number,
            "links": strict_object(links),
            "rows": {"type": "array", "items": {"$ref": f"#/components/schemas/{noun}"}},
        }
    )


def names_schema(description: str) -> dict:
    return {"type": "array", "items": {"type": "string"}, "description": description}


def record_schema(noun: str) -> dict:
    links = strict_object({"self": {"type": "string"}, "page": {"type": "string"}})
    return strict_object(
        {
            "version": {"type": "string"},
            "licence": {"type": ["string", "null"]},
            "as_of": {"type": ["integer", "null"]},
            "links": links,
            "record": {"$ref": f"#/components/schemas/{noun}"},
            "citations": {"type": "array", "items": {"$ref": "#/components/schemas/citation"}},
            "editorial": names_schema(
                gettext("The columns whose values no source is cited for: our classification.")
            ),
            "reports_only": names_schema(
                gettext("The columns whose values rest on reports and references from outside only.")
            ),
        }
    )
