"""What every listing is, and what their declarations share."""

from collections.abc import Callable
from functools import cache, partial, reduce
from operator import and_

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from partners.composed import ask_for_rows, ask_of_keys
from partners.models import AgreementParty, Citation, Event, MissionArea, Organization, Sector
from partners.models.base import Citable
from partners.places import region_name, regions_named
from partners.selection.facets import Choice, Facet
from partners.selection.search.bitmaps import places_of
from partners.selection.search.queries import parse
from partners.selection.search.reading import TextReader
from partners.selection.terms import (
    ClassTerms,
    FieldTerms,
    OrganizationTerms,
    RecordedTerms,
    RecordTerms,
    VocabularyTerms,
)
from partners.vocabularies import PartyRole, Vocabulary


def with_role(role: PartyRole, of_its_kind: Callable[[], QuerySet]) -> QuerySet:
    """Organizations that can stand in a role: those of the kind it is for, and who has it in a public agreement."""
    having = AgreementParty.objects.public(role).filter(organization=OuterRef("pk"))
    return Organization.objects.published().filter(Q(pk__in=of_its_kind().values("pk")) | Exists(having))


SECTOR_TERMS = ClassTerms(Sector.objects.all, "name")
MISSION_AREA_TERMS = ClassTerms(MissionArea.objects.all, "name")
# A party in the role of laboratory or agency can be any organization, whatever else it is.
LABORATORIES = OrganizationTerms(
    partial(with_role, PartyRole.LABORATORY, Organization.objects.laboratories), "name"
)
PARTNER_TERMS = OrganizationTerms(Organization.objects.partners, "name", many=True)
AGENCIES = OrganizationTerms(partial(with_role, PartyRole.AGENCY, Organization.objects.agencies), "name")
NAMED_ORGANIZATIONS = OrganizationTerms(Organization.objects.published, "name", many=True)
ANNOUNCEMENTS = RecordTerms(Event.objects.announcing, "title")
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


def own_facet(label, vocabulary: type[Vocabulary], code: str, *, says) -> Facet:
    """A facet of what a record says of itself, in the terms of a vocabulary."""
    return Facet(label, VocabularyTerms(vocabulary), code, says=says)


def disputed_of(model: type[Citable]) -> Facet:
    """On what the sources of a record disagree."""
    return Facet(
        _("Sources disagree on"),
        FieldTerms(model),
        "field",
        says=_("whose sources disagree on %s"),
        links=Citation.objects.otherwise,
        owner=model.citation_field(),
    )


@cache
def composed(listing: type["Listing"]) -> QuerySet:
    """`everything()` of a listing, composed once. Nobody evaluates this one, only what is made from it."""
    return listing.everything()


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
        # What was read of texts for it; a page with several lists gives all of them the same one.
        self.reader = TextReader()

    @classmethod
    def everything(cls) -> QuerySet:
        """Every row of the listing a reader may see."""
        raise NotImplementedError

    @classmethod
    def members(cls) -> QuerySet:
        """The records in the index of facets: those of `everything()`, or more where that is not `indexed_exactly`."""
        return cls.everything()

    @classmethod
    def get_filters(cls):
        """Its declared filters; a facet that several listings share has the terms of this one."""
        name = getattr(cls, "name", "")
        filters = super().get_filters().items()
        return {key: each.within(name, key) if isinstance(each, Facet) else each for key, each in filters}

    @classmethod
    def facets(cls) -> dict[str, Facet]:
        return {name: each for name, each in cls.base_filters.items() if isinstance(each, Facet)}

    @classmethod
    def facets_in_sets(cls) -> list[str]:
        """The facets of whose values the index has the records as sets: those with few values."""
        return [name for name, facet in cls.facets().items() if not facet.terms.many]

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

    def rows_but_for(self, facet: str = "", choice: Choice | None = None) -> QuerySet:
        """The rows that match every parameter except one facet, in no order: what that facet counts.

        What is chosen in it may be something else instead.
        """
        return self.narrowed(self.queryset, self.asked_but_for(facet, choice))

    # The primary keys of the same rows, by the sets of the index as far as these go, which is quick. A record that was
    # hidden in this moment may still be among them: whoever shows records asks `everything()` too.

    def keys_in_order(self) -> list[int]:
        """Of the rows that match every parameter, in their order."""
        found = self.indexed_but_for()
        asked = self.form.cleaned_data
        # The order of a search follows from its words, of which there are too many to keep statements for.
        if isinstance(found, list) and not asked["q"]:
            heeded = self.filters["sort"].heeded(asked)
            return [key for (key,) in ask_of_keys(keys_in_order, found, type(self), asked["sort"], heeded)]
        rows = self.records_of(found) if isinstance(found, list) else found
        return list(self.in_order(rows).values_list("pk", flat=True))

    def keys_between(self, start: int, stop: int) -> list[int]:
        """Of all rows of the listing, which nothing narrows, some in their order."""
        asked = self.form.cleaned_data
        heeded = self.filters["sort"].heeded(asked)
        return [key for (key,) in ask_for_rows(keys_of_part, type(self), asked["sort"], heeded, start, stop)]

    def keys_but_for(self, facet: str, choice: Choice | None = None) -> list[int]:
        """Of the rows that match every parameter except one facet, in no order."""
        found = self.indexed_but_for(facet, choice)
        return found if isinstance(found, list) else list(found.order_by().values_list("pk", flat=True))

    def indexed_but_for(self, facet: str = "", choice: Choice | None = None) -> QuerySet | list[int]:
        """A list where the sets say all; otherwise a queryset of the records."""
        asked = self.asked_but_for(facet, choice)
        sets = {name: chosen for name, chosen in asked.items() if self.in_sets(name, chosen)}
        if not self.indexed_exactly or not sets:
            return self.narrowed(self.queryset, asked)
        records = reduce(and_, (self.filters[name].records(chosen) for name, chosen in sets.items()))
        rest = {name: chosen for name, chosen in asked.items() if name not in sets}
        keys = places_of(records)
        return self.narrowed(self.records_of(keys), rest) if rest else keys

    @classmethod
    def records_of(cls, keys: list[int]) -> QuerySet:
        """The records with some primary keys, hidden ones too."""
        return cls._meta.model._default_manager.filter(pk__among=keys)

    def in_sets(self, name: str, chosen) -> bool:
        """Whether the index has the records that a filter leaves as sets."""
        return name in self.facets_in_sets() or (name == "q" and bool(parse(chosen)))

    def asked_but_for(self, facet: str, choice: Choice | None) -> dict:
        """The filters that were asked for, except one."""
        asked = {
            name: chosen for name, chosen in self.form.cleaned_data.items() if name not in (facet, "sort")
        }
        return {name: chosen for name, chosen in (asked | {facet: choice}).items() if chosen}

    def narrowed(self, queryset: QuerySet, asked: dict) -> QuerySet:
        for name, chosen in asked.items():
            queryset = self.filters[name].filter(queryset, chosen)
        return queryset


def keys_in_order(
    keys: list[int], listing: type[Listing], sort: tuple[str, ...], heeded: tuple[tuple, ...]
) -> QuerySet:
    """Some primary keys of a listing in an order: see `Sort`."""
    records = listing.records_of(keys)
    return listing.base_filters["sort"].filter(records, sort, asked=heeded).values_list("pk")


def keys_of_part(
    listing: type[Listing], sort: tuple[str, ...], heeded: tuple[tuple, ...], start: int, stop: int
) -> QuerySet:
    """Some of the primary keys of a whole listing in an order: see `Sort`."""
    records = listing.base_filters["sort"].filter(listing.everything(), sort, asked=heeded)
    return records.values_list("pk")[start:stop]
