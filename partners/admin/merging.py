"""Making two records one, in curation: choose the other one, see what it comes to, choose cell by cell, merge."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from partners.admin.pickers import label_for_picker
from partners.admin.rights import proposes_what_is_seen
from partners.admin.used_by import title_of_users
from partners.changes.history import RowStep
from partners.changes.images import row_of
from partners.changes.merging import (
    MergedCell,
    Merging,
    MovedRows,
    merge_records,
    plan_merging,
    referring_columns,
)
from partners.changes.words import StepWords
from partners.models.belonging import owners

# The parameter that names the record that goes, and what stands before the name of a cell in a form.
OTHER, CELL = "with", "cell-"


@dataclass(frozen=True)
class MergeLine:
    """A cell of a merge, as people read it: the values of both records."""

    name: str
    title: str
    kept: str
    other: str
    cell: MergedCell


class MergePages:
    """For the ModelAdmin of a kind of record that has a name: two of its records can become one."""

    def get_urls(self):
        if not self.name_keys:
            return super().get_urls()
        name = f"partners_{self.opts.model_name}_merge"
        view = self.admin_site.admin_view(self.merge_view)
        return [path("<path:object_id>/merge/", view, name=name), *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["may_merge"] = bool(self.name_keys and change and obj and self.may_merge(request))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def may_merge(self, request) -> bool:
        """Whether somebody may change and delete records of this kind. Who may not publish proposes to merge them."""
        # A public record is not deleted by itself, so that nobody loses its address; here it leads on.
        may_delete = request.user.has_perm(f"{self.opts.app_label}.delete_{self.opts.model_name}")
        return self.has_change_permission(request) and may_delete

    def merge_view(self, request, object_id):
        kept = self.get_object(request, unquote(object_id))
        if kept is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.may_merge(request):
            raise PermissionDenied
        sent = request.POST if request.method == "POST" else request.GET
        form = self.choice_of_other(kept, sent if OTHER in sent else None)
        if not form.is_valid():
            return self.merge_page(request, kept, {"form": form, "media": self.media + form.media})
        return self.merged_or_asked(request, kept, form.cleaned_data[OTHER], form)

    def choice_of_other(self, kept, data):
        """The form that asks for the other record. Its picker goes by a column of some record that names such ones."""
        _model, column = referring_columns(self.model)[0]
        widget = AutocompleteSelect(column, self.admin_site)
        others = self.model._base_manager.exclude(pk=kept.pk)
        choice = forms.ModelChoiceField(others, widget=widget, label=capfirst(self.opts.verbose_name))
        form = forms.Form(data, prefix=None)
        form.fields[OTHER] = choice
        return form

    def merged_or_asked(self, request, kept, other, form):
        taken = {name.removeprefix(CELL) for name, value in request.POST.items() if value == "other"}
        merging = plan_merging(kept, other, taken)
        problems = []
        if request.method == "POST":
            if request.POST.get("_planned") == plan_merging(kept, other).digest:
                request.merged_into = kept.pk
                try:
                    number = merge_records(
                        kept, other, taken, user=request.user, why=request.POST.get("why", "")[:1000]
                    )
                except ValidationError as refusal:
                    problems = refusal.messages
                else:
                    return self.tell_merged(request, kept, other, number)
            else:
                problems = [_("One of the two was changed meanwhile. Look again.")]
        context = {
            **self.preview_of_merge(merging),
            "problems": problems,
            "planned": plan_merging(kept, other).digest,
            "is_proposed": proposes_what_is_seen(request.user, self.model, [kept.pk, other.pk]),
            "why": request.POST.get("why", ""),
        }
        return self.merge_page(request, kept, context)

    def tell_merged(self, request, kept, other, number: int):
        revision = reverse("admin:partners_revision_change", args=[number])
        told = _(
            "“{other}” is part of “{kept}” now. <a href='{revision}'>See what moved, or take it back</a>."
        )
        message = format_html(told, other=other, kept=kept, revision=revision)
        self.message_user(request, message, messages.SUCCESS)
        return HttpResponseRedirect(reverse(f"admin:partners_{self.opts.model_name}_change", args=[kept.pk]))

    def preview_of_merge(self, merging: Merging) -> dict:
        names = [label_for_picker(record) for record in (merging.kept, merging.other)]
        return {
            "other": merging.other,
            "kept_label": names[0],
            "other_label": names[1],
            "lines": merge_lines(merging),
            "rows": [(title_of_rows(rows), rows) for rows in merging.rows],
            "merging": merging,
        }

    def merge_page(self, request, kept, context: dict):
        own = {
            "title": _("Merge: %s") % kept,
            "opts": self.opts,
            "object": kept,
            "module_name": str(capfirst(self.opts.verbose_name_plural)),
        }
        context = self.admin_site.each_context(request) | own | context
        return TemplateResponse(request, "admin/merge.html", context)


def merge_lines(merging: Merging) -> list[MergeLine]:
    """The cells in which the two differ, with the values of both in words."""
    kept, other = row_of(merging.kept), row_of(merging.other)
    words = StepWords([RowStep(merging.model, merging.kept.pk, frozenset(), kept, other)])

    def told(cell: MergedCell, row: dict) -> str:
        return ", ".join(filter(None, (words.value(each, row[each.attname]) for each in cell.fields)))

    return [
        MergeLine(
            cell.name,
            " · ".join(capfirst(str(each.verbose_name)) for each in cell.fields),
            told(cell, kept),
            told(cell, other),
            cell,
        )
        for cell in merging.cells
    ]


def title_of_rows(rows: MovedRows) -> str:
    """What rows move: those of the record itself, such as “Sectors”, or of records that use it."""
    declared_by = rows.model._meta.auto_created
    if rows.column.column not in owners(rows.model):
        return title_of_users(rows.model, rows.column)
    if not declared_by:
        return capfirst(str(rows.model._meta.verbose_name_plural))
    relation = next(
        each for each in declared_by._meta.many_to_many if each.remote_field.through is rows.model
    )
    return capfirst(str(relation.verbose_name))
