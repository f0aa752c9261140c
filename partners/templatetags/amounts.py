"""Sums of money on pages: in words, with the exact figure for programs and for whoever points at it."""

from decimal import Decimal

from django import template
from django.utils.html import format_html

from partners.money import full_number, phrase_for_amount, plain_number, short_sum

register = template.Library()


@register.simple_tag
def amount_in_words(amount) -> str:
    """An amount, as a record or as a row, such as "Contract value of at least $600 million"."""
    values = amount if isinstance(amount, dict) else vars(amount)
    money = sum_of(values["amount"], values["currency"])
    return format_html(phrase_for_amount(values["kind"], values["exactness"], "{}"), money)


def sum_of(amount: Decimal, currency: str) -> str:
    exact = f"{currency} {full_number(amount)}"
    shown = short_sum(amount, currency)
    return format_html('<data value="{}" title="{}">{}</data>', plain_number(amount), exact, shown)
