"""The listings: which rows each has, and the parameters that narrow and order them.

A parameter is one declaration here; its field, its check, its rows, its counts and its labels follow.
"""

import django_filters
from django.db.models import QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from partners.models import (
    Agreement,
    AgreementParty,
    Event,
    MissionArea,
    Organization,
    Sector,
    Source,
)
from partners.places import region_name
from partners.querysets import PUBLISHED
from partners.selection.facets import Facet
from partners.selection.ranges import DayRange, YearRange
from partners.selection.search import Search
from partners.selection.search.texts import (
    AGREEMENT_TEXTS,
    EVENT_TEXTS,
    LABORATORY_TEXTS,
    PARTNER_TEXTS,
    SOURCE_TEXTS,
)
from partners.selection.sorting import Sort, SortKey, number_of, text
from partners.selection.terms import RecordedTerms, RecordTerms, VocabularyTerms
from partners.vocabularies import (
    AgreementStatus,
    AgreementType,
    EventKind,
    OrganizationType,
    Ownership,
    PartyRole,
    SourceKind,
    SourceStance,
)

SECTORS = RecordTerms(Sector.objects.all, "name")
MISSION_AREAS = RecordTerms(MissionArea.objects.all, "name")
# A party in the role of laboratory or partner can be any organization, whatever else it is.
LABORATORIES = RecordTerms(Organization.objects.published, "name", listed=Organization.objects.laboratories)
PARTNERS = RecordTerms(Organization.objects.published, "name", listed=Organization.objects.partners)
AGENCIES = RecordTerms(Organization.objects.published, "name", listed=Organization.objects.agencies)
ANNOUNCEMENTS = RecordTerms(Event.objects.published, "title")
REGIONS = RecordedTerms(Organization.objects.published, "region_code", region_name)

PARTIES = AgreementParty.objects.public


def in_role(role: PartyRole):
    """Parties with one role, of the agreements a reader may see."""
    return lambda: PARTIES(role)


AS_PARTNER = in_role(PartyRole.PARTNER)
AS_LABORATORY = in_role(PartyRole.LABORATORY)
AS_AGENCY = in_role(PartyRole.AGENCY)


def and_broader(mission_area: str) -> list[str]:
    """Lookups to a mission area and to those it is part of: a pillar includes its domains and their challenges."""
    return [f"{mission_area}{step}__slug" for step in ("", "__parent", "__parent__parent")]


ANNOUNCED_WORDS = (
    _("announced since %(low)s"),
    _("announced until %(high)s"),
    _("announced between %(low)s and %(high)s"),
)


class Listing(django_filters.FilterSet):
    """A FilterSet that answers a bad value with no rows, never with everything."""

    # Its name in the index of facets.
    name: str
    # Whether the index holds exactly the listed records. Where it holds more, counting looks up which are listed.
    indexed_exactly = True

    @classmethod
    def everything(cls) -> QuerySet:
        """Every row of the listing a reader may see."""
        raise NotImplementedError

    @classmethod
    def members(cls) -> QuerySet:
        """The records in the index of facets: those of `everything()`, or more where that is not `indexed_exactly`."""
        return cls.everything()

    @classmethod
    def facets(cls) -> dict[str, Facet]:
        return {name: each for name, each in cls.base_filters.items() if isinstance(each, Facet)}

    @classmethod
    def parameters(cls) -> list[str]:
        """Every parameter that selects or orders rows."""
        return [parameter for name in cls.base_filters for parameter in cls.parameters_of(name)]

    @classmethod
    def parameters_of(cls, name: str) -> list[str]:
        """The parameters of one filter."""
        named = getattr(cls.base_filters[name], "parameters", None)
        return named(name) if named else [name]

    def filter_queryset(self, queryset):
        return self.in_order(self.rows_but_for()) if self.form.is_valid() else queryset.none()

    def in_order(self, queryset: QuerySet) -> QuerySet:
        """Rows in the order that was asked for; the best matches of a search first where none was."""
        asked = self.form.cleaned_data
        return self.filters["sort"].filter(
            queryset, asked["sort"], before=self.filters["q"].ranking(asked["q"])
        )

    def rows_but_for(self, facet: str = "") -> QuerySet:
        """The rows that match every parameter except one facet, in no order: what that facet counts."""
        queryset = self.queryset
        for name, chosen in self.form.cleaned_data.items():
            if name not in (facet, "sort"):
                queryset = self.filters[name].filter(queryset, chosen)
        return queryset


class OrganizationListing(Listing):
    """What the listings of organizations share."""

    sort = Sort(
        _("Sort by"),
        {
            "name": SortKey(_("Name, A to Z"), _("Name, Z to A"), "name_key"),
            "established": SortKey(_("Oldest first"), _("Youngest first"), "established", gaps=True),
            "agreements": SortKey(
                _("Fewest agreements first"), _("Most agreements first"), number_of(PARTIES, "organization")
            ),
            "type": SortKey(_("Type"), _("Type, backwards"), text("type"), gaps=True),
            "ownership": SortKey(_("Ownership"), _("Ownership, backwards"), text("ownership"), gaps=True),
            "region": SortKey(_("Region"), _("Region, backwards"), text("region_code"), gaps=True),
        },
        default="name",
        last=["name_key", "slug"],
    )
    established = YearRange(
        _("Established"),
        ("established_min", "established_max"),
        "established",
        (
            _("established in %(low)s or later"),
            _("established in %(high)s or earlier"),
            _("established between %(low)s and %(high)s"),
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
        SECTORS,
        "sector__slug",
        says=_("in the sector %s"),
        links=Organization.sectors.through.objects.all,
        owner="organization",
    )
    type = Facet(
        _("Type"),
        VocabularyTerms(OrganizationType),
        "type",
        says=_("of the type %s"),
    )
    ownership = Facet(
        _("Ownership"),
        VocabularyTerms(Ownership),
        "ownership",
        says=_("with the ownership %s"),
    )
    region = Facet(
        _("Region"),
        REGIONS,
        "region_code",
        says=_("in %s"),
    )
    laboratory = Facet(
        _("Laboratory"),
        LABORATORIES,
        "organization__slug",
        says=_("working with %s"),
        links=AS_LABORATORY,
        owner="agreement__parties__organization",
    )
    mission_area = Facet(
        _("Mission area"),
        MISSION_AREAS,
        *and_broader("agreement__mission_areas"),
        says=_("working on %s"),
        links=AS_PARTNER,
        owner="organization",
    )
    agreement_type = Facet(
        _("Type of agreement"),
        VocabularyTerms(AgreementType),
        "agreement__agreement_type",
        says=_("with an agreement of the type %s"),
        links=AS_PARTNER,
        owner="organization",
    )
    agreement_status = Facet(
        _("Status of agreement"),
        VocabularyTerms(AgreementStatus),
        "agreement__status",
        says=_("with an agreement of the status %s"),
        links=AS_PARTNER,
        owner="organization",
    )
    announcement = Facet(
        _("Announcement"),
        ANNOUNCEMENTS,
        "agreement__announcement__slug",
        says=_("with an agreement announced by “%s”"),
        links=lambda: AS_PARTNER().filter(agreement__announcement__publication_state=PUBLISHED),
        owner="organization",
    )

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
    region = Facet(
        _("State"),
        REGIONS,
        "region_code",
        says=_("in %s"),
    )
    partner = Facet(
        _("Partner"),
        PARTNERS,
        "organization__slug",
        says=_("working with %s"),
        links=AS_PARTNER,
        owner="agreement__parties__organization",
    )
    mission_area = Facet(
        _("Mission area"),
        MISSION_AREAS,
        *and_broader("agreement__mission_areas"),
        says=_("working on %s"),
        links=PARTIES,
        owner="organization",
    )
    agreement_type = Facet(
        _("Type of agreement"),
        VocabularyTerms(AgreementType),
        "agreement__agreement_type",
        says=_("with an agreement of the type %s"),
        links=PARTIES,
        owner="organization",
    )
    agreement_status = Facet(
        _("Status of agreement"),
        VocabularyTerms(AgreementStatus),
        "agreement__status",
        says=_("with an agreement of the status %s"),
        links=PARTIES,
        owner="organization",
    )

    @classmethod
    def everything(cls):
        return Organization.objects.laboratories()


class AgreementListing(Listing):
    """Published agreements of published partners."""

    name = "agreement"
    q = Search(_("Search"), AGREEMENT_TEXTS)
    agreement_type = Facet(
        _("Type of agreement"),
        VocabularyTerms(AgreementType),
        "agreement_type",
        says=_("of the type %s"),
    )
    agreement_status = Facet(
        _("Status"),
        VocabularyTerms(AgreementStatus),
        "status",
        says=_("with the status %s"),
    )
    partner = Facet(
        _("Partner"),
        PARTNERS,
        "organization__slug",
        says=_("with %s"),
        links=AS_PARTNER,
        owner="agreement",
    )
    sector = Facet(
        _("Sector of a partner"),
        SECTORS,
        "organization__sectors__slug",
        says=_("with a partner in the sector %s"),
        links=AS_PARTNER,
        owner="agreement",
    )
    laboratory = Facet(
        _("Laboratory"),
        LABORATORIES,
        "organization__slug",
        says=_("with %s"),
        links=AS_LABORATORY,
        owner="agreement",
    )
    agency = Facet(
        _("Agency"),
        AGENCIES,
        "organization__slug",
        says=_("with %s"),
        links=AS_AGENCY,
        owner="agreement",
    )
    mission_area = Facet(
        _("Mission area"),
        MISSION_AREAS,
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
    sort = Sort(
        _("Sort by"),
        {
            "announced": SortKey(_("Oldest first"), _("Newest first"), "announced_date", gaps=True),
            "title": SortKey(_("Title, A to Z"), _("Title, Z to A"), "title_key"),
            "type": SortKey(_("Type"), _("Type, backwards"), text("agreement_type"), gaps=True),
            "status": SortKey(_("Status"), _("Status, backwards"), text("status"), gaps=True),
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
    kind = Facet(
        _("Kind"),
        VocabularyTerms(EventKind),
        "kind",
        says=_("of the kind %s"),
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


class SourceListing(Listing):
    """Every source behind what is published."""

    name = "source"
    indexed_exactly = False
    q = Search(_("Search"), SOURCE_TEXTS)
    stance = Facet(
        _("Stance"),
        VocabularyTerms(SourceStance),
        "stance",
        says=_("of the stance %s"),
    )
    kind = Facet(
        _("Kind"),
        VocabularyTerms(SourceKind),
        "kind",
        says=_("of the kind %s"),
    )
    published = DayRange(
        _("Published"),
        ("published_after", "published_before"),
        "published_date",
        (
            _("published since %(low)s"),
            _("published until %(high)s"),
            _("published between %(low)s and %(high)s"),
        ),
    )
    sort = Sort(
        _("Sort by"),
        {
            "published": SortKey(_("Oldest first"), _("Newest first"), "published_date", gaps=True),
            "title": SortKey(_("Title, A to Z"), _("Title, Z to A"), "title_key"),
            "publisher": SortKey(_("Publisher, A to Z"), _("Publisher, Z to A"), "publisher_key"),
        },
        default="-published",
        last=["title_key", "slug"],
    )

    class Meta:
        model = Source
        fields: list[str] = []

    @classmethod
    def everything(cls):
        return Source.objects.published()

    @classmethod
    def members(cls):
        return Source.objects.all()


LISTINGS = (PartnerListing, LaboratoryListing, AgreementListing, EventListing, SourceListing)
