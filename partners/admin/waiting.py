"""What waits for a reviewer and who looks at it, what came back, what was sent."""

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.contrib import admin
from django.core.paginator import Page, Paginator
from django.db.models import CharField, Count, Exists, F, Max, Min, OuterRef, Prefetch, Q, QuerySet, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.admin.base import change_url, changelist_url
from partners.admin.found_in_waiting import (
    MOST_ROWS_LOOKED_AT,
    InShort,
    counted_in_words,
    found_in,
)
from partners.changes.going_live import right_to_publish
from partners.curation_vocabularies import CellState, ProposalEventKind, ProposalState
from partners.findings import Level
from partners.findings.records import FirstRows, findings_in_part
from partners.models import (
    Change,
    Citation,
    Claim,
    Proposal,
    ProposedCell,
    Publishable,
    Revision,
    Source,
)
from partners.models.sources import TARGETS
from partners.vocabularies import PublicationState

ROWS_OF_WORK = 25
RETURNED_SHOWN = 8
# What a reviewer does that can leave cells as they are.
DECISIONS = (ProposalEventKind.DECLINED, ProposalEventKind.PARTLY, ProposalEventKind.APPLIED)
PROPOSAL = Proposal._meta.model_name
# Said of a record that has more rows than are looked at for a list.
MANY_ROWS = gettext_lazy("looked at its first rows only")


def publishable_models() -> list[type[Publishable]]:
    """The kinds of records that are prepared and then published."""
    return [model for model in TARGETS.values() if issubclass(model, Publishable)]


def may_view(request, model) -> bool:
    return admin.site.get_model_admin(model).has_view_permission(request)


# What waits -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WaitingRow:
    """A proposal, or a record that was sent for review."""

    kind: str
    key: int
    title: str
    url: str
    what: str
    by: str
    since: datetime.datetime
    cells: int | None
    error: str
    warning: str
    # How many findings of each level it has: the mark of the level, and words.
    findings: Sequence[tuple[str, str]]
    # How much of it they are of, where it is too large for all of it.
    looked_at: str
    taken_by: str
    is_mine: bool
    may_take: bool


@dataclass(frozen=True)
class Asked:
    """Which of what waits is asked for."""

    whose: str = ""
    kind: str = ""
    by: str = ""
    days: int = 0


WHOSE = {"": gettext_lazy("All"), "mine": gettext_lazy("Mine"), "free": gettext_lazy("Nobody’s")}
AGES = {
    0: gettext_lazy("Any time"),
    2: gettext_lazy("More than 2 days"),
    7: gettext_lazy("More than 7 days"),
}


def asked_in(query) -> Asked:
    """What an address asks for; what it says otherwise is passed over."""
    days = query.get("days", "")
    return Asked(
        query.get("whose", "") if query.get("whose") in WHOSE else "",
        query.get("kind", "") if query.get("kind") in kinds_of_work() else "",
        query.get("by", "").replace("\0", "").strip(),
        int(days) if days.isdecimal() and int(days) in AGES else 0,
    )


def kinds_of_work() -> dict[str, str]:
    """What can wait, by the name of its model."""
    models = [Proposal, *publishable_models()]
    return {model._meta.model_name: capfirst(model._meta.verbose_name_plural) for model in models}


def waiting_of(request, kind: str) -> QuerySet:
    """All of one kind that waits and that somebody may see, with `since`, and whether `is_mine` or `is_taken`."""
    if kind == PROPOSAL:
        found = Proposal.objects.filter(state=ProposalState.OPEN).annotate(since=F("at"))
        if not may_view(request, Proposal):
            found = found.filter(who=request.user.pk)
    else:
        model = next(each for each in publishable_models() if each._meta.model_name == kind)
        found = model.objects.filter(publication_state=PublicationState.IN_REVIEW).annotate(
            since=F("updated_at")
        )
        if not may_view(request, model):
            found = found.none()
    claims = Claim.objects.filter(kind=kind, key=OuterRef("pk"))
    return found.order_by().annotate(
        is_taken=Exists(claims), is_mine=Exists(claims.filter(who=request.user.pk))
    )


def narrowed(found: QuerySet, kind: str, asked: Asked) -> QuerySet:
    if asked.kind and asked.kind != kind or asked.by and kind != PROPOSAL:
        return found.none()
    if asked.by:
        found = found.filter(name_of_who=asked.by)
    if asked.days:
        found = found.filter(since__lt=timezone.now() - datetime.timedelta(days=asked.days))
    return found.filter({"mine": Q(is_mine=True), "free": Q(is_taken=False)}.get(asked.whose, Q()))


def count_waiting(request) -> dict[str, int]:
    """How much waits in all, how much of it somebody has taken, and how much nobody."""
    totals = dict.fromkeys(WHOSE, 0)
    for kind in kinds_of_work():
        counted = waiting_of(request, kind).aggregate(
            all=Count("pk"), mine=Count("pk", Q(is_mine=True)), free=Count("pk", Q(is_taken=False))
        )
        for whose, count in zip(totals, counted.values(), strict=True):
            totals[whose] += count
    return totals


def page_of_work(request, asked: Asked) -> tuple[Page, list[WaitingRow]]:
    """A page of what waits, the longest waiting first."""
    parts = [
        narrowed(waiting_of(request, kind), kind, asked)
        .annotate(what_kind=Value(kind, output_field=CharField()))
        .values_list("what_kind", "pk", "since")
        for kind in kinds_of_work()
    ]
    found = parts[0].union(*parts[1:], all=True).order_by("since", "what_kind", "pk")
    page = Paginator(found, ROWS_OF_WORK).get_page(request.GET.get("page"))
    return page, list(rows_of_work(request, page.object_list))


def rows_of_work(request, found) -> Iterator[WaitingRow]:
    keys: dict[str, list[int]] = {}
    for kind, key, _since in found:
        keys.setdefault(kind, []).append(key)
    brought = {kind: bring(request, kind, those) for kind, those in keys.items()}
    for kind, key, _since in found:
        if key in brought[kind]:
            yield brought[kind][key]


def bring(request, kind: str, keys: list[int]) -> dict[int, WaitingRow]:
    claims = dict(Claim.objects.filter(kind=kind, key__in=keys).values_list("key", "name_of_who"))
    found = waiting_of(request, kind).filter(pk__in=keys)
    rows = proposal_rows(found) if kind == PROPOSAL else record_rows(found, kind, keys)
    may_take = may_decide(request.user, kind)
    return {
        thing.pk: WaitingRow(
            kind=kind,
            key=thing.pk,
            url=change_url(thing),
            since=thing.since,
            taken_by=claims.get(thing.pk, ""),
            is_mine=thing.is_mine,
            may_take=may_take,
            **words,
        )
        for thing, words in rows
    }


def may_decide(user, kind: str) -> bool:
    """Whether somebody may publish what waits, so that taking it makes sense."""
    models = (
        publishable_models()
        if kind == PROPOSAL
        else [model for model in publishable_models() if model._meta.model_name == kind]
    )
    return any(user.has_perm(right_to_publish(model)) for model in models)


def proposal_rows(found: QuerySet) -> Iterator[tuple[Proposal, dict]]:
    open_cells = Count("cells", Q(cells__state=CellState.OPEN), distinct=True)
    cites = Count("cells", Q(cells__table=Citation._meta.model_name), distinct=True)
    proposals = list(
        found.annotate(
            open_cells=open_cells,
            all_cells=Count("cells", distinct=True),
            given=Count("sources", distinct=True),
            cites=cites,
        )
    )
    looked_at = found_in(
        {each.pk: each.schema for each in proposals}, {each.pk: each.all_cells for each in proposals}
    )
    for proposal in proposals:
        has_source = proposal.given or proposal.cites
        seen = looked_at[proposal.pk]
        yield (
            proposal,
            {
                "title": proposal.title,
                "what": what_is_proposed(proposal),
                "by": proposal.name_of_who,
                "cells": seen.cells if seen.looked_at is None else proposal.open_cells,
                "error": "",
                "warning": "" if has_source else _("no source is given"),
                "findings": counted_in_words(seen.levels),
                "looked_at": part_in_words(seen, proposal.all_cells),
            },
        )


def part_in_words(seen: InShort, of_all: int) -> str:
    """How much of a proposal its findings are of, where it is not all of it."""
    if seen.looked_at is not None:
        return _("looked at %(looked_at)d of %(all)d cells") % {"looked_at": seen.looked_at, "all": of_all}
    return MANY_ROWS if seen.is_of_part else ""


def what_is_proposed(proposal: Proposal) -> str:
    if proposal.merges_into:
        return _("Merge")
    if proposal.undoes:
        return _("Takes back revision %d") % proposal.undoes
    return _("Proposal")


def record_rows(found: QuerySet, kind: str, keys: list[int]) -> Iterator[tuple[Publishable, dict]]:
    last = dict(
        Change.objects.filter(model=kind, record__in=keys)
        .order_by()
        .values_list("record")
        .annotate(last=Max("revision"))
    )
    revisions = Revision.objects.in_bulk(set(last.values()))
    # Of its sources the first says that it has one.
    target = found.model.citation_field()
    cited = Citation.objects.filter(**{f"{target}__in": keys}).order_by().values(target)
    first = Citation.objects.filter(pk__in=cited.annotate(first=Min("pk")).values("first"))
    needed = set(found.model.read_to_publish) - {"citations"}
    records = list(found.prefetch_related(Prefetch("citations", first), *needed))
    looked_at = findings_in_part(records, FirstRows(MOST_ROWS_LOOKED_AT))
    for record in records:
        revision = revisions.get(last.get(record.pk))
        its_findings, is_part = looked_at[record.pk]
        lacking = ", ".join(record.missing_for_publication().values())
        yield (
            record,
            {
                "title": str(record),
                "what": _("New record: %s") % record._meta.verbose_name,
                "by": (revision.name_of_who or revision.get_via_display()) if revision else "",
                "cells": None,
                "error": _("lacks %s") % lacking if lacking else "",
                "warning": "",
                # What it lacks is said in words.
                "findings": counted_in_words(
                    Counter(each.level for each in its_findings if each.level is not Level.ERROR)
                ),
                "looked_at": MANY_ROWS if is_part else "",
            },
        )


def take(user, kind: str, key: int) -> None:
    """Somebody takes what waits upon himself, also from another one. Twice is once."""
    name = (user.get_full_name() or user.get_username())[:150]
    Claim.objects.update_or_create(kind=kind, key=key, defaults={"who": user.pk, "name_of_who": name})


def give_back(user, kind: str, key: int) -> None:
    """Somebody does not look at it any longer; where another one has taken it over meanwhile, that stays so."""
    Claim.objects.filter(kind=kind, key=key, who=user.pk).delete()


# What came back, what was sent -----------------------------------------------------------------------------------------


def returned_to(user) -> list[tuple[Proposal, str]]:
    """The proposals of somebody that were returned, whole or in part, each with the comment that came with it, the newest
    first."""
    left = ProposedCell.objects.filter(proposal=OuterRef("pk"), state=CellState.LEFT)
    is_returned = Q(state=ProposalState.DECLINED) | Q(Exists(left), state=ProposalState.PARTLY)
    mine = Proposal.objects.filter(is_returned, who=user.pk).prefetch_related("events")
    found = []
    for proposal in mine[:RETURNED_SHOWN]:
        said = [each for each in proposal.events.all() if each.kind in DECISIONS]
        found.append((proposal, said[-1] if said else None))
    return found


def sent_by(user) -> tuple[int, str]:
    count = Proposal.objects.filter(who=user.pk, state=ProposalState.OPEN).count()
    return count, changelist_url(Proposal, "state__exact=open&by=me")


def proposers(request) -> list[str]:
    """Whose proposals wait."""
    names = waiting_of(request, PROPOSAL).values_list("name_of_who", flat=True)
    return sorted(set(names))


def new_records(request) -> list[tuple[str, str]]:
    """The forms in which somebody may begin a record."""
    found = []
    for model in [*publishable_models(), Source]:
        if admin.site.get_model_admin(model).has_add_permission(request):
            url = reverse(f"admin:partners_{model._meta.model_name}_add")
            found.append((_("New %s") % model._meta.verbose_name, url))
    return found
