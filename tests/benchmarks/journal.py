"""What the journal costs: `python -m tests.benchmarks.journal [ROWS]`, over the database of DATABASE_URL, which stays as
it is. Printed are milliseconds of the processor (of this process and of PostgreSQL) with the triggers of the journal and
without them, the size of what is kept, and what reading and taking back cost.
"""

import os
import sys
from collections.abc import Callable, Iterator

import django

ROWS = int(sys.argv[1]) if sys.argv[1:] else 5_000


def writes() -> Iterator[tuple[str, Callable]]:
    """What is written in bulk, as a file or a package does."""
    from partners.models import Organization, OrganizationName

    keys = list(Organization.objects.order_by("pk").values_list("pk", flat=True)[:ROWS])

    def update() -> None:
        Organization.objects.filter(pk__in=Organization.objects.order_by("pk").values("pk")[:ROWS]).update(
            city="Delft"
        )

    def create() -> None:
        names = (OrganizationName(organization_id=key, value=f"Name {key}", type="alias") for key in keys)
        OrganizationName.objects.bulk_create(names, batch_size=500)

    def save() -> None:
        for record in Organization.objects.filter(pk__in=keys[: ROWS // 10]):
            record.city = "Leiden"
            record.save()

    yield f"one cell of {len(keys):,} organizations, update()", update
    yield f"{len(keys):,} new names, bulk_create()", create
    yield f"one cell of {ROWS // 10:,} organizations, save()", save


def drop_journal() -> None:
    """Take away the triggers that keep rows, in this transaction; the data version still advances."""
    from django.db import connection

    from partners import triggers

    with connection.cursor() as cursor:
        cursor.execute(triggers.RUNNING_TRIGGERS[connection.vendor])
        for name, table in cursor.fetchall():
            if any(each in name for each in ("_advances_journal", "_replaces", "_keeps_key")):
                cursor.execute(
                    f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else "")
                )


def cost_of(write: Callable, prepare: Callable = lambda: None) -> float:
    from django.db import transaction

    from partners.changes.revising import revising
    from partners.curation_vocabularies import Via
    from tests.benchmarks.meter import metered

    with transaction.atomic():
        prepare()
        with metered() as meter, revising(Via.COMMAND):
            write()
        transaction.set_rollback(True)
    return meter.processor


def compare_writes() -> None:
    print(f"{'':55}{'with':>12}{'without':>12}{'ratio':>8}")
    for name, write in writes():
        # The first one also reads the pages of the file.
        cost_of(write)
        kept, bare = (
            min(cost_of(write, prepare) for _ in range(3)) for prepare in (lambda: None, drop_journal)
        )
        print(f"{name:55}{kept * 1000:>9,.0f} ms{bare * 1000:>9,.0f} ms{kept / bare:>8.2f}", flush=True)


def looked_at(address: str):
    """What a page of curation costs, the second time."""
    from django.contrib.auth.models import User
    from django.test import Client

    from tests.benchmarks.meter import metered

    user, _is_new = User.objects.get_or_create(username="bench", is_staff=True, is_superuser=True)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    assert client.get(address).status_code == 200
    with metered() as meter:
        client.get(address)
    return meter


def read_and_take_back() -> None:
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from partners.changes.history import history_of
    from partners.changes.revising import revising
    from partners.changes.undoing import undo
    from partners.curation_vocabularies import Via
    from partners.models import Change, Organization
    from tests.benchmarks.meter import metered

    with transaction.atomic():
        with revising(Via.COMMAND) as announced:
            next(writes())[1]()
        kept = Change.objects.filter(revision=announced.revision)
        with connection.cursor() as cursor:
            length = "length(before)" if connection.vendor == "sqlite" else "pg_column_size(before)"
            cursor.execute(
                f"SELECT count(*), avg({length}) FROM partners_change WHERE revision_id = %s",
                [announced.revision],
            )  # noqa: S608
            print("changes kept: {:,}, each image {:,.0f} bytes".format(*cursor.fetchone()))
        record = Organization.objects.get(pk=kept.first().record)
        with metered() as meter, CaptureQueriesContext(connection) as queries:
            history_of(record)
        print(f"history of a record: {meter.processor * 1000:,.1f} ms, {len(queries)} queries")
        for page in ("change", "undo"):
            meter = looked_at(reverse(f"admin:partners_revision_{page}", args=[announced.revision]))
            print(f"its page ({page}): {meter.processor * 1000:,.0f} ms")
        with metered() as meter:
            undone = undo(announced.revision)
        print(f"taking back {len(undone.edits):,} cells: {meter.processor:,.1f} s")
        transaction.set_rollback(True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
    django.setup()
    compare_writes()
    read_and_take_back()
