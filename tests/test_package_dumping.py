"""A dump is the directory as a package: the same bytes on every engine, and loading it again changes nothing."""

import json

import pytest
from django.core.management import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.exchange.package import SHIPPED, dumping
from partners.exchange.package.layout import SHEETS
from partners.models import (
    Agreement,
    Organization,
    Sector,
)
from tests.database import queries_of
from tests.elsewhere import elsewhere
from tests.packages import dump_dataset, empty_directory, files_of, generate, load_dataset, read_table
from tests.records import cite, make_agreement, make_event, make_organization, make_programme, make_sector


@pytest.mark.django_db
def test_dump_after_load_is_the_shipped_package_byte_for_byte(tmp_path):
    load_dataset(SHIPPED)

    assert dump_dataset(tmp_path / "dump") == files_of(SHIPPED)


@pytest.mark.django_db
def test_dump_of_nothing_is_a_sound_package(tmp_path):
    files = dump_dataset(tmp_path / "dump")

    assert files["sectors.csv"] == b"sector,name_en,name_nl,description_en,description_nl\n"
    load_dataset(tmp_path / "dump")


AWKWARD = [
    "=SUM(A1:A9)",
    "+plus",
    "@at",
    'He said "no", twice',
    "a;b",
    "tab\tbetween",
    "Łódź Ångström 日本電気 😀",
    "e\u0301 and é",
    "\u2028line separator",
    " spaces around ",
    "-",
    "'",
    '"',
    "NULL",
    "00123",
]


def make_awkward_directory():
    parent = make_organization("Parent")
    for number, text in enumerate(AWKWARD):
        sectors = [make_sector(f"Sector {number} {step}") for step in range(3)]
        organization = make_organization(
            text,
            slug=f"awkward-{number}",
            parent=parent,
            sectors=sectors,
            names=[text],
            summary_en=f"{text}\n\n{text}",
        )
        make_agreement(
            f"Agreement {text}", slug=f"agreement-{number}", partners=[organization], curator_note=text
        )
        cite(organization, "name", quote=text)
    make_organization("Typed in a browser", summary_en="one\r\ntwo")
    make_organization("From an old computer", summary_en="one\rtwo")
    make_organization("Draft", publication_state="draft", cited=False, type="")
    make_programme(lead=parent, announcement=make_event())


@pytest.mark.django_db
def test_loading_a_dump_changes_nothing(tmp_path):
    make_awkward_directory()
    dump_dataset(tmp_path / "dump")

    load_dataset(tmp_path / "dump")
    with CaptureQueriesContext(connection) as queries:
        load_dataset(tmp_path / "dump")

    written = [query["sql"] for query in queries if "INSERT" in query["sql"] or "UPDATE" in query["sql"]]
    assert all("partners_writing" in sql for sql in written)
    assert dump_dataset(tmp_path / "again") == files_of(tmp_path / "dump")


@pytest.mark.django_db
def test_dump_loaded_into_an_empty_directory_is_the_same_directory(tmp_path):
    make_awkward_directory()
    before = dump_dataset(tmp_path / "dump")
    empty_directory()

    load_dataset(tmp_path / "dump")

    assert dump_dataset(tmp_path / "again") == before
    assert Organization.objects.get(slug="awkward-0").name == AWKWARD[0]


@pytest.mark.django_db
def test_a_published_agreement_may_have_lost_its_only_published_partner(tmp_path):
    """A curator has withheld it: nobody sees the agreement then, before the dump and after loading it."""
    partner = make_organization()
    make_agreement(partners=[partner])
    partner.withhold()
    before = dump_dataset(tmp_path / "dump")
    empty_directory()

    load_dataset(tmp_path / "dump")

    assert dump_dataset(tmp_path / "again") == before
    assert Agreement.objects.count() == 1 and not Agreement.objects.published().exists()


@pytest.mark.django_db
def test_values_stay_as_they_are(tmp_path):
    """A package is read by machines: what a spreadsheet would run as a formula is not changed."""
    make_organization("=1+1", slug="formula")

    dump_dataset(tmp_path / "dump")

    assert [row["name"] for row in read_table(tmp_path / "dump", "organizations")] == ["=1+1"]


@pytest.mark.django_db
def test_rows_stand_in_the_byte_order_of_their_keys(tmp_path):
    for slug in ("b", "a_b", "a-b", "a", "B", "a0", "ab"):
        make_organization(slug, slug=slug, names=["é", "e", "Z", "z", "_"])

    dump_dataset(tmp_path / "dump")

    for sheet in SHEETS:
        keys = [
            tuple(row[name].encode() for name in sheet.table.key)
            for row in read_table(tmp_path / "dump", sheet.name)
        ]
        assert keys == sorted(keys)


@pytest.mark.django_db
def test_number_of_queries_does_not_grow_with_rows(tmp_path):
    load_dataset(generate(tmp_path / "few", 3))
    few = queries_of(dump_dataset, tmp_path / "dump-few")
    load_dataset(generate(tmp_path / "many", 30))

    assert queries_of(dump_dataset, tmp_path / "dump-many") == few


@pytest.mark.django_db
def test_dump_replaces_an_earlier_one_and_keeps_other_files(tmp_path):
    dump_dataset(tmp_path / "dump")
    (tmp_path / "dump" / "README.txt").write_text("mine")
    load_dataset(SHIPPED)

    files = dump_dataset(tmp_path / "dump")

    assert files == files_of(SHIPPED) | {"README.txt": b"mine"}


@pytest.mark.django_db
def test_dump_replaces_one_of_an_earlier_release(tmp_path):
    """It had another name, fewer tables, and fewer columns."""
    files = dump_dataset(tmp_path)
    descriptor = json.loads(files["datapackage.json"]) | {"name": "as-it-was-called"}
    del descriptor["resources"][4:]
    (tmp_path / "datapackage.json").write_text(json.dumps(descriptor))

    assert dump_dataset(tmp_path) == files


@pytest.mark.django_db
def test_dump_into_an_empty_folder(tmp_path):
    assert "datapackage.json" in dump_dataset(tmp_path)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "files",
    [
        {"letter.txt": "Dear"},
        {"datapackage.json": "{"},
        {"datapackage.json": "[]"},
        {"datapackage.json": json.dumps({"name": "partner-directory", "resources": []})},
        {"datapackage.json": json.dumps({"resources": [{"name": "sources"}, {"name": "prices"}]})},
        {"datapackage.json": json.dumps({"name": "of-somebody-else"}), "data.csv": ""},
        {"datapackage.json": "\udce9"},
    ],
)
def test_dump_refuses_a_folder_of_something_else(tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).write_text(text, errors="surrogateescape")
    before = files_of(tmp_path)

    with pytest.raises(CommandError, match="holds something else than a package of this directory"):
        dump_dataset(tmp_path)

    assert files_of(tmp_path) == before


@pytest.mark.django_db
def test_dump_says_why_it_cannot_write(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(CommandError, match="is a file; name a folder.$"):
        dump_dataset(tmp_path / "file")
    with pytest.raises(CommandError, match="because there is no folder"):
        dump_dataset(tmp_path / "nowhere" / "dump")


@pytest.mark.django_db
def test_dump_that_fails_leaves_no_trace(tmp_path, monkeypatch):
    load_dataset(SHIPPED)
    before = dump_dataset(tmp_path / "dump")
    Organization.objects.update(city="Elsewhere")

    def fail():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(dumping, "descriptor_text", fail)
    with pytest.raises(CommandError, match="cannot be written: No space left on device.$"):
        dump_dataset(tmp_path / "dump")

    assert files_of(tmp_path / "dump") == before
    assert [path.name for path in tmp_path.iterdir()] == ["dump"]


@pytest.mark.django_db(transaction=True)
def test_dump_shows_one_moment_and_keeps_nobody_waiting(tmp_path, monkeypatch):
    make_organization("Before")
    write_sheet = dumping.write_sheet

    def write_and_be_disturbed(folder, sheet, progress):
        if sheet.name == "sectors":
            elsewhere(lambda: make_sector("Made meanwhile"))
        return write_sheet(folder, sheet, progress)

    monkeypatch.setattr(dumping, "write_sheet", write_and_be_disturbed)

    dump_dataset(tmp_path / "dump")

    assert read_table(tmp_path / "dump", "sectors") == []
    assert Sector.objects.count() == 1
