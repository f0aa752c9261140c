"""Files as an analyst meets them: workbooks, JSON, descriptions, refusals."""

import hashlib
import io
import json
import threading
from datetime import date

import openpyxl
import pytest
from django.conf import settings as site
from django.db import connection, transaction
from django.test import Client

from partners.formats import csv, metadata, xlsx
from partners.formats import json as tables_json
from partners.formats.files import FILE_FORMATS
from partners.models import Organization
from partners.nouns import PARTNER
from partners.selection import index, selection
from partners.tables.columns import json_value
from tests.database import queries_of
from tests.elsewhere import elsewhere
from tests.records import cite, make_agreement, make_organization, make_partner, make_sector, make_source
from tests.shapes import csv_rows, get, raw, xlsx_rows


@pytest.mark.parametrize("shape", ["csv", "xlsx", "ndjson"])
def test_file_costs_as_many_queries_whatever_its_rows(db, shape):
    def count() -> int:
        return queries_of(lambda: raw(get(PARTNER, shape)))

    make_partner("Alpha")
    count()
    one = count()
    for number in range(5):
        make_partner(f"Partner {number}", sectors=[make_sector(f"Sector {number}")])
    count()

    # The version of the data, the index, and the rows; a workbook says the version in its second sheet, and looks
    # twice more whether the index belongs to it.
    assert count() == one == (6 if shape == "xlsx" else 3)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("shape", ["metadata", "package"])
def test_description_is_of_one_state_while_somebody_writes(shape, monkeypatch):
    make_partner("Alpha")
    before = raw(get(PARTNER, "csv")), raw(get(PARTNER, "ndjson")), get(PARTNER, "csv")["ETag"]
    measure = metadata.measure

    def disturbed(*arguments):
        elsewhere(lambda: make_partner(f"Partner {Organization.objects.count()}"))
        return measure(*arguments)

    monkeypatch.setattr(metadata, "measure", disturbed)
    told = json.loads(raw(get(PARTNER, shape)))

    files = told["resources"] if shape == "package" else [{"hash": f"sha256:{told['schema:sha256']}"}]
    digests = [f"sha256:{hashlib.sha256(content).hexdigest()}" for content in before[:2]]
    assert [file["hash"] for file in files] == digests[: len(files)]
    assert (told.get("version") or told["schema:version"]) in before[2]
    assert raw(get(PARTNER, "csv")) != before[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("shape", [shape.name for shape in FILE_FORMATS if not shape.streamed])
def test_file_of_one_state_is_never_made_from_an_old_index(shape, monkeypatch):
    partner = make_partner("Alpha", sectors=[make_sector("Chips")])
    times = []

    def slow(patience):
        bring_up_to_date(patience=patience)
        if not times:
            # Whoever writes now is seen by the rows and not by the index.
            elsewhere(lambda: partner.sectors.set([make_sector("Fusion")]))
        times.append(1)

    bring_up_to_date = index.bring_up_to_date
    monkeypatch.setattr(index, "bring_up_to_date", slow)
    answer = read_as(shape, get(PARTNER, shape, "sector=fusion"))

    assert len(times) == 2
    monkeypatch.undo()
    assert answer == read_as(shape, get(PARTNER, shape, "sector=fusion"))


def read_as(shape: str, response):
    """What a file says; a workbook is packed with the time of packing."""
    return xlsx_rows(raw(response)) if shape == "xlsx" else raw(response)


@pytest.mark.django_db(transaction=True)
def test_file_asks_to_come_back_while_no_state_stands_still(monkeypatch):
    make_partner("Alpha")
    monkeypatch.setattr(index, "bring_up_to_date", lambda patience: None)

    response = get(PARTNER, "metadata")

    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert "Ask again" in response.content.decode()
    assert get(PARTNER, "csv").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("shape", ["list", "csv", "json"])
def test_reader_waits_for_no_long_writer(shape, monkeypatch):
    """Somebody saves, and before anyone has looked a long import begins: who reads is told to come back."""
    for module in (selection, index):
        monkeypatch.setattr(module, "INDEX_PATIENCE", 1)
    make_partner("Alpha")
    get(PARTNER, shape)
    Organization.objects.update(region_code="US-CA", country_code="US")
    begun, read = threading.Event(), threading.Event()

    def import_for_long():
        with transaction.atomic():
            Organization.objects.update(region_code="US-WA")
            begun.set()
            read.wait(20)
        connection.close()

    writer = threading.Thread(target=import_for_long)
    writer.start()
    begun.wait(20)
    response = get(PARTNER, shape)
    read.set()
    writer.join()

    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert "being changed just now" in response.content.decode()
    assert "ETag" not in response
    assert get(PARTNER, shape).status_code == 200


def sheets_of(query: str = ""):
    return openpyxl.load_workbook(io.BytesIO(raw(get(PARTNER, "xlsx", query)))).worksheets


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
    assert facts["Source"] == "http://testserver/partners.csv?sector=chips&columns=organization,type"
    assert facts["Data version"] in get(PARTNER, "csv")["ETag"]
    assert facts["License"] == "https://example.org/licence"
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


def test_a_search_for_what_xml_lacks_leaves_a_workbook_that_opens(db):
    """The sheet about the selection repeats the words; openpyxl itself looks for some of these characters only."""
    _sheet, about = sheets_of("q=%EF%BF%BF%EF%BF%BE%01")

    assert "\ufffd\ufffd\ufffd" in about["B1"].value


def test_text_too_long_for_a_cell_is_named(db):
    organization = make_partner("Alpha")
    type(organization).objects.filter(pk=organization.pk).update(
        summary_en="a" * (xlsx.LONGEST_EXCEL_CELL + 1)
    )

    sheet, _about = sheets_of("columns=summary_en")

    assert sheet["A2"].value == "[32768 characters, too long for a cell: see the CSV file]"


def test_workbook_of_too_many_rows_is_refused(db, monkeypatch):
    monkeypatch.setattr(xlsx, "MOST_ROWS", 1)
    make_partner("Alpha")
    make_partner("Beta")

    response = get(PARTNER, "xlsx")

    assert response.status_code == 400
    assert "take the CSV file" in response.content.decode()


@pytest.mark.parametrize("day", [date(1899, 12, 31), date(1900, 2, 28)])
def test_day_before_those_excel_knows_is_text(day):
    assert xlsx.xlsx_value(day) == day.isoformat() == json_value(day)


@pytest.mark.parametrize("shape", FILE_FORMATS, ids=lambda shape: shape.name)
def test_bad_parameters_are_refused_in_the_language_of_the_shape(db, shape):
    response = get(PARTNER, shape.name, "sectr=x&columns=organizatio&type=ghost")

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
    assert "company" in details["type"]


def test_json_pages_are_those_that_were_asked_for(db):
    for number in range(30):
        make_partner(f"Partner {number:02}")

    answer = json.loads(raw(get(PARTNER, "json", "page=2&per_page=25&columns=name")))

    assert (answer["count"], answer["page"], answer["pages"], answer["per_page"]) == (30, 2, 2, 25)
    assert [row["name"] for row in answer["rows"]] == [f"Partner {number}" for number in range(25, 30)]
    assert answer["links"]["next"] is None
    assert "page=1" in answer["links"]["previous"]


@pytest.mark.parametrize(
    ("query", "pages"), [("page=9", 2), ("page=2&q=%221%22", 1), ("page=2&type=nonprofit", 1)]
)
def test_json_page_after_the_last_one_is_not_found_and_leads_back(db, query, pages):
    """Whoever counts on until there is nothing more comes to an end, and is told where it was."""
    for number in range(26):
        make_partner(f"Partner {number}")

    response = get(PARTNER, "json", query)

    answer = json.loads(response.content)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert (answer["status"], answer["pages"]) == (404, pages)
    assert f"the last one is {pages}" in answer["detail"]
    last = json.loads(Client().get(answer["links"]["last"]).content)
    assert (last["page"], last["pages"], last["count"]) == (pages, pages, answer["count"])


@pytest.mark.parametrize(
    ("query", "parameter", "says"),
    [
        ("type=company&exclude_type=ghost", "exclude_type", "“ghost” is not one of its values"),
        ("type=COMPANY", "type", "Did you mean “company”?"),
        ("columns=name,name", "columns", "once only"),
        ("columns=,", "columns", "once only"),
        ("columns=NAME", "columns", "Did you mean “name”?"),
        ("established_min=1990&established_max=x", "established_max", "“x” is not a year"),
        ("established_min=2000&established_max=1990", "established_min", "begins after its end"),
    ],
)
def test_problem_names_the_parameter_that_has_it(db, query, parameter, says):
    (problem,) = json.loads(get(PARTNER, "json", query).content)["problems"]

    assert problem["parameter"] == parameter
    assert says in problem["detail"]


@pytest.mark.parametrize("address", ["/partners/alpha.json", "/api/openapi.json", "/citations.ndjson"])
def test_unknown_parameter_of_any_address_in_json_is_refused(db, client, address):
    make_partner("Alpha")

    response = client.get(address, {"fields": "name"})

    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    (problem,) = json.loads(response.content)["problems"]
    assert problem["parameter"] == "fields"
    assert "is not a filter of this page" in problem["detail"]


def test_licence_is_said_where_it_is_known(db, settings):
    make_partner("Alpha")
    assert site.DATA_LICENCE == ""
    assert json.loads(raw(get(PARTNER, "json")))["licence"] is None
    assert "dc:license" not in json.loads(raw(get(PARTNER, "metadata")))

    settings.DATA_LICENCE = "https://example.org/licence"

    assert json.loads(raw(get(PARTNER, "json")))["licence"] == "https://example.org/licence"
    told = json.loads(raw(get(PARTNER, "metadata")))
    assert told["dc:license"] == {"@id": "https://example.org/licence"}


# Records


def test_record_has_the_cells_of_its_row_and_its_citations(db):
    source = make_source("Press release")
    organization = make_partner("Alpha", sectors=[make_sector("Chips")], established=1999)
    cite(organization, source=source, field="established", quote="since 1999")
    rows = json.loads(Client().get("/partners.json?q=alpha").content)["rows"]

    told = json.loads(Client().get("/partners/alpha.json").content)

    assert [told["record"]] == rows
    assert told["record"]["established"] == 1999
    cited = {(row["source"], row["field"], row["quote"]) for row in told["citations"]}
    assert ("press-release", "established", "since 1999") in cited
    assert {row["organization"] for row in told["citations"]} == {"alpha"}
    assert told["links"]["page"] == "http://testserver/partners/alpha/"


def test_organization_leads_on_to_its_own_address(db):
    make_partner("Alpha")

    response = Client().get("/agencies/alpha.json")

    assert (response.status_code, response["Location"]) == (301, "/partners/alpha.json")


# Long downloads


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("shape", ["csv", "ndjson"])
def test_curators_write_while_a_file_is_being_read(monkeypatch, shape):
    module, name = {"csv": (csv, "CSV_PIECE"), "ndjson": (tables_json, "JSON_PIECE")}[shape]
    monkeypatch.setattr(module, name, 1)
    for number in range(4):
        make_partner(f"Partner {number}", city="Here")
    pieces = iter(get(PARTNER, shape))
    read = [next(pieces), next(pieces)]

    elsewhere(lambda: Organization.objects.update(city="There"))

    read += pieces
    assert b"".join(read).count(b"Here") == 4
    assert Organization.objects.filter(city="There").count() == 4


def test_browser_is_told_how_long_a_workbook_is(db):
    make_partner("Alpha")

    response = Client().get("/partners.xlsx", headers={"Accept-Encoding": "gzip, br"})

    assert "Content-Encoding" not in response
    assert int(response["Content-Length"]) == len(raw(response))


def test_a_list_has_as_many_values_as_separators_say(db):
    partner = make_partner("Alpha", names=["Alpha; Beta Holdings", "Gamma"])
    address = "https://example.org/a;b?c=d;e"
    cite(partner, source=make_source(url=address))
    columns = "columns=organization,other_names,source_addresses"

    (row,) = csv_rows(raw(get(PARTNER, "csv", columns)))
    (told,) = json.loads(raw(get(PARTNER, "json", columns)))["rows"]

    assert row["other_names"].split(";") == ["Alpha； Beta Holdings", "Gamma"]
    assert "https://example.org/a%3Bb?c=d%3Be" in row["source_addresses"].split(";")
    assert told["other_names"] == ["Alpha; Beta Holdings", "Gamma"]
    assert address in told["source_addresses"]
