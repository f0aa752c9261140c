# ruff: noqa: S608 - the names put into this SQL are those of our own tables and columns; values are parameters.
"""Fills the gaps of a package: what it lacks stays as it is in the directory, and is the default where a row is new.

To that end the staged files are completed from the staged directory, so that everything after that sees a whole package.
So are empty cells of columns that the directory fills in: of a row that is there they say nothing.
"""

from partners.engines.batches import batches
from partners.exchange.package.gaps import Gaps
from partners.exchange.package.layout import SHEET_OF, Sheet
from partners.exchange.package.staging import LOADING_BATCH, Staging, quoted_names
from partners.tables.columns import SEPARATOR, plain_text


def default_of(sheet: Sheet, name: str) -> str:
    """What a column holds in a new record of which nothing else is said, as the text of a cell."""
    column = sheet.table.column(name)
    if column.many or column.references:
        return ""
    return plain_text(column.value(sheet.fields[name].get_default()))


def complete(staging: Staging, gaps: Gaps) -> None:
    """Fill the gaps of what is staged of the files by what is staged of the directory."""
    for name in gaps.tables:
        complete_table(staging, SHEET_OF[name])
    for name, columns in gaps.columns.items():
        complete_columns(staging, SHEET_OF[name], columns)


def complete_table(staging: Staging, sheet: Sheet) -> None:
    names = quoted_names(sheet)
    staging.run(
        f"INSERT INTO file_{sheet.name} (line, key, digest, known, wrong, {names}) "
        f"SELECT pk, key, digest, known, '', {names} FROM directory_{sheet.name}"
    )


def complete_columns(staging: Staging, sheet: Sheet, columns: list[str]) -> None:
    # A record is found by its key, so a part of the key that the file lacks is empty in all of its rows.
    for name in [each for each in columns if each not in sheet.table.key]:
        staging.run(
            f'UPDATE file_{sheet.name} SET "{name}" = coalesce((SELECT d."{name}" FROM directory_{sheet.name} d '
            f"WHERE d.key = file_{sheet.name}.key), ?)",
            [default_of(sheet, name)],
        )
        if sheet.table.column(name).many:
            complete_list(staging, sheet, name)
    digest_again(staging, sheet)


def complete_cells(staging: Staging, sheet: Sheet) -> None:
    """Give the empty cells of columns that the directory fills in what the directory has."""
    filled = 0
    for column in sheet.columns:
        if column.filled_in:
            name, there = (
                f'"{column.name}"',
                f"FROM directory_{sheet.name} d WHERE d.key = file_{sheet.name}.key",
            )
            filled += staging.run(
                f"UPDATE file_{sheet.name} SET {name} = (SELECT d.{name} {there}) "
                f"WHERE {name} = '' AND EXISTS (SELECT 1 {there} AND d.{name} <> '')"
            ).rowcount
    if filled:
        digest_again(staging, sheet)


def digest_again(staging: Staging, sheet: Sheet) -> None:
    """Note the digests of rows that were completed."""
    rows = staging.run(f"SELECT line, {quoted_names(sheet)} FROM file_{sheet.name}")
    for batch in batches(rows, LOADING_BATCH):
        staging.connection.executemany(
            f"UPDATE file_{sheet.name} SET digest = ? WHERE line = ?",
            [(sheet.digest(cells), line) for line, *cells in batch],
        )


def complete_list(staging: Staging, sheet: Sheet, name: str) -> None:
    rows = staging.run(f'SELECT line, "{name}" FROM file_{sheet.name} WHERE "{name}" <> \'\'')
    for batch in batches(rows, LOADING_BATCH):
        staging.connection.executemany(
            f"INSERT INTO list_{sheet.name}_{name} VALUES (?, ?)",
            [(line, item) for line, text in batch for item in text.split(SEPARATOR)],
        )
