"""Loading a package into a directory that has it: what differs is written, and never over a curator's work unasked."""

import csv
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.exchange.package import SHIPPED
from partners.exchange.package.layout import SHEETS
from partners.models import (
    Agreement,
    Citation,
    Event,
    Organization,
    OrganizationName,
    Programme,
    Sector,
    Source,
)
from tests.database import db_of_file, undone  # noqa: F401 (fixtures)
from tests.packages import (
    copy_shipped,
    counts,
    dump_dataset,
    files_of,
    load_dataset,
    number_of,
    read_table,
    spoil,
    write_table,
)

pytestmark = pytest.mark.usefixtures("loaded", "undone")

THE_24 = """
    Accenture; AMD; Anthropic; Armada; Amazon Web Services; Cerebras; CoreWeave; Dell; DrivenData; Google; Groq;
    Hewlett Packard Enterprise; IBM; Intel; Microsoft; NVIDIA; OpenAI; Oracle; Periodic Labs; Palantir;
    Project Prometheus; Radical AI; xAI; XPRIZE
"""


@pytest.fixture(scope="module")
def loaded(db):
    """A directory with the shipped package; what the command printed."""
    return load_dataset(SHIPPED)


@pytest.fixture
def folder(tmp_path):
    return copy_shipped(tmp_path)


def writes(queries) -> list[str]:
    """The statements among captured queries that change data. Of repeated ones the log says "3 times: INSERT"."""
    verb = re.compile(r"(\d+ times: )?(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)
    changes = [query["sql"] for query in queries if verb.match(query["sql"])]
    # The indexes of the facets and of the words are derived from the data; who writes announces it.
    derived = re.compile("partners_(facet|search|writing)")
    return [sql for sql in changes if not derived.search(sql.partition("SELECT")[0])]


def test_shipped_package_holds_the_24_partners():
    first = Organization.objects.partners().filter(
        parties__agreement__announcement=Programme.objects.get().announcement
    )
    assert set(first.values_list("name", flat=True)) == {name.strip() for name in THE_24.split(";")}
    assert set(Organization.objects.partners()) == set(first)


def test_loading_reports_every_row_as_created(folder, loaded):
    assert counts(loaded) == {
        sheet.name: [len(read_table(folder, sheet.name)), 0, 0, 0, 0] for sheet in SHEETS
    }
    for sheet in SHEETS:
        assert sheet.model.objects.count() == len(read_table(folder, sheet.name))


def test_summary_stands_in_columns(loaded):
    lines = loaded.splitlines()

    assert len({len(line) for line in lines[: 1 + len(SHEETS)]}) == 1


def test_loading_fills_what_is_derived():
    for model, key in ((Organization, "name_key"), (Agreement, "title_key"), (Source, "title_key")):
        assert not model.objects.filter(**{key: ""}).exists()
    for model in (Organization, Agreement, Event):
        assert not model.objects.filter(publication_state="published", published_at=None).exists()
        assert not model.objects.exclude(publication_state="published").exclude(published_at=None).exists()


def test_second_load_writes_nothing(folder, tmp_path):
    times = list(Organization.objects.order_by("pk").values_list("updated_at", "published_at"))

    with CaptureQueriesContext(connection) as queries:
        printed = load_dataset(folder)

    assert writes(queries) == []
    assert list(Organization.objects.order_by("pk").values_list("updated_at", "published_at")) == times
    assert all(numbers[:2] + numbers[3:] == [0, 0, 0, 0] for numbers in counts(printed).values())


def test_dry_run_of_a_change_saves_nothing(folder, tmp_path):
    before = dump_dataset(tmp_path / "before")
    spoil(folder, "organizations", 0, name="Another name", sectors="ai-models;hpc-systems")

    printed = load_dataset(folder, dry_run=True)

    assert counts(printed)["organizations"][:2] == [0, 1]
    assert dump_dataset(tmp_path / "after") == before
    assert counts(load_dataset(folder))["organizations"][:2] == [0, 1]


def test_changed_rows_change_their_records_alone(folder, tmp_path):
    untouched = Organization.objects.get(slug="ibm").updated_at
    number = number_of(folder, "organizations", organization="amd")
    spoil(folder, "organizations", number, name="Ámd", established="", sectors="ai-models", parent="doe")

    with CaptureQueriesContext(connection) as queries:
        printed = load_dataset(folder)

    amd = Organization.objects.get(slug="amd")
    assert (amd.name, amd.name_key, amd.established, amd.parent.slug) == ("Ámd", "amd", None, "doe")
    assert [sector.slug for sector in amd.sectors.all()] == ["ai-models"]
    assert amd.updated_at > amd.created_at
    assert Organization.objects.get(slug="ibm").updated_at == untouched
    assert counts(printed)["organizations"] == [0, 1, 52, 0, 0]
    assert len(writes(queries)) == 4  # the record, two for its sectors, what was loaded
    assert dump_dataset(tmp_path / "dump") == files_of(folder)


def test_identifier_may_move_from_one_record_to_another(folder):
    rows = read_table(folder, "organizations")
    first, second = [number for number, row in enumerate(rows) if row["wikidata_id"]][:2]
    spoil(folder, "organizations", first, wikidata_id=rows[second]["wikidata_id"])
    spoil(folder, "organizations", second, wikidata_id=rows[first]["wikidata_id"])

    load_dataset(folder)

    found = Organization.objects.get(slug=rows[first]["organization"])
    assert found.wikidata_id == rows[second]["wikidata_id"]


def test_identifier_may_move_to_a_new_record(folder):
    rows = read_table(folder, "organizations")
    number = number_of(folder, "organizations", organization="amd")
    new = rows[number] | {"organization": "aaa", "publication_state": "draft"}
    rows[number] = rows[number] | {"wikidata_id": "", "ror_id": ""}
    write_table(folder, "organizations", [new, *rows])

    load_dataset(folder)

    assert Organization.objects.get(slug="aaa").ror_id == new["ror_id"] != ""


def test_edited_record_is_kept_and_named(folder):
    Organization.objects.filter(slug="amd").update(city="Austin", summary_nl="x" * 500)
    spoil(folder, "organizations", number_of(folder, "organizations", organization="ibm"), city="Yorktown")

    with CaptureQueriesContext(connection) as queries:
        printed = load_dataset(folder)

    assert Organization.objects.get(slug="amd").city == "Austin"
    assert Organization.objects.get(slug="ibm").city == "Yorktown"
    assert counts(printed)["organizations"] == [0, 1, 51, 1, 0]
    assert "--overwrite" in printed
    (line,) = [line for line in printed.splitlines() if line.startswith("  organizations amd: ")]
    assert "city is 'Austin', in the file 'Santa Clara'; summary_nl is 'xxx" in line
    assert len(line) < 400
    assert not any("Austin" in sql for sql in writes(queries))
    assert writes_of_a_load(folder) == []


def writes_of_a_load(folder) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        load_dataset(folder)
    return writes(queries)


def test_edited_record_is_kept_when_the_file_changes_too(folder):
    Organization.objects.filter(slug="amd").update(city="Austin")
    spoil(folder, "organizations", number_of(folder, "organizations", organization="amd"), city="Paris")

    printed = load_dataset(folder)

    assert Organization.objects.get(slug="amd").city == "Austin"
    assert "  organizations amd: city is 'Austin', in the file 'Paris'\n" in printed


def test_edited_record_is_unchanged_when_the_file_says_the_same(folder):
    Organization.objects.filter(slug="amd").update(city="Austin")
    number = number_of(folder, "organizations", organization="amd")
    spoil(folder, "organizations", number, city="Austin")
    assert counts(load_dataset(folder))["organizations"] == [0, 0, 53, 0, 0]
    spoil(folder, "organizations", number, city="Paris")

    printed = load_dataset(folder)

    assert counts(printed)["organizations"] == [0, 1, 52, 0, 0]
    assert Organization.objects.get(slug="amd").city == "Paris"


def test_edited_sectors_are_an_edit(folder):
    Organization.objects.get(slug="amd").sectors.add(Sector.objects.get(slug="ai-models"))

    printed = load_dataset(folder)

    assert counts(printed)["organizations"][3] == 1
    assert "  organizations amd: sectors is 'ai-models;" in printed


def test_deleted_records_are_not_brought_back(folder):
    OrganizationName.objects.get(organization__slug="accenture", value="Andersen Consulting").delete()
    source = Source.objects.first()
    number_of_citations = source.citations.count()
    source.citations.all().delete()
    source.delete()

    printed = load_dataset(folder)

    assert counts(printed)["organization_names"][3] == 1
    assert counts(printed)["sources"][3] == 1
    assert counts(printed)["citations"][3] == number_of_citations
    assert "  organization_names accenture;Andersen Consulting: was deleted in the directory\n" in printed
    assert writes_of_a_load(folder) == []


def test_new_rows_that_need_a_deleted_record_wait_with_it(folder):
    sector = Sector.objects.get(slug="ai-models")
    sector.delete()
    rows = read_table(folder, "organizations")
    new = rows[0] | {"organization": "new", "sectors": "ai-models", "wikidata_id": "", "ror_id": ""}
    child = new | {"organization": "child", "sectors": "", "parent": "new", "parent_name": ""}
    drafts = [row | {"publication_state": "draft"} for row in (new, child)]
    write_table(folder, "organizations", [*rows, *drafts])
    names = read_table(folder, "organization_names")
    write_table(folder, "organization_names", [*names, names[0] | {"organization": "child", "value": "Kid"}])

    printed = load_dataset(folder)

    assert not Organization.objects.filter(slug__in=["new", "child"]).exists()
    for line in ("  organizations new: ", "  organizations child: ", "  organization_names child;Kid: "):
        assert f"{line}waits for a record that was deleted in the directory\n" in printed
    load_dataset(folder, overwrite=True)
    assert Organization.objects.get(slug="child").parent.slug == "new"


def test_overwrite_replaces_edits_and_brings_back_what_was_deleted(folder, tmp_path):
    Organization.objects.filter(slug="amd").update(city="Austin")
    Organization.objects.get(slug="ibm").sectors.clear()
    Citation.objects.filter(organization__slug="ibm").delete()
    OrganizationName.objects.all().delete()

    printed = load_dataset(folder, overwrite=True)

    assert dump_dataset(tmp_path / "dump") == files_of(SHIPPED)
    assert counts(printed)["organizations"] == [0, 2, 51, 0, 0]
    assert counts(printed)["organization_names"][0] == len(read_table(folder, "organization_names"))
    assert writes_of_a_load(folder) == []


def test_rows_removed_from_the_file_are_reported_and_kept(folder):
    rows = read_table(folder, "organization_names")
    write_table(folder, "organization_names", rows[1:])

    printed = load_dataset(folder)

    assert counts(printed)["organization_names"] == [0, 0, len(rows) - 1, 0, 1]
    assert f"  organization_names {rows[0]['organization']};{rows[0]['value']}\n" in printed
    assert OrganizationName.objects.count() == len(rows)
    assert writes_of_a_load(folder) == []


def test_rows_removed_from_file_and_directory_are_not_reported(folder):
    rows = read_table(folder, "organization_names")
    write_table(folder, "organization_names", rows[1:])
    OrganizationName.objects.get(organization__slug=rows[0]["organization"], value=rows[0]["value"]).delete()

    assert counts(load_dataset(folder))["organization_names"] == [0, 0, len(rows) - 1, 0, 0]


@pytest.mark.parametrize("change", ["bom", "crlf", "columns", "quotes"])
def test_other_ways_to_write_the_same_are_the_same(folder, change):
    spoil(folder, "organizations", curator_note="One\nand two")
    load_dataset(folder)
    for path in folder.glob("*.csv"):
        rewrite(path, change)

    assert writes_of_a_load(folder) == []


def rewrite(path, change):
    text = path.read_text(encoding="utf-8")
    if change == "bom":
        path.write_text("\ufeff" + text, encoding="utf-8")
    elif change == "crlf":
        path.write_bytes(text.replace("\n", "\r\n").encode())
    else:
        rows = list(csv.reader(text.splitlines(keepends=True)))
        with path.open("w", encoding="utf-8", newline="") as file:
            quoting = csv.QUOTE_ALL if change == "quotes" else csv.QUOTE_MINIMAL
            csv.writer(file, quoting=quoting).writerows(
                row if change == "quotes" else row[::-1] for row in rows
            )
