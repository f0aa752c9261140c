"""What one edit costs: `python -m tests.benchmarks.edits [MOST]`, over the database of DATABASE_URL, which stays as it is.

Triggers note which records an edit concerns; the next request writes what the indexes hold of them, before it answers.
Printed are the records that were noted, and the milliseconds of the processor (of this process and of PostgreSQL) for
the edit itself and for that writing. An edit that concerns more records than MOST is left out, as it takes minutes.
"""

import os
import sys
from collections.abc import Callable, Iterator

import django


def edits() -> Iterator[tuple[str, Callable]]:
    """What curators change, from what concerns one record to what concerns thousands: a name, and the record changed."""
    from django.db.models import Count

    from partners.models import Agreement, Organization
    from partners.vocabularies import PartyRole

    def by_agreements(role: PartyRole):
        parties = Organization.objects.filter(parties__role=role, parties__is_public=True)
        return parties.annotate(ties=Count("parties")).order_by("-ties")

    laboratories, partners = by_agreements(PartyRole.LABORATORY), by_agreements(PartyRole.PARTNER)
    largest, middle = laboratories.first(), laboratories[laboratories.count() // 2]
    agreement = Agreement.objects.filter(is_public=True, parties__organization=largest).order_by("pk")[100]
    yield "the summary of an agreement of the largest laboratory", changed(agreement, "summary_en")
    yield "the title of the same agreement", changed(agreement, "title_en")
    yield "the type of the same agreement", changed(agreement, "agreement_type", "license")
    yield "the summary of a partner", changed(partners.last(), "summary_en")
    yield "the name of a partner of one agreement", changed(partners.last(), "name")
    yield f"the name of the partner of most, {partners.first().ties:,}", changed(partners.first(), "name")
    yield "the summary of the largest laboratory", changed(largest, "summary_en")
    smallest = next(each for each in laboratories.reverse() if each.ties > 1_000)
    for each in (smallest, middle, largest):
        yield f"the name of a laboratory of {each.ties:,} agreements", changed(each, "name")


def changed(record, field: str, value: str = "") -> Callable:
    """Gives a record another text, as the admin does, or another value."""

    def change() -> None:
        setattr(record, field, value or f"{getattr(record, field)} Reworded")
        record.save()

    return change


def measure(edit: Callable, most: int) -> tuple[int, float, float | None]:
    """How many records an edit concerns, and the seconds of the processor of itself and of what follows."""
    from django.db import transaction

    from partners.models import FacetStale
    from partners.selection.index import bring_up_to_date
    from tests.benchmarks.meter import metered

    bring_up_to_date()
    with transaction.atomic():
        with metered() as editing:
            edit()
        noted = FacetStale.objects.count()
        with metered() as following:
            if noted <= most:
                bring_up_to_date()
        transaction.set_rollback(True)
    return noted, editing.processor, following.processor if noted <= most else None


def main() -> None:
    print(f"{'':60}{'records':>10}{'edit':>12}{'what follows':>16}")
    most = int(sys.argv[1]) if sys.argv[1:] else sys.maxsize
    for name, edit in edits():
        noted, editing, following = measure(edit, most)
        what_follows = "left out" if following is None else f"{following * 1000:,.0f} ms"
        print(f"{name:60}{noted:>10,}{editing * 1000:>9,.0f} ms{what_follows:>16}", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
    django.setup()
    main()
