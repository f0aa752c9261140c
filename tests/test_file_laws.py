"""The shapes of a selection, compared with each other, with plain SQL, and by programs that know the formats."""

import hashlib
import json
import re

import pytest
from csvw import CSVW
from django.conf import settings as settings_of_site
from django.db import connection
from django.test import Client
from django.urls import reverse
from frictionless import Package, Resource, Schema
from hypothesis import given
from hypothesis import strategies as st

from partners.formats.csv import neutralize_formula
from partners.nouns import PARTNER, listed
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.laws import examples
from tests.shapes import csv_rows, get, json_pages, queries_that_choose, raw, xlsx_rows
from tests.worlds import build_world

# Where a row names its record, if not in a heading.
ADDRESS_IN_ROW = {"event": r'<a href="/timeline/([^/"]+)/"', "source": r'<a href="/sources/([^/"]+)/"'}
few_examples = examples(15)


@pytest.fixture(scope="module")
def world(db):
    """A directory that all tests look at. None of them leaves anything behind."""
    return build_world(8, organizations=60, agreements=70)


def in_a_list(values: list[str]) -> str:
    """A semicolon within a value is no separator: a name has the full-width one in its place, an address its code.

    An object stands as its key, the first of its values.
    """
    values = [each if isinstance(each, str) else next(iter(each.values())) for each in values]
    return ";".join(each.replace(";", "%3B" if "://" in each else "；") for each in values)


def as_csv(value) -> str:
    """What a CSV file says where JSON has this value."""
    text = in_a_list(value) if isinstance(value, list) else "" if value is None else str(value)
    return neutralize_formula(text) if isinstance(value, str | list) else text


def as_xlsx(value):
    """What a workbook says where JSON has this value."""
    if isinstance(value, list):
        return in_a_list(value) or None
    return value


@st.composite
def queries(draw, noun):
    """The same, which also take some columns in any order."""
    parts = [draw(queries_that_choose(noun))]
    names = [column.name for column in noun.table.public_columns if column.name != noun.key]
    if draw(st.booleans()):
        columns = draw(st.permutations([noun.key, *draw(st.lists(st.sampled_from(names), unique=True))]))
        parts.append(f"columns={','.join(columns)}")
    return "&".join(filter(None, parts))


@pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
def test_every_shape_says_the_same(world, noun):
    @few_examples
    @given(queries(noun))
    def law(query):
        told = csv_rows(raw(get(noun, "csv", query)))
        lines = [json.loads(line) for line in raw(get(noun, "ndjson", query)).decode().split("\n")[:-1]]
        pages = json_pages(noun, query)
        cells = xlsx_rows(raw(get(noun, "xlsx", query)))

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


def keys_on_page(noun, query: str) -> list[str]:
    page = Client().get(reverse(noun.page_route), QUERY_STRING=query).content.decode()
    results = page.partition('<div class="rows">')[2]
    found = re.findall(ADDRESS_IN_ROW.get(noun.name, r'<h3>\s*<a href="/[a-z]+/([^/"]+)/"'), results)
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
def test_pages_have_the_rows_of_the_files(world, noun):
    @few_examples
    @given(queries(noun))
    def law(query):
        query = re.sub("&?columns=[^&]*", "", query)
        keys = [row[noun.key] for row in csv_rows(raw(get(noun, "csv", query)))]
        shown = []
        for number in range(-(-len(keys) // 25)):
            shown += keys_on_page(noun, f"{query}&per_page=25&page={number + 1}")

        assert shown == keys

    law()


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
        ON a.id = p.agreement_id WHERE p.organization_id = o.id AND p.role = 'partner'
        AND a.publication_state = 'published' AND a.agreement_type = 'mou' AND EXISTS (SELECT 1 FROM partners_agreementparty q
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

    assert {row["organization"] for row in csv_rows(raw(get(PARTNER, "csv", query)))} == found
    assert found


@pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
def test_descriptions_have_the_measures_of_the_file(world, noun):
    @few_examples
    @given(queries(noun))
    def law(query):
        content = raw(get(noun, "csv", query))
        csvw = json.loads(raw(get(noun, "metadata", query)))
        table, lines = json.loads(raw(get(noun, "package", query)))["resources"]

        rows, digest = len(csv_rows(content)), hashlib.sha256(content).hexdigest()
        told = [csvw[f"schema:{name}"] for name in ("numberOfItems", "contentSize", "sha256")]
        assert told == [rows, len(content), digest]
        for resource, file in ((table, content), (lines, raw(get(noun, "ndjson", query)))):
            told = [resource.get("rows", resource.get("lines")), resource["bytes"], resource["hash"]]
            assert told == [rows, len(file), f"sha256:{hashlib.sha256(file).hexdigest()}"]

    law()


@pytest.mark.parametrize(
    "address",
    [
        "/partners.csv?type=company",
        "/partners.csv?q=a%20b",
        "/partners.csv?q=a+b",
        "/partners.csv?q=Zeta%C3%A9",
        "/partners.csv?columns=name,website",
        "/partners.csv?page=2&per_page=25",
        "/agreements.csv?q=&partner=",
        "/citations.csv?columns=quote,source",
    ],
)
def test_description_names_its_file_letter_by_letter(world, client, address):
    """A validator that starts at the file refuses a description that names another address."""
    described = re.match("<http://testserver(.*?)>", client.get(address)["Link"])[1]

    assert json.loads(raw(client.get(described)))["url"] == f"http://testserver{address}"


def test_an_address_cannot_leave_its_header(world, client):
    """What a browser would write as %3E may come as it is."""
    response = client.get("/partners.csv", QUERY_STRING='q=a>;rel="x"')

    assert response["Link"].count(">") == 1 and response["Link"].count('rel="') == 1


def package_in(folder, noun, query: str) -> Package:
    """The files and their data package as somebody keeps them in a folder."""
    described = json.loads(raw(get(noun, "package", query)))
    for resource, shape in zip(described["resources"], ("csv", "ndjson"), strict=True):
        resource["path"] = f"rows.{shape}"
        (folder / resource["path"]).write_bytes(raw(get(noun, shape, query)))
    (folder / "datapackage.json").write_text(json.dumps(described))
    return Package(str(folder / "datapackage.json"))


@pytest.mark.parametrize("query", ["", "columns=row_version,{key}", "q=zeta"])
@pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
def test_frictionless_finds_nothing_wrong(world, noun, query, tmp_path):
    report = package_in(tmp_path, noun, query.format(key=noun.key)).validate()

    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])


@pytest.mark.parametrize("shape", ["csv", "ndjson"])
def test_frictionless_sees_a_cut_file(world, shape, tmp_path):
    package = package_in(tmp_path, PARTNER, "")
    file = tmp_path / f"rows.{shape}"
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))

    errors = package.validate().flatten(["type"])

    assert ["hash-count"] in errors and ["byte-count"] in errors


@pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
def test_table_schema_fits_the_file(world, noun, tmp_path):
    (tmp_path / "rows.csv").write_bytes(raw(get(noun, "csv")))
    schema = Schema.from_descriptor(json.loads(raw(get(noun, "schema"))))

    report = Resource("rows.csv", basepath=str(tmp_path), schema=schema).validate()

    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])
    assert [field["name"] for field in schema.to_descriptor()["fields"]] == [
        column.name for column in noun.table.public_columns
    ]


@pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
def test_descriptions_speak_every_language(world, noun):
    """Also where a word is the same in two of them: who looks for the Dutch title finds one."""
    languages = {code for code, _name in settings_of_site.LANGUAGES}
    schema = json.loads(raw(get(noun, "schema")))
    csvw = json.loads(raw(get(noun, "metadata")))["tableSchema"]

    for field in schema["fields"]:
        said = [
            field["titles"],
            field["descriptions"],
            *(term["labels"] for term in field.get("categories", ())),
        ]
        assert all(set(each) == languages for each in said)
    for column in csvw["columns"]:
        for texts in (column["dc:title"], column["dc:description"]):
            assert {text["@language"] for text in texts} == languages


@pytest.mark.parametrize("query", ["", "columns={key},row_version&q=a"])
@pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
def test_csvw_metadata_is_valid_and_reads_the_file(world, noun, query, tmp_path):
    query = query.format(key=noun.key)
    described = json.loads(raw(get(noun, "metadata", query)))
    described["url"] = "rows.csv"
    (tmp_path / "rows.csv").write_bytes(raw(get(noun, "csv", query)))
    (tmp_path / "rows.csv-metadata.json").write_text(json.dumps(described))

    judged = CSVW(str(tmp_path / "rows.csv-metadata.json"), validate=True)

    assert judged.is_valid, [str(warning.message) for warning in judged.warnings]
    (table,) = judged.to_json()["tables"]
    assert [row["describes"][0][noun.key] for row in table["row"]] == [
        row[noun.key] for row in csv_rows(raw(get(noun, "csv", query)))
    ]
