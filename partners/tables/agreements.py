"""The columns of agreements, their parties and the events around them."""

from django.utils.translation import gettext_lazy as _

from partners.models import Agreement, AgreementParty, Event
from partners.tables.amounts import AMOUNT_COLUMNS
from partners.tables.columns import Column, Related, Table
from partners.tables.recurring import (
    NO_AGREEMENTS,
    NO_WORD,
    NOTE,
    STATE,
    VERIFIED,
    date_column,
    disputed_column,
    owner_column,
    record_columns,
    related_columns,
    slug_column,
    source_columns,
    term_columns,
    text_columns,
    with_row_version,
)
from partners.vocabularies import (
    AgreementBasis,
    AgreementStatus,
    AgreementType,
    Binding,
    EventKind,
    PartyRole,
)

EVENT_AGREEMENTS = Related(Agreement.objects.published, "announcement", "slug", "title_en")
EVERY_NAMED_ORGANIZATION, EVENT_ORGANIZATIONS = (
    Related(rows, "event", "organization__slug", "organization__name")
    for rows in (Event.organizations.through.objects.all, Event.objects.named_organizations)
)


EVENTS = Table(
    name="events",
    title=_("Events"),
    description=_("The dated lines of the timeline."),
    model=Event,
    key=("event",),
    columns=with_row_version(
        (
            slug_column("event", _("Event"), _("The stable name of the event.")),
            date_column("date", _("Date"), _("The day it happened."), required=True),
            *text_columns("title", _("Title"), _("What happened, in a few words."), required=True),
            *term_columns(
                "kind", _("Kind"), _("What kind of event it is."), EventKind, required=True, editorial=True
            ),
            *text_columns("summary", _("Summary"), _("What happened, in the words of this directory.")),
            *related_columns(
                "organizations",
                "organization_labels",
                _("Organizations"),
                _("The organizations that it is about: those that its title or summary names."),
                EVENT_ORGANIZATIONS,
                "organizations",
                all_related=EVERY_NAMED_ORGANIZATION,
                stored=True,
            ),
            *related_columns(
                "agreements",
                "agreement_labels",
                _("Agreements"),
                _("The agreements it announced."),
                EVENT_AGREEMENTS,
                "agreements",
                not_in=NO_AGREEMENTS,
            ),
            *source_columns("event"),
            STATE,
            disputed_column("event"),
            VERIFIED,
        )
    ),
)


def party_columns(codes: str, labels: str, title, description, role: PartyRole) -> tuple[Column, Column]:
    """The public parties of an agreement with one role."""
    parties = Related(
        lambda: AgreementParty.objects.public(role), "agreement", "organization__slug", "organization__name"
    )
    return related_columns(codes, labels, title, description, parties, "organizations")


AGREEMENT_MISSION_AREAS = Related(
    Agreement.mission_areas.through.objects.all, "agreement", "missionarea__slug", "missionarea__name_en"
)


AGREEMENTS = Table(
    name="agreements",
    title=_("Agreements"),
    description=_("Collaboration agreements, projects and pledges."),
    model=Agreement,
    key=("agreement",),
    columns=with_row_version(
        (
            slug_column(
                "agreement", _("Agreement"), _("The stable name of the agreement; also in its address.")
            ),
            *text_columns("title", _("Title"), _("What was agreed, by whom."), required=True),
            *term_columns(
                "agreement_type",
                _("Type of agreement"),
                _("What sources call the agreement."),
                AgreementType,
                editorial=True,
            ),
            *party_columns(
                "partners",
                "partner_labels",
                _("Partners"),
                _("The organizations that entered it from outside government."),
                PartyRole.PARTNER,
            ),
            *party_columns(
                "agencies",
                "agency_labels",
                _("Agencies"),
                _("The government bodies on the other side."),
                PartyRole.AGENCY,
            ),
            *party_columns(
                "laboratories",
                "laboratory_labels",
                _("Laboratories"),
                _("The laboratories where the work is done."),
                PartyRole.LABORATORY,
            ),
            *term_columns(
                "basis",
                _("Based on"),
                _("Why it came about."),
                AgreementBasis,
                required=True,
                editorial=True,
                not_in=NO_WORD,
            ),
            *term_columns(
                "status",
                _("Status"),
                _("What sources say about its progress."),
                AgreementStatus,
                required=True,
                editorial=True,
                not_in=NO_WORD,
            ),
            *term_columns(
                "binding",
                _("Legally binding"),
                _("Whether it binds its parties in law."),
                Binding,
                required=True,
                not_in=NO_WORD,
            ),
            date_column(
                "announced_date",
                _("Announced on"),
                _("The day it was made public; empty where only the month is known."),
            ),
            date_column("signed_date", _("Signed on"), _("The day it was signed.")),
            date_column("effective_date", _("In effect from"), _("The day it takes effect.")),
            date_column("expiration_date", _("In effect until"), _("The day it ends.")),
            *record_columns(
                "announcement",
                _("Announcement"),
                _("The event at which it was made public."),
                "events",
                heading="title_en",
                of_label=_("The title of that event."),
            ),
            *related_columns(
                "mission_areas",
                "mission_area_labels",
                _("Mission areas"),
                _("What it is about."),
                AGREEMENT_MISSION_AREAS,
                "mission_areas",
                stored=True,
                editorial=True,
            ),
            *text_columns("summary", _("Summary"), _("What was agreed, in the words of this directory.")),
            *source_columns("agreement"),
            *AMOUNT_COLUMNS,
            STATE,
            NOTE,
            disputed_column("agreement"),
            VERIFIED,
        )
    ),
)


AGREEMENT_PARTIES = Table(
    name="agreement_parties",
    title=_("Parties"),
    description=_("Which organization has which part in which agreement."),
    model=AgreementParty,
    key=("agreement", "organization", "role"),
    columns=(
        owner_column("agreement", _("Agreement"), _("The agreement."), "agreements"),
        owner_column("organization", _("Organization"), _("The organization."), "organizations"),
        Column(
            name="role",
            title=_("Role"),
            description=_("Its part in it."),
            vocabulary=PartyRole,
            required=True,
            not_in=NO_WORD,
        ),
    ),
)
