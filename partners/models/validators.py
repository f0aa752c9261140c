"""Whether codes, years and days make sense: those that nobody can mean are mistakes of typing."""

import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

from partners.places import is_country, is_language, is_region
from partners.texts import Fault

# The day of the shipped data. A clock that says less is wrong, and must not keep anybody from loading them.
SHIPPED_ON = datetime.date(2026, 11, 26)
EARLIEST_DAY = datetime.date(1000, 1, 1)
DAYS_IN_A_YEAR = 366


def today() -> datetime.date:
    return max(timezone.localdate(), SHIPPED_ON)


def raise_fault(message: str, allowed: str) -> None:
    """Raise ValidationError with a fault, which forms and files tell in their own words."""
    fault = Fault(message, allowed)
    raise ValidationError(str(fault), code="sense", params={"fault": fault})


def country_exists(code: str) -> None:
    """Refuse a code of two letters that is no country's."""
    if code.isupper() and not is_country(code):
        raise_fault(_("is the code of no country"), _("one that ISO 3166-1 lists, such as US"))


def region_exists(code: str) -> None:
    """Refuse a code that is no state's or province's."""
    if code.isupper() and not is_region(code):
        raise_fault(_("is the code of no region"), _("one that ISO 3166-2 lists, such as US-CA"))


def language_exists(code: str) -> None:
    """Refuse a code of two letters that is no language's."""
    if code.islower() and not is_language(code):
        raise_fault(_("is the code of no language"), _("one that ISO 639-1 lists, such as en"))


def year_has_come(year: int) -> None:
    """Refuse a year in the future."""
    if year > today().year:
        raise_fault(_("is a year that has not come yet"), _("a year up to %d") % today().year)


@deconstructible
class WithinYears:
    """Refuses a day more than so many years ahead, and one of a year that lacks a digit."""

    def __init__(self, ahead: int):
        self.ahead = ahead

    def __eq__(self, other):
        return isinstance(other, WithinYears) and self.ahead == other.ahead

    def __call__(self, day: datetime.date) -> None:
        latest = today() + datetime.timedelta(self.ahead * DAYS_IN_A_YEAR)
        if day > latest:
            raise_fault(_("is a day too far ahead"), _("a day up to %s") % latest)
        if day < EARLIEST_DAY:
            raise_fault(_("is a day too long ago"), _("a day from %s on") % EARLIEST_DAY)


HAS_COME = WithinYears(0)
# What was written, signed and announced has happened, or is prepared; what is planned, and how long it lasts, lies ahead.
IS_NEAR, IS_PLANNED, ENDS = WithinYears(1), WithinYears(10), WithinYears(100)
