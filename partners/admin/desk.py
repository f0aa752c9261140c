"""The pages of the desk that belong to no kind of record: the work, taking it, the gaps, the search over everything."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from partners.admin import waiting
from partners.admin.everything import search_view
from partners.admin.gaps import GAPS, page_of_gaps
from partners.admin.lookups import lookup_urls
from partners.admin.pickers import is_key
from partners.admin.verifying import unverified_view, verify_view
from partners.admin.work import work_of
from partners.models import Citation, OpenForm


def desk_urls() -> list:
    """The addresses of these pages."""
    view = admin.site.admin_view
    return [
        path("work/take/", view(take_view), name="take"),
        path("gaps/", view(gaps_view), name="gaps"),
        path("search/", view(search_view), name="everything"),
        path("open/", view(open_view), name="open"),
        path("unverified/", view(unverified_view), name="unverified"),
        path("verify/", view(verify_view), name="verify"),
        *lookup_urls(),
    ]


@require_POST
def take_view(request):
    """Take something that waits, or give it back; leads back to the list."""
    returns = "given_back" in request.POST
    kind, _space, key = request.POST.get("given_back" if returns else "waiting", "").partition(" ")
    if kind not in waiting.kinds_of_work() or not is_key(key):
        raise Http404
    if not waiting.may_decide(request.user, kind):
        raise PermissionDenied
    if not waiting.waiting_of(request, kind).filter(pk=key).exists():
        raise Http404
    decide = waiting.give_back if returns else waiting.take
    decide(request.user, kind, int(key))
    query = request.POST.get("query", "")
    return HttpResponseRedirect(reverse("admin:index") + (f"?{query}" if query else ""))


@require_POST
def open_view(request):
    """Somebody has the form of a record open, or leaves it; answers who else has it open."""
    kind, key = request.POST.get("kind", ""), request.POST.get("key", "")
    model = next((model for model in admin.site._registry if model._meta.model_name == kind), None)
    if model is None or not is_key(key):
        raise Http404
    model_admin = admin.site.get_model_admin(model)
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    if model_admin.get_object(request, key) is None:
        raise Http404
    if "left" in request.POST:
        OpenForm.leave(kind, int(key), request.user)
        return JsonResponse({"others": []})
    others = OpenForm.touch(kind, int(key), request.user)
    return JsonResponse({"others": [{"name": each.name_of_who, "since": each.since} for each in others]})


def gaps_view(request):
    """The published values that lack evidence, page by page."""
    if not waiting.may_view(request, Citation):
        raise PermissionDenied
    lacking = request.GET.get("lacks", "evidence")
    if lacking not in GAPS:
        raise Http404
    page, rows = page_of_gaps(lacking, request.GET.get("page"))
    context = admin.site.each_context(request) | {
        "title": GAPS[lacking],
        "lacking": lacking,
        "gaps": GAPS,
        "page": page,
        "rows": rows,
    }
    return TemplateResponse(request, "admin/gaps.html", context)


def work_context(request) -> dict:
    """What the first page of the desk shows."""
    return {"title": _("Work"), "work": work_of(request)}
