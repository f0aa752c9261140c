"""Which texts are searched for the rows of each listing. Only what readers may see is among them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.db import models
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from partners.models import (
    Agreement,
    AgreementAmount,
    AgreementParty,
    Event,
    Organization,
    OrganizationName,
    Source,
)
from partners.vocabularies import PartyRole


@dataclass(frozen=True)
class Own:
    """A text of the listed record itself: a field, or one for each language. All of them stand in `search_text`."""

    label: str | Promise
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Related:
    """A text of other records that belong to the listed one.

    `rows`    the rows that tie them to it, those a reader may see
    `owner`   the lookup from such a row to the listed record
    `key`     the lookup to the folded text
    `fields`  the lookups to the text itself, as for `Own`
    `name`    whether it is another name of the listed record
    """

    label: str | Promise
    rows: Callable[[], QuerySet]
    owner: str
    key: str
    fields: tuple[str, ...]
    name: bool = False

    def owners(self, pattern: str) -> QuerySet:
        """The primary keys of the listed records with such a text, found from the side of the texts."""
        return narrowed(self.rows(), self.key, pattern).order_by().values_list(self.owner)


def narrowed(rows: QuerySet, key: str, pattern: str) -> QuerySet:
    """The rows with a pattern in the text at `key`, each relation on the way there as a subquery and not as a join:
    the few records with the word are found first, whatever the engine thinks of its statistics."""
    relation, _, rest = key.partition("__")
    if not rest:
        return rows.filter(**{f"{key}__has_words": pattern})
    field = rows.model._meta.get_field(relation)
    found = narrowed(field.related_model._default_manager.all(), rest, pattern).order_by()
    if field.one_to_many:
        return rows.filter(pk__in=found.values(field.field.name))
    return rows.filter(**{f"{relation}__in": found.values("pk")})


@dataclass(frozen=True)
class Texts:
    """What is searched for the rows of a listing.

    `title` is the folded column of the text that heads a row, and `heading` what it is made of; `shown` are the
    fields that a page shows as the heading and the summary of a row.
    """

    model: type[models.Model]
    title: str
    heading: Own
    shown: tuple[str, str]
    own: tuple[Own, ...] = ()
    related: tuple[Related, ...] = ()

    @property
    def names(self) -> list[Related]:
        """The other names of a row."""
        return [text for text in self.related if text.name]


PARTIES = AgreementParty.objects.public


def names_of_parties(label, role: PartyRole | None, owner: str) -> tuple[Related, ...]:
    """The names of the parties of public agreements, with one role or any."""
    rows = partial(PARTIES, role)
    return (
        Related(label, rows, owner, "organization__name_key", ("organization__name",)),
        Related(label, rows, owner, "organization__names__value_key", ("organization__names__value",)),
    )


SUMMARY = Own(_("Summary"), ("summary_en", "summary_nl"))
OTHER_NAMES = Related(
    _("Also known as"), OrganizationName.objects.all, "organization", "value_key", ("value",), name=True
)
AGREEMENTS_OF_ORGANIZATION = Related(
    _("Agreement"),
    PARTIES,
    "organization",
    "agreement__title_text",
    ("agreement__title_en", "agreement__title_nl"),
)
SECTORS_OF_ORGANIZATION = Related(
    _("Sector"),
    Organization.sectors.through.objects.all,
    "organization",
    "sector__search_text",
    ("sector__name_en", "sector__name_nl"),
)
MISSION_AREAS_OF_AGREEMENT = Related(
    _("Mission area"),
    Agreement.mission_areas.through.objects.all,
    "agreement",
    "missionarea__search_text",
    ("missionarea__name_en", "missionarea__name_nl"),
)
AMOUNTS_OF_AGREEMENT = Related(
    _("Amount"), AgreementAmount.objects.all, "agreement", "search_text", ("told_en", "told_nl")
)
# From the party of an agreement to the other parties of it.
OTHER_PARTIES = "agreement__parties__organization"


def texts_of_organizations(*related: Related) -> Texts:
    return Texts(
        model=Organization,
        title="name_key",
        heading=Own(_("Name"), ("name",)),
        shown=("name", "summary_en"),
        own=(Own(_("Legal name"), ("legal_name",)), SUMMARY),
        related=(OTHER_NAMES, *related),
    )


PARTNER_TEXTS = texts_of_organizations(
    SECTORS_OF_ORGANIZATION,
    AGREEMENTS_OF_ORGANIZATION,
    *names_of_parties(_("Laboratory"), PartyRole.LABORATORY, OTHER_PARTIES),
)
LABORATORY_TEXTS = texts_of_organizations(
    AGREEMENTS_OF_ORGANIZATION,
    *names_of_parties(_("Partner"), PartyRole.PARTNER, OTHER_PARTIES),
)
AGREEMENT_TEXTS = Texts(
    model=Agreement,
    title="title_key",
    heading=Own(_("Title"), ("title_en", "title_nl")),
    shown=("title_en", "summary_en"),
    own=(SUMMARY,),
    related=(
        *names_of_parties(_("Party"), None, "agreement"),
        MISSION_AREAS_OF_AGREEMENT,
        AMOUNTS_OF_AGREEMENT,
    ),
)
EVENT_TEXTS = Texts(
    model=Event,
    title="title_key",
    heading=Own(_("Title"), ("title_en", "title_nl")),
    shown=("title_en", "summary_en"),
    own=(SUMMARY,),
)
SOURCE_TEXTS = Texts(
    model=Source,
    title="title_key",
    heading=Own(_("Title"), ("title",)),
    shown=("title", ""),
    own=(Own(_("Publisher"), ("publisher",)),),
)
