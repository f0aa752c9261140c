"""`datapackage.json`: the tables as a Frictionless Data Package (version 1), made from their columns and models."""

import json

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import override

from partners.exchange.package.layout import PACKAGE_NAME, SHEET_OF, SHEETS, Sheet
from partners.formats.metadata import TYPES
from partners.tables.columns import SEPARATOR, Column, json_value

KEY_PATTERN = "[-a-zA-Z0-9_]+"


def descriptor_text() -> str:
    """The descriptor as it stands in the file; the same on every machine and in every language."""
    with override("en"):
        return json.dumps(descriptor(), indent=2, ensure_ascii=False, default=json_value) + "\n"


def descriptor() -> dict:
    return {
        "profile": "tabular-data-package",
        "name": PACKAGE_NAME,
        "title": "Partner directory",
        "description": "Organizations, their agreements, and the sources behind every statement.",
        "resources": [resource(sheet) for sheet in SHEETS],
    }


def resource(sheet: Sheet) -> dict:
    return {
        "profile": "tabular-data-resource",
        "name": sheet.name,
        "path": sheet.file_name,
        "title": str(sheet.table.title),
        "description": str(sheet.table.description),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {
            "delimiter": ",",
            "lineTerminator": "\n",
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
        },
        "schema": schema(sheet),
    }


def schema(sheet: Sheet) -> dict:
    described = {
        "fields": [schema_field(sheet, column) for column in sheet.columns],
        "missingValues": [""],
        "primaryKey": list(sheet.table.key),
    }
    if sheet.links:
        described["foreignKeys"] = [foreign_key(sheet, column) for column in sheet.links]
    return described


def foreign_key(sheet: Sheet, column: Column) -> dict:
    """The row a column names. A list of keys has no form in Table Schema; its description says what it holds."""
    resource = "" if column.references == sheet.name else column.references
    (key,) = SHEET_OF[column.references].table.key
    return {"fields": column.name, "reference": {"resource": resource, "fields": key}}


def schema_field(sheet: Sheet, column: Column) -> dict:
    described = {"name": column.name, "title": str(column.title), "description": description(column)}
    described["type"] = TYPES.get(column.datatype, column.datatype)
    if column.datatype == "anyURI":
        described["format"] = "uri"
    if limits := constraints(sheet, column):
        described["constraints"] = limits
    return described


def description(column: Column) -> str:
    text = str(column.explanation)
    if column.many:
        text += f" Keys of {column.references}, joined by {SEPARATOR}."
    return text


def constraints(sheet: Sheet, column: Column) -> dict:
    """What the values obey, as far as Table Schema has words for it; the rest is checked at loading."""
    field = sheet.fields[column.name]
    limits = {"required": True} if column.required else {}
    if [column.name] == list(sheet.table.key) or column.name in sheet.unique:
        limits["unique"] = True
    if column.vocabulary:
        limits["enum"] = list(column.vocabulary.values)
    elif column.many:
        limits["pattern"] = f"{KEY_PATTERN}({SEPARATOR}{KEY_PATTERN})*"
    elif not column.references:
        limits |= limits_of(field)
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


def is_ours(text: str) -> bool:
    """Whether a descriptor found in a folder is one of this directory, of whatever release: it names tables of ours."""
    try:
        names = {each["name"] for each in json.loads(text)["resources"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return bool(names) and names <= SHEET_OF.keys()
