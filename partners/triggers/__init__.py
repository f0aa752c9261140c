"""Triggers: what the database itself keeps true, whoever writes.

They are put in place after every `migrate`, because SQLite drops those of a table that a migration rebuilds.
"""

from django.db import connections, transaction

from partners.refolding import refold_if_folded_otherwise
from partners.selection.index import make_anew_if_declared_otherwise
from partners.triggers import changes, facets, version, visibility

LAST_TABLE = "partners_fieldchange"


def install(sender=None, using="default", **kwargs) -> None:
    """Put the triggers in place, in place of those that stand there, and bring old rows up to date."""
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if not ready(connection, cursor):
            return
        for part in (version, visibility, facets, changes):
            for statement in getattr(part, f"for_{connection.vendor}")():
                cursor.execute(statement)
        for statement in (*visibility.REFRESH_ALL, changes.date_sources(connection.vendor)):
            cursor.execute(statement)
        refold_if_folded_otherwise(connection, cursor)
        make_anew_if_declared_otherwise(connection, cursor)


def ready(connection, cursor) -> bool:
    """Whether the tables are there with all their columns: a migration may have stopped halfway on purpose."""
    if LAST_TABLE not in connection.introspection.table_names(cursor):
        return False
    columns = connection.introspection.get_table_description(cursor, "partners_agreementparty")
    return "is_public" in {column.name for column in columns}
