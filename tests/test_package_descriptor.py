"""The shipped package by the judgement of an independent program, and the descriptor against the models."""

import json

from django.utils.translation import override
from frictionless import Package, system

from partners.exchange.package import SHIPPED
from partners.exchange.package.descriptor import descriptor_text, package_descriptor
from partners.exchange.package.layout import SHEETS
from partners.formats.metadata import csvw_column, table_schema
from tests.packages import copy_shipped, read_table, spoil, write_table


def errors_of(folder) -> set[str]:
    """What frictionless has against a package, as "table: error: field"."""
    with system.use_context(trusted=True):
        report = Package(str(folder / "datapackage.json")).validate()
    found = {
        f"{task.name}: {error.type}: {getattr(error, 'field_name', '')}"
        for task in report.tasks
        for error in task.errors
    }
    return found | {error.type for error in report.errors}


def test_shipped_package_is_valid_by_frictionless():
    assert errors_of(SHIPPED) == set()


def test_descriptor_of_the_shipped_package_is_up_to_date():
    assert (SHIPPED / "datapackage.json").read_text(encoding="utf-8") == descriptor_text()


def test_descriptor_is_the_same_in_every_language():
    with override("nl"):
        in_dutch = descriptor_text()

    assert in_dutch == descriptor_text()


def test_frictionless_finds_mistakes_by_the_descriptor(tmp_path):
    folder = copy_shipped(tmp_path)
    spoil(folder, "agreements", 0, status="finished", announced_date="soon", announcement="nowhere")
    spoil(
        folder, "organizations", 0, established="3000", region_code="California", sectors="ai models", name=""
    )
    spoil(folder, "organizations", 1, website="not an address", parent="nobody", name="x" * 201)
    for name in ("sectors", "citations"):
        rows = read_table(folder, name)
        write_table(folder, name, [*rows, rows[-1]])

    assert errors_of(folder) >= {
        "agreements: constraint-error: status",
        "agreements: type-error: announced_date",
        "agreements: foreign-key: ",
        "organizations: constraint-error: established",
        "organizations: constraint-error: region_code",
        "organizations: constraint-error: sectors",
        "organizations: constraint-error: name",
        "organizations: type-error: website",
        "organizations: foreign-key: ",
        "sectors: primary-key: ",
        "citations: primary-key: ",
    }


def test_descriptor_describes_every_column_in_order():
    for resource, sheet in zip(package_descriptor()["resources"], SHEETS, strict=True):
        assert [field["name"] for field in resource["schema"]["fields"]] == sheet.names
        assert all(field["title"] and field["description"] for field in resource["schema"]["fields"])
        header = (SHIPPED / resource["path"]).read_text(encoding="utf-8").partition("\n")[0]
        assert header == ",".join(sheet.names)


def test_descriptor_is_plain_json():
    assert json.loads(descriptor_text())["name"] == "partner-directory"


def test_columns_require_what_their_fields_require():
    for sheet in SHEETS:
        for column in sheet.columns:
            assert column.required is not sheet.fields[column.name].blank, (sheet.name, column.name)


def test_every_description_says_the_same_of_a_column():
    """The shipped package, the public files and CSV on the Web: what they all have words for, they say alike."""
    with override("en"):
        for sheet, resource in zip(SHEETS, package_descriptor()["resources"], strict=True):
            fields = {field["name"]: field for field in resource["schema"]["fields"]}
            for public in table_schema(sheet.table, sheet.table.public_columns)["fields"]:
                column = sheet.table.column(public["name"])
                web, rules = csvw_column(column), public.get("constraints", {})
                assert web["dc:title"][0]["@value"] == public["title"] == public["titles"]["en"]
                assert web["dc:description"][0]["@value"] == public["descriptions"]["en"]
                assert web.get("required", False) == rules.get("required", False)
                if column.vocabulary:
                    assert web["datatype"]["format"].split("|") == rules["enum"]
                if column.stored:
                    stored = fields[column.name]
                    assert rules.items() <= stored.get("constraints", {}).items()
                    same = ("title", "type") if column.many else ("title", "type", "format", "description")
                    assert [stored.get(key) for key in same] == [public.get(key) for key in same]
