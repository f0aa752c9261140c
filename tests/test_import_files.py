"""Files that curators bring in: how they are read, what is said of them, and the pages of an import."""

import io
import re

import pytest
from django.urls import reverse
from openpyxl import Workbook

from partners.curation_vocabularies import ImportState
from partners.models import ImportJob, Organization
from tests.database import db_of_file, undone  # noqa: F401
from tests.importing import bring, checked, does, found, records_to_change, signed_in_as, states, worked
from tests.records import make_curator

pytestmark = pytest.mark.usefixtures("undone")


@pytest.fixture(scope="module")
def curator(db):
    records_to_change()
    return signed_in_as(make_curator("ida"))


def test_every_error_stands_beside_its_line_and_column_at_once(curator):
    rows = (
        "Name;Type;Country;Region;Established;Website;Sectors;parent;unknown\n"
        "One;company;ZZ;;;;;;x\n"
        "Two;firm;US;CA-ON;1/4/2016;example;;;\n"
        "Three;company;;;3000;;Chops;nobody;\n"
        "Four;company;NL;;2001;;Chips;;\n"
        "four;company;NL;;2001;;Chips;;\n"
        ";company;;;;;;;\n"
    )
    job = checked(curator, "organizations", rows)

    assert job.reading["facts"] == ["separated by semicolons", "UTF-8"]
    assert [name for name, _near in job.reading["unused"]] == ["unknown"]
    assert sorted(found(job)) == [
        (2, "country_code", "error"),
        *((3, name, "error") for name in ("established", "region_code", "type", "website")),
        *((4, name, "error") for name in ("established", "parent", "sectors")),
        (6, "name", "error"),
        (7, "name", "error"),
    ]
    assert job.totals["refused"] == 5 and job.totals["new"] == 1
    before = Organization.objects.count()
    does(curator, job, "apply")
    assert Organization.objects.count() == before

    job = does(curator, job, "apply_rest")

    assert job.state == ImportState.WRITTEN
    assert Organization.objects.count() == before + 1


def test_a_corrected_file_takes_the_place_of_the_first(curator):
    job = checked(curator, "organizations", "Name,Country\nOne,ZZ\n")

    job = does(curator, job, "replace", rows="Name,Country\nOne,NL\n")

    assert states(job) == {2: "new"}


def test_the_page_of_a_running_import_says_how_to_go_on_without_scripts(curator):
    job = bring(curator, "organizations", "organization,city\nalpha,Leiden\n")
    page = reverse("admin:import", args=[job.pk])
    again = '<noscript><p class="d-note">Without scripts'

    assert again in curator.get(page).content.decode()
    worked(job)
    assert again not in curator.get(page).content.decode()


def test_nobody_else_sees_an_import(curator):
    job = bring(curator, "organizations", "Name\nSecret\n")
    other = signed_in_as(make_curator("olga"))

    for name in ("import", "import_state", "import_file", "import_findings"):
        assert other.get(reverse(f"admin:{name}", args=[job.pk])).status_code == 404
    assert other.post(reverse("admin:import", args=[job.pk]), {"do": "stop"}).status_code == 404
    mine = curator.get(reverse("admin:import_file", args=[job.pk]))
    assert mine.content == b"Name\nSecret\n" and "no-store" in mine["Cache-Control"]
    # No browser shows it as a page, whatever it is called and holds.
    assert mine["Content-Type"] == "application/octet-stream"
    assert mine["Content-Disposition"].startswith("attachment; filename=")


def test_a_stopped_import_leaves_nothing_and_can_be_taken_up_again(curator):
    job = checked(curator, "organizations", "Name\nFresh\n")
    curator.post(reverse("admin:import", args=[job.pk]), {"do": "apply", "planned": job.planned})
    job = does(curator, job, "stop")
    assert job.state == ImportState.CANCELLED and not Organization.objects.filter(name="Fresh").exists()

    assert does(curator, job, "again").state == ImportState.READY


@pytest.mark.parametrize(
    "content, facts",
    [
        ("Name,City\nCafé,Zürich\n".encode("utf-16"), ["separated by commas", "UTF-16"]),
        ("Name;City\nCafé;Zürich\n".encode("cp1252"), ["separated by semicolons", "Windows-1252"]),
        ("\ufeffName\tCity\nCafé\tZürich".encode(), ["separated by tabs", "UTF-8"]),
        ("sep=;\r\nName;City\r\nCafé;Zürich\r\n".encode(), ["separated by semicolons", "UTF-8"]),
    ],
)
def test_every_way_of_writing_a_table_is_read_and_told(curator, content, facts):
    file = io.BytesIO(content)
    file.name = "list.csv"
    curator.post(reverse("admin:imports"), {"kind": "organizations", "file": file})
    job = worked(ImportJob.objects.latest("pk"))

    assert job.reading["facts"] == facts
    assert bool(job.reading["warnings"]) == (facts[1] == "Windows-1252")
    (line,) = job.lines.all()
    assert {cell["after"] for cell in line.cells} >= {"Café", "Zürich"}


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "empty"),
        (b"PK\x03\x04nonsense", "broken workbook"),
        (b"\xd0\xcf\x11\xe0old", "old or an encrypted workbook"),
        (b"phone,fax\n1,2\n", "Allowed: organization, name among the columns"),
        (b"Name\n", "a header and no rows"),
        (b"Name,name\na,b\n", "stands here twice"),
        (b'Name\n"never closed\n', "not CSV"),
        (b"Name\n" + b"x\n" * 20_001, "more than 20,000 rows"),
    ],
)
def test_what_cannot_be_read_says_what_is_allowed(curator, content, said):
    file = io.BytesIO(content)
    file.name = "list.csv"
    answer = curator.post(reverse("admin:imports"), {"kind": "organizations", "file": file})
    if answer.status_code == 200:
        assert said in str(answer.context["form"].errors)
        return
    job = worked(ImportJob.objects.latest("pk"))

    assert job.state == ImportState.FAILED
    assert said in job.problem and "table" not in job.problem
    assert said in curator.get(reverse("admin:import", args=[job.pk])).text


def test_a_workbook_that_would_fill_memory_is_refused(curator, monkeypatch):
    monkeypatch.setattr("partners.exchange.spreadsheet.workbook.MOST_UNPACKED", 2000)
    book, file = Workbook(), io.BytesIO()
    for _number in range(100):
        book.active.append(["Name"] * 20)
    book.save(file)
    file.seek(0)
    file.name = "list.xlsx"
    curator.post(reverse("admin:imports"), {"kind": "organizations", "file": file})

    assert "too large" in worked(ImportJob.objects.latest("pk")).problem


def test_findings_are_no_formulas(curator):
    job = checked(curator, "organizations", "Name,Country\n=cmd(),ZZ\n")

    text = b"".join(curator.get(reverse("admin:import_findings", args=[job.pk])).streaming_content).decode()

    assert "'=cmd()" in text and "country_code" in text


def test_the_cost_of_a_page_does_not_grow_with_the_rows(curator, django_assert_max_num_queries):
    rows = "Name\n" + "".join(f"Fresh {number}\n" for number in range(300))
    job = checked(curator, "organizations", rows)

    with django_assert_max_num_queries(14):
        assert curator.get(reverse("admin:import", args=[job.pk])).status_code == 200


def test_one_cell_is_told_as_one(curator):
    """In both languages, above the table and on the button."""
    one = checked(curator, "organizations", "organization,City\nalpha,Leiden\n")
    two = checked(curator, "organizations", "organization,City,Ticker\nalpha,Leiden,ALPH\n")

    one, two = (reverse("admin:import", args=[job.pk]) for job in (one, two))

    def said(address: str, language: str) -> str:
        html = curator.get(language + address).content.decode()
        return " ".join(re.sub(r"<[^>]+>", " ", html).split())

    # Whoever has once chosen a language stays in it.
    english, many = said(one, ""), said(two, "")
    assert "To write: 1 cell in 1 row." in english and "Apply 1 row, 1 cell " in english
    assert "To write: 2 cells in 1 row." in many and "Apply 1 row, 2 cells " in many
    dutch, many = said(one, "/nl"), said(two, "/nl")
    assert "Op te slaan: 1 cel in 1 rij." in dutch and "1 rij doorvoeren, 1 cel " in dutch
    assert "Op te slaan: 2 cellen in 1 rij." in many and "1 rij doorvoeren, 2 cellen " in many


def test_the_preview_is_the_table_of_cells_that_reviews_have(curator):
    """A new record is a row, each other cell is one, with what is to be decided of it."""
    rows = ",ALPHA,,\nalpha,Alpha,Leiden,v0123456789abcdef\n,Fresh,Oslo,\nbeta,Beta,,v12\n"
    job = checked(curator, "organizations", "organization,Name,City,row_version\n" + rows)

    table = curator.get(reverse("admin:import", args=[job.pk])).context["table"]

    told = [(row.anchor, row.title, row.tag) for row in table.rows]
    assert told == [
        ("line2", "ALPHA", "alike"),
        ("line3", "Alpha: City", "conflict"),
        ("line4", "Fresh", "new"),
        ("", "Fresh: Sources", "new"),
        ("line5", "Beta: Version of the row", "refused"),
    ]
    alike, conflict, new, _suggestion, refused = (row.parts for row in table.rows)
    assert [each.value for each in alike[-1].choices] == ["same:alpha", "other", "skip"]
    assert [(each.value, each.is_chosen) for each in conflict[-1].choices] == [
        ("keep", True),
        ("take", False),
    ]
    assert ["".join(text for _mark, text in part.text.pieces) for part in conflict[1:3]] == [
        "Delft",
        "Leiden",
    ]
    assert dict(new[2].text.lines)["City"] == [("ins", "Oslo")]
    assert refused[2].text.pieces == [("del", "v12")] and refused[-1].findings[0].level == "error"
