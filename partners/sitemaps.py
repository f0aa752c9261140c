"""The map of every public page, with the day it last changed."""

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from partners.models import Agreement, Event, MissionArea, Organization, Sector, Source

FIXED_PAGES = (
    *("overview", "partner_list", "agreement_list", "laboratory_list", "sector_list", "mission_area_list"),
    *("event_list", "source_list", "data", "about"),
)


class FixedPages(Sitemap):
    def items(self):
        return FIXED_PAGES

    def location(self, name):
        return reverse(name)


class Records(Sitemap):
    """Published records, each under its own address."""

    limit = 10_000

    def __init__(self, rows):
        self.rows = rows

    def items(self):
        return self.rows().order_by("slug")

    def lastmod(self, record):
        return getattr(record, "updated_at", None)


SITEMAPS = {
    "pages": FixedPages,
    "organizations": Records(Organization.objects.published),
    "agreements": Records(Agreement.objects.published),
    "events": Records(Event.objects.published),
    "sources": Records(Source.objects.published),
    "sectors": Records(Sector.objects.all),
    "mission-areas": Records(MissionArea.objects.all),
}
