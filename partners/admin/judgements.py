"""The list of what was judged of records that look alike. Taking a judgement back means: ask again."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from partners.admin.base import change_url
from partners.models import Judgement
from partners.models.belonging import model_named


@admin.register(Judgement)
class JudgementAdmin(admin.ModelAdmin):
    """Judgements are made in the form of a record that is like another one; here they are read and taken back."""

    list_display = ["pair", "kind_of_record", "verdict", "name_of_who", "why", "at"]
    list_display_links = None
    list_filter = ["kind", "at"]
    search_fields = ["name_of_who", "why"]
    list_per_page = 50

    class Media:
        css = {"all": ["partners/admin.css"]}

    def get_changelist_instance(self, request):
        changelist = super().get_changelist_instance(request)
        bring_records(changelist.result_list)
        return changelist

    @admin.display(description=_("records"))
    def pair(self, judgement):
        first, second = (
            format_html('<a href="{}">{}</a>', change_url(record), record) if record else gettext("(gone)")
            for record in judgement.records
        )
        return format_html("{} · {}", first, second)

    @admin.display(description=_("kind"), ordering="kind")
    def kind_of_record(self, judgement):
        return capfirst(model_named(judgement.kind)._meta.verbose_name)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


def bring_records(judgements) -> None:
    """Gives each judgement its two records, by a query for each kind; None for one that is gone."""
    keys: dict[str, set[int]] = {}
    for each in judgements:
        keys.setdefault(each.kind, set()).update((each.first, each.second))
    found = {kind: model_named(kind)._base_manager.in_bulk(those) for kind, those in keys.items()}
    for each in judgements:
        each.records = [found[each.kind].get(key) for key in (each.first, each.second)]
