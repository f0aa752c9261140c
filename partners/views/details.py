"""Pages of single records, each with the records around it and the sources behind it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet, Value
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from partners.changes.public_history import with_public_changes
from partners.context import present_programme
from partners.drawn import ShownRow
from partners.folding import fold
from partners.head.sitemaps import NEVER, with_changes
from partners.kept import kept_each
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
from partners.nouns import AGREEMENT, EVENT, PARTNER, Noun, json_path
from partners.pictures.marks import AGREEMENT_MARKS, Mark, marks_of_partners
from partners.pictures.strip import MOMENT, Dated, dated, notes_of_partner, strip_of, takeaway_of_strip
from partners.provenance import Provenance, Statement, statements_by_source, with_sources
from partners.querysets import with_others
from partners.selection.facets import NONE, FacetValue
from partners.selection.selection import Selection
from partners.tables.by_keys import read_by_keys
from partners.tables.public import public_rows
from partners.views.citing import page_cited
from partners.views.critics import critics_of
from partners.views.history import latest_changes
from partners.views.past import AS_OF, page_of_the_past
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
    columns = noun.columns

    def read(keys: list[int]) -> dict[int, ShownRow]:
        found = read_by_keys(noun.listing.everything, columns, keys)
        return {key: ShownRow(row) for key, row in found.items()}

    kind = ("excerpt", noun.name)
    rows = list(kept_each(kind, selection.page_keys[:MOST_EXCERPT_ROWS], read).values())
    then = f"&{AS_OF}={connection.as_of}" if connection.as_of is not None else ""
    return Excerpt(noun, rows, selection.count, f"{reverse(noun.page_route)}?{parameters}{then}")


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
    parts = list(parts_of(organization))
    part = next((each for each in parts if each.role == PartyRole.PARTNER), None)
    return {
        "parent": if_published(organization.parent),
        "parts": parts,
        "as_partner": first_agreements(organization, part) if part else None,
        "events": excerpt(EVENT, f"organization={organization.slug}"),
        "critics": critics_of(organization),
        **(dated_agreements(organization) if part else {}),
    }


def dated_agreements(organization: Organization) -> dict:
    """When a partner agreed what, with the events that made it public and those that are about it. Three queries."""
    parties = AgreementParty.objects.public(PartyRole.PARTNER).filter(organization=organization)
    agreements = list(
        with_others(Agreement.objects.published(), "announcement").filter(pk__in=parties.values("agreement"))
    )
    events = {each.announcement for each in agreements if if_published(each.announcement)}
    events |= set(organization.events.published())
    drawn = [dated(each) for each in agreements if each.announced_date]
    drawn += [Dated(each.date, each.title, each.get_absolute_url(), MOMENT) for each in events]
    undated = sum(not each.announced_date for each in agreements)
    strip = strip_of(drawn)
    return {
        "when": strip,
        "when_takeaway": takeaway_of_strip(strip),
        "when_notes": notes_of_partner(strip, undated),
        "marks": AGREEMENT_MARKS,
    }


@dataclass
class AsPartner:
    """What a partner agreed: `first` at the announcement that the programme counts its partners from, and the rest.

    `marks` are those of all its agreements, `laboratories` those that are in them.
    """

    first: list[dict]
    others: list[dict]
    marks: list[Mark]
    laboratories: list[FacetValue]


def first_agreements(organization: Organization, part: Part) -> AsPartner:
    programme = present_programme()
    announcement = programme and if_published(programme.announcement)
    mine = Agreement.objects.published().filter(parties__organization=organization, announcement=announcement)
    slugs = set(mine.values_list("slug", flat=True)) if announcement else set()
    rows = part.agreements.rows
    return AsPartner(
        [row for row in rows if row["agreement"] in slugs],
        [row for row in rows if row["agreement"] not in slugs],
        marks_of_partners([organization.pk]).get(organization.pk, []),
        dict(part.others).get(PartyRole.LABORATORY, []),
    )


def agreement_context(agreement: Agreement) -> dict:
    return {"announcement": if_published(agreement.announcement)}


def event_context(event: Event) -> dict:
    return {
        "agreements": excerpt(AGREEMENT, f"announcement={event.slug}"),
        "organizations": list(event.organizations.published().in_order()),
    }


def source_context(source: Source) -> dict:
    """Everything it supports."""
    return {"uses": uses_of(with_others(with_sources(source.citations.public()), *TARGETS))}


def sector_context(sector: Sector) -> dict:
    return {"partners": excerpt(PARTNER, f"sector={sector.slug}")}


def mission_area_context(area: MissionArea) -> dict:
    chosen = f"mission_area={area.slug}"
    return {"agreements": excerpt(AGREEMENT, chosen), "partners": excerpt(PARTNER, chosen)}


def with_dates(rows: QuerySet, noun: Noun, of_today: bool) -> QuerySet:
    """Adds when what the page shows last changed, and whether something of the record did: nothing for a past, of which
    that is not known."""
    if noun.page_is_dated:
        rows = with_changes(rows) if of_today else rows.annotate(changed=NEVER)
    is_kept = noun.has_history and of_today
    return with_public_changes(rows) if is_kept else rows.annotate(has_changes=Value(False))


@require_safe
@page_of_the_past
def record_page(request, slug: str, noun: Noun):
    """A record under its address, with the records around it and its sources; another address leads there."""
    rows = noun.page_rows(public_rows(noun.table))
    record = get_object_or_404(with_dates(rows, noun, of_today=not request.as_of), slug=slug)
    address = record.get_absolute_url()
    if request.path != address:
        return redirect(address + request.as_of.query, permanent=not request.as_of)
    # The list above it; some kinds have none.
    context = {noun.record_name: record, "noun": noun if noun.has("list") else None, "as_of": request.as_of}
    if request.as_of and noun.has("record"):
        context["json_then"] = json_path(address) + request.as_of.query
    if isinstance(record, Citable):
        context["provenance"] = Provenance.of(record)
    context["cited"] = page_cited(request, record)
    if record.has_changes:
        context["history"] = latest_changes(request, noun, record)
    if noun.page_context:
        context |= import_string(noun.page_context)(record)
    return render(request, noun.detail_template, context)
