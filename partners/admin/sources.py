"""The list of sources, and the form of one."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.admin.addresses_asked import LinkFilter, answer_in_words, state_in_words
from partners.admin.base import LINKS_SHOWN, CurationAdmin, changelist_url, links
from partners.admin.filters import LacksFilter, without_rows
from partners.models import Citation, Source
from partners.models.sources import TARGETS


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
