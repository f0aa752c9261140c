"""Finding: the records of a listing that match a query, and in which order they stand."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import and_, or_

from django.db.models import Q, QuerySet

from partners.selection.search.bitmaps import places_of, set_of
from partners.selection.search.closest import closest
from partners.selection.search.lookup import EVERYTHING, Hits, Parts, Wanted, looked_up
from partners.selection.search.queries import Term, parse
from partners.selection.search.texts import NAME, TITLE, Text, Texts
from partners.selection.search.words import whole

# Whether words stand beside one another is read in the texts: of so many records each by itself, of more records by
# reading all texts of the listing, which one search does a few times at most. Beyond that it is enough to have them.
FEW = 2_000
MOST_READINGS = 2


@dataclass(frozen=True)
class Found:
    """What a query finds in a listing: sets of records. `tiers` divide those that match, the best ones first."""

    matching: int = 0
    tiers: tuple[int, ...] = ()
    # Where nothing has all the words: how many of them each row has, of how many.
    met: int = 0
    asked: int = 0
    # Which records have each term, and in what kind of text.
    hits: dict[Term, Hits] = field(default_factory=dict)
    # The same for the words themselves, without those that only begin so.
    whole: dict[Term, Hits] = field(default_factory=dict)

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

    def __init__(self, texts: Texts, text: str, using: str):
        self.texts, self.using = texts, using
        self.text, self.asked = text, parse(text, texts.called)
        self.whole: dict[Term, Hits] = {}
        self.parts = {term: Parts(term) for term in self.asked.terms}
        self.readings = 0

    def found(self) -> Found:
        if not self.asked:
            return Found()
        exact, have = self.look_up()
        count = len(self.asked.wanted)
        # First among those that have the words of all terms.
        every = reduce(and_, (have[term].anywhere for term in self.asked.wanted), self.everything)
        left, wanted = self.having(have, every)
        all_of_them = reduce(and_, (hits.anywhere for hits in wanted.values()), left)
        if matching := self.public(all_of_them | exact):
            return Found(matching, self.tiers(matching, exact, wanted), count, count, wanted, self.whole)
        left, wanted = self.having(have, self.everything)
        wanted = {term: hits.among(self.public(hits.anywhere)) for term, hits in wanted.items()}
        best = closest(wanted, self.everything.bit_count())
        tiers, called = self.tiers(best.records, 0, wanted), self.asked.called
        return Found(best.records, tiers, best.met + called, count + called, wanted, self.whole)

    def having(self, have: dict[Term, Hits], among: int) -> tuple[int, dict[Term, Hits]]:
        """Of some records those without what is unwanted, and which of these have each wanted term."""
        unwanted = reduce(or_, (self.certain(t, have[t], among).near for t in self.asked.unwanted), 0)
        left = among & ~unwanted
        return left, {term: self.certain(term, have[term], left) for term in self.asked.wanted}

    def look_up(self) -> tuple[int, dict[Term, Hits]]:
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

    def public(self, records: int) -> int:
        """Those of some records that a reader may see. Of very many there are some, and the listing leaves out others."""
        if self.texts.public is None or not 0 < records.bit_count() <= FEW:
            return records
        return set_of(self.texts.public().filter(pk__among=places_of(records)).values_list("pk", flat=True))

    # Phrases

    def certain(self, term: Term, hits: Hits, among: int) -> Hits:
        """Those of some records with a term, from those that have its words in texts of one kind."""
        hits = hits.among(among)
        if not self.parts[term].uncertain or not hits.anywhere:
            return hits
        if hits.anywhere.bit_count() > FEW:
            if self.readings >= MOST_READINGS:
                return hits
            self.readings += 1
        return Hits({weight: self.reading(term, weight, found) for weight, found in hits.sets.items()})

    def reading(self, term: Term, weight: str, records: int) -> int:
        """Those of some records in one of whose texts, of one kind, a term stands."""
        if not records:
            return 0
        few = places_of(records) if records.bit_count() <= FEW else None
        texts = [text for text in self.texts.texts if text.weight == weight]
        own = [text for text in texts if text.rows is None]
        found = self.own_having(own, term, few) if own else 0
        for text in texts:
            if text.rows is not None:
                found |= set_of(filter(None, owners(text, term, few)))
        return found & records

    def own_having(self, texts: list[Text], term: Term, few: list[int] | None) -> int:
        rows = self.texts.model._default_manager.filter(
            reduce(or_, (text.having(*term.patterns) for text in texts))
        )
        rows = rows if few is None else rows.filter(pk__among=few)
        return set_of(rows.order_by().values_list("pk", flat=True))

    # Order

    def tiers(self, matching: int, exact: int, wanted: dict[Term, Hits]) -> tuple[int, ...]:
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
        rows = self.texts.model._default_manager.filter(pk__among=places_of(records))
        rows = rows.filter(**{f"{self.texts.title}__startswith": self.asked.text})
        return set_of(rows.order_by().values_list("pk", flat=True))


def owners(text: Text, term: Term, few: list[int] | None) -> Iterable[int]:
    """The primary keys of the records with a term in such a text; of a few of them, or of all."""
    if few is not None:
        rows = text.rows().filter(text.having(*term.patterns), **{f"{text.owner}__in": few})
    else:
        rows = text.rows().filter(narrowed(text, term))
    return rows.order_by().values_list(text.owner, flat=True)


def narrowed(text: Text, term: Term) -> Q:
    """That rows have a term in their text, each relation on the way there as a subquery and not as a join: the few
    texts with the term are found first, whatever the engine thinks of its statistics."""
    path = (text.key or text.fields[0]).split("__")
    steps, model = [], text.rows().model
    for name in path[:-1]:
        field = model._meta.get_field(name)
        steps.append(field)
        model = field.related_model
    last = Text(text.label, (path[-1],), key=path[-1], spoken=text.spoken).having(*term.patterns)
    for field in reversed(steps):
        found: QuerySet = field.related_model._default_manager.filter(last).order_by()
        if field.one_to_many:
            last = Q(pk__in=found.values(field.field.name))
        else:
            last = Q(**{f"{field.name}__in": found.values("pk")})
    return last
