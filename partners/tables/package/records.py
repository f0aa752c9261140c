"""The records of the directory as the rows of a package."""

from collections.abc import Iterator

from partners.tables.columns import in_key_order, plain_text, read_rows
from partners.tables.package.layout import Sheet
from partners.tables.recurring import PRIMARY_KEY


def directory_rows(sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """The primary key and the cells of every record, in the byte order of the keys."""
    records = in_key_order(sheet.model._default_manager.all(), sheet.table)
    for pk, *cells in read_rows(records, [PRIMARY_KEY, *sheet.columns], public=False):
        yield pk, [plain_text(cell) for cell in cells]
