"""The records of the directory as the rows of a package."""

from collections.abc import Iterator

from django.db.models import F

from partners.tables.columns import Column, plain_text, read_rows
from partners.tables.package.layout import Sheet

PRIMARY_KEY = Column(name="pk", title="", description="", datatype="integer")


def directory_rows(sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """The primary key and the cells of every record, in the byte order of the keys."""
    by_key = [F(sheet.table.column(name).lookup).asc(nulls_first=True) for name in sheet.table.key]
    records = sheet.model._default_manager.order_by(*by_key)
    for pk, *cells in read_rows(records, [PRIMARY_KEY, *sheet.columns], public=False):
        yield pk, [plain_text(cell) for cell in cells]
