"""A directory full of awkward records, and a plain account of it in Python to compare the database with.

The account (`World`) knows nothing of querysets: it is lists of dataclasses and loops, so that a mistake in the
product's queries cannot hide in it.
"""

import datetime
import random
from dataclasses import dataclass, field

from partners.folding import fold
from partners.models import Programme
from tests.records import (
    add_party,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
)

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
YEARS = (None, 1911, 1998, 2015, 2015, 2021)


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
    other_names: list[str]
    sectors: list[str]
    is_laboratory: bool = False


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


@dataclass
class World:
    people: dict[str, Someone] = field(default_factory=dict)
    deals: list[Deal] = field(default_factory=list)
    events: dict[str, str] = field(default_factory=dict)

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

    def public_parties(self, deal: Deal, role: str) -> list[str]:
        return [slug for slug, r in deal.parties if r == role and self.public(slug)]

    def partners(self) -> list[Someone]:
        return [
            p for p in self.people.values() if p.state == "published" and self.deals_of(p.slug, "partner")
        ]

    def laboratories(self) -> list[Someone]:
        return [p for p in self.people.values() if p.state == "published" and p.is_laboratory]

    # What each facet of a listing sees of a record: a set of values, empty where nothing is recorded.

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
            "mission_area": {area for d in own for area in d.mission_areas},
            "agreement_type": {d.type for d in own},
            "agreement_status": {d.status for d in own},
            "announcement": {d.announcement for d in own if self.events.get(d.announcement) == "published"},
        }

    def laboratory_values(self, someone: Someone) -> dict[str, set[str]]:
        own = self.deals_of(someone.slug)
        return {
            "region": {someone.region} - {""},
            "partner": {s for d in own for s in self.public_parties(d, "partner")},
            "mission_area": {area for d in own for area in d.mission_areas},
            "agreement_type": {d.type for d in own},
            "agreement_status": {d.status for d in own},
        }

    def agreement_values(self, deal: Deal) -> dict[str, set[str]]:
        partners = self.public_parties(deal, "partner")
        return {
            "agreement_type": {deal.type},
            "agreement_status": {deal.status},
            "partner": set(partners),
            "agency": set(self.public_parties(deal, "agency")),
            "sector": {sector for slug in partners for sector in self.people[slug].sectors},
            "laboratory": set(self.public_parties(deal, "laboratory")),
            "mission_area": set(deal.mission_areas),
            "announcement": {deal.announcement}
            if self.events.get(deal.announcement) == "published"
            else set(),
        }

    def words_of_organization(self, someone: Someone) -> list[str]:
        return [fold(name) for name in (someone.name, *someone.other_names)]

    def words_of_agreement(self, deal: Deal) -> list[str]:
        parties = [self.people[slug] for slug, _ in deal.parties if self.public(slug)]
        return [
            fold(deal.title),
            *(text for someone in parties for text in self.words_of_organization(someone)),
        ]


def build_world(seed: int, organizations: int = 40, agreements: int = 45, mark: str = "") -> World:
    """Fill the database with records, and return the account of them; `mark` keeps the slugs of two worlds apart."""
    dice = random.Random(seed)  # noqa: S311 (the same directory every time, nothing secret)
    world = World()
    programme = Programme.objects.select_related("lead").first()
    if programme is None:
        lead = make_organization("Lead agency", slug="lead", type="government", cited=False)
        programme = make_programme(lead=lead)
    lead = programme.lead
    world.people["lead"] = Someone("lead", "Lead agency", "published", "government", "", "", None, [], [])
    sectors = [make_sector(f"Sector {letter}", slug=f"{mark}sector-{letter}") for letter in "abcde"]
    areas = [make_mission_area(f"Area {letter}", slug=f"{mark}area-{letter}") for letter in "abcd"]
    events = []
    for number, state in enumerate(("published", "published", "draft")):
        events.append(
            make_event(f"Event {number}", slug=f"{mark}event-{number}", publication_state=state, cited=False)
        )
        world.events[events[-1].slug] = state
    records = {lead.slug: lead}
    for number in range(organizations):
        someone = invent_organization(dice, f"{mark}{number}", number, sectors)
        records[someone.slug] = save_organization(someone, lead, sectors)
        world.people[someone.slug] = someone
    for number in range(agreements):
        deal = invent_agreement(dice, f"{mark}{number}", world, areas, events)
        save_agreement(deal, records, areas, events)
        world.deals.append(deal)
    return world


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
    )


def save_agreement(deal: Deal, records, areas, events):
    agreement = make_agreement(
        deal.title,
        slug=deal.slug,
        publication_state=deal.state,
        agreement_type=deal.type,
        status=deal.status,
        announced_date=deal.announced,
        announcement=next((event for event in events if event.slug == deal.announcement), None),
        mission_areas=[area for area in areas if area.slug in deal.mission_areas],
        partners=[],
        cited=False,
    )
    for slug, role in deal.parties:
        add_party(agreement, records[slug], role)
    return agreement
