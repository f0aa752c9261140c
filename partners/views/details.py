"""Pages of single records, each with the records around it and the sources behind it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from partners.folding import fold
from partners.head.sitemaps import with_changes
from partners.models import (
    Agreement,
    AgreementParty,
    Citation,
    Event,
    MissionArea,
    Organization,
    Sector,
    Source,
)
from partners.models.base import Citable
from partners.models.sources import TARGETS
from partners.nouns import AGREEMENT, PARTNER, Noun
from partners.provenance import Provenance, Statement, statements_by_source
from partners.selection.facets import NONE, FacetValue
from partners.selection.selection import Selection
from partners.tables.columns import read_records
from partners.tables.public import public_rows
from partners.vocabularies import PartyRole

MOST_EXCERPT_ROWS = 25


@dataclass
class Excerpt:
    """The first rows of a selection inside another page, with the address of all of them."""

    noun: Noun
    rows: list[dict]
    count: int
    link: str

    @property
    def heading(self) -> str:
        return self.noun.counted(self.count)

    @property
    def complete(self) -> bool:
        return self.count <= len(self.rows)


def excerpt(noun: Noun, parameters: str, selection: Selection | None = None) -> Excerpt:
    """The first rows of the listing that the parameters select."""
    selection = selection or Selection(noun.listing, QueryDict(parameters))
    rows = read_records(selection.rows[:MOST_EXCERPT_ROWS], noun.columns)
    return Excerpt(noun, rows, selection.count, f"{reverse(noun.page_route)}?{parameters}")


@dataclass
class Part:
    """The part an organization has in agreements: the agreements, and who else is in them."""

    role: PartyRole
    agreements: Excerpt
    others: list[tuple[PartyRole, list[FacetValue]]]


def parts_of(organization: Organization) -> Iterator[Part]:
    """Every part an organization has in public agreements."""
    parties = AgreementParty.objects.public().filter(organization=organization)
    roles = set(parties.values_list("role", flat=True).distinct())
    for role in (role for role in PartyRole if role in roles):
        parameters = f"{role}={organization.slug}"
        selection = Selection(AGREEMENT.listing, QueryDict(parameters))
        if selection.count:
            yield Part(role, excerpt(AGREEMENT, parameters, selection), others_in(selection, organization))


def others_in(selection: Selection, organization: Organization) -> list[tuple[PartyRole, list[FacetValue]]]:
    """The other parties of the selected agreements by role, those with most agreements first."""
    found = selection.lines_of(*PartyRole.values)
    others = [
        (role, [line for line in found[role] if line.value not in (NONE, organization.slug)])
        for role in PartyRole
    ]
    return [(role, lines[:MOST_EXCERPT_ROWS]) for role, lines in others if lines]


def if_published(record):
    """A related record where a reader may be told of it, else None."""
    return record if record and record.is_published else None


def uses_of(citations) -> list[tuple[Citable, list[Statement]]]:
    """The records a source supports, by name, each with what it says about it."""
    uses: dict[Citable, list[Citation]] = {}
    for citation in citations.order_by("pk"):
        uses.setdefault(citation.record, []).append(citation)
    return sorted(
        ((record, statements_by_source(found)) for record, found in uses.items()),
        key=lambda use: fold(str(use[0])),
    )


# What a page needs beside its record; the declarations of the nouns name these --------------------------------------


def organization_context(organization: Organization) -> dict:
    return {
        "parent": if_published(organization.parent),
        "parts": list(parts_of(organization)),
    }


def agreement_context(agreement: Agreement) -> dict:
    return {"announcement": if_published(agreement.announcement)}


def event_context(event: Event) -> dict:
    return {"agreements": excerpt(AGREEMENT, f"announcement={event.slug}")}


def source_context(source: Source) -> dict:
    """Everything it supports."""
    return {"uses": uses_of(source.citations.public().select_related(*TARGETS))}


def sector_context(sector: Sector) -> dict:
    return {"partners": excerpt(PARTNER, f"sector={sector.slug}")}


def mission_area_context(area: MissionArea) -> dict:
    chosen = f"mission_area={area.slug}"
    return {"agreements": excerpt(AGREEMENT, chosen), "partners": excerpt(PARTNER, chosen)}


@require_safe
def record_page(request, slug: str, noun: Noun):
    """A record under its address, with the records around it and its sources; another address leads there."""
    rows = noun.page_rows(public_rows(noun.table))
    record = get_object_or_404(with_changes(rows) if noun.page_is_dated else rows, slug=slug)
    if request.path != record.get_absolute_url():
        return redirect(record, permanent=True)
    # The list above it; some kinds have none.
    context = {noun.record_name: record, "noun": noun if noun.has("list") else None}
    if isinstance(record, Citable):
        context["provenance"] = Provenance.of(record)
    if noun.page_context:
        context |= import_string(noun.page_context)(record)
    return render(request, noun.detail_template, context)
