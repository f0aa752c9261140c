"""Finding: the records of a listing that match a query, and in which order they stand."""

from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import and_, or_

from partners.selection.search.bitmaps import places_of, set_of
from partners.selection.search.closest import closest
from partners.selection.search.kinds_of_text import NAME, TITLE, Texts
from partners.selection.search.lookup import EVERYTHING, LAST, Hits, Parts, Wanted, looked_up
from partners.selection.search.phrases import Phrases
from partners.selection.search.queries import SearchTerm, parse
from partners.selection.search.reading import TextReader
from partners.selection.search.words import whole

# Of so many records it is looked up whether a reader may see them.
MOST_CHECKED = 2_000


@dataclass(frozen=True)
class Found:
    """What a query finds in a listing: sets of records. `tiers` divide those that match, the best ones first."""

    matching: int = 0
    tiers: tuple[int, ...] = ()
    # Where nothing has all the words: how many of them each row has, of how many.
    met: int = 0
    asked: int = 0
    # Which records have each term, and in what kind of text.
    hits: dict[SearchTerm, Hits] = field(default_factory=dict)
    # The same for the words themselves, without those that only begin so.
    whole: dict[SearchTerm, Hits] = field(default_factory=dict)
    # Phrases that count as their words, as there is too much to read.
    unread: tuple[SearchTerm, ...] = ()

    @property
    def unread_phrases(self) -> list[str]:
        """Where there are rows, the phrases of which it was not read whether each row has them."""
        return [term.words for term in self.unread] if self.matching else []

    @cached_property
    def keys(self) -> list[int]:
        """The primary keys of the records that match, in their order."""
        return places_of(self.matching)

    @property
    def all_tiers(self) -> list[int]:
        """The tiers, and after them the records that are in none."""
        return [*self.tiers, self.matching & ~reduce(or_, self.tiers, 0)]

    @property
    def is_good(self) -> bool:
        """Whether there are rows that have all of the words."""
        return bool(self.matching) and not self.is_closest

    @property
    def is_closest(self) -> bool:
        """Whether the rows have some of the words only."""
        return bool(self.matching) and self.met < self.asked


class Finder:
    """Evaluates one query over one listing. Costs a query for its words, and few more."""

    def __init__(self, texts: Texts, text: str, using: str, reader: TextReader | None = None):
        self.texts, self.using = texts, using
        self.text, self.asked = text, parse(text, texts.called)
        self.whole: dict[SearchTerm, Hits] = {}
        self.parts = {term: Parts(term) for term in self.asked.terms}
        self.phrases = Phrases(
            texts,
            (term for term, parts in self.parts.items() if parts.uncertain),
            reader or TextReader(using),
        )

    def found(self) -> Found:
        if not self.asked:
            return Found()
        exact, have = self.look_up()
        count = len(self.asked.wanted)
        # First among those that have the words of all terms.
        every = reduce(and_, (have[term].anywhere for term in self.asked.wanted), self.everything)
        left, wanted = self.having(have, every)
        all_of_them = reduce(and_, (hits.anywhere for hits in wanted.values()), left)
        if matching := public(self.texts, all_of_them | exact):
            return Found(
                matching,
                self.tiers(matching, exact, wanted),
                count,
                count,
                wanted,
                self.whole,
                tuple(self.phrases.unread),
            )
        left, wanted = self.having(have, self.everything)
        wanted = public_hits(self.texts, wanted)
        best = closest(wanted, self.everything.bit_count())
        tiers, called = self.tiers(best.records, 0, wanted), self.asked.called
        return Found(
            best.records,
            tiers,
            best.met + called,
            count + called,
            wanted,
            self.whole,
            tuple(self.phrases.unread),
        )

    def having(self, have: dict[SearchTerm, Hits], among: int) -> tuple[int, dict[SearchTerm, Hits]]:
        """Of some records those without what is unwanted, and which of these have each wanted term."""
        hits = self.phrases.certain({term: have[term].among(among) for term in self.asked.unwanted})
        left = among & ~reduce(or_, (each.near for each in hits.values()), 0)
        return left, self.phrases.certain({term: have[term].among(left) for term in self.asked.wanted})

    def look_up(self) -> tuple[int, dict[SearchTerm, Hits]]:
        """The records that go by the name of the query, and those with the words of each term."""
        name = Wanted(whole(self.text))
        words = [word for parts in self.parts.values() for word in parts.words]
        found = looked_up(self.texts.listing, [Wanted(EVERYTHING), name, *words], self.using)
        self.everything = found[Wanted(EVERYTHING)].anywhere
        have = {term: parts.hits(found) for term, parts in self.parts.items()}
        self.whole = {term: parts.whole(found) for term, parts in self.parts.items()}
        named = found[name].title | found[name].name
        return self.exactly(named) if named and self.asked.unwanted else named, have

    def exactly(self, named: int) -> int:
        """Those of some records whose name is the query as it is written: a minus in it asks to leave words out."""
        rows = self.texts.model._default_manager.filter(pk__among=places_of(named)).order_by()
        written = self.text.casefold().strip()
        return set_of(
            pk for pk, name in rows.values_list("pk", self.texts.heading) if name.casefold() == written
        )

    # Order

    def tiers(self, matching: int, exact: int, wanted: dict[SearchTerm, Hits]) -> tuple[int, ...]:
        """The matching records by how good a match they are.

        Those that go by the name of the query come first, then those whose name begins with it, those with all its
        words in their name, in another name, those with some of its words in their name, those with all of them in
        what is said of themselves, those with what belongs to their agreements, and then the others. Of the last steps
        come first those with the words themselves: "MOU" is no beginning of "Mountain View" where there are MOUs.
        """
        if not wanted:
            return ()
        every = {
            weight: reduce(and_, (hits.sets.get(weight, 0) for hits in wanted.values()))
            for weight in (TITLE, NAME)
        }
        whole = [self.whole[term] & hits for term, hits in wanted.items()]
        steps = (
            exact,
            self.beginning(every[TITLE] & matching),
            every[TITLE],
            every[NAME],
            reduce(or_, (hits.title for hits in wanted.values())),
            reduce(and_, (hits.of_itself for hits in whole)),
            reduce(and_, (hits.near for hits in whole)),
            reduce(and_, (hits.of_itself for hits in wanted.values())),
            reduce(and_, (hits.near for hits in wanted.values())),
        )
        placed, tiers = 0, []
        for step in steps:
            tiers.append(step & matching & ~placed)
            placed |= step
        return tuple(tiers)

    def beginning(self, records: int) -> int:
        """Those of some records whose title begins with the query."""
        if not records:
            return 0
        title, text = self.texts.title, self.asked.text
        rows = self.texts.model._default_manager.filter(
            **{f"{title}__gte": text, f"{title}__lt": text + LAST}
        )
        if records.bit_count() <= MOST_CHECKED:
            rows = rows.filter(pk__among=places_of(records))
        return records & set_of(rows.order_by().values_list("pk", flat=True))


# What is hidden


def public(texts: Texts, records: int) -> int:
    """Those of some records that a reader may see. Of very many there are some, and the listing leaves out others."""
    return records if records.bit_count() > MOST_CHECKED else records & ~hidden(texts, records)


def public_hits(texts: Texts, hits: dict) -> dict:
    """The records with each of some words that a reader may see, as `public` gives them, by one query for all words."""
    few = {word: each for word, each in hits.items() if each.anywhere.bit_count() <= MOST_CHECKED}
    unseen = hidden(texts, reduce(or_, (each.anywhere for each in few.values()), 0))
    return hits | {word: each.among(~unseen) for word, each in few.items()}


def hidden(texts: Texts, records: int) -> int:
    """Those of some records that the index holds and no reader may see."""
    if texts.public is None or not records:
        return 0
    rows = texts.public().filter(pk__among=places_of(records))
    return records & ~set_of(rows.values_list("pk", flat=True))
