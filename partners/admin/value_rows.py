"""One value, one row: the value, its source, the words that say so, and the day somebody read them.

A form and the rows of its citations stay what they are; here the row of a citation of a single value is put beside that
value. What is cited of the record as a whole, or of a value that is no field, stays in a table of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.contrib.admin.helpers import AdminField, AdminReadonlyField, Fieldset
from django.forms import BaseForm, BoundField, CheckboxSelectMultiple, DateInput

from partners.admin.source_bar import (
    MORE_ROWS,
    PageSourceField,
    SourceBar,
    with_one_more_row,
    words_for_errors,
)
from partners.findings.finding import Finding
from partners.findings.records import findings_of
from partners.languages import original_of
from partners.models import Citation
from partners.models.base import Citable
from partners.provenance import earlier_in_words
from partners.tables.evidence import values_of
from partners.tables.sources import TARGET_TABLES

# The field of a row that says beside which value it stands. It goes with the page, and changes nothing.
BESIDE = "beside"
# A group of fields that comes after the rows of the record.
AFTER_ROWS = "after-rows"


@dataclass
class ValueRow:
    """A field of the form, with the citations of its value: the first stands beside it, others below that."""

    shown: AdminField | AdminReadonlyField
    citations: list[BaseForm] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_readonly(self) -> bool:
        return self.shown.is_readonly

    @property
    def wants_source(self) -> bool:
        """Whether a value should have a source: what curators write themselves needs none."""
        if not self.citations:
            return False
        table = TARGET_TABLES[type(self.shown.field.form.instance).citation_field()]
        name = original_of(self.shown.field.name)
        return name in values_of(table) and not table.column(name).editorial

    @property
    def is_wide(self) -> bool:
        """Whether the value needs the width of the table."""
        return not self.is_readonly and isinstance(inner_widget(self.shown.field), CheckboxSelectMultiple)

    @property
    def has_errors(self) -> bool:
        own = not self.is_readonly and bool(self.shown.errors())
        return own or any(form.errors for form in self.citations)


@dataclass
class Section:
    """A group of fields."""

    fieldset: Fieldset
    rows: list[ValueRow]

    @property
    def is_folded(self) -> bool:
        """Whether it starts closed: nothing stands in it, and nothing is wrong there."""
        return bool(self.fieldset.is_collapsible) and not any(row.has_errors for row in self.rows)

    @property
    def is_after_rows(self) -> bool:
        return AFTER_ROWS in self.fieldset.classes

    @property
    def has_evidence(self) -> bool:
        return any(row.citations for row in self.rows)


def sections_of(adminform, citations, findings: list[Finding]) -> list[Section]:
    """The groups of a form with their rows. `citations` are the forms of its citations, where they may be changed."""
    found: dict[str, list[Finding]] = {}
    for each in findings:
        found.setdefault(each.field, []).append(each)
    beside: dict[str, list[BaseForm]] = {}
    for form in citations:
        name = form[BESIDE].value()
        if name and name in adminform.form.fields:
            put_beside(form, adminform.form[name])
            beside.setdefault(name, []).append(form)
    return [Section(fieldset, list(value_rows_of(fieldset, beside, found))) for fieldset in adminform]


def inner_widget(value: BoundField):
    """The widget of a field, without the one around it that has a button to add another record."""
    widget = value.field.widget
    return getattr(widget, "widget", widget)


def put_beside(form: BaseForm, value: BoundField) -> None:
    """Makes the fields of a citation small enough for the row of a value, and says which value they are about."""
    form.is_beside = True
    citation = form.instance
    if citation.pk and not citation.supports_current:
        form.earlier = earlier_in_words(citation.target, citation.field, citation.value)
    form.fields["quote"].widget.attrs["rows"] = 1
    form.fields["retrieved_date"].widget = DateInput(format="%Y-%m-%d")
    for name in ("source", "quote", "retrieved_date", "says", "reason"):
        own = form.fields[name]
        own.widget.attrs["aria-label"] = f"{own.label}: {value.label}"


def value_rows_of(
    fieldset: Fieldset, beside: dict[str, list[BaseForm]], found: dict[str, list[Finding]]
) -> Iterator[ValueRow]:
    for line in fieldset:
        for shown in line:
            name = "" if shown.is_readonly else shown.field.name
            yield ValueRow(shown, beside.get(name, []), found.get(name, []))


class OneRowPerValue:
    """For a ModelAdmin, whether its records can be cited or not."""

    def is_citable(self) -> bool:
        return issubclass(self.model, Citable)

    def source_bar(self, request, obj=None) -> SourceBar:
        """The sources of the page. They are those of one answer: what is shown again after a refusal is read anew."""
        if getattr(request, "source_bar", None) is None:
            cited = (
                [each.source for each in citations_with_sources(obj)] if obj is not None and obj.pk else []
            )
            sent = request.POST if request.method == "POST" else None
            request.source_bar = SourceBar(sent, cited, request.user.has_perm("partners.add_source"))
        return request.source_bar

    def _changeform_view(self, request, object_id, form_url, extra_context):
        request.source_bar = None
        if request.method == "POST" and MORE_ROWS in request.POST:
            request.POST = with_one_more_row(request.POST, request.POST[MORE_ROWS])
        return super()._changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if not self.is_citable() or request.method != "POST":
            return form
        return type(form)(form.__name__, (WithSources, form), {"source_bar": self.source_bar(request, obj)})

    def get_formset_kwargs(self, request, obj, inline, prefix):
        """A page that is opened offers a row for a source beside each value."""
        options = super().get_formset_kwargs(request, obj, inline, prefix)
        if inline.model is Citation and request.method != "POST":
            names = inline.values_beside(request, obj if obj.pk else None)
            options["initial"] = [{"field": name, BESIDE: name} for name in names]
        return options

    def save_related(self, request, form, formsets, change):
        if self.is_citable():
            self.source_bar(request, form.instance).save()
        super().save_related(request, form, formsets, change)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        may_write = self.has_change_permission(request, obj) if change else True
        if self.is_citable() and may_write:
            form = context["adminform"].form
            found = findings_of(obj) if obj is not None and obj.pk else []
            inlines = [each for each in context["inline_admin_formsets"] if each.formset.model is Citation]
            citations = [row for inline in inlines for row in writable_rows(inline)]
            context |= {
                "sections": sections_of(context["adminform"], citations, found),
                "findings": [each for each in found if each.field not in form.fields],
                "source_bar": self.source_bar(request, obj),
                "alike_fields": self.alike_fields,
            }
            for inline in inlines:
                inline.opens = any(row.instance.pk and not is_beside(row) for row in inline.formset.forms)
        return super().render_change_form(request, context, add, change, form_url, obj)


def writable_rows(inline) -> list[BaseForm]:
    """The rows of a table that somebody may change, and those that they may add."""
    return [
        row
        for row in inline.formset.forms
        if (inline.has_change_permission if row.instance.pk else inline.has_add_permission)
    ]


def is_beside(row: BaseForm) -> bool:
    return getattr(row, "is_beside", False)


def citations_with_sources(record: Citable):
    return record.citations.select_related("source").order_by("pk")


class WithSources:
    """Refuses a form while a source that was written down with it is not whole. Mixed in before a form class.

    While a source is looked up, nothing is saved, and nothing is said to be wrong.
    """

    source_bar: SourceBar

    def full_clean(self):
        super().full_clean()
        if not self.is_bound:
            return
        if self.source_bar.is_looking_up:
            self._errors.clear()
        elif count := self.source_bar.errors():
            self.add_error(None, words_for_errors(count))
        self.source_bar.is_form_sound = not self.errors

    def is_valid(self):
        return super().is_valid() and not self.source_bar.is_looking_up


def bind_sources(form: BaseForm, bar: SourceBar) -> None:
    """Gives the choice of a source in a row those of the page."""
    source = form.fields.get("source")
    if isinstance(source, PageSourceField):
        source.bar = source.widget.bar = bar
        source.widget.is_saved = bool(form.instance.pk)
