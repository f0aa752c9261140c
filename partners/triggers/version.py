"""The data version: triggers in the database advance it whenever directory data changes, whoever changes it.

The admin, an import, `QuerySet.update()`, a shell and psql all count, in the transaction that makes the change; a
change that is rolled back leaves the version as it was. The triggers are put in place after every `migrate`, because
SQLite drops those of a table that a migration rebuilds.
"""

from collections.abc import Iterator

from django.apps import apps

# Tables of the app that hold no directory data.
BOOKKEEPING = {"dataversion", "facetentry", "facetstale", "facetterm", "fieldchange", "loadedrow"}

# Microseconds since 1970, so that a version never comes back with other data: not after a table was emptied, not
# after a backup was restored and edited.
NOW = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)",
}
# One row; a writer on PostgreSQL holds it until it commits, so versions become visible in their order.
ADVANCE = """INSERT INTO partners_dataversion (id, number) VALUES (1, {now})
    ON CONFLICT (id) DO UPDATE SET number = {greatest}(partners_dataversion.number + 1, {now})"""


def tables_with_data() -> list[str]:
    """Every table whose rows readers can see, those between two models included."""
    models = apps.get_app_config("partners").get_models(include_auto_created=True)
    return sorted(model._meta.db_table for model in models if model._meta.model_name not in BOOKKEEPING)


def for_sqlite() -> Iterator[str]:
    """SQLite knows triggers for each row only."""
    advance = ADVANCE.format(now=NOW["sqlite"], greatest="max")
    for table in tables_with_data():
        for event in ("INSERT", "UPDATE", "DELETE"):
            name = f"{table}_{event.lower()}_advances_version"
            yield f"DROP TRIGGER IF EXISTS {name}"
            yield f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {advance}; END"


def for_postgresql() -> Iterator[str]:
    """One trigger for each statement, however many rows it changes."""
    advance = ADVANCE.format(now=NOW["postgresql"], greatest="greatest")
    yield f"""CREATE OR REPLACE FUNCTION partners_advance_version() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN {advance}; RETURN NULL; END $$"""
    for table in tables_with_data():
        yield f"DROP TRIGGER IF EXISTS {table}_advances_version ON {table}"
        yield f"""CREATE TRIGGER {table}_advances_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION partners_advance_version()"""
