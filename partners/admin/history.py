"""What happened, in curation: the history of a record, every revision under an address of its own, and taking back."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from partners.admin.cells import CellTable
from partners.admin.step_cells import WaysBack, table_of_steps
from partners.changes.history import RevisionSteps, RowStep, steps_between
from partners.changes.narrowing import Narrowing, authors_of, cells_of_record, narrowed_history
from partners.changes.past import last_without_rows
from partners.changes.undoing import cells_now
from partners.changes.words import STEP_KINDS, CellLine, StepWords, kind_of_rows, title_in
from partners.curation_vocabularies import Operation, Via
from partners.models import Change, Revision
from partners.models.belonging import model_named

REVISIONS_SHOWN = 25
# A revision can have as many as a file has rows.
STEPS_SHOWN = 200

# The words of cells --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StepLine:
    """A step, as people read it: what row it is about, and its cells."""

    step: RowStep
    title: str
    kind: str
    cells: list[CellLine]
    record: str
    record_url: str


def step_line(step: RowStep, words: StepWords) -> StepLine:
    name, key = min(step.records)
    owner = model_named(name)
    url = reverse(f"admin:partners_{name}_history", args=[key]) if admin.site.is_registered(owner) else ""
    return StepLine(
        step, words.row(step), STEP_KINDS[step.kind], words.cells(step), words.record(name, key), url
    )


def lines_of(found: RevisionSteps, words: StepWords) -> list[StepLine]:
    """The steps of a revision as people read them; those that changed nothing that people know are left out."""
    return [step_line(step, words) for step in found.steps if step.shown()]


def tables_of(
    found: Iterable[RevisionSteps], may_take_back: bool, narrowing: Narrowing
) -> list[tuple[Revision, CellTable]]:
    """Revisions, the newest first, each with the table of its cells that are asked for and the way back of each."""
    found = list(found)
    words = StepWords(step for each in found for step in each.steps)
    ways = WaysBack(may_take_back, cells_now(step for each in found for step in each.steps))
    return [
        (
            each.revision,
            table_of_steps(
                _("Revision %d") % each.revision.number,
                [step for step in each.steps if narrowing.shown_of(step)],
                words,
                ways.of(each.revision, each.steps),
                narrowing.shown_of,
            ),
        )
        for each in found
    ]


# The pages -----------------------------------------------------------------------------------------------------------


def number_in(text: str) -> int | None:
    """The number of a revision that an address names; None where it is none that a database can hold."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def narrowing_in(query, model: type[models.Model]) -> Narrowing:
    """Which revisions an address asks for; what it says otherwise is passed over."""
    cells = {each.name: each for each in cells_of_record(model)}
    via = query.get("via", "")
    return Narrowing(
        cells.get(query.get("cell", "")),
        query.get("by", "").replace("\0", "").strip(),
        via if via in Via.values else "",
    )


def filters_of(
    record: models.Model, narrowing: Narrowing
) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """What can be asked of a history, each with its name in an address, what is asked for now, and what is offered:
    those who did change the record, and the ways by which that came."""
    names, ways = authors_of(record)
    cell = narrowing.cell.name if narrowing.cell else ""
    offered = [
        (each.name, capfirst(str(each.column.verbose_name)) if each.column else kind_of_rows(each.model))
        for each in cells_of_record(type(record))
    ]
    asked = [narrowing.by] if narrowing.by and narrowing.by not in names else []
    return [
        ("cell", _("Cell"), cell, [("", _("Any")), *offered]),
        ("by", _("By"), narrowing.by, [("", _("Anybody")), *((name, name) for name in [*names, *asked])]),
        (
            "via",
            _("Via"),
            narrowing.via,
            [("", _("Any way")), *(each for each in Via.choices if each[0] in {*ways, narrowing.via})],
        ),
    ]


class HistoryPages:
    """For the ModelAdmin of a kind of record: its history comes from the journal, and what was deleted comes back."""

    def get_urls(self):
        name = f"partners_{self.opts.model_name}_deleted"
        return [
            path("deleted/", self.admin_site.admin_view(self.deleted_view), name=name),
            *super().get_urls(),
        ]

    def history_view(self, request, object_id, extra_context=None):
        record = self.get_object(request, object_id)
        if record is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(object_id))
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        if "from" in request.GET:
            return self.comparison(request, record)
        before = number_in(request.GET.get("before", ""))
        newest = None if before is None else before - 1
        narrowing = narrowing_in(request.GET, self.model)
        found = narrowed_history(record, narrowing, newest, most=REVISIONS_SHOWN + 1)
        may_take_back = self.has_change_permission(request, record)
        context = self.admin_site.each_context(request) | {
            "title": _("Change history: %s") % record,
            "subtitle": None,
            "opts": self.opts,
            "object": record,
            "module_name": str(capfirst(self.opts.verbose_name_plural)),
            "revisions": tables_of(found[:REVISIONS_SHOWN], may_take_back, narrowing),
            "narrowing": narrowing,
            "is_narrowed": narrowing != Narrowing(),
            "filters": filters_of(record, narrowing),
            "older": found[REVISIONS_SHOWN - 1].revision.number if len(found) > REVISIONS_SHOWN else None,
            "may_take_back": may_take_back,
            "public_page": self.view_on_site(record) if callable(self.view_on_site) else "",
            "may_compare": len(found) > 1,
            "horizon": last_without_rows(),
        }
        return TemplateResponse(request, "admin/record_history.html", context | (extra_context or {}))

    def comparison(self, request, record):
        """The record at two moments of its history: at the end of two revisions."""
        ends = [number_in(request.GET.get(name, "")) for name in ("from", "to")]
        if None in ends:
            raise Http404
        first, last = sorted(ends)
        horizon = last_without_rows()
        is_kept = not horizon or horizon.number <= first
        steps = [step for step in steps_between(record, first, last) if step.shown()] if is_kept else []
        words = StepWords(steps)
        context = self.admin_site.each_context(request) | {
            "title": _("%(record)s: from revision %(first)d to revision %(last)d")
            % {"record": record, "first": first, "last": last},
            "opts": self.opts,
            "object": record,
            "module_name": str(capfirst(self.opts.verbose_name_plural)),
            "ends": Revision.objects.in_bulk([first, last]),
            "horizon": None if is_kept else horizon,
            "table": table_of_steps(_("What differs"), steps, words),
        }
        return TemplateResponse(request, "admin/record_comparison.html", context)

    def deleted_view(self, request):
        """The records of this kind that were deleted, the latest first, each with the way back."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        name = self.opts.model_name
        gone = Change.objects.filter(table=name, model=name, operation=Operation.DELETE)
        gone = gone.exclude(row__in=self.model._base_manager.values("pk")).select_related("revision")
        latest = {change.row: change for change in gone.order_by("pk")}
        lines = [
            (title_in(self.model, change.before), change)
            for change in sorted(latest.values(), key=lambda change: -change.pk)[:STEPS_SHOWN]
        ]
        context = self.admin_site.each_context(request) | {
            "title": _("Deleted %s") % self.opts.verbose_name_plural,
            "opts": self.opts,
            "lines": lines,
            "horizon": last_without_rows(),
        }
        return TemplateResponse(request, "admin/deleted_records.html", context)
