"""The columns of every table, in order: the one place to add, describe or find a column.

A list only grows at its end within a released version, and a column never changes its meaning. Names follow the
schema of the Research Organization Registry (2.1) and the terms of DOE; see `vocabularies.py` for the terms.
"""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from partners.models import (
    Agreement,
    AgreementParty,
    Citation,
    Event,
    MissionArea,
    Organization,
    OrganizationName,
    Programme,
    Sector,
    Source,
)
from partners.places import country_name, region_name
from partners.tables.columns import Column, Related, Table, codes_of, if_published, labels_of
from partners.vocabularies import (
    AgreementBasis,
    AgreementStatus,
    AgreementType,
    Binding,
    EventKind,
    MissionAreaLevel,
    NameType,
    OrganizationType,
    Ownership,
    PartyRole,
    PublicationState,
    SourceKind,
    SourceStance,
)

STATE = Column(
    name="publication_state",
    title=_("Publication state"),
    description=_("How far curators have brought the record; only published ones are public."),
    vocabulary=PublicationState,
    required=True,
    public=False,
)
NOTE = Column(
    name="curator_note",
    title=_("Curator's note"),
    description=_("What the next curator should know; never public."),
    public=False,
)


def term_columns(name: str, title, description, vocabulary, **options) -> tuple[Column, Column]:
    """A term as two columns: the stable code, and the label people read."""
    return (
        Column(name=name, title=title, description=description, vocabulary=vocabulary, **options),
        Column(
            name=f"{name}_label",
            title=format_lazy("{} ({})", title, _("label")),
            description=_("The label of the term."),
            path=name,
            convert=vocabulary.label_of,
            stored=False,
        ),
    )


def related_columns(
    codes: str, labels: str, title, description, related, references, stored=False, public=True
):
    """Related records as two columns in the same order: their slugs, and their names."""
    return (
        Column(
            name=codes,
            title=title,
            description=description,
            related=related,
            convert=codes_of,
            references=references,
            stored=stored,
            public=public,
        ),
        Column(
            name=labels,
            title=format_lazy("{} ({})", title, _("labels")),
            description=_("Their names, in the order of the codes."),
            related=related,
            convert=labels_of,
            stored=False,
            public=public,
        ),
    )


def text_columns(name: str, title, description, **english) -> tuple[Column, Column]:
    """A text in English and Dutch."""
    return (
        Column(
            name=f"{name}_en",
            title=format_lazy("{} ({})", title, _("English")),
            description=description,
            **english,
        ),
        Column(
            name=f"{name}_nl",
            title=format_lazy("{} ({})", title, _("Dutch")),
            description=_("The same in Dutch."),
        ),
    )


def slug_column(name: str, title, description) -> Column:
    """The key of a table: a stable name that also stands in addresses."""
    return Column(name=name, title=title, description=description, path="slug", required=True)


SECTORS = Table(
    name="sectors",
    title=_("Sectors"),
    description=_("What organizations do: our own classification."),
    model=Sector,
    key=("sector",),
    columns=(
        slug_column("sector", _("Sector"), _("The stable name of the sector.")),
        *text_columns("name", _("Name"), _("What the sector is called."), required=True),
        *text_columns("description", _("Description"), _("Which organizations belong to it.")),
    ),
)

MISSION_AREAS = Table(
    name="mission_areas",
    title=_("Mission areas"),
    description=_("What agreements are about: pillars, domains and challenges of the programme."),
    model=MissionArea,
    key=("mission_area",),
    columns=(
        slug_column("mission_area", _("Mission area"), _("The stable name of the mission area.")),
        Column(
            name="level",
            title=_("Level"),
            description=_("How broad it is."),
            vocabulary=MissionAreaLevel,
            required=True,
        ),
        Column(
            name="parent",
            title=_("Part of"),
            description=_("The broader area, where a source says so."),
            path="parent__slug",
            references="mission_areas",
        ),
        *text_columns("name", _("Name"), _("What the area is called."), required=True),
        *text_columns("description", _("Description"), _("What it covers.")),
    ),
)

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
ORGANIZATION_SOURCES = Related(Citation.objects.all, "organization", "source__slug", "source__url")

ORGANIZATIONS = Table(
    name="organizations",
    title=_("Organizations"),
    description=_("Partners, government bodies and laboratories."),
    model=Organization,
    key=("organization",),
    columns=(
        slug_column(
            "organization", _("Organization"), _("The stable name of the organization; also in its address.")
        ),
        Column(name="name", title=_("Name"), description=_("The name it is known by."), required=True),
        Column(name="legal_name", title=_("Legal name"), description=_("The name in registers and filings.")),
        Column(
            name="other_names",
            title=_("Other names"),
            description=_("Acronyms, aliases, former names and names in other languages."),
            related=ORGANIZATION_NAMES_RELATED,
            convert=codes_of,
            stored=False,
        ),
        *term_columns(
            "type", _("Type"), _("What kind of organization it is, in the terms of ROR."), OrganizationType
        ),
        *term_columns("ownership", _("Ownership"), _("Who owns it."), Ownership),
        Column(
            name="parent",
            title=_("Parent"),
            description=_("The organization of this directory it belongs to."),
            path="parent__slug",
            shown=if_published("parent", "slug"),
            references="organizations",
        ),
        Column(
            name="parent_label",
            title=_("Parent (label)"),
            description=_("The name of that organization."),
            shown=if_published("parent", "name"),
            stored=False,
        ),
        Column(
            name="parent_name",
            title=_("Parent outside the directory"),
            description=_("The name of a parent that is not a record of this directory."),
        ),
        Column(
            name="established",
            title=_("Established"),
            description=_("The year in which it was established."),
            datatype="integer",
        ),
        Column(name="city", title=_("City"), description=_("Where its head office or main site is.")),
        Column(name="region_code", title=_("Region"), description=_("State or province, ISO 3166-2.")),
        Column(
            name="region_label",
            title=_("Region (label)"),
            description=_("The name of the state or province."),
            path="region_code",
            convert=region_name,
            stored=False,
        ),
        Column(name="country_code", title=_("Country"), description=_("ISO 3166-1, two letters.")),
        Column(
            name="country_label",
            title=_("Country (label)"),
            description=_("The name of the country."),
            path="country_code",
            convert=country_name,
            stored=False,
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
        ),
        *text_columns("summary", _("Summary"), _("What it is, in the words of this directory.")),
        *related_columns(
            "agreements",
            "agreement_labels",
            _("Agreements"),
            _("The agreements it is a party to."),
            ORGANIZATION_AGREEMENTS,
            "agreements",
        ),
        *related_columns(
            "laboratories",
            "laboratory_labels",
            _("Laboratories"),
            _("The laboratories that are parties to those agreements."),
            ORGANIZATION_LABORATORIES,
            "organizations",
        ),
        *related_columns(
            "mission_areas",
            "mission_area_labels",
            _("Mission areas"),
            _("What those agreements are about."),
            ORGANIZATION_MISSION_AREAS,
            "mission_areas",
        ),
        *related_columns(
            "sources",
            "source_addresses",
            _("Sources"),
            _("The sources of this record and its values."),
            ORGANIZATION_SOURCES,
            "sources",
        ),
        STATE,
        NOTE,
    ),
)

ORGANIZATION_NAMES = Table(
    name="organization_names",
    title=_("Other names"),
    description=_("Acronyms, aliases, former names and names in other languages."),
    model=OrganizationName,
    key=("organization", "value"),
    columns=(
        Column(
            name="organization",
            title=_("Organization"),
            description=_("Whose name it is."),
            path="organization__slug",
            references="organizations",
            required=True,
        ),
        Column(name="value", title=_("Name"), description=_("The name itself."), required=True),
        Column(
            name="type",
            title=_("Type"),
            description=_("What kind of name it is."),
            vocabulary=NameType,
            required=True,
        ),
        Column(name="language", title=_("Language"), description=_("ISO 639-1; empty where it has none.")),
    ),
)

EVENT_AGREEMENTS = Related(Agreement.objects.published, "announcement", "slug", "title_en")
EVENT_SOURCES = Related(Citation.objects.all, "event", "source__slug", "source__url")

EVENTS = Table(
    name="events",
    title=_("Events"),
    description=_("The dated lines of the timeline."),
    model=Event,
    key=("event",),
    columns=(
        slug_column("event", _("Event"), _("The stable name of the event.")),
        Column(
            name="date",
            title=_("Date"),
            description=_("The day it happened."),
            datatype="date",
            required=True,
        ),
        *text_columns("title", _("Title"), _("What happened, in a few words."), required=True),
        *term_columns("kind", _("Kind"), _("What kind of event it is."), EventKind, required=True),
        *text_columns("summary", _("Summary"), _("What happened, in the words of this directory.")),
        *related_columns(
            "agreements",
            "agreement_labels",
            _("Agreements"),
            _("The agreements it announced."),
            EVENT_AGREEMENTS,
            "agreements",
        ),
        *related_columns(
            "sources",
            "source_addresses",
            _("Sources"),
            _("The sources of this record and its values."),
            EVENT_SOURCES,
            "sources",
        ),
        STATE,
    ),
)


def agreement_parties(role: PartyRole) -> Related:
    """The public parties of an agreement with one role."""
    return Related(
        lambda: AgreementParty.objects.public(role),
        "agreement",
        "organization__slug",
        "organization__name",
    )


AGREEMENT_MISSION_AREAS = Related(
    Agreement.mission_areas.through.objects.all, "agreement", "missionarea__slug", "missionarea__name_en"
)
AGREEMENT_SOURCES = Related(Citation.objects.all, "agreement", "source__slug", "source__url")

AGREEMENTS = Table(
    name="agreements",
    title=_("Agreements"),
    description=_("Collaboration agreements, projects and pledges."),
    model=Agreement,
    key=("agreement",),
    columns=(
        slug_column("agreement", _("Agreement"), _("The stable name of the agreement; also in its address.")),
        *text_columns("title", _("Title"), _("What was agreed, by whom."), required=True),
        *term_columns(
            "agreement_type", _("Type of agreement"), _("The form sources give it."), AgreementType
        ),
        *related_columns(
            "partners",
            "partner_labels",
            _("Partners"),
            _("The organizations that entered it from outside government."),
            agreement_parties(PartyRole.PARTNER),
            "organizations",
        ),
        *related_columns(
            "agencies",
            "agency_labels",
            _("Agencies"),
            _("The government bodies on the other side."),
            agreement_parties(PartyRole.AGENCY),
            "organizations",
        ),
        *related_columns(
            "laboratories",
            "laboratory_labels",
            _("Laboratories"),
            _("The laboratories where the work is done."),
            agreement_parties(PartyRole.LABORATORY),
            "organizations",
        ),
        *term_columns("basis", _("Basis"), _("Why it came about."), AgreementBasis, required=True),
        *term_columns(
            "status", _("Status"), _("What sources say of its course."), AgreementStatus, required=True
        ),
        *term_columns(
            "binding", _("Binding"), _("Whether it binds its parties in law."), Binding, required=True
        ),
        Column(
            name="announced_date",
            title=_("Announced on"),
            description=_("The day it was made public; empty where only the month is known."),
            datatype="date",
        ),
        Column(
            name="signed_date", title=_("Signed on"), description=_("The day it was signed."), datatype="date"
        ),
        Column(
            name="effective_date",
            title=_("In effect from"),
            description=_("The day it takes effect."),
            datatype="date",
        ),
        Column(
            name="expiration_date",
            title=_("In effect until"),
            description=_("The day it ends."),
            datatype="date",
        ),
        Column(
            name="announcement",
            title=_("Announcement"),
            description=_("The event at which it was made public."),
            path="announcement__slug",
            shown=if_published("announcement", "slug"),
            references="events",
        ),
        Column(
            name="announcement_label",
            title=_("Announcement (label)"),
            description=_("The title of that event."),
            shown=if_published("announcement", "title_en"),
            stored=False,
        ),
        *related_columns(
            "mission_areas",
            "mission_area_labels",
            _("Mission areas"),
            _("What it is about."),
            AGREEMENT_MISSION_AREAS,
            "mission_areas",
            stored=True,
        ),
        *text_columns("summary", _("Summary"), _("What was agreed, in the words of this directory.")),
        *related_columns(
            "sources",
            "source_addresses",
            _("Sources"),
            _("The sources of this record and its values."),
            AGREEMENT_SOURCES,
            "sources",
        ),
        STATE,
        NOTE,
    ),
)

AGREEMENT_PARTIES = Table(
    name="agreement_parties",
    title=_("Parties"),
    description=_("Which organization has which part in which agreement."),
    model=AgreementParty,
    key=("agreement", "organization", "role"),
    columns=(
        Column(
            name="agreement",
            title=_("Agreement"),
            description=_("The agreement."),
            path="agreement__slug",
            references="agreements",
            required=True,
        ),
        Column(
            name="organization",
            title=_("Organization"),
            description=_("The organization."),
            path="organization__slug",
            references="organizations",
            required=True,
        ),
        Column(
            name="role",
            title=_("Role"),
            description=_("Its part in it."),
            vocabulary=PartyRole,
            required=True,
        ),
    ),
)

SOURCE_USES = {
    target: Related(
        lambda target=target: Citation.objects.public().filter(**{f"{target}__isnull": False}),
        "source",
        f"{target}__slug",
        f"{target}__{title}",
    )
    for target, title in (("organization", "name"), ("agreement", "title_en"), ("event", "title_en"))
}

SOURCES = Table(
    name="sources",
    title=_("Sources"),
    description=_("Press releases, articles, orders and registries that support what the directory says."),
    model=Source,
    key=("source",),
    columns=(
        slug_column("source", _("Source"), _("The stable name of the source.")),
        Column(name="title", title=_("Title"), description=_("Its title."), required=True),
        Column(name="publisher", title=_("Publisher"), description=_("Who made it public.")),
        Column(
            name="published_date",
            title=_("Published on"),
            description=_("The day it was published; empty where that is not known."),
            datatype="date",
        ),
        Column(
            name="url",
            title=_("Address"),
            description=_("Where it can be read; empty where others quote it and nobody links it."),
            datatype="anyURI",
        ),
        Column(name="language", title=_("Language"), description=_("ISO 639-1."), required=True),
        *term_columns("kind", _("Kind"), _("What kind of document it is."), SourceKind, required=True),
        *term_columns("stance", _("Stance"), _("From which side it speaks."), SourceStance, required=True),
        *related_columns(
            "organizations",
            "organization_labels",
            _("Organizations"),
            _("The organizations it supports something about."),
            SOURCE_USES["organization"],
            "organizations",
        ),
        *related_columns(
            "agreements",
            "agreement_labels",
            _("Agreements"),
            _("The agreements it supports something about."),
            SOURCE_USES["agreement"],
            "agreements",
        ),
        *related_columns(
            "events",
            "event_labels",
            _("Events"),
            _("The events it supports something about."),
            SOURCE_USES["event"],
            "events",
        ),
        NOTE,
    ),
)

CITATIONS = Table(
    name="citations",
    title=_("Citations"),
    description=_("Which source supports which record, or which value of it."),
    model=Citation,
    key=("source", "organization", "agreement", "event", "field"),
    columns=(
        Column(
            name="source",
            title=_("Source"),
            description=_("The source."),
            path="source__slug",
            references="sources",
            required=True,
        ),
        *(
            Column(
                name=target,
                title=title,
                description=_(
                    "The record it supports; exactly one of organization, agreement and event is filled in."
                ),
                path=f"{target}__slug",
                references=f"{target}s",
            )
            for target, title in (
                ("organization", _("Organization")),
                ("agreement", _("Agreement")),
                ("event", _("Event")),
            )
        ),
        Column(
            name="field",
            title=_("Field"),
            description=_("The column whose value it supports; empty for the whole record."),
        ),
        Column(name="quote", title=_("Quote"), description=_("The few words that support it.")),
        Column(
            name="retrieved_date",
            title=_("Retrieved on"),
            description=_("The day somebody read the source."),
            datatype="date",
        ),
        NOTE,
    ),
)

PROGRAMMES = Table(
    name="programmes",
    title=_("Programme"),
    description=_("The programme whose partners the directory lists; one row."),
    model=Programme,
    key=("programme",),
    columns=(
        slug_column("programme", _("Programme"), _("The stable name of the programme.")),
        *text_columns("name", _("Name"), _("What it is called."), required=True),
        *text_columns("summary", _("Summary"), _("What it is, in the words of this directory.")),
        Column(
            name="lead",
            title=_("Led by"),
            description=_(
                "The organization that leads it; facilities that belong to it are its laboratories."
            ),
            path="lead__slug",
            references="organizations",
        ),
        Column(
            name="announcement",
            title=_("First announcement"),
            description=_("The event at which its first partners were announced."),
            path="announcement__slug",
            references="events",
        ),
    ),
)

# In the order in which a package is loaded: a table stands after those it refers to.
TABLES = (
    SOURCES,
    SECTORS,
    MISSION_AREAS,
    ORGANIZATIONS,
    ORGANIZATION_NAMES,
    EVENTS,
    AGREEMENTS,
    AGREEMENT_PARTIES,
    CITATIONS,
    PROGRAMMES,
)
