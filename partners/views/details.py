"""Pages of single records, each with the records around it and the sources behind it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from partners.folding import fold
from partners.head.sitemaps import with_changes
from partners.models import (
    Agreement,
    Citation,
    Event,
    MissionArea,
    Organization,
    Sector,
    Source,
)
from partners.models.base import Citable
from partners.models.sources import TARGETS
from partners.nouns import AGREEMENTS_KIND, EVENTS_KIND, LABORATORIES, PARTNERS, SOURCES_KIND, Kind
from partners.provenance import Provenance, Statement, statements
from partners.selection.facets import NONE, FacetValue
from partners.selection.selection import Selection
from partners.tables.columns import read_records
from partners.vocabularies import OrganizationType, PartyRole

MOST_ROWS = 25

# The listing above the page of an organization, by its type; agencies have none.
LISTED_UNDER = {OrganizationType.FACILITY: LABORATORIES, OrganizationType.GOVERNMENT: None}


@dataclass
class Excerpt:
    """The first rows of a selection inside another page, with the address of all of them."""

    kind: Kind
    rows: list[dict]
    count: int
    link: str

    @property
    def heading(self) -> str:
        return self.kind.counted(self.count)

    @property
    def complete(self) -> bool:
        return self.count <= len(self.rows)


def excerpt(kind: Kind, parameters: str, selection: Selection | None = None) -> Excerpt:
    """The first rows of the listing that the parameters select."""
    selection = selection or Selection(kind.listing, QueryDict(parameters))
    rows = read_records(selection.rows[:MOST_ROWS], kind.columns)
    return Excerpt(kind, rows, selection.count, f"{reverse(kind.page_route)}?{parameters}")


@dataclass
class Part:
    """The part an organization has in agreements: the agreements, and who else is in them."""

    role: PartyRole
    agreements: Excerpt
    others: list[tuple[PartyRole, list[FacetValue]]]


def parts_of(organization: Organization) -> Iterator[Part]:
    """Every part an organization has in public agreements."""
    for role in PartyRole:
        parameters = f"{role}={organization.slug}"
        selection = Selection(AGREEMENTS_KIND.listing, QueryDict(parameters))
        if selection.count:
            yield Part(
                role, excerpt(AGREEMENTS_KIND, parameters, selection), others_in(selection, organization)
            )


def others_in(selection: Selection, organization: Organization) -> list[tuple[PartyRole, list[FacetValue]]]:
    """The other parties of the selected agreements by role, those with most agreements first."""
    found = selection.lines_of(*PartyRole.values)
    others = [
        (role, [line for line in found[role] if line.value not in (NONE, organization.slug)])
        for role in PartyRole
    ]
    return [(role, lines[:MOST_ROWS]) for role, lines in others if lines]


@require_safe
def organization_detail(request, slug: str):
    """An organization under the address of its type; another address leads there."""
    published = Organization.objects.published().select_related("parent")
    published = with_changes(published.prefetch_related("names", "sectors"))
    organization = get_object_or_404(published, slug=slug)
    if request.path != organization.get_absolute_url():
        return redirect(organization, permanent=True)
    context = {
        "organization": organization,
        "parent": if_published(organization.parent),
        "parts": list(parts_of(organization)),
        "provenance": Provenance.of(organization),
        "kind": LISTED_UNDER.get(organization.type, PARTNERS),
    }
    return render(request, "partners/organization_detail.html", context)


def if_published(record):
    """A related record where a reader may be told of it, else None."""
    return record if record and record.is_published else None


@require_safe
def agreement_detail(request, slug: str):
    """An agreement with its parties and sources."""
    agreements = Agreement.objects.published().with_public_parties().with_amounts()
    agreements = with_changes(agreements.prefetch_related("mission_areas").select_related("announcement"))
    agreement = get_object_or_404(agreements, slug=slug)
    context = {
        "agreement": agreement,
        "announcement": if_published(agreement.announcement),
        "kind": AGREEMENTS_KIND,
        "provenance": Provenance.of(agreement),
    }
    return render(request, "partners/agreement_detail.html", context)


@require_safe
def event_detail(request, slug: str):
    """An event with the agreements it announced and its sources."""
    event = get_object_or_404(with_changes(Event.objects.published()), slug=slug)
    context = {
        "event": event,
        "agreements": excerpt(AGREEMENTS_KIND, f"announcement={event.slug}"),
        "kind": EVENTS_KIND,
        "provenance": Provenance.of(event),
    }
    return render(request, "partners/event_detail.html", context)


@require_safe
def source_detail(request, slug: str):
    """A source with everything it supports."""
    source = get_object_or_404(Source.objects.published(), slug=slug)
    citations = source.citations.public().select_related(*TARGETS)
    context = {"source": source, "uses": uses_of(citations), "kind": SOURCES_KIND}
    return render(request, "partners/source_detail.html", context)


def uses_of(citations) -> list[tuple[Citable, list[Statement]]]:
    """The records a source supports, by name, each with what it says about it."""
    uses: dict[Citable, list[Citation]] = {}
    for citation in citations.order_by("pk"):
        uses.setdefault(citation.record, []).append(citation)
    return sorted(
        ((record, statements(found)) for record, found in uses.items()), key=lambda use: fold(str(use[0]))
    )


@require_safe
def sector_detail(request, slug: str):
    """A sector with its partners."""
    sector = get_object_or_404(Sector, slug=slug)
    context = {
        "sector": sector,
        "partners": excerpt(PARTNERS, f"sector={sector.slug}"),
        "provenance": Provenance.of(sector),
    }
    return render(request, "partners/sector_detail.html", context)


@require_safe
def mission_area_detail(request, slug: str):
    """A mission area with what it is part of, its parts, and the agreements about it."""
    area = get_object_or_404(
        MissionArea.objects.select_related("parent").prefetch_related("children"), slug=slug
    )
    context = {
        "area": area,
        "agreements": excerpt(AGREEMENTS_KIND, f"mission_area={area.slug}"),
        "partners": excerpt(PARTNERS, f"mission_area={area.slug}"),
        "provenance": Provenance.of(area),
    }
    return render(request, "partners/mission_area_detail.html", context)
