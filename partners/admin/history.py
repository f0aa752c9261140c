"""What happened, in curation: the history of a record, every revision under an address of its own, and taking back."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from partners.changes.history import RevisionSteps, RowStep, history_of, steps_between
from partners.changes.past import last_without_rows
from partners.changes.words import STEP_KINDS, CellLine, StepWords, title_in
from partners.models import Change, Revision
from partners.models.belonging import model_named
from partners.vocabularies import Operation

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


def lines_of(found: Iterable[RevisionSteps]) -> list[tuple[Revision, list[StepLine]]]:
    """Revisions with their steps as people read them; steps that changed nothing that people know are left out."""
    found = list(found)
    words = StepWords(step for each in found for step in each.steps)
    return [
        (each.revision, [step_line(step, words) for step in each.steps if step.shown()]) for each in found
    ]


# The pages -----------------------------------------------------------------------------------------------------------


def number_in(text: str) -> int | None:
    """The number of a revision that an address names; None where it is none that a database can hold."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


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
        found = history_of(record, newest, most=REVISIONS_SHOWN + 1)
        context = self.admin_site.each_context(request) | {
            "title": _("Change history: %s") % record,
            "subtitle": None,
            "opts": self.opts,
            "object": record,
            "module_name": str(capfirst(self.opts.verbose_name_plural)),
            "revisions": lines_of(found[:REVISIONS_SHOWN]),
            "older": found[REVISIONS_SHOWN - 1].revision.number if len(found) > REVISIONS_SHOWN else None,
            "may_take_back": self.has_change_permission(request, record),
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
            "lines": [step_line(step, words) for step in steps],
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
