"""A change is a cell: table, record, column, before, after. Everything that compares two states speaks of these."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class CellChange:
    """A cell that holds another value than before. Values are texts as a file has them; "" is no value."""

    table: str
    key: str
    column: str
    before: str
    after: str


def changed_cells(
    table: str,
    key: str,
    columns: Sequence[str],
    before: Sequence[str] | None,
    after: Sequence[str] | None,
    restored: Callable[[str], str] = str,
) -> list[CellChange]:
    """The cells of a row that differ between two states; None where a state does not have the row.

    `restored` takes away what a kind of file has added to a value.
    """
    nothing = [""] * len(columns)
    pairs = zip(columns, before or nothing, after or nothing, strict=True)
    return [
        CellChange(table, key, column, restored(old), restored(new))
        for column, old, new in pairs
        if old != new
    ]
