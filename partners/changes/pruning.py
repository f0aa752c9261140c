"""Forgetting how rows were, to make the journal smaller. The revisions stay: who, when and why."""

import datetime
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone

from partners.changes.past import last_without_rows
from partners.changes.releases import schema_today
from partners.changes.revising import PRUNING, revising
from partners.curation_vocabularies import Via
from partners.models import Change, DataVersion, Revision

LENGTH_OF_IMAGE = {"sqlite": "length(CAST(before AS BLOB))", "postgresql": "pg_column_size(before)"}
# A row of the journal beside its image, with its entries in the indexes: about so many bytes on both engines.
BYTES_OF_ROW = 230


@dataclass(frozen=True)
class Forgetting:
    """What is to be forgotten: the rows of all revisions up to the number `last`, and about how many bytes that frees.

    `since` is the moment from whose day on the directory can still be read.
    """

    last: int
    rows: int
    size: int
    since: datetime.datetime | None


def plan_forgetting(before: datetime.datetime) -> Forgetting:
    """What it takes to forget how rows were before a moment; nothing (0 rows) where there is nothing to forget.

    A revision after which an older one comes, because a clock was put back, stays.
    """
    first_kept = Revision.objects.filter(at__gte=before).aggregate(first=Min("number"))["first"]
    older = Revision.objects.filter(at__lt=before)
    if first_kept is not None:
        older = older.filter(number__lt=first_kept)
    last = older.aggregate(last=Max("number"))["last"] or 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), coalesce(sum({LENGTH_OF_IMAGE[connection.vendor]}), 0) FROM partners_change "  # noqa: S608
            "WHERE revision_id <= %s",
            [last],
        )
        rows, images = cursor.fetchone()
    forgotten = last_without_rows()
    since = forgotten if forgotten and forgotten.number > last else older.filter(number=last).first()
    return Forgetting(last, rows, int(images) + rows * BYTES_OF_ROW, since.at if since else None)


def forget(last: int, why: str) -> None:
    """Forget the rows of all revisions up to one. A revision of its own says that it was done, and why."""
    with revising(PRUNING):
        DataVersion.hold()
        Change.objects.filter(revision__lte=last)._raw_delete(using=connection.alias)
        Revision.objects.filter(number__lte=last, rows_kept=True).update(rows_kept=False)
        Revision.objects.create(
            number=Revision.objects.aggregate(newest=Max("number"))["newest"] + 1,
            at=timezone.now(),
            via=Via.COMMAND,
            why=why,
            data_version=DataVersion.current(),
            schema=schema_today(),
        )
