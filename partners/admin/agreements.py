"""Agreements, their parties, and the events around them."""

from django.contrib import admin
from django.db.models import Prefetch, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from partners.admin.amounts import AgreementAmountFormSet, AgreementAmountInline
from partners.admin.base import LINKS_SHOWN, CurationInline, SearchesElsewhere, changelist_url, links
from partners.admin.citation_rows import CitationInline
from partners.admin.filters import (
    WITHOUT_PARTNER,
    WITHOUT_PUBLISHED_PARTNER,
    LacksFilter,
    without_rows,
    without_source,
)
from partners.admin.languages import translations_lacking, translations_wanted
from partners.admin.publication import DATES, PublishableAdmin, PublishableForm
from partners.admin.value_rows import AFTER_ROWS
from partners.languages import columns_of
from partners.models import Agreement, AgreementAmount, AgreementParty, Citation, Event
from partners.vocabularies import PartyRole


class AgreementForm(PublishableForm):
    rule_fields = {
        "agreement_expiration_not_before_effective": "expiration_date",
        "agreement_expiration_not_before_signed": "expiration_date",
    }


class AgreementPartyInline(CurationInline):
    model = AgreementParty
    fields = ["organization", "role", "state"]
    readonly_fields = ["state"]
    autocomplete_fields = ["organization"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("organization")

    @admin.display(description=_("its publication state"))
    def state(self, party):
        return party.organization.get_publication_state_display() if party.pk else "-"


@admin.register(Agreement)
class AgreementAdmin(SearchesElsewhere, PublishableAdmin):
    form = AgreementForm
    list_display = ["title_en", "publication_state", "missing", "partners", "announced_date", "changed"]
    list_filter = [
        *("publication_state", LacksFilter, "agreement_type", "status", "basis", "binding"),
        *(("announcement", admin.RelatedOnlyFieldListFilter), "mission_areas", "announced_date"),
    ]
    list_prefetch_related = [
        "mission_areas",
        Prefetch("citations", Citation.objects.only("agreement").order_by("pk")),
        Prefetch("parties", AgreementParty.objects.select_related("organization").in_order()),
    ]
    search_fields = ["title_key__contains", "slug__contains"]
    autocomplete_fields = ["mission_areas", "announcement"]
    can_be_merged, name_field = True, "title_en"
    told_apart_by = ("announced_date", "slug")
    readonly_fields = ["verified_date", "published_at", "created_at", "updated_at"]
    inlines = [AgreementPartyInline, AgreementAmountInline, CitationInline]
    save_as = True  # agreements of one announcement have much in common
    fieldsets = [
        (_("Identity"), {"fields": [*columns_of("title"), "slug"]}),
        (_("What was agreed"), {"fields": [*columns_of("summary"), "mission_areas"]}),
        (
            pgettext_lazy("of an agreement", "Form"),
            {"fields": ["agreement_type", "basis", "status", "binding"]},
        ),
        (
            _("Course"),
            {
                "fields": [
                    *("announced_date", "announcement"),
                    *("signed_date", "effective_date", "expiration_date"),
                ]
            },
        ),
        (_("For curators only"), {"fields": ["curator_note"], "classes": [AFTER_ROWS]}),
        DATES,
    ]
    lacks = {
        "needed": (
            _("Anything needed for publication"),
            Q(agreement_type="") | Q(summary_en="") | without_source("agreement") | WITHOUT_PUBLISHED_PARTNER,
        ),
        "citations": (_("A source"), without_source("agreement")),
        "partner": (_("A partner"), WITHOUT_PARTNER),
        "published_partner": (_("A partner that is published"), WITHOUT_PUBLISHED_PARTNER),
        "agreement_type": (_("A type"), Q(agreement_type="")),
        "summary_en": (_("An English summary"), Q(summary_en="")),
        **translations_lacking("summary", _("A {} summary")),
        **translations_lacking("title", _("A {} title")),
        "mission_areas": (_("A mission area"), without_rows(Agreement.mission_areas.through, "agreement")),
        "announced_date": (_("The day of announcement"), Q(announced_date=None)),
        "amounts": (_("An amount"), without_rows(AgreementAmount, "agreement")),
    }
    wanted = [
        *translations_wanted("title", _("{} title")),
        *translations_wanted("summary", _("{} summary")),
        (_("mission area"), lambda agreement: not agreement.mission_areas.all()),
        (_("day of announcement"), lambda agreement: not agreement.announced_date),
    ]

    def save_formset(self, request, form, formset, change):
        """Citations of a sum that is saved with them get it here; sums go after the citations that go with them."""
        if formset.model is Citation:
            for row in formset.forms:
                if getattr(row, "awaits", ""):
                    row.instance.agreement_amount = request.amounts_as_sent[row.awaits]
        super().save_formset(request, form, formset, change)
        if formset.model is AgreementAmount:
            sent = [(row.data.get(row.add_prefix("key")), row.instance) for row in formset.forms]
            request.amounts_as_sent = {key: amount for key, amount in sent if key and amount.pk}

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        for formset in formsets:
            if isinstance(formset, AgreementAmountFormSet):
                formset.delete_at_last()

    def holds(self, word):
        parties = AgreementParty.objects.filter(organization__name_key__contains=word)
        return super().holds(word) | Q(pk__in=parties.values("agreement"))

    @admin.display(description=_("partners"))
    def partners(self, agreement):
        parties = agreement.parties.all()
        return ", ".join(str(party.organization) for party in parties if party.role == PartyRole.PARTNER)

    def lookup_allowed(self, lookup, value, request):
        """The form of an organization leads to the list of its agreements."""
        return lookup == "parties__organization__id__exact" or super().lookup_allowed(lookup, value, request)


@admin.register(Event)
class EventAdmin(PublishableAdmin):
    list_display = ["title_en", "publication_state", "missing", "date", "kind", "changed"]
    list_filter = ["publication_state", LacksFilter, "kind"]
    list_prefetch_related = [Prefetch("citations", Citation.objects.only("event").order_by("pk"))]
    date_hierarchy = "date"
    autocomplete_fields = ["organizations"]
    can_be_merged, name_field = True, "title_en"
    told_apart_by = ("date", "slug")
    search_fields = ["title_en__icontains", "slug__contains", "title_nl__icontains"]
    readonly_fields = ["announced", "verified_date", "published_at", "created_at", "updated_at"]
    inlines = [CitationInline]
    save_as = True
    fieldsets = [
        (_("Identity"), {"fields": [*columns_of("title"), "slug", "date", "kind"]}),
        (_("What happened"), {"fields": [*columns_of("summary"), "organizations"]}),
        (_("Around it"), {"fields": ["announced"], "classes": ["once-saved", AFTER_ROWS]}),
        DATES,
    ]
    lacks = {
        "needed": (_("Anything needed for publication"), Q(summary_en="") | without_source("event")),
        "citations": (_("A source"), without_source("event")),
        "summary_en": (_("An English summary"), Q(summary_en="")),
        **translations_lacking("summary", _("A {} summary")),
        **translations_lacking("title", _("A {} title")),
    }
    wanted = [
        *translations_wanted("title", _("{} title")),
        *translations_wanted("summary", _("{} summary")),
    ]

    @admin.display(description=_("agreements made public at it"))
    def announced(self, event):
        return links(
            event.agreements.all()[:LINKS_SHOWN],
            total=event.agreements.count(),
            more=changelist_url(Agreement, f"announcement__id__exact={event.pk}"),
        )
