"""The languages of the site, and those in which its data are written.

The site speaks the languages of the setting LANGUAGES. Data stand in columns for each of `DATA_LANGUAGES`, such as
`summary_en`. A page in another language, or of a record that has no such text, shows the original, marked as what it is.
"""

import datetime
from collections.abc import Callable

from django.conf import settings
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, override, pgettext
from django.utils.translation import gettext_lazy as _

# By their codes; the first is the original, which is never empty where another one is filled.
DATA_LANGUAGES = {"en": _("English"), "nl": _("Dutch")}
ORIGINAL = next(iter(DATA_LANGUAGES))


class InLanguage(str):
    """A text in another language than the page on which it is shown."""

    __slots__ = ("language",)

    def __new__(cls, text: str, language: str):
        made = super().__new__(cls, text)
        made.language = language
        return made

    def __getnewargs__(self):
        """What a copy is made of: forms of Django copy their choices."""
        return str(self), self.language


def in_languages(text) -> dict[str, str]:
    """A text in every language of the site, by the code of the language."""
    texts = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            texts[code] = str(text)
    return texts


def grouped(number: int) -> str:
    """A whole number with its thousands apart, as the language of the page has them: 1,234 or 1.234."""
    return number_format(number, force_grouping=True)


def short_day(day: datetime.date) -> str:
    """A day with the month in three letters, as the language of the page writes it: 18 Dec 2025 or 18 dec 2025."""
    return date_format(day, pgettext("format of a day, in the letters of Django", "j M Y"))


def part(text: str, start: int, end: int) -> str:
    """A part of a text, in the same language."""
    piece = text[start:end]
    return InLanguage(piece, text.language) if isinstance(text, InLanguage) else piece


# Addresses -----------------------------------------------------------------------------------------------------------


def language_of_path(path: str) -> str:
    """The code of the language that a page speaks, from its path: "nl" for "/nl/about/"."""
    first = path.removeprefix("/").partition("/")[0]
    others = {code for code, _name in settings.LANGUAGES} - {settings.LANGUAGE_CODE}
    return first if first in others else settings.LANGUAGE_CODE


def path_in(language: str, path: str) -> str:
    """The same page in another language of the site; a query may follow.

    >>> path_in("nl", "/about/"), path_in("en", "/nl/about/")
    ('/nl/about/', '/about/')
    """
    spoken = language_of_path(path.partition("?")[0])
    plain = path if spoken == settings.LANGUAGE_CODE else path.removeprefix(f"/{spoken}")
    return plain if language == settings.LANGUAGE_CODE else f"/{language}{plain}"


# Columns of a text ---------------------------------------------------------------------------------------------------


def columns_of(text: str) -> tuple[str, ...]:
    """The columns in which a text stands: "summary" in "summary_en" and "summary_nl"."""
    return tuple(f"{text}_{code}" for code in DATA_LANGUAGES)


def translations_of(text: str) -> tuple[str, ...]:
    """The same without the original."""
    return columns_of(text)[1:]


def language_of(column: str) -> str:
    """The code of the language of a column; "" where it has none."""
    return column.rpartition("_")[2] if text_of(column) else ""


def text_of(column: str) -> str:
    """The text of which a column is one language, such as "summary" of "summary_nl"; "" where it is none."""
    text, _line, code = column.rpartition("_")
    return text if code in DATA_LANGUAGES else ""


def original_of(column: str) -> str:
    """The column of the original: "summary_en" for "summary_nl". One that has no languages is its own."""
    text = text_of(column)
    return f"{text}_{ORIGINAL}" if text else column


def all_languages_of(column: str) -> tuple[str, ...]:
    """A column, in every language that it has."""
    text = text_of(column)
    return columns_of(text) if text else (column,)


# What a reader gets --------------------------------------------------------------------------------------------------


def language_of_page() -> str:
    """The language that the page speaks, without a region."""
    return (get_language() or ORIGINAL).partition("-")[0]


def columns_for_reader(column: str) -> tuple[str, ...]:
    """The columns to look at for what a reader is shown of a text, the first one that is filled; or the column itself."""
    text, language = text_of(column), language_of_page()
    if not text or language == ORIGINAL or language not in DATA_LANGUAGES:
        return (original_of(column),)
    return (f"{text}_{language}", original_of(column))


def for_reader(column: str, value_of: Callable[[str], str]) -> str:
    """A text for a reader, where `value_of` gives the value of a column; marked where the page is in another language."""
    for name in columns_for_reader(column):
        if value := value_of(name):
            return with_language(value, language_of(name)) if text_of(name) else value
    return value


def with_language(text: str, language: str = ORIGINAL) -> str:
    """A text with the mark of its language, where it has one and that is another than the language of the page."""
    return InLanguage(text, language) if text and language and language != language_of_page() else text
