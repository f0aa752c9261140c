"""The list of all citations, and the form of one by itself."""

from django.contrib import admin, messages
from django.db.models import Q
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from partners.admin.base import CurationAdmin, change_url
from partners.admin.citation_rows import CitationForm, choice_of_value, citable_values, standing_of
from partners.admin.filters import ConditionFilter, LacksFilter, only_earlier
from partners.admin.value_rows import BESIDE
from partners.models import Citation, Publishable, Source
from partners.models.fields import FoldedKey
from partners.models.sources import TARGETS

# Of a word that many citations have to do with, so many of the newest have enough.
NEWEST_LOOKED_AT = 500


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
