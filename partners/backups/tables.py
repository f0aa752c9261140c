"""The rows of a table as lines of text that mean the same on both engines.

A line is a JSON array with a value for each column, as `Column.to_json` has it. Two tables hold the same rows exactly
when their digests are the same, in whatever order these are read.
"""

import base64
import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache

from django.apps import apps
from django.db import connection, models
from django.db.models.functions import Cast

from partners.models import FacetEntry, FacetStale, FacetTerm, SearchEntry, SearchRecord

# They follow from the other tables, and are made anew.
TABLES_OF_INDEX = (FacetEntry, FacetStale, FacetTerm, SearchEntry, SearchRecord)
# Whoever is signed in signs in again: a backup is no way to take over a session.
TABLES_LEFT_OUT = {*(each._meta.db_table for each in TABLES_OF_INDEX), "django_session"}
ROWS_OF_A_BATCH = 500


@cache
def models_kept() -> dict[str, type[models.Model]]:
    """Every model whose rows are kept, by the name of its table."""
    found = {each._meta.db_table: each for each in apps.get_models(include_auto_created=True)}
    return {table: found[table] for table in sorted(found.keys() - TABLES_LEFT_OUT)}


def columns_kept(model: type[models.Model]) -> list[models.Field]:
    return [field for field in model._meta.concrete_fields if field.column]


def rows_as_json(model: type[models.Model]) -> Iterator[list]:
    """Each row of a table as it stands there now, as values that JSON can carry."""
    columns = columns_kept(model)
    # As its text: the null of JSON is not that of the database, and names stand in some order.
    asked = [
        Cast(field.attname, models.TextField()) if is_json(field) else models.F(field.attname)
        for field in columns
    ]
    rows = model._base_manager.order_by().values_list(*asked)
    for row in rows.iterator(chunk_size=ROWS_OF_A_BATCH):
        yield [to_json(value) for value in row]


def insert_rows(model: type[models.Model], rows: Iterable[list]) -> None:
    """Put rows into a table as they are. Triggers stand aside: nothing is noted, and nothing follows from it."""
    columns = columns_kept(model)
    quoted = ", ".join(connection.ops.quote_name(field.column) for field in columns)
    statement = (
        f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({quoted}) "  # noqa: S608 (names of models)
        f"VALUES ({', '.join(['%s'] * len(columns))})"
    )
    with connection.cursor() as cursor:
        batch: list[list] = []
        for row in rows:
            batch.append([for_database(field, value) for field, value in zip(columns, row, strict=True)])
            if len(batch) == ROWS_OF_A_BATCH:
                cursor.executemany(statement, batch)
                batch = []
        if batch:
            cursor.executemany(statement, batch)


def is_json(field: models.Field) -> bool:
    return isinstance(field, models.JSONField)


def to_json(value):
    """A value of the database as JSON can carry it. Raises TypeError for one of a kind that no column had so far."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime.datetime():
            return value.astimezone(datetime.UTC).isoformat()
        case datetime.date() | Decimal():
            return str(value)
        case bytes() | memoryview():
            return base64.b64encode(value).decode()
    raise TypeError(f"A backup has no form for a {type(value).__name__}.")


def for_database(field: models.Field, value):
    """The value of a column again, as the present engine takes it."""
    if value is None or is_json(field):
        return value
    if isinstance(field, models.BinaryField):
        return base64.b64decode(value)
    return field.get_db_prep_save(field.to_python(value), connection)


class Digest:
    """Names the rows of a table, whatever their order: the sum of the SHA-256 of each."""

    def __init__(self, model: type[models.Model]):
        self.json_places = [number for number, field in enumerate(columns_kept(model)) if is_json(field)]
        self.rows, self.sum = 0, 0

    def add(self, row: list) -> None:
        self.rows += 1
        line = json.dumps(self.in_one_form(row), ensure_ascii=False).encode()
        self.sum = (self.sum + int.from_bytes(hashlib.sha256(line).digest())) % 2**256

    def in_one_form(self, row: list) -> list:
        """PostgreSQL orders the names in a JSON value in a way of its own."""
        row = list(row)
        for place in self.json_places:
            if row[place] is not None:
                row[place] = json.dumps(json.loads(row[place]), sort_keys=True)
        return row

    @property
    def hex(self) -> str:
        return f"{self.sum:064x}"


def digested(rows: Iterable[list], digest: Digest) -> Iterator[list]:
    """The rows, each of which is added to a digest on its way."""
    for row in rows:
        digest.add(row)
        yield row
