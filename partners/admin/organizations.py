"""Organizations and their other names."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Exists, Prefetch, Q
from django.forms import CheckboxSelectMultiple
from django.utils.translation import gettext_lazy as _

from partners.admin.base import (
    LINKS_SHOWN,
    CurationFormSet,
    CurationInline,
    SearchesElsewhere,
    changelist_url,
    links,
)
from partners.admin.citation_rows import CitationInline
from partners.admin.filters import LacksFilter, RoleFilter, party_filter, without_rows, without_source
from partners.admin.languages import translations_lacking, translations_wanted
from partners.admin.likeness import ask_of_twins
from partners.admin.new_agreement import NewAgreement
from partners.admin.publication import (
    DATES,
    PUBLISH,
    SEND_FOR_REVIEW,
    WITHHOLD,
    PublishableAdmin,
    PublishableForm,
    chosen_step,
)
from partners.admin.value_rows import AFTER_ROWS
from partners.changes.likeness import traits_of
from partners.languages import columns_of
from partners.models import Agreement, Citation, Organization, OrganizationName
from partners.texts import name_identity
from partners.vocabularies import PartyRole, PublicationState

# More terms than this are searched for, not ticked.
MOST_TICKED = 40
NEEDED_FOR_AGREEMENT = [
    "partners.add_agreement",
    "partners.add_agreementparty",
    "partners.add_citation",
]


class OrganizationForm(PublishableForm):
    # The agreement that is written down with it.
    new_agreement: NewAgreement | None = None
    rule_fields = {
        "organization_ror_id_unique": "ror_id",
        "organization_wikidata_id_unique": "wikidata_id",
        "organization_region_in_its_country": "region_code",
        "organization_established_is_a_year": "established",
        "organization_not_its_own_parent": "parent",
        "organization_one_parent": "parent_name",
    }

    def clean(self):
        cleaned = super().clean()
        partner = Organization(pk=self.instance.pk, name=cleaned.get("name") or self.instance.name)
        if self.new_agreement and not self.new_agreement.is_valid(partner):
            self.add_error(None, _("The agreement below cannot be saved yet: see what it says there."))
        return cleaned


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
class OrganizationAdmin(SearchesElsewhere, PublishableAdmin):
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
    can_be_merged, name_field = True, "name"
    identifiers = ("wikidata_id", "ror_id")
    alike_fields = ("name", "legal_name", "website", "ticker", *identifiers)
    told_apart_by = ("slug", "city", "region_code", "country_code")
    readonly_fields = ["agreements", "members", "verified_date", "published_at", "created_at", "updated_at"]
    inlines = [OrganizationNameInline, CitationInline]
    fieldsets = [
        (
            _("Who it is"),
            {
                "fields": [
                    *("name", "type", *columns_of("summary"), "established"),
                    *("city", "region_code", "country_code", "website"),
                ]
            },
        ),
        (
            _("More: address, legal name, ownership, part of, identifiers"),
            {
                "fields": [
                    *("slug", "legal_name", "ownership", "parent", "parent_name"),
                    *("wikidata_id", "ror_id", "ticker"),
                ],
                "classes": ["collapse"],
            },
        ),
        (_("Sectors"), {"fields": ["sectors"]}),
        (_("Around it"), {"fields": ["agreements", "members"], "classes": ["once-saved", AFTER_ROWS]}),
        (_("For curators only"), {"fields": ["curator_note"], "classes": [AFTER_ROWS]}),
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
        "sectors": (_("A sector"), without_rows(Organization.sectors.through, "organization")),
        "website": (_("A website"), Q(website="")),
        "agreements": (_("A part in an agreement"), Q(~Exists(party_filter("organization")))),
    }
    wanted = [
        *translations_wanted("summary", _("{} summary")),
        (_("sector"), lambda organization: not organization.sectors.all()),
        (_("website"), lambda organization: not organization.website),
    ]

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

    # A new agreement in its form ------------------------------------------------------------------------------------

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        """Few sectors are ticked; many are searched for."""
        terms = db_field.remote_field.model
        if db_field.name == "sectors" and terms.objects.count() <= MOST_TICKED:
            kwargs["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def new_agreement(self, request, obj) -> NewAgreement | None:
        """The agreement that is written down with a partner, for those who may add one."""
        if not request.user.has_perms(NEEDED_FOR_AGREEMENT):
            return None
        if getattr(request, "new_agreement", None) is None:
            data = request.POST if request.method == "POST" else None
            may_add = self.has_add_permission(request)
            request.new_agreement = NewAgreement(self.source_bar(request, obj), data, may_add)
        return request.new_agreement

    def _changeform_view(self, request, object_id, form_url, extra_context):
        request.new_agreement = None
        return super()._changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.new_agreement = self.new_agreement(request, obj) if request.method == "POST" else None
        return form

    def save_related(self, request, form, formsets, change):
        """The agreement is saved with its partner, and published with it where it is whole."""
        super().save_related(request, form, formsets, change)
        if not form.new_agreement or not (agreement := form.new_agreement.save(form.instance)):
            return
        for party in form.new_agreement.new_parties:
            ask_of_twins(request, party, traits_of(party), about=party.name)
        step = chosen_step(request)
        screen = self.admin_site.get_model_admin(Agreement)
        if (
            step is PUBLISH
            and screen.has_publish_permission(request)
            and not agreement.missing_for_publication()
        ):
            agreement.publish()
        elif step in (PUBLISH, SEND_FOR_REVIEW):
            agreement.send_for_review()
        self.tell_of(request, agreement)

    def tell_of(self, request, agreement) -> None:
        """Says what became of the agreement that was saved with its partner, and what it lacks."""
        words = _("The agreement “%(title)s” was saved: %(state)s.")
        told = words % {"title": agreement, "state": agreement.get_publication_state_display()}
        if missing := agreement.missing_for_publication():
            told += " " + _("Before it can be published it needs: %s.") % ", ".join(missing.values())
        self.message_user(request, told, messages.WARNING if missing else messages.SUCCESS)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["new_agreement"] = self.new_agreement(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

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
