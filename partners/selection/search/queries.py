"""What a reader asks for: the text of `q` as folded words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from partners.folding import fold, is_unspaced

# A phrase between quotes, or what stands between spaces; a quote without a partner counts as a space.
PART = re.compile(r'(?P<minus>-?)"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+)')
QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))


@dataclass(frozen=True)
class Term:
    """Words that stand one after another in a text; the last of them only begins a word, unless they are `whole`."""

    words: str
    whole: bool = False

    @property
    def pattern(self) -> str:
        """What a folded text with a space before and after every word has in it."""
        return f" {self.words} " if self.whole else f" {self.words}"


@dataclass(frozen=True)
class Query:
    """What a row must have, and what it must not have."""

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()
    blank: bool = True

    def __bool__(self):
        return bool(self.terms)

    @property
    def terms(self) -> tuple[Term, ...]:
        """Everything that is to be looked for, wanted or not."""
        return self.wanted + self.unwanted

    @cached_property
    def text(self) -> str:
        """The wanted words as one folded text."""
        return " ".join(term.words for term in self.wanted)


def runs(words: str) -> Iterator[str]:
    """The words of a folded text; letters of a script without spaces that follow one another stay together."""
    for unspaced, letters in groupby(words.split(), is_unspaced):
        run = list(letters)
        yield from [" ".join(run)] if unspaced else run


def parse(text: str) -> Query:
    """The terms of a query: words, "phrases in quotes", -words and -"phrases" to leave out; each once.

    >>> parse('Oak -"Café Łódź" -no').unwanted
    (Term(words='cafe lodz', whole=True), Term(words='no', whole=False))
    """
    wanted: dict[Term, None] = {}
    unwanted: dict[Term, None] = {}
    for part in PART.finditer(text.translate(QUOTES)):
        if part["word"] is None:
            words, whole, minus = fold(part["phrase"]), True, bool(part["minus"])
        else:
            words, whole, minus = fold(part["word"]), False, part["word"].startswith("-")
        if not words:
            continue
        if minus:
            unwanted[Term(words, whole)] = None
        elif whole:
            wanted[Term(words, whole)] = None
        else:
            # What punctuation joins, as in "A&B", may stand apart in a text.
            wanted |= dict.fromkeys(map(Term, runs(words)))
    return Query(tuple(wanted), tuple(unwanted), blank=not text.strip())
