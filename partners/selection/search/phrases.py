"""Phrases: which records of a listing have some words beside one another, of those that have them all in texts of one
kind.

The texts themselves are asked (`reading.py`), of so many records at most that no search costs much more than another
one. Beyond that it is enough to have the words, and the page says so.
"""

from collections.abc import Iterable
from functools import reduce
from operator import or_

from partners.selection.search.bitmaps import places_of
from partners.selection.search.kinds_of_text import Text, Texts
from partners.selection.search.lookup import Hits
from partners.selection.search.queries import SearchTerm
from partners.selection.search.reading import (
    TextReader,
    model_at_end,
    path_of,
    records_having,
    type_of_records,
)

# So many phrases of a query are read in the texts, and so many records for them, each kind of text counted. A listing
# counts what it would read if nobody else had, so that it finds the same wherever it is asked.
MOST_PHRASES = 4
MOST_RECORDS_READ = 50_000


class Phrases:
    """Reads the phrases of one query in the texts of one listing."""

    def __init__(self, texts: Texts, phrases: Iterable[SearchTerm], reader: TextReader):
        self.texts, self.phrases, self.reader = texts, list(phrases), reader
        # The same ones for every list, so that they share what is read.
        self.read_ones = self.phrases[:MOST_PHRASES]
        self.left = MOST_RECORDS_READ
        self.known: dict[tuple[str, SearchTerm], tuple[int, int]] = {}
        # Those of which some record has the words, and nobody read whether they stand beside one another.
        self.unread: dict[SearchTerm, None] = {}

    def certain(self, hits: dict[SearchTerm, Hits]) -> dict[SearchTerm, Hits]:
        """Which records have each term, from those that have its words in texts of one kind."""
        asked = {term: hits[term] for term in self.phrases if term in hits and hits[term].anywhere}
        self.unread |= dict.fromkeys(term for term in asked if term not in self.read_ones)
        # The rarest first: what is left goes further.
        to_read = [term for term in self.read_ones if term in asked]
        rarest = sorted(to_read, key=lambda term: asked[term].anywhere.bit_count())
        sets: dict[SearchTerm, dict[str, int]] = {term: {} for term in rarest}
        for weight in dict.fromkeys(text.weight for text in self.texts.texts):
            may_have = {term: asked[term].sets[weight] for term in sets if asked[term].sets.get(weight)}
            for term, records in self.having(weight, may_have).items():
                sets[term][weight] = records
        return hits | {term: Hits(found) for term, found in sets.items()}

    def having(self, weight: str, may_have: type_of_records) -> type_of_records:
        """The records with each phrase in a text of one kind, of those that may have it."""
        found, to_read = {}, {}
        for term, records in may_have.items():
            looked_at, having = self.known.get((weight, term), (0, 0))
            if not records & ~looked_at:
                found[term] = having & records
            elif self.can_be_read(weight, term, records):
                to_read[term] = records
            else:
                self.unread[term] = None
                found[term] = records
        for term, having in self.read(weight, to_read).items():
            found[term] = having & to_read[term]
            self.known[weight, term] = (to_read[term], found[term])
        return found

    def can_be_read(self, weight: str, term: SearchTerm, records: int) -> bool:
        """Whether a phrase can be read in a kind of text; takes what it costs from what is left."""
        own, related = self.of_weight(weight)
        columns = {(model_at_end(text), path_of(text)[-1]): text for text in related if not text.spoken}
        cost = sum(self.reader.amounts(text, self.read_ones)[term] for text in columns.values())
        cost += 0 if all(text.spoken for text in own) else records.bit_count()
        if cost > self.left:
            return False
        self.left -= cost
        return True

    def of_weight(self, weight: str) -> tuple[list[Text], list[Text]]:
        """The texts of one kind: those in the record itself, and the others."""
        texts = [text for text in self.texts.texts if text.weight == weight]
        return [text for text in texts if text.rows is None], [
            text for text in texts if text.rows is not None
        ]

    def read(self, weight: str, may_have: type_of_records) -> type_of_records:
        """The records with each phrase in a text of one kind, of those that may have it at least."""
        found = dict.fromkeys(may_have, 0)
        if not may_have:
            return found
        own, related = self.of_weight(weight)
        each_text = [self.reader.owners(text, list(may_have)) for text in related]
        model = self.texts.model
        for text in {text.key: text for text in own if not text.spoken}.values():
            each_text.append(self.reader.read_among(model, text, may_have))
        if spoken := [text for text in own if text.spoken]:
            rows = model._default_manager.filter(pk__among=places_of(reduce(or_, may_have.values())))
            conditions = {
                term: reduce(or_, (text.having(*term.patterns) for text in spoken)) for term in may_have
            }
            each_text.append(records_having(rows.order_by(), conditions))
        return {term: reduce(or_, (those[term] for those in each_text), 0) for term in found}
