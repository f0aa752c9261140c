"""`datapackage.json`: the tables as a Frictionless Data Package (version 1), made from their columns and models."""

import json

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import override

from partners.exchange.package.layout import PACKAGE_NAME, SHEET_OF, SHEETS, Sheet
from partners.formats.metadata import dialect, foreign_keys, schema_field, schema_of
from partners.tables.columns import SEPARATOR, Column, json_value

KEY_PATTERN = "[-a-zA-Z0-9_]+"


def descriptor_text() -> str:
    """The descriptor as it stands in the file; the same on every machine and in every language."""
    with override("en"):
        return json.dumps(package_descriptor(), indent=2, ensure_ascii=False, default=json_value) + "\n"


def package_descriptor() -> dict:
    return {
        "profile": "tabular-data-package",
        "name": PACKAGE_NAME,
        "title": "Partner directory",
        "description": "Organizations, their agreements, and the sources behind every statement.",
        "resources": [package_resource(sheet) for sheet in SHEETS],
    }


def package_resource(sheet: Sheet) -> dict:
    return {
        "profile": "tabular-data-resource",
        "name": sheet.name,
        "path": sheet.file_name,
        "title": str(sheet.table.title),
        "description": str(sheet.table.description),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": dialect("\n") | {"header": True},
        "schema": package_schema(sheet),
    }


def package_schema(sheet: Sheet) -> dict:
    described = schema_of(sheet.table, sheet.columns, [field(sheet, column) for column in sheet.columns])
    if sheet.links:
        described["foreignKeys"] = foreign_keys(sheet.table, sheet.columns)
    return described


def field(sheet: Sheet, column: Column) -> dict:
    """A column with what its values obey, as far as Table Schema has words for it; the rest is checked at loading."""
    joined = f"Keys of {column.references}, joined by {SEPARATOR}."
    return schema_field(
        sheet.table, column, translated=False, joined=joined, limits=limits_of_column(sheet, column)
    )


def limits_of_column(sheet: Sheet, column: Column) -> dict:
    limits = {"unique": True} if column.name in sheet.unique else {}
    if column.many:
        limits["pattern"] = f"{KEY_PATTERN}({SEPARATOR}{KEY_PATTERN})*"
    elif not column.references and not column.vocabulary:
        limits |= limits_of(sheet.fields[column.name])
    return limits


def limits_of(field: models.Field) -> dict:
    limits = {"maxLength": field.max_length} if field.max_length else {}
    for validator in field.validators:
        if isinstance(validator, RegexValidator) and not isinstance(field, models.URLField):
            # The whole value must match anyway, so the anchors, which not every program knows, are left out.
            limits["pattern"] = validator.regex.pattern.removeprefix("^").removesuffix(r"\Z")
        elif isinstance(validator, MinValueValidator):
            limits["minimum"] = validator.limit_value
        elif isinstance(validator, MaxValueValidator):
            limits["maximum"] = validator.limit_value
    return limits


def describes_our_tables(text: str) -> bool:
    """Whether a descriptor found in a folder is one of this directory, of whatever release: it names tables of ours."""
    try:
        names = {each["name"] for each in json.loads(text)["resources"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return bool(names) and names <= SHEET_OF.keys()
