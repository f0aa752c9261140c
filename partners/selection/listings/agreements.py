"""The listings of agreements and of the events of the timeline."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from partners.models import Agreement, Event
from partners.selection.amounts import (
    AMOUNT_KINDS,
    CURRENCIES,
    PUBLIC_AMOUNTS,
    AmountKey,
    AmountRange,
    Having,
    YesTerms,
)
from partners.selection.facets import Facet
from partners.selection.listings.base import (
    AGENCIES,
    ANNOUNCED_WORDS,
    ANNOUNCEMENTS,
    AS_AGENCY,
    AS_LABORATORY,
    AS_PARTNER,
    LABORATORIES,
    MISSION_AREA_TERMS,
    NAMED_ORGANIZATIONS,
    PARTNER_TERMS,
    SECTOR_TERMS,
    Listing,
    and_broader,
    disputed_of,
    own_facet,
)
from partners.selection.ranges import DayRange
from partners.selection.search import Search
from partners.selection.search.texts import AGREEMENT_TEXTS, EVENT_TEXTS
from partners.selection.sorting import Sort, SortKey, text_order
from partners.selection.terms import OrganizationTerms, Terms
from partners.vocabularies import (
    PUBLISHED,
    AgreementBasis,
    AgreementStatus,
    AgreementType,
    Binding,
    EventKind,
)


def party(label, terms: OrganizationTerms, links: Callable) -> Facet:
    """Who takes part in an agreement in one role."""
    return Facet(label, terms, "organization__slug", says=_("with %s"), links=links, owner="agreement")


def of_amounts(label, terms: Terms, lookup: str, says, facet: type[Facet] = Facet) -> Facet:
    """What the amounts of an agreement have in a column."""
    return facet(label, terms, lookup, says=says, links=PUBLIC_AMOUNTS, owner="agreement")


class AgreementListing(Listing):
    """Published agreements of published partners."""

    name = "agreement"
    q = Search(_("Search"), AGREEMENT_TEXTS)
    agreement_type = own_facet(
        _("Type of agreement"), AgreementType, "agreement_type", says=_("of the type %s")
    )
    agreement_status = own_facet(_("Status"), AgreementStatus, "status", says=_("with the status %s"))
    basis = own_facet(_("Based on"), AgreementBasis, "basis", says=_("based on %s"))
    binding = own_facet(_("Legally binding"), Binding, "binding", says=_("with the legal force %s"))
    partner = party(_("Partner"), PARTNER_TERMS, AS_PARTNER)
    sector = Facet(
        _("Sector of a partner"),
        SECTOR_TERMS,
        "organization__sectors__slug",
        says=_("with a partner in the sector %s"),
        links=AS_PARTNER,
        owner="agreement",
    )
    laboratory = party(_("Laboratory"), LABORATORIES, AS_LABORATORY)
    agency = party(_("Agency"), AGENCIES, AS_AGENCY)
    mission_area = Facet(
        _("Mission area"),
        MISSION_AREA_TERMS,
        *and_broader("missionarea"),
        says=_("about %s"),
        links=Agreement.mission_areas.through.objects.all,
        owner="agreement",
    )
    announcement = Facet(
        _("Announcement"),
        ANNOUNCEMENTS,
        "announcement__slug",
        says=_("announced by “%s”"),
        links=lambda: Agreement.objects.filter(announcement__publication_state=PUBLISHED),
        owner="pk",
    )
    announced = DayRange(
        _("Announced"), ("announced_after", "announced_before"), "announced_date", ANNOUNCED_WORDS
    )
    has_amount = of_amounts(_("Amount"), YesTerms(), "currency", _("with an amount"), Having)
    amount_kind = of_amounts(_("Kind of amount"), AMOUNT_KINDS, "kind", _("with an amount of the kind %s"))
    amount_currency = of_amounts(_("Currency"), CURRENCIES, "currency", _("with an amount in %s"))
    disputed = disputed_of(Agreement)
    amount = AmountRange(_("How much"), ("amount_min", "amount_max"), ("amount_in", "amount_of"))
    sort = Sort(
        _("Sort by"),
        {
            "announced": SortKey(_("Oldest first"), _("Newest first"), "announced_date", gaps=True),
            "title": SortKey(_("Title, A to Z"), _("Title, Z to A"), "title_key"),
            "type": SortKey(_("Type"), _("Type, Z to A"), text_order("agreement_type"), gaps=True),
            "status": SortKey(_("Status"), _("Status, Z to A"), text_order("status"), gaps=True),
            "amount": AmountKey(
                _("Smallest amount first, currency by currency"),
                _("Largest amount first, currency by currency"),
                "amount",
            ),
        },
        default="-announced",
        last=["title_key", "slug"],
    )

    class Meta:
        model = Agreement
        fields: list[str] = []

    @classmethod
    def everything(cls):
        return Agreement.objects.published()


class EventListing(Listing):
    """The timeline."""

    name = "event"
    q = Search(_("Search"), EVENT_TEXTS)
    kind = own_facet(_("Kind"), EventKind, "kind", says=_("of the kind %s"))
    organization = Facet(
        _("Organization"),
        NAMED_ORGANIZATIONS,
        "organization__slug",
        says=_("about %s"),
        links=Event.objects.named_organizations,
        owner="event",
    )
    date = DayRange(
        _("Date"),
        ("date_after", "date_before"),
        "date",
        (_("since %(low)s"), _("until %(high)s"), _("from %(low)s to %(high)s")),
    )
    sort = Sort(
        _("Sort by"),
        {
            "date": SortKey(_("Oldest first"), _("Newest first"), "date"),
            "title": SortKey(_("Title, A to Z"), _("Title, Z to A"), "title_key"),
        },
        default="-date",
        last=["title_key", "slug"],
    )

    class Meta:
        model = Event
        fields: list[str] = []

    @classmethod
    def everything(cls):
        return Event.objects.published()
