"""What happened, in curation: the history of a record, every revision under an address of its own, and taking back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.changes.history import RevisionSteps, RowStep, filled, history_of, steps_between
from partners.changes.past import last_without_rows
from partners.models import Change, Revision
from partners.models.belonging import is_record, model_named
from partners.vocabularies import Operation

REVISIONS_SHOWN = 25
# A revision can have as many as a file has rows.
STEPS_SHOWN = 200

STEP_KINDS = {
    "added": gettext_lazy("added"),
    "removed": gettext_lazy("removed"),
    "changed": gettext_lazy("changed"),
}

# The words of cells --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CellLine:
    """A cell of a step, as people read it."""

    name: str
    title: str
    before: str
    after: str


@dataclass(frozen=True)
class StepLine:
    """A step, as people read it: what row it is about, and its cells."""

    step: RowStep
    title: str
    kind: str
    cells: list[CellLine]
    record: str
    record_url: str


class StepWords:
    """Names what steps speak of, with a query for each kind of record that they refer to."""

    def __init__(self, steps: Iterable[RowStep]):
        steps = list(steps)
        keys: dict[type[models.Model], set[int]] = {}
        for step in steps:
            for name, key in step.records:
                keys.setdefault(model_named(name), set()).add(key)
            for column in step.shown():
                if column.is_relation:
                    values = (each.get(column.attname) for each in (step.before, step.after) if each)
                    keys.setdefault(column.related_model, set()).update(filter(None, values))
        self.names = {model: names_then_or_now(model, found) for model, found in keys.items()}

    def record(self, name: str, key: int) -> str:
        return self.names[model_named(name)].get(key) or _("%(kind)s %(key)d, which is gone") % {
            "kind": model_named(name)._meta.verbose_name,
            "key": key,
        }

    def value(self, column: models.Field, value: Any) -> str:
        if filled(value) is None:
            return ""
        if column.is_relation:
            return self.record(column.related_model._meta.model_name, value)
        if column.choices:
            return str(dict(column.flatchoices).get(value, value))
        if isinstance(column, models.DateField):
            return value.isoformat()
        return str(value)


def names_then_or_now(model: type[models.Model], keys: set[int]) -> dict[int, str]:
    """What records are called, also those that are gone: by what the journal keeps of them."""
    found = {record.pk: str(record) for record in model._base_manager.select_related().filter(pk__in=keys)}
    if not is_record(model):
        return found
    gone = Change.objects.filter(
        table=model._meta.model_name, row__in=keys - found.keys(), operation=Operation.DELETE
    )
    return found | {each.row: title_in(model, each.before) for each in gone.order_by("pk")}


def title_in(model: type[models.Model], image: dict[str, Any]) -> str:
    """What a record was called."""
    name = getattr(model, "called", "") or "title"
    return str(image.get(name) or image.get("slug"))


def step_line(step: RowStep, words: StepWords) -> StepLine:
    cells = [
        CellLine(
            each.name,
            capfirst(str(each.verbose_name)),
            words.value(each, (step.before or {}).get(each.attname)),
            words.value(each, (step.after or {}).get(each.attname)),
        )
        for each in step.shown()
    ]
    name, key = min(step.records)
    owner = model_named(name)
    url = reverse(f"admin:partners_{name}_history", args=[key]) if admin.site.is_registered(owner) else ""
    return StepLine(step, kind_of_row(step), STEP_KINDS[step.kind], cells, words.record(name, key), url)


def kind_of_row(step: RowStep) -> str:
    """What kind of row it is."""
    declared_by = step.model._meta.auto_created
    if declared_by:
        relation = next(
            each for each in declared_by._meta.many_to_many if each.remote_field.through is step.model
        )
        return capfirst(str(relation.verbose_name))
    return capfirst(str(step.model._meta.verbose_name))


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
