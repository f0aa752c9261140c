"""Numbers for rows that are to be written, before they are."""

from collections.abc import Iterable, Iterator

from django.db import connection, models
from django.db.models import AutoField, BigAutoField

NEXT = {
    "postgresql": "SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, %s)",
    "sqlite": """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s)
        SELECT i + max({after}, coalesce((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0),
        coalesce((SELECT max(id) FROM {table}), 0)) FROM n""",
}
ASKED_AT_ONCE = 2000


def fresh_keys(model: type[models.Model], count: int, after: int = 0) -> list[int]:
    """So many numbers that no row of a model has or had. On SQLite they are free until this transaction ends, and are
    larger than `after`: what was given before is not written yet."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(NEXT[connection.vendor].format(table=model._meta.db_table, after=after), [count])
        return [key for (key,) in cursor.fetchall()]


def free_numbers(model: type[models.Model]) -> Iterator[int]:
    """As many such numbers as are asked for."""
    keys = [0]
    while True:
        keys = fresh_keys(model, ASKED_AT_ONCE, keys[-1])
        yield from keys


# What gives the numbers of a table, and the last one that it gave.
SEQUENCES = """SELECT c.relname, format('%%I.%%I', n.nspname, s.relname) FROM pg_class s
    JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = s.relnamespace
    WHERE s.relkind = 'S' AND n.nspname = current_schema()"""


def last_numbers(tables_of: Iterable[type[models.Model]]) -> dict[str, int]:
    """The last number that each table has given to a row, whether that is still there or not."""
    tables = {each._meta.db_table for each in tables_of}
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, seq FROM sqlite_sequence")
            return {table: number for table, number in cursor.fetchall() if table in tables}
        cursor.execute(SEQUENCES, [])
        found = {}
        for table, sequence in cursor.fetchall():
            if table in tables:
                cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")  # noqa: S608
                found[table] = cursor.fetchone()[0]
        return found


def go_on_after(tables_of: Iterable[type[models.Model]], numbers: dict[str, int]) -> None:
    """Let each table give numbers that no row of it has, and that are larger than those given before."""
    for model in tables_of:
        key = model._meta.pk
        if not isinstance(key, AutoField | BigAutoField):
            continue
        table, last = model._meta.db_table, numbers.get(model._meta.db_table, 0)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT coalesce(max({key.column}), 0) FROM {table}")  # noqa: S608 (names of models)
            last = max(last, cursor.fetchone()[0])
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last])
            else:
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)",
                    [table, key.column, max(last, 1), last > 0],
                )
