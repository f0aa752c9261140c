"""The records of the directory as the rows of a package."""

from collections.abc import Iterator

from partners.exchange.package.layout import Sheet
from partners.tables.columns import as_text, in_key_order, read_rows
from partners.tables.recurring import PRIMARY_KEY


def directory_rows(sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """The primary key and the tidy cells of every record, in the byte order of the keys as they are kept.

    Of names that only space or invisible characters held apart, before there was a rule against them, the first.
    """
    records = in_key_order(sheet.model._default_manager.all(), sheet.table)
    owner, seen = "", set()
    for pk, *cells in read_rows(records, [PRIMARY_KEY, *sheet.columns], public=False):
        row = sheet.tidy([as_text(cell) for cell in cells])
        if sheet.one_name_within:
            own, key = row[sheet.names.index(sheet.one_name_within)], sheet.key(row)
            owner, seen = (owner, seen) if own == owner else (own, set())
            if key in seen:
                continue
            seen.add(key)
        yield pk, row
