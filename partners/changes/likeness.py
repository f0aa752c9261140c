"""By what two records may be the same thing: a name, however it is written, a website, an address, a symbol."""

from collections import defaultdict
from typing import Any

from django.db import models
from django.db.models import QuerySet

from partners.models.belonging import models_of_rows
from partners.models.fields import FoldedKey

# Kind of a trait, and what stands behind it.
Trait = tuple[str, Any]


def trait_columns(model: type[models.Model]) -> dict[str, str]:
    """The columns by which records of a model are told to be alike, each with the kind of trait that it holds. All are
    indexed."""
    called = getattr(model, "called", "")
    own = {key.name: "name" for key in folded_keys(model) if key.source == called}
    return own | getattr(model, "alike_by", {})


def folded_keys(model: type[models.Model]) -> list[FoldedKey]:
    return [field for field in model._meta.concrete_fields if isinstance(field, FoldedKey)]


def columns_of_other_names(model: type[models.Model]) -> list[tuple[type[models.Model], str, str]]:
    """The rows in which such records have other names: their model, the column of the record, and the folded one."""
    return [
        (rows, column, key.name)
        for rows, column in models_of_rows(model)
        if rows is not model
        for key in folded_keys(rows)
    ]


def name_keys_of(model: type[models.Model]) -> tuple[str, ...]:
    """The columns with the folded names of such records."""
    return tuple(column for column, kind in trait_columns(model).items() if kind == "name")


def traits_of(record: models.Model) -> set[Trait]:
    """By what a record may be the same as another one, from its folded columns. Of a saved record its other names are
    read."""
    model = type(record)
    found = {(kind, getattr(record, column)) for column, kind in trait_columns(model).items()}
    for rows, column, key in columns_of_other_names(model) if record.pk else ():
        own = rows._base_manager.order_by().filter(**{column: record.pk})
        found |= {("name", value) for value in own.values_list(key, flat=True)}
    return {(kind, value) for kind, value in found if value}


def records_alike(record: models.Model, traits: set[Trait]) -> QuerySet:
    """The other records of its kind with one of the traits: one query, which looks each of them up in an index."""
    model = type(record)
    values = defaultdict(list)
    for kind, value in sorted(traits):
        values[kind].append(value)
    rows = model._base_manager.order_by()
    parts = [
        rows.filter(**{f"{column}__in": values[kind]}).values("pk")
        for column, kind in trait_columns(model).items()
        if values[kind]
    ]
    parts += [
        row._base_manager.order_by().filter(**{f"{key}__in": values["name"]}).values(column)
        for row, column, key in columns_of_other_names(model)
        if values["name"]
    ]
    if not parts:
        return model._base_manager.none()
    return model._base_manager.filter(pk__in=parts[0].union(*parts[1:])).exclude(pk=record.pk)
