"""The front page, the indexes, and the pages about the directory itself."""

from django.http import QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from partners.changes.public_history import with_public_changes
from partners.models import Agreement, Event, MissionArea, Programme, Sector, Source
from partners.nouns import LABORATORY, PARTNER, PROGRAMME
from partners.provenance import Provenance
from partners.querysets import with_others
from partners.selection.listings import AgreementListing, PartnerListing
from partners.selection.selection import Selection
from partners.views.details import if_published
from partners.views.history import latest_changes
from partners.views.past import page_of_the_past
from partners.vocabularies import MissionAreaLevel, PartyRole

NEWEST = 6


@require_safe
@page_of_the_past
def overview(request):
    """The front page: what the programme is, its first partners at a glance, and the newest events."""
    programme = with_others(Programme.objects.all(), "lead", "announcement").first()
    announcement = programme and programme.announcement
    public_announcement = announcement and Event.objects.published().filter(pk=announcement.pk).exists()
    everyone = PARTNER.listing.everything()
    context = {
        "provenance": programme and Provenance.of(programme, programme.get_absolute_url()),
        "announcement": announcement if public_announcement else None,
        "announced": announced_partners(announcement) if public_announcement else everyone.in_order()[:100],
        "sectors": facet_lines(PartnerListing, "sector"),
        "laboratories": facet_lines(AgreementListing, "laboratory"),
        "figures": {
            "partners": everyone.count(),
            "agreements": Agreement.objects.published().count(),
            "laboratories": LABORATORY.listing.everything().count(),
            "sources": Source.objects.published().count(),
        },
        "events": Event.objects.published().newest_first()[:NEWEST],
        "as_of": request.as_of,
    }
    return render(request, "partners/overview.html", context)


def announced_partners(announcement: Event):
    """The partners of the agreements that one event announced."""
    parties = announcement.agreements.published().filter(parties__role=PartyRole.PARTNER)
    return PARTNER.listing.everything().filter(pk__in=parties.values("parties__organization")).in_order()


def facet_lines(listing, facet: str):
    """The values of one facet with their counts over a whole listing."""
    return Selection(listing, QueryDict()).lines_of(facet)[facet]


@require_safe
@page_of_the_past
def sector_list(request):
    """Every sector, with the number of its partners."""
    counts = {line.value: line.count for line in facet_lines(PartnerListing, "sector")}
    sectors = [(sector, counts.get(sector.slug, 0)) for sector in Sector.objects.all()]
    return render(request, "partners/sector_list.html", {"sectors": sectors, "as_of": request.as_of})


@require_safe
@page_of_the_past
def mission_area_list(request):
    """Every mission area by level, with the number of its agreements."""
    counts = {line.value: line.count for line in facet_lines(AgreementListing, "mission_area")}
    areas = with_others(MissionArea.objects.all(), "parent")
    levels = [
        (level, [(area, counts.get(area.slug, 0)) for area in areas if area.level == level])
        for level in MissionAreaLevel
    ]
    return render(request, "partners/mission_area_list.html", {"levels": levels, "as_of": request.as_of})


@require_safe
@page_of_the_past
def about(request):
    """Method, scope, and how to cite."""
    partners = PARTNER.counted(PARTNER.listing.everything().count())
    rows = with_others(Programme.objects.all(), "lead", "announcement")
    programme = (rows if request.as_of else with_public_changes(rows)).first()
    is_told = programme and not request.as_of and programme.has_changes
    context = {
        "partners": partners,
        "history": latest_changes(request, PROGRAMME, programme) if is_told else None,
        "provenance": programme and Provenance.of(programme),
        "programme_lead": programme and if_published(programme.lead),
        "announcement": programme and if_published(programme.announcement),
        "as_of": request.as_of,
    }
    return render(request, "partners/about.html", context)
