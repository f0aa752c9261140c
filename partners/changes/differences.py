"""The differences of two states of a table, each read once in the order of its keys, so that memory does not grow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from partners.changes.cells import CellChange

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
# Between the parts of the key of a row.
BETWEEN_KEYS = ";"

# The parts of a key, and the cells.
type_of_row = tuple[tuple[str, ...], list[str]]


@dataclass(frozen=True)
class RowChange:
    """A row that is in one state only, or differs. An added or removed row tells every column that is filled in."""

    table: str
    key: str
    kind: str
    cells: Sequence[CellChange]


def kind_of(before: object | None, after: object | None) -> str:
    """How a row changed that a state may not have."""
    return ADDED if before is None else REMOVED if after is None else CHANGED


def side_by_side(
    before: Iterator[type_of_row], after: Iterator[type_of_row]
) -> Iterator[tuple[tuple[str, ...], list[str] | None, list[str] | None]]:
    """Two states as one: each key once, in order, with the cells of both; None where a state does not have the row.

    Raises ValueError where a state does not stand in the order of its keys, as rows would be missed.
    """
    before, after = ascending(before), ascending(after)
    old, new = next(before, None), next(after, None)
    while old or new:
        if new is None or (old and old[0] < new[0]):
            yield old[0], old[1], None
            old = next(before, None)
        elif old is None or new[0] < old[0]:
            yield new[0], None, new[1]
            new = next(after, None)
        else:
            yield old[0], old[1], new[1]
            old, new = next(before, None), next(after, None)


def ascending(rows: Iterator[type_of_row]) -> Iterator[type_of_row]:
    """The same rows; raises ValueError at one that is not in the order of the keys."""
    last: tuple[str, ...] | None = None
    for row in rows:
        if last is not None and row[0] <= last:
            raise ValueError(f"The row {row[0]} stands in no order in its package.")
        last = row[0]
        yield row
