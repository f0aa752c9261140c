"""A directory full of awkward records, and a plain account of it in Python to compare the database with.

The account (`World`) knows nothing of querysets: it is lists of dataclasses and loops, so that a mistake in the
product's queries cannot hide in it.
"""

import datetime
import random
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

from django.utils.text import slugify
from django.utils.translation import override

from partners.models import Agreement, Organization, Programme
from partners.money import WITHOUT_CENTS, in_every_form
from partners.vocabularies import (
    AgreementBasis,
    AgreementStatus,
    AgreementType,
    AmountKind,
    Binding,
    EventKind,
    Exactness,
    OrganizationType,
    Ownership,
    SourceKind,
    SourceStance,
)
from tests.records import (
    add_amount,
    add_party,
    cite,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
    make_source,
)
from tests.searching import FAR, NAME, NEAR, SUMMARY_OF_ROW, TIED, TITLE, Text, labels, weighed

NAMES = (
    *(
        "Ångström AB",
        "angstrom ab",
        "Zeta-One",
        "Zeta One",
        "ZETA ONE",
        "Émile & Fils",
        "emile",
        "Œuvre",
        "Łódź Labs",
    ),
    *(
        '"Quoted", Inc.',
        "=SUM(A1:A9)",
        "+plus",
        "-minus",
        "@at",
        "'apostrophe",
        "O’Neill",
        "straße",
        "STRASSE",
    ),
    *(
        "İstanbul",
        "日本電気",
        "٣ labs",
        "ʻokina",
        "Ωmega",
        "3M",
        "10x",
        "2x",
        "a;b",
        "100% pure",
        "under_score",
        "back\\slash",
        "a b",
        "ab",
    ),
)
STATES = ("published", "published", "published", "published", "draft", "in_review", "withheld")
REGIONS = ("", "US-CA", "US-NY", "US-TX", "NL-NH")
TYPES = ("company", "company", "nonprofit", "government", "education")
OWNERSHIPS = ("", "startup", "public-company", "subsidiary")
AGREEMENT_TYPES = ("mou", "crada", "contract")
STATUSES = ("announced", "active")
BASES = ("rfi-response", "active-project", "unknown")
BINDINGS = ("no", "unknown")
YEARS = (None, 1911, 1998, 2015, 2015, 2021)
DAYS = (None, *(datetime.date(2025, 12, day) for day in (17, 18, 18)), datetime.date(2026, 1, 5))
# The mission areas, each with the one it is part of: a tree of three levels beside one that stands alone.
AREAS = {
    "area-pillar": "",
    "area-domain": "area-pillar",
    "area-challenge": "area-domain",
    "area-riddle": "area-domain",
    "area-field": "area-pillar",
    "area-alone": "",
}
LEVELS = ("pillar", "domain", "challenge")
KINDS = ("announcement", "policy", "milestone")
SOURCE_KINDS = ("news", "analysis", "press-release")
STANCES = ("reporting", "critical", "official")
CURRENCIES = ("EUR", "JPY", "USD", "USD")
FIGURES = ("0.01", "9.5", "10", "200", "1000000", "5500000", "600000000", "600000000.25", "999999999999999")


# Of what a critical source says otherwise.
DISPUTED = {Organization: "type", Agreement: "status"}


@dataclass
class Someone:
    """An organization as the account has it."""

    slug: str
    name: str
    state: str
    type: str
    ownership: str
    region: str
    established: int | None
    legal_name: str
    other_names: list[str]
    sectors: list[str]
    is_laboratory: bool = False

    @property
    def summary(self) -> str:
        return f"What {self.name} is."


@dataclass
class Sum:
    """An amount of an agreement as the account has it."""

    slug: str
    kind: str
    exactness: str
    amount: Decimal
    currency: str
    giver: str

    def told(self, language: str) -> str:
        with override(language):
            return in_every_form(self.kind, self.exactness, self.amount, self.currency)


@dataclass
class Deal:
    """An agreement as the account has it; parties are pairs of slug and role."""

    slug: str
    title: str
    state: str
    type: str
    status: str
    announced: datetime.date | None
    announcement: str
    mission_areas: list[str]
    parties: list[tuple[str, str]]
    amounts: list[Sum] = field(default_factory=list)
    basis: str = "unknown"
    binding: str = "unknown"

    @property
    def summary(self) -> str:
        return f"How {self.title} came about."


@dataclass
class Happening:
    """An event as the account has it."""

    slug: str
    title: str
    state: str
    kind: str
    date: datetime.date
    organizations: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        return f"Of {self.title} and {self.kind}."


@dataclass
class Document:
    """A source as the account has it, with the slugs of what it supports."""

    slug: str
    title: str
    publisher: str
    kind: str
    stance: str
    published: datetime.date | None
    supports: list[str]

    @property
    def url(self) -> str:
        return f"https://example.org/{slugify(self.title)}"


@dataclass(eq=False)
class World:
    people: dict[str, Someone] = field(default_factory=dict)
    deals: list[Deal] = field(default_factory=list)
    events: dict[str, Happening] = field(default_factory=dict)
    sources: list[Document] = field(default_factory=list)
    # Names of sectors and mission areas, and the area that each area is part of.
    names: dict[str, str] = field(default_factory=dict)
    broader: dict[str, str] = field(default_factory=dict)

    def public(self, slug: str) -> bool:
        return self.people[slug].state == "published"

    def public_deals(self) -> list[Deal]:
        return [
            deal
            for deal in self.deals
            if deal.state == "published"
            and any(role == "partner" and self.public(slug) for slug, role in deal.parties)
        ]

    def deals_of(self, slug: str, role: str = "") -> list[Deal]:
        return [d for d in self.public_deals() if any(s == slug and role in ("", r) for s, r in d.parties)]

    def public_parties(self, deal: Deal, role: str = "") -> list[str]:
        return [slug for slug, r in deal.parties if role in ("", r) and self.public(slug)]

    def partners(self) -> list[Someone]:
        return [
            p for p in self.people.values() if p.state == "published" and self.deals_of(p.slug, "partner")
        ]

    def laboratories(self) -> list[Someone]:
        return [p for p in self.people.values() if p.state == "published" and p.is_laboratory]

    def public_events(self) -> list[Happening]:
        return [event for event in self.events.values() if event.state == "published"]

    def public_sources(self) -> list[Document]:
        public = {each.slug for each in (*self.public_deals(), *self.public_events())}
        public |= {slug for slug in self.people if self.public(slug)}
        return [source for source in self.sources if public & set(source.supports)]

    # What each facet of a listing sees of a record: a set of values, empty where nothing is recorded.

    def about(self, deals: list[Deal]) -> set[str]:
        """The mission areas of agreements, and all that these are part of."""
        found = set()
        for area in (area for deal in deals for area in deal.mission_areas):
            while area:
                found.add(area)
                area = self.broader[area]
        return found

    def announcements(self, deals: list[Deal]) -> set[str]:
        return {d.announcement for d in deals if d.announcement in {e.slug for e in self.public_events()}}

    def disputed(self, record: Someone | Deal, model) -> set[str]:
        """What critical sources of a record say otherwise."""
        critical = (source for source in self.sources if source.stance == "critical")
        return {DISPUTED[model]} if any(record.slug in source.supports for source in critical) else set()

    def partner_values(self, someone: Someone) -> dict[str, set[str]]:
        own = self.deals_of(someone.slug, "partner")
        return {
            "sector": set(someone.sectors),
            "type": {someone.type} - {""},
            "ownership": {someone.ownership} - {""},
            "region": {someone.region} - {""},
            "laboratory": {
                s for d in self.deals_of(someone.slug) for s in self.public_parties(d, "laboratory")
            },
            "mission_area": self.about(own),
            "agreement_type": {d.type for d in own},
            "agreement_status": {d.status for d in own},
            "announcement": self.announcements(own),
            "disputed": self.disputed(someone, Organization),
        }

    def laboratory_values(self, someone: Someone) -> dict[str, set[str]]:
        own = self.deals_of(someone.slug)
        return {
            "region": {someone.region} - {""},
            "partner": {s for d in own for s in self.public_parties(d, "partner")},
            "mission_area": self.about(own),
            "agreement_type": {d.type for d in own},
            "agreement_status": {d.status for d in own},
            "disputed": self.disputed(someone, Organization),
        }

    def agreement_values(self, deal: Deal) -> dict[str, set[str]]:
        partners = self.public_parties(deal, "partner")
        return {
            "agreement_type": {deal.type},
            "agreement_status": {deal.status},
            "basis": {deal.basis},
            "binding": {deal.binding},
            "partner": set(partners),
            "agency": set(self.public_parties(deal, "agency")),
            "sector": {sector for slug in partners for sector in self.people[slug].sectors},
            "laboratory": set(self.public_parties(deal, "laboratory")),
            "mission_area": self.about([deal]),
            "announcement": self.announcements([deal]),
            "has_amount": {"yes"} if deal.amounts else set(),
            "amount_kind": {each.kind for each in deal.amounts},
            "amount_currency": {each.currency for each in deal.amounts},
            "disputed": self.disputed(deal, Agreement),
        }

    def event_values(self, event: Happening) -> dict[str, set[str]]:
        return {"kind": {event.kind}, "organization": {s for s in event.organizations if self.public(s)}}

    def source_values(self, source: Document) -> dict[str, set[str]]:
        cited = set(source.supports)
        about = cited & set(self.people)
        about |= {s for d in self.public_deals() if d.slug in cited for s, _role in d.parties}
        about |= {s for e in self.public_events() if e.slug in cited for s in e.organizations}
        about = {slug for slug in about if self.public(slug)}
        return {"kind": {source.kind}, "stance": {source.stance}, "organization": about}

    # The texts in which a search may find its words, each with what it is to the row.

    def names_of(self, slug: str) -> list[str]:
        return [self.people[slug].name, *self.people[slug].other_names]

    def own_texts(self, someone: Someone) -> list[Text]:
        """What is written of an organization itself."""
        said = [
            *labels(OrganizationType(someone.type)),
            *(labels(Ownership(someone.ownership)) if someone.ownership else ()),
            *PLACES[someone.region],
            *([str(someone.established)] if someone.established else ()),
            *(["Lead agency"] if someone.is_laboratory else ()),
        ]
        return [
            *weighed(TITLE, someone.name),
            *weighed(NAME, *someone.other_names),
            *weighed(NEAR, someone.legal_name, *said),
            *weighed(SUMMARY_OF_ROW, someone.summary),
        ]

    def texts_of_deals(self, someone: Someone, role: str, *beside: str) -> list[Text]:
        """What belongs to the agreements in which an organization has a role, or any, and who else is in those in
        which it has any."""
        deals = self.deals_of(someone.slug, role)
        every = self.deals_of(someone.slug)
        names = [
            n
            for deal in every
            for each in beside
            for s in self.public_parties(deal, each)
            for n in self.names_of(s)
        ]
        types = [label for deal in deals for label in labels(AgreementType(deal.type))]
        areas = [self.names[area] for area in self.about(deals)]
        summaries = [deal.summary for deal in deals]
        amounts = [said for deal in deals for said in told(deal)]
        return [
            *weighed(TIED, *(deal.title for deal in deals), *types, *areas, *names, *amounts),
            *weighed(FAR, *summaries),
        ]

    def partner_texts(self, someone: Someone) -> list[Text]:
        sectors = [self.names[sector] for sector in someone.sectors]
        co_partners = [
            self.people[slug].name
            for deal in self.deals_of(someone.slug)
            for slug in self.public_parties(deal, "partner")
        ]
        return [
            *self.own_texts(someone),
            *weighed(NEAR, *sectors),
            *self.texts_of_deals(someone, "partner", "laboratory", "agency"),
            *weighed(FAR, *co_partners),
        ]

    def laboratory_texts(self, someone: Someone) -> list[Text]:
        return [*self.own_texts(someone), *self.texts_of_deals(someone, "", "partner")]

    def agreement_texts(self, deal: Deal) -> list[Text]:
        names = [name for slug in self.public_parties(deal) for name in self.names_of(slug)]
        areas = [self.names[area] for area in self.about([deal])]
        said = [
            *labels(AgreementType(deal.type)),
            *labels(AgreementStatus(deal.status)),
            *known(AgreementBasis(deal.basis)),
            *known(Binding(deal.binding)),
            *days(deal.announced),
        ]
        announced = [self.events[slug].title for slug in self.announcements([deal])]
        return [
            *weighed(TITLE, deal.title),
            *weighed(SUMMARY_OF_ROW, deal.summary),
            *weighed(NEAR, *names, *areas, *said, *told(deal)),
            *weighed(TIED, *announced),
        ]

    def event_texts(self, event: Happening) -> list[Text]:
        titles = [deal.title for deal in self.public_deals() if deal.announcement == event.slug]
        names = [name for slug in event.organizations if self.public(slug) for name in self.names_of(slug)]
        return [
            *weighed(TITLE, event.title),
            *weighed(SUMMARY_OF_ROW, event.summary),
            *weighed(NEAR, *labels(EventKind(event.kind)), *days(event.date)),
            *weighed(TIED, *titles, *names),
        ]

    def source_texts(self, source: Document) -> list[Text]:
        public = {each.slug: each.title for each in (*self.public_deals(), *self.public_events())}
        public |= {slug: someone.name for slug, someone in self.people.items() if self.public(slug)}
        said = [
            *labels(SourceKind(source.kind)),
            *labels(SourceStance(source.stance)),
            *days(source.published),
        ]
        return [
            *weighed(TITLE, source.title),
            *weighed(NEAR, source.publisher, source.url, *said),
            *weighed(TIED, *(public[slug] for slug in source.supports if slug in public)),
        ]


# What the regions are called, and their countries, in English and Dutch.
UNITED_STATES = ("United States", "Verenigde Staten", "US", "USA", "United States of America", "America")
PLACES = {
    "": (),
    "US-CA": ("California", "Californië", "US-CA", "CA", *UNITED_STATES),
    "US-NY": ("New York", "US-NY", "NY", *UNITED_STATES),
    "US-TX": ("Texas", "US-TX", "TX", *UNITED_STATES),
    "NL-NH": ("Noord-Holland", "NL-NH", "NH", "Netherlands", "Nederland", "NL", "Holland"),
}
MONTHS = {1: ("January", "januari"), 12: ("December", "december")}


def known(term) -> list[str]:
    """What a term is called, unless it says that nothing is known, which nobody searches for."""
    return [] if term == "unknown" else labels(term)


def told(deal: Deal) -> list[str]:
    """The amounts of an agreement in words."""
    return [each.told(language) for each in deal.amounts for language in ("en", "nl")]


def days(day: datetime.date | None) -> list[str]:
    return [f"{day.day} {month} {day.year}" for month in MONTHS[day.month]] if day else []


def build_world(seed: int, organizations: int = 40, agreements: int = 45, mark: str = "") -> World:
    """Fill the database with records, and return the account of them; `mark` keeps the slugs of two worlds apart."""
    dice = random.Random(seed)  # noqa: S311 (the same directory every time, nothing secret)
    world = World()
    programme = Programme.objects.select_related("lead").first()
    if programme is None:
        lead = make_organization("Lead agency", slug="lead", type="government", cited=False)
        programme = make_programme(lead=lead)
    lead = programme.lead
    world.people["lead"] = Someone("lead", "Lead agency", "published", "government", "", "", None, "", [], [])
    sectors = [make_sector(f"Sector {letter}", slug=f"{mark}sector-{letter}") for letter in "abcde"]
    world.names = {sector.slug: sector.name_en for sector in sectors}
    areas = save_areas(world, mark)
    events = []
    for number in range(12):
        happening = invent_event(dice, f"{mark}event-{number}", number)
        events.append(save_event(happening))
        world.events[happening.slug] = happening
    records = {lead.slug: lead} | {event.slug: event for event in events}
    for number in range(organizations):
        someone = invent_organization(dice, f"{mark}{number}", number, sectors)
        records[someone.slug] = save_organization(someone, lead, sectors)
        world.people[someone.slug] = someone
    name_organizations(random.Random(seed), world, events, records)  # noqa: S311 (as above)
    for number in range(agreements):
        deal = invent_agreement(dice, f"{mark}{number}", world, areas, events[:3])
        records[deal.slug] = save_agreement(deal, records, areas, events)
        world.deals.append(deal)
    for number in range(organizations // 2):
        source = invent_source(dice, f"{mark}source-{number}", records)
        save_source(source, records)
        world.sources.append(source)
    return world


def save_areas(world: World, mark: str) -> list:
    """The mission areas, broad ones first."""
    records = {}
    for slug, parent in AREAS.items():
        level = LEVELS[LEVELS.index(records[parent].level) + 1] if parent else LEVELS[0]
        name = slug.replace("-", " ")
        area = make_mission_area(name, slug=mark + slug, parent=records.get(parent), level=level)
        records[slug] = area
        world.names[area.slug] = name
        world.broader[area.slug] = mark + parent if parent else ""
    return list(records.values())


def invent_event(dice: random.Random, slug: str, number: int) -> Happening:
    return Happening(
        slug=slug,
        title=f"{dice.choice(NAMES)} {number}",
        state=("published", "published", "draft")[number] if number < 3 else dice.choice(STATES),
        kind=dice.choice(KINDS),
        date=dice.choice([day for day in DAYS if day]),
    )


def save_event(event: Happening):
    return make_event(
        event.title,
        slug=event.slug,
        publication_state=event.state,
        kind=event.kind,
        date=event.date,
        summary_en=event.summary,
        cited=False,
    )


def name_organizations(dice: random.Random, world: World, events, records) -> None:
    """Have events be about some organizations, published or not."""
    for event in events:
        world.events[event.slug].organizations = dice.sample(sorted(world.people), dice.randrange(4))
        event.organizations.set(records[slug] for slug in world.events[event.slug].organizations)


def invent_source(dice: random.Random, slug: str, records: dict) -> Document:
    return Document(
        slug=slug,
        title=dice.choice(NAMES),
        publisher=dice.choice(("", "The Daily", "Zeta Press", "Ångström Post")),
        kind=dice.choice(SOURCE_KINDS),
        stance=dice.choice(STANCES),
        published=dice.choice(DAYS),
        supports=dice.sample(sorted(records), dice.randrange(3)),
    )


def save_source(source: Document, records: dict) -> None:
    record = make_source(
        source.title,
        slug=source.slug,
        publisher=source.publisher,
        kind=source.kind,
        stance=source.stance,
        published_date=source.published,
    )
    for slug in source.supports:
        cite(records[slug], source=record)
        if field := DISPUTED.get(type(records[slug])) if source.stance == "critical" else None:
            cite(records[slug], field, source=record, says="Something else")


def invent_organization(dice: random.Random, slug: str, number: int, sectors) -> Someone:
    name = NAMES[number] if number < len(NAMES) else f"{dice.choice(NAMES)} {number}"
    is_laboratory = number % 5 == 4
    return Someone(
        slug=f"o-{dice.randrange(10**6)}-{slug}",
        name=name,
        state=dice.choice(STATES),
        type="facility" if is_laboratory else dice.choice(TYPES),
        ownership=dice.choice(OWNERSHIPS),
        region=dice.choice(REGIONS),
        established=dice.choice(YEARS),
        legal_name=f"{name} Legal {number}" if dice.random() < 0.2 else "",
        other_names=[f"{dice.choice(NAMES)} also {number}"] if dice.random() < 0.4 else [],
        sectors=sorted(s.slug for s in dice.sample(sectors, dice.randrange(3))),
        is_laboratory=is_laboratory,
    )


def save_organization(someone: Someone, lead, sectors):
    return make_organization(
        someone.name,
        slug=someone.slug,
        publication_state=someone.state,
        type=someone.type,
        ownership=someone.ownership,
        region_code=someone.region,
        country_code=someone.region[:2],
        established=someone.established,
        legal_name=someone.legal_name,
        summary_en=someone.summary,
        names=someone.other_names,
        sectors=[sector for sector in sectors if sector.slug in someone.sectors],
        parent=lead if someone.is_laboratory else None,
        cited=False,
    )


def invent_agreement(dice: random.Random, slug: str, world: World, areas, events) -> Deal:
    everyone = list(world.people.values())
    partners = dice.sample([p.slug for p in everyone if not p.is_laboratory], dice.choice((1, 1, 1, 2, 3)))
    laboratories = dice.sample([p.slug for p in everyone if p.is_laboratory], dice.choice((0, 1, 1, 2)))
    return Deal(
        slug=f"a-{dice.randrange(10**6)}-{slug}",
        title=f"{dice.choice(NAMES)} agreement",
        state=dice.choice(STATES),
        type=dice.choice(AGREEMENT_TYPES),
        status=dice.choice(STATUSES),
        announced=dice.choice(
            (None, datetime.date(2025, 12, 18), datetime.date(2026, 1, dice.randrange(1, 28)))
        ),
        announcement=dice.choice(("", *(event.slug for event in events))),
        mission_areas=sorted(area.slug for area in dice.sample(areas, dice.randrange(3))),
        parties=[
            *((s, "partner") for s in partners),
            *((s, "laboratory") for s in laboratories),
            ("lead", "agency"),
        ],
        amounts=[
            invent_sum(dice, f"{slug}-amount-{number}", partners)
            for number in range(dice.choice((0, 0, 1, 2, 3)))
        ],
        basis=dice.choice(BASES),
        binding=dice.choice(BINDINGS),
    )


def invent_sum(dice: random.Random, slug: str, givers: list[str]) -> Sum:
    kind, exactness = dice.choice(AmountKind.values), dice.choice(Exactness.values)
    amount, currency = Decimal(dice.choice(FIGURES)), dice.choice(CURRENCIES)
    if currency in WITHOUT_CENTS:
        amount = amount.to_integral_value(ROUND_CEILING)
    return Sum(slug, kind, exactness, amount, currency, giver=dice.choice(("", *givers)))


def save_agreement(deal: Deal, records, areas, events):
    agreement = make_agreement(
        deal.title,
        slug=deal.slug,
        publication_state=deal.state,
        agreement_type=deal.type,
        status=deal.status,
        basis=deal.basis,
        binding=deal.binding,
        announced_date=deal.announced,
        summary_en=deal.summary,
        announcement=next((event for event in events if event.slug == deal.announcement), None),
        mission_areas=[area for area in areas if area.slug in deal.mission_areas],
        partners=[],
        cited=False,
    )
    for slug, role in deal.parties:
        add_party(agreement, records[slug], role)
    for each in deal.amounts:
        add_amount(
            agreement,
            each.amount,
            each.currency,
            slug=each.slug,
            kind=each.kind,
            exactness=each.exactness,
            giver=records.get(each.giver),
        )
    return agreement


def one_of_everything() -> None:
    """A record of every kind, tied to each other: every public column is filled somewhere, and every relation is there.

    Names and days are those that tests look for: the organizations Agency, Site, Alpha, Beta and Gamma, the agreements
    Great agreement and Small agreement, the event Great day.
    """
    paper = make_source("The Paper", publisher="The Press", published_date=datetime.date(2026, 1, 2))
    order = make_source("The Order", kind="executive-order", url="", stance="official")
    lead = make_organization("Agency", type="government", ownership="government", country_code="US")
    announcement = make_event(
        "Great day", date=datetime.date(2025, 12, 18), **translated("event", "title", "summary")
    )
    programme = make_programme(
        lead=lead,
        announcement=announcement,
        summary_en="What the programme is for.",
        **translated("programme", "name", "summary"),
    )
    energy = make_mission_area("Energy", level="pillar", description_en="Power for all.")
    fusion = make_mission_area(
        "Fusion", parent=energy, description_en="Light atoms.", **translated("area", "name", "description")
    )
    chips = make_sector(
        "Chips", description_en="They make chips.", **translated("sector", "name", "description")
    )
    site = make_organization(
        "Site", type="facility", parent=lead, established=1943, ror_id="https://ror.org/0293rh119"
    )
    alpha = make_organization(
        "Alpha",
        legal_name="Alpha Holding N.V.",
        names=["Alfa", ("AA", "acronym")],
        sectors=[chips],
        ownership="startup",
        parent_name="Omega",
        established=1999,
        city="Delft",
        region_code="NL-ZH",
        country_code="NL",
        website="https://alpha.example/",
        wikidata_id="Q95",
        ror_id="https://ror.org/00njsd438",
        **translated("organization", "summary"),
    )
    gamma = make_organization("Gamma", ticker="GAMM")
    announcement.organizations.set([gamma, make_organization("Hidden guest", publication_state="draft")])
    gamma.names.create(value="Gama", type="former", language="fy")
    agreement = make_agreement(
        "Great agreement",
        partners=[alpha, make_organization("Beta", type="nonprofit")],
        agencies=[lead],
        laboratories=[site],
        mission_areas=[fusion],
        announcement=announcement,
        announced_date=datetime.date(2025, 12, 18),
        signed_date=datetime.date(2025, 12, 17),
        effective_date=datetime.date(2026, 1, 1),
        expiration_date=datetime.date(2027, 1, 1),
        basis="rfi-response",
        status="active",
        binding="yes",
        **translated("agreement", "title", "summary"),
    )
    period = {"period_start": datetime.date(2026, 1, 1), "period_end": datetime.date(2026, 12, 31)}
    value = add_amount(
        agreement, exactness="at-least", note_en="For the machine", **period, **translated("amount", "note")
    )
    add_amount(agreement, "12.5", "EUR", kind="award", exactness="about", giver=lead)
    hidden = make_organization("Hidden giver", publication_state="draft")
    add_amount(agreement, 5, "JPY", kind="award", exactness="up-to", giver=hidden)
    # A facility that does not belong to the agency that leads is no laboratory of the directory.
    elsewhere = make_organization("Elsewhere", type="facility", parent=make_organization("Holding"))
    small = make_agreement("Small agreement", partners=[gamma], laboratories=[elsewhere])
    add_amount(small, 7, "CHF", kind="award", exactness="about", giver_name="A giver")
    cite(small, source=make_source("The Frisian", language="fy"), quote="safolle")
    for record in (alpha, site, lead, agreement, announcement, chips, energy, fusion, programme):
        for source in (paper, order):
            cite(record, record.citable_fields[0], source=source)
    for record in (alpha, agreement, announcement):
        cite(record, source=paper)
    cite(alpha, "established", source=order, says="1801", reason="newer")
    cite(agreement, "signed_date", source=paper, says="16 December 2025", reason="official")
    cite(announcement, "kind", source=paper, says="a meeting", reason="official")
    read = {"quote": "so much", "retrieved_date": datetime.date(2026, 2, 3)}
    cite(agreement, "amounts", source=paper, agreement_amount=value, **read)


def translated(of: str, *names: str) -> dict[str, str]:
    """Translations of the texts of a record, such as its "title", that no other one has."""
    return {f"{name}_nl": f"The {name} of the {of}, nl" for name in names}
