"""What the database refuses: to change what has happened, and to give a row another number.

The journal grows at its end and nowhere else. It is emptied with the whole database (`flush`), and `prune_journal` forgets
rows at its beginning. It knows a row by its number (`id`), as do proposals, former addresses and whatever else names
one; so a row keeps it for ever.
"""

from collections.abc import Iterator

from partners.engines.emptying import FLUSH, PRUNING, THIS_TRANSACTION, WRITING
from partners.models import Revision
from partners.models.belonging import models_with_data
from partners.selection.watching import DELETE, INSERT, UPDATE

REVISIONS, CHANGES = "partners_revision", "partners_change"
PUBLIC_CHANGES = "partners_publicchange"
NEWEST_REVISION = f"(SELECT max(number) FROM {REVISIONS})"  # noqa: S608 (texts of this file)
REFUSAL = "The journal is kept by the database, and nobody changes it. manage.py prune_journal shortens it."
KEY_REFUSAL = "A row keeps its number: the journal knows it by that. Delete it and insert another one."
# What triggers bring up to date in the newest revision, and what the pruning takes note of in old ones.
KEPT_UP, FORGOTTEN = "data_version", "rows_kept"


# SQLite --------------------------------------------------------------------------------------------------------------


def announced(*ways: str) -> str:
    names = ", ".join(f"'{way}'" for way in ways)
    return f"EXISTS (SELECT 1 FROM {WRITING} WHERE via IN ({names}))"  # noqa: S608


def differs_in_others(column: str) -> str:
    """Whether a revision is changed in another column than this one."""
    others = (field.column for field in Revision._meta.concrete_fields if field.column != column)
    return " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in others)


def for_sqlite() -> Iterator[str]:
    kept_up = f"(OLD.number <> {NEWEST_REVISION} OR {differs_in_others(KEPT_UP)})"
    forgotten = f"(NOT {announced(PRUNING)} OR {differs_in_others(FORGOTTEN)})"
    rules = (
        (REVISIONS, DELETE, f"NOT {announced(FLUSH)}"),
        (CHANGES, DELETE, f"NOT {announced(FLUSH, PRUNING)}"),
        (PUBLIC_CHANGES, DELETE, f"NOT {announced(FLUSH, PRUNING)}"),
        (CHANGES, UPDATE, "TRUE"),
        (PUBLIC_CHANGES, UPDATE, "TRUE"),
        (REVISIONS, UPDATE, f"{kept_up} AND {forgotten}"),
        # Also what would replace a row (INSERT OR REPLACE), of which the triggers above know nothing.
        (REVISIONS, INSERT, f"NEW.number <> coalesce({NEWEST_REVISION}, 0) + 1"),
        (
            CHANGES,
            INSERT,
            f"NEW.revision_id <> {NEWEST_REVISION} OR EXISTS (SELECT 1 FROM {CHANGES} WHERE id = NEW.id)",  # noqa: S608
        ),
    )
    for table, event, condition in rules:
        yield sqlite_refusal(table, event, f"{event.lower()}_is_refused", condition, REFUSAL)
    for model in models_with_data():
        table = model._meta.db_table
        yield sqlite_refusal(table, UPDATE, "keeps_key", "OLD.id IS NOT NEW.id", KEY_REFUSAL)


def sqlite_refusal(table: str, event: str, name: str, condition: str, words: str) -> str:
    return (
        f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
    )


# PostgreSQL ----------------------------------------------------------------------------------------------------------

# For the trigger of an UPDATE: no number can go unless one does.
KEYS_STAY = f"""IF EXISTS (SELECT FROM old_rows o WHERE NOT EXISTS (SELECT FROM new_rows n WHERE n.id = o.id))
    THEN RAISE EXCEPTION '{KEY_REFUSAL}' USING ERRCODE = 'restrict_violation'; END IF"""  # noqa: S608


def function_that_refuses() -> str:
    """`partners_refuse` lets nobody change the journal, but whoever empties the database or forgets old rows."""
    mine = f'SELECT FROM {WRITING} WHERE "transaction" = {THIS_TRANSACTION["postgresql"]} AND via'  # noqa: S608
    return f"""CREATE OR REPLACE FUNCTION partners_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP IN ('DELETE', 'TRUNCATE') AND (EXISTS ({mine} = '{FLUSH}')
                OR TG_TABLE_NAME IN ('{CHANGES}', '{PUBLIC_CHANGES}') AND EXISTS ({mine} = '{PRUNING}')) THEN RETURN OLD; END IF;
            IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = '{REVISIONS}' THEN
                IF to_jsonb(OLD) - '{KEPT_UP}' = to_jsonb(NEW) - '{KEPT_UP}'
                    AND NEW.number = {NEWEST_REVISION} THEN RETURN NEW; END IF;
                IF to_jsonb(OLD) - '{FORGOTTEN}' = to_jsonb(NEW) - '{FORGOTTEN}'
                    AND EXISTS ({mine} = '{PRUNING}') THEN RETURN NEW; END IF;
            END IF;
            IF TG_OP = 'INSERT' AND TG_TABLE_NAME = '{REVISIONS}' THEN
                IF NEW.number = coalesce({NEWEST_REVISION}, 0) + 1 THEN RETURN NEW; END IF;
            END IF;
            RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation';
        END $$"""  # noqa: S608


def function_that_keeps_order() -> str:
    """`partners_append` lets changes be written to the newest revision alone."""
    return f"""CREATE OR REPLACE FUNCTION partners_append() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT FROM new_rows n WHERE n.revision_id IS DISTINCT FROM {NEWEST_REVISION}) THEN
                RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NULL;
        END $$"""  # noqa: S608


def for_postgresql() -> Iterator[str]:
    yield function_that_refuses()
    yield function_that_keeps_order()
    kept = (
        (REVISIONS, "INSERT OR UPDATE OR DELETE"),
        *((each, "UPDATE OR DELETE") for each in (CHANGES, PUBLIC_CHANGES)),
    )
    for table, events in kept:
        yield f"""CREATE TRIGGER {table}_is_refused BEFORE {events} ON {table}
            FOR EACH ROW EXECUTE FUNCTION partners_refuse()"""
        yield f"""CREATE TRIGGER {table}_is_refused_whole BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION partners_refuse()"""
    yield f"""CREATE TRIGGER {CHANGES}_is_appended AFTER INSERT ON {CHANGES} REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION partners_append()"""
