"""Reading the directory as it was at one moment, whatever curators change meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


class NeedsPrimary(Exception):
    """Raised on a replica by what the primary alone can do."""


def is_replica(connection) -> bool:
    """Whether a connection leads to a server that follows another one: nothing can be written there."""
    return connection.settings_dict.get("REPLICA", False)


@contextmanager
def one_state(read_only: bool = True) -> Iterator[None]:
    """Read every table as it was at one moment, without making anybody wait. Nothing can be written; without
    `read_only` tables and views of this connection alone can be."""
    if not read_only and is_replica(connection):
        raise NeedsPrimary
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, {'READ ONLY' if read_only else 'READ WRITE'}"
            )
            yield
    else:
        connection.ensure_connection()
        mode, connection.transaction_mode = connection.transaction_mode, "DEFERRED"
        try:
            with transaction.atomic():
                yield
        finally:
            connection.transaction_mode = mode
