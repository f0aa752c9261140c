"""The front page, the indexes, and the pages about the directory itself."""

from django.db.models import Count, QuerySet
from django.http import QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from partners.changes.public_history import with_public_changes
from partners.composed import ask_for_rows, ask_how_many
from partners.context import present_programme
from partners.folding import fold
from partners.models import (
    Agreement,
    AgreementParty,
    Event,
    MissionArea,
    Organization,
    Programme,
    Sector,
    Source,
)
from partners.nouns import LABORATORY, PARTNER, PROGRAMME
from partners.nouns.introductions import (
    agreements_announced,
    announced_partners,
    number_of_announced_partners,
)
from partners.pictures.catalogue import MOST_DRAWN, drawn_partners
from partners.pictures.marks import AGREEMENT_MARKS, Mark, marks_of_partners
from partners.pictures.split import groups_of_agreements, title_of_split
from partners.provenance import Provenance
from partners.querysets import with_others
from partners.selection.listings import AgreementListing, PartnerListing
from partners.selection.selection import Selection
from partners.tables.glossary import glossary
from partners.views.details import if_published
from partners.views.history import latest_changes
from partners.views.past import page_of_the_past
from partners.vocabularies import MissionAreaLevel, PartyRole, SourceStance

NEWEST = 6


@require_safe
@page_of_the_past
def overview(request):
    """The front page: who is in the programme, what they agreed, with which laboratory, and the newest events."""
    programme = present_programme()
    announcement = programme and if_published(programme.announcement)
    everyone = PARTNER.listing.everything()
    figures = figures_of_directory(announcement)
    context = {
        "provenance": programme and Provenance.of(programme, programme.get_absolute_url()),
        "announcement": announcement,
        "figures": figures,
        "groups": groups_of_agreements(announcement, request.as_of.more),
        "split_title": title_of_split(figures["agreements"]),
        "drawn_query": request.as_of.query,
        "marks": AGREEMENT_MARKS,
        "events": Event.objects.published().newest_first()[:NEWEST],
        "as_of": request.as_of,
    }
    context["cards"] = cards_of(
        announced_partners(announcement) if figures["announced_partners"] else everyone
    )
    if figures["partners"] <= MOST_DRAWN:
        context |= drawn_partners(everyone, request.as_of.more)
    else:
        context |= {
            "sectors": facet_lines(PartnerListing, "sector"),
            "laboratories": facet_lines(AgreementListing, "laboratory"),
        }
    return render(request, "partners/overview.html", context)


def figures_of_directory(announcement: Event | None) -> dict[str, int]:
    """The numbers of the front page, split into what they are."""
    stances = dict(ask_for_rows(sources_by_stance))
    agreements = ask_how_many(Agreement.objects.published)
    announced = ask_how_many(agreements_announced, announcement.pk) if announcement else 0
    return {
        "partners": ask_how_many(PARTNER.rows),
        "agreements": agreements,
        "announced": announced,
        "announced_partners": number_of_announced_partners(announcement) if announcement else 0,
        "others": agreements - announced,
        "laboratories": ask_how_many(LABORATORY.rows),
        "involved": ask_how_many(laboratories_involved),
        "sources": sum(stances.values()),
        "official": stances.get(SourceStance.OFFICIAL, 0),
        "critical": stances.get(SourceStance.CRITICAL, 0),
    }


def sources_by_stance() -> QuerySet:
    return Source.objects.published().order_by().values_list("stance").annotate(Count("pk"))


def laboratories_involved() -> QuerySet:
    """The laboratories that are parties to an agreement."""
    involved = AgreementParty.objects.public(PartyRole.LABORATORY)
    return LABORATORY.rows().filter(pk__in=involved.values("organization"))


def cards_of(partners) -> list[tuple[Organization, list[Mark]]]:
    """The first partners by name, each with the marks of its agreements."""
    shown = list(partners.in_order()[:MOST_DRAWN])
    marks = marks_of_partners(each.pk for each in shown)
    return [(each, marks.get(each.pk, [])) for each in shown]


def facet_lines(listing, facet: str):
    """The values of one facet with their counts over a whole listing."""
    return Selection(listing, QueryDict()).lines_of(facet)[facet]


@require_safe
@page_of_the_past
def sector_list(request):
    """Every sector, with the number of its partners."""
    counts = {line.value: line.count for line in facet_lines(PartnerListing, "sector")}
    sectors = with_count(Sector.objects.all(), counts)
    return render(request, "partners/sector_list.html", {"sectors": sectors, "as_of": request.as_of})


def with_count(records, counts: dict[str, int]) -> tuple[list[tuple], list]:
    """Records with the number of what belongs to each, and apart from them those to which nothing does; in the order of
    their names in the language of the page."""
    in_order = sorted(records, key=lambda record: (fold(record.name), record.slug))
    counted = [(record, counts.get(record.slug, 0)) for record in in_order]
    return [each for each in counted if each[1]], [record for record, count in counted if not count]


@require_safe
@page_of_the_past
def mission_area_list(request):
    """Every mission area by level, with the number of its agreements."""
    counts = {line.value: line.count for line in facet_lines(AgreementListing, "mission_area")}
    areas = with_others(MissionArea.objects.all(), "parent")
    levels = [
        (level, with_count([area for area in areas if area.level == level], counts))
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


@require_safe
def words(request):
    """What every term of the directory means, wherever it stands."""
    return render(request, "partners/words.html", {"glossary": glossary().values()})
