"""Sums of money: the currencies of ISO 4217, and sums as people write them in a language (Unicode CLDR).

A sum is a Decimal beside the code of its currency. Nothing here converts or adds up.
"""

import re
from decimal import Decimal
from functools import cache

import pycountry
from babel.numbers import (
    format_compact_decimal,
    format_decimal,
    get_currency_name,
    get_currency_symbol,
)
from django.conf import settings
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from partners.folding import fold
from partners.languages import ORIGINAL, language_of_page
from partners.vocabularies import AmountKind, Exactness

# Codes of ISO 4217 that stand for metals, units of account and tests: nobody agrees on a sum of them.
NOT_MONEY = {
    *("XAD", "XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"),
    *("BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW"),
}
# Currencies without a smaller unit: there is no half a yen (ISO 4217, minor unit 0).
WITHOUT_CENTS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW")
    + ("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
)
# From here on a sum is read as "293.76 million", with so many digits after the point, or else in full.
COMPACT_FROM, MOST_DECIMALS = 6, 3
LARGEST_UNIT = 12
# Some languages have a form for several.
SEVERAL = Decimal(1000)
NO_BREAK = "\N{NO-BREAK SPACE}"


@cache
def currencies() -> dict[str, str]:
    """The codes of currencies with their English names (ISO 4217), by code."""
    named = {each.alpha_3: each.name for each in pycountry.currencies if each.alpha_3 not in NOT_MONEY}
    return dict(sorted(named.items()))


def currency_name(code: str) -> str:
    """What a currency is called in the language of the reader, such as "US Dollar"; "" for none."""
    return currency_with_count(code) if code else ""


def currency_in_words(code: str) -> str:
    """A currency as a sentence says it, such as "US dollars"; "" for none."""
    return currency_with_count(code, SEVERAL) if code else ""


def currency_with_count(code: str, count: Decimal | None = None) -> str:
    """The name of a currency, beside so many of it where that is given; the English one where it is too new for CLDR."""
    name = get_currency_name(code, count=count, locale=language_of_page())
    return name if name != code else currencies().get(code, code)


@cache
def currencies_by_name() -> dict[str, list[str]]:
    """The codes of currencies by their folded names: the code itself, and the names in the languages of the site."""
    named: dict[str, list[str]] = {}
    for code, name in currencies().items():
        others = [
            get_currency_name(code, count, each)
            for each, _n in settings.LANGUAGES
            for count in (None, SEVERAL)
        ]
        for text in {fold(text) for text in (code, name, *others)}:
            named.setdefault(text, []).append(code)
    return named


def currencies_named(text: str) -> list[str]:
    """The codes of currencies with a folded name, such as "us dollars"."""
    return currencies_by_name().get(text, [])


def plain_number(amount: Decimal) -> str:
    """A sum as programs read it: digits, a point before cents where there are any, no zeros at the end.

    >>> plain(Decimal("3.5E+9")), plain(Decimal("1234.50"))
    ('3500000000', '1234.5')
    """
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def figure(amount: Decimal) -> str:
    """A sum in the language of the reader, such as "293.76 million" or "1,234.50"; never rounded."""
    unit = min(amount.adjusted() // 3 * 3, LARGEST_UNIT)
    if unit >= COMPACT_FROM and amount % Decimal(10) ** (unit - MOST_DECIMALS) == 0:
        return format_compact_decimal(
            amount, format_type="long", locale=language_of_page(), fraction_digits=MOST_DECIMALS
        )
    return full_number(amount)


def full_number(amount: Decimal) -> str:
    """A sum with all its digits, those of thousands apart: "1,234.50"."""
    whole = amount == amount.to_integral_value()
    return format_decimal(amount, format="#,##0" if whole else "#,##0.00", locale=language_of_page())


def sum_in_words(amount: Decimal, currency: str) -> str:
    """A sum as a sentence says it, such as "200 million US dollars"."""
    name = currency_with_count(currency, amount)
    return gettext("%(figure)s %(currency)s") % {"figure": figure(amount), "currency": name}


def currency_sign(code: str) -> str:
    """The sign of a currency in the language of the reader, such as "$"; its code where it has none."""
    return get_currency_symbol(code, locale=language_of_page())


def short_sum(amount: Decimal, currency: str) -> str:
    """A sum as a list shows it, such as "$200 million"; in Dutch "200 miljoen Amerikaanse dollar"."""
    symbol = currency_sign(currency)
    # A symbol of letters, such as CHF, stands apart.
    symbol += NO_BREAK if symbol[-1].isalpha() else ""
    name = currency_with_count(currency, amount)
    return gettext("%(symbol)s%(figure)s") % {"symbol": symbol, "figure": figure(amount), "currency": name}


# Sums in a text --------------------------------------------------------------------------------------------------------

# What sums are counted in, in English and Dutch, each with the number of its zeros.
COUNTED_IN = {
    "thousand duizend k": 3,
    "million miljoen mln mio m": 6,
    "billion miljard mld bn b": 9,
    "trillion biljoen tn t": 12,
}
POWERS = {word: power for words, power in COUNTED_IN.items() for word in words.split()}
SUM = re.compile(
    rf"(?P<sign>[A-Z]{{0,3}}[$€£¥]|\b[A-Z]{{3}}\b)?\s?(?P<number>\d+(?:[.,\s]\d{{3}})*(?:[.,]\d+)?)\s?-?"
    rf"(?P<unit>(?i:{'|'.join(sorted(POWERS, key=len, reverse=True))})\b)?"
)


def sums_in(text: str, language: str = ORIGINAL) -> list[Decimal]:
    """The sums that a text names, each once: numbers with the sign of a currency, or counted in millions and the like."""
    found = {}
    for each in SUM.finditer(text):
        if each["sign"] or each["unit"]:
            number = read_number(each["number"], language)
            power = POWERS.get((each["unit"] or "").casefold(), 0)
            found[number.scaleb(power) if power else number] = True
    return list(found)


def read_number(text: str, language: str) -> Decimal:
    """A number as people write it in a language: "1,234.5" is "1.234,5" in Dutch."""
    point, apart = (",", ".") if language == "nl" else (".", ",")
    return Decimal("".join(text.split()).replace(apart, "").replace(point, "."))


# An amount in words ----------------------------------------------------------------------------------------------------

QUALIFIED = {
    Exactness.EXACT: "%s",
    # Beside "about %s" of what a text deals with, which is another word in other languages.
    Exactness.ABOUT: pgettext_lazy("nearly so much", "about %s"),
    Exactness.AT_LEAST: _("at least %s"),
    Exactness.UP_TO: _("up to %s"),
}
KINDS = {
    AmountKind.CONTRACT_VALUE: _("Contract value of %s"),
    AmountKind.CEILING: _("Ceiling of %s"),
    AmountKind.PLEDGE: _("Pledge of %s"),
    AmountKind.CREDITS: _("Credits worth %s"),
    AmountKind.AWARD: _("Award of %s"),
    AmountKind.IN_KIND: _("In kind, worth %s"),
}


def amount_in_words(kind: str, exactness: str, amount: Decimal, currency: str) -> str:
    """An amount in words, such as "Contract value of at least $600 million"."""
    return phrase_for_amount(kind, exactness, short_sum(amount, currency))


def phrase_for_amount(kind: str, exactness: str, sum: str) -> str:
    """What a sum is and how exact it is, around the sum as it is to be shown."""
    return str(KINDS[kind]) % (str(QUALIFIED[exactness]) % sum)


def in_every_form(kind: str, exactness: str, amount: Decimal, currency: str) -> str:
    """An amount in the forms in which people look for it, such as "Award of $3.5 million ($3.5M, 3,500,000 US dollars)"."""
    short = format_compact_decimal(amount, locale=language_of_page(), fraction_digits=MOST_DECIMALS)
    in_digits = f"{full_number(amount)} {currency_with_count(currency, amount)}"
    sign = currency_sign(currency)
    others = [f"{sign}{short}", in_digits] if figure(amount) != full_number(amount) else [in_digits]
    return f"{amount_in_words(kind, exactness, amount, currency)} ({', '.join(others)})"
