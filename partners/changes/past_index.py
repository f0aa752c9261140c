"""The index of the listings as it was at the end of a revision: that of today, and what differs.

The facets that nothing has touched since stand there as they are. Of the others, the records that a changed row
concerns are found by the ways by which triggers note them (`selection/watching.py`), and only their places are looked
up. Whatever counts and filters by the index does the same in a past.
"""

from collections import defaultdict
from functools import cache

from partners.engines.past import (
    ENTRIES_GONE,
    PLACES_NOW,
    PLACES_THEN,
    ROWS_THEN,
    THOSE_TABLE,
    WORDS_CHANGED,
)
from partners.engines.statements import placeholders
from partners.folding import fold
from partners.models import FacetEntry, FacetTerm, SearchEntry
from partners.models.facets import LONGEST_VALUE
from partners.models.fields import RESERVED
from partners.models.search import CHUNK
from partners.selection.counting import ALL
from partners.selection.index import THOSE, entries_of_listing, places_of_listing
from partners.selection.search.bitmaps import bits_of, pack, unpack
from partners.selection.search.kinds_of_text import TITLE
from partners.selection.search.lookup import EVERYTHING
from partners.selection.search.words import place_of
from partners.selection.search.writing import OF_FACET, portions
from partners.selection.terms import TextTerms, text_of_value
from partners.selection.watching import Dependency, dependencies_of

TERMS_THEN, ENTRIES_THEN, WORDS_THEN = (
    ROWS_THEN + model._meta.db_table for model in (FacetTerm, FacetEntry, SearchEntry)
)


@cache
def ways_to(listing) -> dict[str, list[Dependency]]:
    """For each facet of a listing, and for the listing itself, what its places depend on."""
    found: dict[str, list[Dependency]] = defaultdict(list)
    for facet, pairs in places_of_listing(listing, listing.members()):
        found[facet] += dependencies_of(pairs, pairs.query.annotations["entry_record"], facet)
    return dict(found)


class PastIndex:
    """The tables of the index behind views, as the tables of records are; a listing is brought there when it is read.

    `overlay` is what stands before the tables of records.
    """

    def __init__(self, overlay):
        self.overlay, self.connection = overlay, overlay.connection
        self.execute, self.cursor = overlay.execute, overlay.cursor
        self.brought: set[str] = set()
        self.is_put_up = False

    def bring(self, listing) -> None:
        """Have the index hold the places of a listing as they were."""
        if listing.name in self.brought:
            return
        self.brought.add(listing.name)
        for facet, ways in ways_to(listing).items():
            if touched := [way for way in ways if self.overlay.touches(way)]:
                if not self.is_put_up:
                    self.put_up()
                self.overlay.name_concerned(touched)
                self.compare(listing, facet)

    def put_up(self) -> None:
        """The tables of what differs, and the views."""
        self.is_put_up = True
        number = self.overlay.number
        collation = ' COLLATE "C"' if self.connection.vendor == "postgresql" else ""
        place = f"(value text{collation} NOT NULL, record_id {number} NOT NULL)"
        for table in (PLACES_THEN, PLACES_NOW):
            self.execute(f"CREATE TEMPORARY TABLE {table} {place}")
        self.execute(
            f"CREATE TEMPORARY TABLE {ENTRIES_GONE} (term_id {number} NOT NULL, record_id {number} NOT NULL, "
            "PRIMARY KEY (term_id, record_id))"
        )
        self.execute(
            f"CREATE TEMPORARY TABLE {WORDS_CHANGED} (listing text{collation} NOT NULL, word text{collation} NOT NULL, "
            "PRIMARY KEY (listing, word))"
        )
        for model in (FacetTerm, FacetEntry, SearchEntry):
            self.overlay.make_table_of_then(model)
        for table, columns in (
            (TERMS_THEN, "listing, facet, value"),
            (ENTRIES_THEN, "term_id, record_id"),
            (WORDS_THEN, "listing, word"),
        ):
            self.execute(f"CREATE INDEX {table}_place ON {table} ({columns})")
        self.execute(f"CREATE INDEX {ENTRIES_THEN}_record ON {ENTRIES_THEN} (record_id, term_id)")
        self.overlay.make_view(FacetTerm, "")
        self.overlay.make_view(FacetEntry, self.stands_in(ENTRIES_GONE, "term_id", "record_id"))
        self.overlay.make_view(SearchEntry, self.stands_in(WORDS_CHANGED, "listing", "word"))

    def stands_in(self, table: str, first: str, second: str) -> str:
        """Whether two columns of a row `u` stand in a table. SQLite goes through all of that for each pair which is not
        in a list of pairs, in search of NULL; PostgreSQL hashes the list."""
        if self.connection.vendor == "postgresql":
            return f"({first}, {second}) IN (SELECT {first}, {second} FROM {table})"  # noqa: S608
        return f"EXISTS (SELECT 1 FROM {table} g WHERE g.{first} = u.{first} AND g.{second} = u.{second})"  # noqa: S608

    # What differs

    def compare(self, listing, facet: str) -> None:
        """Put where the concerned records stood in a facet into the index, in place of where they stand."""
        self.look_up(listing, facet)
        come, gone = (
            f"SELECT value, record_id FROM {one} EXCEPT SELECT value, record_id FROM {other}"  # noqa: S608
            for one, other in ((PLACES_THEN, PLACES_NOW), (PLACES_NOW, PLACES_THEN))
        )
        self.write_terms(listing, facet)
        self.execute(
            f"INSERT INTO {ENTRIES_THEN} (term_id, record_id) SELECT t.id, p.record_id FROM ({come}) p "  # noqa: S608
            f"JOIN {FacetTerm._meta.db_table} t ON t.value = p.value WHERE t.listing = %s AND t.facet = %s",
            listing.name,
            facet,
        )
        self.execute(
            f"INSERT INTO {ENTRIES_GONE} (term_id, record_id) SELECT t.id, p.record_id FROM ({gone}) p "  # noqa: S608
            f"JOIN {self.overlay.now(FacetTerm)} t ON t.value = p.value WHERE t.listing = %s AND t.facet = %s",
            listing.name,
            facet,
        )
        if facet == ALL or facet in listing.facets_in_sets():
            self.write_words(listing, facet, self.by_value(come), self.by_value(gone))

    def look_up(self, listing, facet: str) -> None:
        """Where the concerned records stood, and where they stand."""
        collation = ' COLLATE "C"' if self.connection.vendor == "postgresql" else ""
        entries = entries_of_listing(listing, self.connection, listing.members(), (facet,))
        entries = entries.replace(THOSE, f"SELECT id FROM {THOSE_TABLE}").replace("%", "%%")  # noqa: S608
        for table in (PLACES_THEN, PLACES_NOW):
            self.execute(f"DELETE FROM {table}")  # noqa: S608
        self.execute(f"INSERT INTO {PLACES_THEN} SELECT DISTINCT value, record_id FROM ({entries}) e")  # noqa: S608
        self.execute(
            f"INSERT INTO {PLACES_NOW} SELECT t.value{collation}, e.record_id FROM {self.overlay.now(FacetTerm)} t "  # noqa: S608
            f"JOIN {self.overlay.now(FacetEntry)} e ON e.term_id = t.id "
            f"WHERE t.listing = %s AND t.facet = %s AND e.record_id IN (SELECT id FROM {THOSE_TABLE})",
            listing.name,
            facet,
        )

    def write_terms(self, listing, facet: str) -> None:
        """The values that no record has today, under numbers that no term of today has."""
        terms = self.overlay.now(FacetTerm)
        self.execute(
            f"INSERT INTO {TERMS_THEN} (id, listing, facet, value) "  # noqa: S608
            f"SELECT (SELECT coalesce(min(id), 0) FROM {TERMS_THEN}) - row_number() OVER (ORDER BY value), %s, %s, value "
            f"FROM (SELECT DISTINCT value FROM {PLACES_THEN}) v WHERE value NOT IN "
            f"(SELECT value FROM {terms} WHERE listing = %s AND facet = %s)",
            *(listing.name, facet) * 2,
        )
        if facet != ALL and isinstance(listing.facets()[facet].terms, TextTerms):
            self.execute(
                f"SELECT id, value FROM {TERMS_THEN} WHERE listing = %s AND facet = %s AND value <> %s",  # noqa: S608
                *(listing.name, facet, RESERVED),
            )
            folded = [
                (fold(text_of_value(value))[:LONGEST_VALUE], key) for key, value in self.cursor.fetchall()
            ]
            self.cursor.executemany(f"UPDATE {TERMS_THEN} SET value_key = %s WHERE id = %s", folded)  # noqa: S608

    def by_value(self, places: str) -> dict[str, dict[int, int]]:
        """The records of each value, as sets by chunk."""
        self.execute(places)
        found: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for value, record in self.cursor.fetchall():
            chunk, place = divmod(record, CHUNK)
            found[value][chunk].append(place)
        return {value: {c: bits_of(p) for c, p in chunks.items()} for value, chunks in found.items()}

    def write_words(self, listing, facet: str, come: dict, gone: dict) -> None:
        """The sets of records under the values that differ."""
        kind = TITLE if facet == ALL else OF_FACET
        words = {EVERYTHING if facet == ALL else place_of(facet, value): value for value in {*come, *gone}}
        held: dict[tuple[str, int], int] = {}
        for some in portions(sorted(words)):
            self.execute(
                f"SELECT word, chunk, places FROM {self.overlay.now(SearchEntry)} "  # noqa: S608
                f"WHERE listing = %s AND kind = %s AND word IN ({placeholders(some)})",
                *(listing.name, kind, *some),
            )
            held |= {(word, chunk): unpack(places) for word, chunk, places in self.cursor.fetchall()}
        for word, value in words.items():
            for chunk in {*come.get(value, ()), *gone.get(value, ())}:
                bits = held.get((word, chunk), 0) & ~gone.get(value, {}).get(chunk, 0)
                held[word, chunk] = bits | come.get(value, {}).get(chunk, 0)
        self.cursor.executemany(
            f"INSERT INTO {WORDS_CHANGED} (listing, word) VALUES (%s, %s)",  # noqa: S608
            [(listing.name, word) for word in words],
        )
        self.cursor.executemany(
            f"INSERT INTO {WORDS_THEN} (listing, word, kind, chunk, records, places) VALUES (%s, %s, %s, %s, %s, %s)",  # noqa: S608
            [
                (listing.name, word, kind, chunk, bits.bit_count(), pack(bits))
                for (word, chunk), bits in held.items()
                if bits
            ],
        )
