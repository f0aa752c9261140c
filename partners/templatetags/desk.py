"""The frame of the curators' desk: where one can go from every page of it."""

from dataclasses import dataclass

from django import template
from django.contrib import admin
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

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
    for model in [*publishable_models(), Source, Proposal, Revision]:
        if admin.site.get_model_admin(model).has_view_permission(request):
            url = reverse(f"admin:partners_{model._meta.model_name}_changelist")
            label = _("Journal") if model is Revision else capfirst(model._meta.verbose_name_plural)
            places.append(Place(label, url, request.path.startswith(url)))
    return places
