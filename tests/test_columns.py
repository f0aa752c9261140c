"""A column is one declaration: every place that can show it does, or the declaration says why not.

The list of columns, and what stands in them, is read from the tables; only the records are made up.
"""

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from functools import cache
from zipfile import ZipFile

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format

from partners.formats.files import FILE_FORMATS, TABLE_FORMATS
from partners.languages import DATA_LANGUAGES, path_in
from partners.money import amount_in_words
from partners.nouns import listed
from partners.tables.columns import COMPARISON, DESCRIPTION, PLACES, Column, Table, as_text, read_rows
from partners.tables.definitions import TABLES
from partners.tables.organizations import ORGANIZATIONS
from partners.tables.profile import origin
from partners.tables.public import public_rows
from partners.tables.sources import CITATIONS
from partners.versions.packing import write_package
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.html import Head
from tests.worlds import one_of_everything


@pytest.fixture(scope="module", autouse=True)
def world(db):
    one_of_everything()


# The page on which a row of a table is shown; {} is a key, or the record it belongs to.
ADDRESSES = {
    "sources": ("/sources/{}/", "source"),
    "sectors": ("/sectors/{}/", "sector"),
    "mission_areas": ("/mission-areas/{}/", "mission_area"),
    "organizations": ("/partners/{}/", "organization"),
    "organization_names": ("/partners/{}/", "organization"),
    "events": ("/timeline/{}/", "event"),
    "agreements": ("/agreements/{}/", "agreement"),
    "agreement_parties": ("/agreements/{}/", "agreement"),
    "agreement_amounts": ("/agreements/{}/", "agreement"),
    "programmes": ("/about/", "programme"),
    # The page of a source shows all of its citations.
    "citations": ("/sources/{}/", "source"),
}
COMPARED = "/compare/?partner=alpha&partner=site&partner=gamma"


def rows_of(table: Table) -> list[dict]:
    """The public rows of a table by the names of the columns."""
    columns = table.public_columns
    return [
        dict(zip(table.column_names, cells, strict=True)) for cells in read_rows(public_rows(table), columns)
    ]


@cache
def shown(address: str) -> tuple[str, str]:
    """What a page shows to people, and what it says to machines, in every language that data are in."""
    people, machines = [], []
    for language in DATA_LANGUAGES:
        page = Client().get(path_in(language, address), follow=True).content.decode()
        people.append(html.unescape(re.sub(r"(?s)<head.*?</head>|<script.*?</script>", "", page)))
        machines += Head(page).scripts
    return "\n".join(people), "\n".join(leaves(json.loads(f"[{','.join(machines)}]")))


def leaves(described) -> Iterator[str]:
    if isinstance(described, dict):
        described = list(described.values())
    if isinstance(described, list):
        for each in described:
            yield from leaves(each)
    else:
        yield str(described)


def seen_in(place: str, table: Table, row: dict) -> str | None:
    """What a place shows of the record of a row; None where the place shows no such records."""
    address, owner = ADDRESSES[table.name]
    if place == COMPARISON:
        return (
            shown(COMPARED)[0] if table is ORGANIZATIONS and f"={row['organization']}" in COMPARED else None
        )
    return shown(address.format(row[owner]))[place == DESCRIPTION]


def forms(column: Column, value) -> Iterator[str]:
    """How people and programs may be shown a value."""
    yield as_text(value)
    if isinstance(value, dict):
        yield amount_in_words(*(value[name] for name in ("kind", "exactness", "amount", "currency")))
    if column.datatype == "date":
        yield value.isoformat()
        yield date_format(value, "j F Y")
    if column.vocabulary:
        yield str(column.vocabulary(value).label)
    if column.references:
        yield f"/{value}/"


def shows(text: str, column: Column, cell) -> bool:
    """Whether a text shows all that a cell holds."""
    values = cell if isinstance(cell, list) else [cell]
    return all(
        any(
            re.search(rf"(?<!\w){re.escape(form)}(?!\w)", text, re.IGNORECASE)
            for form in forms(column, value)
        )
        for value in values
        if value is not None
    )


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_public_column_reaches_every_place_or_says_why_not(table, place):
    """A code and its label are one value: either will do."""
    rows, lacking = rows_of(table), []
    for column in table.public_columns:
        same = [other for other in table.public_columns if origin(other) == origin(column)]
        filled = [row for row in rows if row[column.name] not in (None, [])]
        assert filled, f"no record of this test fills {column.name}"
        seen = [(text, row) for row in filled if (text := seen_in(place, table, row)) is not None]
        if not all(any(shows(text, each, row[each.name]) for each in same) for text, row in seen):
            lacking.append((column.name, [other.not_in.get(place) for other in same]))

    assert [name for name, reasons in lacking if not any(reasons)] == []


def test_reasons_are_of_places_there_are():
    reasons = {place for table in TABLES for column in table.columns for place in column.not_in}

    assert reasons <= set(PLACES)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_dictionary_explains_every_public_column(table, client):
    page = client.get("/data/dictionary/").content.decode()

    places = re.findall(rf'id="{table.name}-([a-z_]+)"', page)
    assert places == table.column_names


def names_in(shape: str, body: bytes) -> list[str]:
    """The names of the columns of a file."""
    if shape == "csv":
        return next(csv.reader([body.decode("utf-8-sig").partition("\r\n")[0]]))
    if shape == "xlsx":
        return [
            cell.value for cell in next(openpyxl.load_workbook(io.BytesIO(body)).worksheets[0].iter_rows())
        ]
    if shape == "ndjson":
        return list(json.loads(body.partition(b"\n")[0]))
    described = json.loads(body)
    if shape == "json":
        return list(described["rows"][0])
    if shape == "package":
        described = described["resources"][0]["schema"]
    columns = described["tableSchema"]["columns"] if shape == "metadata" else described["fields"]
    return [column["name"] for column in columns]


OF_A_TABLE = [
    (of, of.table, shape) for of in listed() for shape in FILE_FORMATS if shape.name not in ("atom", "ics")
]
OF_A_TABLE += [(CITATIONS, CITATIONS, shape) for shape in TABLE_FORMATS]


@pytest.mark.parametrize(
    ("of", "table", "shape"), OF_A_TABLE, ids=[f"{of.name}.{shape.name}" for of, _table, shape in OF_A_TABLE]
)
def test_every_file_has_every_public_column(of, table, shape, client):
    response = client.get(reverse(shape.route(of)))
    body = response.getvalue()

    assert names_in(shape.name, body) == table.column_names


def test_package_has_every_public_column_of_every_table():
    file = io.BytesIO()
    write_package(file)

    with ZipFile(file) as package:
        described = json.loads(package.read("datapackage.json"))["resources"]
        for table, resource in zip(TABLES, described, strict=True):
            header = names_in("csv", package.read(f"{table.name}.csv"))
            assert header == [field["name"] for field in resource["schema"]["fields"]] == table.column_names
