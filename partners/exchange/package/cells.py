"""What the text of one cell may be. The rules of a column are put together once and then applied to every row."""

import datetime
import re
from collections.abc import Callable
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinValueValidator,
    URLValidator,
    validate_slug,
)
from django.db import models

from partners.days import is_date
from partners.exchange.package.layout import Sheet
from partners.models.fields import takes_lines
from partners.tables.columns import SEPARATOR, Column
from partners.texts import unfit, unreadable

INTEGER = re.compile(r"0|-?[1-9]\d{0,17}", re.ASCII)
DECIMAL = re.compile(r"(?:0|[1-9]\d{0,17})(?:\.\d?[1-9])?", re.ASCII)

type_of_check = Callable[[str], str | None]


def check_of(sheet: Sheet, column: Column) -> type_of_check:
    """A function that says what is wrong with a tidy text of this column, or None."""
    tests = list(tests_of(column, sheet.fields[column.name]))

    def check(text: str) -> str | None:
        if not text:
            return "is empty; a value is required" if column.required else None
        if fault := unreadable(text):
            return fault.of_a_cell
        return next((problem for test in tests if (problem := test(text))), None)

    return check


def tests_of(column: Column, field: models.Field):
    """The functions that look at a text that is not empty, the most telling first."""
    if column.many:
        yield is_list
    elif column.references:
        return
    elif column.vocabulary:
        yield is_term(column.vocabulary.values)
    elif column.datatype == "date":
        yield is_day
        yield passes(field.validators, datetime.date.fromisoformat)
    elif column.datatype == "integer":
        yield is_integer
        yield passes(field.validators, int)
    elif column.datatype == "decimal":
        yield is_decimal
        yield passes(field.validators, Decimal)
    else:
        yield is_fit(takes_lines(field))
        if field.max_length:
            yield is_no_longer(field.max_length)
        others = [each for each in field.validators if not isinstance(each, MaxLengthValidator)]
        if others:
            yield passes(others, str)


def is_term(terms: list[str]) -> type_of_check:
    allowed = frozenset(terms)
    message = f"is not a term of this column; allowed: {', '.join(terms)}"
    return lambda text: None if text in allowed else message


def is_day(text: str) -> str | None:
    return None if is_date(text) else "is not a date; allowed: a day of the calendar as YYYY-MM-DD"


def is_integer(text: str) -> str | None:
    return None if INTEGER.fullmatch(text) else "is not a whole number; allowed: digits, such as 1977"


def is_decimal(text: str) -> str | None:
    """One way to write each number, so that equal rows have equal texts."""
    if DECIMAL.fullmatch(text):
        return None
    return "is not an amount; allowed: digits, such as 600000000, with at most two after a point and no 0 as the last of these"


def is_list(text: str) -> str | None:
    items = text.split(SEPARATOR)
    for item in items:
        if complaint_of(validate_slug, item):
            return f"is not a list; allowed: keys joined by {SEPARATOR!r}, without spaces"
    if len(set(items)) < len(items):
        return "names the same key twice; allowed: each key once"
    return None


def is_fit(many_lines: bool) -> type_of_check:
    """A test by the rule of text."""

    def test(text: str) -> str | None:
        fault = unfit(text, many_lines)
        return fault.of_a_cell if fault else None

    return test


def is_no_longer(limit: int) -> type_of_check:
    def test(text: str) -> str | None:
        return f"has {len(text):,} characters; allowed: at most {limit:,}" if len(text) > limit else None

    return test


def passes(validators: list, convert: Callable) -> type_of_check:
    """A test by the validators of the field, which forms obey as well."""

    def test(text: str) -> str | None:
        value = convert(text)
        return next(
            (message for validator in validators if (message := complaint_of(validator, value))), None
        )

    return test


def complaint_of(validator, value) -> str | None:
    """What a validator of Django has against a value, or None."""
    try:
        validator(value)
    except ValidationError as error:
        return refusal(validator, error)
    return None


def refusal(validator, error: ValidationError) -> str:
    """Validators speak to somebody at a form; here the words must say what is allowed."""
    if fault := (error.params or {}).get("fault"):
        return fault.of_a_cell
    if isinstance(validator, URLValidator):
        return "is not an address; allowed: one such as https://www.example.org/page"
    if isinstance(validator, MinValueValidator):
        return f"is too small; allowed: {validator.limit_value} or more"
    if isinstance(validator, MaxValueValidator):
        return f"is too large; allowed: {validator.limit_value} or less"
    if validator is validate_slug:
        return "is not a key; allowed: letters without accents, digits, hyphens and underscores"
    return f"is not valid; allowed: {error.messages[0]}"


def converter_of(field: models.Field) -> Callable:
    """A function from the text of a cell to what the field holds. A reference arrives as the key of its record."""
    if isinstance(field, models.DateField):
        return lambda text: datetime.date.fromisoformat(text) if text else None
    if isinstance(field, models.IntegerField):
        return lambda text: int(text) if text else None
    if isinstance(field, models.DecimalField):
        return Decimal
    if isinstance(field, models.TextField) and field.null:
        # What is not said, the database fills in.
        return lambda text: text or None
    return lambda value: value
