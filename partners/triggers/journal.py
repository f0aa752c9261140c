"""The journal and the data version: triggers keep both, whoever changes the directory.

The admin, an import, `QuerySet.update()`, a shell and psql all count, in the transaction that makes the change; a
change that is rolled back leaves both as they were. Every statement that writes advances the data version; what it
changed becomes a revision with the rows as they were. On PostgreSQL a revision is a transaction. Triggers of SQLite
cannot see where one begins: there a transaction that the application has announced (`partners/changes/revising.py`) is
one, and otherwise each row.

`updated_at` alone is no change: it says that somebody has saved, not what.
"""

from collections.abc import Iterator
from functools import cache

from django.db import models
from django.db.migrations.loader import MigrationLoader

from partners.engines.data_version import DATA_VERSION_TABLE, advance
from partners.engines.emptying import FLUSH, THIS_TRANSACTION, WRITING
from partners.engines.statements import DIFFER
from partners.models.belonging import models_with_data, owners
from partners.selection.watching import DELETE, INSERT, UPDATE
from partners.triggers.refusals import CHANGES, KEYS_STAY, NEWEST_REVISION, REVISIONS

STAMP = "updated_at"
KEPT_COLUMNS = '(revision_id, "table", "row", model, record, operation, before)'


@cache
def newest_migration() -> str:
    """The newest migration of this release: what rows are, which the journal keeps."""
    return max(name for app, name in MigrationLoader(None).graph.leaf_nodes() if app == "partners")


def compared(model: type[models.Model]) -> list[str]:
    """The columns of a row whose change is one; texts that are folded from others follow from these."""
    return [
        field.column
        for field in model._meta.concrete_fields
        if field.column not in ("id", STAMP) and not hasattr(field, "read_from")
    ]


def owner_of(model: type[models.Model], row: str) -> tuple[str, str]:
    """The model and the key of the record that a row belongs to, as expressions."""
    found = owners(model)
    names = " ".join(
        f"WHEN {row}.{column} IS NOT NULL THEN '{owner._meta.model_name}'" for column, owner in found.items()
    )
    keys = ", ".join(f"{row}.{column}" for column in found)
    return f"CASE {names} END", keys if len(found) == 1 else f"coalesce({keys})"


def moves(model: type[models.Model], differs: str, old: str, new: str) -> str:
    """Whether an updated row belongs to another record than before."""
    columns = [column for column in owners(model) if column != "id"]
    return " OR ".join(differs.format(f"{old}.{column}", f"{new}.{column}") for column in columns)


def change(model: type[models.Model], revision: str, row: str, operation: str, before: str) -> str:
    """What a row of the journal holds, as a list of expressions. The record is that of the row called `row`."""
    name, key = owner_of(model, row)
    return f"{revision}, '{model._meta.model_name}', {row}.id, {name}, {key}, '{operation}', {before}"


# SQLite: a trigger for each row, which stands under NEW and OLD -----------------------------------------------------

THIS = {vendor: f'"transaction" = {name}' for vendor, name in THIS_TRANSACTION.items()}


def open_revision() -> Iterator[str]:
    """Begin a revision where none is open, and let it keep the data version."""
    yield f"""INSERT INTO {REVISIONS}
        (number, at, who, name_of_who, why, via, undoes, merges_into, data_version, schema, "transaction", rows_kept)
        SELECT coalesce({NEWEST_REVISION}, 0) + 1, strftime('%Y-%m-%d %H:%M:%f', 'now'), w.who, coalesce(w.name_of_who, ''),
        coalesce(w.why, ''), coalesce(w.via, 'unknown'), w.undoes, w.merges_into, v.number, '{newest_migration()}', NULL,
        coalesce(w.keeps_rows, TRUE)
        FROM {DATA_VERSION_TABLE} v LEFT JOIN {WRITING} w ON w.{THIS["sqlite"]}
        WHERE w.revision IS NULL AND coalesce(w.via, '') <> '{FLUSH}'"""  # noqa: S608
    yield (
        f"UPDATE {WRITING} SET revision = {NEWEST_REVISION} "  # noqa: S608
        f"WHERE {THIS['sqlite']} AND revision IS NULL AND via <> '{FLUSH}'"
    )
    yield f"UPDATE {REVISIONS} SET data_version = (SELECT number FROM {DATA_VERSION_TABLE}) WHERE number = {NEWEST_REVISION}"  # noqa: S608


def image(model: type[models.Model]) -> str:
    pairs = ", ".join(f"'{field.column}', OLD.{field.column}" for field in model._meta.concrete_fields)
    return f"json_object({pairs})"


def insert_change(values: str, condition: str = "TRUE") -> str:
    return (
        f"INSERT INTO {CHANGES} {KEPT_COLUMNS} SELECT {values} WHERE ({condition}) AND NOT EXISTS "  # noqa: S608
        f"(SELECT 1 FROM {WRITING} WHERE NOT keeps_rows)"
    )


def sqlite_changes(model: type[models.Model]) -> Iterator[tuple[str, str, list[str]]]:
    """For each event the condition under which there is a change, and the statements that keep it."""
    before = image(model)
    yield INSERT, "", [insert_change(change(model, NEWEST_REVISION, "NEW", "I", "NULL"))]
    yield DELETE, "", [insert_change(change(model, NEWEST_REVISION, "OLD", "D", before))]
    differs = " OR ".join(DIFFER["sqlite"].format(f"OLD.{name}", f"NEW.{name}") for name in compared(model))
    kept = [insert_change(change(model, NEWEST_REVISION, "OLD", "U", before))]
    if moved := moves(model, DIFFER["sqlite"], "OLD", "NEW"):
        kept.append(insert_change(change(model, NEWEST_REVISION, "NEW", "U", before), moved))
    yield UPDATE, differs, kept


def for_sqlite() -> Iterator[str]:
    for model in models_with_data():
        table = model._meta.db_table
        for event, condition, kept in sqlite_changes(model):
            name = f"{table}_{event.lower()}_advances_journal"
            body = "; ".join([advance("sqlite"), *open_revision(), *kept])
            when = f"WHEN {condition} " if condition else ""
            yield f"CREATE TRIGGER {name} AFTER {event} ON {table} {when}BEGIN {body}; END"
            if condition:
                name = f"{table}_{event.lower()}_advances_version"
                yield (
                    f"CREATE TRIGGER {name} AFTER {event} ON {table} WHEN NOT ({condition}) "
                    f"BEGIN {advance('sqlite')}; END"
                )


# PostgreSQL: a trigger for each statement, whose rows stand in the tables new_rows and old_rows ----------------------

TRANSITION_TABLES = {
    INSERT: "NEW TABLE AS new_rows",
    DELETE: "OLD TABLE AS old_rows",
    UPDATE: "NEW TABLE AS new_rows OLD TABLE AS old_rows",
}


def function_that_revises() -> str:
    """`partners_revise` gives the number of the revision of this transaction, and begins one where there is none.

    It gives nothing where no rows are to be kept. Writers hold the data version, so numbers come in the order in which
    they become visible.
    """
    return f"""CREATE OR REPLACE FUNCTION partners_revise() RETURNS bigint LANGUAGE plpgsql AS $$
        DECLARE
            w {WRITING}%ROWTYPE;
            v bigint := (SELECT number FROM {DATA_VERSION_TABLE});
            newest bigint := (SELECT max(number) FROM {REVISIONS});
            ours bigint;
        BEGIN
            SELECT * INTO w FROM {WRITING} WHERE {THIS["postgresql"]};
            IF w.via = '{FLUSH}' THEN RETURN NULL; END IF;
            ours := w.revision;
            IF w."transaction" IS NULL THEN
                SELECT number INTO ours FROM {REVISIONS} WHERE number = newest AND {THIS["postgresql"]};
            END IF;
            IF ours IS NOT NULL THEN
                UPDATE {REVISIONS} SET data_version = v WHERE number = ours;
            ELSE
                ours := coalesce(newest, 0) + 1;
                INSERT INTO {REVISIONS}
                    (number, at, who, name_of_who, why, via, undoes, merges_into, data_version, schema, "transaction", rows_kept)
                VALUES (ours, clock_timestamp(), w.who, coalesce(w.name_of_who, ''), coalesce(w.why, ''),
                    coalesce(w.via, 'unknown'), w.undoes, w.merges_into, v, '{newest_migration()}',
                    CASE WHEN w."transaction" IS NULL THEN {THIS_TRANSACTION["postgresql"]} END,
                    coalesce(w.keeps_rows, TRUE));
                UPDATE {WRITING} SET revision = ours WHERE {THIS["postgresql"]};
            END IF;
            IF NOT w.keeps_rows THEN RETURN NULL; END IF;
            RETURN ours;
        END $$"""  # noqa: S608


def function_that_advances() -> str:
    """`partners_advance` advances the data version, and waits for whoever else has done so in a transaction not over yet.

    Before a statement locks a row, so that no two writers wait for each other.
    """
    return f"""CREATE OR REPLACE FUNCTION partners_advance() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN {advance("postgresql")}; RETURN NULL; END $$"""


def postgresql_changes(model: type[models.Model]) -> Iterator[tuple[str, str, list[str]]]:
    """For each event the changed rows, and the statements that keep them."""

    def keep(row: str, operation: str, before: str, rows: str) -> str:
        return (
            f"INSERT INTO {CHANGES} {KEPT_COLUMNS} "  # noqa: S608
            f"SELECT {change(model, 'revision', row, operation, before)} FROM {rows}"
        )

    yield INSERT, "new_rows n", [keep("n", "I", "NULL", "new_rows n")]
    yield DELETE, "old_rows o", [keep("o", "D", "to_jsonb(o)", "old_rows o")]
    differs = " OR ".join(DIFFER["postgresql"].format(f"o.{name}", f"n.{name}") for name in compared(model))
    both = "old_rows o JOIN new_rows n ON n.id = o.id"
    rows = f"{both} WHERE {differs}"
    kept = [keep("o", "U", "to_jsonb(o)", rows)]
    if moved := moves(model, DIFFER["postgresql"], "o", "n"):
        kept.append(keep("n", "U", "to_jsonb(o)", f"{both} WHERE {moved}"))
    yield UPDATE, rows, kept


def for_postgresql() -> Iterator[str]:
    """The names of the triggers come before all others of their tables."""
    yield function_that_advances()
    yield function_that_revises()
    for model in models_with_data():
        table = model._meta.db_table
        yield f"""CREATE TRIGGER {table}_advances_data_version BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION partners_advance()"""
        for event, rows, kept in postgresql_changes(model):
            function = f"{table}_advances_journal_{event.lower()}"
            yield f"""CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
                DECLARE revision bigint;
                BEGIN
                    {f"{KEYS_STAY};" if event == UPDATE else ""}
                    IF EXISTS (SELECT FROM {rows}) THEN
                        revision := partners_revise();
                        IF revision IS NOT NULL THEN {"; ".join(kept)}; END IF;
                    END IF;
                    RETURN NULL;
                END $$"""  # noqa: S608
            yield f"""CREATE TRIGGER {function} AFTER {event} ON {table} REFERENCING {TRANSITION_TABLES[event]}
                FOR EACH STATEMENT EXECUTE FUNCTION {function}()"""
        yield from when_emptied(model)


def when_emptied(model: type[models.Model]) -> Iterator[str]:
    """TRUNCATE shows no trigger the rows that it takes away: they are kept before it."""
    table = model._meta.db_table
    function = f"{table}_advances_journal_truncate"
    yield f"""CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE revision bigint;
        BEGIN
            IF EXISTS (SELECT FROM {table}) THEN
                revision := partners_revise();
                IF revision IS NOT NULL THEN
                    INSERT INTO {CHANGES} {KEPT_COLUMNS}
                    SELECT {change(model, "revision", "o", "D", "to_jsonb(o)")} FROM {table} o;
                END IF;
            END IF;
            RETURN NULL;
        END $$"""  # noqa: S608
    yield f"""CREATE TRIGGER {function} BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION {function}()"""
