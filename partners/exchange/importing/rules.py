"""Whether values keep the rules of the database, asked before they are written and without asking the database."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.db import models
from django.db.models import F, Q


def broken_constraints(
    model: type[models.Model],
    values: Mapping[str, Any],
    changed: set[str] | None = None,
    unknown: frozenset[str] = frozenset(),
) -> Iterator[tuple[str, str]]:
    """The column and the words of each rule that the values of a row, by attribute, do not keep.

    `changed` are the attributes that are new, None where all of them are: a rule about others is not asked. Neither is
    one about an attribute of which it is `unknown` what it is to hold.
    """
    for rule in rules_that_check(model):
        names = names_in(model, rule.condition)
        is_asked = (changed is None or names.keys() & changed) and not names.keys() & unknown
        if is_asked and condition_holds(model, rule.condition, values) is False:
            about = next((name for name in names if changed is None or name in changed), "")
            yield about, str(rule.get_violation_error_message())


@cache
def rules_that_check(model: type[models.Model]) -> tuple[models.CheckConstraint, ...]:
    return tuple(each for each in model._meta.constraints if isinstance(each, models.CheckConstraint))


def attribute(model: type[models.Model], name: str) -> str:
    return model._meta.get_field(name).attname


def names_in(model: type[models.Model], condition: Q) -> dict[str, None]:
    """The attributes that a condition is about, in their order."""
    found: dict[str, None] = {}
    for child in condition.children:
        if isinstance(child, Q):
            found |= names_in(model, child)
        else:
            found[attribute(model, child[0].partition("__")[0])] = None
    return found


def condition_holds(model: type[models.Model], condition: Q, values: Mapping[str, Any]) -> bool | None:
    """Whether a condition is true of values; None where SQL does not know, which breaks no rule."""
    found = [
        condition_holds(model, child, values) if isinstance(child, Q) else compares(model, *child, values)
        for child in condition.children
    ]
    if condition.connector == Q.OR:
        result = True if True in found else None if None in found else False
    else:
        result = False if False in found else None if None in found else True
    return result if result is None or not condition.negated else not result


def compares(model: type[models.Model], lookup: str, wanted: Any, values: Mapping[str, Any]) -> bool | None:
    name, _part, how = lookup.partition("__")
    value = values.get(attribute(model, name))
    if isinstance(wanted, F):
        wanted = values.get(attribute(model, wanted.name))
    if how == "isnull":
        return (value is None) is wanted
    if value is None or wanted is None:
        return None
    return COMPARISONS[how or "exact"](value, wanted)


COMPARISONS = {
    "exact": lambda value, wanted: value == wanted,
    "in": lambda value, wanted: value in wanted,
    "gt": lambda value, wanted: value > wanted,
    "gte": lambda value, wanted: value >= wanted,
    "lt": lambda value, wanted: value < wanted,
    "lte": lambda value, wanted: value <= wanted,
    "startswith": lambda value, wanted: str(value).startswith(str(wanted)),
}
