"""Numbers for rows that are to be written, before they are."""

from django.db import connection, models

NEXT = {
    "postgresql": "SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, %s)",
    "sqlite": """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s)
        SELECT i + max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0),
        coalesce((SELECT max(id) FROM {table}), 0)) FROM n""",
}


def fresh_keys(model: type[models.Model], count: int) -> list[int]:
    """So many numbers that no row of a model has or had. On SQLite they are free until this transaction ends."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(NEXT[connection.vendor].format(table=model._meta.db_table), [count])
        return [key for (key,) in cursor.fetchall()]
