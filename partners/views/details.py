"""Pages of single records, each with the records around it and the sources behind it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
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
    for role in PartyRole:
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


# What a page needs beside its record ----------------------------------------------------------------------------------


def around_organization(organization: Organization) -> dict:
    return {
        "parent": if_published(organization.parent),
        "parts": list(parts_of(organization)),
    }


def around_agreement(agreement: Agreement) -> dict:
    return {"announcement": if_published(agreement.announcement)}


def around_event(event: Event) -> dict:
    return {"agreements": excerpt(AGREEMENT, f"announcement={event.slug}")}


def around_source(source: Source) -> dict:
    """Everything it supports."""
    return {"uses": uses_of(source.citations.public().select_related(*TARGETS))}


def around_sector(sector: Sector) -> dict:
    return {"partners": excerpt(PARTNER, f"sector={sector.slug}")}


def around_mission_area(area: MissionArea) -> dict:
    chosen = f"mission_area={area.slug}"
    return {"agreements": excerpt(AGREEMENT, chosen), "partners": excerpt(PARTNER, chosen)}


AROUND: dict[type[Model], Callable[[Any], dict]] = {
    Organization: around_organization,
    Agreement: around_agreement,
    Event: around_event,
    Source: around_source,
    Sector: around_sector,
    MissionArea: around_mission_area,
}


def with_its_own(rows: QuerySet) -> QuerySet:
    """Organizations with what their page shows of them."""
    return with_changes(rows.select_related("parent").prefetch_related("names", "sectors"))


def with_its_parties(rows: QuerySet) -> QuerySet:
    """Agreements with what their page shows of them."""
    rows = rows.with_public_parties().with_amounts()
    return with_changes(rows.prefetch_related("mission_areas").select_related("announcement"))


def with_its_areas(rows: QuerySet) -> QuerySet:
    """Mission areas with those that they are part of, and their parts."""
    return rows.select_related("parent").prefetch_related("children")


# What is read with a record: in general, when it changed. Of these pages some say no day, or not that alone.
READ: dict[type[Model], Callable[[QuerySet], QuerySet]] = {
    Organization: with_its_own,
    Agreement: with_its_parties,
    Source: QuerySet.all,
    Sector: QuerySet.all,
    MissionArea: with_its_areas,
}


@require_safe
def record_page(request, slug: str, noun: Noun):
    """A record under its address, with the records around it and its sources; another address leads there."""
    rows = READ.get(noun.model, with_changes)(public_rows(noun.table))
    record = get_object_or_404(rows, slug=slug)
    if request.path != record.get_absolute_url():
        return redirect(record, permanent=True)
    # The list above it; some kinds have none.
    context = {noun.record_name: record, "noun": noun if noun.has("list") else None}
    if isinstance(record, Citable):
        context["provenance"] = Provenance.of(record)
    around = AROUND[noun.model](record) if noun.model in AROUND else {}
    return render(request, noun.detail_template, context | around)
