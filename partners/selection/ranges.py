"""Ranges: two parameters that narrow a listing to the rows with a year or a day between them, both included."""

import calendar
import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from partners.days import read_day
from partners.selection.declared import DeclaredFilter


@dataclass(frozen=True)
class Span:
    """The ends of a range as they were given, and what they mean. Either may be missing."""

    given: tuple[str, ...] = ("", "")
    low: int | Decimal | datetime.date | None = None
    high: int | Decimal | datetime.date | None = None

    def __bool__(self):
        return self.low is not None or self.high is not None


class SpanWidget(forms.Widget):
    """Reads the two parameters of a range."""

    def __init__(self, names: tuple[str, str]):
        self.names = names
        super().__init__()

    def value_from_datadict(self, data, files, name):
        return tuple(data.get(each, "").strip() for each in self.names)

    def value_omitted_from_data(self, data, files, name):
        return not any(each in data for each in self.names)


class SpanField(forms.Field):
    """Accepts the ends of a range, the first of which is not after the second.

    The error for an end has the name of its parameter as code.
    """

    def __init__(self, bounds: "Range", **kwargs):
        self.bounds = bounds
        super().__init__(widget=SpanWidget(bounds.parameters("")), **kwargs)

    def clean(self, given) -> Span:
        ends, errors = [], []
        for text, name, last in zip(given, self.bounds.names, (False, True), strict=True):
            try:
                ends.append(self.bounds.read(text[: self.bounds.longest], last))
            except ValueError as error:
                errors.append(ValidationError(str(error), code=name))
        if errors:
            raise ValidationError(errors)
        low, high = ends
        if low is not None and high is not None and low > high:
            raise ValidationError(
                str(self.bounds.disorder)
                % {"low": given[0][: self.bounds.longest], "high": given[1][: self.bounds.longest]}
            )
        return Span(tuple(given), low, high)


class Range(DeclaredFilter):
    """A filter with two parameters.

    `names`  the parameters for the smallest and the largest value
    `code`   the lookup to the value, from the listed record or, where there are `links`, from a link that leads to the
             record by `owner`
    `words`  how a sentence says the range from one value on, up to one, and between two
    """

    field_class = SpanField
    # What is said where the ends stand in the wrong order.
    disorder = _("The range begins after its end: “%(low)s” to “%(high)s”. Write the earlier one first.")
    # Characters of what is given for an end.
    longest = 20
    # Parameters beside the two ends.
    units: tuple[str, ...] = ()
    # What a reader should know of the values, below the fields.
    note: str | Promise = ""

    def __init__(
        self,
        label,
        names: tuple[str, str],
        code: str,
        words: tuple,
        links: Callable[[], QuerySet] | None = None,
        owner: str = "",
    ):
        self.names, self.code, self.words, self.links, self.owner = names, code, words, links, owner
        super().__init__(label=label, bounds=self, required=False)

    def parameters(self, name: str) -> list[str]:
        return [*self.names, *self.units]

    def filter(self, queryset: QuerySet, span: Span) -> QuerySet:
        """Rows with a value in the range; those without a recorded value are not among them."""
        if not span:
            return queryset
        within = self.within(span)
        if self.links:
            return queryset.filter(pk__in=self.links().filter(within).order_by().values(self.owner))
        return queryset.filter(within)

    def within(self, span: Span) -> Q:
        """The condition that a value is in the range."""
        within = Q()
        if span.low is not None:
            within &= Q(**{f"{self.code}__gte": span.low})
        if span.high is not None:
            within &= Q(**{f"{self.code}__lte": span.high})
        return within

    def phrase(self, span: Span) -> str:
        """The range in words, such as "established since 1990"."""
        since, until, between = self.words
        low, high = self.spoken(span.given[0]), self.spoken(span.given[1])
        if span.low is None:
            return str(until) % {"high": high}
        return str(since if span.high is None else between) % {"low": low, "high": high}

    def spoken(self, given: str) -> str:
        return given

    def choices(self, given: dict[str, str]) -> list[tuple[str, str, list[tuple[str, str]]]]:
        """What else is to be chosen beside the two ends: parameters with their labels and values."""
        return []

    def read(self, text: str, last: bool):
        """The value a text stands for, None for none; the last day of a month or a year where `last`.

        ValueError, which says what is allowed, where it stands for none.
        """
        raise NotImplementedError


class YearRange(Range):
    """Years, such as 1998."""

    inputmode, pattern = "numeric", "1998"

    def read(self, text, last):
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{4}", text):
            raise ValueError(gettext("“%s” is not a year. Write four digits, such as 1998.") % text)
        return int(text)


class DayRange(Range):
    """Days, such as 2025-12-18; a month or a year stands for all of its days."""

    # Keyboards for numbers have no hyphen.
    inputmode, pattern = "text", "2025-12"

    def read(self, text, last):
        if not text:
            return None
        try:
            year, month, day = parts_of_date(text)
            last_day = calendar.monthrange(year, month or 12)[1]
            return datetime.date(year, month or (12 if last else 1), day or (last_day if last else 1))
        except ValueError:
            raise ValueError(
                gettext("“%s” is not a day. Write 2025-12-18, 2025-12 for a month, or 2025 for a year.")
                % text
            ) from None

    def spoken(self, given):
        year, month, day = parts_of_date(given) if given else (0, 0, 0)
        if day:
            return date_format(datetime.date(year, month, day), "j F Y")
        return date_format(datetime.date(year, month, 1), "F Y") if month else str(year or "")


def parts_of_date(text: str) -> tuple[int, int, int]:
    """Year, month and day of a date as written, 0 for those left out. ValueError where it is none."""
    if any(map(str.isalpha, text)):
        day = read_day(text)
        return day.year, day.month, day.day
    match = re.fullmatch(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", text)
    if not match or not int(match[1]):
        raise ValueError(text)
    if match[2] and not 1 <= int(match[2]) <= 12:
        raise ValueError(text)
    return int(match[1]), int(match[2] or 0), int(match[3] or 0)
