"""The frame of the curators' desk: where one can go from every page of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django import template
from django.conf import settings
from django.contrib import admin
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from partners.admin.import_forms import kinds_for
from partners.admin.signin.frame import ends_anyway, seconds_left
from partners.admin.waiting import publishable_models
from partners.models import Proposal, Revision, Source

register = template.Library()


@dataclass(frozen=True)
class Place:
    """A part of the desk, and whether the page belongs to it."""

    label: str
    url: str
    is_here: bool


@register.simple_tag(takes_context=True)
def desk_links(context) -> list[Place]:
    """The parts of the desk that somebody may see: the work, the lists of records, what is proposed, what happened."""
    request = context["request"]
    work = reverse("admin:index")
    places = [Place(_("Work"), work, request.path == work)]
    places += lists_of(request, [*publishable_models(), Source])
    if kinds_for(request.user):
        url = reverse("admin:imports")
        places.append(Place(_("Import"), url, request.path.startswith(url)))
    return [*places, *lists_of(request, [Proposal, Revision])]


def lists_of(request, kinds) -> Iterator[Place]:
    """The lists of some kinds of records that somebody may see."""
    for model in kinds:
        if admin.site.get_model_admin(model).has_view_permission(request):
            url = reverse(f"admin:partners_{model._meta.model_name}_changelist")
            label = _("Journal") if model is Revision else capfirst(model._meta.verbose_name_plural)
            yield Place(label, url, request.path.startswith(url))


@register.simple_tag(takes_context=True)
def session_limits(context) -> dict[str, int | bool]:
    """Seconds without anything done after which somebody is signed out, and those that are left now; whether these are
    the last, whatever he does."""
    request = context["request"]
    return {
        "idle": settings.IDLE_MINUTES * 60,
        "left": seconds_left(request),
        "is_final": ends_anyway(request),
    }
