"""What happened, in curation: the history of a record, every revision under an address of its own, and taking back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.admin.rights import may_read, may_take_back
from partners.admin.used_by import used_by_what_goes
from partners.changes.history import RevisionSteps, RowStep, filled, history_of, steps_between, steps_of
from partners.changes.past import last_without_rows
from partners.changes.undoing import Undoing, plan_undoing, undo
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


@admin.register(Revision)
class RevisionAdmin(admin.ModelAdmin):
    """The latest changes of the whole directory. The page of a revision is its permanent address."""

    list_display = ["number", "at", "by", "via_words", "why", "changes_count"]
    list_display_links = ["number"]
    list_filter = ["via", "at"]
    search_fields = ["name_of_who", "why"]
    ordering = ["-number"]
    list_per_page = 50
    show_full_result_count = False

    class Media:
        css = {"all": ["partners/admin.css"]}

    def get_queryset(self, request):
        rows = Change.objects.filter(revision=models.OuterRef("pk")).order_by().values("revision")
        counted = rows.annotate(count=models.Count("pk")).values("count")
        return super().get_queryset(request).annotate(rows_count=models.Subquery(counted))

    @admin.display(description=gettext_lazy("by"), ordering="name_of_who")
    def by(self, revision):
        return revision.name_of_who or "–"

    @admin.display(description=gettext_lazy("via"), ordering="via")
    def via_words(self, revision):
        return revision.get_via_display()

    @admin.display(description=gettext_lazy("rows"))
    def changes_count(self, revision):
        return revision.rows_count or 0

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        undo_address = path(
            "<int:number>/undo/", self.admin_site.admin_view(self.undo_view), name="partners_revision_undo"
        )
        return [undo_address, *super().get_urls()]

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """The permanent page of a revision: everything that it changed."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.steps(object_id)
        steps = [step for step in found.steps if step.shown() and may_read(request, step)]
        lines = lines_of([RevisionSteps(found.revision, steps[:STEPS_SHOWN])])
        context = self.page(request, found.revision) | {
            "title": _("Revision %d") % found.revision.number,
            "lines": lines[0][1] if lines else [],
            "further": max(0, len(steps) - STEPS_SHOWN),
            "undone_by": Revision.objects.filter(undoes=found.revision.number).order_by("number"),
            "may_take_back": steps and may_take_back(request, steps),
        }
        return TemplateResponse(request, "admin/revision.html", context)

    def steps(self, number) -> RevisionSteps:
        wanted = number_in(str(number))
        if wanted is None:
            raise Http404
        try:
            return steps_of(wanted)
        except Revision.DoesNotExist:
            raise Http404 from None

    def page(self, request, revision: Revision) -> dict:
        return self.admin_site.each_context(request) | {
            "opts": self.opts,
            "revision": revision,
            "subtitle": None,
        }

    def undo_view(self, request, number):
        """What taking back would write, and what stays because it was changed since; then does it."""
        wanted = chosen(request)
        column = (request.POST or request.GET).get("column", "")
        found = self.steps(number)
        steps = [step for step in found.steps if wanted(step)]
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not found.revision.rows_kept:
            return HttpResponseRedirect(reverse("admin:partners_revision_change", args=[number]))
        if not steps or not may_take_back(request, steps):
            raise PermissionDenied
        problems = []
        if request.method == "POST":
            try:
                done = undo(
                    number, user=request.user, why=request.POST.get("why", ""), wanted=wanted, column=column
                )
            except ValidationError as refusal:
                problems = refusal.messages
            else:
                self.tell(request, done)
                return HttpResponseRedirect(reverse("admin:partners_revision_change", args=[number]))
        context = self.page(request, found.revision) | {
            "title": _("Take back revision %d") % number,
            **self.preview(plan_undoing(number, wanted, column)),
            "problems": problems,
            "why": request.POST.get("why", ""),
            "chosen": {name: (request.POST or request.GET).get(name, "") for name in CHOICES},
        }
        return TemplateResponse(request, "admin/undo_confirmation.html", context)

    def preview(self, planned: Undoing) -> dict:
        words = StepWords(
            [step for step, _columns in planned.taken_back[:STEPS_SHOWN]]
            + [refused.step for refused in planned.refused[:STEPS_SHOWN]]
        )
        lines = [
            (step_line(step, words), {column.name for column in columns})
            for step, columns in planned.taken_back[:STEPS_SHOWN]
        ]
        refused = [
            (
                step_line(each.step, words),
                each.column and capfirst(str(each.column.verbose_name)),
                each.reason,
            )
            for each in planned.refused[:STEPS_SHOWN]
        ]
        return {
            "lines": lines,
            "refused": refused,
            "count": len(planned.taken_back),
            "further": len(planned.taken_back[STEPS_SHOWN:]),
            "refused_further": len(planned.refused[STEPS_SHOWN:]),
            "used_by": used_by_what_goes((step for step, _columns in planned.taken_back), is_undone=True),
        }

    def tell(self, request, done: Undoing) -> None:
        count = len(done.taken_back)
        told = ngettext("%d row is as it was before.", "%d rows are as they were before.", count) % count
        self.message_user(request, told, messages.SUCCESS if count else messages.WARNING)
        if done.refused:
            kept = ngettext(
                "%d value was left alone: it was changed since.",
                "%d values were left alone: they were changed since.",
                len(done.refused),
            )
            self.message_user(request, kept % len(done.refused), messages.WARNING)


# Which part of a revision is to be taken back: the rows of one record, one row.
CHOICES = ("model", "record", "table", "row", "column")


def chosen(request):
    """Whether a step belongs to what an address names: a record with its rows, a row, or the whole revision."""
    asked = {name: (request.POST or request.GET).get(name, "") for name in CHOICES}

    def is_wanted(step: RowStep) -> bool:
        if asked["record"] and (asked["model"], asked["record"]) not in {
            (name, str(key)) for name, key in step.records
        }:
            return False
        row = (step.model._meta.model_name, str(step.key))
        return not asked["row"] or (asked["table"], asked["row"]) == row

    return is_wanted
