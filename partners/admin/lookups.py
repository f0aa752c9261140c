"""What the form of a record asks while somebody types: sources, their text, records like it, names of organizations."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Model, Q, TextField
from django.http import Http404, JsonResponse, QueryDict
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from partners.admin.likeness import address
from partners.admin.pickers import is_key, label_for_picker
from partners.admin.source_bar import (
    NOT_ALLOWED,
    details_of,
    facts_of_site,
    looks_like_address,
    sources_called,
)
from partners.changes.likeness import records_alike, traits_of
from partners.folding import fold
from partners.links.addresses import Forbidden
from partners.links.fetching import Limits, NoAnswer, fetch
from partners.links.page_texts import keep_text
from partners.links.reading import facts_of_page, text_of_page
from partners.models import Judgement, Organization, Source
from partners.models.fields import DerivedKey

# Somebody waits for it.
PATIENCE = Limits(seconds=8, size=3_000_000, redirects=5)
LONGEST_TEXT = 100_000
MOST_OFFERED_PARTIES = 10
MOST_ALIKE = 5


def lookup_urls() -> list:
    """The addresses that the form of a record asks."""
    view = admin.site.admin_view
    return [
        path("sources/known/", view(known_sources_view), name="known_sources"),
        path("sources/read/", view(read_source_view), name="read_source"),
        path("alike/<str:kind>/", view(alike_view), name="alike"),
        path("organizations/named/", view(named_view), name="named"),
    ]


def source_in_short(source: Source) -> dict:
    return {"token": str(source.pk), "title": source.title, "details": details_of(source), "url": source.url}


@require_safe
def known_sources_view(request):
    """The source at an address, or what is known of its site; else the sources with these words in their titles."""
    if not admin.site.get_model_admin(Source).has_view_permission(request):
        raise PermissionDenied
    asked = request.GET.get("q", "").replace("\0", "").strip()
    known = Source.objects.at(asked)
    if known:
        return JsonResponse({"known": source_in_short(known)})
    if looks_like_address(asked) and not admin.site.get_model_admin(Source).has_add_permission(request):
        return JsonResponse({"offered": [], "problem": str(NOT_ALLOWED)})
    if looks_like_address(asked):
        return JsonResponse({"new": {"url": asked} | facts_of_site(asked)})
    found = list(sources_called(asked)) if asked else []
    problem = "" if found else _("Paste the address of the page, or words of the title of a source.")
    return JsonResponse({"offered": [source_in_short(each) for each in found], "problem": problem})


@require_POST
def read_source_view(request):
    """The text of the page at an address, and the title and the day that it gives itself."""
    if not admin.site.get_model_admin(Source).has_view_permission(request):
        raise PermissionDenied
    try:
        fetched = fetch(request.POST.get("url", ""), limits=PATIENCE)
    except (Forbidden, NoAnswer) as error:
        return JsonResponse({"problem": _("The page could not be read: %s.") % error})
    text = text_of_page(fetched.headers, fetched.body) if fetched.status < 400 else ""
    if not text:
        problem = _(
            "The page has no text that can be read here (it answered %d). Open it, and paste its text."
        )
        return JsonResponse({"problem": problem % fetched.status})
    if fetched.is_whole:
        keep_text(request.POST["url"], text)
    return JsonResponse({"text": text[:LONGEST_TEXT]} | facts_of_page(fetched.headers, fetched.body))


@require_safe
def alike_view(request, kind: str):
    """Records that may be the same as the one whose values are typed."""
    model = next((each for each in admin.site._registry if each._meta.model_name == kind), None)
    screen = model and admin.site.get_model_admin(model)
    if not model or not getattr(screen, "alike_fields", ()):
        raise Http404
    if not screen.has_view_permission(request):
        raise PermissionDenied
    record = as_typed(model, request.GET)
    judged = Judgement.objects.judged(record) if record.pk else ()
    same = {name: getattr(record, name) for name in screen.identifiers if getattr(record, name)}
    having = Q.create(list(same.items()), connector=Q.OR)
    found = list(model._base_manager.filter(having).exclude(pk=record.pk)) if same else []
    found += [each for each in records_alike(record, traits_of(record)) if each not in found]
    shown = [each for each in found if each.pk not in judged][:MOST_ALIKE]
    return JsonResponse(
        {"alike": [{"key": each.pk, "label": label_for_picker(each), "url": address(each)} for each in shown]}
    )


def as_typed(model: type[Model], typed: QueryDict) -> Model:
    """A record, not saved, with the texts that somebody types, and under the key `but` of the one that is changed."""
    columns = [field for field in model._meta.concrete_fields if isinstance(field, CharField | TextField)]
    texts = {each.name: typed[each.name].replace("\0", "") for each in columns if each.name in typed}
    key = typed.get("but", "")
    record = model(pk=int(key) if is_key(key) else None, **texts)
    for column in columns:
        if isinstance(column, DerivedKey):
            column.pre_save(record, add=True)
    return record


@require_safe
def named_view(request):
    """Organizations whose names have some words, for the names of parties."""
    screen = admin.site.get_model_admin(Organization)
    if not screen.has_view_permission(request):
        raise PermissionDenied
    words = request.GET.get("q", "").replace("\0", "")
    found, _distinct = screen.get_search_results(
        request, Organization.objects.order_by("name_key", "pk"), words
    )
    rows = list(found[:MOST_OFFERED_PARTIES]) if fold(words) else []
    return JsonResponse(
        {"named": [{"name": each.name, "type": each.type, "label": label_for_picker(each)} for each in rows]}
    )
