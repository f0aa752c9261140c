"""What the index of the listings depends on: triggers note the records whose entries in it may have changed.

What is watched is derived from the declared listings (`partners/selection/watching.py`).
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from partners.selection.listings import SEARCHED
from partners.selection.watching import UPDATE, dependencies
from partners.triggers import notes
from partners.triggers.notes import Concerned, Note


@cache
def notes_of_listings() -> tuple[Note, ...]:
    """For each table and event, a trigger for each set of columns that decide over the same records."""
    found: dict[tuple[str, str, tuple[str, ...]], list[Concerned]] = defaultdict(list)
    for each in dependencies(SEARCHED):
        for event in each.events:
            columns = each.columns if event == UPDATE else ()
            concerned = Concerned(each.noted, each.concerned, (each.column,))
            if event != UPDATE or columns:
                found[each.table, event, columns].append(concerned)
    return tuple(
        Note(table, event, f"listings_{number}", columns, tuple(concerned))
        for number, ((table, event, columns), concerned) in enumerate(sorted(found.items()), 1)
    )


def for_sqlite() -> Iterator[str]:
    return notes.for_sqlite(notes_of_listings())


def for_postgresql() -> Iterator[str]:
    return notes.for_postgresql(notes_of_listings())
