"""The map of every public page, with the moment at which what it shows last changed."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.sitemaps import Sitemap
from django.db.models import DateTimeField, F, Max, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse

from partners.models import (
    Agreement,
    AgreementParty,
    Event,
    FieldChange,
    MissionArea,
    Organization,
    Publishable,
    Sector,
    Source,
)
from partners.views.kinds import AGREEMENTS_KIND, EVENTS_KIND, LABORATORIES, PARTNERS, SOURCES_KIND

# Earlier than any record, because the greatest of several moments is unknown to SQLite where one of them is.
NEVER = Value(datetime.datetime(1, 1, 2, tzinfo=datetime.UTC), output_field=DateTimeField())


def became_public(path: str = ""):
    """When a record became public, or was made where that is not known; `path` leads to it."""
    return Coalesce(F(f"{path}published_at"), F(f"{path}created_at"))


def newest_note(model: type[Model], records) -> Subquery:
    """When a value of some records last changed for readers, whoever wrote it; `records` are their keys."""
    notes = FieldChange.objects.filter(model=model._meta.model_name, record_id__in=records).order_by()
    newest = notes.values("model").annotate(newest=Max("changed_at")).values("newest")
    return Coalesce(Subquery(newest, output_field=DateTimeField()), NEVER)


@dataclass(frozen=True)
class Shown:
    """Records that the page of another record shows.

    `rows` gives what a reader may see, `owner` is the lookup from such a row to the record whose page it is, and `path`
    the one to the record that is shown, where that is not the row itself.
    """

    model: type[Model]
    rows: Callable[[], QuerySet]
    owner: str
    path: str = ""

    def moments(self) -> list:
        """When the newest of them became public, and when one of them last changed, for the record of the outer query."""
        prefix = f"{self.path}__" if self.path else ""
        here = self.rows().filter(**{self.owner: OuterRef("pk")}).order_by()
        newest = here.values(self.owner).annotate(newest=Max(became_public(prefix))).values("newest")
        further = self.rows().filter(**{self.owner: OuterRef(OuterRef("pk"))}).order_by()
        return [
            Coalesce(Subquery(newest, output_field=DateTimeField()), NEVER),
            newest_note(self.model, further.values(self.path or "pk")),
        ]


PARTIES = AgreementParty.objects.public
SHOWN = {
    Organization: [
        Shown(Agreement, PARTIES, "organization", "agreement"),
        Shown(Organization, Organization.objects.published, "children"),
    ],
    Agreement: [
        Shown(Organization, PARTIES, "agreement", "organization"),
        Shown(Event, Event.objects.published, "agreements"),
    ],
    Event: [Shown(Agreement, Agreement.objects.published, "announcement")],
    Source: [
        Shown(Organization, Organization.objects.published, "citations__source"),
        Shown(Agreement, Agreement.objects.published, "citations__source"),
        Shown(Event, Event.objects.published, "citations__source"),
    ],
    Sector: [Shown(Organization, Organization.objects.partners, "sectors")],
    MissionArea: [Shown(Agreement, Agreement.objects.published, "mission_areas")],
}


def with_changes(rows: QuerySet) -> QuerySet:
    """Adds `changed`: when what the page of a record shows last changed; `NEVER` where nothing was noted."""
    model = rows.model
    own = [became_public()] if issubclass(model, Publishable) else []
    others = [moment for shown in SHOWN[model] for moment in shown.moments()]
    return rows.annotate(changed=Greatest(NEVER, newest_note(model, [OuterRef("pk")]), *own, *others))


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
