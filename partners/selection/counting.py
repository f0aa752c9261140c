"""Counting: how many rows stand under each value of every facet, by one query whatever the number of facets.

The counts come from the index of the listings (`models/facets.py`). Each facet is counted over a base: the rows that
match all parameters but its own. Facets in which nothing is chosen share one base.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from partners.selection.facets import NONE

# A facet with more values than this shows those with most rows; the others are found by searching in it.
MOST_LINES = 200
# Up to so many records, looking up the entries of each is quicker than reading all entries.
FEW = 25_000
# The facet under which every record of a listing stands.
ALL = ""


@dataclass
class Count:
    """The values of one facet: the rows under each (those with most rows, and those asked for), and how many there
    are in all."""

    rows: dict[str, int] = field(default_factory=dict)
    values: int = 0


@dataclass(frozen=True)
class Base:
    """What some facets are counted over: the records, None for all of the listing.

    Where there is `only`, those of the records count that stand under one of these values of the one facet, not more.
    """

    records: list[int] | None
    facets: tuple[str, ...]
    only: tuple[str, ...] = ()


def count_values(
    listing: str,
    bases: list[Base],
    wanted: Mapping[str, list[str]],
    found: Mapping[str, list[str]],
    connection,
) -> dict[str, Count]:
    """Count the facets of each base.

    `wanted` are values to count however few rows they have; `found` restricts a facet to some of its values.
    """
    parts, parameters = [], []
    for base in bases:
        values = {base.facets[0]: list(base.only)} if base.only else found
        condition, given = terms(listing, base.facets, values)
        sql, records = entries_of(base.records, condition, connection)
        if base.only:
            single = "GROUP BY record_id HAVING COUNT(*) = 1"
            sql = f"(SELECT MIN(term_id) AS term_id FROM {sql} {single}) single"  # noqa: S608
        parts.append(f"SELECT term_id, COUNT(*) AS n FROM {sql} GROUP BY term_id")  # noqa: S608
        parameters += [*records, *given]
    kept, given = rare_values(wanted)
    sql = with_most_rows(" UNION ALL ".join(parts), f"place <= {MOST_LINES} OR value = '{NONE}'{kept}")
    counts: dict[str, Count] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, *given])
        for _term, facet, value, rows, total in cursor.fetchall():
            count = counts.setdefault(facet, Count(values=total))
            count.rows[value] = rows
    return counts


def with_most_rows(counted: str, kept: str) -> str:
    """SQL for the values that meet a condition, such as on their place in their facet, the one with most rows first.

    `counted` selects (term_id, n). The result is the term, facet, value, n, and how many values the facet has.
    """
    return f"""SELECT id, facet, value, n, total FROM (
            SELECT t.id, t.facet, t.value, c.n, COUNT(*) OVER (PARTITION BY t.facet) AS total,
                ROW_NUMBER() OVER (PARTITION BY t.facet ORDER BY c.n DESC, t.value) AS place
            FROM ({counted}) c JOIN partners_facetterm t ON t.id = c.term_id
        ) counted WHERE {kept}"""  # noqa: S608 (texts of this package)


def entries_of(records: list[int] | None, condition: str, connection) -> tuple[str, list]:
    """The entries of some records under the terms that meet a condition, as a FROM clause.

    PostgreSQL finds the shortest way itself. SQLite is told: from the records where they are few, else through all
    entries of the terms, one after another ("+" keeps a column from being looked up).
    """
    those = f"term_id IN (SELECT id FROM partners_facetterm WHERE {condition})"  # noqa: S608
    if records is None:
        return f"partners_facetentry WHERE {those}", []
    if connection.vendor == "postgresql":
        listed = "UNNEST(%s::bigint[]) record (record_id)"
        return f"{listed} JOIN partners_facetentry USING (record_id) WHERE {those}", [records]
    if len(records) <= FEW:
        return f"json_each(%s) j CROSS JOIN partners_facetentry ON record_id = j.value WHERE +{those}", [
            json.dumps(records)
        ]
    listed = "SELECT value FROM json_each(%s)"
    return f"partners_facetentry WHERE +record_id IN ({listed}) AND {those}", [json.dumps(records)]


def terms(listing: str, facets: tuple[str, ...], found: Mapping[str, list[str]]) -> tuple[str, list[str]]:
    """The condition on the terms to count, and its parameters."""
    conditions, parameters = [], [listing]
    for facet in facets:
        values = found.get(facet)
        conditions.append("facet = %s" + (f" AND value IN ({marks(values)})" if values is not None else ""))
        parameters += [facet, *(values or ())]
    return f"listing = %s AND ({' OR '.join(conditions)})", parameters


def rare_values(wanted: Mapping[str, list[str]]) -> tuple[str, list[str]]:
    """The condition that keeps values however few rows they have."""
    sql, parameters = "", []
    for facet, values in wanted.items():
        if values:
            sql += f" OR (facet = %s AND value IN ({marks(values)}))"
            parameters += [facet, *values]
    return sql, parameters


def marks(values: list[str]) -> str:
    return ", ".join(["%s"] * len(values)) or "NULL"
