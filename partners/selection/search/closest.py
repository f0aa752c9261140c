"""The closest rows where none has all the words of a query."""

from dataclasses import dataclass
from math import log

from partners.selection.search.lookup import Hits
from partners.selection.search.queries import SearchTerm

# One word says something where so few rows have it, or one row in so many.
RARE, RARE_OF = 8, 100
# Sets of words that are looked at before the best so far is taken; the likeliest come first.
MOST_SETS_TRIED = 2_000
# Weights that differ by less are the same.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Closest:
    """The records that match best, and how many of the words each of them has."""

    records: int = 0
    met: int = 0


def closest(wanted: dict[SearchTerm, Hits], total: int) -> Closest:
    """The records with the words that together are the rarest; none where that is one common word alone.

    A word counts for as much as it is rare, so that a name outweighs "the", "of" and "for" together.
    """
    words = [(hits.anywhere, hits.title) for hits in wanted.values() if hits.anywhere]
    if len(wanted) < 2 or not words:
        return Closest()
    weighed = sorted(((weight(found, total), found) for found, _ in words), key=lambda word: -word[0])
    best = heaviest(weighed)
    return best if says_something(best, len(wanted), total) else Closest()


def weight(records: int, total: int) -> float:
    return log(1 + total / records.bit_count())


def heaviest(weighed: list[tuple[float, int]]) -> Closest:
    """The records with the heaviest set of words, or with another one that weighs the same; from heavy to light."""
    left = [sum(heavy for heavy, _ in weighed[place:]) for place in range(len(weighed) + 1)]
    best, most = Closest(), 0.0
    # What is still to be tried: the next word, the records so far (None for all), their weight and number of words.
    tried: list[tuple[int, int | None, float, int]] = [(0, None, 0.0, 0)]
    for _ in range(MOST_SETS_TRIED):
        if not tried:
            break
        place, records, heavy, met = tried.pop()
        if not heavy + left[place] or heavy + left[place] < most - TOLERANCE:
            continue
        if place == len(weighed):
            also = best.records if heavy < most + TOLERANCE else 0
            best, most = Closest((records or 0) | also, met), max(heavy, most)
            continue
        more, found = weighed[place]
        with_it = found if records is None else records & found
        tried.append((place + 1, records, heavy, met))
        if with_it:
            tried.append((place + 1, with_it, heavy + more, met + 1))
    return best


def says_something(best: Closest, asked: int, total: int) -> bool:
    """Whether records have most of the words, or are so few that it cannot be chance."""
    few = best.records.bit_count() <= max(RARE, total / RARE_OF)
    return few or (best.met > 1 and 2 * best.met > asked)
