"""When the records of a selection became public and last changed, as the journal has it."""

import datetime
import uuid
from collections.abc import Iterable

from django.db.models import DateTimeField, F, Max, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest

from partners.models import PublicChange, Publishable
from partners.tables.columns import Table

# No record is without a moment.
UNKNOWN_MOMENT = Value(datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC), output_field=DateTimeField())
# The names of this directory's feeds, entries and days are made in this namespace.
NAMESPACE = uuid.UUID("6f1c1d6e-4f0b-4c1e-9d7a-2b1f5f0f7c55")


def permanent_id(*parts: str) -> str:
    """A UUID that is the same for the same parts, on every host and after the data were loaded anew."""
    return str(uuid.uuid5(NAMESPACE, "/".join(parts)))


def with_moments(rows: QuerySet) -> QuerySet:
    """Adds `since`, when a record became public, and `changed`, when it last changed; as `since` where it did not."""
    notes = PublicChange.objects.filter(
        model=rows.model._meta.model_name, record_id=OuterRef("pk")
    ).order_by()
    newest = notes.values("record_id").annotate(newest=Max("revision__at")).values("newest")
    itself, others = Subquery(newest.filter(field="")), Subquery(newest.exclude(field=""))
    rows = rows.annotate(since=Coalesce(itself, *stamps(rows.model), output_field=DateTimeField()))
    return rows.annotate(changed=Greatest(F("since"), Coalesce(others, F("since"))))


def stamps(model) -> list:
    """What says when a record became public where no trigger has noted it; those without stamps are always noted."""
    return [F("published_at"), F("created_at")] if issubclass(model, Publishable) else [UNKNOWN_MOMENT]


def changes_of(table: Table, records: dict[int, datetime.datetime]) -> dict[int, list[tuple]]:
    """The columns of each record that changed since it is public, each with its moment, newest first.

    `records` has the moment at which each became public.
    """
    places = {column.name: place for place, column in enumerate(table.public_columns)}
    notes = PublicChange.objects.filter(model=table.model._meta.model_name, record_id__in=list(records))
    newest = notes.order_by().values("record_id", "field").annotate(newest=Max("revision__at"))
    found: dict[int, list[tuple]] = {pk: [] for pk in records}
    for pk, name, moment in newest.values_list("record_id", "field", "newest"):
        if name in places and moment > records[pk]:
            found[pk].append((table.column(name), moment))
    for changes in found.values():
        changes.sort(key=lambda change: (-change[1].timestamp(), places[change[0].name]))
    return found


def by_day(changes: Iterable[tuple]) -> dict[datetime.date, list[str]]:
    """The titles of the changed columns by the day of their change (UTC), in the order in which they are given."""
    days: dict[datetime.date, list[str]] = {}
    for column, moment in changes:
        days.setdefault(moment.date(), []).append(str(column.title))
    return days
