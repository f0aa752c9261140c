"""Where in a text the words of a query stand: marks in the text as it is written, not as it is folded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from partners.folding import fold_with_places, is_mark, readings
from partners.languages import part
from partners.selection.search.queries import SearchTerm

# A text is shown whole up to this length, in letters; of a longer one, so much before and after each match.
LONGEST_WHOLE = 160
CONTEXT_LENGTH = 50


@dataclass(frozen=True)
class Piece:
    """A part of a text, and whether a query found it."""

    text: str
    marked: bool = False


class Marked:
    """A text with the words in it that meet terms of a query."""

    def __init__(self, text: str, terms: Iterable[SearchTerm]):
        self.text = text
        self.read = every_reading(text)
        self.spans = {term: merged(span for each in self.read for span in each.spans(term)) for term in terms}

    @cached_property
    def met(self) -> set[SearchTerm]:
        """The terms that stand in the text."""
        return {term for term, spans in self.spans.items() if spans}

    @cached_property
    def met_whole(self) -> set[SearchTerm]:
        """Those of whose words the last one does not only begin a word of the text."""
        return {term for term in self.met if any(each.has_whole(term) for each in self.read)}

    def pieces(self) -> list[Piece]:
        """The text as a whole."""
        return marked_pieces(self.text, 0, len(self.text), self.every_span())

    def excerpt(self) -> list[Piece]:
        """The text as a whole where it is short, otherwise what stands around the first match of each term."""
        if len(self.text) <= LONGEST_WHOLE:
            return self.pieces()
        windows = merged(self.window(*spans[0]) for spans in self.spans.values() if spans)
        pieces = [Piece("… ")] if windows and windows[0][0] > 0 else []
        for number, (start, end) in enumerate(windows):
            pieces += [Piece(" … ")] if number else []
            pieces += marked_pieces(self.text, start, end, self.every_span())
        return [*pieces, Piece(" …")] if windows and windows[-1][1] < len(self.text) else pieces

    def every_span(self) -> list[tuple[int, int]]:
        return merged(span for spans in self.spans.values() for span in spans)

    def window(self, start: int, end: int) -> tuple[int, int]:
        """A match with what stands around it, from one space to another."""
        first, last = max(start - CONTEXT_LENGTH, 0), min(end + CONTEXT_LENGTH, len(self.text))
        if first and (space := self.text.find(" ", first, start)) >= 0:
            first = space + 1
        if last < len(self.text) and (space := self.text.rfind(" ", end, last)) >= 0:
            last = space
        return first, last


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in their order, those that overlap as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def marked_pieces(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> list[Piece]:
    """The text from `start` to `end` in pieces, those within the spans marked."""
    pieces = []
    for first, last in spans:
        first, last = max(first, start), min(last, end)
        if first < last:
            pieces += [Piece(part(text, start, first)), Piece(part(text, first, last), True)]
            start = last
    return [piece for piece in [*pieces, Piece(part(text, start, end))] if piece.text]


# Names and summaries come again and again; so many of them take a few megabytes.
@lru_cache(maxsize=4_000)
def every_reading(text: str) -> tuple["ReadingOfText", ...]:
    """Every way to read a text, folded."""
    return tuple(ReadingOfText(reading) for reading in readings(text))


class ReadingOfText:
    """One way to read a text: its folded words, and where each letter of them stands."""

    def __init__(self, text: str):
        self.text = text
        folded, self.places = fold_with_places(text)
        self.folded = f" {folded} "

    def has_whole(self, term: SearchTerm) -> bool:
        return " " in term.words or any(
            f" {word} " in self.folded for word in (term.words, *term.other_forms)
        )

    def spans(self, term: SearchTerm) -> Iterator[tuple[int, int]]:
        """The parts of the text whose words meet a term."""
        for pattern in term.patterns:
            start = self.folded.find(pattern)
            while start >= 0:
                end = self.folded.index(" ", start + len(pattern.rstrip()))
                yield self.span(start, end - 1)
                start = self.folded.find(pattern, start + 1)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the text behind a part of the folded text, with the marks on its last letter."""
        last = self.places[end - 1] + 1
        while last < len(self.text) and is_mark(self.text[last]):
            last += 1
        return self.places[start], last
