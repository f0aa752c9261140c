"""What every listing is, and what their declarations share."""

from functools import partial

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from partners.models import AgreementParty, Event, MissionArea, Organization, Sector
from partners.places import region_name, regions_named
from partners.selection.facets import Facet
from partners.selection.terms import ClassTerms, OrganizationTerms, RecordedTerms, RecordTerms
from partners.vocabularies import PartyRole

SECTORS = ClassTerms(Sector.objects.all, "name")
MISSION_AREAS = ClassTerms(MissionArea.objects.all, "name")
# A party in the role of laboratory or partner can be any organization, whatever else it is.
LABORATORIES = OrganizationTerms(
    Organization.objects.published, "name", listed=Organization.objects.laboratories
)
PARTNERS = OrganizationTerms(Organization.objects.published, "name", listed=Organization.objects.partners)
AGENCIES = OrganizationTerms(Organization.objects.published, "name", listed=Organization.objects.agencies)
ANNOUNCEMENTS = RecordTerms(Event.objects.published, "title")
REGIONS = RecordedTerms(Organization.objects.published, "region_code", region_name, regions_named)

# Parties of the agreements a reader may see, in any role or in one.
PARTIES = AgreementParty.objects.public
AS_PARTNER = partial(PARTIES, PartyRole.PARTNER)
AS_LABORATORY = partial(PARTIES, PartyRole.LABORATORY)
AS_AGENCY = partial(PARTIES, PartyRole.AGENCY)

ANNOUNCED_WORDS = (
    _("announced since %(low)s"),
    _("announced until %(high)s"),
    _("announced between %(low)s and %(high)s"),
)


def and_broader(mission_area: str) -> list[str]:
    """Lookups to a mission area and to those it is part of: a pillar includes its domains and their challenges."""
    return [f"{mission_area}{step}__slug" for step in ("", "__parent", "__parent__parent")]


class Listing(django_filters.FilterSet):
    """A FilterSet that answers a bad value with no rows, never with everything."""

    # Its name in the index of facets.
    name: str
    # Whether the index holds exactly the listed records. Where it holds more, counting looks up which are listed.
    indexed_exactly = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # What a search found, for as long as this listing lives.
        self.found_keys: dict = {}

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
            queryset, asked["sort"], before=self.filters["q"].ranking(asked["q"]), asked=asked
        )

    def rows_but_for(self, facet: str = "") -> QuerySet:
        """The rows that match every parameter except one facet, in no order: what that facet counts."""
        queryset = self.queryset
        for name, chosen in self.form.cleaned_data.items():
            if name not in (facet, "sort"):
                queryset = self.filters[name].filter(queryset, chosen)
        return queryset
