"""The words under which a text stands in the index."""

from partners.folding import fold, further_words, is_unspaced
from partners.models.search import LONGEST_WORD

# A beginning of so many letters is a word of its own, as too many words begin so.
SHORT = 2
# Mark the beginnings, the whole of a name without its spaces, and the values of facets; no folded word holds them.
BEGINNING_MARK, WHOLE_NAME_MARK, VALUE_MARK = "*", "=", "#"


def words_of(text: str) -> set[str]:
    """Every word of a text, and pairs of neighbors where a script has no spaces."""
    folded = fold(text)
    words = folded.split()
    found = {
        word if len(word) <= LONGEST_WORD else shortened(word) for word in (*words, *further_words(text))
    }
    if not folded.isascii():
        found.update(pairs(words))
    return found


def beginnings(word: str) -> tuple[str, ...]:
    """The short beginnings of a word, as words of the index."""
    if word[:1] in ("", WHOLE_NAME_MARK, VALUE_MARK) or is_unspaced(word):
        return ()
    return tuple(word[:length] + BEGINNING_MARK for length in range(1, min(len(word), SHORT) + 1))


def shortened(words: str) -> str:
    """A word, or a pair of neighbors, cut to the length that the index holds."""
    return " ".join(word[:LONGEST_WORD] for word in words.split(" "))


def pairs(folded: list[str]) -> list[str]:
    """Neighbors of a script without spaces, as one word of the index."""
    return [
        shortened(f"{one} {other}")
        for one, other in zip(folded, folded[1:], strict=False)
        if is_unspaced(one) and is_unspaced(other)
    ]


def whole(name: str) -> str:
    """A name as one word of the index, however it is spaced."""
    return WHOLE_NAME_MARK + without_spaces(fold(name))


def place_of(facet: str, value: str) -> str:
    """A value of a facet as a word of the index, so that one look-up finds words and values."""
    return f"{VALUE_MARK}{facet}={value}"


def without_spaces(folded: str) -> str:
    return folded.replace(" ", "")[: 2 * LONGEST_WORD]
