"""The journal cannot be gone around: whatever SQL writes past the application is in it, or is refused in words."""

import random
import sqlite3
from contextlib import suppress

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from partners.models import (
    Agreement,
    Change,
    DataVersion,
    Organization,
    OrganizationName,
    PublicChange,
    Revision,
    Sector,
)
from partners.models.belonging import models_with_data
from partners.triggers.refusals import KEY_REFUSAL, REFUSAL
from partners.triggers.replacing import unique_keys
from tests.database import execute
from tests.elsewhere import elsewhere
from tests.laws import seeds
from tests.past import from_here_on, whole_state
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
)
from tests.test_journal import make_small_directory

pytestmark = pytest.mark.django_db(transaction=True)
only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no OR REPLACE.")


def columns_of(model) -> list[str]:
    return [field.column for field in model._meta.concrete_fields]


def copied(model, where: str, **values: str) -> str:
    """What comes after INSERT INTO: a table, and rows of it with other values in some columns."""
    table, names = model._meta.db_table, [f'"{name}"' for name in columns_of(model)]
    copies = ", ".join(values.get(name, f'"{name}"') for name in columns_of(model))
    return f"{table} ({', '.join(names)}) SELECT {copies} FROM {table} WHERE {where}"  # noqa: S608


SECTOR = "slug, name_en, name_nl, name_key, search_text, description_en, description_nl"
OTHERS = "'', '', '', '', ''"


# What SQL can do, each as one step of a history. `n` is another number in each step. -------------------------------------


def upsert(n: int) -> str:
    """New rows and ones that are there already."""
    return (
        f"INSERT INTO partners_sector (id, {SECTOR}) VALUES "  # noqa: S608
        f"(1, 'new-{n}', 'New {n}', {OTHERS}), (9{n}, 'more-{n}', 'More {n}', {OTHERS}) "
        "ON CONFLICT (id) DO UPDATE SET name_en = excluded.name_en"
    )


def do_nothing(n: int) -> str:
    return f"INSERT INTO {copied(Sector, 'TRUE', name_en=str(n))} ON CONFLICT DO NOTHING"  # noqa: S608


def update_from(n: int) -> str:
    return (
        f"UPDATE partners_organization SET city = 'City {n}' FROM partners_organizationname "  # noqa: S608
        "WHERE partners_organizationname.organization_id = partners_organization.id"
    )


def move_rows(n: int) -> str:
    """Names of one record become those of another, where they do not stand there yet."""
    return (
        "UPDATE partners_organizationname SET organization_id = (SELECT max(id) FROM partners_organization) "  # noqa: S608
        f"WHERE id % 2 = {n % 2}"
    )


def swap_values(n: int) -> str:
    return "UPDATE partners_organization SET city = ticker, ticker = city"


def delete_rows(n: int) -> str:
    return f"DELETE FROM partners_citation WHERE id % 5 = {n % 5}"  # noqa: S608


def replace_by_key(n: int) -> str:
    rows = copied(Organization, f"id % 2 = {n % 2}", city=f"'City {n}'")
    return f"INSERT OR REPLACE INTO {rows}"


def replace_by_name(n: int) -> str:
    """Rows of other numbers with values that stand once, so that those that have them go."""
    return f"REPLACE INTO {copied(OrganizationName, 'TRUE', id=f'id + {100 * n}')}"


def replace_several_by_one(n: int) -> str:
    """One row takes the place of two: it has the number of the one and the name of the other."""
    first, last = (
        f"(SELECT {end}(id) FROM partners_organizationname WHERE organization_id = (SELECT min(organization_id) "  # noqa: S608
        "FROM partners_organizationname))"
        for end in ("min", "max")
    )
    return f"INSERT OR REPLACE INTO {copied(OrganizationName, f'id = {last}', id=first)}"


def update_or_replace(n: int) -> str:
    return (
        "UPDATE OR REPLACE partners_organizationname SET value = 'Same', value_key = 'same' "  # noqa: S608
        f"WHERE organization_id % 2 = {n % 2}"
    )


def replace_parties(n: int) -> str:
    """A party gets the place of another one, which had made its agreement public."""
    return (
        "UPDATE OR REPLACE partners_agreementparty SET role = 'partner', "
        "organization_id = (SELECT min(organization_id) FROM partners_agreementparty)"
    )


def two_statements_in_one(n: int) -> str:
    return (
        f"WITH gone AS (DELETE FROM partners_citation WHERE id % 5 = {n % 5} RETURNING organization_id) "  # noqa: S608
        f"UPDATE partners_organization SET city = 'City {n}' WHERE id IN (SELECT organization_id FROM gone)"
    )


def empty_tables(n: int) -> str:
    return "TRUNCATE partners_organizationname, partners_citation"


COMMON = (upsert, do_nothing, update_from, move_rows, swap_values, delete_rows)
OF_ENGINE = {
    "sqlite": (
        *(replace_by_key, replace_by_name, replace_several_by_one),
        *(update_or_replace, replace_parties),
    ),
    "postgresql": (two_statements_in_one, empty_tables),
}


def run(statement: str) -> None:
    """In a transaction, and sometimes what the database refuses, which is then no change."""
    with suppress(IntegrityError), transaction.atomic():
        execute(statement.replace("%", "%%"))
        connection.check_constraints()


def write(rng, n: int) -> None:
    """One step: over this connection or another one, alone, or beside what is taken back to a savepoint."""
    kind = rng.choice((*COMMON, *OF_ENGINE[connection.vendor]))
    statement = kind(n)
    way = rng.choice(("plain", "elsewhere", "savepoint", "copy"))
    if way == "elsewhere":
        elsewhere(lambda: run(statement))
    elif way == "savepoint":
        with transaction.atomic():
            with suppress(RuntimeError), transaction.atomic():
                run(rng.choice(COMMON)(n + 50))
                raise RuntimeError
            run(statement)
    else:
        run(statement)
    if way == "copy":
        copy_in(n)


def copy_in(n: int) -> None:
    """Many rows at once, as each engine takes them from a file."""
    rows = [(f"copied-{n}-{each}", f"Copied {n} {each}") for each in range(3)]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(
                f"INSERT INTO partners_sector ({SECTOR}) VALUES (%s, %s, {OTHERS})",  # noqa: S608
                rows,
            )
            return
        with cursor.copy(f"COPY partners_sector ({SECTOR}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row((*row, *[""] * 5))


@pytest.mark.parametrize("seed", seeds(4))
def test_journal_read_backwards_is_the_state_then_whatever_sql_wrote(seed):
    rng = random.Random(seed)  # noqa: S311
    make_small_directory()
    for organization in Organization.objects.all():
        OrganizationName.objects.create(organization=organization, value="Same", type="alias")
        cite(organization, "city")
    states = {Revision.objects.count(): whole_state()}
    for number in range(1, 13):
        write(rng, number)
        states[Revision.objects.count()] = whole_state()

    assert len(states) > 4
    for revision, state in states.items():
        assert whole_state(revision) == state


# SQLite: OR REPLACE ------------------------------------------------------------------------------------------------------


@only_sqlite
def test_every_value_that_stands_once_is_known():
    """What a row can replace follows from the models; here beside what the database says."""
    for model in models_with_data():
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT name FROM pragma_index_list("{table}") WHERE "unique"')  # noqa: S608
            names = [name for (name,) in cursor.fetchall()]
            there = [
                tuple(name for _place, _number, name in cursor.execute(f'PRAGMA index_info("{index}")'))
                for index in names
            ]
        known = [columns for columns, _condition in unique_keys(model) if columns != ("id",)]
        assert sorted(known) == sorted(there), table


@only_sqlite
def test_what_is_replaced_goes_as_if_it_were_deleted():
    """Its row is kept, and whatever else follows from a deletion does: here the agreement is public no more."""
    partner, laboratory = make_organization("Partner"), make_organization("Laboratory")
    agreement = make_agreement(partners=[partner])
    other = add_party(agreement, laboratory, "laboratory")
    party = agreement.parties.get(organization=partner)
    newest = Revision.objects.count()

    execute(
        "INSERT OR REPLACE INTO partners_agreementparty (id, agreement_id, organization_id, role, is_public) "  # noqa: S608
        f"VALUES ({party.pk}, {agreement.pk}, {laboratory.pk}, 'laboratory', TRUE)"
    )

    changes = Change.objects.filter(table="agreementparty", revision__gt=newest)
    kept = {(each.row, each.operation, (each.before or {}).get("organization_id")) for each in changes}
    assert {(party.pk, "D", partner.pk), (other.pk, "D", laboratory.pk), (party.pk, "I", None)} <= kept
    assert not Agreement.objects.get(pk=agreement.pk).is_public
    assert PublicChange.objects.filter(model="organization", record_id=partner.pk).exists()


@only_sqlite
@pytest.mark.parametrize("rule", ["ABORT", "FAIL", "ROLLBACK", "IGNORE"])
def test_other_rules_replace_nothing(rule):
    sector = make_sector("Cloud")
    changes, version = Change.objects.count(), DataVersion.current()

    with suppress(IntegrityError):
        execute(
            f"INSERT OR {rule} INTO partners_sector (id, slug, name_en, name_nl) "  # noqa: S608
            f"VALUES ({sector.pk}, 'chips', 'Chips', '')"
        )

    assert Sector.objects.get().name_en == "Cloud"
    assert (Change.objects.count(), DataVersion.current()) == (changes, version)


@only_sqlite
def test_another_program_cannot_go_around_it_either():
    """A connection with nothing of Django, which lets triggers start themselves besides."""
    sector = make_sector("Cloud")
    newest = Revision.objects.count()
    before = whole_state()
    for setting in ("OFF", "ON"):
        own = sqlite3.connect(connection.settings_dict["NAME"])
        own.execute(f"PRAGMA recursive_triggers = {setting}")
        row = copied(Sector, f"id = {sector.pk}", name_en=f"'{setting}'")
        own.execute(f"REPLACE INTO {row}")
        own.commit()
        own.close()
        assert whole_state(newest) == before
        assert Change.objects.filter(table="sector", row=sector.pk, operation="D").count() >= 1


# Both engines: numbers of rows and of revisions stay -----------------------------------------------------------------------


def ways_to_change_a_key() -> list[str]:
    found = [
        f"UPDATE {{table}} SET {name} = id + 1000 WHERE id = (SELECT max(id) FROM {{table}})"  # noqa: S608
        for name in ("id", *(["rowid", "_rowid_"] if connection.vendor == "sqlite" else []))
    ]
    if connection.vendor == "sqlite":
        found.append(
            "UPDATE OR REPLACE {table} SET id = coalesce((SELECT max(id) FROM {table} t WHERE t.id < {table}.id), id + 1000)"
        )
    return found


@pytest.mark.django_db
def test_a_row_keeps_its_number():
    lead = make_organization("Lead", names=["L", "M"], sectors=[make_sector(), make_sector()])
    for _each in range(2):
        event = make_event()
        event.organizations.add(lead)
        add_amount(make_agreement(partners=[lead], mission_areas=[make_mission_area()], announcement=event))
    cite(make_programme(lead=lead))
    before = whole_state()

    for model in models_with_data():
        for statement in ways_to_change_a_key():
            with pytest.raises(DatabaseError, match=KEY_REFUSAL), transaction.atomic():
                execute(statement.format(table=model._meta.db_table))

    assert whole_state() == before


# Whatever other tests have numbered before.
FIRST_REVISION = "number = (SELECT min(number) FROM partners_revision)"
FIRST_CHANGE = "id = (SELECT min(id) FROM partners_change)"


def ways_to_edit_the_journal() -> list[str]:
    found = [
        "UPDATE partners_revision SET why = 'x'",
        "UPDATE partners_revision SET rows_kept = FALSE",
        f"UPDATE partners_revision SET data_version = 1 WHERE {FIRST_REVISION}",  # noqa: S608
        "DELETE FROM partners_revision",
        "UPDATE partners_change SET model = 'x'",
        "DELETE FROM partners_change",
        "UPDATE partners_publicchange SET field = 'x'",
        "DELETE FROM partners_publicchange",
        f"INSERT INTO {copied(Revision, FIRST_REVISION, number='0')}",
        f"INSERT INTO {copied(Revision, FIRST_REVISION, number='1000')}",
        f"INSERT INTO {copied(Change, FIRST_CHANGE, id='-id')}",
    ]
    if connection.vendor == "postgresql":
        return [
            *found,
            *(
                f"TRUNCATE {each}"
                for each in ("partners_revision", "partners_change", "partners_publicchange")
            ),
        ]
    return [
        *found,
        f"REPLACE INTO {copied(Revision, FIRST_REVISION, why='number')}",
        f"REPLACE INTO {copied(Change, FIRST_CHANGE, operation='NULL')}",
        f"UPDATE OR REPLACE partners_revision SET number = number + 1 WHERE {FIRST_REVISION}",  # noqa: S608
        f"UPDATE OR REPLACE partners_change SET id = id + 1 WHERE {FIRST_CHANGE}",  # noqa: S608
    ]


@pytest.mark.django_db
def test_nobody_edits_the_journal():
    organization = make_organization("Alpha")
    from_here_on()
    Organization.objects.filter(pk=organization.pk).update(city="Delft")
    kept = [list(each.objects.values()) for each in (Change, Revision, PublicChange)]
    assert all(kept)

    for statement in ways_to_edit_the_journal():
        with pytest.raises(DatabaseError, match=REFUSAL), transaction.atomic():
            execute(statement)

    assert [list(each.objects.values()) for each in (Change, Revision, PublicChange)] == kept
