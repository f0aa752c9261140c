"""Writing the index of the search: the words of changed records, in place of those that they had."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from itertools import groupby

from partners.engines.statements import placeholders
from partners.folding import FOLDING_VERSION
from partners.models.search import CHUNK
from partners.selection.search.bitmaps import bits_of, pack, unpack
from partners.selection.search.collecting import MOST_NAMED, busy_ones, collected, type_of_words
from partners.selection.search.kinds_of_text import Texts
from partners.selection.search.spoken import VocabularyNames
from partners.selection.search.words import beginnings, place_of

# The kind of a value of a facet.
OF_FACET = "f"
KIND_SEPARATOR, WORD_SEPARATOR = "\n", "\t"
# More records of one chunk are read as a range, with those that lie between them; so are those between which there are
# few others, as there are when they were made one after another.
MANY = CHUNK // 8
DENSE = 2
# For each chunk and kind of text the records with each word, as a set of their places.
type_of_places = dict[tuple[int, str], dict[str, int]]


def write(listing, records: Iterable[int], connection, by_ties: Iterable[int] = ()) -> None:
    """Make the index say what some records have, of all that are in the listing; the others are taken out.

    Of those `by_ties` nothing has changed that busy ones are found by.
    """
    found: set[int] = set()
    for some in portions(sorted(by_ties)):
        found |= set(some) - busy_ones(listing.base_filters["q"].texts, set(some))
    for portion in portions_of(sorted({*records, *found})):
        Portion(listing, portion, connection).write()


def portions_of(records: list[int]) -> Iterator[list[int]]:
    """Some records, in their order, as they are written at once: a large part of a chunk, or a few of any chunks."""
    few: list[int] = []
    for _chunk, group in groupby(records, lambda record: record // CHUNK):
        those = list(group)
        if len(those) > MANY or (len(those) > MOST_NAMED and is_dense(those)):
            yield those
        else:
            few += those
    yield from portions(few, MOST_NAMED)


def is_dense(records: list[int]) -> bool:
    """Whether a range has few others than these records."""
    return records[-1] - records[0] < DENSE * len(records)


class Portion:
    """Some records, of one chunk or of several, on their way into the index."""

    def __init__(self, listing, records: list[int], connection):
        self.listing, self.name, self.records = listing, listing.name, records
        self.texts: Texts = listing.base_filters["q"].texts
        self.chunks = sorted({record // CHUNK for record in records})
        members = listing.members().filter(pk__in=records).order_by()
        self.members = set(members.values_list("pk", flat=True))
        self.connection = connection

    def write(self) -> None:
        with self.connection.cursor() as self.cursor:
            old, new = self.held(), collected(self.texts, self.members)
            self.add_places(new)
            added, removed = self.differences(old, new)
            self.write_entries(added, removed, is_new=not old and not self.is_begun())
            self.write_records({record for record in self.records if old.get(record) != new.get(record)}, new)

    def those(self) -> tuple[str, list]:
        """The condition for rows of the records, and its parameters; of many, for a range that has others too."""
        if len(self.records) > MOST_NAMED:
            return "record_id BETWEEN %s AND %s", [self.records[0], self.records[-1]]
        return f"record_id IN ({placeholders(self.records)})", self.records

    def add_places(self, new: dict[int, type_of_words]) -> None:
        """Add the values of the facets under which the records stand, as words of a kind of their own."""
        facets = self.listing.facets_in_sets()
        if not facets or not new:
            return
        # By two queries: PostgreSQL starts a join of the two from the terms, whose entries are all records.
        self.cursor.execute(
            "SELECT id, facet, value FROM partners_facetterm "  # noqa: S608 (marks of parameters)
            f"WHERE listing = %s AND facet IN ({placeholders(facets)})",
            [self.name, *facets],
        )
        words = {term: place_of(facet, value) for term, facet, value in self.cursor}
        those, records = self.those()
        self.cursor.execute(f"SELECT record_id, term_id FROM partners_facetentry WHERE {those}", records)  # noqa: S608
        for record, term in self.cursor:
            if term in words and record in new:
                new[record].setdefault(OF_FACET, set()).add(words[term])

    def held(self) -> dict[int, type_of_words]:
        """The words under which the index has the records."""
        those, records = self.those()
        self.cursor.execute(
            f"SELECT record_id, words FROM partners_searchrecord WHERE listing = %s AND {those}",  # noqa: S608
            [self.name, *records],
        )
        wanted = set(self.records)
        return {record: from_text(words) for record, words in self.cursor if record in wanted}

    def is_begun(self) -> bool:
        """Whether the index has records of these chunks."""
        self.cursor.execute(
            "SELECT 1 FROM partners_searchrecord WHERE listing = %s AND record_id BETWEEN %s AND %s LIMIT 1",
            [self.name, self.chunks[0] * CHUNK, (self.chunks[-1] + 1) * CHUNK - 1],
        )
        return self.cursor.fetchone() is not None

    def differences(self, old: dict, new: dict) -> tuple[type_of_places, type_of_places]:
        """Which records come under which words, and which leave them."""
        added: dict[tuple[int, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        removed: dict[tuple[int, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        fresh: dict[int, list[int]] = defaultdict(list)
        for record in self.records:
            before, after = old.get(record, {}), new.get(record, {})
            chunk, place = divmod(record, CHUNK)
            if not before:
                fresh[chunk].append(place)
            for kind in before.keys() | after.keys():
                was, now = before.get(kind, NO_WORDS), after.get(kind, NO_WORDS)
                if before and was != now:
                    was, now = with_beginnings(was), with_beginnings(now)
                for word in now - was if was else now:
                    added[chunk, kind][word].append(place)
                for word in was - now if was else ():
                    removed[chunk, kind][word].append(place)
        new_ones = {chunk: bits_of(places) for chunk, places in fresh.items()}
        return with_beginnings_of(as_sets(added), new_ones), as_sets(removed)

    def write_entries(self, added: type_of_places, removed: type_of_places, is_new: bool) -> None:
        changed = {
            (word, kind, chunk)
            for each in (added, removed)
            for (chunk, kind), words in each.items()
            for word in words
        }
        stored = {} if is_new else self.stored({word for word, *_ in changed})
        rows, gone = [], []
        for key in changed:
            word, kind, chunk = key
            before, place = stored.get(key, 0), (chunk, kind)
            after = before & ~removed.get(place, {}).get(word, 0) | added.get(place, {}).get(word, 0)
            if after:
                rows.append([self.name, *key, after.bit_count(), pack(after)])
            elif before:
                gone.append([self.name, *key])
        rows.sort(key=lambda row: row[1:4])
        self.cursor.executemany(
            "INSERT INTO partners_searchentry (listing, word, kind, chunk, records, places) "
            "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (listing, word, kind, chunk) "
            "DO UPDATE SET records = excluded.records, places = excluded.places",
            rows,
        )
        self.cursor.executemany(
            "DELETE FROM partners_searchentry WHERE listing = %s AND word = %s AND kind = %s AND chunk = %s",
            gone,
        )

    def stored(self, words: set[str]) -> dict[tuple[str, str, int], int]:
        """The records of the chunks under some words, as the index has them now."""
        found = {}
        for some in portions(sorted(words)):
            self.cursor.execute(
                "SELECT word, kind, chunk, places FROM partners_searchentry "  # noqa: S608 (marks of parameters)
                f"WHERE listing = %s AND chunk IN ({placeholders(self.chunks)}) AND word IN ({placeholders(some)})",
                [self.name, *self.chunks, *some],
            )
            found |= {(word, kind, chunk): unpack(places) for word, kind, chunk, places in self.cursor}
        return found

    def write_records(self, changed: set[int], new: dict[int, type_of_words]) -> None:
        self.cursor.executemany(
            "INSERT INTO partners_searchrecord (listing, record_id, words) VALUES (%s, %s, %s) "
            "ON CONFLICT (listing, record_id) DO UPDATE SET words = excluded.words",
            [[self.name, record, words_as_text(new[record])] for record in sorted(changed & new.keys())],
        )
        self.cursor.executemany(
            "DELETE FROM partners_searchrecord WHERE listing = %s AND record_id = %s",
            [[self.name, record] for record in sorted(changed - new.keys())],
        )


NO_WORDS: frozenset[str] = frozenset()


def with_beginnings(words: Iterable[str]) -> set[str]:
    return {*words, *(beginning for word in words for beginning in beginnings(word))}


def with_beginnings_of(places: type_of_places, fresh: dict[int, int]) -> type_of_places:
    """Sets of records with those of the beginnings of their words, for the records that the index did not have."""
    for (chunk, _kind), words in places.items():
        for word, records in list(words.items()):
            if records := records & fresh.get(chunk, 0):
                for beginning in beginnings(word):
                    words[beginning] = words.get(beginning, 0) | records
    return places


def as_sets(places: dict[tuple[int, str], dict[str, list[int]]]) -> type_of_places:
    return {place: {word: bits_of(those) for word, those in words.items()} for place, words in places.items()}


def portions(values: list, size: int = 5_000) -> Iterator[list]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def words_as_text(kinds: type_of_words) -> str:
    """The words of a record by their kinds, as one text."""
    return KIND_SEPARATOR.join(WORD_SEPARATOR.join((kind, *words)) for kind, words in kinds.items())


def from_text(text: str) -> type_of_words:
    """The opposite of `words_as_text`."""
    lines = (line.split(WORD_SEPARATOR) for line in text.split(KIND_SEPARATOR))
    return {kind: set(words) for kind, *words in lines}


def empty(connection) -> None:
    """Take everything out of the index."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM partners_searchentry")
        cursor.execute("DELETE FROM partners_searchrecord")


def declarations_of_texts(listings) -> str:
    """What the index follows from besides the data: the texts, how they are folded, and what codes are called."""
    declarations = [FOLDING_VERSION, CHUNK, version("pycountry")]
    for listing in listings:
        declarations.append(list(listing.facets_in_sets()))
        for text in listing.base_filters["q"].texts.texts:
            declarations.append((text.fields, text.weight, text.owner, str(text.rows and text.rows().query)))
            if isinstance(text.spoken, VocabularyNames):
                declarations.append([text.spoken.names(value) for value in text.spoken.values()])
    return str(declarations)
