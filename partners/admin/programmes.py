"""The programme the directory is about."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from partners.admin.base import CurationAdmin
from partners.admin.citation_rows import CitationInline
from partners.languages import columns_of
from partners.models import Programme


@admin.register(Programme)
class ProgrammeAdmin(CurationAdmin):
    """There is one; it is changed, and neither added to nor deleted."""

    list_display = ["name_en", "lead", "announcement"]
    list_select_related = ["lead", "announcement"]
    autocomplete_fields = ["lead", "announcement"]
    inlines = [CitationInline]
    fieldsets = [
        (None, {"fields": [*columns_of("name"), "slug"]}),
        (_("Front page"), {"fields": [*columns_of("summary"), "lead", "announcement"]}),
    ]

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not Programme.objects.exists()

    def has_delete_permission(self, request, obj=None):
        return False
