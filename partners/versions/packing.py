"""The public data as a zip: every table as CSV, and a `datapackage.json` that describes them (Frictionless, version 1).

The same data give the same bytes: rows stand in the order of their keys, and nothing says when it was made.
"""

import json
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from django.utils.translation import override

from partners.context import site_name
from partners.formats.csv import write_csv
from partners.formats.metadata import Measures, foreign_keys, licences, measure, resource, table_schema
from partners.models import Programme
from partners.tables.columns import Table, in_key_order, read_rows
from partners.tables.definitions import TABLES
from partners.tables.public import public_rows
from partners.versions.storage import PUBLIC_NAME

DESCRIPTOR = "datapackage.json"
# Says of a column that it follows from others.
DERIVED = "derived"


def write_package(file: BinaryIO) -> dict[str, int]:
    """Write the package of the present state to a file, and return the number of rows of each table.

    Everything is read one after another: call it in a transaction that sees one state. It speaks English.
    """
    with override("en"), ZipFile(file, "w", ZIP_DEFLATED) as package:
        measures = {table.name: write_table(package, table) for table in TABLES}
        text = json.dumps(public_descriptor(measures), ensure_ascii=False, indent=1) + "\n"
        package.writestr(zip_entry(DESCRIPTOR), text)
    return {name: measured.rows for name, measured in measures.items()}


def zip_entry(name: str) -> ZipInfo:
    """A file of the zip, without the time at which it was made."""
    info = ZipInfo(name)
    info.compress_type = ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


def write_table(package: ZipFile, table: Table) -> Measures:
    columns = table.public_columns
    rows = read_rows(in_key_order(public_rows(table), table), columns)
    with package.open(zip_entry(f"{table.name}.csv"), "w") as file:
        return measure(write_csv, columns, rows, file)


# The description -----------------------------------------------------------------------------------------------------


def public_descriptor(measures: dict[str, Measures]) -> dict:
    return {
        "profile": "tabular-data-package",
        "name": PUBLIC_NAME,
        "title": site_name(Programme.objects.first()),
        "description": "Everything that is published: organizations, their agreements, and the sources behind them.",
        **licences(settings.DATA_LICENCE),
        "resources": [
            resource(table, str(table.title), f"{table.name}.csv", measures[table.name], public_schema(table))
            for table in TABLES
        ],
    }


def public_schema(table: Table) -> dict:
    columns = table.public_columns
    described = table_schema(table, columns)
    for field, column in zip(described["fields"], columns, strict=True):
        if not column.stored:
            field[DERIVED] = True
    return described | {"foreignKeys": foreign_keys(table, columns)}
