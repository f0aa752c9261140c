"""One search over every kind of record: which rows of each kind a query finds, and how well its best one meets it."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, reduce
from itertools import islice
from operator import or_

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from partners.folding import fold, readings
from partners.selection.listings import Listing
from partners.selection.search import Search
from partners.selection.search.bitmaps import places_of
from partners.selection.search.finding import MOST_CHECKED, Found
from partners.selection.search.marking import Marked
from partners.selection.search.queries import Query, SearchTerm, parse
from partners.selection.search.reading import TextReader
from partners.selection.search.reasons import Candidates, Match
from partners.selection.search.words import whole

# So many rows are looked up at once whether they are public.
PORTION = 50
# So many records are sorted by the database; of more, all that are indexed are walked through in their order. Records
# whose name begins alike stand together there, far from the first.
MOST_SORTED = 20_000
# How well a row meets a query; the smaller, the better.
(
    ITS_NAME,
    NAME_BEGINS,
    ITS_FACT,
    IN_NAME,
    IN_OTHER_NAME,
    TOGETHER,
    IN_WHAT_IS_SHOWN,
    PARTLY_NAMED,
    ELSEWHERE,
    MENTIONED,
) = range(10)
# What a text is to a row that goes by it, in every language; and what a page says of a row in sentences.
NAME_LABELS = (_("Name"), _("Title"), _("Legal name"), _("Also known as"))
SHOWN_TEXTS = (_("Summary"), _("Description"))
PUBLISHER = _("Publisher")


@dataclass(frozen=True)
class Hit:
    """Something that was found: where it is, why it was found, how well it meets the query, and what to say of it."""

    slug: str
    name: str
    address: str
    match: Match
    closeness: int
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """Something that is in no listing but can be found: a sector, or a page of the site.

    `texts` are what else it is found by, each with what it is to the entry; `anchors` says of some of these texts where
    on the page of the entry they stand.
    """

    slug: str
    name: str
    summary: str
    address: str
    facts: tuple[str, ...] = ()
    texts: tuple[tuple[str | Promise, str], ...] = ()
    anchors: dict[str, str] = field(default_factory=dict)

    @cached_property
    def names(self) -> list[str]:
        """What it goes by."""
        return [self.name, *(text for label, text in self.texts if label in NAME_LABELS)]

    @cached_property
    def whole_names(self) -> set[str]:
        """The same, each as one word of the index."""
        return {whole(name) for name in self.names}

    @cached_property
    def folded(self) -> str:
        """Everything it is found by, in every reading."""
        return "\n".join(map(padded, (self.name, self.summary, *(text for _label, text in self.texts))))


@dataclass(frozen=True)
class Row:
    """A row that was found: its primary key, its slug, and the tier in which its listing has it."""

    pk: int
    slug: str
    tier: int


class Best:
    """What a query finds in one listing, best first: how many rows, and the first of them, whatever their number.

    Where no row has all its words, these are the closest. `reader` has read texts for other lists of the same page.
    """

    def __init__(self, listing: type[Listing], query: str, reader: TextReader | None = None):
        parameters = QueryDict(mutable=True)
        parameters["q"] = query
        self.filters = listing(parameters, queryset=listing.everything())
        self.filters.reader = reader or self.filters.reader
        self.query = query.strip()
        self.search: Search = self.filters.filters["q"]
        self.found: Found = self.search.find(self.query)

    @property
    def is_closest(self) -> bool:
        return self.found.is_closest

    @cached_property
    def count(self) -> int:
        if not self.found.matching or self.filters.indexed_exactly:
            return self.found.matching.bit_count()
        return self.filters.queryset.filter(pk__among=self.found.keys).order_by().count()

    def rows(self, first: int, most: int) -> list[Row]:
        """So many rows, from a place on, in the order of the page of the listing."""
        wanted = first + most
        found: list[Row] = []
        for tiers in self.portions(wanted):
            together = reduce(or_, tiers.values())
            rows = [
                Row(pk, slug, next(number for number, tier in tiers.items() if tier >> pk & 1))
                for pk, slug in islice(
                    self.in_order(together), None if len(tiers) > 1 else wanted - len(found)
                )
            ]
            found += sorted(rows, key=lambda row: row.tier)
            if len(found) >= wanted:
                break
        return found[first:wanted]

    def portions(self, wanted: int) -> Iterator[dict[int, int]]:
        """The tiers by their numbers, the best first, as many at once as can be read whole: most have few records."""
        portion: dict[int, int] = {}
        size = 0
        for number, tier in enumerate(self.found.all_tiers):
            if portion and (size >= wanted or size + tier.bit_count() > MOST_CHECKED):
                yield portion
                portion, size = {}, 0
            if tier:
                portion[number] = tier
                size += tier.bit_count()
        if portion:
            yield portion

    def in_order(self, records: int) -> Iterator[tuple[int, str]]:
        """Some records, by key and slug, in the default order of the listing; of very many, all that are indexed are
        walked through until enough of them are public."""
        if records.bit_count() <= (MOST_SORTED if self.filters.indexed_exactly else MOST_CHECKED):
            rows = self.ordered(self.filters.queryset.filter(pk__among=places_of(records)))
            yield from rows.iterator(chunk_size=PORTION)
            return
        indexed = self.filters.queryset if self.filters.indexed_exactly else self.filters.members()
        walk = (
            row for row in self.ordered(indexed).iterator(chunk_size=MOST_CHECKED) if records >> row[0] & 1
        )
        while rows := list(islice(walk, PORTION)):
            yield from rows if self.filters.indexed_exactly else self.public(rows)

    def ordered(self, rows: QuerySet) -> QuerySet:
        return self.filters.filters["sort"].filter(rows, ()).values_list("pk", "slug")

    def public(self, rows: list[tuple[int, str]]) -> list[tuple[int, str]]:
        """Those of some rows that a reader may see."""
        seen = set(self.filters.queryset.filter(pk__in=[pk for pk, _ in rows]).values_list("pk", flat=True))
        return [row for row in rows if row[0] in seen]

    def explain(self, slugs: Iterable[str]) -> dict[str, Match]:
        """Why rows were found; see `Search.explain`."""
        return self.search.explain(self.query, slugs)


def matching_entries(entries: Iterable[Entry], query: str) -> list[Hit]:
    """The entries that a query finds, best first."""
    asked, name = parse(query), whole(query)
    hits = [hit for entry in entries if (hit := meet(entry, asked, query, name))]
    return sorted(hits, key=lambda hit: hit.closeness)


def meet(entry: Entry, asked: Query, query: str, name: str) -> Hit | None:
    """How an entry matches a query; None where it lacks a word of it, or has one that the query excludes.

    `name` is the query as one word of the index: an entry that is called so matches in any case.
    """
    named = goes_by(entry, asked, query, name)
    if not named and not (asked.wanted and all(stands(term, entry.folded) for term in asked.wanted)):
        return None
    if not named and any(stands(term, entry.folded) for term in asked.unwanted):
        return None
    candidates = Candidates(entry.name, entry.summary, asked)
    words = {asked.text, " ".join(term.words for term in asked.wanted)}
    found = [each for each in entry.texts if any(stands(term, padded(each[1])) for term in asked.wanted)]
    # What is called so says more than what mentions it.
    for label, text in sorted(found, key=lambda each: not begins(each[1], words)):
        candidates.add(label, text)
    match = candidates.match()
    address = entry.address + anchor(entry, match, words)
    close = ITS_NAME if named else closeness(match, asked, entry.slug)
    return Hit(entry.slug, entry.name, address, match, close, entry.facts)


def goes_by(entry: Entry, asked: Query, query: str, name: str) -> bool:
    """Whether a query is a name of an entry: letter by letter where a minus in it may also exclude words."""
    if asked.unwanted:
        return query.strip().casefold() in [each.casefold() for each in entry.names]
    return bool(asked.wanted) and name in entry.whole_names


def stands(term: SearchTerm, folded: str) -> bool:
    """Whether a term stands in a folded text."""
    return any(pattern in folded for pattern in term.patterns)


@lru_cache(maxsize=50_000)
def padded(text: str) -> str:
    """The readings of a text, each folded and on a line of its own, a space before and after every word."""
    return "\n".join(f" {fold(reading)} " for reading in readings(text))


def begins(text: str, words: Collection[str]) -> bool:
    """Whether a text begins with some folded words."""
    return f"{fold(text)} ".startswith(tuple(f"{each} " for each in words))


def anchor(entry: Entry, match: Match, words: Collection[str]) -> str:
    """Where on its page stands what says why an entry was found, or else what is called as the query; nothing where only
    its name and summary say it."""
    texts = [reason.text for reason in match.reasons] or [
        text for text in entry.anchors if begins(text, words)
    ]
    places = [entry.anchors[text] for text in texts if text in entry.anchors]
    return f"#{places[0]}" if places else ""


# How close the rows of the first tiers of a listing are; see `Finder.tiers`.
OF_TIERS = (ITS_NAME, NAME_BEGINS, IN_NAME, IN_OTHER_NAME)


def closeness(
    match: Match, asked: Query, slug: str = "", facts: Collection[str] = (), tier: int = ELSEWHERE
) -> int:
    """How well a row meets a query, from what a page says of why it was found, and its slug, which is a short name.

    `facts` are what the texts of the row itself are to it, such as its city; `tier` is that in which its listing has it.
    """
    named = OF_TIERS[tier] if tier < len(OF_TIERS) and asked.wanted else ELSEWHERE
    return min(named, closeness_said(match, asked, slug, facts))


def closeness_said(match: Match, asked: Query, slug: str, facts: Collection[str]) -> int:
    heading = "".join(piece.text for piece in match.heading)
    summary = "".join(piece.text for piece in match.summary)
    names = [heading, *(reason.text for reason in match.reasons if reason.label in NAME_LABELS)]
    folded, wanted = [fold(name) for name in names], set(asked.wanted)
    met = Marked(heading, asked.wanted).met
    if asked.text in (*folded, fold(slug)):
        return ITS_NAME
    if folded[0].startswith(asked.text):
        return NAME_BEGINS
    own = [fold(reason.text) for reason in match.reasons if reason.label in facts]
    if asked.text in own:
        return ITS_FACT
    if met == wanted:
        return IN_NAME
    if (
        any(Marked(name, asked.wanted).met == wanted for name in names[1:])
        or own
        and own[0].startswith(asked.text)
    ):
        return IN_OTHER_NAME
    if all(reason.label in SHOWN_TEXTS for reason in match.reasons):
        texts = [heading, summary, *(reason.text for reason in match.reasons)]
        return TOGETHER if any(f" {asked.text}" in f" {fold(text)}" for text in texts) else IN_WHAT_IS_SHOWN
    return PARTLY_NAMED if met else ELSEWHERE


def closeness_of_document(match: Match, asked: Query, slug: str = "", facts=(), tier: int = ELSEWHERE) -> int:
    """The same for a source: its title is a sentence, in which a word stands for little; its publisher is a name."""
    close = closeness(match, asked, slug, (), tier)
    publishers = [fold(reason.text) for reason in match.reasons if reason.label == PUBLISHER]
    if any(publisher.startswith(asked.text) for publisher in publishers):
        return IN_OTHER_NAME
    return close if close == ITS_NAME else MENTIONED
