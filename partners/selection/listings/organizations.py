"""The listings of organizations: partners and laboratories."""

from collections.abc import Callable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from partners.models import Organization
from partners.selection.facets import Facet
from partners.selection.listings.base import (
    ANNOUNCED_WORDS,
    ANNOUNCEMENTS,
    AS_LABORATORY,
    AS_PARTNER,
    LABORATORIES,
    MISSION_AREA_TERMS,
    PARTIES,
    PARTNER_TERMS,
    REGIONS,
    SECTOR_TERMS,
    Listing,
    and_broader,
    disputed_of,
    own_facet,
)
from partners.selection.ranges import DayRange, YearRange
from partners.selection.search import Search
from partners.selection.search.texts import LABORATORY_TEXTS, OTHER_ORGANIZATION_TEXTS, PARTNER_TEXTS
from partners.selection.sorting import Sort, SortKey, number_of, text_order
from partners.selection.terms import Terms, VocabularyTerms
from partners.vocabularies import PUBLISHED, AgreementStatus, AgreementType, OrganizationType, Ownership


def of_its_agreements(label, terms: Terms, *codes: str, says, parties: Callable[[], QuerySet]) -> Facet:
    """A facet of organizations whose values are those of the agreements they are parties to."""
    return Facet(label, terms, *codes, says=says, links=parties, owner="organization")


def mission_area_of(parties: Callable[[], QuerySet]) -> Facet:
    return of_its_agreements(
        _("Mission area"),
        MISSION_AREA_TERMS,
        *and_broader("agreement__mission_areas"),
        says=_("working on %s"),
        parties=parties,
    )


def type_of(parties: Callable[[], QuerySet]) -> Facet:
    return of_its_agreements(
        _("Type of agreement"),
        VocabularyTerms(AgreementType),
        "agreement__agreement_type",
        says=_("with an agreement of the type %s"),
        parties=parties,
    )


def status_of(parties: Callable[[], QuerySet]) -> Facet:
    return of_its_agreements(
        _("Status of agreement"),
        VocabularyTerms(AgreementStatus),
        "agreement__status",
        says=_("with an agreement of the status %s"),
        parties=parties,
    )


class OrganizationListing(Listing):
    """What the listings of organizations share."""

    sort = Sort(
        _("Sort by"),
        {
            "name": SortKey(_("Name, A to Z"), _("Name, Z to A"), "name_key"),
            "established": SortKey(_("Oldest first"), _("Youngest first"), "established", gaps=True),
            "agreements": SortKey(
                _("Fewest agreements first"),
                _("Most agreements first"),
                number_of("agreement", PARTIES, "organization"),
            ),
            "type": SortKey(_("Type"), _("Type, Z to A"), text_order("type"), gaps=True),
            "ownership": SortKey(_("Ownership"), _("Ownership, Z to A"), text_order("ownership"), gaps=True),
            "region": SortKey(_("Region"), _("Region, Z to A"), text_order("region_code"), gaps=True),
        },
        default="name",
        last=["name_key", "slug"],
    )
    established = YearRange(
        _("Founded"),
        ("established_min", "established_max"),
        "established",
        (
            _("founded in %(low)s or later"),
            _("founded in %(high)s or earlier"),
            _("founded between %(low)s and %(high)s"),
        ),
    )

    class Meta:
        model = Organization
        fields: list[str] = []


class PartnerListing(OrganizationListing):
    """Partners: organizations with that role in a published agreement."""

    name = "partner"
    q = Search(_("Search"), PARTNER_TEXTS)
    sector = Facet(
        _("Sector"),
        SECTOR_TERMS,
        "sector__slug",
        says=_("in the sector %s"),
        links=Organization.sectors.through.objects.all,
        owner="organization",
    )
    type = own_facet(_("Type"), OrganizationType, "type", says=_("of the type %s"))
    ownership = own_facet(_("Ownership"), Ownership, "ownership", says=_("with the ownership %s"))
    region = Facet(_("Region"), REGIONS, "region_code", says=_("in %s"))
    laboratory = Facet(
        _("Laboratory"),
        LABORATORIES,
        "organization__slug",
        says=_("working with %s"),
        links=AS_LABORATORY,
        owner="agreement__parties__organization",
    )
    mission_area = mission_area_of(AS_PARTNER)
    agreement_type = type_of(AS_PARTNER)
    agreement_status = status_of(AS_PARTNER)
    announcement = Facet(
        _("Announcement"),
        ANNOUNCEMENTS,
        "agreement__announcement__slug",
        says=_("with an agreement announced by “%s”"),
        links=lambda: AS_PARTNER().filter(agreement__announcement__publication_state=PUBLISHED),
        owner="organization",
    )
    disputed = disputed_of(Organization)

    announced = DayRange(
        _("Agreement announced"),
        ("announced_after", "announced_before"),
        "agreement__announced_date",
        tuple(format_lazy(_("with an agreement {}"), words) for words in ANNOUNCED_WORDS),
        links=AS_PARTNER,
        owner="organization",
    )

    @classmethod
    def everything(cls):
        return Organization.objects.partners()


class LaboratoryListing(OrganizationListing):
    """The laboratories of the organization that leads the programme."""

    name = "laboratory"
    q = Search(_("Search"), LABORATORY_TEXTS)
    region = Facet(_("State"), REGIONS, "region_code", says=_("in %s"))
    partner = Facet(
        _("Partner"),
        PARTNER_TERMS,
        "organization__slug",
        says=_("working with %s"),
        links=AS_PARTNER,
        owner="agreement__parties__organization",
    )
    mission_area = mission_area_of(PARTIES)
    agreement_type = type_of(PARTIES)
    agreement_status = status_of(PARTIES)
    disputed = disputed_of(Organization)

    @classmethod
    def everything(cls):
        return Organization.objects.laboratories()


class OtherOrganizationListing(OrganizationListing):
    """Published organizations in no other listing: agencies, owners, and who is named in agreements besides.

    It has no page of its own; a search shows what it finds here.
    """

    name = "organization"
    q = Search(_("Search"), OTHER_ORGANIZATION_TEXTS)

    @classmethod
    def everything(cls):
        listed = Q(pk__in=Organization.objects.laboratories().values("pk"))
        return Organization.objects.published().filter(
            ~listed, ~Exists(AS_PARTNER().filter(organization=OuterRef("pk")))
        )
