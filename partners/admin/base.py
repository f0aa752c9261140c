"""What all forms and lists of curation share."""

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.forms.models import BaseInlineFormSet, InlineForeignKeyField
from django.forms.utils import pretty_name
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from partners.admin.bulk import BulkEdits
from partners.admin.concurrency import ConcurrentEdits
from partners.admin.evidence import AsksForEvidence
from partners.admin.fields import form_fields
from partners.admin.history import HistoryPages
from partners.admin.likeness import AsksOfTwins
from partners.admin.merging import MergePages
from partners.admin.page_preview import ShowsPreview
from partners.admin.pickers import PickOne, PickSeveral, bring_along
from partners.admin.proposals import open_proposals_about
from partners.admin.rights import WHY, has_to_propose
from partners.admin.source_bar import saves_nothing
from partners.admin.told_findings import TellsFindings
from partners.admin.used_by import ShowsUses
from partners.admin.value_rows import OneRowPerValue
from partners.folding import fold
from partners.models.addresses import former_owner
from partners.models.naming import free_slug

LINKS_SHOWN = 25
# So many rows of a list are soon read.
NEAR_THE_TOP = 2000
FOLLOWS_FROM_RENAMING = _(
    "Readers know this address. When you change it, the old one leads to the new one: page, files, and filters that "
    "name it. Files that were downloaded before name the old one. No other record can be given it."
)


SLUG_MADE = _("Stands in addresses and files. Left empty, it is made from the name.")


class CurationForm(forms.ModelForm):
    """Tells of a broken rule of the database beside the field it is about.

    Django passes over rules about columns that are not on the form: the id, and the record that a row of an inline
    belongs to. The database would then answer with an error of the server.
    """

    rule_fields: dict[str, str] = {}
    rules_without: set[str] = set()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        gone = _("What was chosen here does not exist any more. Choose again.")
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                field.error_messages |= dict.fromkeys(["invalid_choice", "invalid_pk_value"], gone)

        if "slug" in self.fields and not self.instance.pk:
            self.fields["slug"].required = False
            self.fields["slug"].help_text = SLUG_MADE

    def clean(self):
        """A new record gets a slug after its name, where nobody has written one."""
        cleaned = super().clean()
        name = cleaned.get(getattr(self.instance, "called", ""))
        if name and not self.instance.pk and cleaned.get("slug") == "":
            try:
                cleaned["slug"] = free_slug(type(self.instance), name)
            except ValidationError as refusal:
                self.add_error("slug", refusal)
        return cleaned

    def _post_clean(self):
        self.instance.validate_constraints = lambda exclude=None: None
        try:
            super()._post_clean()
        finally:
            del self.instance.validate_constraints
        self.validate_rules()
        if "slug" in self.changed_data and "slug" not in self.errors:
            self.refuse_former_address()

    def refuse_former_address(self):
        """An address that readers know as that of another record is not given to this one."""
        former = former_owner(self.instance, self.initial.get("slug", ""))
        if former is not None:
            self.add_error("slug", former.refusal)

    @cached_property
    def is_left_alone(self) -> bool:
        """Whether it is a saved row in which nothing was changed: the rules held when it was saved, and asking the database
        for each of them again takes long where rows are many."""
        is_row = any(isinstance(each, InlineForeignKeyField) for each in self.fields.values())
        return is_row and bool(self.instance.pk) and not self.has_changed()

    def _get_validation_exclusions(self):
        every = {field.name for field in self.instance._meta.fields} if self.is_left_alone else set()
        return super()._get_validation_exclusions() | every

    def validate_rules(self):
        if self.is_left_alone:
            return
        exclude = self.rules_without | self.errors.keys() | self.unsaved_parents()
        for model, constraints in self.instance.get_constraints():
            for constraint in constraints:
                try:
                    constraint.validate(model, self.instance, exclude=exclude)
                except ValidationError as error:
                    field = self.rule_fields.get(constraint.name)
                    self.add_error(field if field in self.fields else None, error)

    def unsaved_parents(self) -> set[str]:
        inline = {name: each for name, each in self.fields.items() if isinstance(each, InlineForeignKeyField)}
        return {name for name, field in inline.items() if field.parent_instance.pk is None}


class RelatedRecords:
    """The choice of another record describes it, and has links to add and to change one beside it.

    It is deleted in its own list.
    """

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", PickOne(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", PickSeveral(db_field, self.admin_site))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_delete_related = field.widget.can_view_related = False
        return field


def name_fields(form: forms.BaseForm) -> None:
    """Each field of a row says itself what it is: the words above a column are a label to the eye alone."""
    for name, field in form.fields.items():
        # A widget with a button beside it, which makes another record, holds the field itself.
        widget = getattr(field.widget, "widget", field.widget)
        if not widget.is_hidden:
            widget.attrs.setdefault("aria-label", capfirst(str(field.label or pretty_name(name))))


class KeyOfRow(forms.ModelChoiceField):
    """The hidden key of a row. The saved rows of the record, `known` by their keys, are not asked for one by one."""

    def __init__(self, field: forms.ModelChoiceField, known: dict[str, models.Model]):
        super().__init__(field.queryset, initial=field.initial, required=False, widget=field.widget)
        self.known = known

    def to_python(self, value):
        return self.known.get(str(value)) or super().to_python(value)


class CurationFormSet(BaseInlineFormSet):
    """Rows of a record. `missing` is set when the record cannot be public for want of such a row."""

    missing = ""
    # Whether the form only comes back, as when a source is looked up: then nothing is said to be wrong yet.
    saves_nothing = False

    def full_clean(self):
        super().full_clean()
        if self.saves_nothing:
            for errors in (*self._errors, self._non_form_errors.data):
                errors.clear()

    def add_fields(self, form, index):
        super().add_fields(form, index)
        if self.is_bound:
            place = self.model._meta.pk.name
            form.fields[place] = KeyOfRow(form.fields[place], self.rows_by_key)
        bring_along(form)
        name_fields(form)

    @cached_property
    def rows_by_key(self) -> dict[str, models.Model]:
        return {str(row.pk): row for row in self.get_queryset()}

    def clean(self):
        super().clean()
        if self.missing:
            raise ValidationError(_("Needed for publication: %s.") % self.missing)


class SearchesElsewhere:
    """For a ModelAdmin whose search looks through the rows of other tables: a word that many records hold themselves is
    found near the top of the list, without that."""

    def soon_found(self, rows, search_term):
        """The records near the top of a list that hold all words themselves, in its order. They are told from the others by
        the column that the list is put in order by first, so that both engines read them one after the other."""
        by = (rows.query.order_by or self.opts.ordering)[0]
        name, compare = by.removeprefix("-"), "gte" if by.startswith("-") else "lte"
        for last in rows.values_list(name, flat=True)[NEAR_THE_TOP : NEAR_THE_TOP + 1]:
            rows = rows.filter(**{f"{name}__{compare}": last})
        return self.having(rows, search_term, self.holds_itself)


class CurationChangeList(ChangeList):
    def get_filters(self, request):
        try:
            return super().get_filters(request)
        except OverflowError as error:  # of a year that no day has
            raise IncorrectLookupParameters from error

    def get_queryset(self, request, exclude_parameters=None):
        asked = [value for name, values in request.GET.lists() if name != SEARCH_VAR for value in values]
        if any("\0" in value for value in asked):
            raise IncorrectLookupParameters  # PostgreSQL takes none in a question
        rows = super().get_queryset(request, exclude_parameters)
        return rows.prefetch_related(*self.model_admin.list_prefetch_related)


class CurationAdmin(
    ShowsPreview,
    ShowsUses,
    BulkEdits,
    MergePages,
    HistoryPages,
    AsksForEvidence,
    AsksOfTwins,
    ConcurrentEdits,
    TellsFindings,
    OneRowPerValue,
    RelatedRecords,
    admin.ModelAdmin,
):
    form = CurationForm
    formfield_overrides = form_fields(rows=4)
    list_prefetch_related = ()
    # Which records the name of one speaks of.
    named_with = ()
    # What stands beside its name wherever a record of this kind is chosen.
    told_apart_by = ("slug",)
    list_per_page = 50
    # Spares every filtered list the count of the whole table.
    show_full_result_count = False

    class Media:
        css = {"all": ["partners/admin.css"]}

    def get_changelist(self, request, **kwargs):
        return CurationChangeList

    def get_search_results(self, request, queryset, search_term):
        """Finds “Café” by “cafe” on every engine: names are stored folded, and so are the words looked for."""
        return self.having(queryset, search_term), False

    def having(self, queryset, search_term, holds=None):
        """The records that hold all words of a search, as `holds` says of a word where it is given."""
        words = fold(search_term).split()
        if search_term.strip() and not words:
            return queryset.none()
        for word in words:
            queryset = queryset.filter((holds or self.holds)(word))
        return queryset

    def holds(self, word) -> Q:
        """That a record holds the word. Related rows are looked through by `pk__in`, which finds a record once."""
        return self.holds_itself(word)

    def holds_itself(self, word) -> Q:
        """That a column of its own holds the word."""
        return Q.create([(lookup, word) for lookup in self.search_fields], connector=Q.OR)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context |= {
            "proposals": open_proposals_about([(type(obj), obj.pk)]) if obj else [],
            "why_of_proposal": request.POST.get(WHY, ""),
            "has_to_propose": has_to_propose(request.user, self.model, obj),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_fieldsets(self, request, obj=None):
        """A new record has nothing around it yet: groups marked `once-saved` come later."""
        fieldsets = super().get_fieldsets(request, obj)
        return [each for each in fieldsets if obj or "once-saved" not in each[1].get("classes", ())]

    def get_form(self, request, obj=None, change=False, **kwargs):
        """The form of a record that readers know says beside its slug what follows when that is changed."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj and "slug" in form.base_fields and self.has_been_public(obj):
            form.base_fields["slug"].help_text = FOLLOWS_FROM_RENAMING
        return form

    def view_on_site(self, record):
        """A link only to what readers can see."""
        return record.get_absolute_url() if self.is_public(record) else None

    def is_public(self, record) -> bool:
        """Whether readers can see it now."""
        return False

    def has_been_public(self, record) -> bool:
        return self.is_public(record)


class CurationInline(RelatedRecords, admin.TabularInline):
    template = "admin/partners/rows.html"
    form = CurationForm
    formset = CurationFormSet
    formfield_overrides = form_fields(rows=2)

    def get_extra(self, request, obj=None, **kwargs):
        """A new record starts with one empty row, which shows what belongs there."""
        return 0 if obj else 1

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        relation = self.model._meta.get_field(formset.fk.name).remote_field.related_name
        formset.missing = getattr(request, "missing_for_publication", {}).get(relation, "")
        formset.saves_nothing = saves_nothing(request.POST)
        return formset


def links(records, describe=str, *, total: int, more: str = ""):
    """A list of links to the forms of the first records, and to the list of all of them."""
    if not total:
        return "-"
    shown = format_html_join(
        "", '<li><a href="{}">{}</a></li>', ((change_url(record), describe(record)) for record in records)
    )
    if total > LINKS_SHOWN and more:
        shown += format_html('<li><a href="{}">{}</a></li>', more, _("All %(total)d") % {"total": total})
    return format_html('<ul class="related-records">{}</ul>', shown)


def change_url(record) -> str:
    return reverse(f"admin:partners_{record._meta.model_name}_change", args=[record.pk])


def changelist_url(model, query: str) -> str:
    return reverse(f"admin:partners_{model._meta.model_name}_changelist") + f"?{query}"
