"""Giving records a past: revisions of other days, and notes of what readers saw change."""

import datetime

from django.db import connection, models
from django.db.models import Max

from partners.changes.states import rows_at
from partners.engines.emptying import PRUNING, THIS_TRANSACTION
from partners.models import PublicChange, Revision, Writing
from partners.models.belonging import models_with_data

STAMP = "updated_at"


def from_here_on() -> None:
    """Within a transaction: what is written from here on is another revision, as if somebody began anew."""
    announce("form")


def announce(via: str) -> None:
    """Within a transaction: what is written from here on comes by another way, in another revision."""
    Writing.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO partners_writing ("transaction", name_of_who, why, via, keeps_rows) '  # noqa: S608
            f"VALUES ({THIS_TRANSACTION[connection.vendor]}, '', '', %s, %s)",
            [via, True],
        )


def forget_notes(notes: models.QuerySet) -> None:
    """Delete notes of what readers saw change, which nobody may who does not shorten the journal."""
    announced = list(Writing.objects.all())
    announce(PRUNING)
    notes.delete()
    Writing.objects.all().delete()
    Writing.objects.bulk_create(announced)


def forget_changes() -> None:
    """As if nothing that readers see had changed so far; what comes is another revision."""
    forget_notes(PublicChange.objects.all())
    from_here_on()


def revision_of(moment: datetime.datetime | str) -> Revision:
    """A revision of that moment."""
    newest = Revision.objects.aggregate(newest=Max("number"))["newest"] or 0
    return Revision.objects.create(number=newest + 1, at=moment)


def note(record: models.Model, field: str, moment: datetime.datetime | str) -> None:
    """As if a value of a record had last changed at a moment."""
    own = {"model": record._meta.model_name, "record_id": record.pk, "field": field}
    forget_notes(PublicChange.objects.filter(**own))
    PublicChange.objects.create(**own, revision=revision_of(moment))


def is_folded(model, name: str) -> bool:
    return hasattr(model._meta.get_field(name), "read_from")


def whole_state(revision: int | None = None) -> dict:
    """Every row of every table, now or at a revision, without the stamps that say who saved but not what."""
    newest = (
        (Revision.objects.aggregate(newest=Max("number"))["newest"] or 0) if revision is None else revision
    )
    return {
        model._meta.model_name: {
            key: {name: value for name, value in row.items() if name != STAMP and not is_folded(model, name)}
            for key, row in rows_at(model, newest).items()
        }
        for model in models_with_data()
    }
