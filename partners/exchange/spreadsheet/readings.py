"""What a spreadsheet program takes a text for: a number, a date, a time."""

import datetime
import re
import sys
from collections.abc import Iterator
from decimal import Context, Decimal, InvalidOperation

# More digits than these a program does not keep.
DIGITS_KEPT = 15
LONGEST = 40
NUMBER = re.compile(r"[-+]?[0-9.,]*[0-9][0-9.,]*(e[-+]?[0-9]{1,3})?", re.ASCII | re.IGNORECASE)
# As no program shows a number: with a plus, with zeros before it, with a power of ten that has no sign.
BY_HAND = re.compile(r"\+|-?0[0-9]|[0-9.,]+e[0-9]", re.ASCII | re.IGNORECASE)
FRACTION = re.compile(r"(?:([0-9]{1,6}) )?([0-9]{1,6})/([0-9]{1,6})", re.ASCII)
ENDLESS = frozenset(["inf", "infinity"])
# The numbers that programs know: of what is larger they make the largest one, of what is smaller nothing.
SMALLEST_NUMBER, LARGEST_NUMBER = Decimal(5e-324), Decimal(sys.float_info.max)
NOT_COUNTED = str.maketrans("", "", " \xa0\u202f\u2009'’$€£¥")
TIME = re.compile(
    r"([0-9]{1,4})(?::([0-9]{1,2}))?(?::([0-9]{1,2})(?:[.,]0+)?)?(?: ?([ap])\.?m\.?)?",
    re.ASCII | re.IGNORECASE,
)
TIME_SHOWN = re.compile(r"[0-9]+:[0-9]{2}(:[0-9]{2}.*)?( ?[ap].*)?", re.ASCII | re.IGNORECASE)
# The days of Excel, from its first to the last of 9999.
FIRST_SERIAL = datetime.date(1899, 12, 30)
LAST_SERIAL = 2_958_465

# The first letters of the months in English, Dutch, German, French, Spanish, Italian and Portuguese.
MONTH_BEGINNINGS = {
    name: number
    for number, names in enumerate(
        [
            "jan ene gen",
            "feb fév fev",
            "mar mrt maa mär mrz",
            "apr avr abr",
            "may mei mai mag",
            "jun juin giu",
        ]
        + ["jul juil lug", "aug aoû ago", "sep set", "oct okt ott out", "nov", "dec dez déc dic"],
        start=1,
    )
    for name in names.split()
}
WORD_OF_MONTH = re.compile("|".join(sorted(MONTH_BEGINNINGS, key=len, reverse=True)))
LETTERS = r"([^\W\d_]{3,12})"
SPREADSHEET_DATE_SEPARATOR = r"[-. /]?\s?"
MONTH_FIRST = re.compile(
    rf"{LETTERS}\.?{SPREADSHEET_DATE_SEPARATOR}([0-9]{{1,4}})(?:,?{SPREADSHEET_DATE_SEPARATOR}([0-9]{{2,4}}))?"
)
DAY_FIRST = re.compile(
    rf"([0-9]{{1,4}})\.?{SPREADSHEET_DATE_SEPARATOR}{LETTERS}\.?(?:{SPREADSHEET_DATE_SEPARATOR}([0-9]{{2,4}}))?"
)
LETTER_BESIDE_DIGIT = re.compile(r"[^\W\d_][0-9]|[0-9](?!T)[^\W\d_]")
TWO_NUMBERS = re.compile(r"([0-9]{1,4})[-/.]([0-9]{1,4})")
THREE_NUMBERS = re.compile(r"([0-9]{1,4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,4})(?:[T ]0?0:00(?::00)?)?")


# Numbers -------------------------------------------------------------------------------------------------------------


def is_number_of(old: str, new: str) -> bool:
    """Whether a program that takes the old text for a number would show it as the new one."""
    if new.casefold().lstrip("-") in ENDLESS:
        return old.casefold() in ENDLESS or any(abs(one) > LARGEST_NUMBER for one in numbers(old))
    if BY_HAND.match(new) or FRACTION.fullmatch(new):
        return False
    return any(is_shown_as(one, other, new) for one in numbers(old) for other in numbers(new))


def numbers(text: str) -> Iterator[Decimal]:
    """The numbers that a text may stand for, with a point or a comma before the decimals."""
    if fraction := FRACTION.fullmatch(text[:LONGEST].strip()):
        whole, part, parts = (int(each or 0) for each in fraction.groups())
        if parts:
            yield whole + Decimal(part) / parts
        return
    text, scale = text[:LONGEST].translate(NOT_COUNTED), Decimal(1)
    if text.startswith("(") and text.endswith(")"):
        text, scale = text[1:-1], Decimal(-1)
    elif text.endswith("-") and text[:1] not in "+-":
        text, scale = text[:-1], Decimal(-1)
    if text.endswith("%"):
        text, scale = text[:-1], scale / 100
    if not NUMBER.fullmatch(text):
        return
    for digits in {text.replace(",", ""), text.replace(".", "").replace(",", ".")}:
        try:
            yield Decimal(digits) * scale
        except InvalidOperation:
            continue


def is_shown_as(number: Decimal, other: Decimal, text: str) -> bool:
    """Whether a number is the other one, or is rounded to it as far as `text` shows digits."""
    if abs(number) < SMALLEST_NUMBER:
        number = Decimal(0)
    number = max(-LARGEST_NUMBER, min(number, LARGEST_NUMBER))
    if number == other:
        return True
    if "e" not in text.lower() and len(number.as_tuple().digits) <= DIGITS_KEPT:
        return False
    shown = len(other.normalize().as_tuple().digits)
    if shown < 3 or number.adjusted() != other.adjusted():
        return False
    # Some round, some leave the rest out.
    cut = number.normalize().as_tuple().digits[:shown] == other.normalize().as_tuple().digits
    return cut or Context(prec=shown).plus(number) == other


# Dates and times -----------------------------------------------------------------------------------------------------


def is_date_of(old: str, new: str) -> bool:
    """Whether a program that takes the old text for a date or a time would show it as the new one."""
    if len(old) > LONGEST or len(new) > LONGEST:
        return False
    if set(dates(old)) & {*dates_shown(new), *serial_dates(new)}:
        return True
    time = seconds(old)
    if time is None:
        return False
    return bool(TIME_SHOWN.fullmatch(new)) and seconds(new) == time or is_part_of_day(time, new)


def dates_shown(text: str) -> Iterator[tuple[int, int]]:
    """As `dates`, without the forms that no program writes: two numbers, or a month with nothing before its number."""
    return iter(()) if TWO_NUMBERS.fullmatch(text) or LETTER_BESIDE_DIGIT.search(text) else dates(text)


def dates(text: str) -> Iterator[tuple[int, int]]:
    """The months that a text may name, each with a day or the last two digits of a year beside it."""
    text = text.casefold().strip()
    if found := MONTH_FIRST.fullmatch(text):
        yield from days_with_month(found[1], found[2], found[3])
    if found := DAY_FIRST.fullmatch(text):
        yield from days_with_month(found[2], found[1], found[3])
    if found := TWO_NUMBERS.fullmatch(text) or THREE_NUMBERS.fullmatch(text):
        parts = [int(part) for part in found.groups()]
        for place, month in enumerate(parts):
            if 1 <= month <= 12:
                yield from ((month, other % 100) for rest, other in enumerate(parts) if rest != place)


def days_with_month(word: str, *others: str | None) -> Iterator[tuple[int, int]]:
    """A month by its name, with the numbers beside it."""
    if month := WORD_OF_MONTH.match(word):
        yield from ((MONTH_BEGINNINGS[month.group()], int(other) % 100) for other in others if other)


def serial_dates(text: str) -> Iterator[tuple[int, int]]:
    """The date that a number stands for when its format is lost."""
    if text.isascii() and text.isdigit() and len(text) >= 5 and int(text) <= LAST_SERIAL:
        day = FIRST_SERIAL + datetime.timedelta(int(text))
        yield from ((day.month, day.day), (day.month, day.year % 100))


def seconds(text: str) -> int | None:
    """The time of a day, or a length of time, in seconds."""
    found = TIME.fullmatch(text.strip())
    if not found or not (found[2] or found[4]):
        return None
    hours, minutes, rest = (int(part or 0) for part in found.groups()[:3])
    if found[4]:
        hours = hours % 12 + 12 * (found[4].lower() == "p")
    return hours * 3600 + minutes * 60 + rest


def is_part_of_day(time: int, text: str) -> bool:
    """Whether a number is a time as a part of a day."""
    return any(abs(float(number) * 86_400 - time) < 1 for number in numbers(text))
