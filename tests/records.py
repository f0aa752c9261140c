"""Valid records for tests. A helper fills in what a test does not care about; whatever matters to it, the test names.

Unless told otherwise a record is published and complete: it has a summary, a source, and an agreement has a partner.
"""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import count

from django.contrib.auth.models import Permission, User
from django.utils.text import slugify

from partners.models import (
    Agreement,
    AgreementAmount,
    AgreementParty,
    Citation,
    DataVersion,
    Event,
    MissionArea,
    Organization,
    OrganizationName,
    Programme,
    Sector,
    Source,
)
from partners.vocabularies import AmountKind, PartyRole, PublicationState

numbers = count(1)


def make_organization(name="", *, sectors=(), names=(), cited=True, **fields):
    """`names` are other names: a text is an alias, a pair is (value, type)."""
    name = name or f"Organization {next(numbers)}"
    defaults = {"name": name, "slug": slugify(name), "type": "company", "summary_en": f"What {name} is."}
    organization = publishable(Organization, defaults | fields)
    organization.sectors.set(sectors)
    for each in names:
        value, type = (each, "alias") if isinstance(each, str) else each
        OrganizationName.objects.create(organization=organization, value=value, type=type)
    if cited:
        cite(organization)
    return organization


def make_agreement(
    title="", *, partners=None, agencies=(), laboratories=(), mission_areas=(), cited=True, **fields
):
    """`partners=None` makes a partner for it; `partners=[]` leaves it without one."""
    title = title or f"Agreement {next(numbers)}"
    defaults = {"title_en": title, "slug": slugify(title), "agreement_type": "mou"}
    agreement = publishable(Agreement, defaults | {"summary_en": f"What {title} says."} | fields)
    agreement.mission_areas.set(mission_areas)
    for organization in [make_organization()] if partners is None else partners:
        add_party(agreement, organization)
    for organization in agencies:
        add_party(agreement, organization, PartyRole.AGENCY)
    for organization in laboratories:
        add_party(agreement, organization, PartyRole.LABORATORY)
    if cited:
        cite(agreement)
    return agreement


def make_partner(name="", **fields):
    """An organization that is a partner, by an agreement of its own."""
    organization = make_organization(name, **fields)
    make_agreement(f"Agreement of {organization.name}", partners=[organization])
    return organization


def make_event(title="", *, organizations=(), cited=True, **fields):
    title = title or f"Event {next(numbers)}"
    defaults = {"title_en": title, "slug": slugify(title), "date": date(2025, 12, 18)}
    event = publishable(Event, defaults | {"summary_en": f"What happened at {title}."} | fields)
    event.organizations.set(organizations)
    if cited:
        cite(event)
    return event


def make_source(title="", **fields):
    title = title or f"Source {next(numbers)}"
    slug = slugify(title)
    defaults = {"title": title, "slug": slug, "url": f"https://example.org/{slug}", "kind": "news"}
    return Source.objects.create(**defaults | {"stance": "reporting"} | fields)


def make_sector(name="", **fields):
    name = name or f"Sector {next(numbers)}"
    return Sector.objects.create(**{"name_en": name, "slug": slugify(name)} | fields)


def make_mission_area(name="", **fields):
    name = name or f"Mission area {next(numbers)}"
    return MissionArea.objects.create(**{"name_en": name, "slug": slugify(name), "level": "domain"} | fields)


def make_programme(**fields):
    return Programme.objects.create(**{"slug": "genesis", "name_en": "Genesis Mission"} | fields)


def add_party(agreement, organization, role=PartyRole.PARTNER):
    return AgreementParty.objects.create(agreement=agreement, organization=organization, role=role)


def add_amount(agreement, amount=600_000_000, currency="USD", **fields):
    """A sum that an agreement names."""
    defaults = {"kind": AmountKind.CONTRACT_VALUE, "amount": Decimal(amount), "currency": currency}
    return AgreementAmount.objects.create(agreement=agreement, **defaults | fields)


def cite(record, field="", *, source=None, **fields):
    """A citation of a record, for one of its fields or for the whole record."""
    return Citation.objects.create(
        **{type(record).citation_field(): record}, field=field, source=source or make_source(), **fields
    )


def make_curator(username="ada", permissions=None):
    """An account that may enter the admin: with those permissions, such as "view_source", or with all."""
    curator = User.objects.create_user(username, password="a long password", is_staff=True)
    if permissions is None:
        curator.is_superuser = True
        curator.save()
    else:
        found = Permission.objects.filter(codename__in=permissions)
        assert len(found) == len(set(permissions)), permissions
        curator.user_permissions.set(found)
    return curator


def publishable(model, fields):
    """Stored in the state the test asks for, however incomplete: not everything comes in by the front door."""
    record = model(**{"publication_state": PublicationState.PUBLISHED} | fields)
    record.stamp_publication()
    record.save()
    return record


def changed_last(day: date) -> None:
    """Have the data be those of a day in the past, so that they can be kept by it; each time of another moment."""
    start = datetime.combine(day, time(), UTC)
    number = int(start.timestamp()) * 10**6 + next(numbers)
    DataVersion.objects.update_or_create(defaults={"number": number})
