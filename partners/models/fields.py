"""Fields that behave the same on SQLite and PostgreSQL."""

from django.db import models

from partners.folding import fold


class ByteOrdered:
    """A text column that every engine compares byte by byte.

    SQLite does so anyway; PostgreSQL would follow the language of the database and put the same rows in another order.
    """

    def db_parameters(self, connection):
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class Slug(ByteOrdered, models.SlugField):
    """The public, stable name of a record in addresses and files."""

    def __init__(self, *args, **kwargs):
        kwargs = {"max_length": 100, "unique": True} | kwargs
        super().__init__(*args, **kwargs)


class Code(ByteOrdered, models.CharField):
    """A text that stands in the key of a table, so that its rows have one order everywhere."""


class FoldedKey(ByteOrdered, models.CharField):
    """The folded form of another field of the record: rows are ordered and searched by it.

    It is filled when a record is saved or created in bulk; `QuerySet.update()` of the other field must set it too.
    """

    def __init__(self, *args, source: str, **kwargs):
        self.source = source
        # Folding can lengthen a text ("ﷺ" becomes 18 letters), so the key is cut where the column ends.
        kwargs = {"max_length": 255, "editable": False, "default": ""} | kwargs
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"source": self.source}

    def pre_save(self, instance, add):
        key = fold(getattr(instance, self.source) or "")[: self.max_length].strip()
        setattr(instance, self.attname, key)
        return key
