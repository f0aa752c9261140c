"""Counting where a past is read: from the tables, by the statements that the index would be written with."""

import json
from collections.abc import Mapping

from partners.engines.past import THOSE_TABLE
from partners.engines.statements import placeholders
from partners.selection.counting import ALL, Base, Count, with_most
from partners.selection.index import THOSE, entries_of_listing

# Counting more of them keeps a reader waiting: SQLite took 15 seconds for 10,000.
MOST_COUNTED_IN_PAST = 1_000


def count_in_tables(
    listing, bases: list[Base], wanted: Mapping[str, list[str]], found: Mapping[str, list[str]], connection
) -> dict[str, Count]:
    """As `count_values`, for the records of each base, which are always named; by a query for each base. The facets of
    a base with too many records are not counted."""
    counts: dict[str, Count] = {}
    for base in bases:
        if ALL in base.facets:
            counts[ALL] = Count({"": len(base.records)}, 1)
        facets = [facet for facet in base.facets if facet != ALL]
        if not facets or len(base.records) > MOST_COUNTED_IN_PAST:
            continue
        name_those(base.records, connection)
        for facet, value, number in counted(listing, base, facets, connection):
            count = counts.setdefault(facet, Count())
            if facet not in found or value in found[facet]:
                count.rows[value] = number
    for facet, count in counts.items():
        if facet != ALL:
            count.values = len(count.rows)
            count.rows = with_most(count.rows, wanted.get(facet, ()))
    return counts


def name_those(records: list[int], connection) -> None:
    """Put records where the statement finds them."""
    listed = (
        "SELECT value FROM json_each(%s)" if connection.vendor == "sqlite" else "SELECT UNNEST(%s::bigint[])"
    )
    given = json.dumps(records) if connection.vendor == "sqlite" else records
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {THOSE_TABLE}")  # noqa: S608 (texts of this package)
        cursor.execute(f"INSERT INTO {THOSE_TABLE} {listed}", [given])  # noqa: S608


def counted(listing, base: Base, facets: list[str], connection) -> list[tuple[str, str, int]]:
    """The facets, their values, and how many of those records stand under each."""
    everyone = listing._meta.model._default_manager.all()
    entries = entries_of_listing(listing, connection, everyone, facets)
    entries = entries.replace(THOSE, f"SELECT id FROM {THOSE_TABLE}").replace("%", "%%")  # noqa: S608
    if base.only:
        entries = (
            f"SELECT facet, record_id, MIN(value) AS value FROM ({entries}) e "  # noqa: S608
            f"WHERE value IN ({placeholders(base.only)}) GROUP BY facet, record_id HAVING COUNT(DISTINCT value) = 1"
        )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT facet, value, COUNT(DISTINCT record_id) FROM ({entries}) f GROUP BY facet, value",  # noqa: S608
            list(base.only),
        )
        return cursor.fetchall()
