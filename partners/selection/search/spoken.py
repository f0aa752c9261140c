"""What codes, days and years are called: the words that a page shows in their place, and synonyms of them."""

import datetime
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from django.conf import settings
from django.utils import translation
from django.utils.dates import MONTHS

from partners import places
from partners.folding import fold
from partners.vocabularies import Vocabulary, words_for

# Each name with the code of its language; "" where it belongs to none.
type_of_names = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Spoken:
    """A kind of stored values that pages show in words. Two of one kind are the same."""

    def names(self, value) -> type_of_names:
        """What one value is called."""
        raise NotImplementedError

    def values(self) -> Iterable:
        """The values that there can be."""
        raise NotImplementedError

    def having(self, *patterns: str) -> list:
        """The values of whose names one has one of the patterns; see `Term.patterns`."""
        names = folded_names(self)
        return list(dict.fromkeys(value for pattern in patterns for value in names.having(pattern)))


@dataclass(frozen=True)
class FoldedNames:
    """The folded names of every value as one text, a line for each with a space before and after it.

    There are tens of thousands of days, and a query may have dozens of phrases: looking through one text costs a
    hundredth of looking through as many. `starts` is where each line begins, and where the last one ends.
    """

    text: str
    starts: list[int]
    values: list

    def having(self, pattern: str) -> Iterator:
        place = self.text.find(pattern)
        while place >= 0:
            line = bisect_right(self.starts, place)
            yield self.values[line - 1]
            place = self.text.find(pattern, self.starts[line])


@cache
def folded_names(spoken: Spoken) -> FoldedNames:
    lines = [(f" {fold(name)} \n", value) for value in spoken.values() for name, _ in spoken.names(value)]
    starts = list(accumulate((len(line) for line, _ in lines), initial=0))
    return FoldedNames("".join(line for line, _ in lines), starts, [value for _, value in lines])


@dataclass(frozen=True)
class VocabularyNames(Spoken):
    """The terms of a vocabulary, by their labels and synonyms. Terms that say that nothing is known are not found."""

    vocabulary: type[Vocabulary]

    def names(self, value):
        return words_for(self.vocabulary(value)) if value in self.values() else ()

    def values(self):
        return [value for value in self.vocabulary.values if value != "unknown"]


class CountryNames(Spoken):
    """Countries by their codes."""

    def names(self, value):
        return places.words_for_country(value) if value else ()

    def values(self):
        return places.countries()


class RegionNames(Spoken):
    """States and provinces by their codes."""

    def names(self, value):
        return places.words_for_region(value) if value else ()

    def values(self):
        return places.regions()


class YearNames(Spoken):
    """Years."""

    def names(self, value):
        return ((str(value), ""),) if value else ()

    def values(self):
        return range(1000, 2101)


class DayNames(Spoken):
    """Days: "18 December 2025", with the month as each language has it."""

    FIRST, LAST = datetime.date(1990, 1, 1), datetime.date(2060, 1, 1)

    def names(self, value):
        if not value:
            return ()
        return tuple(
            (f"{value.day} {month} {value.year}", language) for month, language in months()[value.month]
        )

    def values(self) -> Iterator[datetime.date]:
        """Those that agreements of today may have; another one is found by its words, not as a phrase."""
        day = self.FIRST
        while day < self.LAST:
            yield day
            day += datetime.timedelta(days=1)


@cache
def months() -> dict[int, list[tuple[str, str]]]:
    """The names of each month with their languages."""
    found: dict[int, list[tuple[str, str]]] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for number, name in MONTHS.items():
                found.setdefault(number, []).append((str(name), language))
    return found
