"""The map of every public page, with the moment at which what it shows last changed."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.sitemaps import Sitemap
from django.db.models import DateTimeField, F, Max, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse

from partners.models import (
    Agreement,
    AgreementParty,
    Citation,
    Event,
    MissionArea,
    Organization,
    Sector,
    Source,
)
from partners.views.kinds import AGREEMENTS_KIND, EVENTS_KIND, LABORATORIES, PARTNERS, SOURCES_KIND

# Earlier than any record, because the greatest of several moments is unknown to SQLite where one of them is.
NEVER = Value(datetime.datetime(1, 1, 2, tzinfo=datetime.UTC), output_field=DateTimeField())


@dataclass(frozen=True)
class Shown:
    """Records that the page of another record shows: what a reader may see of them, whose they are, when they changed.

    `owner` is the lookup from such a record to the one whose page it is, `moment` that to its last change.
    """

    rows: Callable[[], QuerySet]
    owner: str
    moment: str

    def newest(self):
        """When the last of them changed, for the record of the outer query."""
        rows = self.rows().filter(**{self.owner: OuterRef("pk")}).order_by()
        newest = rows.values(self.owner).annotate(newest=Max(self.moment)).values("newest")
        return Coalesce(Subquery(newest, output_field=DateTimeField()), NEVER)


SHOWN = {
    Organization: [
        Shown(AgreementParty.objects.public, "organization", "agreement__updated_at"),
        Shown(Organization.objects.published, "children", "updated_at"),
    ],
    Agreement: [
        Shown(AgreementParty.objects.public, "agreement", "organization__updated_at"),
        Shown(Event.objects.published, "agreements", "updated_at"),
    ],
    Event: [Shown(Agreement.objects.published, "announcement", "updated_at")],
    Source: [
        Shown(lambda: Citation.objects.public().filter(organization__isnull=False), "source", "organization__updated_at"),
        Shown(lambda: Citation.objects.public().filter(agreement__isnull=False), "source", "agreement__updated_at"),
        Shown(lambda: Citation.objects.public().filter(event__isnull=False), "source", "event__updated_at"),
    ],
    Sector: [Shown(Organization.objects.partners, "sectors", "updated_at")],
    MissionArea: [Shown(Agreement.objects.published, "mission_areas", "updated_at")],
}  # fmt: skip


def with_changes(rows: QuerySet) -> QuerySet:
    """Adds `changed`: when a record, or one its page shows, last changed; `NEVER` where nothing was noted."""
    moments = [F("updated_at")] if hasattr(rows.model, "updated_at") else [NEVER]
    moments += [shown.newest() for shown in SHOWN[rows.model]]
    return rows.annotate(changed=Greatest(NEVER, *moments))


def last_change(*rows: QuerySet) -> datetime.datetime | None:
    """When the newest of these records changed; None where there is none, or nothing was noted."""
    newest = [with_changes(each.order_by()).aggregate(newest=Max("changed"))["newest"] for each in rows]
    return max(filter(None, map(noted, newest)), default=None)


def noted(moment: datetime.datetime | None) -> datetime.datetime | None:
    return None if moment is None or moment.year == 1 else moment


class Records(Sitemap):
    """Published records, each under its own address."""

    limit = 10_000

    def __init__(self, rows: Callable[[], QuerySet]):
        self.rows = rows

    def items(self):
        return with_changes(self.rows()).order_by("slug")

    def lastmod(self, record):
        return noted(record.changed)

    def get_latest_lastmod(self):
        return last_change(self.rows())


def everything() -> list[QuerySet]:
    return [section.rows() for section in RECORDS.values()]


# The pages that stand under no record, with the rows that each shows.
FIXED_PAGES: dict[str, Callable[[], list[QuerySet]]] = {
    "overview": everything,
    "partner_list": lambda: [PARTNERS.listing.everything()],
    "agreement_list": lambda: [AGREEMENTS_KIND.listing.everything()],
    "laboratory_list": lambda: [LABORATORIES.listing.everything()],
    "sector_list": lambda: [Sector.objects.all()],
    "mission_area_list": lambda: [MissionArea.objects.all()],
    "event_list": lambda: [EVENTS_KIND.listing.everything()],
    "source_list": lambda: [SOURCES_KIND.listing.everything()],
    "comparison": lambda: [],
    "crossing": lambda: [PARTNERS.listing.everything()],
    "data": everything,
    "about": lambda: [PARTNERS.listing.everything()],
}


class FixedPages(Sitemap):
    def items(self):
        return list(FIXED_PAGES)

    def location(self, name):
        return reverse(name)

    def lastmod(self, name):
        return last_change(*FIXED_PAGES[name]())

    def get_latest_lastmod(self):
        return last_change(*everything())


RECORDS = {
    "organizations": Records(Organization.objects.published),
    "agreements": Records(Agreement.objects.published),
    "events": Records(Event.objects.published),
    "sources": Records(Source.objects.published),
    "sectors": Records(Sector.objects.all),
    "mission-areas": Records(MissionArea.objects.all),
}
SITEMAPS = {"pages": FixedPages, **RECORDS}
