"""What may have been meant by a query that finds nothing: words and names near to what was typed.

Only what is likelier than what was typed is offered: a word that stands anywhere in the directory is no mistake, most
mistakes leave the first letter alone, and few letters can only be wrong by one. Names and headings are likelier meant
than words of a summary, and words of another language than that of the page are not meant at all.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, product

from django.db import connections
from django.utils.translation import get_language
from rapidfuzz import process
from rapidfuzz.distance import OSA

from partners.engines.statements import placeholders
from partners.models.search import CHUNK
from partners.selection.search.bitmaps import places_of, unpack
from partners.selection.search.finding import Finder, public_hits
from partners.selection.search.kinds_of_text import FAR, LANGUAGES, NAME, SUMMARY_OF_ROW, TITLE, Text, Texts
from partners.selection.search.lookup import LAST, Wanted, looked_up
from partners.selection.search.queries import Query, parse
from partners.selection.search.reading import TextReader
from partners.selection.search.small_words import SMALL_WORDS
from partners.selection.search.texts import OF_EVERY_LISTING
from partners.selection.search.words import BEGINNING_MARK, WHOLE_NAME_MARK, whole, without_spaces
from partners.selection.terms import KINDS_OF_ORGANIZATION

MOST_SUGGESTED = 3
# For each word or name.
ALTERNATIVES = 3
# More words than these are not misspelt but something else.
MOST_MISSPELT = 3
MOST_COMBINED = 20
# Each costs a search.
MOST_SPELLINGS_TRIED = 5
# Words in capitals that are no longer than this are names made of first letters.
LONGEST_ACRONYM = 5
# A word of so many letters may be two that were written as one, each of so many at least. One query looks them all up.
SHORTEST_JOINED, LONGEST_JOINED, SHORTEST_PART = 7, 30, 2
PROSE = (SUMMARY_OF_ROW, FAR)


@dataclass(frozen=True)
class Near:
    """A word of the index near to one that was typed: in how many letters it differs, and how likely it is meant."""

    word: str
    edits: int
    prose: bool
    records: int
    in_name: bool = False

    @property
    def order(self) -> tuple:
        return self.edits, self.prose, -self.records, self.word


def suggest(
    texts: Texts, query: str, using: str, reader: TextReader | None = None, names_only: bool = False
) -> list[str]:
    """At most three other queries that find something in a listing, in the spelling of a name where they are one;
    with `names_only` those that are a name as a whole."""
    asked = parse(query)
    if not asked.wanted:
        return []
    index = Index(texts, using, reader)
    # A name that was meant as a whole leaves no doubt.
    ways = [whole_names(asked, index)]
    if not names_only:
        ways += [taken_apart(asked, index), respelled(asked, query, index)]
    for ranked in ways:
        if found := list(islice(finding(asked, sorted(ranked), index), MOST_SUGGESTED)):
            return found
    return []


def finding(asked: Query, ranked: list[tuple[float, str]], index: "Index") -> Iterator[str]:
    """Those of some queries that find something, as they are written."""
    tried = dict.fromkeys(text for _, text in ranked if text not in ("", asked.text))
    for text in islice(tried, MOST_SPELLINGS_TRIED):
        other = " ".join([index.as_written(text), *unwanted(asked)])
        if Finder(index.texts, other, index.using, index.reader).found().is_good:
            yield other


def whole_names(asked: Query, index: "Index") -> Iterator[tuple[float, str]]:
    """Names near to the query as a whole, with the number of differences; spaces do not count, nor what kind of
    organization it is."""
    typed = without_spaces(asked.text)
    names = index.names(typed[:1])
    for name, edits in nearest_choices(typed, names, allowed_in_name(typed)):
        yield edits, index.folded_name(name)
    for kind in filter(None, KINDS_OF_ORGANIZATION):
        shorter = {
            name.removesuffix(end): name for name in names if name.endswith(end := without_spaces(kind))
        }
        for name, edits in nearest_choices(typed, shorter, allowed_in_name(typed)):
            yield edits, index.folded_name(shorter[name]).removesuffix(kind)


def taken_apart(asked: Query, index: "Index") -> Iterator[tuple[float, str]]:
    """The query with a word that no row has taken apart into two that stand beside one another: "oakridge"."""
    words = asked.text.split()
    absent = [place for place, word in enumerate(words) if word in index.absent(words)]
    for place in absent if len(absent) <= MOST_MISSPELT else ():
        for pair in index.pairs(words[place]):
            yield 0, " ".join([*words[:place], pair, *words[place + 1 :]])


def respelled(asked: Query, query: str, index: "Index") -> Iterator[tuple[float, str]]:
    """The query with the words that nobody uses replaced by near ones, or left out where there is none."""
    words = asked.text.split()
    telling = [place for place, word in enumerate(words) if word not in SMALL_WORDS]
    unknown = [place for place in telling if words[place] in index.unknown(words)]
    if not unknown or len(unknown) > MOST_MISSPELT:
        return
    capitals = {word for word in query.split() if word.isupper()}
    near = [
        index.near(words[place], words[place].upper() in capitals)[:ALTERNATIVES] or [None]
        for place in unknown
    ]
    # Guesses with words left out besides say something only where they are names.
    if [None] in near:
        near = [
            [choice for choice in choices if choice and index.is_name(choice)] or [None] for choices in near
        ]
    if not any(any(choices) for choices in near):
        return
    for chosen in islice(product(*near), MOST_COMBINED):
        other = list(words)
        for place, choice in zip(unknown, chosen, strict=True):
            other[place] = choice.word if choice else ""
        edits = sum(choice.edits + 0.25 * choice.prose if choice else ALTERNATIVES for choice in chosen)
        yield edits, " ".join(filter(None, other))


def unwanted(asked: Query) -> list[str]:
    """What the query asks to leave out, as it is written in a query."""
    return [
        f'-"{term.words}"' if term.whole or " " in term.words else f"-{term.words}" for term in asked.unwanted
    ]


# How many letters may differ -----------------------------------------------------------------------------------------


def allowed_in_name(typed: str) -> int:
    return 0 if len(typed) < 4 else 1 if len(typed) < 8 else 2 if len(typed) < 12 else 3


def allowed_in_word(typed: str, word: str, prose: bool) -> int:
    """In a word of a name or heading, or of a longer text, where more words stand by chance."""
    length = max(len(typed), len(word))
    one, two = (7, 10) if prose else (4, 8)
    return 2 if length >= two else 1 if len(typed) >= one else 0


def nearest_choices(typed: str, choices: Iterable[str], allowed: int) -> list[tuple[str, int]]:
    """The choices that differ from what was typed in few letters, with the number of them, nearest first."""
    found = process.extract(typed, list(choices), scorer=OSA.distance, score_cutoff=allowed, limit=None)
    return sorted(((word, edits) for word, edits, _ in found), key=lambda pair: (pair[1], pair[0]))[
        :ALTERNATIVES
    ]


# What the index knows ------------------------------------------------------------------------------------------------


class Index:
    """The words and names of a listing, as far as a search asks for them."""

    def __init__(self, texts: Texts, using: str, reader: TextReader | None = None):
        self.texts, self.using, self.reader = texts, using, reader or TextReader(using)
        language = (get_language() or LANGUAGES[0]).split("-")[0]
        weights = dict.fromkeys(text.weight for text in texts.texts)
        self.kinds = [weight + ending for weight in weights for ending in ("", language)]
        self.found_absent: dict[tuple[str, ...], set[str]] = {}
        self.found_unknown: dict[tuple[str, ...], set[str]] = {}

    def ask(self, sql: str, parameters: list) -> list[tuple]:
        with connections[self.using].cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()

    def unknown(self, words: list[str]) -> set[str]:
        """Those of some words that stand nowhere in what a reader may see, and begin no word of the listing."""
        key = tuple(words)
        if key not in self.found_unknown:
            unknown = set(self.absent(words))
            if unknown and len(unknown) <= MOST_MISSPELT:
                unknown -= self.used_elsewhere(unknown)
            self.found_unknown[key] = unknown
        return self.found_unknown[key]

    def absent(self, words: list[str]) -> set[str]:
        """Those of some words that begin no word of what a reader may see of the listing."""
        key = tuple(words)
        if key not in self.found_absent:
            beginnings = {word: Wanted.beginning(word) for word in words}
            self.found_absent[key] = set(words) - self.standing(self.texts, beginnings)
        return self.found_absent[key]

    def pairs(self, word: str) -> list[str]:
        """Two words of the listing that stand beside one another, and that are a typed word without the space."""
        if not (SHORTEST_JOINED <= len(word) <= LONGEST_JOINED and word.isalpha()):
            return []
        parts = [(word[:end], word[end:]) for end in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1)]
        wanted = {part: Wanted.word(part) for pair in parts for part in pair}
        found = looked_up(self.texts.listing, wanted.values(), self.using)
        likely = [pair for pair in parts if (found[wanted[pair[0]]] & found[wanted[pair[1]]]).near]
        phrases = [" ".join(pair) for pair in likely[:MOST_SPELLINGS_TRIED]]
        return [
            each
            for each in phrases
            if Finder(self.texts, f'"{each}"', self.using, self.reader).found().is_good
        ]

    def standing(self, texts: Texts, words: dict[str, Wanted]) -> set[str]:
        """Those of some words under which a listing has a record that a reader may see."""
        found = looked_up(texts.listing, words.values(), self.using)
        seen = public_hits(texts, {word: found[wanted] for word, wanted in words.items()})
        return {word for word, hits in seen.items() if hits.anywhere}

    def used_elsewhere(self, words: set[str]) -> set[str]:
        """Those of some words that stand in any listing."""
        whole_ones = [texts.listing for texts in OF_EVERY_LISTING if texts.public is None]
        listings, marks = (placeholders(each) for each in (whole_ones, words))
        sql = (
            "SELECT DISTINCT word FROM partners_searchentry "  # noqa: S608 (marks of parameters)
            f"WHERE listing IN ({listings}) AND word IN ({marks})"
        )
        used = {word for (word,) in self.ask(sql, [*whole_ones, *sorted(words)])}
        for texts in OF_EVERY_LISTING:
            if texts.public is not None and texts is not self.texts and used != words:
                used |= self.standing(texts, {word: Wanted.word(word) for word in words - used})
        return used

    def near(self, typed: str, in_capitals: bool) -> list[Near]:
        """The words near to one that was typed, the likeliest first."""
        acronym = in_capitals and len(typed) <= LONGEST_ACRONYM
        if acronym and not self.texts.is_headed_by_name:
            return []
        known: dict[str, tuple[bool, int, bool]] = {}
        for word, kind, records in self.beginning(typed[:1]):
            if acronym and kind[0] not in (TITLE, NAME):
                continue
            prose, number, in_name = known.get(word, (True, 0, False))
            prose, in_name = prose and kind[0] in PROSE, in_name or kind[0] in (TITLE, NAME)
            known[word] = prose, number + records, in_name
        found = process.extract(typed, list(known), scorer=OSA.distance, score_cutoff=2, limit=None)
        near = [Near(word, edits, *known[word]) for word, edits, _ in found if word != typed]
        likely = [each for each in near if each.edits <= allowed_in_word(typed, each.word, each.prose)]
        return sorted(likely, key=lambda each: each.order)

    def is_name(self, near: Near) -> bool:
        """Whether a word stands in a name, such as that of an organization."""
        return self.texts.is_headed_by_name and near.in_name

    def beginning(self, letter: str) -> list[tuple[str, str, int]]:
        """The words that begin with a letter, in the language of the page, with how many records have them."""
        kinds = placeholders(self.kinds)
        rows = self.ask(
            "SELECT word, kind, SUM(records) FROM partners_searchentry "  # noqa: S608 (marks of parameters)
            f"WHERE listing = %s AND word >= %s AND word < %s AND kind IN ({kinds}) GROUP BY word, kind",
            [self.texts.listing, letter, letter + LAST, *self.kinds],
        )
        marked = (BEGINNING_MARK, " ")
        return [
            row for row in rows if row[0] not in SMALL_WORDS and not any(mark in row[0] for mark in marked)
        ]

    def names(self, letter: str) -> list[str]:
        """The names that begin with a letter, without their spaces."""
        kinds = placeholders(self.kinds)
        rows = self.ask(
            "SELECT DISTINCT word FROM partners_searchentry "  # noqa: S608 (marks of parameters)
            f"WHERE listing = %s AND word >= %s AND word < %s AND kind IN ({kinds})",
            [self.texts.listing, WHOLE_NAME_MARK + letter, WHOLE_NAME_MARK + letter + LAST, *self.kinds],
        )
        return [word.removeprefix(WHOLE_NAME_MARK) for (word,) in rows]

    def as_written(self, text: str) -> str:
        """A name as its record writes it, another text as it is."""
        name = self.written(WHOLE_NAME_MARK + without_spaces(text))
        asked = parse(name or "")
        # One with a minus in it may ask for something else.
        return name if name and asked.text and not asked.unwanted else text

    def folded_name(self, name: str) -> str:
        """A name without its spaces as one asks for it."""
        return parse(self.written(WHOLE_NAME_MARK + name) or "").text or name

    def written(self, word: str) -> str | None:
        rows = self.ask(
            "SELECT kind, chunk, places FROM partners_searchentry WHERE listing = %s AND word = %s "
            "ORDER BY kind DESC, chunk LIMIT 1",
            [self.texts.listing, word],
        )
        for kind, chunk, places in rows:
            record = chunk * CHUNK + places_of(unpack(places))[0]
            texts = [text for text in self.texts.texts if text.is_name and text.weight == kind[0]]
            for *_, written in read_texts(replace(self.texts, texts=tuple(texts)), [record]):
                if whole(written) == word:
                    return written
        return None


def read_texts(texts: Texts, records: list[int]) -> Iterator[tuple[int, Text, str, str]]:
    """Every text of some records, by a query for each kind: the record, what the text is, its language, the text."""
    fields = list(dict.fromkeys(field for text in texts.own for field in text.fields))
    rows = texts.model._default_manager.filter(pk__in=records).order_by().values("pk", *fields)
    for row in rows:
        for text in texts.own:
            for field in text.fields:
                for written, language in text.names(field, row[field]):
                    yield row["pk"], text, language, written
    for text in texts.related:
        rows = text.rows().filter(**{f"{text.owner}__in": records}).order_by()
        for owner, *values in rows.values_list(text.owner, *text.fields):
            for field, value in zip(text.fields, values, strict=True):
                for written, language in text.names(field, value):
                    yield owner, text, language, written
