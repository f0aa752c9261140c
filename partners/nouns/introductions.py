"""What a list says of itself, with the numbers, names and days of the program that the directory is about."""

import functools

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext

from partners.composed import ask_how_many, ask_of_keys
from partners.context import present_programme
from partners.models import Agreement, Event, Organization, OrganizationName, Programme
from partners.nouns.declared import LABORATORY, PARTNER
from partners.nouns.noun import Noun
from partners.texts import isolated, with_article
from partners.vocabularies import NameType, PartyRole


def introduction_of(noun: Noun, version: int) -> str:
    """What the list of a kind says of itself at a version of the data: reckoned once for each, as it asks some queries."""
    return reckoned(noun, version, get_language()) or str(noun.introduction)


@functools.lru_cache(maxsize=32)
def reckoned(noun: Noun, _version: int, _language: str) -> str:
    """The same where the data say more than the declaration of the kind; "" elsewhere."""
    reckoning = {PARTNER: of_partners, LABORATORY: of_laboratories}.get(noun)
    if not reckoning:
        return ""
    programme = present_programme()
    return reckoning(programme) if programme else ""


def of_partners(programme: Programme) -> str:
    """Who the partners are by the announcement that the program began with: all of them, or some beside others."""
    event = programme.announcement
    if not (event and event.is_published):
        return ""
    announced, everyone = number_of_announced_partners(event), ask_how_many(PARTNER.rows)
    if announced < 2:
        return ""
    said = {
        "number": announced,
        "more": everyone - announced,
        "day": date_format(event.date, "j F Y"),
        "lead": short_name_of(programme.lead) if programme.lead and programme.lead.is_published else "",
    }
    return (whole_announcement(said) if everyone == announced else part_announced(said)) % said


def whole_announcement(said: dict) -> str:
    if said["lead"]:
        return gettext("The %(number)d organizations that %(lead)s announced on %(day)s.")
    return gettext("The %(number)d organizations that were announced on %(day)s.")


def part_announced(said: dict) -> str:
    if said["lead"]:
        return ngettext(
            "The %(number)d organizations that %(lead)s announced on %(day)s, and one more with a published agreement.",
            "The %(number)d organizations that %(lead)s announced on %(day)s, and %(more)d more with a published agreement.",
            said["more"],
        )
    return ngettext(
        "The %(number)d organizations that were announced on %(day)s, and one more with a published agreement.",
        "The %(number)d organizations that were announced on %(day)s, and %(more)d more with a published agreement.",
        said["more"],
    )


def of_laboratories(programme: Programme) -> str:
    """Whose laboratories these are, and how many."""
    count = ask_how_many(LABORATORY.rows)
    if count < 2 or not programme.lead or not programme.lead.is_published:
        return ""
    words = gettext("The %(number)d laboratories of %(lead)s, and who works with them.")
    return words % {"number": count, "lead": short_name_of(programme.lead)}


def announced_partners(announcement: Event) -> QuerySet:
    """The partners of the agreements that one event announced."""
    return partners_announced(announcement.pk).in_order()


def number_of_announced_partners(announcement: Event) -> int:
    return ask_how_many(partners_announced, announcement.pk)


def partners_announced(announcement: int) -> QuerySet:
    parties = agreements_announced(announcement).filter(parties__role=PartyRole.PARTNER)
    return PARTNER.rows().filter(pk__in=parties.values("parties__organization"))


def agreements_announced(announcement: int) -> QuerySet:
    return Agreement.objects.published().filter(announcement=announcement)


def acronyms_of(organizations: list[int]) -> QuerySet:
    names = OrganizationName.objects.filter(organization__pk__among=organizations, type=NameType.ACRONYM)
    return names.values_list("value")


def short_name_of(organization: Organization) -> str:
    """The acronym of an organization, or its name as it stands within a sentence."""
    acronyms = [value for (value,) in ask_of_keys(acronyms_of, [organization.pk])]
    acronym = min(acronyms, key=lambda value: (len(value), value), default="")
    return isolated(with_article(organization.name, get_language(), acronym))
