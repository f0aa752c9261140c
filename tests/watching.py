"""Listings that are declared for a test, and writes to any column and table of the directory."""

import datetime
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from partners import triggers
from partners.models.belonging import models_with_data
from partners.selection import index
from partners.selection.facets import Facet
from partners.triggers import listings as watched
from tests.database import execute

MODELS = {
    model._meta.db_table: model
    for model in apps.get_app_config("partners").get_models(include_auto_created=True)
}
TABLES = {model._meta.db_table: model for model in models_with_data()}
# Every column of the directory, whether or not anything is known to depend on it; those that are made of others change
# with them.
COLUMNS = [
    (table, field.column)
    for table, model in TABLES.items()
    for field in model._meta.concrete_fields
    if not (field.primary_key or hasattr(field, "read_from"))
]


# Columns that take no other texts than these.
SHORT = {
    "region_code": ["US-WA", "US-NM"],
    "country_code": ["US", "NL"],
    "language": ["nl", "de"],
    "currency": ["EUR", "USD", "JPY"],
}


@contextmanager
def declared(*changes: tuple[object, str, object]) -> Iterator[None]:
    """For a while something else is declared: each change names an object, an attribute and its value.

    Within a transaction, which is to be rolled back, with the triggers and the index of what is declared.
    """
    with pytest.MonkeyPatch.context() as patch:
        for target, name, value in changes:
            patch.setattr(target, name, value)
        forget()
        connection.check_constraints()
        triggers.install()
        yield
    forget()


def forget() -> None:
    """Nothing is kept of what was declared before."""
    for each in (index.writing, index.entries_of_listings, watched.notes_of_listings, triggers.digest):
        each.cache_clear()


def with_facets(listing: type, **facets: Facet) -> tuple[type, str, dict]:
    """The change by which a listing has some facets more."""
    more = {}
    for name, facet in facets.items():
        facet.field_name = name
        more[name] = facet.within(listing.name, name)
    return listing, "base_filters", listing.base_filters | more


def field_of(table: str, column: str) -> models.Field:
    return next(each for each in TABLES[table]._meta.concrete_fields if each.column == column)


def drawn(dice: random.Random, field: models.Field, before):
    """Another value for a column."""
    if field.is_relation:
        keys = list(field.related_model._base_manager.values_list("pk", flat=True))
        return dice.choice([key for key in keys if key != before] + [None] * field.null)
    if field.choices:
        return dice.choice([value for value, _ in field.choices if value != before])
    if isinstance(field, models.BooleanField):
        return not before
    if isinstance(field, models.DateTimeField):
        return datetime.datetime(2026, 1, dice.randint(1, 28), tzinfo=datetime.UTC)
    if isinstance(field, models.DateField):
        return datetime.date(2026, dice.randint(1, 12), dice.randint(1, 28))
    if isinstance(field, models.IntegerField | models.DecimalField):
        return dice.randint(1000, 2026)
    texts = [f"Word{dice.randrange(10**6)} L’Été", f"zeta-{dice.randrange(99)}"]
    return dice.choice(SHORT.get(field.name, texts))


def change(dice: random.Random, table: str, column: str) -> bool:
    """Write another value into a column of a row, past Django or by it; whether the database took it."""
    model, field = TABLES[table], field_of(table, column)
    rows = list(model._base_manager.order_by("pk"))
    if not rows:
        return False
    row = dice.choice(rows)
    value = drawn(dice, field, getattr(row, field.attname))
    with suppress(IntegrityError), transaction.atomic():
        match dice.randrange(3):
            case 0:
                sql = f"UPDATE {table} SET {column} = %s WHERE id = %s"  # noqa: S608
                execute(sql, [field.get_db_prep_save(value, connection), row.pk])
            case 1:
                model._base_manager.filter(pk=row.pk).update(**{field.attname: value})
            case 2:
                setattr(row, field.attname, value)
                row.save()
        # Keys that lead nowhere are refused at the end of a transaction only.
        connection.check_constraints()
        return True
    return False


def take_out(dice: random.Random, table: str) -> list | None:
    """Delete a row past Django; its values, or None where others need it."""
    names = ", ".join(field.column for field in TABLES[table]._meta.concrete_fields)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM {table} ORDER BY id")  # noqa: S608
        rows = cursor.fetchall()
    if not rows:
        return None
    row = dict(zip(names.split(", "), dice.choice(rows), strict=True))
    with suppress(IntegrityError), transaction.atomic():
        execute(f"DELETE FROM {table} WHERE id = %s", [row["id"]])  # noqa: S608
        connection.check_constraints()
        return list(row.items())
    return None


def put_back(table: str, row: list) -> None:
    """Insert a row past Django."""
    names, values = zip(*row, strict=True)
    marks = ", ".join(["%s"] * len(names))
    execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)  # noqa: S608
