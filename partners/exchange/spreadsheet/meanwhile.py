"""What stood in a row when a file was downloaded, where somebody has changed the row since: found by its version."""

from collections.abc import Collection, Mapping, Sequence

from partners.changes.past import past, readable_revisions
from partners.models import Change
from partners.tables.columns import Column, Table, read_records, type_of_cell
from partners.tables.recurring import ROW_VERSION

# Each look costs some queries for what changed since.
MOST_LOOKS = 32

type_of_cells = dict[str, type_of_cell]


def rows_when_downloaded(
    table: Table, columns: Sequence[Column], versions: Mapping[str, str]
) -> dict[str, type_of_cells]:
    """The cells of rows as they were, by their keys, from the version of each; those are left out of which the journal
    does not say it."""
    sought, found = dict(versions), {}
    for revision in revisions_before(table, versions):
        if not sought:
            break
        with past(revision):
            rows = table.model._default_manager.filter(slug__in=list(sought))
            then = {record[table.key[0]]: record for record in read_records(rows, columns)}
        same = {key for key, record in then.items() if record[ROW_VERSION] == sought[key]}
        found |= {key: then[key] for key in same}
        sought = {key: version for key, version in sought.items() if key not in same}
    return found


def revisions_before(table: Table, keys: Collection[str]) -> list[int]:
    """The revisions before those that changed some records, in the order in which they are looked at."""
    records = table.model._default_manager.filter(slug__in=list(keys)).values_list("pk", flat=True)
    changes = Change.objects.filter(model=table.model._meta.model_name, record__in=list(records))
    numbers = changes.order_by("-revision_id").values_list("revision_id", flat=True).distinct()
    first, _newest = readable_revisions() or (1, 0)
    found = [number - 1 for number in numbers if number > first]
    return [found[place] for place in places_by_leaps(len(found))[:MOST_LOOKS]]


def places_by_leaps(count: int) -> list[int]:
    """The places of a list in leaps that double, then in the middle of what lies between: 0, 1, 3, 7, 15 …, 8, 4, 12 …

    One look finds all rows that have not changed between it and the moment of the file. Most change once after that, each in
    a revision of its own: looked at one by one from the newest, as many looks as rows would be needed.
    """
    leaps = [2**power - 1 for power in range(count.bit_length() + 1) if 2**power - 1 < count]
    between = [place for place in range(count) if place not in leaps]
    return leaps + sorted(between, key=lambda place: (-(place & -place), place))
