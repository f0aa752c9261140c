"""Files that come back with their rows elsewhere, or with cells as other programs write them."""

import datetime

import openpyxl
import pytest

from partners.exchange.spreadsheet import apply, plan
from partners.models import Agreement, Organization
from partners.nouns import AGREEMENT
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.records import make_agreement, make_organization
from tests.shapes import csv_rows
from tests.test_applying import changed, download, refusal, said, taken_back, write

SHORT = "columns=organization,city,row_version"
DATED = "columns=agreement,announced_date,row_version"


@pytest.fixture(scope="module")
def partners(db):
    found = [make_organization(name, city="Delft", cited=False) for name in ("Alpha", "Beta", "Gamma")]
    make_agreement("Deal", partners=found, announced_date=datetime.date(2025, 12, 8))


def with_city(folder, prepare):
    """A workbook in which a city was changed, and then its sheets."""
    path = download(folder, shape="xlsx", query=SHORT)
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["B2"] = "Gent"
    prepare(book)
    book.save(path)
    return path


def notes_before(book):
    book.create_sheet("Notes", 0).append(["To ask Ann"])


def hidden_before(book):
    sheet = book.create_sheet("Lists", 0)
    sheet.append(["company"])
    sheet.sheet_state = "hidden"


SHEETS = {
    "notes": notes_before,
    "hidden": hidden_before,
    "empty": lambda book: book.create_sheet("Sheet1", 0),
    "about": lambda book: book.move_sheet(book.worksheets[1], -1),
    "chart": lambda book: book.create_chartsheet("Chart", 0),
    "empty rows": lambda book: book.worksheets[0].insert_rows(1, 2),
}


@pytest.mark.parametrize("before", SHEETS)
def test_rows_are_found_in_whichever_sheet_they_stand(partners, tmp_path, before):
    assert "would change 1 cell of 1 record" in said(with_city(tmp_path, SHEETS[before]), dry_run=True)


def test_rows_in_two_sheets_are_refused_so_that_no_work_in_one_is_lost(partners, tmp_path):
    path = with_city(tmp_path, lambda book: book.copy_worksheet(book.worksheets[0]))

    assert "several sheets: Organizations, Organizations Copy" in refusal(path)


def test_workbook_of_something_else_says_which_sheet_was_read(partners, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Year", "Turnover"])
    book.save(tmp_path / "other.xlsx")

    assert "sheet Sheet, line 1: the header names no key; it begins with 'Year'" in refusal(
        tmp_path / "other.xlsx"
    )


def test_empty_cells_above_the_header_mean_nothing(partners, tmp_path):
    path = changed(download(tmp_path, query=SHORT), "alpha", city="Gent")
    path.write_bytes(b",,\r\n \r\n" + path.read_bytes())

    assert "would change 1 cell of 1 record" in said(path, dry_run=True)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_wide_characters_are_told_with_and_without_a_mark(partners, tmp_path, encoding):
    path = download(tmp_path, query=SHORT)
    path.write_bytes(path.read_bytes().decode().encode(encoding))

    assert "is UTF-16. Save it as UTF-8" in refusal(path)


@pytest.mark.parametrize("version", ["", "5", "1.2E+15"])
def test_lost_version_of_a_row_is_not_blamed_on_somebody_else(partners, tmp_path, version):
    path = changed(download(tmp_path, query=SHORT), "alpha", city="Gent", row_version=version)

    text = refusal(path)

    assert "is no version of a row. Allowed: what stood there in the download" in text
    assert "Somebody else" not in text


def test_row_without_a_key_says_what_belongs_there(partners, tmp_path):
    path = changed(download(tmp_path, query=SHORT), "alpha", organization="")

    assert "organization: '' is empty. Allowed: the key of the record" in refusal(path)


@pytest.mark.parametrize(
    "day", ["8 December 2025", "08-Dec-2025", "2025-12-08 00:00:00", "2025-12-08T00:00:00Z"]
)
def test_days_that_can_be_one_day_only_are_read_as_in_a_form(partners, tmp_path, day):
    path = changed(download(tmp_path, AGREEMENT, query=DATED), "deal", announced_date=day)
    assert "Changed 0 cells" in said(path)

    with taken_back():
        apply(plan(changed(path, "deal", announced_date=day.replace("8", "9", 1))))
        assert Agreement.objects.get(slug="deal").announced_date == datetime.date(2025, 12, 9)


@pytest.mark.parametrize("day", ["08-12-2025", "12/8/2025", "8.12.25", "8-12-2025"])
def test_days_as_a_program_writes_them_are_refused_with_a_way_out(partners, tmp_path, day):
    path = changed(download(tmp_path, AGREEMENT, query=DATED), "deal", announced_date=day)

    assert "is 2025-12-08 as a program writes days" in refusal(path)


def test_word_for_nothing_in_several_cells_is_the_work_of_a_program(partners, tmp_path):
    Organization.objects.update(city="")
    rows = csv_rows(download(tmp_path, query=SHORT).read_bytes())
    path = write(tmp_path / "na.csv", [row | {"city": row["city"] or "NA"} for row in rows])
    text = refusal(path)
    assert "city: 'NA' stands in 3 cells that were empty. Leave them empty. (column B, alpha)" in text
    rows[0]["city"] = "NA"
    assert "would change 1 cell" in said(write(tmp_path / "na.csv", rows), dry_run=True)
