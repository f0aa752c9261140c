"""The kinds of listings: what each selects, which table describes it, and how a page shows it."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from partners.models.organizations import organization_address
from partners.selection.listings import (
    AgreementListing,
    EventListing,
    LaboratoryListing,
    Listing,
    PartnerListing,
    SourceListing,
)
from partners.tables.columns import Column, Table
from partners.tables.definitions import AGREEMENTS, EVENTS, ORGANIZATIONS, SOURCES
from partners.tables.sources import USES


@dataclass(frozen=True)
class Kind:
    """A listing as a page and as files.

    `name` stands in the names of routes, templates and files; `shown` are the columns a card needs, `table_shown`
    those of the table where none are chosen; `sorted_by` names the keys that order by a column; `names_sources` is
    whether a card names its sources by their publishers.
    """

    name: str
    title: str | Promise
    introduction: str | Promise
    noun: object
    listing: type[Listing]
    table: Table
    shown: tuple[str, ...]
    table_shown: tuple[str, ...]
    sorted_by: dict[str, str]
    names_sources: bool = False

    @property
    def columns(self) -> list[Column]:
        """The columns of the page."""
        return [self.table.column(name) for name in self.shown]

    @property
    def key(self) -> str:
        """The column whose value tells rows apart: the slug of the record."""
        return self.table.key[0]

    @property
    def page_route(self) -> str:
        return f"{self.name}_list"

    @property
    def csv_route(self) -> str:
        return f"{self.name}_csv"

    @property
    def json_route(self) -> str:
        return f"{self.name}_json"

    @property
    def row_template(self) -> str:
        return f"partners/{self.name}_row.html"

    def counted(self, count: int) -> str:
        """A number of rows in words, such as "24 partners"."""
        return str(self.noun % {"count": count})


SORTED_BY_ORGANIZATION = {
    "name": "name",
    "established": "established",
    "type": "type",
    "type_label": "type",
    "ownership": "ownership",
    "ownership_label": "ownership",
    "region_code": "region",
    "region_label": "region",
    "agreements": "agreements",
    "agreement_labels": "agreements",
}

PARTNERS = Kind(
    name="partner",
    title=_("Partners"),
    introduction=_("Organizations that entered a published agreement as a partner."),
    noun=ngettext_lazy("%(count)d partner", "%(count)d partners", "count"),
    listing=PartnerListing,
    table=ORGANIZATIONS,
    shown=(
        *(
            "organization",
            "name",
            "type",
            "type_label",
            "ownership_label",
            "established",
            "city",
            "region_label",
        ),
        *("country_code", "country_label", "sectors", "sector_labels", "summary_en", "agreements"),
        *("laboratories", "laboratory_labels", "sources"),
    ),
    table_shown=(
        "name",
        "type_label",
        "ownership_label",
        "established",
        "region_label",
        "sector_labels",
        "laboratory_labels",
    ),
    sorted_by=SORTED_BY_ORGANIZATION,
)
LABORATORIES = Kind(
    name="laboratory",
    title=_("Laboratories"),
    introduction=_("The laboratories of the organization that leads the programme, and who works with them."),
    noun=ngettext_lazy("%(count)d laboratory", "%(count)d laboratories", "count"),
    listing=LaboratoryListing,
    table=ORGANIZATIONS,
    shown=(
        *(
            "organization",
            "name",
            "type",
            "other_names",
            "city",
            "region_label",
            "country_code",
            "summary_en",
        ),
        *("agreements", "sources"),
    ),
    table_shown=("name", "city", "region_label", "established", "agreement_labels"),
    sorted_by=SORTED_BY_ORGANIZATION,
)
AGREEMENTS_KIND = Kind(
    name="agreement",
    title=_("Agreements"),
    introduction=_("What was agreed, by whom, with which laboratory, and who says so."),
    noun=ngettext_lazy("%(count)d agreement", "%(count)d agreements", "count"),
    listing=AgreementListing,
    table=AGREEMENTS,
    shown=(
        *("agreement", "title_en", "agreement_type_label", "status_label", "announced_date", "summary_en"),
        *("partners", "partner_labels", "agencies", "agency_labels", "laboratories", "laboratory_labels"),
        *("mission_areas", "mission_area_labels", "sources", "amounts"),
    ),
    table_shown=(
        *("title_en", "agreement_type_label", "status_label", "announced_date", "partner_labels"),
        "laboratory_labels",
    ),
    sorted_by={
        "title_en": "title",
        "announced_date": "announced",
        "agreement_type": "type",
        "agreement_type_label": "type",
        "status": "status",
        "status_label": "status",
        "amounts": "amount",
        "amount_figures": "amount",
        "amount_labels": "amount",
    },
)
EVENTS_KIND = Kind(
    name="event",
    title=_("Timeline"),
    introduction=_("What happened when, with the sources that say so."),
    noun=ngettext_lazy("%(count)d event", "%(count)d events", "count"),
    listing=EventListing,
    table=EVENTS,
    shown=(
        *("event", "date", "title_en", "kind", "kind_label", "summary_en", "agreements", "agreement_labels"),
        "sources",
    ),
    table_shown=("date", "title_en", "kind_label", "agreement_labels"),
    sorted_by={"date": "date", "title_en": "title"},
    names_sources=True,
)
SOURCES_KIND = Kind(
    name="source",
    title=_("Sources"),
    introduction=_(
        "Every document behind what this directory says, those that criticize the programme included."
    ),
    noun=ngettext_lazy("%(count)d source", "%(count)d sources", "count"),
    listing=SourceListing,
    table=SOURCES,
    shown=(
        *("source", "title", "publisher", "published_date", "url", "kind_label", "stance", "stance_label"),
        *(column.name for column in USES),
    ),
    table_shown=("title", "publisher", "published_date", "kind_label", "stance_label", "url"),
    sorted_by={"title": "title", "publisher": "publisher", "published_date": "published"},
)

KINDS = (PARTNERS, AGREEMENTS_KIND, LABORATORIES, EVENTS_KIND, SOURCES_KIND)

# The main pages: route and label.
NAVIGATION = (
    ("partner_list", _("Partners")),
    ("agreement_list", _("Agreements")),
    ("laboratory_list", _("Laboratories")),
    ("sector_list", _("Sectors")),
    ("mission_area_list", _("Mission areas")),
    ("event_list", _("Timeline")),
    ("source_list", _("Sources")),
    ("data", _("Data")),
    ("about", _("About")),
    ("search", _("Search")),
)

# The routes of records by their table; that of an organization follows from its type.
DETAIL_ROUTES = {
    kind.table.name: f"{kind.name}_detail" for kind in (AGREEMENTS_KIND, EVENTS_KIND, SOURCES_KIND)
}

# The tables whose rows have an address of their own, by the field of a citation that names such a record.
RECORDS = {"organization": ORGANIZATIONS, "agreement": AGREEMENTS, "event": EVENTS, "source": SOURCES}
# What the record of a page is among these, by the route of the page without its ending.
RECORD_ROUTES = {
    "partner": "organization",
    "agency": "organization",
    "laboratory": "organization",
    "agreement": "agreement",
    "event": "event",
    "source": "source",
}


def target_path(target: str, slug: str) -> str:
    """The path of the page of a cited record; organizations of other types lead on from there."""
    if target == "programme":
        return reverse("about")
    return reverse(f"{'partner' if target == 'organization' else target}_detail", args=[slug])


def record_path(table: Table, row: dict) -> str:
    """The path of the page of a record, from its row."""
    slug = row[table.key[0]]
    if table is ORGANIZATIONS:
        return organization_address(slug, row["type"])
    return reverse(DETAIL_ROUTES[table.name], args=[slug])


def json_path(page: str) -> str:
    """The path of a record as JSON: that of its page, with an ending."""
    return page.rstrip("/") + ".json"
