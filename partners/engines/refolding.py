"""Folded columns of records that are there already: written anew where folding has changed, or where SQL passed it by."""

import hashlib

from django.apps import apps
from django.db import models

from partners.engines.updating import update_rows
from partners.folding import FOLDING_VERSION
from partners.models import FacetStale

REFOLDING_BATCH = 2000
# Before the name of a model among the stale records: its folded columns may not say what their sources say.
NOTED = "~"
# Under this term of the index stands with which folding the columns were filled.
FOLDING = ("", "folding")


def refold_if_folded_otherwise(connection, cursor) -> None:
    """Write every folded column anew where another folding than the present one filled them, or from other fields."""
    cursor.execute("SELECT value FROM partners_facetterm WHERE listing = %s AND facet = %s", FOLDING)
    if cursor.fetchone() != (folding(),):
        refold_all(connection, cursor)


def refold_all(connection, cursor) -> None:
    """Write every folded column anew that does not say what its sources say."""
    for model in models_with_folded_fields():
        keys = model._base_manager.using(connection.alias).order_by("pk").values_list("pk", flat=True)
        refold(model, list(keys), connection)
    cursor.execute("DELETE FROM partners_facetterm WHERE listing = %s AND facet = %s", FOLDING)
    cursor.execute(
        "INSERT INTO partners_facetterm (listing, facet, value) VALUES (%s, %s, %s)", [*FOLDING, folding()]
    )


def folding() -> str:
    """What the folded columns follow from: the version of the folding, and the fields of each of them."""
    fields = [
        (model._meta.model_name, field.name, field.read_from)
        for model in models_with_folded_fields()
        for field in folded_fields(model)
    ]
    return f"{FOLDING_VERSION} {hashlib.sha256(str(fields).encode()).hexdigest()[:16]}"


def refold_noted(connection) -> None:
    """Write the folded columns of the records that were noted as changed past them, by SQL."""
    notes = FacetStale.objects.using(connection.alias).filter(model__startswith=NOTED).order_by("record_id")
    keys: dict[str, list[int]] = {}
    for name, key in notes.values_list("model", "record_id"):
        keys.setdefault(name, []).append(key)
    for model in models_with_folded_fields():
        refold(model, keys.get(note_of(model), []), connection)


def note_of(model: type[models.Model]) -> str:
    """Under which name records with folded columns that may be wrong are noted."""
    return f"{NOTED}{model._meta.model_name}"


def models_with_folded_fields() -> list[type[models.Model]]:
    return [model for model in apps.get_app_config("partners").get_models() if folded_fields(model)]


def folded_fields(model: type[models.Model]) -> list[models.Field]:
    """The columns of a model that are made from others: folded, or put into words."""
    return [field for field in model._meta.concrete_fields if hasattr(field, "read_from")]


def refold(model: type[models.Model], keys: list[int], connection) -> None:
    """Write the folded columns of some records where they do not say what their sources say."""
    for start in range(0, len(keys), REFOLDING_BATCH):
        refold_few(model, keys[start : start + REFOLDING_BATCH], connection)


def refold_few(model: type[models.Model], keys: list[int], connection) -> None:
    fields = folded_fields(model)
    names = {name for field in fields for name in (field.attname, *field.read_from)}
    changed = {}
    for record in model._base_manager.using(connection.alias).filter(pk__in=keys).only(*names):
        before = [getattr(record, field.attname) for field in fields]
        after = [field.pre_save(record, False) for field in fields]
        if after != before:
            changed[record.pk] = after
    if changed:
        # One by one, each would be a statement of which every trigger has to see what it did.
        update_rows(model, [field.attname for field in fields], changed, connection)
