"""The data version: triggers in the database advance it whenever directory data changes, whoever changes it.

The admin, an import, `QuerySet.update()`, a shell and psql all count, in the transaction that makes the change; a
change that is rolled back leaves the version as it was.
"""

from collections.abc import Iterator

from django.apps import apps

from partners.engines.data_version import advance

# Tables of the app that hold no directory data.
BOOKKEEPING = {
    *("dataversion", "facetentry", "facetstale", "facetterm", "fieldchange", "loadedrow", "searchentry"),
    "searchrecord",
}


def tables_with_data() -> list[str]:
    """Every table whose rows readers can see, those between two models included."""
    models = apps.get_app_config("partners").get_models(include_auto_created=True)
    return sorted(model._meta.db_table for model in models if model._meta.model_name not in BOOKKEEPING)


def for_sqlite() -> Iterator[str]:
    """SQLite knows triggers for each row only."""
    statement = advance("sqlite")
    for table in tables_with_data():
        for event in ("INSERT", "UPDATE", "DELETE"):
            name = f"{table}_{event.lower()}_advances_version"
            yield f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {statement}; END"


def for_postgresql() -> Iterator[str]:
    """One trigger for each statement, however many rows it changes."""
    statement = advance("postgresql")
    yield f"""CREATE OR REPLACE FUNCTION partners_advance_version() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN {statement}; RETURN NULL; END $$"""
    for table in tables_with_data():
        yield f"""CREATE TRIGGER {table}_advances_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION partners_advance_version()"""
