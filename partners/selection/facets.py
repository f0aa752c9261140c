"""Facets: parameters that narrow a listing by one value each, with the number of rows beside every value.

A facet counts the rows that match every *other* parameter, so the number beside a value is the number of rows after
choosing it. A facet is declared once, as a filter of a listing; its form field, its validation, its rows, its counts
and its labels follow from that.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext

from partners.selection.terms import Terms, refuse

NONE = "none"
MOST_VALUES = 50
PLAIN_VALUE = re.compile(r"[A-Za-z0-9_-]{1,100}\Z")


@dataclass(frozen=True)
class Choice:
    """What a reader chose in one facet: values to keep, values to leave out."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __bool__(self):
        return bool(self.include or self.exclude)


@dataclass(frozen=True)
class FacetValue:
    """One line of a facet."""

    value: str
    label: str
    count: int
    chosen: bool = False
    excluded: bool = False


class ChoiceWidget(forms.Widget):
    """Reads `name` and `exclude_name`, both repeatable. The page writes its own checkboxes."""

    def value_from_datadict(self, data, files, name):
        return Choice(
            tuple(dict.fromkeys(data.getlist(name))), tuple(dict.fromkeys(data.getlist(f"exclude_{name}")))
        )

    def value_omitted_from_data(self, data, files, name):
        return name not in data and f"exclude_{name}" not in data


class ChoiceField(forms.Field):
    """Accepts values of its facet only."""

    widget = ChoiceWidget

    def __init__(self, facet, **kwargs):
        self.facet = facet
        super().__init__(**kwargs)

    def clean(self, choice: Choice) -> Choice:
        given = [value for value in (*choice.include, *choice.exclude) if value]
        if len(given) > MOST_VALUES:
            raise ValidationError(gettext("At most %d values of one filter can be combined.") % MOST_VALUES)
        if unknown := self.facet.unknown(given):
            allowed = [*self.facet.terms.allowed(), NONE]
            raise ValidationError([refuse(value, allowed) for value in unknown])
        return Choice(tuple(filter(None, choice.include)), tuple(filter(None, choice.exclude)))


class Facet(django_filters.Filter):
    """A filter with counts.

    `terms`  the values it takes, and their labels
    `code`   the lookup to the value, from the listed record or, where there are `links`, from a link
    `links`  the rows that tie a listed record to several values, and `owner`, the lookup from a link to the record
    """

    field_class = ChoiceField

    def __init__(
        self, label, terms: Terms, code: str, links: Callable[[], QuerySet] | None = None, owner: str = ""
    ):
        self.terms, self.code, self.links, self.owner = terms, code, links, owner
        super().__init__(label=label, facet=self, required=False)

    def filter(self, queryset: QuerySet, choice: Choice) -> QuerySet:
        """Rows with one of the values to keep and none of the values to leave out."""
        if choice and choice.include:
            queryset = queryset.filter(self.matching(choice.include))
        if choice and choice.exclude:
            queryset = queryset.filter(~self.matching(choice.exclude))
        return queryset

    def matching(self, values: Iterable[str]) -> Q:
        """The condition that a row has one of the values."""
        condition = self.having([value for value in values if value != NONE])
        return condition | self.having_nothing() if NONE in values else condition

    def having(self, values: list[str]) -> Q:
        condition = Q(**{f"{self.code}__in": values})
        return self.linked(condition) if self.links else condition

    def having_nothing(self) -> Q:
        return ~self.linked(Q(**{f"{self.code}__isnull": False})) if self.links else Q(**{self.code: ""})

    def linked(self, condition: Q) -> Q:
        """The condition that a link of the record meets another one."""
        return Q(pk__in=self.links().filter(condition).order_by().values(self.owner))

    def unknown(self, values: Iterable[str]) -> list[str]:
        """Those of the given values that this facet does not take."""
        known = self.terms.labels({value for value in values if PLAIN_VALUE.match(value)} - {NONE})
        return [value for value in values if value not in known and value != NONE]

    def values(self, rows: QuerySet, choice: Choice) -> list[FacetValue]:
        """The values that occur in `rows`, and the chosen ones, with their counts: most rows first, then by label."""
        counts = dict.fromkeys((*choice.include, *choice.exclude), 0) | self.counts(rows)
        labels = self.terms.names(set(counts) - {NONE}) | {NONE: gettext("Not recorded")}
        lines = [
            FacetValue(value, str(labels[value]), count, value in choice.include, value in choice.exclude)
            for value, count in counts.items()
        ]
        return sorted(
            lines, key=lambda line: (line.value == NONE, -line.count, line.label.casefold(), line.value)
        )

    def counts(self, rows: QuerySet) -> dict[str, int]:
        """How many of `rows` have each value, by one query, and how many have none, by another."""
        if self.links:
            links = self.links().filter(
                **{f"{self.code}__isnull": False, f"{self.owner}__in": rows.order_by().values("pk")}
            )
            grouped = links.order_by().values_list(self.code).annotate(count=Count(self.owner, distinct=True))
            counts = dict(grouped)
            counts[NONE] = rows.filter(self.having_nothing()).order_by().count()
        else:
            counts = dict(rows.order_by().values_list(self.code).annotate(count=Count("pk")))
            counts[NONE] = counts.pop("", 0)
        return {value: count for value, count in counts.items() if count}
