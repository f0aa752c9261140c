"""The directory as it was at a revision, read from the journal."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import F, Min

from partners.changes.images import read_image
from partners.changes.releases import image_today, names_ever
from partners.curation_vocabularies import Operation
from partners.models import Change

type_of_state = dict[int, dict[str, Any]]


def first_changes_after(model: type[models.Model], revision: int, keys: Iterable[int] | None = None):
    """For each row of a model that changed after a revision, the first change after it: it has the row as it was."""
    after = Change.objects.filter(table__in=names_ever(model._meta.model_name), revision__gt=revision)
    if keys is not None:
        after = after.filter(row__in=list(keys))
    first = after.order_by().values("row").annotate(first=Min("pk")).values("first")
    return after.filter(pk__in=first).annotate(schema=F("revision__schema"))


def row_before(change: Change, model: type[models.Model]) -> dict[str, Any] | None:
    """A row before a change, by the attributes of its model in this release; None where there was none. The change has
    the `schema` of its revision beside it."""
    if change.operation == Operation.INSERT:
        return None
    return read_image(model, image_today(change.table, change.schema, change.before))


def rows_today(
    model: type[models.Model], keys: Iterable[int] | None = None, columns: Iterable[str] | None = None
) -> type_of_state:
    """The rows of a model as they are, in the same form, with the key and these columns; with all where it is None. No
    records are made of them: that takes most of the time."""
    rows = model._base_manager.all() if keys is None else model._base_manager.filter(pk__in=list(keys))
    key = model._meta.pk.attname
    if columns is None:
        columns = (field.attname for field in model._meta.concrete_fields)
    return {row[key]: row for row in rows.order_by().values(*dict.fromkeys((key, *columns)))}


def rows_at(model: type[models.Model], revision: int, keys: Iterable[int] | None = None) -> type_of_state:
    """The rows of a model as they were at the end of a revision, by their keys: the values by attribute.

    `keys` names the rows that are wanted; all where it is None. Costs two queries.
    """
    rows = rows_today(model, keys)
    for change in first_changes_after(model, revision, keys):
        if change.operation == Operation.INSERT:
            rows.pop(change.row, None)
        else:
            rows[change.row] = row_before(change, model)
    return rows
