"""A file that was downloaded, changed and brought back: `apply_table`."""

import csv
import gzip
import io
import zipfile
from contextlib import contextmanager, suppress
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from partners.exchange.spreadsheet import FileError, apply, plan, workbook
from partners.formats.csv import csv_cell
from partners.models import Agreement, DataVersion, Organization, Revision, Sector
from partners.nouns import AGREEMENT, EVENT, PARTNER, listed
from partners.selection.index import bring_up_to_date
from tests.database import queries_of
from tests.laws import examples
from tests.memory import peak_of
from tests.past import from_here_on
from tests.records import make_agreement, make_event, make_organization, make_partner, make_sector
from tests.shapes import csv_rows, get, raw
from tests.worlds import build_world

some_examples = examples(20)


def download(folder: Path, noun=PARTNER, shape: str = "csv", query: str = "") -> Path:
    path = folder / f"file.{shape}"
    path.write_bytes(raw(get(noun, shape, query)))
    return path


def write(path: Path, rows: list[dict]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def changed(path: Path, key: str, **cells: str) -> Path:
    """The file with some cells of one row changed."""
    rows = csv_rows(path.read_bytes())
    for row in rows:
        if next(iter(row.values())) == key:
            row.update(cells)
    return write(path, rows)


@contextmanager
def taken_back():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def said(path: Path, **options) -> str:
    out = io.StringIO()
    call_command("apply_table", path, stdout=out, **options)
    return out.getvalue()


def refusal(path: Path) -> str:
    before = DataVersion.current()
    with pytest.raises(CommandError) as error:
        said(path)
    assert DataVersion.current() == before
    return str(error.value)


def refusal_and_peak(path: Path) -> tuple[str, int]:
    """Why a file is refused, and the most memory in bytes that this takes."""
    peak, text = peak_of(refusal, path)
    return text, peak


@pytest.fixture
def alpha(db):
    chips, _clouds = make_sector("Chips"), make_sector("Clouds")
    return make_partner("Alpha", slug="alpha", sectors=[chips], established=1999)


# Laws


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
@pytest.mark.parametrize("noun", listed(), ids=lambda noun: noun.name)
def test_unchanged_file_changes_nothing(db, noun, shape, tmp_path):
    build_world(6, organizations=50, agreements=60)
    before = DataVersion.current()

    made = plan(download(tmp_path, noun, shape))

    assert (made.changes, made.conflicts, made.problems.kept) == ([], [], [])
    assert made.rows > 2
    apply(made)
    assert DataVersion.current() == before


def test_unchanged_file_that_excel_has_saved_changes_nothing(db, tmp_path):
    build_world(6, organizations=50, agreements=60)
    for noun in listed():
        path = download(tmp_path, noun, "xlsx")
        book = openpyxl.load_workbook(path)
        book.save(path)

        assert plan(path).changes == []


TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"]), min_size=1, max_size=30).filter(
    lambda text: text == text.strip()
)
EDITS = {
    "summary_en": TEXTS | st.sampled_from(["=1+1", "'=1", "-a", "'quoted'", "two\nlines", "a;b"]),
    "city": TEXTS | st.sampled_from(["", "=A1", "@x"]),
    "established": st.sampled_from(["", "1901", "2001"]),
    "sectors": st.sampled_from(["", "sector-a", "sector-b;sector-a", "sector-c"]),
    "ownership": st.sampled_from(["", "startup", "subsidiary"]),
}


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_changed_cells_are_exactly_the_changes(db, shape, tmp_path):
    build_world(6, organizations=30, agreements=40)
    original = csv_rows(download(tmp_path).read_bytes())

    @some_examples
    @given(st.data())
    def law(data):
        rows = [dict(row) for row in original]
        wished = {}
        for row in data.draw(
            st.lists(st.sampled_from(rows), max_size=3, unique_by=lambda r: r["organization"])
        ):
            column = data.draw(st.sampled_from(list(EDITS)))
            text = data.draw(EDITS[column])
            written = csv_cell(text)
            wanted = ";".join(sorted(text.split(";"))) if column == "sectors" else written
            if wanted != row[column]:
                wished[row["organization"], column] = text
                row[column] = wanted
        path = save(tmp_path, rows, shape)

        with taken_back():
            made = plan(path)
            found = {(change.key, change.column): change.after for change in made.changes}
            apply(made)
            after = csv_rows(raw(get(PARTNER, "csv", "sort=name&columns=" + ",".join(rows[0]))))

        assert {place: norm(place[1], text) for place, text in found.items()} == {
            place: norm(place[1], text) for place, text in wished.items()
        }
        assert plain(after) == plain(rows)

    law()


def norm(column: str, text: str) -> str:
    return ";".join(sorted(text.split(";"))) if column == "sectors" else text


def plain(rows: list[dict]) -> dict:
    """What a file says of each record, but for what follows from other columns."""
    kept = ("summary_en", "city", "established", "sectors", "ownership", "name")
    return {row["organization"]: [row[name] for name in kept] for row in rows}


def save(folder: Path, rows: list[dict], shape: str) -> Path:
    """The rows as somebody keeps them: as CSV, or as a workbook that a program has made of the CSV."""
    path = folder / f"changed.{shape}"
    if shape == "csv":
        return write(path, rows)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(list(rows[0]))
    for number, row in enumerate(rows, start=2):
        for place, (name, text) in enumerate(row.items(), start=1):
            value = int(text) if name == "established" and text else restored(text)
            cell = sheet.cell(number, place, value)
            if isinstance(value, str):
                cell.data_type = "s"
    book.save(path)
    return path


THEIRS = {
    "city": lambda record: Organization.objects.filter(pk=record.pk).update(city="Theirs"),
    "established": lambda record: Organization.objects.filter(pk=record.pk).update(established=1805),
    "sectors": lambda record: record.sectors.add(Sector.objects.get(slug="theirs")),
}


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_what_somebody_else_changed_is_never_overwritten(db, shape, tmp_path):
    """The conflicts are the rows of others, the changes are the rest, and without the others' rows the rest is made."""
    build_world(6, organizations=30, agreements=40)
    make_sector("Theirs")
    original = csv_rows(download(tmp_path).read_bytes())
    some_key = st.sampled_from([row["organization"] for row in original if row["established"] != "1901"])

    @some_examples
    @given(
        st.sets(some_key, max_size=4), st.dictionaries(some_key, st.sampled_from(list(THEIRS)), max_size=3)
    )
    def law(mine, theirs):
        rows = [{**row, "established": "1901"} if row["organization"] in mine else row for row in original]
        with taken_back():
            for key, column in theirs.items():
                THEIRS[column](Organization.objects.get(slug=key))
            before = csv_rows(raw(get(PARTNER, "csv")))
            made = plan(save(tmp_path, rows, shape))

            assert {conflict.key for conflict in made.conflicts} == set(theirs)
            assert {change.key for change in made.changes} == mine - set(theirs)
            if theirs:
                with pytest.raises(FileError):
                    apply(made)
                assert csv_rows(raw(get(PARTNER, "csv"))) == before

            apply(plan(save(tmp_path, [row for row in rows if row["organization"] not in theirs], shape)))
            after = plain(csv_rows(raw(get(PARTNER, "csv"))))
        changed_by_me = plain([row for row in rows if row["organization"] in mine - set(theirs)])
        assert after == plain(before) | changed_by_me

    law()


def restored(text: str) -> str | None:
    """A workbook has a text as it is, without the mark against formulas."""
    starts = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
    return (text[1:] if text.startswith("'") and text.lstrip("'").startswith(starts) else text) or None


def test_row_changed_by_somebody_else_is_a_conflict_and_nothing_is_applied(alpha, tmp_path):
    make_partner("Beta", slug="beta")
    path = download(tmp_path)
    for year, city in ((1998, "Elsewhere"), (1997, "Elsewhere")):
        from_here_on()
        Organization.objects.filter(slug="alpha").update(city=city, established=year)
    changed(path, "alpha", established="2001")
    changed(path, "beta", established="2002")
    bring_up_to_date()

    text = refusal(path)

    told = "alpha, established: the directory now has '1997', the file '2001'; when it was downloaded it was '1999'"
    assert f"line 2, {told}" in text
    assert (
        "alpha, city: the directory now has 'Elsewhere', the file ''; when it was downloaded it was ''"
        in text
    )
    assert Organization.objects.get(slug="beta").established is None


def test_stale_row_that_says_the_same_is_no_conflict(alpha, tmp_path):
    path = download(tmp_path, query="columns=organization,established,row_version")
    Organization.objects.filter(slug="alpha").update(city="Elsewhere")

    assert plan(path).can_be_applied

    Organization.objects.filter(slug="alpha").update(established=2001)
    changed(path, "alpha", established="2001")
    assert (plan(path).changes, plan(path).conflicts) == ([], [])


def test_change_between_look_and_write_is_refused(alpha, tmp_path):
    path = changed(download(tmp_path), "alpha", established="2001")
    made = plan(path)
    alpha.sectors.clear()

    with pytest.raises(FileError, match="somebody else just now"):
        apply(made)
    assert Organization.objects.get(slug="alpha").established == 1999


# What it says


def test_dry_run_says_the_changes_and_makes_none(alpha, tmp_path):
    path = changed(download(tmp_path), "alpha", established="2001", sectors="chips;clouds")
    before = DataVersion.current()

    text = said(path, dry_run=True)

    assert "line 2, alpha, established: '1999' -> '2001'" in text
    assert "line 2, alpha, sectors: 'chips' -> 'chips;clouds'" in text
    assert "it would change 2 cells of 1 record in a file of 1 row." in text
    assert DataVersion.current() == before
    assert "Changed 2 cells of 1 record in a file of 1 row." in said(path)
    assert sorted(s.slug for s in Organization.objects.get(slug="alpha").sectors.all()) == ["chips", "clouds"]
    # Once applied, the file is old, but says what the directory has.
    assert "0 cells" in said(path)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"established": "soon"}, "line 2, established: 'soon' is not a whole number"),
        ({"established": "123456"}, "line 2, established: '123456' is too large"),
        ({"type": "firm"}, "line 2, type: 'firm' is not a term of this column; allowed: company"),
        ({"summary_en": ""}, "line 2, summary_en: is empty, and the record is public"),
        ({"name": ""}, "line 2, name: '' is empty; a value is required"),
        ({"sectors": "chips;ships"}, "line 2, sectors: 'ships' is no record of sectors"),
        ({"parent": "nobody"}, "line 2, parent: 'nobody' is no record of organizations"),
        ({"parent": "omega;beta"}, "line 2, parent: 'omega;beta' is no record of organizations"),
        ({"parent": "ome ga"}, "line 2, parent: 'ome ga' is no record of organizations"),
        ({"website": "nowhere"}, "line 2, website: 'nowhere' is not an address"),
        ({"region_code": "NL-NH"}, "line 2"),
        ({"organization": "omega"}, "line 2, organization: 'omega' is no record of organizations"),
    ],
)
def test_bad_value_is_refused_with_its_place(alpha, tmp_path, cells, says):
    assert says in refusal(changed(download(tmp_path), "alpha", **cells))


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (
            {"sector_labels": "Chops"},
            "sector_labels: 'Chops' is left as it is, 'Chips': it follows from sectors",
        ),
        ({"type_label": "Firm"}, "type_label: 'Firm' is left as it is, 'Company': it follows from type"),
        ({"agreements": ""}, "agreements: '' is left as it is, "),
    ],
)
def test_cell_that_follows_from_others_is_left_and_told(alpha, tmp_path, cells, says):
    text = said(changed(download(tmp_path), "alpha", established="2001", **cells))

    assert says in text
    assert "Changed 1 cell of 1 record" in text


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_unchanged_file_changes_nothing_though_related_records_did(alpha, tmp_path, shape):
    """Nobody has touched the row; what the directory calls its sectors and agreements is another matter."""
    path = download(tmp_path, shape=shape)
    Sector.objects.update(name_en="Semiconductors")
    make_agreement("Another", partners=[alpha])

    text = said(path)

    assert "sector_labels: 'Chips' is left as it is, 'Semiconductors'" in text
    assert "Changed 0 cells of 0 records" in text


def test_reference_to_what_is_not_public_is_not_overwritten(alpha, tmp_path):
    """The file could not say that somebody meanwhile set it."""
    make_partner("Omega")
    path = changed(download(tmp_path), "alpha", parent="omega")
    Organization.objects.filter(slug="alpha").update(
        parent=make_organization("Secret", publication_state="draft")
    )

    text = refusal(path)

    assert "line 2, parent: stands at a record that is not public" in text
    assert "ecret" not in text
    assert Organization.objects.get(slug="alpha").parent.slug == "secret"


def test_list_of_what_is_not_public_stays_where_the_rest_changes(alpha, tmp_path):
    """A file of the timeline does not name organizations that nobody may see, and takes none of them away."""
    secret = make_organization("Secret", publication_state="draft")
    day = make_event("Day", organizations=[alpha, secret])
    make_partner("Omega")
    path = changed(download(tmp_path, EVENT), "day", organizations="omega")

    assert "ecret" not in path.read_text()
    said(path)

    assert sorted(each.slug for each in day.organizations.all()) == ["omega", "secret"]


@pytest.mark.parametrize("text", ["=1+1", "'=1+1", "''=1+1", "-a", "+x", "@x", "'x", "''"])
def test_marks_that_a_workbook_does_not_have_are_not_missed(alpha, tmp_path, text):
    """A workbook that is saved as CSV has no marks, and then no text is mistaken for a marked one."""
    Organization.objects.filter(slug="alpha").update(city=text)
    (row,) = (row for row in csv_rows(raw(get(PARTNER, "csv"))) if row["organization"] == "alpha")

    assert "Changed 0 cells" in said(write(tmp_path / "from_workbook.csv", [row | {"city": text}]))


def test_whole_numbers_may_have_a_point(alpha, tmp_path):
    """As pandas writes a column of whole numbers with gaps."""
    assert "Changed 0 cells" in said(changed(download(tmp_path), "alpha", established="1999.0"))
    assert "'1999' -> '2001'" in said(changed(download(tmp_path), "alpha", established="2001.0"))
    assert "'2001.5' is not a whole number" in refusal(
        changed(download(tmp_path), "alpha", established="2001.5")
    )


def test_rows_of_commas_are_no_rows(alpha, tmp_path):
    """Excel leaves them where a row was emptied."""
    path = download(tmp_path, query="columns=organization,name,row_version")
    path.write_bytes(path.read_bytes() + b",,\r\n,,\r\n")

    assert "Changed 0 cells of 0 records in a file of 1 row." in said(path)


QUERY = "columns=organization,row_version,name,city"


@pytest.mark.parametrize("query", ["columns=organization,city,row_version", QUERY])
def test_cut_file_is_never_taken_for_a_changed_one(alpha, tmp_path, query):
    Organization.objects.update(city="A long name of a city")
    path, before = download(tmp_path, query=query), DataVersion.current()
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        with suppress(CommandError):
            assert "Changed 0 cells" in said(path)
    assert DataVersion.current() == before


def test_formula_that_nobody_has_calculated_is_refused(alpha, tmp_path):
    """It would be read as an empty cell."""
    path = download(tmp_path, shape="xlsx")
    book = openpyxl.load_workbook(path)
    header = [cell.value for cell in book.worksheets[0][1]]
    cell = book.worksheets[0].cell(2, header.index("city") + 1)
    cell.value = '=A2&"x"'
    book.save(path)

    assert f"line 2, column {cell.column_letter}: a formula without a result" in refusal(path)


def test_table_without_versions_is_told_from_a_file_without(alpha, tmp_path):
    path = tmp_path / "citations.csv"
    path.write_bytes(raw(Client().get("/citations.csv")))

    assert "this is the table citations, whose rows have no version" in refusal(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"organization,row_version\r\n" + b"\r\n" * 20_000, "10,001 empty lines"),
        (gzip.compress(b"organization,row_version\r\n"), "is compressed"),
    ],
    ids=["empty lines", "gzip"],
)
def test_file_of_nothing_is_refused(alpha, tmp_path, content, says):
    path = tmp_path / "file.csv"
    path.write_bytes(content)

    assert says in refusal(path)


@pytest.mark.parametrize(
    "row", [b'<row r="2000000000"></row>', b'<row><c t="n" r="A2000000000"><v>1</v></c></row>']
)
def test_row_that_says_it_is_far_away_is_refused(alpha, tmp_path, row):
    """The reader would make all rows before it."""
    path = with_sheet(download(tmp_path, shape="xlsx"), b"</sheetData>", row + b"</sheetData>")

    assert "more than 1,048,576 rows" in refusal(path)


def test_workbook_of_more_rows_than_excel_has_is_refused(alpha, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "EXCEL_ROWS", 1_000)
    path = with_sheet(
        download(tmp_path, shape="xlsx"), b"</sheetData>", b"<row></row>" * 20_000 + b"</sheetData>"
    )

    assert "more than 1,000 rows" in refusal(path)


def test_date_and_reference_of_an_agreement(db, tmp_path):
    make_agreement("Deal", partners=[make_organization("Alpha")], slug="deal")
    path = changed(download(tmp_path, AGREEMENT), "deal", announced_date="2026-01-05", status="active")

    said(path)

    deal = Agreement.objects.get(slug="deal")
    assert (deal.announced_date.isoformat(), deal.status) == ("2026-01-05", "active")


def test_unique_values_may_be_swapped(alpha, tmp_path):
    make_partner("Omega", wikidata_id="Q2")
    Organization.objects.filter(slug="alpha").update(wikidata_id="Q1")
    path = changed(changed(download(tmp_path), "alpha", wikidata_id="Q2"), "omega", wikidata_id="Q1")

    assert "Changed 2 cells of 2 records" in said(path)
    assert dict(Organization.objects.exclude(wikidata_id="").values_list("slug", "wikidata_id")) == {
        "alpha": "Q2",
        "omega": "Q1",
    }


def test_value_of_another_record_is_refused(alpha, tmp_path):
    make_partner("Omega", wikidata_id="Q2")

    text = refusal(changed(download(tmp_path), "alpha", wikidata_id="Q2"))

    assert text.splitlines()[1].startswith("line 2")
    assert "Another organization has this Wikidata id." in text


def test_more_changed_rows_cost_no_more_queries(db, tmp_path):
    counts = []
    for _round in range(2):
        for _each in range(4):
            make_partner()
        path = download(tmp_path)
        write(path, [row | {"city": "Delft" if _round else "Ghent"} for row in csv_rows(path.read_bytes())])
        made = plan(path)
        counts.append(queries_of(apply, made))

    assert counts[1] == counts[0]


def test_parents_cannot_be_made_to_lead_in_a_circle(db, tmp_path):
    """What is dumped could not be loaded again."""
    for name in ("Alpha", "Beta", "Gamma"):
        make_partner(name)
    path = download(tmp_path, query="columns=organization,parent,row_version")
    path = changed(
        changed(changed(path, "alpha", parent="beta"), "beta", parent="gamma"), "gamma", parent="alpha"
    )

    assert "line 4, parent: This leads in a circle" in refusal(path)
    assert not Organization.objects.exclude(parent=None).exists()


# Bad files


def lines(*texts: str) -> bytes:
    return "\r\n".join(texts).encode() + b"\r\n"


BAD_FILES = {
    "nothing": (b"", "is empty"),
    "no key": (lines("name,row_version", "Alpha,v1"), "the header names no key"),
    "no version": (lines("organization,name", "alpha,Beta"), "the column row_version is missing"),
    "unknown column": (lines("organization,nmae,row_version", "alpha,x,v1"), "Did you mean name?"),
    "column twice": (lines("organization,name,name,row_version", "alpha,x,y,v1"), "stands here twice"),
    "too many cells": (lines("organization,name,row_version", "alpha,x,v1,z"), "line 2: 4 cells"),
    "semicolons": (lines("organization;name;row_version", "alpha;x;v1"), "separated by semicolons"),
    "tabs": (lines("organization\tname\trow_version", "alpha\tx\tv1"), "separated by tabs"),
    "Latin-1": (
        "organization,name,row_version\r\nalpha,Caf\xe9,v1\r\n".encode("latin-1"),
        "line 2, name: is not UTF-8",
    ),
    "UTF-16": ("organization,name,row_version\r\n".encode("utf-16"), "is UTF-16"),
    "null byte": (b"organization,name,row_version\r\nalpha,a\0b,v1\r\n", "line 2"),
    "unclosed quote": (b'organization,name,row_version\r\nalpha,"x,v1\r\n', "line 2: this is not CSV"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old or an encrypted workbook"),
    "no zip": (b"PK\x03\x04" + b"nonsense" * 50, "broken workbook"),
    "same key twice": (lines("organization,row_version", "alpha,v1", "alpha,v1"), "stands on line 2 already"),
    "10,000 columns": (lines(",".join(["organization"] * 10_000)), "10,000 columns"),
    "large cell": (
        lines("organization,name,row_version", f"alpha,{'x' * 200_000},v1"),
        "line 2, name: 200,000",
    ),
    "long line": (lines("organization,name,row_version", f"alpha,{'x' * 2_000_000},v1"), "line 2"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_is_refused_with_what_is_wrong(alpha, tmp_path, name):
    content, says = BAD_FILES[name]
    path = tmp_path / "bad.csv"
    path.write_bytes(content)

    assert says in refusal(path)


def test_missing_file_is_refused(db, tmp_path):
    assert "cannot be read" in refusal(tmp_path / "nowhere.csv")


def test_byte_order_mark_is_welcome(alpha, tmp_path):
    path = changed(download(tmp_path), "alpha", established="2001")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert "Changed 1 cell of 1 record in" in said(path)


def zipped(path: Path, **parts: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return path


def test_zip_that_is_no_workbook_is_refused(db, tmp_path):
    assert "no workbook of Excel" in refusal(zipped(tmp_path / "a.xlsx", letter_xml=b"hello"))
    assert "cannot be read as a workbook" in refusal(zipped(tmp_path / "b.xlsx", xl__workbook_xml=b"hello"))


def test_workbook_of_something_else_is_refused(db, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Year", "Turnover"])
    book.save(tmp_path / "other.xlsx")

    assert "the header names no key" in refusal(tmp_path / "other.xlsx")


def test_zip_bomb_is_refused_before_it_is_unpacked(db, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 10 * 2**20)
    bomb = zipped(tmp_path / "bomb.xlsx", xl__workbook_xml=b" " * 20 * 2**20)
    assert bomb.stat().st_size < 100_000

    text, peak = refusal_and_peak(bomb)

    assert "too large: unpacked 20 MB" in text
    assert peak < 4 * 2**20


def test_shared_texts_are_bounded_under_any_name(db, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_SHARED", 2**20)
    bomb = zipped(tmp_path / "bomb.xlsx", xl__workbook_xml=b"", xl__words_xml=b" " * 2 * 2**20)

    assert "2 MB beside the sheets" in refusal(bomb)


def with_sheet(path: Path, old: bytes, new: bytes) -> Path:
    """A workbook with something else in its first sheet."""
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert old in parts[sheet]
    parts[sheet] = parts[sheet].replace(old, new, 1)
    return zipped(path, **parts)


def test_row_that_would_fill_memory_is_refused_with_its_place(alpha, tmp_path):
    path = with_sheet(download(tmp_path, shape="xlsx"), b">Alpha<", b">%s<" % (b"x" * 30 * 2**20))

    text, peak = refusal_and_peak(path)

    assert "line 2, column B: a row of more than 8 MB" in text
    assert peak < 4 * 2**20


@pytest.mark.parametrize("hidden", [b"<![CDATA[</row>]]>", b"<!-- </row> -->"])
def test_row_cannot_be_hidden_from_its_measure(alpha, tmp_path, hidden):
    path = with_sheet(download(tmp_path, shape="xlsx"), b">Alpha<", b">%s<" % (hidden * 100))

    assert "Save it anew" in refusal(path)


def test_workbook_may_hold_long_rules_after_its_rows(alpha, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "LONGEST_ROW", 100_000)
    path = with_sheet(download(tmp_path, shape="xlsx"), b"</sheetData>", b"</sheetData>" + b" " * 200_000)

    assert "Changed 0 cells" in said(path)


def test_sheet_that_is_packed_with_a_password_is_refused(alpha, tmp_path):
    path = download(tmp_path, shape="xlsx")
    content = bytearray(path.read_bytes())
    # The first bit of the flags in each entry of the list at the end of a zip file, and of the entry itself.
    for sign, place in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        start = content.find(sign)
        while start >= 0:
            content[start + place] |= 1
            start = content.find(sign, start + 1)
    path.write_bytes(content)

    assert "broken workbook" in refusal(path)


def test_cut_workbook_is_refused(alpha, tmp_path):
    path = download(tmp_path, shape="xlsx")
    path.write_bytes(path.read_bytes()[:-400])

    assert "broken workbook" in refusal(path)


def test_memory_does_not_grow_with_the_rows(alpha, tmp_path):
    """Every row is wrong, and of most of them only the number is kept."""

    def peak(rows: int) -> int:
        path = tmp_path / "long.csv"
        with path.open("w") as file:
            file.write("organization,summary_en,row_version\n")
            file.writelines(f"nobody-{number % 7},{'x' * 500},v1\n" for number in range(rows))
        found, made = peak_of(plan, path)
        assert made.problems.count == rows
        return found

    peak(1_000)
    # psycopg keeps the last 128 queries, some 6 kB each.
    assert peak(20_000) < peak(4_000) + 300_000


def test_key_that_comes_first_in_a_file_need_not_be_its_first_column(alpha, tmp_path):
    path = download(tmp_path, query="columns=row_version,established,organization")
    rows = csv_rows(path.read_bytes())
    rows[0]["established"] = "2001"

    assert "Changed 1 cell of 1 record in" in said(write(path, rows))


# Rows that are new


NEW = [
    {
        "organization": "beta",
        "name": "Beta Labs",
        "type": "company",
        "established": "2001",
        "sectors": "chips",
    },
    {"organization": "gamma", "name": "Gamma", "type": "", "established": "", "sectors": ""},
]


def test_new_rows_become_drafts_where_asked(alpha, tmp_path):
    path = write(tmp_path / "new.csv", NEW)

    assert "is no record of organizations" in refusal(
        write(tmp_path / "versioned.csv", [row | {"row_version": ""} for row in NEW])
    )
    told = said(path, new_rows=True, why="From a colleague")

    beta = Organization.objects.get(slug="beta")
    assert (beta.name, beta.established, beta.publication_state) == ("Beta Labs", 2001, "draft")
    assert [sector.slug for sector in beta.sectors.all()] == ["chips"]
    assert "Changed 7 cells of 2 records, of which 2 new in a file of 2 rows." in told
    assert Revision.objects.first().why == "From a colleague"


def test_new_rows_stand_beside_changed_ones(alpha, tmp_path):
    (row,) = csv_rows(download(tmp_path).read_bytes())
    new = dict.fromkeys(row, "") | {"organization": "beta", "name": "Beta", "parent": "alpha"}
    path = write(tmp_path / "both.csv", [row | {"city": "Delft"}, new])

    said(path, new_rows=True)

    assert Organization.objects.get(slug="alpha").city == "Delft"
    assert Organization.objects.get(slug="beta").parent.slug == "alpha"


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"name": ""}, "This field cannot be blank."),
        ({"type": "shop"}, "shop"),
        ({"sectors": "no-such-sector"}, "is no record of sectors"),
        ({"established": "3000"}, "established"),
        ({"organization": "Not A Slug"}, "Not A Slug"),
        ({"organization": "alpha"}, "is a record already"),
    ],
)
def test_a_wrong_new_row_adds_nothing(alpha, tmp_path, cells, problem):
    path = write(tmp_path / "new.csv", [NEW[0] | cells, NEW[1]])
    before = Organization.objects.count()

    with pytest.raises(CommandError) as error:
        said(path, new_rows=True)

    assert problem in str(error.value)
    assert Organization.objects.count() == before
