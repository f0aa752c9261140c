"""A directory that is in use can be upgraded, whatever the migration does, and goes on as before.

The states it starts from are those of the migration graph. The migrations of later releases are invented (`later.py`),
and reach every table.
"""

import io  # noqa: I001
import re
from threading import Thread

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.test.utils import CaptureQueriesContext

from partners import triggers
from partners.changes.merging import merge_records
from partners.changes.past import past
from partners.changes.undoing import undo
from partners.exchange.package.layout import SHEET_OF, SHEETS
from partners.management.commands.migrate import JOURNAL
from partners.models import (
    Agreement,
    AgreementAmount,
    DataVersion,
    FacetEntry,
    LoadedRow,
    Organization,
    Revision,
)
from partners.models.addresses import where_now
from partners.models.belonging import is_record, models_with_data, owners
from partners.nouns import listed
from partners.selection import index
from partners.tables.public import public_rows
from partners.versions.packing import write_package
from tests import later
from tests.database import another_database, copy_of, drop, leading_to
from tests.laws import SEED
from tests.packages import (
    dump_dataset,
    generate_filled,
    load_dataset,
    read_table,
    write_table,
)
from tests.past import whole_state

STATES = [
    name
    for app, name in MigrationLoader(None).graph.forwards_plan(("partners", later.leaf()))
    if app == "partners"
]
TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|ON)\s+(partners_\w+)")


# Called `db`, so that the database of the tests is made for whoever asks for it.
@pytest.fixture(scope="module", name="db")
def populated(empty, django_db_blocker, tmp_path_factory):
    """A database of this release with something in every table and column, published and not."""
    with django_db_blocker.unblock(), another_database("populated") as name:
        folder = generate_filled(tmp_path_factory.mktemp("populated") / "package")
        for table, number in (("organizations", 0), ("agreements", 4), ("events", 0)):
            rows = read_table(folder, table)
            (key,) = SHEET_OF[table].table.key
            rows.append(rows[number] | {key: "in-the-writing", "publication_state": "draft"})
            for column in ("wikidata_id", "ror_id"):
                rows[-1] |= {column: ""} if column in rows[-1] else {}
            write_table(folder, table, rows)
        load_dataset(folder)
        User.objects.create_superuser("ada", password="a long password")
        index.bring_up_to_date()
        connection.close()
        yield name


@pytest.fixture(scope="module")
def empty(django_db_setup):
    """The name of the database of the tests, which is empty."""
    return connection.settings_dict["NAME"]


@pytest.fixture
def directory(db, django_db_blocker):
    """The populated database for one test, which may do anything to it."""
    with django_db_blocker.unblock(), another_database("directory", like=db):
        yield
        connection.close()


@pytest.fixture
def later_release(directory, tmp_path, monkeypatch, settings):
    """A function that makes `migrate` see one more migration."""

    def bring(kind: str, atomic: bool = True):
        monkeypatch.syspath_prepend(tmp_path)
        settings.MIGRATION_MODULES = {"partners": later.write(tmp_path, kind, atomic)}

    return bring


def migrate(*args, **options) -> str:
    printed = io.StringIO()
    call_command("migrate", *args, stdout=printed, **options)
    return printed.getvalue()


# What is to stay ------------------------------------------------------------------------------------------------------


def public() -> bytes:
    """All that the public sees, as bytes."""
    write_package(file := io.BytesIO())
    return file.getvalue()


def counts() -> list[tuple]:
    """How many records stand under each value of each facet of each listing."""
    index.bring_up_to_date()
    return ask(
        "SELECT t.listing, t.facet, t.value, count(*) FROM partners_facetterm t "
        "JOIN partners_facetentry e ON e.term_id = t.id GROUP BY t.listing, t.facet, t.value ORDER BY 1, 2, 3"
    )


def ask(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def triggers_that_stand() -> set[tuple]:
    """The triggers that run, by name and table."""
    return set(ask(triggers.RUNNING_TRIGGERS[connection.vendor]))


def assert_directory_works() -> None:
    """Triggers note what is written, and the index follows, as in a directory that was never upgraded."""
    before = DataVersion.current()
    Organization.objects.filter(slug="organization-000002").update(type="nonprofit", city="Delft")
    assert DataVersion.current() > before
    noted = ask("SELECT field FROM partners_publicchange WHERE model = 'organization'")
    assert {("type",), ("city",)} <= set(noted)
    assert_index_is_right()

    agreements = Agreement.objects.published()
    shown = agreements.count()
    Organization.objects.update(publication_state="withheld")
    assert shown and not agreements.exists()
    assert_index_is_right()


def assert_index_is_right() -> None:
    found = counts()
    with transaction.atomic(), connection.cursor() as cursor:
        index.make_anew(connection, cursor)
    assert counts() == found


def stand_in_the_way(state: str) -> None:
    """Give an older state triggers such as its release had: those of this one that name no table it does not have."""
    tables = {table for table in connection.introspection.table_names() if table.startswith("partners_")}
    with connection.cursor() as cursor:
        for statement in triggers.statements(connection.vendor):
            if set(TABLE.findall(statement)) <= tables:
                cursor.execute(statement)
    assert triggers_that_stand()


def lacking_in(state: str) -> dict[str, list[str]]:
    """The columns of the package that an earlier state has no place for."""
    models = MigrationLoader(None).project_state(("partners", state)).models
    found = {}
    for sheet in SHEETS:
        known = models.get(("partners", sheet.model._meta.model_name))
        found[sheet.name] = [
            name for name in sheet.names if known is None or sheet.fields[name].name not in known.fields
        ]
    return found


def rows_without(folder, lacking: dict[str, list[str]]) -> dict[str, list]:
    """The rows of a package without some columns, and without rows of which these are a part of the key."""
    found = {}
    for sheet in SHEETS:
        missing = lacking[sheet.name]
        rows = [
            row
            for row in read_table(folder, sheet.name)
            if not any(row[name] for name in missing if name in sheet.table.key)
        ]
        found[sheet.name] = [[row[name] for name in sheet.names if name not in missing] for row in rows]
    return found


# From each earlier state ------------------------------------------------------------------------------------------------


class WayBack:
    """A copy of the populated database that is taken back from state to state."""

    def __init__(self, populated: str):
        self.populated = populated
        self.begin()

    def begin(self) -> None:
        self.name, self.reached = copy_of(self.populated, "way_back"), STATES[-1]

    def taken_to(self, state: str) -> str:
        """The name of the copy at a state, with triggers such as its release had.

        It goes on from the state that was reached last, where that is not an earlier one: ask for the latest first.
        """
        if STATES.index(state) > STATES.index(self.reached):
            drop(self.name)
            self.begin()
        with leading_to(self.name):
            assert triggers_that_stand()
            migrate("partners", state, drop_journal=True)
            self.reached = state
            if state != STATES[-1]:
                assert not triggers_that_stand()
                stand_in_the_way(state)
        return self.name


@pytest.fixture(scope="module")
def way_back(db, django_db_blocker):
    with django_db_blocker.unblock():
        way = WayBack(db)
        yield way
        drop(way.name)


@pytest.fixture(scope="module")
def before(db, django_db_blocker, tmp_path_factory) -> tuple:
    """Of the populated database: its package, its version, how many accounts and loaded rows, its triggers."""
    with django_db_blocker.unblock(), another_database("before", like=db):
        dump_dataset(folder := tmp_path_factory.mktemp("before") / "package")
        counted = User.objects.count(), LoadedRow.objects.count()
        return folder, DataVersion.current(), counted, triggers_that_stand()


@pytest.fixture
def earlier(state, before, way_back, django_db_blocker):
    """The populated database at an earlier state, for one test."""
    with django_db_blocker.unblock(), another_database("directory", like=way_back.taken_to(state)):
        yield
        connection.close()


@pytest.mark.parametrize("state", STATES[::-1])
def test_a_directory_of_an_earlier_state_is_upgraded(earlier, before, empty, tmp_path, state):
    package, version, counted, standing = before

    migrate()

    dump_dataset(tmp_path / "after")
    lacking = lacking_in(state)
    assert rows_without(tmp_path / "after", lacking) == rows_without(package, lacking)
    assert (User.objects.count(), LoadedRow.objects.count()) == counted
    assert state == STATES[-1] or DataVersion.current() > version
    assert triggers_that_stand() == standing
    assert (public(), counts()) == as_loaded_anew(tmp_path / "after", empty)
    assert_directory_works()


def as_loaded_anew(folder, empty: str) -> tuple:
    """What the public sees in a new directory of this release that loads a package."""
    with another_database("anew", like=empty):
        load_dataset(folder)
        return public(), counts()


def test_the_journal_is_dropped_only_for_whoever_says_so(directory):
    """Before anything is done; a directory without one can go back as it likes."""
    Organization.objects.filter(slug="organization-000001").update(city="Delft")
    kept, standing = Revision.objects.count(), triggers_that_stand()

    with pytest.raises(CommandError, match=f"its {kept} revisions would be lost"):
        migrate("partners", "0012")

    assert (Revision.objects.count(), triggers_that_stand()) == (kept, standing)
    call_command("flush", interactive=False, verbosity=0)
    migrate("partners", "0012")
    assert "partners_revision" not in connection.introspection.table_names()


def as_of_its_release(table: str) -> str:
    """What makes the image of a row of a table, by the columns that it has now."""
    with connection.cursor() as cursor:
        columns = [each.name for each in connection.introspection.get_table_description(cursor, table)]
    if connection.vendor == "postgresql":
        return "to_jsonb(t)"
    return "json_object({})".format(", ".join(f"'{name}', t.\"{name}\"" for name in columns))


def delete_and_journal(state: str) -> list[str]:
    """Delete a row of each table that belongs to a record, as the release of that state did: without triggers, and
    with its image in the journal. Gives the tables."""
    tables = set(connection.introspection.table_names())
    found = [each for each in models_with_data() if not is_record(each) and each._meta.db_table in tables]
    with connection.schema_editor(), connection.cursor() as cursor:
        number = ask("SELECT max(number) + 1 FROM partners_revision")[0][0]
        cursor.execute(
            "INSERT INTO partners_revision (number, at, name_of_who, why, via, schema) "
            "VALUES (%s, '2026-11-26 00:00:00+00', '', '', 'form', %s)",
            [number, state],
        )
        for model in found:
            table, (owner, record) = model._meta.db_table, next(iter(owners(model).items()))
            last = f"SELECT max(id) FROM {table} WHERE {owner} IS NOT NULL"  # noqa: S608
            cursor.execute(
                'INSERT INTO partners_change (revision_id, "table", "row", model, record, operation, before) '  # noqa: S608
                f"SELECT {number}, '{model._meta.model_name}', t.id, '{record._meta.model_name}', t.{owner}, 'D', "
                f"{as_of_its_release(table)} FROM {table} t WHERE t.id = ({last})"
            )
        # Those that others lead to come last.
        for model in sorted(found, key=lambda each: each is AgreementAmount):
            cursor.execute(
                f'DELETE FROM {model._meta.db_table} WHERE id IN (SELECT "row" FROM partners_change '  # noqa: S608
                f"WHERE revision_id = {number} AND \"table\" = '{model._meta.model_name}')"
            )
    return [model._meta.model_name for model in found]


WITH_JOURNAL = [state for state in STATES if state >= JOURNAL]


# Images of the first one come through whatever those of later ones do.
@pytest.mark.parametrize("state", WITH_JOURNAL if SEED else WITH_JOURNAL[:1])
def test_rows_that_an_earlier_release_kept_are_read_by_this_one(directory, state):
    """What it deleted is there in a past of before, through every migration since."""
    Organization.objects.filter(slug="organization-000001").update(city="Delft")
    migrate("partners", state)
    newest = ask("SELECT max(number) FROM partners_revision")[0][0]
    with another_database("untouched", like=closed()):
        migrate()
        before, shown = whole_state(), rows_of_lists()
    deleted = delete_and_journal(state)

    migrate()

    now, then = whole_state(), whole_state(newest)
    for table in deleted:
        assert len(then[table]) == len(now[table]) + 1, table
    # Columns that were added since are not in the images.
    assert then.keys() == before.keys()
    for table, rows in then.items():
        known = {
            key: {name: value for name, value in row.items() if name in rows.get(key, ())}
            for key, row in before[table].items()
        }
        assert rows == known, table
    with past(newest):
        assert rows_of_lists() == shown


def test_addresses_and_merges_of_an_earlier_release_are_known_by_number(directory):
    """The journal and former addresses said by slugs alone what leads where."""
    hidden, kept, other = Organization.objects.published().order_by("pk")[:3]
    hidden.withhold()
    merged = merge_records(kept, other)
    migrate("partners", "0029_comments_on_cells")

    migrate()

    Organization.objects.filter(pk=hidden.pk).update(slug="renamed-unseen")
    assert where_now(Organization.objects, hidden.slug).record == hidden
    assert where_now(Organization.objects, other.slug).record == kept
    # Taken back, and made again.
    undo(merged)
    undo(Revision.newest())
    assert where_now(Organization.objects, other.slug).record == kept


def rows_of_lists() -> dict[str, set[int]]:
    """The records that readers find in each list."""
    return {noun.name: set(public_rows(noun.table).values_list("pk", flat=True)) for noun in listed()}


def closed() -> str:
    """The name of the present database, to which nobody is connected."""
    connection.close()
    return connection.settings_dict["NAME"]


# To a later one -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["columns", "constraints", "terms"])
def test_a_later_release_finds_everything_as_it_was(later_release, tmp_path, kind):
    before = dump_dataset(tmp_path / "before"), public(), counts()
    version, standing = DataVersion.current(), triggers_that_stand()
    later_release(kind)

    migrate()

    assert (dump_dataset(tmp_path / "after"), public(), counts()) == before
    assert DataVersion.current() > version
    assert triggers_that_stand() == standing
    assert_directory_works()


def test_a_later_release_is_taken_back(later_release, tmp_path):
    before = dump_dataset(tmp_path / "before")
    later_release("columns")
    migrate()

    printed = migrate("partners", STATES[-1])

    assert "The triggers of the directory are away" in printed
    assert not triggers_that_stand()
    assert dump_dataset(tmp_path / "after") == before


def test_rows_that_a_migration_writes_are_seen(later_release):
    """What triggers keep follows, though they were away: what is public, the index, the version of the data."""
    version = DataVersion.current()
    later_release("rows")

    migrate()

    assert DataVersion.current() > version
    assert not Organization.objects.published().filter(slug="organization-000001").exists()
    assert ask(
        "SELECT count(*) FROM partners_agreementparty p JOIN partners_organization o ON o.id = p.organization_id "
        "WHERE p.is_public AND o.slug = 'organization-000001'"
    ) == [(0,)]
    assert_index_is_right()
    startups = FacetEntry.records("partner", "ownership", ["startup"])
    assert list(Organization.objects.filter(pk__in=startups).values_list("slug", flat=True)) == [
        "organization-000002"
    ]


@pytest.mark.parametrize(("kind", "stays"), [("columns", True), ("constraints", True), ("rows", False)])
def test_the_index_is_made_anew_only_where_rows_were_written(later_release, kind, stays):
    """That takes minutes in a large directory."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO partners_facetentry (term_id, record_id) SELECT max(id), 999999 FROM partners_facetterm"
        )
    later_release(kind)

    migrate()

    assert FacetEntry.objects.filter(record_id=999999).exists() == stays


def test_triggers_do_not_see_what_a_migration_names_otherwise(later_release):
    later_release("renaming")

    migrate()

    assert Organization.objects.exists() and not Organization.objects.published().exists()
    assert not Agreement.objects.published().exists()
    assert_index_is_right()


@pytest.mark.parametrize("kind", ["rows", "renaming"])
def test_what_a_migration_does_to_rows_is_in_the_journal(later_release, kind):
    """It can be read as it was before, and taken back, though no trigger saw it."""
    before = whole_state()
    later_release(kind)

    migrate()

    changed = whole_state()
    revision = Revision.objects.get(via="migration", why=later.NAME)
    assert changed != before
    assert whole_state(revision.number - 1) == before
    assert not undo(revision.number).refused
    assert whole_state() == before


# When it does not go well -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("atomic", [True, False])
def test_a_migration_that_fails_leaves_the_triggers(later_release, tmp_path, atomic):
    before = dump_dataset(tmp_path / "before")
    standing = triggers_that_stand()
    later_release("failing", atomic)

    with pytest.raises(RuntimeError, match="failed on purpose"):
        migrate()

    assert triggers_that_stand() == standing
    if atomic:
        assert dump_dataset(tmp_path / "after") == before
    version = DataVersion.current()
    Organization.objects.filter(slug="organization-000001").update(city="Delft")
    assert DataVersion.current() > version


def test_nobody_writes_while_the_triggers_stand_aside(directory):
    """Whoever tries waits, here for no longer than a moment; a reader need not."""
    impatient = {"sqlite": "PRAGMA busy_timeout = 1", "postgresql": "SET lock_timeout = 1"}
    found = []

    def read_and_write():
        try:
            with connection.cursor() as cursor:
                cursor.execute(impatient[connection.vendor])
            found.append(Organization.objects.exists())
            Organization.objects.update(city="Meanwhile")
        except OperationalError:
            found.append("refused")
        finally:
            connection.close()

    with connection.schema_editor():
        other = Thread(target=read_and_write)
        other.start()
        other.join()

    assert found == [True, "refused"]


def test_a_directory_without_its_triggers_is_not_ready(directory, client):
    assert client.get("/readyz").status_code == 200
    with connection.cursor() as cursor:
        triggers.take_away(connection, cursor)

    answer = client.get("/readyz")

    assert answer.status_code == 503 and "manage.py migrate" in answer.content.decode()


def test_nothing_to_do_is_next_to_nothing(directory):
    """No trigger is touched, no row written, and the version stays."""
    version = DataVersion.current()

    with CaptureQueriesContext(connection) as queries:
        triggers.install()

    statements = [query["sql"] for query in queries]
    assert not [sql for sql in statements if re.match(r"\s*(INSERT|UPDATE|DELETE|CREATE|DROP|ALTER)", sql)]
    assert len(statements) <= 8
    assert DataVersion.current() == version


def test_a_trigger_that_is_gone_comes_back_with_the_next_migrate(directory):
    standing = triggers_that_stand()
    name, table = sorted(standing)[0]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))

    migrate()

    assert triggers_that_stand() == standing


def test_a_trigger_of_another_release_goes(directory):
    standing = triggers_that_stand()
    with connection.cursor() as cursor:
        for statement in {
            "sqlite": [
                "CREATE TRIGGER partners_sector_insert_of_old AFTER INSERT ON partners_sector BEGIN SELECT 1; END"
            ],
            "postgresql": [
                "CREATE TRIGGER partners_sector_insert_of_old AFTER INSERT ON partners_sector "
                "FOR EACH STATEMENT EXECUTE FUNCTION partners_refuse()"
            ],
        }[connection.vendor]:
            cursor.execute(statement)
    assert triggers_that_stand() != standing

    migrate()

    assert triggers_that_stand() == standing


def test_looking_at_a_migration_changes_nothing(later_release):
    later_release("terms")
    standing, version = triggers_that_stand(), DataVersion.current()

    assert "9001_later" in migrate(plan=True)
    call_command("sqlmigrate", "partners", later.NAME, stdout=io.StringIO())

    assert (triggers_that_stand(), DataVersion.current()) == (standing, version)


def test_migrations_of_other_apps_leave_the_directory(directory):
    before = public(), counts(), triggers_that_stand()

    migrate("admin", "zero")
    migrate("admin")

    assert (public(), counts(), triggers_that_stand()) == before
    assert_directory_works()
