"""Organizations and their names. Field names follow the Research Organization Registry, schema 2.1."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partners.languages import columns_of
from partners.models.base import Nested, Publishable, Readable, Translated, term_constraint, term_field
from partners.models.classification import Sector
from partners.models.fields import (
    Code,
    FoldedKey,
    FoldedText,
    SiteKey,
    Slug,
    note_field,
    optional_reference,
)
from partners.models.validators import country_exists, language_exists, region_exists, year_has_come
from partners.querysets import OrganizationNameQuerySet, OrganizationQuerySet
from partners.vocabularies import NameType, OrganizationType, Ownership, PublicationState

COUNTRY_CODE = RegexValidator(r"^[A-Z]{2}\Z", _("Two capital letters, such as US (ISO 3166-1)."))
REGION_CODE = RegexValidator(
    r"^[A-Z]{2}-[A-Z0-9]{1,3}\Z", _("Country and region, such as US-CA (ISO 3166-2).")
)
LANGUAGE_CODE = RegexValidator(r"^[a-z]{2}\Z", _("Two small letters, such as en (ISO 639-1)."))
WIKIDATA_ID = RegexValidator(r"^Q[1-9][0-9]*\Z", _("The letter Q and a number, such as Q95."))
ROR_ID = RegexValidator(
    r"^https://ror\.org/0[a-hj-km-np-tv-z0-9]{6}[0-9]{2}\Z", _("Such as https://ror.org/00njsd438.")
)

# The page of an organization stands under the address of its type.
PROFILE_ROUTES = {
    OrganizationType.FACILITY: "laboratory_detail",
    OrganizationType.GOVERNMENT: "agency_detail",
}


def organization_address(slug: str, type: str) -> str:
    """The address of the page of an organization."""
    return reverse(PROFILE_ROUTES.get(type, "partner_detail"), args=[slug])


class Organization(Nested, Publishable):
    """A company, nonprofit, government body or laboratory."""

    slug = Slug(_("slug"), help_text=_("Stands in addresses and files."))
    name = models.CharField(
        _("name"), max_length=200, help_text=_("The name readers know, as the announcement has it.")
    )
    name_key = FoldedKey(source="name")
    legal_name = models.CharField(
        _("legal name"), max_length=200, blank=True, help_text=_("As in a company register or a filing.")
    )
    legal_name_key = FoldedKey(source="legal_name")
    type = term_field(
        OrganizationType, _("type"), blank=True, help_text=_("See the record at ror.org, where it has one.")
    )
    ownership = term_field(Ownership, _("ownership"), blank=True, help_text=_("Only what a source says."))
    parent = optional_reference(
        "self",
        _("parent"),
        related_name="children",
        help_text=_("The organization of this directory it belongs to."),
    )
    parent_name = models.CharField(
        _("parent outside the directory"),
        max_length=200,
        blank=True,
        help_text=_("Only when the parent is not a record of this directory."),
    )
    established = models.PositiveSmallIntegerField(
        _("founded"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1000), MaxValueValidator(2100), year_has_come],
        help_text=_("The year."),
    )
    sectors = models.ManyToManyField(
        Sector, verbose_name=_("sectors"), blank=True, related_name="organizations"
    )
    summary = Translated(
        models.TextField,
        _("summary"),
        max_length=2000,
        help_text=_("What it is, in our own words; one or two sentences."),
    )
    search_text = FoldedText(
        sources=[
            *("name", "legal_name", *columns_of("summary"), "city", "parent_name"),
            *("ticker", "website", "wikidata_id", "ror_id"),
        ]
    )

    city = models.CharField(_("city"), max_length=100, blank=True, help_text=_("Of the head office."))
    region_code = models.CharField(
        _("region"),
        max_length=6,
        blank=True,
        validators=[REGION_CODE, region_exists],
        help_text=_("ISO 3166-2, such as US-CA."),
    )
    country_code = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        validators=[COUNTRY_CODE, country_exists],
        help_text=_("ISO 3166-1, such as US."),
    )

    website = models.URLField(_("website"), blank=True)
    site_key = SiteKey(source="website")
    wikidata_id = models.CharField(
        _("Wikidata id"),
        max_length=20,
        blank=True,
        validators=[WIKIDATA_ID],
        help_text=_("In the address at wikidata.org."),
    )
    ror_id = models.CharField(
        _("ROR id"),
        max_length=40,
        blank=True,
        validators=[ROR_ID],
        help_text=_("The whole address, from a search at ror.org."),
    )
    ticker = models.CharField(
        _("ticker"), max_length=20, blank=True, help_text=_("Its symbol at its main stock exchange.")
    )
    ticker_key = FoldedKey(source="ticker")

    curator_note = note_field()

    called = "name"
    # Columns besides the name by which another one may be the same, each with the kind of what it holds.
    alike_by: ClassVar = {"legal_name_key": "name", "site_key": "host", "ticker_key": "ticker"}
    needed_to_publish = ("name", "type", "summary_en")
    citation_place = 1
    citable_fields = (
        *("name", "legal_name", "type", "ownership", "parent", "parent_name", "established", "sectors"),
        *(*columns_of("summary"), "city", "region_code", "country_code"),
        *("website", "wikidata_id", "ror_id", "ticker"),
    )

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ["name_key", "slug"]
        permissions = [("publish_organization", "Can publish and withhold organizations")]
        indexes = [
            models.Index(fields=["publication_state", "name_key", "slug"], name="organization_listing"),
            models.Index(fields=["type", "parent"], name="organization_type_parent"),
            # By what another organization may be the same (`changes/likeness.py`).
            models.Index(fields=["name_key", "slug"], name="organization_name_key"),
            models.Index(fields=["legal_name_key"], name="organization_legal_name_key"),
            models.Index(fields=["site_key"], name="organization_site_key"),
            models.Index(fields=["ticker_key"], name="organization_ticker_key"),
        ]
        constraints = [
            term_constraint("organization", "type", OrganizationType, blank=True),
            term_constraint("organization", "ownership", Ownership, blank=True),
            term_constraint("organization", "publication_state", PublicationState),
            models.UniqueConstraint(
                fields=["ror_id"],
                condition=~Q(ror_id=""),
                name="organization_ror_id_unique",
                violation_error_message=_("Another organization has this ROR id."),
            ),
            models.UniqueConstraint(
                fields=["wikidata_id"],
                condition=~Q(wikidata_id=""),
                name="organization_wikidata_id_unique",
                violation_error_message=_("Another organization has this Wikidata id."),
            ),
            models.CheckConstraint(
                name="organization_region_in_its_country",
                condition=Q(region_code="")
                | Q(region_code__startswith=models.F("country_code")) & ~Q(country_code=""),
                violation_error_message=_(
                    "The region must begin with the code of the country, such as US and US-CA."
                ),
            ),
            models.CheckConstraint(
                name="organization_established_is_a_year",
                condition=Q(established__isnull=True) | Q(established__gte=1000, established__lte=2100),
                violation_error_message=_("The year of founding lies between 1000 and 2100."),
            ),
            models.CheckConstraint(
                name="organization_not_its_own_parent",
                condition=~Q(parent=models.F("id")),
                violation_error_message=_("An organization cannot be its own parent."),
            ),
            models.CheckConstraint(
                name="organization_one_parent",
                condition=Q(parent__isnull=True) | Q(parent_name=""),
                violation_error_message=_(
                    "Fill in a parent of the directory or the name of another one, not both."
                ),
            ),
            models.CheckConstraint(
                name="organization_published_is_complete",
                condition=~Q(publication_state=PublicationState.PUBLISHED)
                | (~Q(name="") & ~Q(type="") & ~Q(summary_en="")),
                violation_error_message=_(
                    "A published organization has a name, a type and an English summary."
                ),
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return organization_address(self.slug, self.type)


class OrganizationName(Readable):
    """Another name of an organization: search finds it by this one too."""

    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.CASCADE, related_name="names"
    )
    value = Code(_("name"), max_length=200)
    value_key = FoldedKey(source="value")
    type = term_field(NameType, _("type"), default=NameType.ALIAS)
    language = models.CharField(
        _("language"),
        max_length=2,
        blank=True,
        validators=[LANGUAGE_CODE, language_exists],
        help_text=_("ISO 639-1, such as en; empty where it has none."),
    )

    # However it is written: see `name_identity`. Forms and packages refuse a second one.
    one_name_within = "organization"

    objects = OrganizationNameQuerySet.as_manager()

    class Meta:
        verbose_name = _("other name")
        verbose_name_plural = _("other names")
        ordering = ["value_key", "value"]
        indexes = [models.Index(fields=["value_key"], name="organization_name_value_key")]
        constraints = [
            term_constraint("organization_name", "type", NameType),
            models.UniqueConstraint(fields=["organization", "value"], name="organization_name_once"),
        ]

    def __str__(self):
        return self.value
