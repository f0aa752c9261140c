"""Every revision under an address of its own: what it changed, page by page, and taking it back."""

from collections.abc import Callable
from dataclasses import replace

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.admin.cells import CellTable
from partners.admin.history import STEPS_SHOWN, StepLine, lines_of, number_in, step_line
from partners.admin.rights import may_read, may_take_back
from partners.admin.step_cells import WaysBack, table_of_steps, tables_of_way_back
from partners.admin.used_by import used_by_what_goes
from partners.changes.history import RowStep, TouchedRow, rows_touched, steps_of_rows_in
from partners.changes.undoing import Undoing, cells_now, plan_undoing, undo
from partners.changes.words import StepWords
from partners.models import Change, Revision


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
        counted = rows.annotate(count=models.Count("*")).values("count")
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
        """The permanent page of a revision: everything that it changed, so many rows at a time."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        revision = self.revision(object_id)
        rows = [row for row in rows_touched(revision) if may_read(request, row)]
        page = Paginator(rows, STEPS_SHOWN).get_page(request.GET.get("page"))
        found = steps_of_rows_in(revision, page.object_list)
        may_undo = bool(rows) and may_take_back(request, rows)
        words = StepWords(found.steps)
        lines = lines_of(found, words)
        ways = WaysBack(may_undo, cells_now(found.steps))
        context = self.page(request, revision) | {
            "title": _("Revision %d") % revision.number,
            "lines": lines,
            "tables": tables_by_record(revision, lines, words, ways),
            "rows": page,
            "undone_by": Revision.objects.filter(undoes=revision.number).order_by("number"),
            "may_take_back": may_undo,
        }
        return TemplateResponse(request, "admin/revision.html", context)

    def revision(self, number) -> Revision:
        wanted = number_in(str(number))
        found = Revision.objects.filter(number=wanted).first() if wanted is not None else None
        if found is None:
            raise Http404
        return found

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
        if not self.has_view_permission(request):
            raise PermissionDenied
        revision = self.revision(number)
        rows = [row for row in rows_touched(revision) if wanted(row)]
        if rows and not may_take_back(request, rows):
            raise PermissionDenied
        if not rows:
            if revision.rows_kept:
                self.message_user(
                    request, _("This revision has nothing of what was chosen."), messages.WARNING
                )
            # The page of a revision without rows says that nothing can be taken back.
            return HttpResponseRedirect(reverse("admin:partners_revision_change", args=[number]))
        problems = []
        if request.method == "POST":
            try:
                done = undo(
                    number, user=request.user, why=request.POST.get("why", ""), wanted=wanted, column=column
                )
            except ValidationError as refusal:
                problems = refusal.messages
            else:
                request.merged_into = done.merges_into if done.gone else None
                self.tell(request, done)
                return HttpResponseRedirect(reverse("admin:partners_revision_change", args=[number]))
        context = self.page(request, revision) | {
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
        refused = [
            (
                step_line(each.step, words),
                each.column and capfirst(str(each.column.verbose_name)),
                each.reason,
            )
            for each in planned.refused[:STEPS_SHOWN]
        ]
        return {
            "tables": tables_of_way_back(planned.taken_back[:STEPS_SHOWN], words),
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


def tables_by_record(
    revision: Revision, lines: list[StepLine], words: StepWords, ways: WaysBack
) -> list[CellTable]:
    """What a revision changed, as a table for each record."""
    third = ways.of(revision, [line.step for line in lines])
    steps: dict[tuple[str, str], list[RowStep]] = {}
    for line in lines:
        steps.setdefault((line.record, line.record_url), []).append(line.step)
    return [
        replace(table_of_steps(record, those, words, third), url=url)
        for (record, url), those in steps.items()
    ]


# Which part of a revision is to be taken back: the rows of one record, one row.
CHOICES = ("model", "record", "table", "row", "column")


def chosen(request) -> Callable[[RowStep | TouchedRow], bool]:
    """Whether a step belongs to what an address names: a record with its rows, a row, or the whole revision."""
    asked = {name: (request.POST or request.GET).get(name, "") for name in CHOICES}

    def is_wanted(step: RowStep | TouchedRow) -> bool:
        if asked["record"] and (asked["model"], asked["record"]) not in {
            (name, str(key)) for name, key in step.records
        }:
            return False
        row = (step.model._meta.model_name, str(step.key))
        return not asked["row"] or (asked["table"], asked["row"]) == row

    return is_wanted
