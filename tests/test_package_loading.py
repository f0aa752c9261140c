"""Loading brings a package into an empty directory, or beside what stands there, whole or not at all."""

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from partners.exchange.package import SHIPPED, loading
from partners.exchange.package.layout import SHEETS
from partners.models import (
    LoadedRow,
    Organization,
    Sector,
    Source,
)
from tests.database import queries_of
from tests.packages import (
    copy_shipped,
    counts,
    dump_dataset,
    files_of,
    generate,
    load_dataset,
    number_of,
    read_table,
    spoil,
    write_table,
)
from tests.records import make_organization, make_sector

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    return copy_shipped(tmp_path)


def test_number_of_queries_does_not_grow_with_rows(tmp_path):
    few, many = generate(tmp_path / "few", 5), generate(tmp_path / "many", 60)
    creation_of_few, queries_of_few = queries_of(load_dataset, few), queries_of(load_dataset, few)

    creation_of_many = queries_of(load_dataset, many)

    assert queries_of(load_dataset, many) == queries_of_few
    rows = 21 * (60 - 5)
    # SQLite takes some dozens of rows a statement, and the index is written for fifty records at a time.
    assert creation_of_many - creation_of_few < rows / 10


def test_dry_run_saves_nothing_and_tells_the_same(folder):
    dry = load_dataset(folder, dry_run=True)

    assert not any(model.objects.exists() for model in (LoadedRow, *(sheet.model for sheet in SHEETS)))
    assert dry.endswith("This was a dry run: nothing was saved.\n")
    told = load_dataset(folder)
    assert dry.startswith(told)
    # Those of the files, and 203 that tie a record to each value of a list.
    assert "Rows: 2,398 added, 0 removed, 0 changed." in dry.removeprefix(told)


def test_record_published_later_is_stamped_then(folder):
    number = number_of(folder, "organizations", organization="amd")
    row = read_table(folder, "organizations")[number]
    parties = read_table(folder, "agreement_parties")
    write_table(folder, "agreement_parties", [party for party in parties if party["organization"] != "amd"])
    agreements = [row | {"publication_state": "in_review"} for row in read_table(folder, "agreements")]
    write_table(folder, "agreements", agreements)
    spoil(folder, "organizations", number, publication_state="in_review")
    load_dataset(folder)
    assert Organization.objects.get(slug="amd").published_at is None
    write_table(folder, "organizations", read_table(SHIPPED, "organizations"))

    load_dataset(folder)

    amd = Organization.objects.get(slug="amd")
    assert row["publication_state"] == amd.publication_state == "published"
    assert amd.published_at is not None


def test_parents_may_stand_below_their_children(folder, tmp_path):
    rows = read_table(folder, "organizations")
    write_table(folder, "organizations", rows[::-1])

    load_dataset(folder)

    assert dump_dataset(tmp_path / "dump") == files_of(SHIPPED)


def test_record_that_was_never_loaded_counts_as_edited(folder):
    make_sector("AI", slug="ai-models")

    printed = load_dataset(folder)

    assert Sector.objects.get(slug="ai-models").name_en == "AI"
    assert counts(printed)["sectors"] == [10, 0, 0, 1, 0]
    load_dataset(folder, overwrite=True)
    assert Sector.objects.get(slug="ai-models").name_en == "AI models"


def test_records_beside_the_package_are_left_alone(folder):
    make_organization("Another")

    load_dataset(folder)

    assert counts(load_dataset(folder, overwrite=True))["organizations"] == [0, 0, 53, 0, 0]
    assert Organization.objects.filter(slug="another").exists()


def test_value_that_a_record_of_the_directory_has_is_refused(folder):
    make_organization("Another", ror_id="https://ror.org/04kd6c783")
    before = Organization.objects.count()

    with pytest.raises(CommandError) as error:
        load_dataset(folder)

    line = 2 + number_of(folder, "organizations", organization="amd")
    assert str(error.value).splitlines() == [
        f"{folder} cannot be loaded: 1 problem. Nothing was saved.",
        f"organizations.csv:{line}: the database refuses the row: Another organization has this ROR id.",
    ]
    assert Organization.objects.count() == before
    assert not Source.objects.filter(slug=read_table(folder, "sources")[0]["source"]).exists()


def test_trouble_of_the_database_is_said_in_a_sentence(folder, monkeypatch):
    def locked():
        raise OperationalError("database is locked")

    monkeypatch.setattr(loading, "stop_other_writers", locked)

    with pytest.raises(CommandError) as error:
        load_dataset(folder)

    assert str(error.value) == f"{folder} cannot be loaded: database is locked. Nothing was saved."


def test_if_empty_loads_into_an_empty_directory():
    printed = load_dataset(SHIPPED, if_empty=True)

    assert printed == f"Loaded 2,195 rows from {SHIPPED}.\n"
    assert Organization.objects.count() == 53


def test_if_empty_tells_what_it_kept():
    make_sector("AI", slug="ai-models")

    assert "  sectors ai-models: name_en is 'AI', in the file 'AI models'" in load_dataset(
        SHIPPED, if_empty=True
    )


def test_if_empty_asks_one_question_of_a_directory_that_is_not(django_assert_num_queries):
    make_organization("Another")

    with django_assert_num_queries(1):
        assert load_dataset(SHIPPED, if_empty=True) == ""

    assert Organization.objects.count() == 1


def test_shipped_package_is_the_default(tmp_path):
    call_command("load_dataset", if_empty=True, verbosity=0)

    assert Organization.objects.count() == 53


@pytest.mark.django_db(transaction=True)
def test_load_makes_the_database_count_its_rows_again():
    loading.load(SHIPPED)

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT max(CAST(stat AS INTEGER)) FROM sqlite_stat1 WHERE tbl = 'partners_organization'"
            )
        else:
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'partners_organization'")
        assert cursor.fetchone()[0] == Organization.objects.count()
