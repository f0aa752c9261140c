"""What codes, days and years are called: the words that a page shows in their place, and synonyms of them."""

import datetime
from collections.abc import Iterable, Iterator
from functools import cache

from django.conf import settings
from django.utils import translation
from django.utils.dates import MONTHS

from partners import places
from partners.folding import fold
from partners.vocabularies import Vocabulary, words_for

# Each name with the code of its language; "" where it belongs to none.
type_of_names = Iterable[tuple[str, str]]


class Spoken:
    """A kind of stored values that pages show in words."""

    def names(self, value) -> type_of_names:
        """What one value is called."""
        raise NotImplementedError

    def values(self) -> Iterable:
        """The values that there can be."""
        raise NotImplementedError

    def having(self, *patterns: str) -> list:
        """The values of whose names one has one of the patterns; see `Term.patterns`."""
        return [
            value
            for value, folded in self.folded().items()
            if any(pattern in name for name in folded for pattern in patterns)
        ]

    def folded(self) -> dict:
        """The folded names of every value, a space before and after each."""
        return folded_names(self)


@cache
def folded_names(spoken: Spoken) -> dict:
    return {value: [f" {fold(name)} " for name, _ in spoken.names(value)] for value in spoken.values()}


class VocabularyNames(Spoken):
    """The terms of a vocabulary, by their labels and synonyms. Terms that say that nothing is known are not found."""

    def __init__(self, vocabulary: type[Vocabulary]):
        self.vocabulary = vocabulary

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
