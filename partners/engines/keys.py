"""Numbers for rows that are to be written, before they are."""

from collections.abc import Iterator

from django.db import connection, models

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
