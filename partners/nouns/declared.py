"""Every kind of record, declared once: what it is called, where it stands, which table and listing it has.

Addresses, files, navigation, sitemap, search, descriptions for machines and the read API follow from these
declarations. Whoever adds a kind of record writes its model with a migration, its table (`tables/`), its listing
(`selection/listings/`), its templates, and one declaration here.
"""

from collections.abc import Mapping

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from partners.models import Agreement, Event, Organization, Publishable
from partners.models.organizations import organization_address
from partners.models.sources import TARGETS
from partners.nouns.noun import Noun, PageDependency
from partners.querysets import with_others
from partners.selection.everywhere import closeness_of_document
from partners.selection.listings import (
    AgreementListing,
    EventListing,
    LaboratoryListing,
    OtherOrganizationListing,
    PartnerListing,
    SourceListing,
)
from partners.selection.listings.base import PARTIES
from partners.tables.agreements import AGREEMENTS, EVENTS
from partners.tables.classification import MISSION_AREAS, SECTORS
from partners.tables.organizations import ORGANIZATIONS
from partners.tables.programmes import PROGRAMMES
from partners.tables.sources import SOURCES, USES
from partners.vocabularies import PUBLISHED, PartyRole


def path_of_organization(row: Mapping) -> str:
    return organization_address(row["organization"], row["type"])


def agreements_of(organizations: QuerySet) -> QuerySet:
    """The agreements that the files of the organizations name, by their slugs."""
    parties = PARTIES().filter(organization__in=organizations.order_by().values("pk"))
    return Agreement.objects.published().filter(pk__in=parties.values("agreement")).order_by("slug")


def announcements_of_parties() -> QuerySet:
    """The partners of agreements that readers know to have been made public at an event."""
    return PARTIES(PartyRole.PARTNER).filter(agreement__announcement__publication_state=PUBLISHED)


# An organization has one page, whichever of its lists leads there.
PAGE_OF_ORGANIZATION = {
    "address_from": ("type",),
    "path_of": path_of_organization,
    "page_depends_on": (
        PageDependency(Agreement, PARTIES, "organization", "agreement"),
        PageDependency(Organization, Organization.objects.published, "children"),
        PageDependency(Event, announcements_of_parties, "organization", "agreement__announcement"),
        PageDependency(Event, Event.objects.naming, "organization", "event"),
    ),
    "page_rows": lambda rows: with_others(rows, "parent").prefetch_related("names", "sectors"),
    "page_context": "partners.views.details.organization_context",
    "page_description": "partners.head.pages.organization_page",
    "picture_view": "partners.views.pictures.organization_picture",
    "calendar_rows": (AGREEMENTS, agreements_of),
}
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

PARTNER = Noun(
    name="partner",
    address="partners/",
    marks_agreements=True,
    is_drawn=True,
    navigation=1,
    title=_("Partners"),
    introduction=_("Organizations with a published agreement."),
    number=ngettext_lazy("%(count)d partner", "%(count)d partners", "count"),
    listing=PartnerListing,
    table=ORGANIZATIONS,
    card_columns=(
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
    table_columns=(
        "name",
        "type_label",
        "ownership_label",
        "established",
        "region_label",
        "sector_labels",
        "laboratory_labels",
    ),
    sorted_by=SORTED_BY_ORGANIZATION,
    **PAGE_OF_ORGANIZATION,
    facts=("ownership_label", "city", "region_label"),
    is_compared=True,
)
LABORATORY = Noun(
    name="laboratory",
    address="laboratories/",
    marks_agreements=True,
    navigation=3,
    title=_("Laboratories"),
    introduction=_("The laboratories of the organization that leads the program, and who works with them."),
    number=ngettext_lazy("%(count)d laboratory", "%(count)d laboratories", "count"),
    listing=LaboratoryListing,
    table=ORGANIZATIONS,
    card_columns=(
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
    table_columns=("name", "city", "region_label", "established", "agreement_labels"),
    sorted_by=SORTED_BY_ORGANIZATION,
    **PAGE_OF_ORGANIZATION,
    facts=("city", "region_label"),
)
AGENCY = Noun(
    name="agency",
    address="agencies/",
    title=_("Agencies and other organizations"),
    introduction=_("Organizations that are neither partners nor laboratories."),
    number=ngettext_lazy(
        "%(count)d agency or other organization", "%(count)d agencies and other organizations", "count"
    ),
    listing=OtherOrganizationListing,
    table=ORGANIZATIONS,
    facts=("type_label", "city"),
    **PAGE_OF_ORGANIZATION,
    without={
        "list": "Nobody asks for what is left over: these are found by the search and from their agreements.",
        "files": "They stand in the package, with all other organizations.",
    },
)
AGREEMENT = Noun(
    name="agreement",
    address="agreements/",
    navigation=2,
    title=_("Agreements"),
    introduction=_("What was agreed, by whom, with which laboratory, and who says so."),
    number=ngettext_lazy("%(count)d agreement", "%(count)d agreements", "count"),
    listing=AgreementListing,
    table=AGREEMENTS,
    card_columns=(
        *(
            "agreement",
            "title_en",
            "agreement_type",
            "agreement_type_label",
            "status_label",
            "announced_date",
            "summary_en",
        ),
        *("partners", "partner_labels", "agencies", "agency_labels", "laboratories", "laboratory_labels"),
        *("mission_areas", "mission_area_labels", "sources", "amounts"),
    ),
    table_columns=(
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
    page_depends_on=(
        PageDependency(Organization, PARTIES, "agreement", "organization"),
        PageDependency(Event, Event.objects.published, "agreements"),
    ),
    facts=("agreement_type_label", "partner_labels", "announced_date"),
    page_rows=lambda rows: with_others(
        rows.with_public_parties().with_amounts().prefetch_related("mission_areas"), "announcement"
    ),
    page_context="partners.views.details.agreement_context",
    page_description="partners.head.pages.agreement_page",
)
EVENT = Noun(
    name="event",
    address="timeline/",
    navigation=6,
    title=_("Timeline"),
    introduction=_("What happened when, with the sources that say so."),
    number=ngettext_lazy("%(count)d event", "%(count)d events", "count"),
    listing=EventListing,
    table=EVENTS,
    card_columns=(
        *("event", "date", "title_en", "kind", "kind_label", "summary_en", "organizations"),
        *("organization_labels", "agreements", "agreement_labels", "sources"),
    ),
    table_columns=("date", "title_en", "kind_label", "organization_labels", "agreement_labels"),
    sorted_by={"date": "date", "title_en": "title"},
    draws_months=True,
    names_sources=True,
    page_depends_on=(
        PageDependency(Agreement, Agreement.objects.published, "announcement"),
        PageDependency(Organization, Event.objects.named_organizations, "event", "organization"),
    ),
    facts=("date", "kind_label"),
    page_context="partners.views.details.event_context",
    page_description="partners.head.pages.event_page",
)
SOURCE = Noun(
    name="source",
    address="sources/",
    navigation=7,
    title=_("Sources"),
    introduction=_(
        "Every document behind what this directory says, those that criticize the program included."
    ),
    number=ngettext_lazy("%(count)d source", "%(count)d sources", "count"),
    listing=SourceListing,
    table=SOURCES,
    card_columns=(
        *("source", "title", "language", "publisher", "published_date", "url"),
        *("kind_label", "stance", "stance_label"),
        *(column.name for column in USES),
    ),
    table_columns=("title", "publisher", "published_date", "kind_label", "stance_label", "url"),
    sorted_by={"title": "title", "publisher": "publisher", "published_date": "published"},
    page_depends_on=tuple(
        PageDependency(model, model.objects.published, "citations__source")
        for model in TARGETS.values()
        if issubclass(model, Publishable)
    ),
    facts=("publisher", "published_date", "stance_label"),
    closeness=closeness_of_document,
    page_is_dated=False,
    page_context="partners.views.details.source_context",
    page_description="partners.head.pages.source_page",
)
SECTOR = Noun(
    name="sector",
    address="sectors/",
    navigation=4,
    title=_("Sectors"),
    introduction=_("Every sector, with the number of its partners."),
    number=ngettext_lazy("%(count)d sector", "%(count)d sectors", "count"),
    table=SECTORS,
    page_depends_on=(PageDependency(Organization, Organization.objects.partners, "sectors"),),
    list_view="partners.views.pages.sector_list",
    list_description="partners.head.pages.describe_sectors",
    page_is_dated=False,
    page_context="partners.views.details.sector_context",
    page_description="partners.head.pages.sector_page",
    without={
        "files": "They are few: the package has them whole.",
        "record": "Its row in the package says all that its page does.",
    },
)
MISSION_AREA = Noun(
    name="mission_area",
    address="mission-areas/",
    navigation=5,
    title=_("Mission areas"),
    introduction=_("Every mission area by level: pillars, domains and challenges."),
    number=ngettext_lazy("%(count)d mission area", "%(count)d mission areas", "count"),
    table=MISSION_AREAS,
    facts=("level",),
    page_depends_on=(PageDependency(Agreement, Agreement.objects.published, "mission_areas"),),
    list_view="partners.views.pages.mission_area_list",
    list_description="partners.head.pages.describe_mission_areas",
    page_rows=lambda rows: with_others(rows, "parent").prefetch_related("children"),
    page_is_dated=False,
    page_context="partners.views.details.mission_area_context",
    page_description="partners.head.pages.mission_area_page",
    without={
        "files": "They are few: the package has them whole.",
        "record": "Its row in the package says all that its page does.",
    },
)
PROGRAMME = Noun(
    name="programme",
    address="",
    title=_("Program"),
    introduction=_("The program whose partners this directory lists."),
    table=PROGRAMMES,
    path_of=lambda row: reverse("about"),
    without=dict.fromkeys(
        ("list", "files", "page", "record", "sitemap", "search"),
        "There is one program, and the page about this directory is about it.",
    ),
)

# In the order in which hits of the search that meet it equally well are shown.
NOUNS = (
    PARTNER,
    AGREEMENT,
    LABORATORY,
    AGENCY,
    MISSION_AREA,
    SECTOR,
    EVENT,
    SOURCE,
    PROGRAMME,
)
