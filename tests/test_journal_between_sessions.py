"""The journal while several write at once, and for sessions of PostgreSQL that are set up in other ways than ours."""

import threading

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, transaction

from partners.changes.revising import revising
from partners.curation_vocabularies import Via
from partners.models import Change, Organization, Revision, Sector
from tests.database import another_database, execute
from tests.elsewhere import at_once
from tests.past import whole_state
from tests.records import make_organization, make_sector

pytestmark = pytest.mark.django_db(transaction=True)
only_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such sessions.")
WRITERS, TIMES = 3, 6

# Both engines --------------------------------------------------------------------------------------------------------------


def test_who_reads_while_others_write_sees_numbers_without_a_gap():
    records = [make_organization().pk for _each in range(WRITERS)]
    first, done = Revision.objects.count(), []

    def write(place: int) -> None:
        """In turns one record and then another, as two people do who work on the same ones."""
        for number in range(TIMES):
            with transaction.atomic() if number % 2 else revising(Via.FORM):
                for key in (records[place], records[(place + number) % WRITERS]):
                    Organization.objects.filter(pk=key).update(city=f"City {place} {number}")
        done.append(place)

    def read() -> list[list[tuple[int, int]]]:
        seen = []
        while len(done) < WRITERS:
            seen.append(list(Revision.objects.order_by("number").values_list("number", "data_version")))
        return seen

    jobs = [*(lambda each=each: write(each) for each in range(WRITERS)), read]
    seen = at_once(jobs)[-1]

    for revisions in seen:
        numbers, versions = zip(*revisions, strict=True)
        assert list(numbers) == list(range(1, len(numbers) + 1))
        assert sorted(set(versions)) == list(versions)
    assert Revision.objects.count() >= first + WRITERS * TIMES


# PostgreSQL ----------------------------------------------------------------------------------------------------------------


def own_session(**settings: str) -> psycopg.Connection:
    """A session without anything of Django, for a `with` block, which commits. Whoever is kept waiting fails."""
    given = {
        name: connection.get_connection_params().get(name) for name in ("dbname", "user", "host", "port")
    }
    own = psycopg.connect(**given)
    for name, value in ({"lock_timeout": "10000"} | settings).items():
        own.execute(f"SET {name} = {value}")
    return own


@only_postgresql
def test_two_who_save_the_same_records_in_another_order_do_not_end_each_other():
    """A writer takes its turn before it locks a row."""
    alpha, beta = make_organization("Alpha"), make_organization("Beta")
    rename = "UPDATE partners_organization SET city = %s WHERE id = %s"
    with own_session() as first, own_session() as second:
        first.execute(rename, ["First", alpha.pk])

        def write_second() -> None:
            for key in (beta.pk, alpha.pk):
                second.execute(rename, ["Second", key])
            second.commit()

        other = threading.Thread(target=write_second)
        other.start()
        blocked = "SELECT cardinality(pg_blocking_pids(%s))"
        while not first.execute(blocked, [second.info.backend_pid]).fetchone()[0]:
            pass
        first.execute(rename, ["First", beta.pk])
        first.commit()
        other.join()

    assert set(Organization.objects.values_list("city", flat=True)) == {"Second"}
    numbers = list(Revision.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


@only_postgresql
@pytest.mark.parametrize("path", ["''", "pg_catalog", "pg_temp, public"])
def test_a_session_with_another_path_is_journaled(path):
    """As `pg_restore` opens one; with tables of its own besides, which have the names of ours."""
    make_sector("Cloud")
    newest, before = Revision.objects.count(), whole_state()
    with own_session(search_path=path) as own:
        own.execute("CREATE TEMPORARY TABLE partners_change (LIKE public.partners_change)")
        own.execute("CREATE TEMPORARY TABLE partners_dataversion (LIKE public.partners_dataversion)")
        own.execute("CREATE TEMPORARY TABLE partners_writing (LIKE public.partners_writing)")
        own.execute("UPDATE public.partners_sector SET name_en = 'Clouds'")
        with own.cursor().copy(
            "COPY public.partners_sector (slug, name_en, name_nl, name_key, search_text, description_en, description_nl) "
            "FROM STDIN"
        ) as copy:
            copy.write_row(["chips", "Chips", *[""] * 5])
        own.execute("DELETE FROM public.partners_sector WHERE slug = 'cloud'")

    changes = Change.objects.filter(revision=newest + 1, table="sector").order_by("pk")
    assert [each.operation for each in changes] == ["U", "I", "D"]
    assert whole_state(newest) == before
    with own_session(search_path=path) as own:
        own.execute("TRUNCATE public.partners_sector CASCADE")
    assert not Sector.objects.exists()
    assert whole_state(newest) == before


@only_postgresql
def test_a_directory_in_another_schema_works_once_it_is_migrated():
    """Also where the schema was given another name: the triggers are made anew for it."""
    make_sector("Cloud")
    newest, before = Revision.objects.count(), whole_state()
    options = connection.settings_dict["OPTIONS"]
    with another_database("elsewhere_named"):
        execute('ALTER SCHEMA public RENAME TO "Own directory"')
        connection.close()
        connection.settings_dict["OPTIONS"] = options | {"options": '-c search_path="Own\\ directory"'}
        try:
            call_command("migrate", verbosity=0)
            Sector.objects.update(name_en="Clouds")
            execute("SET search_path = pg_catalog")
            execute('DELETE FROM "Own directory".partners_sector')
            execute('SET search_path = "Own directory"')
            assert whole_state(newest) == before
            assert Revision.objects.count() == newest + 2
        finally:
            connection.close()
            connection.settings_dict["OPTIONS"] = options
