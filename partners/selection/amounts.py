"""Amounts of agreements as parameters: which agreements name a sum, one in a range, and their order by it.

Sums in different currencies are never compared: a range names its currency, and an order goes currency by currency.
A range, its currency and its kind are about one and the same sum.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import Exists, F, OrderBy, OuterRef, Q, QuerySet, Subquery, Value
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from partners.models import AgreementAmount, FacetEntry, FacetTerm
from partners.models.amounts import MOST_DIGITS
from partners.money import (
    currencies_named,
    currency_in_words,
    currency_sign,
    figure,
    plain_number,
    sum_in_words,
)
from partners.selection.facets import NONE, Facet, places_in_facet
from partners.selection.parameters import refuse
from partners.selection.ranges import Range, Span, SpanField
from partners.selection.sorting import SortKey
from partners.selection.terms import RecordedTerms, Terms, VocabularyTerms
from partners.vocabularies import AmountKind

PUBLIC_AMOUNTS = AgreementAmount.objects.public
CURRENCIES = RecordedTerms(PUBLIC_AMOUNTS, "currency", currency_in_words, currencies_named)
AMOUNT_KINDS = VocabularyTerms(AmountKind)
# The facet of the currencies of a listing.
CURRENCY_FACET = "amount_currency"

# Digits, those of thousands perhaps apart; cents after a point; perhaps a word for thousands, millions and so on.
UNITS = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12} | {
    **{"duizend": 3, "miljoen": 6, "mln": 6, "miljard": 9, "mld": 9, "biljoen": 12},
    "k": 3,
    "m": 6,
    "mn": 6,
    "bn": 9,
    "b": 9,
}
WHOLE_FIGURE = "(?:[0-9]{1,15}|[0-9]{1,3}(?:[ ,'][0-9]{3}){1,4})"
FIGURE = rf"(?:{WHOLE_FIGURE}(?:\.[0-9]{{1,2}})?|{WHOLE_FIGURE}(?:\.[0-9]{{1,3}})? ?(?:{'|'.join(UNITS)}))"

WITH = {
    "": _("with an amount %s"),
    AmountKind.CONTRACT_VALUE: _("with a contract value %s"),
    AmountKind.CEILING: _("with a ceiling %s"),
    AmountKind.PLEDGE: _("with a pledge %s"),
    AmountKind.CREDITS: _("with credits %s"),
    AmountKind.AWARD: _("with an award %s"),
    AmountKind.IN_KIND: _("with a contribution in kind %s"),
}


@dataclass(frozen=True)
class AmountSpan(Span):
    """A range of sums: in which currency, and of which kind where that was asked for."""

    currency: str = ""
    kind: str = ""

    def __bool__(self):
        return super().__bool__() or bool(self.currency or self.kind)

    def conditions(self) -> Q:
        """Which sums it is about, however large."""
        asked = {"currency": self.currency, "kind": self.kind}
        return Q(**{name: value for name, value in asked.items() if value})


class AmountField(SpanField):
    """Accepts the ends of a range only together with a currency."""

    def clean(self, given) -> AmountSpan:
        *ends, currency, kind = given
        in_currency, of_kind = self.bounds.units
        self.check(currency, CURRENCIES, in_currency)
        self.check(kind, AMOUNT_KINDS, of_kind)
        span = super().clean([without_sign(end, currency) for end in ends])
        if span and not currency:
            message = gettext(
                "Say in which currency: amounts in different ones are not compared. Allowed: %s."
            )
            raise ValidationError(message % (", ".join(CURRENCIES.allowed()) or "-"), code=in_currency)
        return AmountSpan(tuple(given), span.low, span.high, currency, kind)

    def check(self, value: str, terms: Terms, name: str) -> None:
        if value and not terms.accepted([value]):
            raise refuse(value, terms.allowed(), parameter=name)


def without_sign(text: str, currency: str) -> str:
    """A figure without the sign or code of its currency, of any that there is where none was chosen."""
    if not text:
        return text
    for code in [currency] if currency else CURRENCIES.allowed():
        for sign in (currency_sign(code), code):
            if text.upper().startswith(sign.upper()):
                return text[len(sign) :].strip() or text
    return text


class AmountRange(Range):
    """Agreements that name a sum between two figures, in one currency, of one kind or any.

    `names` are the parameters for the smallest and the largest figure, `units` those for the currency and the kind.
    The figures are compared as the sources name them, however exact.
    """

    field_class = AmountField
    inputmode, pattern, longest = "text", _("5 million"), 40
    note = _("Only amounts entered as data are counted, not those that a text mentions alone.")
    disorder = _("The range begins above its end: “%(low)s” to “%(high)s”. Write the smaller figure first.")

    def __init__(self, label, names: tuple[str, str], units: tuple[str, str]):
        self.units = units
        super().__init__(label, names, "amount", (), links=PUBLIC_AMOUNTS, owner="agreement")

    def within(self, span: AmountSpan) -> Q:
        return super().within(span) & span.conditions()

    def read(self, text, last):
        if not text:
            return None
        text = text.replace("\N{NO-BREAK SPACE}", " ")
        if not re.fullmatch(FIGURE, text, re.IGNORECASE):
            raise ValueError(
                gettext("“%s” is not an amount. Allowed: 200000000, 1234.50 or 200 million.") % text
            )
        digits, unit = re.sub("[^0-9.]", "", text), re.sub("[^a-z]", "", text.lower())
        amount = Decimal(digits).scaleb(UNITS.get(unit, 0))
        if len(plain_number(amount).replace(".", "")) > MOST_DIGITS:
            message = gettext("“%(text)s” is too long. Allowed: at most %(most)d digits in all.")
            raise ValueError(message % {"text": text, "most": MOST_DIGITS})
        return amount

    def choices(self, given: dict[str, str]) -> list[tuple[str, str, list[tuple[str, str]]]]:
        in_currency, of_kind = self.units
        offered = self.currencies() | CURRENCIES.names(filter(None, [given[in_currency]]))
        if not offered and not any(given.values()):
            return []
        return [
            (in_currency, gettext("currency"), [("", gettext("choose one")), *offered.items()]),
            (of_kind, gettext("kind"), [("", gettext("any")), *AmountKind.choices]),
        ]

    def currencies(self) -> dict[str, str]:
        """The currencies of public amounts with their names, from the index, which knows them without a look at each."""
        entries = FacetEntry.objects.filter(term_id=OuterRef("pk"))
        terms = FacetTerm.objects.filter(Exists(entries), listing=self.parent.name, facet=CURRENCY_FACET)
        return CURRENCIES.names(terms.exclude(value=NONE).order_by("value").values_list("value", flat=True))

    def phrase(self, span: AmountSpan) -> str:
        """The range in words, such as "with a contract value of at least 200 million US dollars"."""
        return str(WITH[span.kind]) % self.size(span) if span.currency else self.of_kind(span.kind)

    def of_kind(self, kind: str) -> str:
        return gettext("with an amount of the kind %s") % AmountKind.label_of(kind)

    def size(self, span: AmountSpan) -> str:
        low, high = (
            sum_in_words(end, span.currency) if end is not None else "" for end in (span.low, span.high)
        )
        if low and high:
            between = {"low": figure(span.low), "high": high}
            return gettext("between %(low)s and %(high)s") % between
        if low:
            return gettext("of at least %s") % low
        return (
            gettext("of at most %s") % high if high else gettext("in %s") % currency_in_words(span.currency)
        )


class Having(Facet):
    """Whether a record has any linked row at all. It has one value, `yes`, beside that for nothing recorded."""

    def clause(self, names: list[str]) -> str:
        return str(self.says)

    def pairs(self, members: QuerySet):
        yield places_in_facet(self.ways[0].leading(members), self.ways[0].owner, Value(YES))
        yield self.without(members)


YES = "yes"


class YesTerms(Terms):
    """The one value of `Having`."""

    def labels(self, values):
        return {value: gettext("Recorded") for value in values if value == YES}

    def allowed(self):
        return [YES]

    def found(self, text):
        return [YES]

    def named(self, texts):
        """None: that something is recorded has no name."""
        return iter(())


class AmountKey(SortKey):
    """The order by amount, currency by currency in the order of their codes, rows without an amount last.

    An agreement with several sums stands by the largest where the largest come first, and else by the smallest: by
    those in the currency and of the kind that were asked for; where none was, by those in the first of its currencies.
    """

    def heeds(self, chosen) -> bool:
        return isinstance(chosen, AmountSpan)

    def ordered(self, descending: bool, asked: dict) -> list[OrderBy]:
        asked_for = next((span for span in asked.values() if isinstance(span, AmountSpan)), AmountSpan())
        those = PUBLIC_AMOUNTS().filter(asked_for.conditions(), agreement=OuterRef("pk"))
        amount = OrderBy(F("amount"), descending=descending)
        first = those.order_by("currency", amount)
        return [
            OrderBy(Subquery(first.values("currency")[:1]), nulls_last=True),
            OrderBy(Subquery(first.values("amount")[:1]), descending=descending, nulls_last=True),
        ]
