"""Which rows of each table the public may see."""

from django.db.models import QuerySet

from partners.tables.columns import Table


def public_rows(table: Table) -> QuerySet:
    """The rows of a table that the public may see, in no particular order.

    Records that are published by themselves have `published()` among the querysets of their model, and those that are
    public with another record `public()`; of a model with neither, readers may see every row.
    """
    rows = table.model._default_manager.all()
    rule = getattr(rows, "published", None) or getattr(rows, "public", None) or rows.all
    return rule().order_by()
