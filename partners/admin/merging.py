"""Making two records one, in curation: choose the other one, see what it comes to, choose cell by cell, merge."""

from collections.abc import Iterator
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from partners.admin.cells import CellChoice, CellPart, CellRow, CellTable, CellText, plain_piece
from partners.admin.pickers import PickOne, label_for_picker
from partners.admin.proposals import open_proposals_about
from partners.admin.used_by import title_of_users
from partners.changes.going_live import proposes_what_is_seen
from partners.changes.history import RowStep, filled
from partners.changes.images import row_of
from partners.changes.merging import (
    JOINED,
    MergedCell,
    Merging,
    MovedRows,
    cell_groups,
    merge_records,
    plan_merging,
    referring_columns,
)
from partners.changes.words import StepWords, kind_of_rows
from partners.findings.names import column_of_name
from partners.models import FormerAddress, Judgement
from partners.models.belonging import owners

# The parameter that names the record that goes, and what stands before the name of a cell in a form.
OTHER, CELL = "with", "cell-"


@dataclass(frozen=True)
class StaysSo:
    """Something of the record that stays: how it is or how many there are, and what there is to say of that."""

    title: str
    value: str
    note: str = ""


class MergePages:
    """For a ModelAdmin: two of its records can become one, where they are of a kind that has names."""

    can_be_merged = False

    def get_urls(self):
        if not self.can_be_merged:
            return super().get_urls()
        name = f"partners_{self.opts.model_name}_merge"
        view = self.admin_site.admin_view(self.merge_view)
        return [path("<path:object_id>/merge/", view, name=name), *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["may_merge"] = bool(self.can_be_merged and change and obj and self.may_merge(request))
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
        if form.is_valid() and "_different" in request.POST:
            return self.judge_different(request, kept, form.cleaned_data[OTHER])
        if not form.is_valid():
            return self.merge_page(request, kept, {"form": form, "media": self.media + form.media})
        return self.merged_or_asked(request, kept, form.cleaned_data[OTHER], form)

    def choice_of_other(self, kept, data):
        """The form that asks for the other record. Its picker goes by a column of some record that names such ones."""
        _model, column = referring_columns(self.model)[0]
        widget = PickOne(column, self.admin_site)
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

    def judge_different(self, request, kept, other):
        """Note that these two are different, so that nobody is asked again."""
        why = request.POST.get("why", "")[:1000]
        Judgement.objects.remember(kept, [other], request.user, why)
        told = _("Noted: “%(kept)s” and “%(other)s” are two different ones.") % {"kept": kept, "other": other}
        self.message_user(request, told, messages.SUCCESS)
        return HttpResponseRedirect(reverse(f"admin:partners_{self.opts.model_name}_change", args=[kept.pk]))

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
            "table": merge_table(merging, [str(merging.kept), str(merging.other)]),
            "moved": sum(rows.moved for rows in merging.rows),
            "rows": [(title_of_rows(rows), rows) for rows in merging.rows if rows.moved or rows.same],
            "merging": merging,
            "stays": [*self.record_that_stays(merging), *rows_that_stay(merging)],
            "addresses": self.addresses_that_lead_on(merging),
            "waiting": open_proposals_about([(merging.model, merging.other.pk)]),
        }

    def record_that_stays(self, merging: Merging) -> Iterator[StaysSo]:
        """What the record is called after the merge, where it stands, and how many of its values are those of now."""
        kept, called = merging.kept, column_of_name(merging.model)
        taken = {cell.name: cell for cell in merging.cells if cell.is_taken}
        yield StaysSo(_("Name"), str(getattr(merging.other if called in taken else kept, called)))
        readers = self.is_public(kept) or merging.becomes_public
        note = "" if readers else _("readers see it there once it is published")
        yield StaysSo(_("Address"), kept.get_absolute_url(), note)
        own = [group for group in cell_groups(merging.model) if holds_something(kept, group)]
        as_now = [group for group in own if group[0].name not in taken]
        others = ", ".join(str(cell.fields[0].verbose_name) for cell in taken.values())
        note = _("from the other one: %s") % others if others else ""
        yield StaysSo(_("Values"), str(len(as_now)), note)

    def addresses_that_lead_on(self, merging: Merging) -> list[str]:
        """The addresses of the record that goes under which readers know it: they lead to the one that stays."""
        other = merging.other
        former = FormerAddress.objects.filter(kind=merging.model._meta.model_name, now=other.slug)
        slugs = [
            *([other.slug] if self.has_been_public(other) else []),
            *former.values_list("slug", flat=True),
        ]
        return [merging.model(pk=other.pk, slug=slug).get_absolute_url() for slug in slugs]

    def merge_page(self, request, kept, context: dict):
        own = {
            "title": _("Merge: %s") % kept,
            "opts": self.opts,
            "object": kept,
            "module_name": str(capfirst(self.opts.verbose_name_plural)),
        }
        context = self.admin_site.each_context(request) | own | context
        return TemplateResponse(request, "admin/merge.html", context)


def rows_that_stay(merging: Merging) -> list[StaysSo]:
    return [StaysSo(title_of_rows(rows), str(rows.stays)) for rows in merging.rows if rows.stays]


def holds_something(record: models.Model, group: tuple[models.Field, ...]) -> bool:
    """Whether a record holds something in the columns that say one thing together."""
    return any(filled(getattr(record, each.attname)) is not None for each in group)


def merge_table(merging: Merging, labels: list[str]) -> CellTable:
    """Every value of the two side by side: to choose where they differ, and what becomes of the others."""
    headings = [(_("Stays: %s") % labels[0], ""), (_("Goes: %s") % labels[1], ""), (_("Note"), "c-e")]
    kept, other = row_of(merging.kept), row_of(merging.other)
    # As rows that go: then everything that is filled in has its words, also where both hold the same.
    words = StepWords([RowStep(merging.model, row["id"], frozenset(), row, None) for row in (kept, other)])
    cells = {cell.name: cell for cell in merging.cells}
    rows = []
    for group in [*cell_groups(merging.model), *joined_columns(merging)]:
        own, others = (
            ", ".join(filter(None, (words.value(each, row[each.attname]) for each in group)))
            for row in (kept, other)
        )
        if own or others:
            title = " · ".join(capfirst(str(each.verbose_name)) for each in group)
            texts = texts_of_merged(cells.get(group[0].name), own, others)
            note = note_on_merged(merging, group, cells.get(group[0].name), own, others)
            parts = [CellPart(headings[place][0], text) for place, text in enumerate(texts)]
            rows.append(CellRow(title, [*parts, CellPart(headings[2][0], words=note)]))
    return CellTable(_("Values of both"), headings, rows)


def joined_columns(merging: Merging) -> list[tuple[models.Field, ...]]:
    """The texts of which both are kept."""
    names = {each.name for each in merging.model._meta.concrete_fields}
    return [(merging.model._meta.get_field(name),) for name in JOINED if name in names]


def texts_of_merged(cell: MergedCell | None, own: str, others: str) -> tuple[CellText, CellText]:
    if cell is None or cell.is_filled:
        marked = [("ins", others)] if cell else plain_piece(others)
        return CellText(plain_piece(own)), CellText(marked)
    name = f"{CELL}{cell.name}"
    return (
        CellText(plain_piece(own), choice=CellChoice(name, "kept", "", not cell.is_taken, "mine")),
        CellText(plain_piece(others), choice=CellChoice(name, "other", "", cell.is_taken, "theirs")),
    )


def note_on_merged(merging: Merging, group, cell: MergedCell | None, own: str, others: str) -> str:
    """What becomes of values between which nobody has to choose, and of a name that goes."""
    if group[0].name in JOINED and own and others:
        return _("the same") if others in own else _("both are kept, one under the other")
    if cell is None:
        return _("the same") if own == others else _("only here, stays")
    if cell.is_filled:
        return _("fills the gap")
    if group[0].name == merging.model.called and merging.added_name:
        return _("“%s” is kept as another name") % merging.added_name
    return ""


def title_of_rows(rows: MovedRows) -> str:
    """What rows move: those of the record itself, such as “Sectors”, or of records that use it."""
    if rows.column.column not in owners(rows.model):
        return title_of_users(rows.model, rows.column)
    return kind_of_rows(rows.model)
