"""What organizations do, and what agreements are about."""

from django.contrib import admin
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from partners.admin.base import CurationAdmin, CurationForm, changelist_url
from partners.admin.citation_rows import CitationInline
from partners.admin.filters import LacksFilter
from partners.admin.languages import translations_lacking
from partners.languages import columns_of, translations_of
from partners.models import Agreement, MissionArea, Organization, Sector


class NamedAdmin(CurationAdmin):
    """A term in the languages of the data, and the records that carry it."""

    search_fields = [
        *("name_key__contains", "slug__contains"),
        *(f"{name}__icontains" for name in translations_of("name")),
    ]
    can_be_merged, name_field = True, "name_en"
    readonly_fields = ["records_link"]
    inlines = [CitationInline]
    show_facets = admin.ShowFacets.ALWAYS  # these lists are short
    # The records that carry the term: their model, and the names of the relation from either end.
    records_model, records_relation, term_relation = None, "", ""

    lacks = {
        **translations_lacking("name", _("A {} name")),
        "description_en": (_("An English description"), Q(description_en="")),
        **translations_lacking("description", _("A {} description")),
    }

    def get_queryset(self, request):
        """With the number of the records that carry each, counted for those alone that are shown."""
        relation = self.model._meta.get_field(self.records_relation)
        own = relation.field.m2m_reverse_field_name()
        rows = relation.through._base_manager.filter(**{own: OuterRef("pk")}).order_by().values(own)
        counted = rows.annotate(count=Count("pk")).values("count")
        return super().get_queryset(request).annotate(records_count=Coalesce(Subquery(counted), 0))

    @admin.display(description=_("used by"), ordering="records_count")
    def records_link(self, term):
        if term.pk is None:
            return "-"
        url = changelist_url(self.records_model, f"{self.term_relation}__id__exact={term.pk}")
        noun = self.records_model._meta
        label = noun.verbose_name if term.records_count == 1 else noun.verbose_name_plural
        return format_html('<a href="{}">{} {}</a>', url, term.records_count, label)

    def is_public(self, term):
        return getattr(term, self.records_relation).published().exists()


@admin.register(Sector)
class SectorAdmin(NamedAdmin):
    list_display = [*columns_of("name"), "has_descriptions", "records_link"]
    list_filter = [LacksFilter]
    fieldsets = [
        (None, {"fields": [*columns_of("name"), "slug"]}),
        (_("Description"), {"fields": columns_of("description")}),
        (_("Around it"), {"fields": ["records_link"], "classes": ["once-saved"]}),
    ]
    records_model, records_relation, term_relation = Organization, "organizations", "sectors"

    @admin.display(description=_("described"), boolean=True)
    def has_descriptions(self, term):
        return all(getattr(term, name) for name in columns_of("description"))


class MissionAreaForm(CurationForm):
    rule_fields = {"mission_area_not_its_own_parent": "parent"}


@admin.register(MissionArea)
class MissionAreaAdmin(NamedAdmin):
    form = MissionAreaForm
    list_display = [*columns_of("name"), "level", "parent", "records_link"]
    list_filter = ["level", LacksFilter]
    list_select_related = ["parent"]
    autocomplete_fields = ["parent"]
    fieldsets = [
        (None, {"fields": [*columns_of("name"), "slug", "level", "parent"]}),
        (_("Description"), {"fields": columns_of("description")}),
        (_("Around it"), {"fields": ["records_link"], "classes": ["once-saved"]}),
    ]
    records_model, records_relation, term_relation = Agreement, "agreements", "mission_areas"
