"""What a quote says otherwise than the value that it is cited for: another year, another day, another sum, another name.

Real quotes say less than the value: "on Jan. 17" for 2025-01-17. Only what they do say is held against it.
"""

import datetime
import re
from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal

from django.core.validators import BaseValidator
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from partners.days import ISO_DATE, WAYS, read_day
from partners.findings.values import holds_years
from partners.folding import fold
from partners.languages import DATA_LANGUAGES, text_of
from partners.models import Citation
from partners.money import figure, sums_in

YEAR_IN_TEXT = re.compile(r"(?<!\d)(?<!\d[.,])(1\d{3}|20\d{2})(?!\d|[.,]\d)")
MOST_SAID = 3


def years_in(text: str) -> list[int]:
    """The years that a text names, each once."""
    return list(dict.fromkeys(map(int, YEAR_IN_TEXT.findall(text))))


def days_in(text: str) -> list[datetime.date]:
    """The days that a text names with their years, each once."""
    found = {}
    for way in (ISO_DATE, *WAYS):
        for match in way.finditer(text):
            with suppress(ValueError):
                found[read_day(match.group())] = True
    return list(found)


def says_otherwise(citation: Citation, column: models.Field, value, also: Iterable[str] = ()) -> str:
    """What a quote says in place of the value that it is cited for, in words; "" where it does not contradict it.

    `also` are other forms in which people write the value.
    """
    quote = citation.quote
    if not quote or citation.says or value in (None, ""):
        return ""
    if holds_years(column):
        return told_if_other(years_in(quote), value, str)
    if isinstance(column, models.DateField):
        days = days_in(quote)
        if days:
            return told_if_other(days, value, lambda day: date_format(day, "j F Y"))
        return told_if_other(years_in(quote), value.year, str)
    if isinstance(column, models.DecimalField):
        sums = sums_in(quote, citation.source.language)
        return told_if_other(sums, Decimal(value), figure)
    if is_name(column) and citation.source.language in DATA_LANGUAGES:
        return "" if has_words(quote, [value, *also]) else _("The quote does not say “%s”.") % value
    return ""


def told_if_other(said: list, value, in_words) -> str:
    if not said or value in said:
        return ""
    return _("The quote says %s.") % ", ".join(str(in_words(each)) for each in said[:MOST_SAID])


def is_name(column: models.Field) -> bool:
    """Whether a column holds a name as its source writes it: no code, no term, no address, no text of our own."""
    is_line = type(column) is models.CharField and not column.choices
    is_free = all(isinstance(each, BaseValidator) for each in column.validators)
    return is_line and is_free and not text_of(column.name)


def has_words(quote: str, forms: Iterable[str]) -> bool:
    """Whether a quote has the words of one of these forms, however they are written."""
    said = f" {fold(quote)} "
    return any(f" {fold(each)} " in said for each in forms if each)
