"""What needs work, by queues; how the records stand; what happened last: the side of the first page of the desk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.contrib import admin
from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.admin.addresses_asked import IS_OF_NOW
from partners.admin.base import changelist_url
from partners.admin.filters import WITHOUT_PUBLISHED_PARTNER, anything_of, only_earlier
from partners.admin.gaps import GAPS, count_gaps
from partners.admin.verifying import count_unverified
from partners.admin.waiting import may_view, publishable_models
from partners.changes.words import names_then_or_now
from partners.curation_vocabularies import LinkState
from partners.models import Agreement, Change, Citation, DataVersion, Revision, Source
from partners.models.belonging import model_named
from partners.vocabularies import PublicationState

LATEST = 8

# The queues -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Need:
    """A queue: how long it is, what it is about, and where it stands."""

    label: str
    count: int
    url: str
    note: str = ""
    parts: Sequence[tuple[str, str]] = ()


def needs(request) -> list[Need]:
    """The queues that somebody may see."""
    found = [*incomplete(request)]
    version = DataVersion.current()
    if may_view(request, Citation):
        address, counted = reverse("admin:gaps"), count_gaps(version)
        found += [
            Need(label, counted[lacking], f"{address}?lacks={lacking}") for lacking, label in GAPS.items()
        ]
        earlier = count_for_earlier(version)
        found.append(
            Need(
                _("Cited for an earlier value only"), earlier, changelist_url(Citation, "holds=only_earlier")
            )
        )
    if kinds := [model for model in publishable_models() if may_view(request, model)]:
        due = count_unverified(kinds)
        found.append(Need(_("Not verified for a year"), due, reverse("admin:unverified")))
    if Agreement in publishable_models() and may_view(request, Agreement):
        query = "publication_state__exact=published&lacks=published_partner"
        hidden = Agreement.objects.filter(WITHOUT_PUBLISHED_PARTNER, publication_state="published").count()
        found.append(
            Need(
                _("Published agreements that no reader sees"),
                hidden,
                changelist_url(Agreement, query),
                _("None of their partners is published."),
            )
        )
    return found + (asked_links(request) if may_view(request, Source) else [])


@lru_cache(maxsize=2)
def count_for_earlier(data_version: int) -> int:
    """How many citations are all that a published value has, and for another value; once for each state of the data."""
    lapsed = Citation.objects.filter(supports_current=False)
    return lapsed.filter(only_earlier()).count() if lapsed.exists() else 0


def incomplete(request) -> Iterator[Need]:
    """For each kind of record, the published ones that lack something, and what that is."""
    version = DataVersion.current()
    for model in publishable_models():
        if may_view(request, model):
            total, parts = count_incomplete(model, version)
            published = "publication_state__exact=published"
            yield Need(
                _("Incomplete: %s") % model._meta.verbose_name_plural,
                total,
                changelist_url(model, f"{published}&lacks=anything"),
                parts=[
                    (f"{label} ({count})", changelist_url(model, f"{published}&lacks={value}"))
                    for value, label, count in parts
                ],
            )


@lru_cache(maxsize=16)
def count_incomplete(model, data_version: int) -> tuple[int, list[tuple[str, str, int]]]:
    """How many published records lack something, and how many lack what; once for each state of the data."""
    conditions = admin.site.get_model_admin(model).lacks
    published = model.objects.filter(publication_state=PublicationState.PUBLISHED).order_by()
    counted = published.aggregate(
        anything=Count("pk", filter=anything_of(conditions)),
        **{f"of_{value}": Count("pk", filter=condition) for value, (_label, condition) in conditions.items()},
    )
    parts = [(value, label, counted[f"of_{value}"]) for value, (label, _condition) in conditions.items()]
    return counted["anything"], [part for part in parts if part[2]]


def asked_links(request) -> list[Need]:
    """What the addresses of sources answered."""
    states = {LinkState.CHANGED: _("Quotes that no longer match"), LinkState.DEAD: _("Dead links")}
    counts = Source.objects.aggregate(
        **{state: Count("pk", IS_OF_NOW & Q(link_check__state=state)) for state in states},
        unasked=Count("pk", ~Q(url="") & (Q(link_check=None) | ~IS_OF_NOW)),
    )
    unasked = (
        ngettext(
            "%d address was not asked yet; the command check_links asks it.",
            "%d addresses were not asked yet; the command check_links asks them.",
            counts["unasked"],
        )
        % counts["unasked"]
        if counts["unasked"]
        else ""
    )
    return [
        Need(
            label,
            counts[state],
            changelist_url(Source, f"link={state}"),
            unasked if state == LinkState.DEAD else "",
        )
        for state, label in states.items()
    ]


# The state of the records, the latest changes --------------------------------------------------------------------------


def states_of_records(request) -> list[tuple[str, list[tuple[int, str]]]]:
    """For each kind of record, how many stand in each state, with the list of them."""
    found = []
    for model in publishable_models():
        if may_view(request, model):
            counted = dict(model.objects.order_by().values_list("publication_state").annotate(Count("pk")))
            cells = [
                (counted.get(state, 0), changelist_url(model, f"publication_state__exact={state}"))
                for state in PublicationState.values
            ]
            found.append((capfirst(model._meta.verbose_name_plural), cells))
    return found


def latest(request) -> list[tuple[Revision, str]]:
    """The newest revisions, each with the record that it was about, and how many more it touched."""
    if not may_view(request, Revision):
        return []
    revisions = list(Revision.objects.order_by("-number")[:LATEST])
    touched = (
        Change.objects.filter(revision__in=[each.number for each in revisions])
        .order_by()
        .values_list("revision", "model")
        .annotate(first=Min("record"), count=Count("record", distinct=True))
    )
    found: dict[int, list[tuple[str, int, int]]] = {}
    for number, *rest in touched:
        found.setdefault(number, []).append(tuple(rest))
    names = names_of_first(found.values())
    return [(each, subject_of(found.get(each.number, []), names)) for each in revisions]


def names_of_first(touched) -> dict[tuple[str, int], str]:
    keys: dict[str, set[int]] = {}
    for model, first, _count in (each for those in touched for each in those):
        keys.setdefault(model, set()).add(first)
    return {
        (model, key): name
        for model, those in keys.items()
        for key, name in names_then_or_now(model_named(model), those).items()
    }


def subject_of(touched: list[tuple[str, int, int]], names: dict[tuple[str, int], str]) -> str:
    """What a revision was about, in words."""
    if not touched:
        return ""
    model, first, _count = min(touched, key=lambda each: each[2])
    more = sum(count for _model, _first, count in touched) - 1
    name = names.get((model, first), "")
    return (
        ngettext("%(name)s and %(count)d more", "%(name)s and %(count)d more", more)
        % {
            "name": name,
            "count": more,
        }
        if more
        else name
    )
