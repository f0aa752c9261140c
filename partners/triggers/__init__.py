"""Triggers: what the database itself keeps true, whoever writes.

They are put in place after `migrate`, and replace those of any other release. While migrations run they stand aside
(`partners/engines/standing_aside.py`).
"""

import functools
import hashlib
from collections.abc import Iterator

from django.db import connections, transaction
from django.db.migrations.loader import MigrationLoader

from partners.changes.revising import revising
from partners.curation_vocabularies import Via
from partners.engines.data_version import advance
from partners.engines.refolding import refold_if_folded_otherwise
from partners.engines.standing_aside import PLACED, UNWATCHED
from partners.selection.index import make_anew, make_anew_if_declared_otherwise
from partners.triggers import (
    addresses,
    evidence,
    journal,
    listings,
    public_changes,
    refusals,
    replacing,
    texts,
    visibility,
)

RUNNING_TRIGGERS = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'partners!_%' ESCAPE '!'",
    "postgresql": """SELECT t.tgname, t.tgrelid::regclass::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE NOT t.tgisinternal AND t.tgname LIKE 'partners!_%' ESCAPE '!' AND t.tgenabled <> 'D'
        AND c.relnamespace = quote_ident(current_schema())::regnamespace""",
}
# Those whose functions find the tables of the directory, whatever the path of a session is (`FUNCTIONS_KNOW_TABLES`).
# A schema that was given another name has none.
AND_FIND_TABLES = {
    "sqlite": "",
    "postgresql": """ AND EXISTS (SELECT FROM pg_proc p WHERE p.oid = t.tgfoid
        AND 'search_path=' || quote_ident(current_schema()) || ', pg_temp' = ANY(p.proconfig))""",
}
# Functions look for tables in the schema of the directory alone: not in that of a session, which `pg_restore` empties,
# and not among its temporary tables.
FUNCTIONS_KNOW_TABLES = """DO $do$ DECLARE f regprocedure; BEGIN
    FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = quote_ident(current_schema())::regnamespace
        AND proname LIKE 'partners!_%' ESCAPE '!'
    LOOP EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', f, current_schema()); END LOOP;
    END $do$"""
AWAY = (
    "  The triggers of the directory are away, because its tables are those of another release. They come back with\n"
    "  `migrate` of that release, or of this one. Serve nothing before."
)


def install(sender=None, using="default", verbosity=0, stdout=None, **kwargs) -> None:
    """Put the triggers in place, in place of those that stand there, and bring old rows up to date.

    Does next to nothing where they are in place already. Where a migration has still to come, or was taken back, the
    tables are those of another release, and there are no triggers.
    """
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if not is_up_to_date(connection):
            if take_away(connection, cursor) and verbosity and stdout:
                stdout.write(AWAY)
            return
        noted, standing = noted_of(cursor), count(connection, cursor)
        # Those of any release that stood there all the time have watched all that was written.
        watched = noted.get(PLACED, "").startswith(f"{standing} ") and UNWATCHED not in noted
        if not watched or noted[PLACED] != note_of_triggers(standing, connection.vendor):
            place(connection, cursor)
        refold_if_folded_otherwise(connection, cursor)
        if watched:
            make_anew_if_declared_otherwise(connection, cursor)
        else:
            make_anew(connection, cursor)
        if UNWATCHED in noted:
            cursor.execute("DELETE FROM partners_facetterm WHERE listing = %s AND facet = %s", UNWATCHED)


def is_up_to_date(connection) -> bool:
    """Whether the tables are those of this release: every migration of the directory has been applied."""
    loader = MigrationLoader(connection)
    return set(loader.graph.leaf_nodes("partners")) <= loader.applied_migrations.keys()


TOPICS = (
    *(visibility, evidence, listings, texts, addresses, public_changes),
    *(journal, replacing, refusals),
)


def statements(vendor: str) -> Iterator[str]:
    """What makes the triggers, where none of them stands there.

    SQLite lets those that were made last act first, and the journal has to see a row before other triggers change it.
    On PostgreSQL their names decide.
    """
    for part in TOPICS:
        yield from getattr(part, f"for_{vendor}")()
    if vendor == "postgresql":
        yield FUNCTIONS_KNOW_TABLES


@functools.cache
def digest(vendor: str) -> str:
    """Names the triggers of this release."""
    return hashlib.sha256("\n".join(statements(vendor)).encode()).hexdigest()


def noted_of(cursor) -> dict[tuple[str, str], str]:
    """What is noted of the triggers."""
    cursor.execute("SELECT listing, facet, value FROM partners_facetterm WHERE listing = ''")
    return {(listing, facet): value for listing, facet, value in cursor.fetchall()}


def count(connection, cursor) -> int:
    """How many triggers of the directory run and find its tables, of whatever release."""
    cursor.execute(RUNNING_TRIGGERS[connection.vendor] + AND_FIND_TABLES[connection.vendor])
    return len(cursor.fetchall())


def note_of_triggers(standing: int, vendor: str) -> str:
    """What is noted where so many triggers stand there, and are those of this release."""
    return f"{standing} {digest(vendor)}"


def are_in_place(connection, cursor) -> bool:
    """Whether the triggers of this release stand there, and nothing was written while they did not."""
    noted = noted_of(cursor)
    return (
        noted.get(PLACED) == note_of_triggers(count(connection, cursor), connection.vendor)
        and UNWATCHED not in noted
    )


def take_away(connection, cursor) -> int:
    """Drop the triggers of whatever release. Returns how many there were."""
    cursor.execute(RUNNING_TRIGGERS[connection.vendor].replace("AND t.tgenabled <> 'D'", ""))
    found = cursor.fetchall()
    for name, table in found:
        on = f" ON {table}" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER {name}{on}")
    return len(found)


def place(connection, cursor) -> None:
    """Make the triggers, and put right the columns that they keep."""
    vendor = connection.vendor
    if vendor == "postgresql":
        # A table with checks to come cannot be given triggers.
        connection.check_constraints()
    take_away(connection, cursor)
    for statement in statements(vendor):
        cursor.execute(statement)
    with revising(Via.MIGRATION, using=connection.alias):
        kept = (*visibility.REFRESH_ALL, evidence.make_true(vendor), *addresses.forget_all_shown())
        for statement in (*kept, advance(vendor)):
            cursor.execute(statement)
    noted = note_of_triggers(count(connection, cursor), vendor)
    cursor.execute("DELETE FROM partners_facetterm WHERE listing = %s AND facet = %s", PLACED)
    cursor.execute(
        "INSERT INTO partners_facetterm (listing, facet, value) VALUES (%s, %s, %s)", [*PLACED, noted]
    )
