"""Citations in the form of the record that they are about: a row beside each value, and a table below."""

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from partners.admin.amounts import amounts_about_to_be_saved
from partners.admin.base import CurationForm, CurationFormSet, CurationInline
from partners.admin.source_bar import PageSourceField, PageSourceSelect, SourceBar
from partners.admin.value_rows import BESIDE, bind_sources
from partners.models import AgreementAmount, Citation, Source
from partners.models.agreements import AMOUNTS_FIELD
from partners.models.sources import value_of
from partners.provenance import earlier_in_words


def citable_values(model, record=None) -> list[tuple[str, str]]:
    """What a citation of such a record can support, in the words of its form; each saved amount is a value."""
    names = [name for name in model.citable_fields if name != AMOUNTS_FIELD]
    values = [(name, capfirst(model._meta.get_field(name).verbose_name)) for name in names]
    amounts = record.amounts.all() if record and AMOUNTS_FIELD in model.citable_fields else ()
    values += [(value_of(amount), amount) for amount in amounts]
    return [("", _("The whole record")), *values]


def choice_of_value(model, record=None) -> forms.ChoiceField:
    return forms.ChoiceField(choices=citable_values(model, record), required=False, label=_("supports"))


def standing_of(citation) -> str:
    """Whether a saved citation supports the value of now, and else which one, in words."""
    if citation.pk is None or citation.supports_current:
        return _("yes") if citation.pk else "-"
    return format_html(
        '<span class="earlier">{} <bdi>{}</bdi></span>',
        _("no, for an earlier value:"),
        earlier_in_words(citation.target, citation.field, citation.value),
    )


def is_unsaved(source) -> bool:
    return isinstance(source, Source) and source.pk is None


class CitationFormSet(CurationFormSet):
    """Two new rows of one form that say the same are refused here: the database would, without a word of help."""

    bar: SourceBar

    def add_fields(self, form, index):
        super().add_fields(form, index)
        bind_sources(form, self.bar)

    def refuse_without_value(self, form, row) -> None:
        """A source that is new beside a value supports that one: it has to be there."""
        name = row.get("field")
        is_beside = bool(name) and row.get(BESIDE) == name
        is_new = {"source", "field"}.intersection(form.changed_data)
        if not is_beside or not is_new or not self.bar.is_form_sound:
            return
        column = self.instance._meta.get_field(name)
        if (
            column.concrete
            and not column.many_to_many
            and getattr(self.instance, column.attname) in (None, "")
        ):
            form.add_error(
                "source", _("Nothing stands here to be cited: fill it in, or take the source off.")
            )

    def _should_delete_form(self, form):
        """A saved row whose source is taken off goes."""
        place = form.add_prefix("source")
        is_taken_off = bool(form.instance.pk) and form.data.get(place) == ""
        return is_taken_off or super()._should_delete_form(form)

    def clean(self):
        super().clean()
        seen = set()
        for form in self.forms:
            row = form.cleaned_data if form.is_valid() else {}
            if row.get("source") and not row.get("DELETE"):
                # Of a row that may only be looked at, Django gives the key of the source in place of the source.
                source = (
                    row["source"]
                    if is_unsaved(row["source"])
                    else getattr(row["source"], "pk", row["source"])
                )
                key = (id(source) if is_unsaved(source) else source, form.awaits or form.instance.value_name)
                if key in seen:
                    raise ValidationError(_("“%s” is cited twice for the same value.") % row["source"])
                seen.add(key)
                self.refuse_without_value(form, row)


class CitationForm(CurationForm):
    """Which amount is supported is chosen with the value: one of the amounts is one of the values."""

    beside = forms.CharField(required=False, widget=forms.HiddenInput)
    # The key of an amount that is saved together with it.
    awaits = ""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["field"] = self.initial[BESIDE] = self.instance.value_name

    @cached_property
    def changed_data(self):
        """A new row that names a value, because it stands beside that, says nothing yet."""
        changed = [name for name in super().changed_data if name != BESIDE]
        is_new_beside = not self.instance.pk and self[BESIDE].value() == self["field"].value()
        return [] if is_new_beside and changed == ["field"] else changed

    def unsaved_parents(self):
        """A source that was written down with it is saved before it."""
        source = self.cleaned_data.get("source")
        return super().unsaved_parents() | ({"source"} if is_unsaved(source) else set())

    def _get_validation_exclusions(self):
        source = self.cleaned_data.get("source")
        return super()._get_validation_exclusions() | ({"source"} if is_unsaved(source) else set())

    def clean(self):
        cleaned = super().clean()
        if {"source", "field"}.intersection(self.changed_data):
            # Another source, or another value: it supports what stands there now.
            self.instance.value = None
        return cleaned

    def clean_field(self):
        field, _dot, key = self.cleaned_data["field"].partition(".")
        self.awaits = key if key and not self.instance.agreement_id else ""
        is_there = key and not self.awaits
        self.instance.agreement_amount = AgreementAmount.objects.get(slug=key) if is_there else None
        return field


class CitationInline(CurationInline):
    model = Citation
    form = CitationForm
    formset = CitationFormSet
    fields = ["source", "field", "standing", "says", "reason", "quote", "retrieved_date"]
    readonly_fields = ["standing"]
    show_change_link = True
    # Rows are added by `record_form.js`: some of them stand beside the values of the form.
    adds_rows_itself = True
    classes = ["collapse"]
    verbose_name_plural = _("Further citations: of the whole record, or of lists of it")

    @admin.display(description=_("holds"))
    def standing(self, citation):
        return standing_of(citation)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("source", "agreement_amount")

    def values_beside(self, request, obj=None) -> list[str]:
        """The values of the form of a record beside which a source can stand."""
        screen = self.admin_site.get_model_admin(self.parent_model)
        shown = set(flatten_fieldsets(screen.get_fieldsets(request, obj)))
        shown -= {*screen.get_readonly_fields(request, obj), AMOUNTS_FIELD}
        return [name for name in self.parent_model.citable_fields if name in shown]

    def get_extra(self, request, obj=None, **kwargs):
        """A row beside each value, and one in the table below."""
        return len(self.values_beside(request, obj)) + 1

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "source":
            return PageSourceField(
                Source.objects, widget=PageSourceSelect, label=capfirst(db_field.verbose_name)
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        screen = self.admin_site.get_model_admin(self.parent_model)
        formset.bar = screen.source_bar(request, obj)
        if "field" in formset.form.base_fields:
            field = choice_of_value(self.parent_model, obj)
            if obj is None and AMOUNTS_FIELD in self.parent_model.citable_fields:
                new = amounts_about_to_be_saved(request.POST)
                field.choices += [(f"{AMOUNTS_FIELD}.{key}", words) for key, words in new]
            formset.form.base_fields["field"] = field
        return formset
