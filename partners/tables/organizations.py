"""The columns of organizations and their other names, after the Research Organization Registry (2.1)."""

from django.utils.translation import gettext_lazy as _

from partners.models import AgreementParty, Organization, OrganizationName
from partners.places import country_name, region_name
from partners.tables.columns import DESCRIPTION, Column, Related, Table, codes_of
from partners.tables.recurring import (
    NO_AGREEMENTS,
    NO_WORD,
    NOTE,
    STATE,
    VERIFIED,
    disputed_column,
    label_column,
    owner_column,
    record_columns,
    related_columns,
    slug_column,
    source_columns,
    term_columns,
    text_columns,
    with_row_version,
)
from partners.vocabularies import NameType, OrganizationType, Ownership, PartyRole

ORGANIZATION_SECTORS = Related(
    Organization.sectors.through.objects.all, "organization", "sector__slug", "sector__name_en"
)


ORGANIZATION_NAMES_RELATED = Related(OrganizationName.objects.all, "organization", "value", "type")


ORGANIZATION_AGREEMENTS = Related(
    AgreementParty.objects.public, "organization", "agreement__slug", "agreement__title_en"
)


ORGANIZATION_LABORATORIES = Related(
    lambda: AgreementParty.objects.public(PartyRole.LABORATORY),
    "agreement__parties__organization",
    "organization__slug",
    "organization__name",
)


ORGANIZATION_MISSION_AREAS = Related(
    lambda: AgreementParty.objects.public().filter(agreement__mission_areas__isnull=False),
    "organization",
    "agreement__mission_areas__slug",
    "agreement__mission_areas__name_en",
)


ORGANIZATIONS = Table(
    name="organizations",
    title=_("Organizations"),
    description=_("Partners, government bodies and laboratories."),
    model=Organization,
    key=("organization",),
    columns=with_row_version(
        (
            slug_column(
                "organization",
                _("Organization"),
                _("The stable name of the organization; also in its address."),
            ),
            Column(name="name", title=_("Name"), description=_("The name it is known by."), required=True),
            Column(
                name="legal_name", title=_("Legal name"), description=_("The name in registers and filings.")
            ),
            Column(
                name="other_names",
                title=_("Other names"),
                description=_(
                    "Acronyms, aliases, former names and names in other languages. A semicolon within a name is "
                    "written ；; JSON has the name as it is."
                ),
                related=ORGANIZATION_NAMES_RELATED,
                convert=codes_of,
                stored=False,
            ),
            *term_columns(
                "type",
                _("Type"),
                _("What kind of organization it is, in the terms of ROR."),
                OrganizationType,
                editorial=True,
                not_in={DESCRIPTION: "The type of the description says it, in the words of schema.org."},
            ),
            *term_columns(
                "ownership", _("Ownership"), _("Who owns it."), Ownership, editorial=True, not_in=NO_WORD
            ),
            *record_columns(
                "parent",
                _("Parent"),
                _("The organization of this directory it belongs to."),
                "organizations",
                heading="name",
                of_label=_("The name of that organization."),
            ),
            Column(
                name="parent_name",
                title=_("Parent outside the directory"),
                description=_("The name of a parent that is not a record of this directory."),
            ),
            Column(
                name="established",
                title=_("Founded"),
                description=_("The year in which it was founded."),
                datatype="integer",
            ),
            Column(name="city", title=_("City"), description=_("Where its head office or main site is.")),
            Column(name="region_code", title=_("Region"), description=_("State or province, ISO 3166-2.")),
            label_column(
                "region_label",
                "region_code",
                _("Region"),
                _("The name of the state or province."),
                region_name,
            ),
            Column(name="country_code", title=_("Country"), description=_("ISO 3166-1, two letters.")),
            label_column(
                "country_label", "country_code", _("Country"), _("The name of the country."), country_name
            ),
            Column(name="website", title=_("Website"), description=_("Its own site."), datatype="anyURI"),
            Column(name="wikidata_id", title=_("Wikidata"), description=_("Its item in Wikidata.")),
            Column(
                name="ror_id",
                title=_("ROR"),
                description=_("Its record in the Research Organization Registry."),
                datatype="anyURI",
            ),
            Column(name="ticker", title=_("Ticker"), description=_("Its symbol at its main stock exchange.")),
            *related_columns(
                "sectors",
                "sector_labels",
                _("Sectors"),
                _("What it does; our own classification."),
                ORGANIZATION_SECTORS,
                "sectors",
                stored=True,
                editorial=True,
            ),
            *text_columns("summary", _("Summary"), _("What it is, in the words of this directory.")),
            *related_columns(
                "agreements",
                "agreement_labels",
                _("Agreements"),
                _("The agreements it is a party to."),
                ORGANIZATION_AGREEMENTS,
                "agreements",
                not_in=NO_AGREEMENTS,
            ),
            *related_columns(
                "laboratories",
                "laboratory_labels",
                _("Laboratories"),
                _("The laboratories that are parties to those agreements."),
                ORGANIZATION_LABORATORIES,
                "organizations",
                not_in=NO_AGREEMENTS,
            ),
            *related_columns(
                "mission_areas",
                "mission_area_labels",
                _("Mission areas"),
                _("What those agreements are about."),
                ORGANIZATION_MISSION_AREAS,
                "mission_areas",
                not_in=NO_AGREEMENTS,
            ),
            *source_columns("organization"),
            STATE,
            NOTE,
            disputed_column("organization"),
            VERIFIED,
        )
    ),
)


ORGANIZATION_NAMES = Table(
    name="organization_names",
    title=_("Other names"),
    description=_("Acronyms, aliases, former names and names in other languages."),
    model=OrganizationName,
    key=("organization", "value"),
    columns=(
        owner_column("organization", _("Organization"), _("Whose name it is."), "organizations"),
        Column(name="value", title=_("Name"), description=_("The name itself."), required=True),
        Column(
            name="type",
            title=_("Type"),
            description=_("What kind of name it is."),
            vocabulary=NameType,
            required=True,
            not_in={DESCRIPTION: "schema.org has one word for all kinds of other names."},
        ),
        Column(
            name="language",
            title=_("Language"),
            description=_("ISO 639-1; empty where it has none."),
            not_in={DESCRIPTION: "The description names other names, and says no language of each."},
        ),
    ),
)
