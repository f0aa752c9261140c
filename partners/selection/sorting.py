"""The order of a listing: up to two keys, then what settles ties, so that it is the same everywhere and always."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, F, IntegerField, OrderBy, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext

from partners.selection.declared import DeclaredFilter
from partners.selection.parameters import refuse

MOST_KEYS = 2


@dataclass(frozen=True)
class SortKey:
    """A column to order by, and what its two directions are called.

    Where it may be empty (`gaps`), rows without a value come last either way.
    """

    up: str
    down: str
    expression: object
    gaps: bool = False

    def ordered(self, descending: bool, asked: dict) -> list[OrderBy]:
        """What to order by; `asked` is what was understood of the other parameters."""
        expression = F(self.expression) if isinstance(self.expression, str) else self.expression
        return [OrderBy(expression, descending=descending, nulls_last=self.gaps or None)]

    def heeds(self, chosen) -> bool:
        """Whether what was understood of another parameter changes the order."""
        return False


class SortWidget(forms.Widget):
    """Reads `sort`, which may be given twice."""

    def value_from_datadict(self, data, files, name):
        return tuple(filter(None, data.getlist(name)))

    def value_omitted_from_data(self, data, files, name):
        return name not in data


class SortField(forms.Field):
    """Takes orders of the listing."""

    widget = SortWidget

    def __init__(self, orders, **kwargs):
        self.orders = orders
        super().__init__(**kwargs)

    def clean(self, given):
        if unknown := [value for value in given if value not in self.orders]:
            raise ValidationError([refuse(value, self.orders) for value in unknown[:MOST_KEYS]])
        if len(given) > MOST_KEYS:
            raise ValidationError(gettext("A list can be sorted by at most %d properties.") % MOST_KEYS)
        if len({value.lstrip("-") for value in given}) < len(given):
            raise ValidationError(gettext("Each property to sort by can be given once only."))
        return given


class Sort(DeclaredFilter):
    """Orders rows by named keys, "-" before one turning it round.

    `keys`     the columns to order by
    `default`  the order where none is asked for
    `last`     columns that settle ties
    """

    field_class = SortField

    def __init__(self, label, keys: dict[str, SortKey], default: str, last: list[str]):
        self.keys, self.default, self.last = keys, default, last
        super().__init__(label=label, orders=list(self.orders), required=False)

    @property
    def orders(self) -> dict[str, str]:
        """What one can order by, with labels, the default first."""
        named = {
            value: label
            for name, key in self.keys.items()
            for value, label in ((name, key.up), (f"-{name}", key.down))
        }
        return {self.default: named[self.default]} | named

    def filter(self, queryset: QuerySet, chosen: tuple[str, ...], before=(), asked=()) -> QuerySet:
        """The rows in the chosen order; `before` are expressions that come first where nothing was chosen, `asked` is
        what was understood of the other parameters."""
        if not chosen:
            return queryset.order_by(*before, *self.expressions((self.default,), asked), *self.last)
        return queryset.order_by(*self.expressions(chosen, asked), *self.last)

    def heeded(self, asked: Mapping) -> tuple[tuple[str, Hashable], ...]:
        """Of what was understood of the other parameters, that which an order may follow from."""
        return tuple(
            (name, chosen)
            for name, chosen in asked.items()
            if any(key.heeds(chosen) for key in self.keys.values())
        )

    def expressions(self, chosen: tuple[str, ...], asked) -> list[OrderBy]:
        """What the chosen keys order by, one after the other."""
        keys = [(self.keys[value.lstrip("-")], value.startswith("-")) for value in chosen]
        return [each for key, descending in keys for each in key.ordered(descending, dict(asked))]


def text_order(column: str):
    """A text column to order by, in which nothing recorded is nothing."""
    return NullIf(F(column), Value(""))


def number_of(counted: str, rows: Callable[[], QuerySet], owner: str):
    """How many different records the links of a record lead to, to order by. `counted` is the lookup to them."""
    linked = rows().filter(**{owner: OuterRef("pk")}).order_by().values(owner)
    counted = linked.annotate(number=Count(counted, distinct=True)).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
