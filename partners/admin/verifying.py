"""Verified today: a curator has held a record against its sources. What readers see does not change by it."""

import datetime
from collections.abc import Iterator
from functools import lru_cache

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.db.models import F, Q, Value
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from partners.admin.base import change_url
from partners.admin.pickers import is_key
from partners.admin.waiting import may_view, publishable_models
from partners.changes.history import RowStep
from partners.changes.planning import ChangePlan
from partners.curation_vocabularies import Via
from partners.models import DataVersion, Publishable, Revision
from partners.models.validators import today
from partners.tables.recurring import VERIFIED
from partners.vocabularies import PublicationState

# After so many days a record is due again.
DAYS_GOOD_FOR = 365
ROWS_OF_UNVERIFIED = 50
MOST_AT_ONCE = 500


def not_verified_since(day: datetime.date) -> Q:
    """That nobody has verified a record since a day, as far as is known."""
    return Q(**{f"{VERIFIED.name}__isnull": True}) | Q(**{f"{VERIFIED.name}__lt": day})


def due() -> Q:
    return not_verified_since(today() - datetime.timedelta(DAYS_GOOD_FOR))


def unverified(model: type[Publishable]) -> models.QuerySet:
    """The published records of a kind that nobody has verified for a year."""
    return model.objects.filter(due(), publication_state=PublicationState.PUBLISHED)


def count_unverified(models_seen: list[type[Publishable]]) -> int:
    """How many there are; counted once for each state of the data and each day."""
    return sum(counted_unverified(model, DataVersion.current(), today()) for model in models_seen)


@lru_cache(maxsize=16)
def counted_unverified(model: type[Publishable], data_version: int, day: datetime.date) -> int:
    return unverified(model).order_by().count()


def plan_of_verifying(records: list[models.Model]) -> ChangePlan:
    """What it takes to note that all of these were verified today; nothing for those of which it is noted."""
    steps = []
    for record in records:
        before = getattr(record, VERIFIED.name)
        if before != today():
            about = frozenset({(record._meta.model_name, record.pk)})
            values = ({VERIFIED.name: before}, {VERIFIED.name: today()})
            steps.append(RowStep(type(record), record.pk, about, *values))
    return ChangePlan(Via.LIST if len(steps) > 1 else Via.FORM, Revision.newest(), steps)


# The pages ------------------------------------------------------------------------------------------------------------


@require_POST
def verify_view(request):
    """Note that records were verified today, and lead back to where the button was pressed."""
    plan = plan_of_verifying(list(records_named(request)))
    if plan.steps:
        revision = plan.apply(user=request.user, why=_("Verified")).revision
        tell_verified(request, len(plan.steps), revision)
    else:
        messages.info(request, _("This was noted today already."))
    onward = request.POST.get("next", "")
    is_own = url_has_allowed_host_and_scheme(onward, {request.get_host()}, request.is_secure())
    return HttpResponseRedirect(onward if is_own else reverse("admin:unverified"))


def records_named(request) -> Iterator[models.Model]:
    """The records that somebody has named, each as "kind key". Raises PermissionDenied where he may not change one."""
    named: dict[str, set[int]] = {}
    for each in request.POST.getlist("verified")[:MOST_AT_ONCE]:
        kind, _space, key = each.partition(" ")
        if not is_key(key):
            raise Http404
        named.setdefault(kind, set()).add(int(key))
    kinds = {model._meta.model_name: model for model in publishable_models()}
    if not named or named.keys() - kinds.keys():
        raise Http404
    for kind, keys in named.items():
        screen = admin.site.get_model_admin(kinds[kind])
        if not screen.has_change_permission(request):
            raise PermissionDenied
        found = list(screen.get_queryset(request).filter(pk__in=keys))
        if len(found) != len(keys):
            raise Http404
        yield from found


def tell_verified(request, count: int, revision: int | None) -> None:
    told = (
        ngettext("%d record is verified as of today.", "%d records are verified as of today.", count) % count
    )
    if revision:
        url = reverse("admin:partners_revision_change", args=[revision])
        told = format_html('{} <a href="{}">{}</a>', told, url, _("See it, or take it back"))
    messages.success(request, told)


def unverified_view(request):
    """The published records that nobody has verified for a year, page by page: never verified ones first, then the oldest."""
    kinds = [model for model in publishable_models() if may_view(request, model)]
    if not kinds:
        raise PermissionDenied
    parts = [
        unverified(model)
        .order_by()
        .annotate(of_kind=Value(model._meta.model_name))
        .values_list("of_kind", "pk", VERIFIED.name)
        for model in kinds
    ]
    found = parts[0].union(*parts[1:], all=True)
    page = CountedOnce(found.order_by(F(VERIFIED.name).asc(nulls_first=True), "of_kind", "pk"), kinds)
    page = page.get_page(request.GET.get("page"))
    context = admin.site.each_context(request) | {
        "title": _("Not verified for a year"),
        "page": page,
        "rows": rows_of_unverified(request, page.object_list),
    }
    return TemplateResponse(request, "admin/unverified.html", context)


class CountedOnce(Paginator):
    """Pages of records that are counted once for each state of the data."""

    def __init__(self, found, kinds: list[type[Publishable]]):
        super().__init__(found, ROWS_OF_UNVERIFIED)
        self.kinds = kinds

    @property
    def count(self) -> int:
        return count_unverified(self.kinds)


def rows_of_unverified(request, found) -> list[dict]:
    found = list(found)
    keys: dict[str, set[int]] = {}
    for kind, key, _day in found:
        keys.setdefault(kind, set()).add(key)
    kinds = {model._meta.model_name: model for model in publishable_models()}
    records = {kind: kinds[kind].objects.in_bulk(those) for kind, those in keys.items()}
    may = {kind: admin.site.get_model_admin(kinds[kind]).has_change_permission(request) for kind in keys}
    return [
        {
            "record": records[kind][key],
            "url": change_url(records[kind][key]),
            "kind": capfirst(kinds[kind]._meta.verbose_name),
            "name": f"{kind} {key}",
            "day": day,
            "may": may[kind],
        }
        for kind, key, day in found
        if key in records[kind]
    ]
