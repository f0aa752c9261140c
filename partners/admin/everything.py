"""The search over everything: the same search run over each list that somebody may see."""

from dataclasses import dataclass

from django.contrib import admin
from django.db import models
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from partners.admin.base import change_url
from partners.admin.waiting import publishable_models
from partners.models import Proposal, Revision, Source

HITS_SHOWN = 8


@dataclass(frozen=True)
class FoundIn:
    """What was found in one list: the first records, whether there are more, and the list itself."""

    label: str
    records: list[tuple[str, str]]
    has_more: bool
    url: str


def search_view(request):
    """What stands anywhere in curation and has all the words."""
    # PostgreSQL takes no NUL in a question.
    words = request.GET.get("q", "").replace("\0", "").strip()
    context = admin.site.each_context(request) | {
        "title": _("Search"),
        "everything": words,
        "found": list(found_by_list(request, words)) if words else [],
    }
    return TemplateResponse(request, "admin/everything.html", context)


def found_by_list(request, words: str):
    for model in searched_models():
        model_admin = admin.site.get_model_admin(model)
        if not model_admin.has_view_permission(request):
            continue
        first = first_hits(request, model_admin, words, HITS_SHOWN + 1)
        if first:
            address = reverse(f"admin:partners_{model._meta.model_name}_changelist")
            yield FoundIn(
                capfirst(model._meta.verbose_name_plural),
                [(str(each), change_url(each)) for each in first[:HITS_SHOWN]],
                len(first) > HITS_SHOWN,
                f"{address}?{urlencode({'q': words})}",
            )


def first_hits(request, model_admin, words: str, most: int) -> list[models.Model]:
    """The first records of a list that hold all words; those that hold them themselves, where many do."""
    rows = model_admin.get_queryset(request)
    soon = getattr(model_admin, "soon_found", None)
    found = list(soon(rows, words).values_list("pk", flat=True)[:most]) if soon else []
    if len(found) < most:
        having, may_repeat = model_admin.get_search_results(request, rows, words)
        having = having.distinct() if may_repeat else having
        found = list(having.values_list("pk", flat=True)[:most])
    # What the list counts beside each row is counted for none of those that are left out.
    named_with = getattr(model_admin, "named_with", ())
    records = model_admin.model._base_manager.select_related(*named_with).in_bulk(found)
    return [records[key] for key in found if key in records]


def searched_models() -> list:
    """The kinds of things that have a list which can be searched: those that readers see first."""
    first = [*publishable_models(), Source, Proposal, Revision]
    others = [model for model in admin.site._registry if model._meta.app_label == "partners"]
    return [
        model for model in dict.fromkeys([*first, *others]) if admin.site.get_model_admin(model).search_fields
    ]
