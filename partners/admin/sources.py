"""Sources, and the citations that say which of them supports what."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from partners.admin.addresses_asked import LinkFilter, answer_in_words, state_in_words
from partners.admin.amounts import amounts_about_to_be_saved
from partners.admin.base import (
    LINKS_SHOWN,
    CurationAdmin,
    CurationForm,
    CurationFormSet,
    CurationInline,
    change_url,
    changelist_url,
    links,
)
from partners.admin.filters import ConditionFilter, LacksFilter, only_earlier, without_rows
from partners.admin.source_bar import PageSourceField, PageSourceSelect, SourceBar
from partners.admin.value_rows import BESIDE, bind_sources
from partners.models import AgreementAmount, Citation, Publishable, Source
from partners.models.agreements import AMOUNTS_FIELD
from partners.models.fields import FoldedKey
from partners.models.sources import TARGETS, value_of
from partners.provenance import earlier_in_words

# Of a word that many citations have to do with, so many of the newest have enough.
NEWEST_LOOKED_AT = 500


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


def keys_of_name(model) -> tuple[str, ...]:
    """The columns by which a record is called: its name, folded, and its slug."""
    keys = [field.name for field in model._meta.concrete_fields if isinstance(field, FoldedKey)]
    return (*keys, "slug")


# What a citation is about, and its source: by the relation, the model and the columns by which it is called.
BESIDE_A_CITATION = {"source": (Source, ("title_key",))} | {
    name: (model, keys_of_name(model)) for name, model in TARGETS.items()
}
# Those of which there are many, and so many to plan a join with.
OFTEN_CITED = {"source", "organization", "agreement"}


class KindOfRecordFilter(ConditionFilter):
    title = _("cited by")
    parameter_name = "cited_by"

    def conditions(self, model_admin):
        return {
            name: (capfirst(model._meta.verbose_name_plural), Q(**{f"{name}__isnull": False}))
            for name, model in TARGETS.items()
        }


class StandingFilter(ConditionFilter):
    title = _("holds")
    parameter_name = "holds"

    def conditions(self, model_admin):
        return {
            "earlier": (_("For an earlier value"), Q(supports_current=False)),
            "only_earlier": (_("All that a published value has, for an earlier one"), only_earlier()),
            "otherwise": (_("The source says otherwise"), Q(supports_current=True) & ~Q(says="")),
        }


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


@admin.register(Source)
class SourceAdmin(CurationAdmin):
    list_display = ["title", "publisher", "published_date", "kind", "stance", "link_state"]
    list_filter = [LacksFilter, LinkFilter, "kind", "stance", "language"]
    list_select_related = ["link_check"]
    search_fields = ["title_key__contains", "slug__contains", "publisher__icontains", "url__icontains"]
    date_hierarchy = "published_date"
    can_be_merged, name_field = True, "title"
    told_apart_by = ("published_date", "slug")
    readonly_fields = ["supports", "link_answer"]
    fieldsets = [
        (None, {"fields": ["title", "slug", "url", "link_answer"]}),
        (_("Publisher"), {"fields": ["publisher", "published_date", "language", "kind", "stance"]}),
        (_("Around it"), {"fields": ["supports"], "classes": ["once-saved"]}),
        (_("Curator's note"), {"fields": ["curator_note"]}),
    ]
    lacks = {
        "url": (_("An address"), Q(url="")),
        "publisher": (_("A publisher"), Q(publisher="")),
        "published_date": (_("A date"), Q(published_date=None)),
        "citations": (_("Anything that cites it"), without_rows(Citation, "source")),
    }

    @admin.display(description=_("address"), ordering="link_check__state")
    def link_state(self, source):
        return state_in_words(source)

    @admin.display(description=_("answer of the address"))
    def link_answer(self, source):
        return answer_in_words(source)

    @admin.display(description=_("supports"))
    def supports(self, source):
        """The records that cite it."""
        citations = source.citations.select_related(*TARGETS)
        total = citations.count()
        return links(
            citations[:LINKS_SHOWN],
            lambda citation: (
                f"{citation.record}: {citation.field}" if citation.field else str(citation.record)
            ),
            total=total,
            more=changelist_url(Citation, f"source__id__exact={source.pk}"),
        )

    def is_public(self, source):
        return source.citations.public().exists()


class SingleCitationForm(CitationForm):
    """The form of a citation by itself."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields[BESIDE]
        if "field" in self.fields:
            record = self.instance.record
            self.fields["field"] = choice_of_value(type(record), record)


@admin.register(Citation)
class CitationAdmin(CurationAdmin):
    """Citations are added, and mostly removed, in the form of their record. This list finds and completes them."""

    form = SingleCitationForm
    list_display = ["source", "record_link", "supports", "standing", "retrieved_date", "has_quote"]
    list_filter = [StandingFilter, LacksFilter, KindOfRecordFilter, "retrieved_date"]
    list_select_related = ["agreement_amount"]
    # By queries of their own: joined, SQLite begins with all sources, and puts all citations in order, and PostgreSQL takes
    # longer to plan the joins than to answer.
    list_prefetch_related = ["source", *TARGETS]
    search_fields = ["quote__icontains"]
    named_with = ("source",)
    ordering = ["-pk"]
    fields = [
        *("record_link", "source", "field", "standing", "says", "reason"),
        *("quote", "retrieved_date", "curator_note"),
    ]
    readonly_fields = ["record_link", "standing"]
    autocomplete_fields = ["source"]
    lacks = {
        "quote": (_("A quote"), Q(quote="")),
        "retrieved_date": (_("The day it was read"), Q(retrieved_date=None)),
    }

    def holds(self, word):
        return super().holds(word) | self.is_beside(word, BESIDE_A_CITATION)

    def holds_beside(self, word):
        """The same, each citation looked at with its source and its organization or agreement, of which there are many: soon
        done of a few. The others are looked through first, as PostgreSQL takes longer to plan each join than to answer."""
        joined = [f"{name}__{key}__contains" for name in OFTEN_CITED for key in BESIDE_A_CITATION[name][1]]
        beside = Q.create([(lookup, word) for lookup in joined], connector=Q.OR)
        return super().holds(word) | self.is_beside(word, TARGETS.keys() - OFTEN_CITED) | beside

    def is_beside(self, word, names) -> Q:
        """That the source or the record of a citation is called so; `names` are the relations to look at."""
        found = Q()
        for name, (model, keys) in BESIDE_A_CITATION.items():
            if name in names:
                called = Q.create([(f"{key}__contains", word) for key in keys], connector=Q.OR)
                found |= Q(**{f"{name}__in": model.objects.filter(called)})
        return found

    def soon_found(self, rows, search_term):
        """Of the newest ones those that have all words."""
        oldest = list(rows.values_list("pk", flat=True)[NEWEST_LOOKED_AT : NEWEST_LOOKED_AT + 1])
        newest = rows.filter(pk__gte=oldest[0]) if oldest else rows
        return self.having(newest, search_term, self.holds_beside)

    @admin.display(description=_("record"))
    def record_link(self, citation):
        return format_html('<a href="{}">{}</a>', change_url(citation.record), citation.record)

    @admin.display(description=_("supports"), ordering="field")
    def supports(self, citation):
        if citation.agreement_amount:
            return str(citation.agreement_amount)
        return dict(citable_values(type(citation.record))).get(citation.field, citation.field)

    @admin.display(description=_("holds"), ordering="supports_current")
    def standing(self, citation):
        return standing_of(citation)

    @admin.display(description=_("quote"), boolean=True)
    def has_quote(self, citation):
        return bool(citation.quote)

    def has_add_permission(self, request):
        return False

    def get_actions(self, request):
        """No deletion of many at once: whether a record keeps a source is judged one by one."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def delete_view(self, request, object_id, extra_context=None):
        try:
            return super().delete_view(request, object_id, extra_context)
        except LastSource as refusal:
            self.message_user(request, refusal, messages.ERROR)
            return redirect("admin:partners_citation_change", object_id)

    def get_deleted_objects(self, objs, request):
        for citation in objs:
            keep_last_source(citation)
        return super().get_deleted_objects(objs, request)


class LastSource(Exception):
    pass


def keep_last_source(citation):
    """Refuses to take the only source of a public record away."""
    record = citation.record
    if not isinstance(record, Publishable) or not record.is_published:
        return
    if record.citations.count() == 1:
        raise LastSource(
            _("This is the only source of “%s”, which is public. Cite another one first.") % record
        )
