"""Counting: how many rows stand under each value of every facet, by one query whatever the number of facets.

The counts come from the index of the listings (`models/facets.py`). Each facet is counted over a base: the rows that
match all parameters but its own. Facets in which nothing is chosen share one base.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_

from partners.engines.statements import placeholders
from partners.kept import kept_thing
from partners.selection.facets import NONE
from partners.selection.search.bitmaps import joined_chunks, set_of, unpack
from partners.selection.search.lookup import EVERYTHING, LAST
from partners.selection.search.words import VALUE_MARK, place_of

# A facet with more values than this shows those with most rows; the others are found by searching in it.
MOST_LINES = 200
# Up to so many records, looking up the entries of each is quicker than reading all entries.
MOST_LOOKED_UP = 25_000
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
    in_sets: Collection[str] = (),
) -> dict[str, Count]:
    """Count the facets of each base; those that the index has `in_sets` by joining sets, the others in the database.

    `wanted` are values to count however few rows they have; `found` restricts a facet to some of its values.
    """
    if not in_sets:
        return count_entries(listing, bases, wanted, found, connection)
    counts = count_sets(listing, bases, wanted, found, connection, in_sets)
    others = [
        replace(base, facets=tuple(f for f in base.facets if f not in (ALL, *in_sets))) for base in bases
    ]
    if others := [base for base in others if base.facets]:
        counts |= count_entries(listing, others, wanted, found, connection)
    return counts


def count_sets(
    listing: str,
    bases: list[Base],
    wanted: Mapping[str, list[str]],
    found: Mapping[str, list[str]],
    connection,
    in_sets: Collection[str],
) -> dict[str, Count]:
    """The same for facets of which each value has its records as one set."""
    facets = tuple(dict.fromkeys(f for base in bases for f in base.facets if f in in_sets))
    sets = kept_thing(("sets", listing, facets), lambda: facet_sets(listing, facets, connection))
    counts: dict[str, Count] = {}
    for base in bases:
        records = None if base.records is None else set_of(base.records)
        if ALL in base.facets:
            whole = sets[ALL].get("", 0) if records is None else records
            counts[ALL] = Count({"": whole.bit_count()}, 1)
        for facet in base.facets:
            if facet in in_sets:
                values = base.only or found.get(facet, sets[facet])
                rows = counts.setdefault(facet, Count()).rows
                rows |= counts_of_sets(sets[facet], values, records, alone=bool(base.only))
    for facet, count in counts.items():
        count.values = len(count.rows)
        count.rows = with_most(count.rows, wanted.get(facet, ()))
    return counts


def counts_of_sets(
    sets: dict[str, int], values: Iterable[str], records: int | None, alone: bool
) -> dict[str, int]:
    """How many records have each value, of some records or of all; or that value `alone` of those that are named."""
    values = [value for value in dict.fromkeys(values) if value in sets]
    found = {}
    for value in values:
        having = sets[value] if records is None else sets[value] & records
        if alone:
            having &= ~reduce(or_, (sets[other] for other in values if other != value), 0)
        if having:
            found[value] = having.bit_count()
    return found


def with_most(rows: dict[str, int], wanted: Collection[str]) -> dict[str, int]:
    """The values with most rows, and those to keep however few they have."""
    most = sorted(rows, key=lambda value: (-rows[value], value))[:MOST_LINES]
    return {value: count for value, count in rows.items() if value in {*most, *wanted, NONE}}


def facet_sets(listing: str, facets: Iterable[str], connection) -> dict[str, dict[str, int]]:
    """For each facet the records under each of its values, by one query; under ALL those of the listing."""
    bounds = [(place_of(facet, ""), place_of(facet, LAST)) for facet in facets]
    # SQLite looks each of them up only where it names the listing; under one condition for all it reads the whole index.
    whole, part = "listing = %s AND word = %s", "listing = %s AND word >= %s AND word < %s"
    either = " OR ".join([whole, *[part] * len(bounds)])
    chunks: dict[tuple[str, str], dict[int, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT word, chunk, places FROM partners_searchentry WHERE {either}",  # noqa: S608 (texts of this module)
            [listing, EVERYTHING, *(given for pair in bounds for given in (listing, *pair))],
        )
        for word, chunk, places in cursor:
            chunks.setdefault(word, {})[chunk] = unpack(places)
    sets: dict[str, dict[str, int]] = {facet: {} for facet in (ALL, *facets)}
    for word, each in chunks.items():
        facet, _, value = word.removeprefix(VALUE_MARK).partition("=")
        sets[facet][value] = joined_chunks(each)
    return sets


def count_entries(
    listing: str,
    bases: list[Base],
    wanted: Mapping[str, list[str]],
    found: Mapping[str, list[str]],
    connection,
) -> dict[str, Count]:
    """The same from the entries of the index of facets, by one query whatever the number of facets."""
    parts, parameters = [], []
    for base in bases:
        values = {base.facets[0]: list(base.only)} if base.only else found
        condition, given = terms(listing, base.facets, values)
        sql, given = entries_under_terms(base.records, condition, given, connection)
        if base.only:
            single = "GROUP BY record_id HAVING COUNT(*) = 1"
            sql = f"(SELECT MIN(term_id) AS term_id FROM {sql} {single}) single"  # noqa: S608
        parts.append(f"SELECT term_id, COUNT(*) AS n FROM {sql} GROUP BY term_id")  # noqa: S608
        parameters += given
    kept, given = rare_values(wanted)
    sql = with_most_rows(
        listing, " UNION ALL ".join(parts), f"place <= {MOST_LINES} OR value = '{NONE}'{kept}"
    )
    counts: dict[str, Count] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, *given])
        for _term, facet, value, rows, total in cursor.fetchall():
            count = counts.setdefault(facet, Count(values=total))
            count.rows[value] = rows
    return counts


def with_most_rows(listing: str, counted: str, kept: str) -> str:
    """SQL for the values that meet a condition, such as on their place in their facet, the one with most rows first.

    `counted` selects (term_id, n). The result is the term, facet, value, n, and how many values the facet has.
    """
    return f"""SELECT id, facet, value, n, total FROM (
            SELECT t.id, t.facet, t.value, c.n, COUNT(*) OVER (PARTITION BY t.facet) AS total,
                ROW_NUMBER() OVER (PARTITION BY t.facet ORDER BY c.n DESC, t.value) AS place
            FROM ({counted}) c JOIN partners_facetterm t ON t.id = c.term_id AND t.listing = '{listing}'
        ) counted WHERE {kept}"""  # noqa: S608 (texts of this package)


def entries_under_terms(
    records: list[int] | None, condition: str, given: list, connection
) -> tuple[str, list]:
    """The entries of some records under the terms that meet a condition, as a FROM clause, and its parameters.

    PostgreSQL finds the shortest way itself. SQLite is told: from the records where they are few, else through all
    entries of the terms, one after another ("+" keeps a column from being looked up).
    """
    those = f"term_id IN (SELECT id FROM partners_facetterm WHERE {condition})"  # noqa: S608
    if connection.vendor == "sqlite" and connection.as_of is not None:
        those, given = f"term_id IN ({named_terms(condition, given, connection)})", []
    if records is None:
        return f"partners_facetentry WHERE {those}", given
    if connection.vendor == "postgresql":
        listed = "UNNEST(%s::bigint[]) record (record_id)"
        return f"{listed} JOIN partners_facetentry USING (record_id) WHERE {those}", [records, *given]
    if len(records) <= MOST_LOOKED_UP:
        # Named one by one: in a past the entries are a view of two tables, and nothing else is looked up in each.
        listed = ", ".join(map(str, records)) or "NULL"
        return f"partners_facetentry WHERE record_id IN ({listed}) AND +{those}", given
    listed = "SELECT value FROM json_each(%s)"
    return f"partners_facetentry WHERE +record_id IN ({listed}) AND {those}", [json.dumps(records), *given]


def named_terms(condition: str, given: list, connection) -> str:
    """The terms that meet a condition, one by one: SQLite looks up nothing else in the entries of a past, which are a
    view of two tables."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM partners_facetterm WHERE {condition}", given)  # noqa: S608
        return ", ".join(str(key) for (key,) in cursor.fetchall()) or "NULL"


def terms(listing: str, facets: tuple[str, ...], found: Mapping[str, list[str]]) -> tuple[str, list[str]]:
    """The condition on the terms to count, and its parameters."""
    conditions, parameters = [], [listing]
    for facet in facets:
        values = found.get(facet)
        conditions.append(
            "facet = %s" + (f" AND value IN ({placeholders(values)})" if values is not None else "")
        )
        parameters += [facet, *(values or ())]
    return f"listing = %s AND ({' OR '.join(conditions)})", parameters


def rare_values(wanted: Mapping[str, list[str]]) -> tuple[str, list[str]]:
    """The condition that keeps values however few rows they have."""
    sql, parameters = "", []
    for facet, values in wanted.items():
        if values:
            sql += f" OR (facet = %s AND value IN ({placeholders(values)}))"
            parameters += [facet, *values]
    return sql, parameters
