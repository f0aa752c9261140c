"""The index of the search says what the texts say, after every write and however it is made."""

import random
from contextlib import suppress

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F
from django.http import QueryDict

from partners.engines.refolding import folded_fields, models_with_folded_fields
from partners.models import FacetStale, Organization, SearchEntry, SearchRecord, Sector
from partners.models.search import CHUNK
from partners.selection.index import bring_up_to_date
from partners.selection.listings import SEARCHED, PartnerListing
from partners.selection.search import collecting, writing
from partners.selection.search.bitmaps import joined_chunks, pack, places_of, set_of, unpack
from partners.selection.selection import Selection
from partners.selection.watching import DELETE, dependencies
from tests.laws import seeds
from tests.records import make_agreement, make_mission_area, make_organization, make_partner, make_sector
from tests.test_facet_index import remove, some
from tests.watching import TABLES, change
from tests.worlds import build_world

WATCHED = dependencies(SEARCHED)
# Each column that decides what is found, by its table.
COLUMNS = sorted({(each.table, column) for each in WATCHED for column in each.columns})
# Tables whose rows come and go by themselves.
TIES = sorted({each.table for each in WATCHED if DELETE in each.events})
# Rows that are tried for a column before it counts as one that cannot be changed.
TRIES = 12


def held() -> set[tuple]:
    """All that the index holds."""
    bring_up_to_date()
    assert not FacetStale.objects.exists()
    entries = SearchEntry.objects.values_list("listing", "word", "kind", "chunk", "records", "places")
    records = SearchRecord.objects.values_list("listing", "record_id", "words")
    words = {
        (*row, str(sorted((k, sorted(w)) for k, w in writing.from_text(text).items())))
        for *row, text in records
    }
    return {(*row, bytes(places)) for *row, places in entries} | words


def made_anew() -> set[tuple]:
    """What the index holds when it is written from nothing."""
    writing.empty(connection)
    for listing in SEARCHED:
        everyone = listing._meta.model._base_manager.values_list("pk", flat=True)
        writing.write(listing, everyone, connection)
    return held()


def assert_columns_are_folded() -> None:
    for model in models_with_folded_fields():
        for record in model._base_manager.all():
            before = {field.name: getattr(record, field.attname) for field in folded_fields(model)}
            assert {field.name: field.pre_save(record, False) for field in folded_fields(model)} == before


@pytest.mark.parametrize("seed", seeds(2))
def test_index_follows_every_column_that_it_depends_on(db, seed):
    dice = random.Random(seed)
    build_world(seed, organizations=20, agreements=24)
    held()
    untried = []

    for table, column in COLUMNS:
        if not any(change(dice, table, column) for _ in range(TRIES)):
            untried.append((table, column))

    assert held() == made_anew()
    assert_columns_are_folded()
    assert untried == []


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_index_follows_a_column_that_changes_alone(directory, table, column):
    dice = random.Random(column)
    with transaction.atomic():
        for _ in range(4):
            change(dice, table, column)

        assert held() == made_anew()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def directory(django_db_setup, django_db_blocker):
    """A directory that the tests look at; what one of them writes is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        build_world(5, organizations=14, agreements=16)
        held()
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("table", TIES)
def test_index_follows_rows_that_come_and_go(directory, table):
    dice, model = random.Random(table), TABLES[table]
    with transaction.atomic():
        for _ in range(3):
            with (
                suppress(models.ProtectedError, models.RestrictedError, IntegrityError),
                transaction.atomic(),
            ):
                if rows := some(dice, model, 2):
                    remove(dice, rows)
                connection.check_constraints()
        make_partner("Newcomer", names=["Latecomer"])

        assert held() == made_anew()
        transaction.set_rollback(True)


def test_whoever_writes_past_django_is_found(db):
    """The same in words: a text, its folded column, and what follows from it elsewhere."""
    lab = make_organization("Fern Laboratory", slug="fern", type="facility")
    alpha = make_partner("Alpha", slug="alpha", sectors=[make_sector("Wood")])
    area = make_mission_area("Forests", parent=make_mission_area("Nature"))
    make_agreement("Deal", slug="deal", partners=[alpha], laboratories=[lab], mission_areas=[area])

    def found(query: str) -> list[str]:
        return [row.slug for row in Selection(PartnerListing, QueryDict(f"q={query}")).rows]

    def run(sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    assert found("wood") == found("nature") == found("fern") == ["alpha"]
    run("UPDATE partners_sector SET name_en = 'Steel' WHERE name_en = 'Wood'")
    run("UPDATE partners_missionarea SET name_en = 'Wilderness' WHERE name_en = 'Nature'")
    run("UPDATE partners_organization SET name = 'Moss Laboratory' WHERE name = 'Fern Laboratory'")
    run("UPDATE partners_organization SET name = 'Øre', city = 'Rhodos' WHERE name = 'Alpha'")
    run("UPDATE partners_agreement SET summary_en = 'About éclairs.' WHERE slug = 'deal'")

    assert found("wood") == found("nature") == found("fern") == []
    for query in ("steel", "wilderness", "moss", "ore", "rhodos", "eclairs", '"about eclairs"'):
        assert found(query) == ["alpha"], query
    assert Organization.objects.get(slug="alpha").name_key == "ore"
    assert Sector.objects.get().name_key == "steel"
    assert_columns_are_folded()


def test_record_that_leaves_a_listing_leaves_its_index(db):
    alpha = make_partner("Alpha", slug="alpha")
    held()
    assert SearchRecord.objects.filter(listing="partner").count() == 1

    alpha.withhold()

    held()
    assert not SearchRecord.objects.filter(listing="partner").exists()
    assert not SearchEntry.objects.filter(listing="partner").exists()
    assert not SearchEntry.objects.filter(listing="agreement").exists()


def test_only_what_changed_is_written(db):
    """An edit of one record must not cost more in a large directory."""

    def counted() -> dict[tuple[str, str], int]:
        rows = SearchEntry.objects.filter(listing="partner").values_list("word", "kind", "records")
        return {(word, kind): records for word, kind, records in rows}

    for number in range(6):
        make_partner(f"Firm {number}", slug=f"firm-{number}")
    firm = Organization.objects.get(slug="firm-3")
    held()
    before = counted()

    firm.summary_en = "Something unheard."
    firm.save()

    held()
    after = counted()
    changed = {
        word
        for word, kind in before.keys() | after.keys()
        if before.get((word, kind)) != after.get((word, kind))
    }
    assert {"unheard", "something", "un*"} <= changed
    assert not {"company", "agreement", "memorandum", "", "0"} & changed


@pytest.mark.parametrize("records", [[], [0], [4095, 4096], list(range(0, 9000, 7)), list(range(4096))])
def test_set_of_records_is_kept_in_pieces(records):
    whole = set_of(records)
    pieces = {number: whole >> number * 4096 & (1 << 4096) - 1 for number in range(3)}

    assert places_of(whole) == records
    assert joined_chunks({number: unpack(pack(bits)) for number, bits in pieces.items() if bits}) == whole
    assert all(len(pack(bits)) <= 512 for bits in pieces.values())


def test_index_follows_records_of_several_chunks(db, monkeypatch):
    """Few records are written at once wherever their numbers lie; many are so chunk by chunk."""
    monkeypatch.setattr(writing, "MOST_NAMED", 3)
    monkeypatch.setattr(writing, "MANY", 3)
    area = make_mission_area("Forests")
    for place in (0, 1, CHUNK, CHUNK + 1, CHUNK + 2, CHUNK + 3, 3 * CHUNK, 5 * CHUNK, 5 * CHUNK + 1):
        partner = make_organization(f"Firm {place}", pk=10_000 + place)
        make_agreement(f"Deal {place}", pk=10_000 + place, partners=[partner], mission_areas=[area])
    area.name_en = "Wilderness"
    held()
    area.save()
    Organization.objects.filter(pk__gte=10_000).update(city="Rhodos", name=F("slug"))
    followed = held()

    monkeypatch.setattr(writing, "MANY", 0)
    assert followed == made_anew()


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([], []),
        ([1, 2, CHUNK, 3 * CHUNK], [[1, 2, CHUNK], [3 * CHUNK]]),
        ([1, 20, 30, 40, CHUNK], [[1, 20, 30], [40, CHUNK]]),
        # So many that stand one after another are one portion.
        ([1, 2, 3, 4, CHUNK], [[1, 2, 3, 4], [CHUNK]]),
        ([1, 2, 3, 4, 5, CHUNK], [[1, 2, 3, 4, 5], [CHUNK]]),
    ],
)
def test_records_are_written_in_portions(records, expected, monkeypatch):
    monkeypatch.setattr(writing, "MOST_NAMED", 3)
    monkeypatch.setattr(writing, "MANY", 4)
    assert list(writing.portions_of(records)) == expected


def test_busy_organization_is_found_by_what_its_agreements_are_about_and_not_by_each_of_them(db, monkeypatch):
    """Otherwise an edit of one of 60,000 agreements would read all of them again."""
    monkeypatch.setattr(collecting, "MOST_TIES", 2)
    area = make_mission_area("Forests", parent=make_mission_area("Nature"))
    busy, other = make_organization("Busy", slug="busy"), make_organization("Other", slug="other")
    lab = make_organization("Fern Laboratory", type="facility")
    for number in range(3):
        make_agreement(f"Lichen {number}", slug=f"lichen-{number}", partners=[busy], laboratories=[lab])
    make_agreement("Moss", agreement_type="crada", partners=[busy, other], mission_areas=[area])

    def found(query: str) -> set[str]:
        return {row.slug for row in Selection(PartnerListing, QueryDict(f"q={query}")).rows}

    assert found("busy") == {"busy", "other"}
    assert found("nature") == found("crada") == {"busy", "other"}
    assert found("moss") == {"other"}
    assert found("lichen") == found("fern") == set()
    assert held() == made_anew()
