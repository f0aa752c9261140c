"""The shapes of a selection, compared with each other, with plain SQL, and with programs that know the formats."""

import csv
import hashlib
import io
import json
import re
from datetime import date
from itertools import zip_longest

import openpyxl
import pytest
from django.conf import settings as site
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from frictionless import Package, Resource, Schema
from hypothesis import given, settings
from hypothesis import strategies as st

from partners.tables import xlsx
from partners.tables.csv import neutralize_formula
from partners.tables.json import json_cell
from partners.views.files import SHAPES
from partners.views.kinds import KINDS, PARTNERS
from tests.records import make_agreement, make_organization, make_partner, make_sector
from tests.worlds import build_world

BY_NAME = {shape.name: shape for shape in SHAPES}
few_examples = settings(max_examples=15, deadline=None, derandomize=True)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """A directory that all tests look at. None of them leaves anything behind."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_world(8, organizations=60, agreements=70)
        transaction.set_rollback(True)


def get(kind, shape: str, query: str = ""):
    return Client().get(reverse(f"{kind.name}_{shape}"), QUERY_STRING=query)


def raw(response) -> bytes:
    assert response.status_code == 200, response.content
    return b"".join(response) if response.streaming else response.content


def csv_rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))


def xlsx_rows(content: bytes) -> list[dict]:
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
    header, *rows = sheet.iter_rows(values_only=True)
    # A row ends with its last filled cell.
    return [dict(zip_longest(header, row)) for row in rows]


def json_pages(kind, query: str) -> list[dict]:
    """The rows of all pages, by following the links."""
    rows, address = [], f"{reverse(f'{kind.name}_json')}?{query}"
    while address:
        answer = json.loads(raw(Client().get(address)))
        rows += answer["rows"]
        address = answer["links"]["next"]
        assert len(rows) <= answer["count"]
    assert len(rows) == answer["count"]
    return rows


def as_csv(value) -> str:
    """What a CSV file says where JSON has this value."""
    text = ";".join(value) if isinstance(value, list) else "" if value is None else str(value)
    return neutralize_formula(text) if isinstance(value, str | list) else text


def as_xlsx(value):
    """What a workbook says where JSON has this value."""
    if isinstance(value, list):
        return ";".join(value) or None
    return value


@st.composite
def queries(draw, kind):
    """Query strings that choose something, order it, and take some columns in any order."""
    facets = kind.listing.facets()
    parts = draw(st.lists(st.sampled_from([*facets, *(f"exclude_{name}" for name in facets)]), max_size=2))
    parts = [f"{name}=none" for name in parts]
    if draw(st.booleans()):
        parts.append(f"sort={draw(st.sampled_from(list(kind.listing.base_filters['sort'].orders)))}")
    if draw(st.booleans()):
        parts.append(f"q={draw(st.sampled_from(['a', 'zeta', 'ab', 'strasse']))}")
    names = [column.name for column in kind.table.public_columns if column.name != kind.key]
    if draw(st.booleans()):
        columns = draw(st.permutations([kind.key, *draw(st.lists(st.sampled_from(names), unique=True))]))
        parts.append(f"columns={','.join(columns)}")
    return "&".join(parts)


# The shapes beside each other


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_shape_says_the_same(world, kind):
    @few_examples
    @given(queries(kind))
    def law(query):
        told = csv_rows(raw(get(kind, "csv", query)))
        lines = [json.loads(line) for line in raw(get(kind, "ndjson", query)).decode().split("\n")[:-1]]
        pages = json_pages(kind, query)
        cells = xlsx_rows(raw(get(kind, "xlsx", query)))

        assert pages == lines
        assert told == [{name: as_csv(value) for name, value in line.items()} for line in lines]
        assert [list(line) for line in lines] == [list(row) for row in told]
        dated = [
            {
                name: value.date().isoformat() if hasattr(value, "date") else value
                for name, value in row.items()
            }
            for row in cells
        ]
        assert dated == [{name: as_xlsx(value) for name, value in line.items()} for line in lines]

    law()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_page_has_the_rows_of_the_files(world, kind):
    @few_examples
    @given(queries(kind))
    def law(query):
        query = re.sub("&?columns=[^&]*", "", query)
        page = Client().get(reverse(kind.page_route), QUERY_STRING=f"{query}&per_page=100").content.decode()
        results = page.partition('<h2 id="results"')[2]
        of_kind = reverse(f"{kind.name}_detail", args=["x"]).replace("x/", '([^/"]+)/["]')
        shown = re.findall(f'<a href="{of_kind}', results)
        keys = [row[kind.key] for row in csv_rows(raw(get(kind, "csv", query)))]

        assert list(dict.fromkeys(shown)) == keys[:100]

    law()


# Where a row names its record, if not in a heading.
ADDRESS_IN_ROW = {"event": r'<a href="/timeline/([^/"]+)/"', "source": r'<a href="/sources/([^/"]+)/"'}

PLAIN_SQL = {
    "type=company": "o.type = 'company'",
    "type=company&type=education": "o.type IN ('company', 'education')",
    "exclude_type=company": "o.type <> 'company'",
    "ownership=none": "o.ownership = ''",
    "established_min=1950&established_max=2015": "o.established BETWEEN 1950 AND 2015",
    "sector=sector-a": """EXISTS (SELECT 1 FROM partners_organization_sectors l JOIN partners_sector s
        ON s.id = l.sector_id WHERE l.organization_id = o.id AND s.slug = 'sector-a')""",
    "sector=none": "NOT EXISTS (SELECT 1 FROM partners_organization_sectors l WHERE l.organization_id = o.id)",
    "agreement_type=mou": """EXISTS (SELECT 1 FROM partners_agreementparty p JOIN partners_agreement a
        ON a.id = p.agreement_id WHERE p.organization_id = o.id AND a.publication_state = 'published'
        AND a.agreement_type = 'mou' AND EXISTS (SELECT 1 FROM partners_agreementparty q
        JOIN partners_organization r ON r.id = q.organization_id WHERE q.agreement_id = a.id
        AND q.role = 'partner' AND r.publication_state = 'published'))""",
    "region=US-CA&exclude_ownership=startup": "o.region_code = 'US-CA' AND o.ownership <> 'startup'",
}
IS_PARTNER = """SELECT o.slug FROM partners_organization o WHERE o.publication_state = 'published' AND EXISTS (
    SELECT 1 FROM partners_agreementparty p JOIN partners_agreement a ON a.id = p.agreement_id
    WHERE p.organization_id = o.id AND p.role = 'partner' AND a.publication_state = 'published') AND {}"""


@pytest.mark.parametrize("query", PLAIN_SQL)
def test_file_holds_what_plain_sql_finds(world, query):
    with connection.cursor() as cursor:
        cursor.execute(IS_PARTNER.format(PLAIN_SQL[query]))
        found = {slug for (slug,) in cursor.fetchall()}

    assert {row["organization"] for row in csv_rows(raw(get(PARTNERS, "csv", query)))} == found
    assert found


@pytest.mark.parametrize("shape", ["csv", "xlsx", "ndjson"])
def test_file_costs_as_many_queries_whatever_its_rows(db, shape):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            raw(get(PARTNERS, shape))
        return len(queries)

    make_partner("Alpha")
    count()
    one = count()
    for number in range(5):
        make_partner(f"Partner {number}", sectors=[make_sector(f"Sector {number}")])
    count()

    # The version of the data, the index, and the rows; a workbook says the version in its second sheet.
    assert count() == one == (4 if shape == "xlsx" else 3)


# Whole or cut


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_descriptions_have_the_measures_of_the_file(world, kind):
    @few_examples
    @given(queries(kind))
    def law(query):
        content = raw(get(kind, "csv", query))
        csvw = json.loads(raw(get(kind, "metadata", query)))
        (resource,) = json.loads(raw(get(kind, "package", query)))["resources"]

        rows, digest = len(csv_rows(content)), hashlib.sha256(content).hexdigest()
        told = [csvw[f"schema:{name}"] for name in ("numberOfItems", "contentSize", "sha256")]
        assert told == [rows, len(content), digest]
        assert [resource["rows"], resource["bytes"], resource["hash"]] == [
            rows,
            len(content),
            f"sha256:{digest}",
        ]

    law()


def test_digest_is_taken_again_when_the_data_changes_meanwhile(db, monkeypatch):
    make_partner("Alpha")
    from partners.tables import metadata

    measure, times = metadata.measure, []

    def disturbed(columns, rows):
        times.append(measure(columns, rows))
        if len(times) == 1:
            make_partner("Beta")
        return times[-1]

    monkeypatch.setattr(metadata, "measure", disturbed)
    told = json.loads(raw(get(PARTNERS, "metadata")))
    monkeypatch.undo()

    assert [measures.rows for measures in times] == [1, 2]
    content = raw(get(PARTNERS, "csv"))
    assert told["schema:sha256"] == hashlib.sha256(content).hexdigest()
    assert told["schema:version"] in get(PARTNERS, "csv")["ETag"]


def test_workbook_says_how_long_it_is(world):
    response = get(PARTNERS, "xlsx")

    assert int(response["Content-Length"]) == len(raw(response))


def test_file_names_its_description(world):
    response = get(PARTNERS, "csv", "type=company")

    assert response["Link"] == (
        '<http://testserver/partners.csv-metadata.json?type=company>; rel="describedby"; '
        'type="application/csvm+json"'
    )


# Programs that know the formats


def package_in(folder, kind, query: str) -> Package:
    """The file and its data package as somebody keeps them in a folder."""
    described = json.loads(raw(get(kind, "package", query)))
    (folder / "rows.csv").write_bytes(raw(get(kind, "csv", query)))
    described["resources"][0]["path"] = "rows.csv"
    (folder / "datapackage.json").write_text(json.dumps(described))
    return Package(str(folder / "datapackage.json"))


@pytest.mark.parametrize("query", ["", "columns=row_version,{key}", "q=zeta"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_frictionless_finds_nothing_wrong(world, kind, query, tmp_path):
    report = package_in(tmp_path, kind, query.format(key=kind.key)).validate()

    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])


def test_frictionless_sees_a_cut_file(world, tmp_path):
    package = package_in(tmp_path, PARTNERS, "")
    file = tmp_path / "rows.csv"
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))

    errors = package.validate().flatten(["type"])

    assert ["hash-count"] in errors and ["byte-count"] in errors


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_table_schema_fits_the_file(world, kind, tmp_path):
    (tmp_path / "rows.csv").write_bytes(raw(get(kind, "csv")))
    schema = Schema.from_descriptor(json.loads(raw(get(kind, "schema"))))

    report = Resource("rows.csv", basepath=str(tmp_path), schema=schema).validate()

    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])
    assert [field["name"] for field in schema.to_descriptor()["fields"]] == [
        column.name for column in kind.table.public_columns
    ]


@pytest.mark.parametrize("query", ["", "columns={key},row_version&q=a"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_csvw_metadata_is_valid_and_reads_the_file(world, kind, query, tmp_path):
    from csvw import CSVW

    query = query.format(key=kind.key)
    described = json.loads(raw(get(kind, "metadata", query)))
    described["url"] = "rows.csv"
    (tmp_path / "rows.csv").write_bytes(raw(get(kind, "csv", query)))
    (tmp_path / "rows.csv-metadata.json").write_text(json.dumps(described))

    judged = CSVW(str(tmp_path / "rows.csv-metadata.json"), validate=True)

    assert judged.is_valid, [str(warning.message) for warning in judged.warnings]
    (table,) = judged.to_json()["tables"]
    assert [row["describes"][0][kind.key] for row in table["row"]] == [
        row[kind.key] for row in csv_rows(raw(get(kind, "csv", query)))
    ]


# Workbooks


def sheets_of(query: str = ""):
    return openpyxl.load_workbook(io.BytesIO(raw(get(PARTNERS, "xlsx", query)))).worksheets


def test_workbook_keeps_its_header_in_sight_and_can_be_filtered(db):
    make_partner("Alpha", established=1999)
    make_partner("Beta")

    sheet, _about = sheets_of("columns=organization,established")

    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:B3")
    assert [[cell.value for cell in row] for row in sheet] == [
        ["organization", "established"],
        ["alpha", 1999],
        ["beta", None],
    ]


def test_workbook_says_what_it_is(db, settings):
    settings.DATA_LICENCE = "https://example.org/licence"
    make_partner("Alpha", sectors=[make_sector("Chips")])

    _rows, about = sheets_of("sector=chips&columns=organization,type")

    facts = {row[0].value: row[1].value for row in about.iter_rows(max_row=5)}
    assert facts["Selection"] == "Partners in the sector Chips"
    assert facts["Rows"] == 1
    assert facts["Source"] == "http://testserver/partners.csv?sector=chips&columns=organization%2Ctype"
    assert facts["Data version"] in get(PARTNERS, "csv")["ETag"]
    assert facts["Licence"] == "https://example.org/licence"
    columns = {row[0].value: row for row in about.iter_rows(min_row=8)}
    assert set(columns) == {"organization", "type"}
    assert "company: Company" in columns["type"][4].value.splitlines()


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "@SUM(A1)", "'=1", "#N/A", "#REF!", "12", "TRUE", "1e5", "a\x02b"]
)
def test_text_stays_text_in_a_workbook(db, name):
    make_agreement("One", partners=[make_organization(name, slug="x")])

    sheet, _about = sheets_of("columns=name")

    (cell,) = sheet[2]
    assert cell.data_type in ("s", "inlineStr")
    assert cell.value == name.replace("\x02", "\ufffd")


def test_text_too_long_for_a_cell_is_named(db):
    organization = make_partner("Alpha")
    type(organization).objects.filter(pk=organization.pk).update(summary_en="a" * (xlsx.LONGEST_CELL + 1))

    sheet, _about = sheets_of("columns=summary_en")

    assert sheet["A2"].value == "[32768 characters, too long for a cell: see the CSV file]"


def test_workbook_of_too_many_rows_is_refused(db, monkeypatch):
    monkeypatch.setattr(xlsx, "MOST_ROWS", 1)
    make_partner("Alpha")
    make_partner("Beta")

    response = get(PARTNERS, "xlsx")

    assert response.status_code == 400
    assert "as CSV" in response.content.decode()


@pytest.mark.parametrize("day", [date(1899, 12, 31), date(1900, 2, 28)])
def test_day_before_those_excel_knows_is_text(day):
    assert xlsx.xlsx_value(day) == day.isoformat() == json_cell(day)


# Refusals


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_bad_parameters_are_refused_in_the_language_of_the_shape(db, shape):
    response = get(PARTNERS, shape.name, "sectr=x&columns=organizatio&type=ghost")

    assert response.status_code == 400
    if shape.problems_as == "application/problem+json":
        told = json.loads(response.content)
        assert response["Content-Type"] == "application/problem+json"
        assert told["status"] == 400
        details = {problem["parameter"]: problem["detail"] for problem in told["problems"]}
    else:
        lines = response.content.decode().splitlines()[2:]
        details = dict(line.split(": ", 1) for line in lines)
    assert "“sector”" in details["sectr"] or "sector" in details["sectr"]
    assert "organization" in details["columns"]
    assert "company" in details["type, exclude_type"]


def test_json_pages_are_those_that_were_asked_for(db):
    for number in range(30):
        make_partner(f"Partner {number:02}")

    answer = json.loads(raw(get(PARTNERS, "json", "page=2&per_page=25&columns=name")))

    assert (answer["count"], answer["page"], answer["pages"], answer["per_page"]) == (30, 2, 2, 25)
    assert [row["name"] for row in answer["rows"]] == [f"Partner {number}" for number in range(25, 30)]
    assert answer["links"]["next"] is None
    assert "page=1" in answer["links"]["previous"]


def test_licence_is_said_where_it_is_known(db, settings):
    make_partner("Alpha")
    assert site.DATA_LICENCE == ""
    assert json.loads(raw(get(PARTNERS, "json")))["licence"] is None
    assert "dc:license" not in json.loads(raw(get(PARTNERS, "metadata")))

    settings.DATA_LICENCE = "https://example.org/licence"

    # The address is another one, as the kept answer was made before.
    assert json.loads(raw(get(PARTNERS, "json", "sort=name")))["licence"] == "https://example.org/licence"
    told = json.loads(raw(get(PARTNERS, "metadata", "sort=name")))
    assert told["dc:license"] == {"@id": "https://example.org/licence"}
