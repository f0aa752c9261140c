"""SQLite: what a statement replaces is deleted first, so that every trigger sees it go.

INSERT OR REPLACE and UPDATE OR REPLACE take away the rows that stand in the way, and start no trigger for them. Here a
trigger before the statement finds these rows, and deletes them where the statement would replace them.

What a trigger writes follows the rule of the statement that started it ("ON CONFLICT" in SQLite's documentation): so
a row of our own, written twice, tells which rule that is. It is changed by a statement that replaces, and by no other.
"""

import re
from collections.abc import Iterator

from django.db import connections, models
from django.db.models.sql import Query

from partners.engines.emptying import WRITING
from partners.engines.statements import DIFFER
from partners.models.belonging import models_with_data
from partners.selection.index import literal
from partners.selection.watching import INSERT, UPDATE

PROBE = "replacing"
QUOTED_COLUMN = re.compile(r'"(\w+)"')


def unique_keys(model: type[models.Model]) -> Iterator[tuple[tuple[str, ...], models.Q | None]]:
    """The columns whose values stand once in a table, together, where a condition holds."""
    meta = model._meta
    for field in meta.concrete_fields:
        if field.unique:
            yield (field.column,), None
    for names in meta.unique_together:
        yield tuple(meta.get_field(name).column for name in names), None
    for rule in meta.constraints:
        if isinstance(rule, models.UniqueConstraint):
            yield tuple(meta.get_field(name).column for name in rule.fields), rule.condition


def holds(model: type[models.Model], condition: models.Q, row: str) -> str:
    """The condition of a constraint, for the row called `row` in a statement."""
    connection = next(each for each in connections.all() if each.vendor == "sqlite")
    query = Query(model, alias_cols=False)
    where = query.build_where(condition)
    sql, values = where.as_sql(query.get_compiler(connection=connection), connection)
    return QUOTED_COLUMN.sub(rf'{row}."\1"', sql) % tuple(literal(each) for each in values)


def stands_in_the_way(model: type[models.Model]) -> str:
    """Whether the row called `t` has a value that stands once, and that the new row has too."""
    rules = []
    for columns, condition in unique_keys(model):
        same = [f't."{column}" = NEW."{column}"' for column in columns]
        same += [holds(model, condition, row) for row in ("t", "NEW")] if condition else []
        rules.append(f"({' AND '.join(same)})")
    return " OR ".join(rules)


def delete_what_is_replaced(table: str, those: str) -> str:
    """Statements that delete these rows, where the statement that started the trigger replaces."""
    columns = '("transaction", name_of_who, why, via, keeps_rows)'
    write = f"INSERT OR IGNORE INTO {WRITING} {columns} VALUES ('{PROBE}', '', '{{}}', '', TRUE)"  # noqa: S608
    its_own = f"{WRITING} WHERE \"transaction\" = '{PROBE}'"
    return "; ".join(
        (
            write.format("first"),
            write.format("second"),
            f"DELETE FROM {table} WHERE id IN ({those}) AND EXISTS (SELECT 1 FROM {its_own} AND why = 'second')",  # noqa: S608
            f"DELETE FROM {its_own}",  # noqa: S608
        )
    )


def for_sqlite() -> Iterator[str]:
    for model in models_with_data():
        table = model._meta.db_table
        unique = sorted({column for columns, _condition in unique_keys(model) for column in columns})
        changed = " OR ".join(DIFFER["sqlite"].format(f"OLD.{name}", f"NEW.{name}") for name in unique)
        those = f"SELECT t.id FROM {table} t WHERE ({stands_in_the_way(model)})"  # noqa: S608
        others = f"{those} AND t.id <> OLD.id"
        for event, rows, when in ((INSERT, those, "TRUE"), (UPDATE, others, f"({changed})")):
            yield (
                f"CREATE TRIGGER {table}_{event.lower()}_replaces BEFORE {event} ON {table} "
                f"WHEN {when} AND EXISTS ({rows}) BEGIN {delete_what_is_replaced(table, rows)}; END"
            )


def for_postgresql() -> Iterator[str]:
    """It has no such statement."""
    return iter(())
