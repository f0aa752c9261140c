"""Looking up words in the index: which records of a listing have them, and where."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import and_, or_

from django.db import connections

from partners.folding import is_unspaced
from partners.selection.search.bitmaps import joined_chunks, unpack
from partners.selection.search.kinds_of_text import FAR, NAME, OF_ITSELF, TITLE
from partners.selection.search.queries import SearchTerm
from partners.selection.search.words import BEGINNING_MARK, SHORT, pairs, shortened

# Under this word stands every record of a listing.
EVERYTHING = ""
LAST = "\U0010ffff"
# So many words are looked up by one query: more than a search usually has.
WORDS_PER_QUERY = 60


@dataclass(frozen=True)
class Hits:
    """The records with a word: a set for each kind of text in which it stands."""

    sets: dict[str, int] = field(default_factory=dict)

    @cached_property
    def anywhere(self) -> int:
        return reduce(or_, self.sets.values(), 0)

    @cached_property
    def near(self) -> int:
        """Those with the word in what is said of the record, or names what belongs to its agreements."""
        return reduce(or_, (records for weight, records in self.sets.items() if weight != FAR), 0)

    @cached_property
    def of_itself(self) -> int:
        """Those with the word in what is said of the record itself."""
        return reduce(or_, (self.sets.get(weight, 0) for weight in OF_ITSELF))

    @property
    def title(self) -> int:
        return self.sets.get(TITLE, 0)

    @property
    def name(self) -> int:
        return self.sets.get(NAME, 0)

    def __or__(self, other: "Hits") -> "Hits":
        return Hits({k: self.sets.get(k, 0) | other.sets.get(k, 0) for k in {**self.sets, **other.sets}})

    def __and__(self, other: "Hits") -> "Hits":
        """The records with both words in the same kind of text."""
        return Hits({k: self.sets[k] & other.sets[k] for k in self.sets.keys() & other.sets.keys()})

    def among(self, records: int) -> "Hits":
        return Hits({weight: found & records for weight, found in self.sets.items()})


@dataclass(frozen=True)
class Wanted:
    """Words of the index between two bounds, the second not included; one word where there is only that."""

    low: str
    high: str = ""

    @classmethod
    def word(cls, word: str) -> "Wanted":
        return cls(shortened(word))

    @classmethod
    def beginning(cls, word: str) -> "Wanted":
        """All words that begin so. Short beginnings are words of the index themselves."""
        if len(word) <= SHORT and not is_unspaced(word):
            return cls(word + BEGINNING_MARK)
        return cls(shortened(word), shortened(word) + LAST)


def looked_up(listing: str, words: Iterable[Wanted], using: str) -> dict[Wanted, Hits]:
    """The records of a listing with each of some words, by a query for some dozens of words."""
    words = list(dict.fromkeys(words))
    found: dict[Wanted, Hits] = {}
    for start in range(0, len(words), WORDS_PER_QUERY):
        found |= look_up(listing, words[start : start + WORDS_PER_QUERY], using)
    return found


def look_up(listing: str, words: list[Wanted], using: str) -> dict[Wanted, Hits]:
    parts, parameters = [], []
    for number, word in enumerate(words):
        bounds = "word >= %s AND word < %s" if word.high else "word = %s"
        parts.append(
            f"SELECT {number}, kind, chunk, places FROM partners_searchentry "  # noqa: S608 (texts of this file)
            f"WHERE listing = %s AND {bounds}"
        )
        parameters += [listing, word.low, *([word.high] if word.high else [])]
    chunks: dict[tuple[int, str], dict[int, int]] = {}
    with connections[using].cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        for number, kind, chunk, places in cursor:
            records = chunks.setdefault((number, kind[0]), {})
            records[chunk] = records.get(chunk, 0) | unpack(places)
    sets: dict[int, dict[str, int]] = {}
    for (number, weight), records in chunks.items():
        sets.setdefault(number, {})[weight] = joined_chunks(records)
    return {word: Hits(sets.get(number, {})) for number, word in enumerate(words)}


class Parts:
    """The words of the index that a term is made of: each of `every` must be there, or one of `others`."""

    def __init__(self, term: SearchTerm):
        words = term.words.split()
        neighbors = pairs(words)
        # Where a script has no spaces, its pairs of letters say more than the letters.
        *before, end = neighbors if len(neighbors) == len(words) - 1 > 0 else words
        self.every = [*map(Wanted.word, before), Wanted.word(end) if term.whole else Wanted.beginning(end)]
        self.others = [Wanted.word(word) for word in term.other_forms]
        # The word itself. Letters of a script without spaces are never only the beginning of a word.
        self.as_typed = self.every if len(words) > 1 else [Wanted.word(end)]
        # Whether a record with all of them may still be without the term.
        self.uncertain = len(self.every) > 1

    @property
    def words(self) -> list[Wanted]:
        """Everything that is to be looked up."""
        return [*self.every, *self.others, *self.as_typed]

    def hits(self, found: dict[Wanted, Hits]) -> Hits:
        return self.having(self.every, found)

    def whole(self, found: dict[Wanted, Hits]) -> Hits:
        """The records that have the word itself, or another form of it, and not only words that begin with it."""
        return self.having(self.as_typed, found)

    def having(self, every: list[Wanted], found: dict[Wanted, Hits]) -> Hits:
        together = reduce(and_, (found[word] for word in every))
        return reduce(or_, (found[word] for word in self.others), together)
