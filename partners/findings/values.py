"""What a value shows by itself, and against the one before it."""

import datetime
from collections.abc import Iterator
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.findings.finding import Finding, Level
from partners.languages import DATA_LANGUAGES, language_of, original_of
from partners.models.validators import DAYS_IN_A_YEAR, WithinYears, today, year_has_come

# A change by this many years, or to this many times as much, is a mistake more often than not.
YEARS_MOVED, TIMES_AS_MUCH = 10, 100
# What was written, signed or announced may be prepared so long before; what is planned lies ahead anyway.
YEARS_OF_PREPARING = 1


def findings_of_values(record: models.Model) -> Iterator[Finding]:
    """What the values of a record, or of a row of one, show by themselves. Asks nothing of the database."""
    for column in record._meta.concrete_fields:
        if not column.editable or column.is_relation:
            continue
        value = getattr(record, column.attname)
        yield from faults_of_value(record, column, value)
        if isinstance(value, datetime.date) and has_happened(column) and value > today():
            message = _("%s is in the future.") % date_format(value, "j F Y")
            yield Finding(Level.WARNING, column.name, message)
        original = original_of(column.name)
        if original != column.name and not value and getattr(record, original):
            language = DATA_LANGUAGES[language_of(column.name)]
            yield Finding(Level.SUGGESTION, column.name, _("The text in %s is missing.") % language)


def faults_of_value(record: models.Model, column: models.Field, value) -> Iterator[Finding]:
    try:
        column.clean(value, record)
    except ValidationError as refusal:
        for message in refusal.messages:
            yield Finding(Level.ERROR, column.name, message)


def has_happened(column: models.Field) -> bool:
    """Whether the days of a column are of what is done, by what it allows at most."""
    return any(
        isinstance(each, WithinYears) and each.ahead <= YEARS_OF_PREPARING for each in column.validators
    )


def holds_years(column: models.Field) -> bool:
    """Whether a column holds a year."""
    return year_has_come in column.validators


def findings_of_change(column: models.Field, before, after, name: str = "") -> Iterator[Finding]:
    """Whether a value moves further than such values do. `name` is that of the value, where it is not the column's."""
    if before in (None, "") or after in (None, ""):
        return
    if holds_years(column) or isinstance(before, datetime.date):
        years = abs(years_between(before, after))
        if years >= YEARS_MOVED:
            words = ngettext("This moves it by %d year.", "This moves it by %d years.", years) % years
            yield Finding(Level.WARNING, name or column.name, words)
    elif isinstance(column, models.DecimalField) and before and after:
        times = max(Decimal(after) / Decimal(before), Decimal(before) / Decimal(after))
        if times >= TIMES_AS_MUCH:
            text = _("This is %d times as much.") if after > before else _("It was %d times as much.")
            yield Finding(Level.WARNING, name or column.name, text % round(times))


def years_between(before, after) -> int:
    if isinstance(before, datetime.date):
        return int((after - before).days / DAYS_IN_A_YEAR)
    return after - before
