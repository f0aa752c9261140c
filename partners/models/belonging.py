"""Which record a row belongs to: the one that takes it along when it is deleted, as an organization does its names."""

from functools import cache

from django.apps import apps
from django.db import models

# Tables of the app that hold no directory data.
BOOKKEEPING = {
    *(
        "change",
        "claim",
        "countedtry",
        "dataversion",
        "facetentry",
        "facetstale",
        "facetterm",
        "formeraddress",
        "importjob",
        "importline",
        "judgement",
        "linkcheck",
        "loadedrow",
        "openform",
        "pagetext",
    ),
    *("proposal", "proposalevent", "proposalsource", "proposedcell"),
    *("publicchange", "revision", "searchentry", "searchrecord", "securityevent", "writing"),
}


@cache
def models_with_data() -> tuple[type[models.Model], ...]:
    """Every model whose rows readers can see, the tables between two models included, by the names of their tables."""
    found = apps.get_app_config("partners").get_models(include_auto_created=True)
    return tuple(
        sorted(
            (each for each in found if each._meta.model_name not in BOOKKEEPING),
            key=lambda model: model._meta.db_table,
        )
    )


@cache
def in_order_of_references() -> tuple[type[models.Model], ...]:
    """Every model with data, those that others refer to before these."""
    found: list[type[models.Model]] = []

    def add(model: type[models.Model]) -> None:
        if model in found:
            return
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is not model:
                add(field.related_model)
        found.append(model)

    for model in models_with_data():
        add(model)
    return tuple(found)


@cache
def model_named(name: str) -> type[models.Model]:
    """The model of a table of the journal. Raises KeyError where there is none of this name in this release."""
    return {model._meta.model_name: model for model in models_with_data()}[name]


@cache
def owners(model: type[models.Model]) -> dict[str, type[models.Model]]:
    """The columns that can say which record a row belongs to, each with the model of that record; a row fills in one.

    A record belongs to itself.
    """
    declared_by = model._meta.auto_created
    found = {
        field.column: field.related_model
        for field in model._meta.concrete_fields
        if field.is_relation and field.remote_field.on_delete is models.CASCADE
    }
    if declared_by:
        found = {column: owner for column, owner in found.items() if owner is declared_by}
    return found or {model._meta.pk.column: model}


def is_record(model: type[models.Model]) -> bool:
    """Whether its rows stand by themselves, and belong to no other record."""
    return owners(model) == {model._meta.pk.column: model}


def models_of_rows(record: type[models.Model]) -> list[tuple[type[models.Model], str]]:
    """The models whose rows can belong to such a record, each with the column that names it; its own comes first."""
    found = [
        (model, column)
        for model in models_with_data()
        for column, owner in owners(model).items()
        if owner is record
    ]
    return sorted(found, key=lambda each: each[0] is not record)
