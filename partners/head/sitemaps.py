"""The map of every public page, with the moment at which what it shows last changed."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

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
from partners.nouns import AGREEMENTS_KIND, EVENTS_KIND, LABORATORIES, PARTNERS, SOURCES_KIND

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

    @property
    def record(self) -> str:
        """The lookup to the key of the record that is shown."""
        return self.path or "pk"

    @property
    def public_since(self):
        """When the record that is shown became public."""
        return became_public(f"{self.path}__" if self.path else "")

    def moments(self) -> list:
        """When the newest of them became public, and when one of them last changed, for the record of the outer query."""
        here = self.rows().filter(**{self.owner: OuterRef("pk")}).order_by()
        newest = here.values(self.owner).annotate(newest=Max(self.public_since)).values("newest")
        further = self.rows().filter(**{self.owner: OuterRef(OuterRef("pk"))}).order_by()
        return [
            Coalesce(Subquery(newest, output_field=DateTimeField()), NEVER),
            newest_note(self.model, further.values(self.record)),
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


def noted(changed: datetime.datetime) -> datetime.datetime | None:
    """The moment that `with_changes` found, or None where nothing was noted."""
    return None if changed.year == 1 else changed


def last_change(rows: QuerySet) -> datetime.datetime | None:
    """When what the pages of these records show last changed; None where nothing was noted.

    The same as the greatest `changed` of them, found in steps whose time does not grow with rows times steps.
    """
    rows = rows.order_by()
    steps = [(rows, became_public() if issubclass(rows.model, Publishable) else None, rows.model, "pk")]
    for shown in SHOWN[rows.model]:
        those = shown.rows().filter(**{f"{shown.owner}__in": rows.values("pk")}).order_by()
        steps.append((those, shown.public_since, shown.model, shown.record))
    moments = []
    for records, public_since, model, key in steps:
        if public_since is not None:
            moments.append(records.aggregate(newest=Max(public_since))["newest"])
        notes = FieldChange.objects.filter(model=model._meta.model_name, record_id__in=records.values(key))
        moments.append(notes.aggregate(newest=Max("changed_at"))["newest"])
    return newest_of(moments)


def newest_of(moments: Iterable[datetime.datetime | None]) -> datetime.datetime | None:
    return max(filter(None, moments), default=None)


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


# The pages that stand under no record, with the rows that each shows; None stands for the whole directory.
FIXED_PAGES: dict[str, Callable[[], QuerySet] | None] = {
    "overview": None,
    "partner_list": PARTNERS.listing.everything,
    "agreement_list": AGREEMENTS_KIND.listing.everything,
    "laboratory_list": LABORATORIES.listing.everything,
    "sector_list": Sector.objects.all,
    "mission_area_list": MissionArea.objects.all,
    "event_list": EVENTS_KIND.listing.everything,
    "source_list": SOURCES_KIND.listing.everything,
    "search": Organization.objects.none,
    "comparison": Organization.objects.published,
    "crossing": PARTNERS.listing.everything,
    "data": None,
    # Kept versions are files; the database does not know when one was added.
    "versions": Organization.objects.none,
    # Changes with a release only.
    "api": Organization.objects.none,
    "about": PARTNERS.listing.everything,
}


class FixedPages(Sitemap):
    """The main pages. One instance answers one request."""

    def __init__(self):
        self.days: dict[Callable, datetime.datetime | None] = {}

    def items(self):
        return list(FIXED_PAGES)

    def location(self, name):
        return reverse(name)

    def lastmod(self, name):
        rows = FIXED_PAGES[name]
        if rows is None:
            return self.newest
        if rows not in self.days:
            self.days[rows] = last_change(rows())
        return self.days[rows]

    @cached_property
    def newest(self) -> datetime.datetime | None:
        """When anything in the directory last changed for readers."""
        published = (model.objects.published() for model in (Organization, Agreement, Event))
        moments = [rows.order_by().aggregate(newest=Max(became_public()))["newest"] for rows in published]
        return newest_of([*moments, FieldChange.objects.aggregate(newest=Max("changed_at"))["newest"]])

    def get_latest_lastmod(self):
        return self.newest


RECORDS = {
    "organizations": Records(Organization.objects.published),
    "agreements": Records(Agreement.objects.published),
    "events": Records(Event.objects.published),
    "sources": Records(Source.objects.published),
    "sectors": Records(Sector.objects.all),
    "mission-areas": Records(MissionArea.objects.all),
}
SITEMAPS = {"pages": FixedPages, **RECORDS}
