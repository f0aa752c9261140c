"""What a reader asks for: the text of `q` as folded words."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from partners.folding import fold, is_unspaced, without_dots
from partners.selection.search.small_words import ASKING_WORDS, CONTRARIES, EVERY_CALLED, SMALL_WORDS

# A phrase between quotes, or what stands between spaces; a quote without a partner counts as a space.
PART = re.compile(r'(?P<minus>-?)"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+)')
QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))


# Words that end like a plural and are none.
NO_PLURALS = {"news", "this", "does", "always"}
# Endings of an English plural, and what the word for one of them ends with instead; and of words of one stem, such as
# "computing", "computer" and "computers", with how long the stem must be.
PLURAL_ENDINGS = {"ies": ("y",), "es": ("",), "s": ("",)}
OF_ONE_STEM = {"ing": ("er", "ers", "e"), "ers": ("ing",), "er": ("ing",)}
SHORTEST_PLURAL, SHORTEST_STEM = 3, 5


@dataclass(frozen=True)
class SearchTerm:
    """Words that stand one after another in a text; the last of them only begins a word, unless they are `whole`."""

    words: str
    whole: bool = False

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """What a folded text with a space before and after every word has in it, one of them at least."""
        if self.whole:
            return (f" {self.words} ",)
        return (f" {self.words}", *(f" {word} " for word in self.other_forms))

    @cached_property
    def other_forms(self) -> list[str]:
        """Other forms of the word that are meant too: one of several, or a word of the same stem. "laboratories" finds
        a laboratory, and "computers" what is about computing."""
        word = self.words
        if self.whole or not (word.isascii() and word.isalpha()) or word in NO_PLURALS:
            return []
        found = []
        if len(word) >= SHORTEST_PLURAL and not word.endswith("ss"):
            found += with_other_endings(word, PLURAL_ENDINGS, shortest=1)
        return found + with_other_endings(word, OF_ONE_STEM, SHORTEST_STEM)


def with_other_endings(word: str, endings: dict[str, tuple[str, ...]], shortest: int) -> list[str]:
    return [
        word.removesuffix(end) + other
        for end, others in endings.items()
        for other in others
        if word.endswith(end) and len(word) - len(end) >= shortest
    ]


@dataclass(frozen=True)
class Query:
    """What a row must have, and what it must not have."""

    wanted: tuple[SearchTerm, ...] = ()
    unwanted: tuple[SearchTerm, ...] = ()
    # All wanted words as one folded text, small ones too.
    text: str = ""
    blank: bool = True
    # How many wanted words every row has, because they are what the rows are called.
    called: int = 0

    def __bool__(self):
        return bool(self.terms)

    @property
    def terms(self) -> tuple[SearchTerm, ...]:
        """Everything that is to be looked for, wanted or not."""
        return self.wanted + self.unwanted


def runs(words: str) -> Iterator[str]:
    """The words of a folded text; letters of a script without spaces that follow one another stay together."""
    for unspaced, letters in groupby(words.split(), is_unspaced):
        run = list(letters)
        yield from [" ".join(run)] if unspaced else run


def parse(text: str, called: Collection[str] = ()) -> Query:
    """The terms of a query: words, "phrases in quotes", -words and -"phrases" to leave out; each once.

    Words that say nothing are wanted where there are no others; so are those in `called`, what all the rows are called.
    A question looks neither for what any kind of record is called nor for what it sets apart by "rather than".

    >>> parse('Oak -"Café Łódź" -no').unwanted
    (SearchTerm(words='cafe lodz', whole=True), SearchTerm(words='no', whole=False))
    """
    wanted: dict[SearchTerm, None] = {}
    unwanted: dict[SearchTerm, None] = {}
    quoted: set[SearchTerm] = set()
    text = without_contrary(without_dots(text.translate(QUOTES)).rstrip())
    for part in PART.finditer(text):
        if part["word"] is None:
            words, whole, minus = fold(part["phrase"]), True, bool(part["minus"])
        else:
            words, whole, minus = fold(part["word"]), False, part["word"].startswith("-")
        if not words:
            continue
        if minus:
            unwanted[SearchTerm(words, whole)] = None
        elif whole:
            wanted[SearchTerm(words, whole)] = None
            quoted.add(SearchTerm(words, whole))
        else:
            # What punctuation joins, as in "A&B", may stand apart in a text.
            ends = part.end() == len(text) and part["word"].isalnum()
            wanted |= {SearchTerm(word, is_one_letter(word) and not ends): None for word in runs(words)}
    asked_words = " ".join(term.words for term in wanted)
    telling = [term for term in wanted if term in quoted or term.words not in SMALL_WORDS]
    if any(term not in quoted and term.words in ASKING_WORDS for term in wanted):
        telling = [term for term in telling if term in quoted or term.words not in EVERY_CALLED] or telling
    asking = [term for term in telling if term in quoted or term.words not in called]
    everywhere = len(telling) - len(asking) if asking else 0
    return Query(tuple(asking or telling or wanted), tuple(unwanted), asked_words, not text, everywhere)


def without_contrary(text: str) -> str:
    """A query without what it sets apart: "contracts rather than MOUs" asks for contracts.

    >>> without_contrary("contracts rather than MOUs")
    'contracts'
    """
    return CONTRARIES.split(text, maxsplit=1)[0].rstrip() or text


def is_one_letter(word: str) -> bool:
    """Whether a word is a single letter. It begins a word only while it is typed, at the end of a query: "R&D" asks for
    no word that begins with an R."""
    return len(word) == 1 and not is_unspaced(word)
