"""Pictures to take away: as SVG and PNG, and the rows behind them as CSV."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from partners.context import site_name
from partners.formats.csv import write_csv
from partners.formats.files import csv_response, explain_problems
from partners.models import Organization, Programme, Source
from partners.pictures.catalogue import Picture, PictureKind, picture_of_strip
from partners.pictures.png import png_of
from partners.pictures.sheet import sheet_of
from partners.pictures.strip import takeaway_of_strip
from partners.pictures.svg import svg_of
from partners.selection.parameters import Problem
from partners.selection.selection import Selection
from partners.selection.sentence import title as in_words
from partners.tables.columns import Column
from partners.texts import without_isolates
from partners.views.details import dated_agreements
from partners.views.listings import selected
from partners.views.past import in_the_past, page_of_the_past


@require_safe
@in_the_past
def picture_file(request, kind: PictureKind, ending: str):
    """A picture of a selection; 400 with what is allowed for parameters that are not understood."""
    selection = selected(request, kind.noun, {})
    if problems := [*selection.problems, *too_many(kind, selection)]:
        return explain_problems(problems)
    picture = kind.draw(selection.rows, request.as_of.more)
    whose = in_words(selection, str(kind.noun.title)) if selection.is_narrowed() else ""
    link = selection.link(page=None, view="pictures" if kind.noun.is_drawn else None)
    page = reverse(kind.noun.page_route) + link.removesuffix("?")
    return taken(request, picture, ending, kind.name, page, whose)


def too_many(kind: PictureKind, selection: Selection) -> list[Problem]:
    """That a selection has more rows than a picture can show."""
    if not selection.valid or selection.count <= kind.most:
        return []
    message = gettext("This selection is too large for a picture. Allowed: up to %(most)d, so add a filter.")
    return [Problem(kind.noun.counted(selection.count), message % {"most": kind.most})]


@require_safe
@page_of_the_past
def when_file(request, slug: str, ending: str):
    """When a partner agreed what, as a picture."""
    organization = get_object_or_404(Organization.objects.partners(), slug=slug)
    context = dated_agreements(organization)
    strip = context["when"]
    title = gettext("When: %s") % organization.name
    picture = picture_of_strip(title, takeaway_of_strip(strip), strip, context["when_notes"])
    return taken(
        request, picture, ending, f"{slug}-when", organization.get_absolute_url() + request.as_of.query
    )


def taken(request, picture: Picture, ending: str, name: str, page: str, whose: str = "") -> HttpResponse:
    """A picture as a file of a name; `page` is where it is shown, `whose` the selection in words."""
    if request.as_of:
        name += f"-revision-{request.as_of.revision.number}"
    if ending == "csv":
        columns = [Column(name=each, title=each, description="") for each in picture.columns]
        return csv_response(write_csv(columns, map(list, picture.rows)), name, stream=False)
    address = request.build_absolute_uri(page)
    site = without_isolates(site_name(Programme.objects.first()))
    foot = [whose, source_line(request), f"{site}: {address}"]
    if settings.DATA_LICENCE:
        foot.append(gettext("License: %s") % settings.DATA_LICENCE)
    title, takeaway = without_isolates(picture.title), without_isolates(picture.takeaway)
    sheet = sheet_of(picture.drawing, title, takeaway, list(filter(None, foot)))
    if ending == "png":
        answer = HttpResponse(png_of(sheet), content_type="image/png")
    else:
        answer = HttpResponse(
            svg_of(sheet, request.build_absolute_uri("/").rstrip("/")), content_type="image/svg+xml"
        )
    answer["Content-Disposition"] = f'inline; filename="{name}.{ending}"'
    return answer


def source_line(request) -> str:
    """From how many sources a picture is made, and of when that is."""
    count = Source.objects.published().count()
    since = getattr(request, "data_since", None)
    day = request.as_of.words or (since and date_format(since, "j F Y"))
    if not day:
        text = ngettext(
            "Source: this directory’s one source.", "Source: this directory’s %(sources)s sources.", count
        )
        return text % {"sources": count}
    text = ngettext(
        "Source: this directory’s one source, as of %(day)s.",
        "Source: this directory’s %(sources)s sources, as of %(day)s.",
        count,
    )
    return text % {"sources": count, "day": day}
