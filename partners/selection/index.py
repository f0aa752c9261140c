"""The index of the listings: which records stand under which value of each facet.

It is derived from the declarations in `listings/`: the querysets of each facet, compiled for the engine, are what is
written. Triggers note the records that a change concerns (`triggers/listings.py`), and `bring_up_to_date` writes their
entries anew, in the transaction of whoever looks next. So a listing is never behind the data, and counting the rows
under a value is counting entries.
"""

import functools
import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connections, transaction
from django.db.models import QuerySet, Value
from django.db.models.expressions import RawSQL

from partners.engines.outage import is_busy
from partners.engines.refolding import refold_noted
from partners.engines.snapshots import NeedsPrimary, is_replica, one_state
from partners.folding import fold
from partners.kept import at_version
from partners.models import FacetStale
from partners.models.facets import LONGEST_VALUE
from partners.selection.facets import NONE, places_in_facet
from partners.selection.listings import LISTINGS, SEARCHED
from partners.selection.search import writing as search
from partners.selection.search.watching import noted_ties, noted_words
from partners.selection.terms import TextTerms, text_of_value

THOSE = "{those}"
# Up to so many records are named one by one, which lets the database plan for so few; so many of them by one query.
MOST_STALE_NAMED, RECORDS_PER_QUERY = 500, 50
MOST_INDEX_TRIES = 10
# Milliseconds that a reader waits for whoever writes.
INDEX_PATIENCE = 2_000
# Under this term stands which declarations the index was made from.
DECLARED = ("", "declared")


def bring_up_to_date(using: str = "default", patience: int | None = None) -> None:
    """Write the entries of all records that changed. Costs one query when there are none.

    Raises Unsettled where somebody else has been writing for `patience` milliseconds; without it, this waits as any
    writer. Raises NeedsPrimary where there are some on a replica, which is about to follow.
    """
    connection = connections[using]
    if connection.as_of is not None or not is_behind(connection):
        return
    if is_replica(connection):
        raise NeedsPrimary
    try:
        with waiting_for_writers(connection, patience), transaction.atomic(using=using):
            write_noted(connection, patience)
    except OperationalError as error:
        if patience is None or not is_busy(error):
            raise
        raise Unsettled from error


def is_behind(connection) -> bool:
    """Whether records changed whose entries are not yet written anew."""
    # Asked before every listing, so in plain SQL: composing the query would take longer than answering it.
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {FacetStale._meta.db_table} LIMIT 1")  # noqa: S608 (a table of ours)
        return cursor.fetchone() is not None


def bring_to_past(listing) -> None:
    """Where a past is read, have the index hold the places of a listing as they were then."""
    if past := connections[listing._meta.model._default_manager.db].past_index:
        past.bring(listing)


@contextmanager
def waiting_for_writers(connection, patience: int | None) -> Iterator[None]:
    """Wait no longer than so many milliseconds for the only place at which SQLite lets one write."""
    if patience is None or connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        (usual,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {patience}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")


@contextmanager
def one_indexed_state(read_only: bool = True) -> Iterator[None]:
    """See one state of the directory, with an index that belongs to it; see `one_state`.

    Raises Unsettled where somebody changes the directory all the time in the moment between the two.
    """
    if connections["default"].as_of is not None:
        # A past is read in one state anyway.
        yield
        return
    for _attempt in range(MOST_INDEX_TRIES):
        bring_up_to_date(patience=INDEX_PATIENCE)
        # What was kept may be of a moment before.
        with one_state(read_only), at_version(None):
            if not is_behind(connections["default"]):
                yield
                return
    raise Unsettled


class Unsettled(Exception):
    """The directory is being changed so often, or for so long, that no state of it could be indexed."""


def write_noted(connection, patience: int | None = None) -> None:
    """Write the entries of the records that were noted as changed. Within a transaction."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A whole directory takes minutes; that somebody waits for it is bounded by `patience`.
            cursor.execute("SET LOCAL statement_timeout = 0")
            if patience is not None:
                cursor.execute(f"SET LOCAL lock_timeout = {patience}")
            # Two that look at the same time take turns.
            cursor.execute("LOCK TABLE partners_facetstale IN SHARE ROW EXCLUSIVE MODE")
        refold_noted(connection)
        for model in writing(connection.vendor):
            write_places(cursor, connection.vendor, model)
            write_words(cursor, connection, model)
        fold_texts(cursor)
        cursor.execute("DELETE FROM partners_facetstale")


def write_places(cursor, vendor: str, model: str) -> None:
    """Write the entries of the records that were noted as changed into the index of the facets."""
    cursor.execute(
        "SELECT record_id FROM partners_facetstale WHERE model = %s LIMIT %s", [model, MOST_STALE_NAMED + 1]
    )
    records = [record for (record,) in cursor.fetchall()]
    if len(records) > MOST_STALE_NAMED:
        all_of_them = f"SELECT record_id FROM partners_facetstale WHERE model = '{model}'"  # noqa: S608
        for statement in writing(vendor)[model]:
            count_rows(cursor)
            cursor.execute(statement.replace(THOSE, all_of_them))
        return
    for listing in LISTINGS:
        if listing._meta.model._meta.model_name == model:
            for start in range(0, len(records), RECORDS_PER_QUERY):
                write_few(cursor, vendor, listing, records[start : start + RECORDS_PER_QUERY])


def write_few(cursor, vendor: str, listing, records: list[int]) -> None:
    """Write the entries of a few records in one listing: what is missing, and nothing that is there already.

    Most changes leave most entries as they are, and a laboratory has tens of thousands.
    """
    those = ", ".join(map(str, records))
    cursor.execute(
        "SELECT t.facet, e.record_id, t.value, t.id FROM partners_facetentry e "  # noqa: S608 (numbers)
        f"JOIN partners_facetterm t ON t.id = e.term_id WHERE e.record_id IN ({those}) AND t.listing = %s",
        [listing.name],
    )
    held = {tuple(place): term for *place, term in cursor.fetchall()}
    members = listing.members().filter(pk__in=records).order_by().values_list("pk", flat=True)
    if those := ", ".join(map(str, members)):
        cursor.execute(entries_of_listings(vendor)[listing.name].replace(THOSE, those))
        found = set(cursor.fetchall())
    else:
        found = set()
    gone = [(term, place[1]) for place, term in held.items() if place not in found]
    cursor.executemany("DELETE FROM partners_facetentry WHERE term_id = %s AND record_id = %s", gone)
    missing = [(listing.name, facet, value, record) for facet, record, value in found - held.keys()]
    cursor.executemany(
        "INSERT INTO partners_facetterm (listing, facet, value) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        sorted({tuple(term) for *term, _record in missing}),
    )
    cursor.executemany(
        "INSERT INTO partners_facetentry (term_id, record_id) SELECT id, %s FROM partners_facetterm "
        "WHERE listing = %s AND facet = %s AND value = %s",
        [(record, *term) for *term, record in missing],
    )


def write_words(cursor, connection, model: str) -> None:
    """Write the words of the records that were noted as changed into the index of the search."""
    cursor.execute(
        "SELECT model, record_id FROM partners_facetstale WHERE model IN (%s, %s, %s)",
        [model, noted_words(model), noted_ties(model)],
    )
    records: set[int] = set()
    by_ties: set[int] = set()
    for noted, record in cursor.fetchall():
        (by_ties if noted == noted_ties(model) else records).add(record)
    for listing in SEARCHED:
        if listing._meta.model._meta.model_name == model:
            search.write(listing, records, connection, by_ties - records)


def fold_texts(cursor) -> None:
    """Fold the new values of the facets of texts, by which people find them."""
    facets = [
        (each.name, name)
        for each in LISTINGS
        for name, facet in each.facets().items()
        if isinstance(facet.terms, TextTerms)
    ]
    for place in facets:
        cursor.execute(
            "SELECT id, value FROM partners_facetterm "
            "WHERE listing = %s AND facet = %s AND value_key IS NULL AND value <> %s",
            [*place, NONE],
        )
        folded = [(fold(text_of_value(value))[:LONGEST_VALUE], term) for term, value in cursor.fetchall()]
        cursor.executemany("UPDATE partners_facetterm SET value_key = %s WHERE id = %s", folded)


def count_rows(cursor) -> None:
    """Have the database count what was written just now: without that it plans as for a handful, and does not
    finish (over ten minutes at 100,000 organizations on PostgreSQL, against two)."""
    for table in ("partners_facetstale", "partners_facetterm", "partners_facetentry"):
        cursor.execute(f"ANALYZE {table}")


def make_anew_if_declared_otherwise(connection, cursor) -> None:
    """Write the whole index anew when it was made from other declarations than these."""
    cursor.execute("SELECT value FROM partners_facetterm WHERE listing = %s AND facet = %s", DECLARED)
    if cursor.fetchone() != (digest_of_declarations(connection.vendor),):
        make_anew(connection, cursor)


def digest_of_declarations(vendor: str) -> str:
    """Names the declarations from which the index is made."""
    return hashlib.sha256(f"{writing(vendor)}{search.declarations_of_texts(SEARCHED)}".encode()).hexdigest()


def make_anew(connection, cursor) -> None:
    """Write the whole index anew."""
    cursor.execute("DELETE FROM partners_facetentry")
    # Terms without a listing say other things: which declarations, which triggers.
    cursor.execute("DELETE FROM partners_facetterm WHERE listing <> '' OR facet = %s", DECLARED[1:])
    search.empty(connection)
    for model in writing(connection.vendor):
        cursor.execute(
            f"INSERT INTO partners_facetstale (model, record_id) SELECT '{model}', id FROM partners_{model} "  # noqa: S608
            "WHERE true ON CONFLICT DO NOTHING"
        )
    write_noted(connection)
    cursor.execute(
        "INSERT INTO partners_facetterm (listing, facet, value) VALUES (%s, %s, %s)",
        [*DECLARED, digest_of_declarations(connection.vendor)],
    )


# The statements -----------------------------------------------------------------------------------------------------


@functools.cache
def writing(vendor: str) -> dict[str, list[str]]:
    """For each model whose records are listed, the statements that write the entries of the records `{those}`."""
    connection = next(each for each in connections.all() if each.vendor == vendor)
    found: dict[str, list[str]] = {}
    for listing in LISTINGS:
        found.setdefault(listing._meta.model._meta.model_name, []).extend(writing_of(listing, connection))
    return found


def writing_of(listing, connection) -> Iterator[str]:
    """Take away the entries of the records `{those}` in one listing, then write them, by way of their terms."""
    name, found = listing.name, entries_of_listing(listing, connection, listing.members())
    yield (
        f"DELETE FROM partners_facetentry WHERE record_id IN ({THOSE}) "  # noqa: S608 (texts of this file)
        f"AND term_id IN (SELECT id FROM partners_facetterm WHERE listing = '{name}')"
    )
    yield (
        f"INSERT INTO partners_facetterm (listing, facet, value) "  # noqa: S608
        f"SELECT DISTINCT '{name}', facet, value FROM ({found}) f WHERE true ON CONFLICT DO NOTHING"
    )
    yield (
        f"INSERT INTO partners_facetentry (term_id, record_id) SELECT DISTINCT t.id, f.record_id "  # noqa: S608
        f"FROM ({found}) f JOIN partners_facetterm t "
        f"ON t.listing = '{name}' AND t.facet = f.facet AND t.value = f.value"
    )


@functools.cache
def entries_of_listings(vendor: str) -> dict[str, str]:
    """For each listing by its name the places of the records `{those}`, all of which stand in it."""
    connection = next(each for each in connections.all() if each.vendor == vendor)
    return {
        listing.name: entries_of_listing(listing, connection, listing._meta.model._default_manager.all())
        for listing in LISTINGS
    }


def entries_of_listing(listing, connection, among: QuerySet, facets: Collection[str] | None = None) -> str:
    """A SELECT of (facet, record_id, value) for every place of the records `{those}`, `among` some, in a listing; in
    some of its facets only where they are named, "" among them."""
    collation = ' COLLATE "C"' if connection.vendor == "postgresql" else ""
    members = among.filter(pk__in=RawSQL(THOSE, ())).order_by()  # noqa: S611 (a text of this file)
    return " UNION ALL ".join(
        f"SELECT '{name}' AS facet, p.entry_record AS record_id, p.entry_value{collation} AS value "  # noqa: S608
        f"FROM ({compiled(pairs, connection)}) p"
        for name, pairs in places_of_listing(listing, members)
        if facets is None or name in facets
    )


def places_of_listing(listing, members: QuerySet) -> Iterator[tuple[str, QuerySet]]:
    """The querysets of (record, value) that say where some records stand in a listing, each with its facet; "" is the
    listing itself."""
    yield "", places_in_facet(members, "pk", Value(""))
    for name, facet in listing.facets().items():
        yield from ((name, pairs) for pairs in facet.pairs(members))


def compiled(queryset, connection) -> str:
    """A queryset as SQL with its parameters, which are terms of our own, written into it."""
    sql, parameters = queryset.query.get_compiler(connection=connection).as_sql()
    return sql % tuple(literal(each) for each in parameters)


def literal(value: str | bool | int) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)
