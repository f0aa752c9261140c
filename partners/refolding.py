"""Folded columns of records that are there already: written anew where folding has changed, or where SQL passed it by."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models

from partners.folding import FOLDING_VERSION
from partners.models.fields import FoldedKey, FoldedText

BATCH = 2000
# Under this term of the index stands with which folding the columns were filled.
FOLDING = ("", "folding")


def refold_if_folded_otherwise(connection, cursor) -> None:
    """Write every folded column anew where another folding than the present one filled them."""
    cursor.execute("SELECT value FROM partners_facetterm WHERE listing = %s AND facet = %s", FOLDING)
    if cursor.fetchone() == (str(FOLDING_VERSION),):
        return
    for model in apps.get_app_config("partners").get_models():
        for batch in batches(model):
            refold(model, batch, connection)
    cursor.execute("DELETE FROM partners_facetterm WHERE listing = %s AND facet = %s", FOLDING)
    cursor.execute(
        "INSERT INTO partners_facetterm (listing, facet, value) VALUES (%s, %s, %s)",
        [*FOLDING, str(FOLDING_VERSION)],
    )


def folded_fields(model: type[models.Model]) -> list[models.Field]:
    """The columns of a model that are folded from others."""
    return [field for field in model._meta.concrete_fields if isinstance(field, FoldedKey | FoldedText)]


def batches(model: type[models.Model]) -> Iterator[list[int]]:
    """The primary keys of all records with folded columns, some at a time."""
    last = 0
    while folded_fields(model):
        found = model._base_manager.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
        keys = list(found)
        if not keys:
            return
        yield keys
        last = keys[-1]


def refold(model: type[models.Model], keys: list[int], connection) -> None:
    """Write the folded columns of some records where they do not say what their sources say."""
    fields = folded_fields(model)
    names = {name for field in fields for name in (field.attname, *field.read_from)}
    changed = []
    for record in model._base_manager.using(connection.alias).filter(pk__in=keys).only(*names):
        before = [getattr(record, field.attname) for field in fields]
        after = [field.pre_save(record, False) for field in fields]
        if after != before:
            changed.append([*after, record.pk])
    quote = connection.ops.quote_name
    columns = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(model._meta.db_table)} SET {columns} WHERE id = %s",  # noqa: S608 (names of our own)
            changed,
        )
