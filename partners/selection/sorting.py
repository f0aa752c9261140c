"""The order of a listing."""

import django_filters
from django import forms
from django.db.models import F, OrderBy

from partners.selection.terms import refuse


class SortField(forms.CharField):
    """Takes one of the orders of the listing."""

    def __init__(self, orders, **kwargs):
        self.orders = orders
        super().__init__(**kwargs)

    def clean(self, value):
        if value and value not in self.orders:
            raise refuse(value, self.orders)
        return value


class Sort(django_filters.Filter):
    """Orders rows by one of several named orders, the first of which is the default.

    `orders`  the label and the keys of each
    `last`    keys that settle ties, so that an order is the same in every page, file and engine
    """

    field_class = SortField

    def __init__(self, label, orders: dict[str, tuple[str, list[str | OrderBy]]], last: list[str]):
        self.orders, self.last = orders, last
        super().__init__(label=label, orders=orders, required=False)

    @property
    def default(self) -> str:
        return next(iter(self.orders))

    def filter(self, queryset, value):
        _label, keys = self.orders[value or self.default]
        taken = {key.lstrip("-") for key in keys if isinstance(key, str)}
        return queryset.order_by(*keys, *(key for key in self.last if key not in taken))


def oldest(column: str) -> OrderBy:
    """By a column, smallest first; rows without a value come last."""
    return F(column).asc(nulls_last=True)


def newest(column: str) -> OrderBy:
    """By a column, largest first; rows without a value come last here too."""
    return F(column).desc(nulls_last=True)
