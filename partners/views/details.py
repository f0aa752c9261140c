"""Pages of single records, each with the records around it and the sources behind it."""

from dataclasses import dataclass

from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from partners.models import Agreement, MissionArea, Organization, Sector
from partners.provenance import Provenance
from partners.selection.selection import Selection
from partners.tables.columns import read_records
from partners.views.kinds import AGREEMENTS_KIND, LABORATORIES, PARTNERS, Kind
from partners.vocabularies import OrganizationType, PartyRole

MOST_ROWS = 25


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


def excerpt(kind: Kind, parameters: str) -> Excerpt:
    """The first rows of the listing that the parameters select."""
    selection = Selection(kind.listing, QueryDict(parameters))
    rows = read_records(selection.rows[:MOST_ROWS], kind.columns)
    return Excerpt(kind, rows, selection.count, f"{reverse(kind.page_route)}?{parameters}")


@require_safe
def organization_detail(request, slug: str):
    """An organization under the address of its type; another address leads there."""
    published = Organization.objects.published().select_related("parent")
    organization = get_object_or_404(published.prefetch_related("names", "sectors"), slug=slug)
    if request.path != organization.get_absolute_url():
        return redirect(organization, permanent=True)
    parent = organization.parent
    context = {
        "organization": organization,
        "parent": parent
        if parent and Organization.objects.published().filter(pk=parent.pk).exists()
        else None,
        "parties": parties_by_role(organization),
        "provenance": Provenance(organization),
        "kind": LABORATORIES if organization.type == OrganizationType.FACILITY else PARTNERS,
    }
    return render(request, "partners/organization_detail.html", context)


def parties_by_role(organization: Organization) -> list[tuple[str, list]]:
    """The agreements of an organization, by the part it has in them, newest first."""
    parties = organization.parties.public().select_related("agreement")
    found = {role: [] for role in PartyRole}
    agreements = {
        a.pk: a for a in Agreement.objects.filter(parties__in=parties).with_public_parties().newest_first()
    }
    for party in parties:
        found[PartyRole(party.role)].append(agreements[party.agreement_id])
    order = {pk: number for number, pk in enumerate(agreements)}
    return [(role, sorted(rows, key=lambda row: order[row.pk])) for role, rows in found.items() if rows]


@require_safe
def agreement_detail(request, slug: str):
    """An agreement with its parties and sources."""
    agreements = Agreement.objects.published().with_public_parties().prefetch_related("mission_areas")
    agreement = get_object_or_404(agreements.select_related("announcement"), slug=slug)
    context = {"agreement": agreement, "kind": AGREEMENTS_KIND, "provenance": Provenance(agreement)}
    return render(request, "partners/agreement_detail.html", context)


@require_safe
def sector_detail(request, slug: str):
    """A sector with its partners."""
    sector = get_object_or_404(Sector, slug=slug)
    return render(
        request,
        "partners/sector_detail.html",
        {"sector": sector, "partners": excerpt(PARTNERS, f"sector={sector.slug}")},
    )


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
    }
    return render(request, "partners/mission_area_detail.html", context)
