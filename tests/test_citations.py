"""Whatever has values can be cited: every kind of record of `TARGETS`, in the database, in curation and in files."""

import pytest
from django.db import IntegrityError, transaction

from partners.exchange.package.layout import SHEET_OF
from partners.models import Citation, DataVersion, PublicChange
from partners.models.sources import TARGETS
from partners.tables.definitions import TABLES
from partners.tables.sources import CITATIONS, SOURCES, TARGET_TABLES
from tests.curation import change_form, errors
from tests.packages import copy_shipped, dump_dataset, load_dataset, read_table, write_table
from tests.past import forget_changes
from tests.records import (
    cite,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
    make_source,
)
from tests.shapes import csv_rows, raw

pytestmark = pytest.mark.django_db

MAKERS = {
    "organization": lambda: make_organization("Alpha"),
    "agreement": lambda: make_agreement("Pact", partners=[make_organization("Alpha")]),
    "event": lambda: make_event("Day"),
    "sector": lambda: make_sector("Fusion"),
    "mission_area": lambda: make_mission_area("Materials"),
    "programme": lambda: make_programme(),
}
every_target = pytest.mark.parametrize("target", TARGETS)


def cited(target: str, **fields) -> Citation:
    """A citation of the first value that such a record can be cited for."""
    record = MAKERS[target]()
    return cite(record, record.citable_fields[0], source=make_source("Paper"), **fields)


def test_every_record_with_values_to_cite_has_a_table_and_a_test():
    assert list(TARGETS) == list(MAKERS) == list(TARGET_TABLES)
    assert {table.model for table in TABLES if getattr(table.model, "citable_fields", ())} == {
        *TARGETS.values()
    }
    for target, model in TARGETS.items():
        names = [column.name for column in TARGET_TABLES[target].public_columns]
        assert set(model.citable_fields) <= set(names), target


@every_target
def test_a_citation_belongs_to_one_record_and_says_the_same_once(target):
    citation = cited(target)
    another = make_organization("Beta") if target != "organization" else make_sector("Beta")

    assert (citation.target, citation.record.pk) == (target, getattr(citation, target).pk)
    for wrong in ({"sector" if target == "organization" else "organization": another}, {target: None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Citation.objects.filter(pk=citation.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        cite(citation.record, citation.field, source=citation.source)


@every_target
def test_a_source_of_any_public_record_is_public_and_says_what_it_is_used_for(target, client):
    citation = cited(target, quote="Its very words")
    slug, name = citation.record.slug, str(citation.record)

    (row,) = (row for row in client.get("/sources.json").json()["rows"] if row["source"] == "paper")
    (said,) = client.get("/sources/paper.json").json()["citations"]
    table = TARGET_TABLES[target]

    assert (row[table.name], row[f"{target}_labels"]) == ([slug], [name])
    assert all(not row[other.name] for other in TARGET_TABLES.values() if other is not table)
    assert (said[target], said["field"], said["quote"]) == (slug, citation.field, "Its very words")
    (line,) = (each for each in csv_rows(raw(client.get("/citations.csv"))) if each["source"] == "paper")
    assert (line[target], line["field"], line["quote"]) == (slug, citation.field, "Its very words")
    for page in ("/sources/", "/sources/paper/"):
        assert f'href="{citation.record.get_absolute_url()}"' in client.get(page).content.decode(), page


@every_target
def test_a_citation_that_comes_or_goes_is_a_change_of_the_data_and_of_its_source(target):
    record, source = MAKERS[target](), make_source("Paper")
    for change in (lambda: cite(record, source=source), source.citations.all().delete):
        forget_changes()
        before = DataVersion.current()
        change()

        assert DataVersion.current() > before
        noted = PublicChange.objects.filter(model="source", record_id=source.pk).exclude(field="")
        assert [each.field for each in noted] == [TARGET_TABLES[target].name]


@every_target
def test_a_citation_is_added_in_the_form_of_its_record(target, admin_client):
    record, source = MAKERS[target](), make_source("Paper")
    field = record.citable_fields[-1]
    form = change_form(admin_client, record)
    form.add_row("citations", source=source, field=field, quote="Words")

    assert form.send().status_code == 302
    assert [(each.record, each.field) for each in source.citations.all()] == [(record, field)]

    again = change_form(admin_client, record)
    again.add_row("citations", source=source, field=field)
    assert errors(again.send()) == {"citations": ["This source is already cited for this value."]}


@every_target
def test_a_citation_is_found_and_completed_in_its_list(target, admin_client):
    citation = cited(target)
    lists = f"/admin/partners/citation/?q={citation.record.slug}&cited_by={target}"

    page = admin_client.get(lists)

    assert [each.pk for each in page.context["cl"].result_list if each.source.slug == "paper"] == [
        citation.pk
    ]
    form = change_form(admin_client, citation)
    assert form.send(quote="Found later").status_code == 302
    citation.refresh_from_db()
    assert citation.quote == "Found later"
    assert admin_client.get(f"/admin/partners/source/{citation.source.pk}/change/").status_code == 200


@every_target
def test_a_citation_travels_in_the_package(target, tmp_path):
    citation = cited(target, quote="Words", curator_note="Look again")
    for name in ("one", "two"):
        dump_dataset(tmp_path / name)
    Citation.objects.all().delete()
    load_dataset(tmp_path / "two", overwrite=True)

    assert Citation.objects.get(source=citation.source).record == citation.record
    assert dump_dataset(tmp_path / "three") == dump_dataset(tmp_path / "one")


@every_target
def test_a_citation_of_no_value_of_its_record_is_refused_in_the_package(target, tmp_path):
    folder = copy_shipped(tmp_path)
    table = TARGET_TABLES[target]
    (key,) = SHEET_OF[table.name].table.key
    slug = read_table(folder, table.name)[0][key]
    rows = read_table(folder, "citations")
    write_table(folder, "citations", [*rows, {"source": rows[0]["source"], target: slug, "field": "slug"}])

    with pytest.raises(Exception, match="can be cited; allowed: ") as refusal:
        load_dataset(folder)

    assert str(refusal.value).endswith("allowed: " + ", ".join(TARGETS[target].citable_fields))


def test_the_columns_that_name_records_are_those_of_the_targets():
    named = {column.name for column in CITATIONS.columns if column.references}
    assert named == {"source", *TARGETS, "agreement_amount"}
    assert {column.references for column in SOURCES.columns if column.references} == {
        table.name for table in TARGET_TABLES.values()
    }
