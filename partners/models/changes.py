"""When each public value of a record last changed.

Triggers write it, whoever writes the record (`triggers/changes.py`); feeds and calendars read it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, models

from partners.models.fields import Code


class FieldChange(models.Model):
    """The last change of one field of a public record; at most one row each.

    `field` is the name of its column in the files. The field "" is the record itself: when it became public again or
    without a stamp, or, for a source, when it was added.
    """

    pk = models.CompositePrimaryKey("model", "record_id", "field")
    model = Code(max_length=20)
    record_id = models.BigIntegerField()
    field = Code(max_length=30)
    changed_at = models.DateTimeField()

    def __str__(self):
        return f"{self.model} {self.record_id}: {self.field}"


@contextmanager
def creating_records() -> Iterator[None]:
    """Within a transaction that creates records and fills their sets, this tells the triggers when it began.

    What is added to a record in the transaction that created it is no change of it. PostgreSQL knows when a
    transaction began; SQLite does not, and is told here by a row that nobody else ever sees.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT OR REPLACE INTO partners_fieldchange (model, record_id, field, changed_at) "
            "VALUES ('', 0, '', strftime('%Y-%m-%d %H:%M:%f', 'now'))"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM partners_fieldchange WHERE model = ''")
