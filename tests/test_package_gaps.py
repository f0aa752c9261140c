"""A package that lacks columns or tables, as one of an earlier release does, loads; what it lacks stays and is told.

The laws hold for every column and every table that there is, so also for those that come later.
"""

import json
import shutil
from importlib import import_module
from itertools import zip_longest

import pytest
from django.core.management import CommandError
from django.db import transaction

from partners.exchange.package import SHIPPED
from partners.exchange.package.completing import default_of
from partners.exchange.package.layout import DESCRIPTOR_NAME, SHEET_OF, SHEETS
from partners.models import Citation, Organization
from tests.database import db_of_file as db  # noqa: F401 - a fixture
from tests.packages import (
    EXCLUDED,
    copy_shipped,
    drop_columns,
    dump_dataset,
    empty_directory,
    files_of,
    generate_filled,
    load_dataset,
    read_table,
    spoil,
    write_table,
)

# Every column but those by which rows are told apart: in each round another one of every table, then all at once.
ROUNDS = [
    {name: column for name, column in zip((sheet.name for sheet in SHEETS), round_, strict=True) if column}
    for round_ in zip_longest(
        *([name for name in sheet.names if name not in sheet.table.key] for sheet in SHEETS)
    )
]
EVERY_COLUMN = {sheet.name: [name for name in sheet.names if name not in sheet.table.key] for sheet in SHEETS}


@pytest.fixture(scope="module")
def whole(db, tmp_path_factory):  # noqa: F811
    """A package of the present release with something in every column, which the directory of this file holds."""
    folder = generate_filled(tmp_path_factory.mktemp("whole") / "package")
    load_dataset(folder)
    folder = tmp_path_factory.mktemp("dump") / "package"
    dump_dataset(folder)
    return folder


@pytest.fixture(autouse=True)
def taken_back(db):  # noqa: F811
    """What a test writes is taken back, so that the next one finds the directory of the file."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def older(whole, tmp_path):
    """A copy of the package to take something away from."""
    return shutil.copytree(whole, tmp_path / "older")


def told(printed: str) -> list[str]:
    """What a load says is not in the package."""
    lines = iter(printed.splitlines())
    for line in lines:
        if line.startswith("Not in the package, "):
            return [each.strip() for each in iter(lambda: next(lines, ""), "")]
    return []


def in_words(columns: dict[str, list[str]]) -> list[str]:
    return [
        f"{table}: the column{'s' if len(names) > 1 else ''} {', '.join(names)}"
        for table, names in columns.items()
        if names
    ]


def test_the_package_of_this_file_has_something_in_every_column(whole):
    for sheet in SHEETS:
        rows = read_table(whole, sheet.name)
        empty = [name for name in sheet.names if not any(row[name] for row in rows)]
        assert set(empty) <= {*EXCLUDED, *sheet.table.key}, sheet.name


@pytest.mark.parametrize("columns", ROUNDS, ids=range(len(ROUNDS)))
def test_a_column_that_a_package_lacks_stays_as_it_is(whole, older, tmp_path, columns):
    for table, name in columns.items():
        drop_columns(older, table, [name])

    printed = load_dataset(older)

    assert told(printed) == in_words({table: [name] for table, name in columns.items()})
    assert dump_dataset(tmp_path / "after") == files_of(whole)


def test_all_columns_at_once_and_the_old_descriptor(whole, older, tmp_path):
    for table, names in EVERY_COLUMN.items():
        drop_columns(older, table, names)
    descriptor = json.loads((older / DESCRIPTOR_NAME).read_text())
    for resource in descriptor["resources"]:
        known = [*SHEET_OF[resource["name"]].table.key]
        fields = [field for field in resource["schema"]["fields"] if field["name"] in known]
        resource["schema"] = {"fields": fields}
    (older / DESCRIPTOR_NAME).write_text(json.dumps(descriptor))

    printed = load_dataset(older)

    assert told(printed) == in_words(EVERY_COLUMN)
    assert dump_dataset(tmp_path / "after") == files_of(whole)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_a_table_that_a_package_lacks_stays_as_it_is(whole, older, tmp_path, sheet):
    (older / sheet.file_name).unlink()

    printed = load_dataset(older, overwrite=True)

    assert told(printed) == [f"{sheet.name}: the whole table"]
    assert dump_dataset(tmp_path / "after") == files_of(whole)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_a_package_of_one_table_loads_into_the_directory_it_came_from(whole, older, tmp_path, sheet):
    for other in SHEETS:
        if other is not sheet:
            (older / other.file_name).unlink()

    load_dataset(older)

    assert dump_dataset(tmp_path / "after") == files_of(whole)


def needed(folder, sheet, name: str) -> bool:
    """Whether new rows cannot do with the default of a column."""
    if name == "country_code":  # the region is a part of it
        return True
    published = any(row.get("publication_state") == "published" for row in read_table(folder, sheet.name))
    required = sheet.table.column(name).required or published and name in sheet.model.needed_to_publish
    return required and not default_of(sheet, name)


@pytest.mark.parametrize("columns", ROUNDS, ids=range(len(ROUNDS)))
def test_an_empty_directory_gets_the_default(older, tmp_path, columns):
    """Or is told which columns it cannot do without; those can only be left out, no release was without them."""
    empty_directory()
    expected = files_of(older)
    for table, name in columns.items():
        sheet = SHEET_OF[table]
        if sheet.table.column(name).filled_in:  # tests/test_standing_evidence.py
            continue
        if needed(older, sheet, name):
            drop_columns(older, table, [name])
            with pytest.raises(CommandError, match="the column is missing, and |The region must begin"):
                load_dataset(older)
            (older / sheet.file_name).write_bytes(expected[sheet.file_name])
            continue
        rows = read_table(older, table)
        write_table(older, table, [row | {name: default_of(sheet, name)} for row in rows])
        expected[sheet.file_name] = (older / sheet.file_name).read_bytes()
        drop_columns(older, table, [name])

    load_dataset(older)

    assert dump_dataset(tmp_path / "after") == expected


def test_an_empty_directory_is_told_of_no_row_in_a_lacking_table(older, tmp_path):
    empty_directory()
    for name in ("organization_names", "programmes"):
        (older / f"{name}.csv").unlink()

    printed = load_dataset(older, if_empty=True)

    assert told(printed) == ["organization_names: the whole table", "programmes: the whole table"]
    assert len(files_of(older)) == len(dump_dataset(tmp_path / "after")) - 2


def test_a_key_may_lack_the_parts_that_came_later(older, tmp_path):
    """Its rows are found again, and those that it could not hold are not taken for removed ones."""
    for table in ("agreements", "events"):
        rows = read_table(older, table)
        write_table(older, table, [row | {"publication_state": "draft"} for row in rows])
    load_dataset(older)
    organizations = [row for row in read_table(older, "citations") if row["organization"]]
    write_table(older, "citations", organizations)
    assert len(organizations) < Citation.objects.count()
    drop_columns(older, "citations", ["agreement", "event"])

    printed = load_dataset(older)

    (line,) = [line for line in printed.splitlines() if line.startswith("citations ")]
    assert line.split() == ["citations", "0", "0", str(len(organizations)), "0", "0"]


def test_an_older_package_still_changes_what_it_has(older):
    """What it lacks was filled in since: that is no edit of anything it says."""
    load_dataset(older, overwrite=True)
    change_and_drop(older, "city")
    Organization.objects.filter(slug="organization-000000").update(city="Austin")
    load_dataset(older, overwrite=True)
    spoil(older, "organizations", 0, name="Renamed again")
    drop_columns(older, "organizations", ["city"])

    load_dataset(older)

    organization = Organization.objects.get(slug="organization-000000")
    assert (organization.name, organization.city) == ("Renamed again", "Austin")


def test_a_newer_package_finds_the_work_of_a_curator_edited(whole, older):
    """An older one was loaded in between, which says nothing of it."""
    load_dataset(older, overwrite=True)
    change_and_drop(older, "city")
    Organization.objects.filter(slug="organization-000000").update(city="Austin")
    load_dataset(older, overwrite=True)

    printed = load_dataset(whole)

    assert Organization.objects.get(slug="organization-000000").city == "Austin"
    assert "  organizations organization-000000: " in printed


def change_and_drop(folder, name: str) -> None:
    spoil(folder, "organizations", 0, name="Renamed")
    drop_columns(folder, "organizations", [name])


def test_shipped_package_without_its_newest_table_loads(tmp_path):
    empty_directory()
    folder = copy_shipped(tmp_path)
    (folder / "organization_names.csv").unlink()

    load_dataset(folder)

    assert Organization.objects.count() == len(read_table(SHIPPED, "organizations"))


def test_keys_of_citations_that_were_loaded_before_are_those_of_today():
    """The migration that named their parts, against the keys as they are made now, there and back."""
    migration = import_module("partners.migrations.0005_named_keys")
    sheet = SHEET_OF["citations"]
    # What later releases can cite has no key of before.
    known = [row for row in read_table(SHIPPED, "citations") if not row["agreement_amount"]]
    for row in known:
        before = ";".join(row[name] for name in ("source", "organization", "agreement", "event", "field"))
        assert migration.named(before) == sheet.key([row[name] for name in sheet.names])
        assert migration.unnamed(migration.named(before)) == before
