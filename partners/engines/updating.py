"""Many rows changed by one statement, each to values of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection as default_connection
from django.db import models


def update_rows(
    model: type[models.Model],
    names: Sequence[str],
    rows: Mapping[int, Sequence[Any]],
    connection=default_connection,
) -> None:
    """Set columns, named by attribute, of the rows with these keys. Keys that are not there are passed over."""
    fields = [model._meta.get_field(name) for name in names]
    quote = connection.ops.quote_name
    # So both engines call the columns of such a list.
    columns = ", ".join(f"{quote(field.column)} = v.column{place}" for place, field in enumerate(fields, 2))
    parameters: list[Any] = []
    for key, values in rows.items():
        parameters.append(key)
        parameters += (
            field.get_db_prep_save(value, connection) for field, value in zip(fields, values, strict=True)
        )
    others = f"({', '.join(['%s'] * (len(fields) + 1))})"
    listed = ", ".join(
        [typed_placeholders([model._meta.pk, *fields], connection), *[others] * (len(rows) - 1)]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(model._meta.db_table)} SET {columns} FROM (VALUES {listed}) v "  # noqa: S608
            f"WHERE {quote(model._meta.db_table)}.{quote(model._meta.pk.column)} = v.column1",
            parameters,
        )


def typed_placeholders(fields: Sequence[models.Field], connection) -> str:
    """The first row of the list: PostgreSQL takes the types of all from it."""
    if connection.vendor != "postgresql":
        return f"({', '.join(['%s'] * len(fields))})"
    return f"({', '.join(f'%s::{field.cast_db_type(connection)}' for field in fields)})"
