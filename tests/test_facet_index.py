"""The index of facets says what the tables say, after every write and however it is made."""

import random
from contextlib import suppress
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from partners import triggers
from partners.models import (
    Agreement,
    AgreementAmount,
    AgreementParty,
    Citation,
    Event,
    FacetEntry,
    FacetStale,
    FacetTerm,
    MissionArea,
    Organization,
    Programme,
    Sector,
    Source,
)
from partners.selection import index
from partners.selection.listings import LISTINGS, PartnerListing
from partners.selection.watching import dependencies
from partners.vocabularies import (
    AmountKind,
    EventKind,
    OrganizationType,
    Ownership,
    PartyRole,
    PublicationState,
    SourceKind,
    SourceStance,
)
from tests.database import execute, queries_of
from tests.elsewhere import at_once, elsewhere
from tests.laws import seeds
from tests.records import make_agreement, make_organization, make_programme
from tests.watching import TABLES, drawn, field_of
from tests.worlds import build_world

IN_SECTOR = Organization.sectors.through
ABOUT = Agreement.mission_areas.through
NAMES = Event.organizations.through
ROUNDS = 5
# A write that changes nothing is tried again, so many times in all.
TRIES = 5


# The account: which records stand where, by loops over the stored rows


def ask(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def stored(model) -> dict[int, dict]:
    """Every row of a table by its key."""
    columns = [field.column for field in model._meta.concrete_fields]
    rows = ask(f"SELECT {', '.join(columns)} FROM {model._meta.db_table}")  # noqa: S608
    return {row["id"]: row for row in (dict(zip(columns, values, strict=True)) for values in rows)}


class Account:
    """The places of all records, from the tables and the rules of publication alone."""

    def __init__(self):
        self.people, self.deals, self.events = stored(Organization), stored(Agreement), stored(Event)
        self.areas, self.sectors = stored(MissionArea), stored(Sector)
        self.sources, self.amounts = stored(Source), list(stored(AgreementAmount).values())
        self.sectors_of = pairs(IN_SECTOR, "organization_id", "sector_id")
        self.citations = list(stored(Citation).values())
        self.otherwise = [row for row in self.citations if row["supports_current"] and row["says"]]
        self.areas_of = pairs(ABOUT, "agreement_id", "missionarea_id")
        self.named_by = pairs(NAMES, "event_id", "organization_id")
        self.leads = {row["lead_id"] for row in stored(Programme).values()} - {None}
        everyone = [
            (row["agreement_id"], row["organization_id"], row["role"])
            for row in stored(AgreementParty).values()
        ]
        self.public_deals = {
            deal
            for deal, person, role in everyone
            if role == "partner" and is_published(self.people[person]) and is_published(self.deals[deal])
        }
        self.parties = [
            (deal, person, role)
            for deal, person, role in everyone
            if deal in self.public_deals and is_published(self.people[person])
        ]

    def deals_of(self, person: int, *roles: str) -> set[int]:
        return {d for d, p, role in self.parties if p == person and (not roles or role in roles)}

    def slugs_in(self, deals: set[int], role: str) -> set[str]:
        return {self.people[p]["slug"] for d, p, r in self.parties if d in deals and r == role}

    def areas_in(self, deals: set[int]) -> set[str]:
        """What agreements are about: their areas, those these are part of, and once more."""
        found = set()
        for area in (area for deal in deals for area in self.areas_of.get(deal, ())):
            for _ in range(3):
                if area is not None:
                    found.add(self.areas[area]["slug"])
                    area = self.areas[area]["parent_id"]
        return found

    def sectors_in(self, people) -> set[str]:
        return {self.sectors[sector]["slug"] for p in people for sector in self.sectors_of.get(p, ())}

    def announcements_in(self, deals: set[int]) -> set[str]:
        events = [self.events[e] for d in deals if (e := self.deals[d]["announcement_id"]) is not None]
        return {event["slug"] for event in events if is_published(event)}

    def disputed_in(self, column: str, pk: int) -> set[str]:
        return {row["field"] for row in self.otherwise if row[column] == pk}

    def in_deals(self, column: str, deals: set[int]) -> set[str]:
        return {self.deals[deal][column] for deal in deals}

    def partner(self, pk: int) -> dict[str, set[str]]:
        person, own = self.people[pk], self.deals_of(pk, "partner")
        return {
            "sector": self.sectors_in([pk]),
            "type": {person["type"]},
            "ownership": {person["ownership"]},
            "region": {person["region_code"]},
            "laboratory": self.slugs_in(self.deals_of(pk), "laboratory"),
            "mission_area": self.areas_in(own),
            "agreement_type": self.in_deals("agreement_type", own),
            "agreement_status": self.in_deals("status", own),
            "announcement": self.announcements_in(own),
            "disputed": self.disputed_in("organization_id", pk),
        }

    def laboratory(self, pk: int) -> dict[str, set[str]]:
        own = self.deals_of(pk)
        return {
            "region": {self.people[pk]["region_code"]},
            "partner": self.slugs_in(own, "partner"),
            "mission_area": self.areas_in(own),
            "agreement_type": self.in_deals("agreement_type", own),
            "agreement_status": self.in_deals("status", own),
            "disputed": self.disputed_in("organization_id", pk),
        }

    def agreement(self, pk: int) -> dict[str, set[str]]:
        return {
            "agreement_type": {self.deals[pk]["agreement_type"]},
            "agreement_status": {self.deals[pk]["status"]},
            "basis": {self.deals[pk]["basis"]},
            "binding": {self.deals[pk]["binding"]},
            "partner": self.slugs_in({pk}, "partner"),
            "agency": self.slugs_in({pk}, "agency"),
            "laboratory": self.slugs_in({pk}, "laboratory"),
            "sector": self.sectors_in({p for d, p, role in self.parties if d == pk and role == "partner"}),
            "mission_area": self.areas_in({pk}),
            "announcement": self.announcements_in({pk}),
            "has_amount": {"yes" for each in self.amounts if each["agreement_id"] == pk},
            "amount_kind": {each["kind"] for each in self.amounts if each["agreement_id"] == pk},
            "amount_currency": {each["currency"] for each in self.amounts if each["agreement_id"] == pk},
            "disputed": self.disputed_in("agreement_id", pk),
        }

    def event(self, pk: int) -> dict[str, set[str]]:
        named = [self.people[each] for each in self.named_by.get(pk, ())]
        return {
            "kind": {self.events[pk]["kind"]},
            "organization": {person["slug"] for person in named if is_published(person)},
        }

    def about(self, pk: int) -> set[str]:
        """Whom a source is about: who is cited by it, who takes part in an agreement or is named in an event that is."""
        cited = [row for row in self.citations if row["source_id"] == pk]
        deals = {row["agreement_id"] for row in cited}
        events = {row["event_id"] for row in cited if row["event_id"] is not None}
        named = {row["organization_id"] for row in cited if row["organization_id"] is not None}
        named |= {person for deal, person, _role in self.parties if deal in deals}
        for event in events:
            named |= self.named_by.get(event, set()) if is_published(self.events[event]) else set()
        return {self.people[person]["slug"] for person in named if is_published(self.people[person])}

    def source(self, pk: int) -> dict[str, set[str]]:
        own = self.sources[pk]
        return {"kind": {own["kind"]}, "stance": {own["stance"]}, "organization": self.about(pk)}

    def members(self) -> dict[str, dict[int, dict[str, set[str]]]]:
        """For each listing its records, and the values of each facet of them."""
        laboratories = [
            pk
            for pk, person in self.people.items()
            if is_published(person) and person["type"] == "facility" and person["parent_id"] in self.leads
        ]
        return {
            "partner": {pk: self.partner(pk) for _, pk, role in self.parties if role == "partner"},
            "laboratory": {pk: self.laboratory(pk) for pk in laboratories},
            "agreement": {pk: self.agreement(pk) for pk in self.public_deals},
            "event": {pk: self.event(pk) for pk, event in self.events.items() if is_published(event)},
            # All of them: which of them one may see is looked up when they are counted.
            "source": {pk: self.source(pk) for pk in self.sources},
        }

    def places(self) -> set[tuple[str, str, str, int]]:
        return {
            (listing, facet, value, pk)
            for listing, records in self.members().items()
            for pk, facets in records.items()
            for facet, values in [("", None), *facets.items()]
            for value in ([""] if values is None else values - {""} or ["none"])
        }


def is_published(row: dict) -> bool:
    return row["publication_state"] == "published"


def pairs(model, one: str, other: str) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for row in stored(model).values():
        found.setdefault(row[one], set()).add(row[other])
    return found


def indexed() -> set[tuple[str, str, str, int]]:
    """What the index says."""
    terms = {pk: place for pk, *place in ask("SELECT id, listing, facet, value FROM partners_facetterm")}
    entries = ask("SELECT term_id, record_id FROM partners_facetentry")
    return {(*terms[term], record) for term, record in entries}


def assert_index_is_right():
    index.bring_up_to_date()
    assert indexed() == Account().places()
    assert not FacetStale.objects.exists()


# Writes


def some(dice: random.Random, model, most: int = 1) -> list:
    """A few records of a table, mostly such as stand in a listing."""
    everything = likely = model._base_manager.order_by("pk")
    if model in (Organization, Agreement) and dice.random() < 0.6:
        likely = model.objects.published().order_by("pk")
    if model is Organization and dice.random() < 0.4:
        likely = likely.filter(type="facility")
    if model is Event and dice.random() < 0.6:
        likely = likely.filter(pk__in=Agreement.objects.published().values("announcement"))
    records = list(likely) or list(everything)
    return dice.sample(records, min(len(records), dice.randint(1, most)))


def one(dice: random.Random, model):
    return some(dice, model)[0]


def key_of(model, *, empty: bool = False):
    """A function that draws the key of a record, or None too."""

    def draw(dice: random.Random):
        return None if empty and dice.random() < 0.2 else one(dice, model).pk

    return draw


def new_slug(dice: random.Random) -> str:
    """One of not many, so that what one record was called becomes the name of another."""
    return f"slug-{dice.randrange(60)}"


def mostly_published(dice: random.Random) -> str:
    return dice.choice((*["published"] * 6, *PublicationState.values))


def lead() -> int | None:
    """The organization that leads the programme."""
    return Programme.objects.values_list("lead_id", flat=True).first()


# How to draw a value of some columns, so that it matters often.
LIKELY = {
    (AgreementParty, "agreement_id"): key_of(Agreement),
    (AgreementParty, "organization_id"): key_of(Organization),
    (Agreement, "announcement_id"): key_of(Event, empty=True),
    (Agreement, "publication_state"): mostly_published,
    (AgreementAmount, "agreement_id"): key_of(Agreement),
    (AgreementAmount, "currency"): lambda dice: dice.choice(("EUR", "USD", "JPY")),
    (ABOUT, "agreement_id"): key_of(Agreement),
    (ABOUT, "missionarea_id"): key_of(MissionArea),
    (MissionArea, "slug"): new_slug,
    (MissionArea, "parent_id"): key_of(MissionArea, empty=True),
    (Organization, "type"): lambda dice: dice.choice((*["facility"] * 5, *OrganizationType.values)),
    (Organization, "ownership"): lambda dice: dice.choice(("", *Ownership.values)),
    (Organization, "region_code"): lambda dice: dice.choice(("", "US-CA", "US-NY", "US-TX")),
    (Organization, "parent_id"): lambda dice: dice.choice((None, one(dice, Organization).pk, lead(), lead())),
    (Organization, "publication_state"): mostly_published,
    (Organization, "slug"): new_slug,
    (IN_SECTOR, "organization_id"): key_of(Organization),
    (NAMES, "event_id"): key_of(Event),
    (NAMES, "organization_id"): key_of(Organization),
    (IN_SECTOR, "sector_id"): key_of(Sector),
    (Sector, "slug"): new_slug,
    (Event, "slug"): new_slug,
    (Event, "publication_state"): mostly_published,
    (Programme, "lead_id"): key_of(Organization, empty=True),
}
# The columns that decide where a record stands: what the listings depend on, and what decides over `is_public`.
COLUMNS = {
    (TABLES[each.table], column)
    for each in dependencies(LISTINGS)
    if ":" not in each.noted
    for column in each.columns
    # A citation says what it is about by several columns together: see `say_otherwise`.
    if TABLES[each.table] is not Citation
} | {(Agreement, "publication_state")}
# The database puts them right at once, whatever is written to them.
KEPT_BY_TRIGGERS = {(AgreementParty, "is_public"), (Agreement, "is_public")}


def change(dice: random.Random, model, column: str) -> None:
    """Write a value into a column of some records, in one of the ways there are."""
    records = some(dice, model, 1 if column == "slug" else 4)
    if not records:
        return
    likely, field = LIKELY.get((model, column)), field_of(model._meta.db_table, column)
    value = likely(dice) if likely else drawn(dice, field, getattr(records[0], column))
    those = model._base_manager.filter(pk__in=[record.pk for record in records])
    for record in records:
        setattr(record, column, value)
    match dice.randrange(4):
        case 0:
            for record in records:
                record.save()
        case 1:
            those.update(**{column: value})
        case 2:
            those.bulk_update(records, [column.removesuffix("_id")])
        case 3:
            marks = ", ".join(["%s"] * len(records))
            execute(
                f"UPDATE {model._meta.db_table} SET {column} = %s WHERE id IN ({marks})",  # noqa: S608
                [value, *(record.pk for record in records)],
            )


def remove(dice: random.Random, records: list) -> None:
    """Delete records of one table: each by itself, all together, or past Django."""
    model = type(records[0])
    match dice.randrange(3):
        case 0:
            for record in records:
                record.delete()
        case 1:
            model._base_manager.filter(pk__in=[record.pk for record in records]).delete()
        case 2:
            for record in records:
                execute(f"DELETE FROM {model._meta.db_table} WHERE id = %s", [record.pk])  # noqa: S608


def add(dice: random.Random, model, **fields) -> object:
    """Create a record: by itself, in bulk, or past Django."""
    record = model(**fields)
    match dice.randrange(3):
        case 0:
            record.save()
        case 1:
            model._base_manager.bulk_create([record])
        case 2:
            columns = [field for field in model._meta.concrete_fields if not field.primary_key]
            values = [field.get_db_prep_save(field.pre_save(record, True), connection) for field in columns]
            names = ", ".join(field.column for field in columns)
            marks = ", ".join(["%s"] * len(columns))
            execute(f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({marks})", values)  # noqa: S608
            return model._base_manager.order_by("pk").last()
    return record


def add_party(dice):
    place = {"agreement": one(dice, Agreement), "organization": one(dice, Organization)}
    # The database knows better who is public, and a row may be right about it from the start.
    is_public = dice.random() < 0.7
    add(dice, AgreementParty, **place, role=dice.choice(PartyRole.values), is_public=is_public)


def add_to_sector(dice):
    add(dice, IN_SECTOR, organization=one(dice, Organization), sector=one(dice, Sector))


def add_area_to_agreement(dice):
    add(dice, ABOUT, agreement=one(dice, Agreement), missionarea=one(dice, MissionArea))


def name_in_event(dice):
    add(dice, NAMES, event=one(dice, Event), organization=one(dice, Organization))


def add_amount(dice):
    fields = {"slug": f"amount-{dice.randrange(10**9)}", "kind": dice.choice(AmountKind.values), "amount": 5}
    add(dice, AgreementAmount, agreement=one(dice, Agreement), currency=dice.choice(("EUR", "USD")), **fields)


def add_organization(dice):
    fields = {"slug": new_slug(dice), "name": "New", "summary_en": "New.", "publication_state": "published"}
    add(dice, Organization, **fields, type="facility", country_code="US", parent_id=lead())


def add_agreement(dice):
    fields = {"slug": new_slug(dice), "title_en": "New", "summary_en": "New.", "agreement_type": "act"}
    agreement = add(dice, Agreement, **fields, publication_state="published")
    add(dice, AgreementParty, agreement=agreement, organization=one(dice, Organization), role="partner")


def add_event(dice):
    fields = {"slug": new_slug(dice), "title_en": "New", "summary_en": "New.", "date": "2026-01-01"}
    add(dice, Event, **fields, publication_state="published", kind=dice.choice(EventKind.values))


def add_source(dice):
    kind, stance = dice.choice(SourceKind.values), dice.choice(SourceStance.values)
    add(dice, Source, slug=new_slug(dice), title="New", kind=kind, stance=stance)


def say_otherwise(dice):
    """A source says otherwise, or no more, of a value that other writes change."""
    model, fields = dice.choice(
        ((Organization, ("type", "ownership", "region_code")), (Agreement, ("status", "basis", "binding")))
    )
    about = {model.citation_field(): one(dice, model), "field": dice.choice(fields)}
    says = dice.choice(("", "Otherwise", "Otherwise"))
    if not Citation.objects.filter(**about).update(says=says):
        add(dice, Citation, source=one(dice, Source), says=says, **about)


def cite_record(dice):
    """A source is cited for a record that it may not be cited for yet."""
    model = dice.choice((Organization, Agreement, Event))
    about = {model.citation_field(): one(dice, model), "field": "", "source": one(dice, Source)}
    if not Citation.objects.filter(**about).exists():
        add(dice, Citation, **about)


def cite_where_nothing_is_cited(dice):
    """Earlier writes may have taken every citation away."""
    while not Citation.objects.exists():
        cite_record(dice)


def cite_another_source(dice):
    """A citation is of another source from now on."""
    add_source(dice)
    cite_where_nothing_is_cited(dice)
    Citation.objects.filter(pk=one(dice, Citation).pk).update(source=one(dice, Source))


def cite_for_another_record(dice):
    """A citation is one of another record, as a whole, from now on."""
    kinds = {model.citation_field(): model for model in (Organization, Agreement, Event)}
    for citation in some(dice, Citation):
        name = dice.choice(sorted(kinds))
        places = dict.fromkeys((*Citation.targets(), "agreement_amount")) | {name: one(dice, kinds[name])}
        Citation.objects.filter(pk=citation.pk).update(**places, field="", says="", reason="")


def cite_no_more(dice):
    cite_where_nothing_is_cited(dice)
    remove(dice, some(dice, Citation, 2))


def remove_what_is_otherwise(dice):
    say_otherwise(dice)
    if citations := list(Citation.objects.otherwise()):
        remove(dice, dice.sample(citations, 1))


def remove_parties(dice):
    remove(dice, some(dice, AgreementParty, 2))


def remove_amounts(dice):
    add_amount(dice)
    remove(dice, some(dice, AgreementAmount, 2))


def remove_agreement(dice):
    agreement = one(dice, Agreement)
    if dice.random() < 0.5:
        # Its parties go after what they were about, or before it.
        for model in dice.sample([ABOUT, AgreementParty], 2):
            model.objects.filter(agreement=agreement).delete()
    agreement.delete()


def remove_organization(dice):
    organization = one(dice, Organization)
    Programme.objects.filter(lead=organization).update(lead=None)
    Organization.objects.filter(parent=organization).update(parent=None)
    if dice.random() < 0.5:
        organization.names.all().delete(), organization.citations.all().delete()
        IN_SECTOR.objects.filter(organization=organization).delete()
    NAMES.objects.filter(organization=organization).delete()
    AgreementParty.objects.filter(organization=organization).delete()
    AgreementAmount.objects.filter(giver=organization).update(giver=None)
    organization.delete()


def remove_laboratory(dice):
    """One that has no part in anything, so that nothing else tells of its end."""
    add_organization(dice)
    laboratories = Organization.objects.laboratories().filter(parties=None, names=None, citations=None)
    for alone in laboratories.filter(children=None, programmes_led=None)[:1]:
        IN_SECTOR.objects.filter(organization=alone).delete()
        NAMES.objects.filter(organization=alone).delete()
        index.bring_up_to_date()
        remove(dice, [alone])


def hide_laboratory(dice):
    """One that has no part in anything, so that nothing else tells of its change."""
    add_organization(dice)
    index.bring_up_to_date()
    alone = Organization.objects.filter(parties=None, type="facility", name="New")
    alone.update(publication_state=mostly_published(dice))


def remove_event(dice):
    add_event(dice)
    event = one(dice, Event)
    Programme.objects.filter(announcement=event).update(announcement=None)
    Agreement.objects.filter(announcement=event).update(announcement=None)
    Citation.objects.filter(event=event).delete()
    NAMES.objects.filter(event=event).delete()
    remove(dice, [event])


def remove_source(dice):
    add_source(dice)
    source = one(dice, Source)
    source.citations.all().delete()
    remove(dice, [source])


def remove_from_sector(dice):
    remove(dice, some(dice, IN_SECTOR, 2))


def remove_from_event(dice):
    remove(dice, some(dice, NAMES, 2))


def remove_area_from_agreement(dice):
    remove(dice, some(dice, ABOUT, 2))


def remove_sector(dice):
    add(dice, IN_SECTOR, organization=one(dice, Organization), sector=one(dice, Sector))
    if Sector.objects.count() > 3:
        one(dice, Sector).delete()
    else:
        add(dice, Sector, slug=new_slug(dice), name_en="New")


def remove_area(dice):
    area = one(dice, MissionArea)
    area.children.update(parent=area.parent if area.parent not in area.children.all() else None)
    area.delete()
    add(dice, MissionArea, slug=new_slug(dice), name_en="New", level="challenge")


def replace_programme(dice):
    """It goes, and another comes with another lead."""
    former = list(Programme.objects.all())
    if former:
        remove(dice, former)
        index.bring_up_to_date()
    if dice.random() < 0.8:
        lead = (former and former[0].lead) or one(dice, Organization)
        add(dice, Programme, slug="other", name_en="Other", lead=dice.choice((lead, one(dice, Organization))))


OTHER_WRITES = (
    *(
        add_party,
        add_amount,
        add_to_sector,
        add_area_to_agreement,
        name_in_event,
        add_organization,
        add_agreement,
        add_event,
        add_source,
        say_otherwise,
        cite_record,
        cite_another_source,
        cite_for_another_record,
    ),
    cite_no_more,
    remove_what_is_otherwise,
    *(
        remove_parties,
        remove_amounts,
        remove_agreement,
        remove_organization,
        remove_laboratory,
        hide_laboratory,
        remove_event,
        remove_source,
    ),
    *(
        remove_from_sector,
        remove_area_from_agreement,
        remove_from_event,
        remove_sector,
        remove_area,
        replace_programme,
    ),
)


def name_of(place) -> str:
    model, column = place
    return f"{model._meta.model_name}.{column}"


def all_writes() -> dict[str, object]:
    changes = {
        name_of(place): lambda dice, place=place: change(dice, *place)
        for place in sorted(COLUMNS, key=name_of)
    }
    return changes | {write.__name__: write for write in OTHER_WRITES}


@pytest.mark.django_db
@pytest.mark.parametrize("seed", seeds(2))
def test_index_is_right_after_every_write(seed, monkeypatch):
    # The index of the search has a law of its own, and takes three times as long to follow.
    monkeypatch.setattr(index, "write_words", lambda *_: None)
    without_effect = write_and_check(seed)

    # This one removes what it adds.
    assert without_effect <= {remove_laboratory.__name__, *map(name_of, KEPT_BY_TRIGGERS)}


def write_and_check(seed: int) -> set[str]:
    """Compare the index with the account after each of a few hundred writes. The writes that never mattered."""
    build_world(seed, organizations=15, agreements=20)
    Organization.objects.filter(region_code__startswith="NL").update(region_code="")
    Organization.objects.update(country_code="US")
    dice, writes = random.Random(seed), all_writes()
    without_effect = set(writes)
    assert_index_is_right()

    for _ in range(ROUNDS):
        with transaction.atomic():
            for name in dice.sample(sorted(writes), len(writes)):
                if any(write_changes_index(writes[name], dice) for _ in range(TRIES)):
                    without_effect.discard(name)
            # Every round starts from a directory in which there is much to change.
            transaction.set_rollback(True)
        assert_index_is_right()
    # Others may have come before it each time, and taken away what it would have changed; or it met only records that
    # had it already, or that nobody may see.
    for name in sorted(without_effect):
        with transaction.atomic():
            if any(write_changes_index(writes[name], dice) for _ in range(10 * TRIES)):
                without_effect.discard(name)
            transaction.set_rollback(True)
    return without_effect


def write_changes_index(write, dice: random.Random) -> bool:
    """Whether a write mattered; the index is right after it in any case."""
    before = indexed()
    # What the rules of the database refuse is rolled back, and is one more thing to survive.
    with suppress(IntegrityError), transaction.atomic():
        write(dice)
        connection.check_constraints()
    index.bring_up_to_date()
    after = indexed()
    assert after == Account().places()
    assert not FacetStale.objects.exists()
    return after != before


# When it is written


@pytest.mark.django_db
def test_index_that_is_right_costs_one_query():
    alpha = make_organization("Alpha")
    make_agreement("One", partners=[alpha])
    assert_index_is_right()

    for write in (lambda: None, lambda: Organization.objects.update(curator_note="Ask again.")):
        write()
        assert queries_of(index.bring_up_to_date) == 1


@pytest.mark.django_db
def test_write_that_is_rolled_back_leaves_the_index_right():
    alpha = make_organization("Alpha", type="company")
    make_agreement("One", partners=[alpha])
    assert_index_is_right()
    before = indexed()

    for look in (index.bring_up_to_date, lambda: None):
        with transaction.atomic():
            Organization.objects.update(type="nonprofit")
            look()
            transaction.set_rollback(True)
        assert indexed() == before
        assert_index_is_right()


@pytest.mark.django_db
def test_look_that_is_rolled_back_is_taken_again():
    alpha = make_organization("Alpha", type="company")
    make_agreement("One", partners=[alpha])
    assert_index_is_right()
    Organization.objects.update(type="nonprofit")

    with transaction.atomic():
        index.bring_up_to_date()
        transaction.set_rollback(True)

    assert FacetStale.objects.exists()
    assert_index_is_right()


@pytest.mark.django_db(transaction=True)
def test_another_connection_sees_a_write_and_the_index_of_it():
    make_programme(lead=make_organization("Lead", slug="lead", type="government"))
    make_agreement("One", partners=[make_organization("Alpha")])
    assert_index_is_right()

    elsewhere(lambda: Organization.objects.filter(slug="alpha").update(type="nonprofit"))
    assert FacetStale.objects.exists()
    assert_index_is_right()

    Organization.objects.filter(slug="alpha").update(type="company")
    elsewhere(assert_index_is_right)
    assert queries_of(index.bring_up_to_date) == 1
    assert indexed() == Account().places()


@pytest.mark.django_db(transaction=True)
def test_writers_and_readers_at_the_same_time_leave_the_index_right():
    for number in range(4):
        make_agreement(f"Agreement {number}", partners=[make_organization(f"Organization-{number}")])

    def write_and_look(number: int):
        for turn in range(8):
            type, status = ("company", "nonprofit")[turn % 2], ("active", "announced")[turn % 2]
            Organization.objects.filter(slug=f"organization-{number}").update(type=type)
            index.bring_up_to_date()
            Agreement.objects.filter(slug=f"agreement-{number}").update(status=status)
            index.bring_up_to_date()

    at_once([partial(write_and_look, number) for number in range(4)])

    assert_index_is_right()


# When it is made anew


def add_wrong_entry() -> None:
    """An entry that nothing but making the index anew takes away."""
    FacetEntry.objects.create(term_id=FacetTerm.objects.exclude(listing="").first().pk, record_id=10**9)


@pytest.mark.django_db
def test_index_is_left_alone_while_the_declarations_are_the_same():
    make_agreement("One", partners=[make_organization("Alpha")])
    assert_index_is_right()
    add_wrong_entry()
    before = indexed()

    connection.check_constraints()
    triggers.install()

    assert indexed() == before != Account().places()


def forget_statements() -> None:
    for each in (index.writing, index.entries_of_listings):
        each.cache_clear()


@pytest.mark.django_db
def test_index_of_other_declarations_is_made_anew(monkeypatch):
    make_agreement("One", partners=[make_organization("Alpha", region_code="US-CA", country_code="US")])
    assert_index_is_right()
    add_wrong_entry()
    fewer = {name: each for name, each in PartnerListing.base_filters.items() if name != "region"}
    connection.check_constraints()

    with monkeypatch.context() as patch:
        patch.setattr(PartnerListing, "base_filters", fewer)
        forget_statements()
        triggers.install()
        assert (
            indexed()
            == {place for place in Account().places() if place[:2] != ("partner", "region")}
            != Account().places()
        )

    forget_statements()
    triggers.install()
    assert indexed() == Account().places()


@pytest.mark.django_db
@pytest.mark.parametrize("most", [0, 1, 500])
def test_few_and_many_records_are_written_alike(monkeypatch, most):
    monkeypatch.setattr(index, "MOST_STALE_NAMED", most)
    build_world(3, organizations=15, agreements=20)

    assert_index_is_right()
    Organization.objects.update(type="facility")
    assert_index_is_right()
