"""Organizations and their other names."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Exists, Prefetch, Q
from django.utils.translation import gettext_lazy as _

from partners.admin.base import LINKS_SHOWN, CurationFormSet, CurationInline, changelist_url, links
from partners.admin.filters import LacksFilter, RoleFilter, party_filter, without_source
from partners.admin.languages import translations_lacking, translations_wanted
from partners.admin.publication import DATES, WITHHOLD, PublishableAdmin, PublishableForm
from partners.admin.sources import CitationInline
from partners.languages import columns_of
from partners.models import Agreement, Citation, Organization, OrganizationName
from partners.texts import name_identity
from partners.vocabularies import PartyRole, PublicationState


class OrganizationForm(PublishableForm):
    rule_fields = {
        "organization_ror_id_unique": "ror_id",
        "organization_wikidata_id_unique": "wikidata_id",
        "organization_region_in_its_country": "region_code",
        "organization_established_is_a_year": "established",
        "organization_not_its_own_parent": "parent",
        "organization_one_parent": "parent_name",
    }


class OrganizationNameFormSet(CurationFormSet):
    """No name twice that is only written in another way."""

    def clean(self):
        super().clean()
        first_forms = {}
        for form in self.forms:
            row = form.cleaned_data if form.is_valid() else {}
            if not row.get("value") or row.get("DELETE"):
                continue
            first = first_forms.setdefault(name_identity(row["value"]), form)
            names = {"first": first.cleaned_data["value"], "second": row["value"]}
            if first is not form and (first.has_changed() or form.has_changed()):
                raise ValidationError(
                    _("“%(first)s” and “%(second)s” are the same name. Allowed: one of them."), params=names
                )


class OrganizationNameInline(CurationInline):
    model = OrganizationName
    formset = OrganizationNameFormSet
    fields = ["value", "type", "language"]


@admin.register(Organization)
class OrganizationAdmin(PublishableAdmin):
    form = OrganizationForm
    list_display = ["name", "publication_state", "missing", "type", "citation_count", "changed"]
    list_filter = ["publication_state", LacksFilter, RoleFilter, "type", "ownership", "sectors", "updated_at"]
    list_prefetch_related = [
        "sectors",
        Prefetch("citations", Citation.objects.only("organization").order_by("pk")),
    ]
    search_fields = [
        "name_key__contains",
        "slug__contains",
        "ticker__iexact",
        "wikidata_id__iexact",
        "ror_id__contains",
    ]
    autocomplete_fields = ["parent", "sectors"]
    name_keys, name_field, traits_of_rows = ("name_key",), "name", ("names",)
    told_apart_by = ("slug", "city", "region_code", "country_code")
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["agreements", "members", "published_at", "created_at", "updated_at"]
    inlines = [OrganizationNameInline, CitationInline]
    fieldsets = [
        (_("Identity"), {"fields": ["name", "slug", "legal_name", "type", "ownership"]}),
        (_("What it is and does"), {"fields": [*columns_of("summary"), "sectors", "established"]}),
        (_("What it belongs to"), {"fields": ["parent", "parent_name"]}),
        (_("Head office"), {"fields": [("city", "region_code", "country_code")]}),
        (_("Addresses and identifiers"), {"fields": ["website", "wikidata_id", "ror_id", "ticker"]}),
        (_("Around it"), {"fields": ["agreements", "members"], "classes": ["once-saved"]}),
        (_("Curator's note"), {"fields": ["curator_note"]}),
        DATES,
    ]
    lacks = {
        "needed": (
            _("Anything needed for publication"),
            Q(type="") | Q(summary_en="") | without_source("organization"),
        ),
        "citations": (_("A source"), without_source("organization")),
        "type": (_("A type"), Q(type="")),
        "summary_en": (_("An English summary"), Q(summary_en="")),
        **translations_lacking("summary", _("A {} summary")),
        "sectors": (_("A sector"), Q(sectors=None)),
        "website": (_("A website"), Q(website="")),
        "agreements": (_("A part in an agreement"), Q(~Exists(party_filter("organization")))),
    }
    wanted = [
        *translations_wanted("summary", _("{} summary")),
        (_("sector"), lambda organization: not organization.sectors.all()),
        (_("website"), lambda organization: not organization.website),
    ]

    def sharing(self, traits):
        values = {kind: [value for each, value in traits if each == kind] for kind, _value in traits}
        names = OrganizationName.objects.filter(value_key__in=values.get("name", []))
        near = super().sharing(traits) | Q(pk__in=names.values("organization"))
        for name in values.get("name", []):
            # The legal name has no folded column of its own.
            first, *rest = name.split()
            legal = Q(legal_name__istartswith=first)
            for word in rest:
                legal &= Q(legal_name__icontains=word)
            near |= legal
        for host in values.get("host", []):
            near |= Q(website__icontains=host)
        for ticker in values.get("ticker", []):
            near |= Q(ticker__iexact=ticker)
        return near

    def holds(self, word):
        names = OrganizationName.objects.filter(value_key__contains=word)
        return super().holds(word) | Q(pk__in=names.values("organization"))

    @admin.display(description=_("citations"))
    def citation_count(self, organization):
        return len(organization.citations.all())

    @admin.display(description=_("agreements"))
    def agreements(self, organization):
        """Those it is a party to; they are changed in their own form."""
        parties = organization.parties.select_related("agreement").order_by(
            "-agreement__announced_date", "pk"
        )
        return links(
            [party_filter.agreement for party_filter in parties[:LINKS_SHOWN]],
            lambda agreement: f"{agreement} ({agreement.get_publication_state_display()})",
            total=parties.count(),
            more=changelist_url(Agreement, f"parties__organization__id__exact={organization.pk}"),
        )

    @admin.display(description=_("belong to it"))
    def members(self, organization):
        return links(
            organization.children.all()[:LINKS_SHOWN],
            total=organization.children.count(),
            more=changelist_url(Organization, f"parent__id__exact={organization.pk}"),
        )

    def note(self, request, record, step):
        super().note(request, record, step)
        if step is WITHHOLD and (hidden := agreements_hidden_with(record)):
            warning = _("No longer public, because no other partner of theirs is published: %s.")
            self.message_user(request, warning % ", ".join(hidden), messages.WARNING)


def agreements_hidden_with(organization) -> list[str]:
    """Published agreements of a partner that readers cannot see now that it is withheld."""
    agreements = Agreement.objects.filter(
        Exists(party_filter("agreement", organization=organization, role=PartyRole.PARTNER)),
        publication_state=PublicationState.PUBLISHED,
    ).exclude(pk__in=Agreement.objects.published().values("pk"))
    titles = [f"“{agreement}”" for agreement in agreements[: LINKS_SHOWN + 1]]
    return titles[:LINKS_SHOWN] + ["…"] * (len(titles) > LINKS_SHOWN)
