"""Whether what others have changed since concerns steps that are to be written."""

from collections.abc import Iterable, Sequence

from django.db import models

from partners.changes.history import RowStep, model_today
from partners.changes.releases import schema_today
from partners.folding import fold
from partners.models import Change
from partners.models.belonging import model_named

# A record by its model and its number.
type_of_place_of_record = tuple[type[models.Model], int]


def is_concerned(steps: Sequence[RowStep], base: int) -> bool:
    """Whether a record that steps change or lead to was changed after a revision, or one that comes with them has got a
    namesake. Costs a query, and one for each kind of record that comes."""
    since = Change.objects.filter(revision__gt=base).order_by().values_list("model", "record").distinct()
    touched = {(model_named(name), key) for name, key in since if model_today(name, schema_today())}
    return not touched.isdisjoint(records_about(steps)) or has_namesake(steps, touched)


def records_about(steps: Iterable[RowStep]) -> set[type_of_place_of_record]:
    """The records of steps, and those that their rows lead to."""
    found = set()
    for step in steps:
        found.update((model_named(name), key) for name, key in step.records)
        values = step.after or {}
        for column in step.model._meta.concrete_fields:
            if column.is_relation and values.get(column.attname):
                found.add((column.related_model, values[column.attname]))
    return found


def has_namesake(steps: Iterable[RowStep], touched: Iterable[type_of_place_of_record]) -> bool:
    """Whether one of some records is called as one that comes."""
    coming: dict[type[models.Model], set[str]] = {}
    for step in steps:
        if step.before is None and step.is_of_record and (called := getattr(step.model, "called", "")):
            coming.setdefault(step.model, set()).add(fold(step.after.get(called) or ""))
    for model, names in coming.items():
        keys = sorted(key for each, key in touched if each is model)
        called = model._base_manager.filter(pk__among=keys).values_list(model.called, flat=True)
        if any(fold(name) in names for name in called):
            return True
    return False
