"""Days as people write them: in the order of ISO 8601, or with the month as a word, in English or Dutch.

A day and a month that are both numbers are never told apart by guessing: 12/10/2025 is another day in every country.
"""

import datetime
import re

MONTH_NAMES = (
    *("january januari", "february februari", "march maart mrt", "april", "may mei", "june juni"),
    *("july juli", "august augustus", "september", "october oktober", "november", "december"),
)
SHORTEST = 3  # letters of an abbreviation: "Jan", "dec"

ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
ORDINAL = "(?:st|nd|rd|th|e)?"
WORD = r"([^\W\d_]+)\.?"
# Hyphens and dashes that programs put for the one of the keyboard, and that nobody tells from it.
DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-"))
DATE_SEPARATOR = r"[\s,/-]+"
WAYS = (
    # 10 December 2025, 10 dec. 2025, 10-Dec-2025
    re.compile(
        rf"(?P<day>[0-9]{{1,2}}){ORDINAL}(?:\s+of)?{DATE_SEPARATOR}(?P<month>{WORD}){DATE_SEPARATOR}(?P<year>[0-9]{{4}})"
    ),
    # December 10, 2025
    re.compile(
        rf"(?P<month>{WORD}){DATE_SEPARATOR}(?P<day>[0-9]{{1,2}}){ORDINAL}{DATE_SEPARATOR}(?P<year>[0-9]{{4}})"
    ),
    # 2025 December 10
    re.compile(
        rf"(?P<year>[0-9]{{4}}){DATE_SEPARATOR}(?P<month>{WORD}){DATE_SEPARATOR}(?P<day>[0-9]{{1,2}}){ORDINAL}"
    ),
)


def is_date(text: str) -> bool:
    """Whether a text is a day of the calendar as 2025-12-31."""
    try:
        # fromisoformat alone would also take weeks and dates without dashes.
        return bool(ISO_DATE.fullmatch(text)) and bool(datetime.date.fromisoformat(text))
    except ValueError:
        return False


def read_day(text: str) -> datetime.date:
    """The day that a text names. ValueError where it names none, or could name two.

    >>> read_day("10 December 2025") == read_day("December 10, 2025") == read_day("2025-12-10")
    True
    """
    text = text.strip().translate(DASHES)
    if found := ISO_DATE.fullmatch(text):
        return datetime.date(*map(int, found.groups()))
    for way in WAYS:
        if found := way.fullmatch(text):
            return datetime.date(int(found["year"]), month_of(found["month"]), int(found["day"]))
    raise ValueError(text)


def month_of(word: str) -> int:
    """The number of a month by its name, or by its first letters where these are enough."""
    word = word.rstrip(".").casefold()
    if len(word) >= SHORTEST:
        for number, names in enumerate(MONTH_NAMES, 1):
            if any(name.startswith(word) for name in names.split()):
                return number
    raise ValueError(word)
