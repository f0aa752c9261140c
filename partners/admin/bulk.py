"""The same value for many chosen records at once, with the table of cells before anything is written."""

from collections.abc import Iterator
from hashlib import blake2b
from json import dumps

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.admin.cells import CellPart, CellRow, CellTable, CellText, plain_piece, with_changes_marked
from partners.admin.fields import LineField
from partners.admin.pickers import PickSeveral, is_key
from partners.changes.going_live import proposes_what_is_seen
from partners.changes.history import RowStep
from partners.changes.lapsing import Lapsing
from partners.changes.planning import ChangePlan
from partners.changes.words import StepWords, kind_of_row
from partners.curation_vocabularies import Via
from partners.models import Revision
from partners.models.validators import today
from partners.tables.recurring import VERIFIED

MOST_CHOSEN = 5000
BULK_HEADINGS = ((gettext_lazy("What"), ""), (gettext_lazy("Before"), ""), (gettext_lazy("After"), ""))
CELLS_IN_PREVIEW = 500
# Values that have ways of their own.
NOT_IN_BULK = {"publication_state"}
ADD, TAKE_OFF, SET = "add_", "drop_", "set_"


class BulkEdits:
    """For the ModelAdmin of a kind of record: chosen ones get or lose a term of a list, or all get one value."""

    def get_urls(self):
        if not self.bulk_fields():
            return super().get_urls()
        view = self.admin_site.admin_view(self.bulk_view)
        return [path("edit/", view, name=f"partners_{self.opts.model_name}_edit"), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        may_edit = bool(self.bulk_fields()) and self.has_change_permission(request)
        return super().changelist_view(request, {"may_edit_chosen": may_edit} | (extra_context or {}))

    def bulk_fields(self) -> list[models.Field]:
        """What can be given to many at once: lists of terms, values from a vocabulary, and that they were verified."""
        chosen = [each for each in self.opts.concrete_fields if each.choices and each.name not in NOT_IN_BULK]
        verified = [each for each in self.opts.concrete_fields if each.name == VERIFIED.name]
        return [*self.opts.many_to_many, *(each for each in chosen if each.editable), *verified]

    def bulk_view(self, request):
        """First what is to change, then the table of cells, then it is written: as one revision, or as a proposal."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        records = self.chosen_records(request)
        back = HttpResponseRedirect(reverse(f"admin:partners_{self.opts.model_name}_changelist"))
        if not 0 < len(records) <= MOST_CHOSEN:
            wanted = _("Choose from 1 to %d records in the list first.") % MOST_CHOSEN
            self.message_user(request, wanted, messages.WARNING)
            return back
        form = bulk_form(self, request.POST if "_asked" in request.POST else None)
        if not form.is_valid():
            return self.bulk_page(request, records, form)
        plan = plan_of_bulk(self.model, records, form.cleaned_data)
        if "_apply" not in request.POST or request.POST.get("_planned") != digest_of_bulk(plan):
            is_other = "_apply" in request.POST
            return self.bulk_page(request, records, form, plan, is_other)
        try:
            applied = plan.apply(user=request.user, why=form.cleaned_data["why"])
        except ValidationError as refusal:
            return self.bulk_page(request, records, form, plan, problems=refusal.messages)
        self.tell_of_bulk(request, plan, applied.revision)
        return back

    def chosen_records(self, request) -> list[models.Model]:
        """The records chosen in the list, or on all of its pages; or those that the form before this page was about."""
        if "_keys" in request.POST:
            keys = request.POST["_keys"].split()
        elif request.POST.get("select_across") == "1":
            try:
                return list(self.get_changelist_instance(request).get_queryset(request)[: MOST_CHOSEN + 1])
            except IncorrectLookupParameters:
                return []
        else:
            keys = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
        keys = [key for key in keys if is_key(key)][: MOST_CHOSEN + 1]
        return list(self.get_queryset(request).filter(pk__in=keys))

    def bulk_page(self, request, records, form, plan=None, is_other=False, problems=()):
        context = self.admin_site.each_context(request) | {
            "title": _("Edit chosen %s") % self.opts.verbose_name_plural,
            "opts": self.opts,
            "module_name": capfirst(self.opts.verbose_name_plural),
            "records": records,
            "keys": " ".join(str(record.pk) for record in records),
            "form": form,
            "media": self.media + form.media,
            "is_other": is_other,
            "problems": problems,
            "is_proposed": proposes_what_is_seen(request.user, self.model, [each.pk for each in records]),
            **(preview_of(plan) if plan else {}),
        }
        return TemplateResponse(request, "admin/bulk_edit.html", context)

    def tell_of_bulk(self, request, plan: ChangePlan, revision: int | None) -> None:
        count = len({record for step in plan.steps for record in step.records})
        told = ngettext("%d record was changed.", "%d records were changed.", count) % count
        if revision:
            url = reverse("admin:partners_revision_change", args=[revision])
            told = format_html('{} <a href="{}">{}</a>', told, url, _("See it, or take it back"))
        self.message_user(request, told, messages.SUCCESS)


# The form -------------------------------------------------------------------------------------------------------------


def bulk_form(model_admin, data) -> forms.Form:
    """Asks for each value; what is left alone stays as it is."""
    form = BulkForm(data)
    for field in model_admin.bulk_fields():
        form.fields |= dict(fields_for(model_admin, field))
    return form


def fields_for(model_admin, field: models.Field) -> Iterator[tuple[str, forms.Field]]:
    label = capfirst(field.verbose_name)
    if not field.many_to_many:
        offered = [each for each in field.choices or () if each[0]]
        if field.name == VERIFIED.name:
            offered = [(today().isoformat(), _("Verified today"))]
        choices = [("", _("Leave as it is")), *offered]
        yield f"{SET}{field.name}", forms.ChoiceField(choices=choices, required=False, label=label)
        return
    for way, words in ((ADD, _("Add: %s")), (TAKE_OFF, _("Take off: %s"))):
        widget = PickSeveral(field, model_admin.admin_site)
        terms = field.related_model._default_manager.all()
        yield (
            f"{way}{field.name}",
            TermsField(terms, required=False, widget=widget, label=words % label),
        )


class TermsField(forms.ModelMultipleChoiceField):
    def clean(self, value):
        """What was chosen. Raises ValidationError also where it can be no key, which SQLite cannot be asked for."""
        if wrong := next((key for key in value or () if not is_key(key)), None):
            message = self.error_messages["invalid_pk_value"]
            raise ValidationError(message, code="invalid_pk_value", params={"pk": wrong})
        return super().clean(value)


class BulkForm(forms.Form):
    why = LineField(label=gettext_lazy("Why (the journal keeps it)"), required=False, max_length=1000)

    def clean(self):
        found = super().clean()
        if not self.errors and not any(value for name, value in found.items() if name != "why"):
            raise ValidationError(_("Say what is to change: each of these was left as it is."))
        return found


# The plan -------------------------------------------------------------------------------------------------------------


def plan_of_bulk(model: type[models.Model], records: list[models.Model], asked: dict) -> ChangePlan:
    """What it takes to give these records what was asked; nothing for those that have it already."""
    steps = []
    for field in model._meta.many_to_many:
        added = {term.pk for term in asked.get(f"{ADD}{field.name}") or ()}
        dropped = {term.pk for term in asked.get(f"{TAKE_OFF}{field.name}") or ()} - added
        steps += steps_of_list(field, [record.pk for record in records], added, dropped)
    for name, value in asked.items():
        if name.startswith(SET) and value:
            steps += steps_of_value(model._meta.get_field(name.removeprefix(SET)), records, value)
    numbered = [numbered_step(step, place) for place, step in enumerate(steps, 1)]
    return ChangePlan(Via.LIST, Revision.newest(), numbered)


def numbered_step(step: RowStep, place: int) -> RowStep:
    """The same; a row that is to come has a negative number of its own."""
    return step if step.before is not None else RowStep(step.model, -place, step.records, None, step.after)


def steps_of_list(field, keys: list[int], added: set[int], dropped: set[int]) -> Iterator[RowStep]:
    rows = field.remote_field.through
    own, other = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
    owner = field.model._meta.model_name
    there = {}
    for row in rows._default_manager.filter(**{f"{own}__in": keys}).order_by("pk"):
        there[getattr(row, own), getattr(row, other)] = row.pk
    for key in keys:
        records = frozenset({(owner, key)})
        for term in sorted(dropped):
            if (key, term) in there:
                values = {own: key, other: term, rows._meta.pk.attname: there[key, term]}
                yield RowStep(rows, there[key, term], records, values, None)
        for term in sorted(added):
            if (key, term) not in there:
                yield RowStep(rows, 0, records, None, {own: key, other: term})


def steps_of_value(field, records: list[models.Model], value: str) -> Iterator[RowStep]:
    value = field.to_python(value)
    for record in records:
        before = getattr(record, field.attname)
        if before != value:
            about = frozenset({(record._meta.model_name, record.pk)})
            yield RowStep(type(record), record.pk, about, {field.attname: before}, {field.attname: value})


def digest_of_bulk(plan: ChangePlan) -> str:
    """Another one where something else would be written."""
    steps = dumps(plan.as_json()["steps"], sort_keys=True, cls=DjangoJSONEncoder)
    return blake2b(steps.encode(), digest_size=12).hexdigest()


def bulk_row(record: str, what: str, before: str, after: str) -> CellRow:
    texts = [plain_piece(what), *with_changes_marked(before, after)]
    parts = (
        CellPart(heading, CellText(text))
        for (heading, _width), text in zip(BULK_HEADINGS, texts, strict=True)
    )
    return CellRow(record, list(parts))


def preview_of(plan: ChangePlan) -> dict:
    """The table of cells, and the citations that will stand for an earlier value."""
    shown = plan.steps[:CELLS_IN_PREVIEW]
    words = StepWords(shown)
    lapsing = Lapsing()
    lapsing.look_at(plan.steps)
    cells = [
        (words.record(*min(step.records)), cell.title or kind_of_row(step), cell.before, cell.after)
        for step in shown
        for cell in words.cells(step)
    ]
    return {
        "planned": digest_of_bulk(plan),
        "cells": cells,
        "table": CellTable(
            _("What changes"), BULK_HEADINGS, [bulk_row(*each) for each in cells], first=_("Record")
        ),
        "changed": len({record for step in plan.steps for record in step.records}),
        "further": len(plan.steps) - len(shown),
        "lapsing": lapsing.lines(),
    }
