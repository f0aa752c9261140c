"""Facets: parameters that narrow a listing by one value each, with the number of rows beside every value.

A facet counts the rows that match every *other* parameter, less those of values that are left out in the facet itself,
so the number beside a value is the number of rows after choosing it. A facet is declared once, as a filter of a listing; its form field, its validation, its rows, its counts
and its labels follow from that. Which record stands under which value is kept in an index, which is derived from the
same declaration (`index.py`).
"""

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import (
    CharField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, NullIf
from django.utils.functional import Promise
from django.utils.translation import gettext

from partners.folding import fold
from partners.models import FacetEntry
from partners.models.fields import RESERVED
from partners.selection.declared import DeclaredFilter
from partners.selection.parameters import MOST_SHOWN, Renamed, refuse
from partners.selection.search.lookup import EVERYTHING, Wanted, looked_up
from partners.selection.search.words import place_of
from partners.selection.terms import Terms

NONE = RESERVED
MOST_VALUES = 50


@dataclass(frozen=True)
class Choice:
    """What a reader chose in one facet: values to keep, values to leave out."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __bool__(self):
        return bool(self.include or self.exclude)

    @property
    def values(self) -> tuple[str, ...]:
        return (*self.include, *self.exclude)


class FacetValue(NamedTuple):
    """One line of a facet; without a count where something in the address was not understood."""

    value: str
    label: str
    count: int | None
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
        given = [value for value in choice.values if value]
        if len(given) > MOST_VALUES:
            raise ValidationError(gettext("At most %d values of one filter can be combined.") % MOST_VALUES)
        if unknown := self.facet.unknown(given):
            if present := self.facet.terms.called_now(unknown):
                raise Renamed(
                    {(self.facet.parameter_of(old, choice), old): new for old, new in present.items()}
                )
            allowed = self.facet.terms.allowed()
            raise ValidationError([self.refusal(value, choice, allowed) for value in unknown])
        if both := [value for value in choice.include if value and value in choice.exclude]:
            labels = self.facet.labels(both)
            labels = ", ".join(f"“{labels[value]}”" for value in both)
            message = gettext("%(labels)s cannot be asked for and left out at once. Choose one of the two.")
            raise ValidationError(
                message % {"labels": labels}, code=self.facet.parameters(self.facet.field_name)[1]
            )
        return Choice(tuple(filter(None, choice.include)), tuple(filter(None, choice.exclude)))

    def refusal(self, value: str, choice: Choice, allowed: list[str]) -> ValidationError:
        """The error for a value that there is not. It has words of its own for whoever sees the values on a page."""
        # Of many values only the first are at hand, and another one may have this name.
        named = self.facet.terms.named([fold(value)]) if len(allowed) > MOST_SHOWN else ()
        allowed = [*allowed, *(value for _name, value in named), NONE]
        error = refuse(value, allowed, parameter=self.facet.parameter_of(value, choice))
        error.plain = gettext(
            "“%(value)s” is not a value of “%(facet)s”. Untick it, or choose another one."
        ) % {
            "value": value[:100],
            "facet": self.facet.label,
        }
        return error


@dataclass(frozen=True)
class Way:
    """How a listed record comes to several values: by `links`, rows that tie it to them; `code` is the lookup from a link
    to the value, `owner` the one to the record."""

    links: Callable[[], QuerySet]
    code: str
    owner: str

    def leading(self, members: QuerySet) -> QuerySet:
        """The links of some records that lead to a value."""
        links, records = self.links(), members.order_by().values("pk")
        is_recorded, _text = recorded_as_text(links, self.code)
        return links.filter(is_recorded, **{f"{self.owner}__in": records})

    def own(self) -> QuerySet:
        """The links of the record of an outer query that lead to a value."""
        links = self.links()
        is_recorded, _text = recorded_as_text(links, self.code)
        return links.filter(is_recorded, **{self.owner: OuterRef("pk")})


class Facet(DeclaredFilter):
    """A filter with counts.

    `terms`  the values it takes, and their labels
    `codes`  the lookups to the value, from the listed record or, where there are `links`, from a link: to a text, a
             whole number or a day. More than one where a record stands under broader values too: a pillar includes its
             domains and challenges
    `says`   how a sentence says a choice, such as "in the sector %s"
    `links`  the rows that tie a listed record to several values, and `owner`, the lookup from a link to the record
    `ways`   the same where there are several kinds of links: a record stands under the values of all of them
    """

    field_class = ChoiceField

    def __init__(
        self,
        label,
        terms: Terms,
        *codes: str,
        says: str | Promise,
        links: Callable[[], QuerySet] | None = None,
        owner: str = "",
        ways: tuple[Way, ...] = (),
    ):
        self.terms, self.codes, self.says = terms, codes, says
        self.ways = ways or tuple(Way(links, code, owner) for code in codes if links)
        super().__init__(label=label, facet=self, required=False)

    def within(self, listing: str, name: str) -> "Facet":
        """The same facet for one listing; several may share a declaration."""
        facet = copy(self)
        facet.terms = self.terms.within(listing, name)
        facet.extra = self.extra | {"facet": facet}
        return facet

    @staticmethod
    def parameters(name: str) -> list[str]:
        """What the parameters of a facet are called."""
        return [name, f"exclude_{name}"]

    def parameter_of(self, value: str, choice: Choice) -> str:
        """The parameter with which a value was chosen."""
        include, exclude = self.parameters(self.field_name)
        return include if value in choice.include else exclude

    # Which rows

    # What is left out is asked by NOT EXISTS: for NOT IN, PostgreSQL looks through a large set again for each row.

    def filter(self, queryset: QuerySet, choice: Choice) -> QuerySet:
        """Rows with one of the values to keep and none of the values to leave out."""
        if choice and choice.include:
            queryset = queryset.filter(pk__in=self.entries(choice.include))
        if choice and choice.exclude:
            left_out = self.entries(choice.exclude).filter(record_id=OuterRef("pk"))
            queryset = queryset.filter(~Exists(left_out))
        return queryset

    def records(self, choice: Choice) -> int:
        """The same, of all records in the index, as a set; see `Listing.facets_in_sets`."""
        words = {value: Wanted(place_of(self.field_name, value)) for value in choice.values}
        everything = Wanted(EVERYTHING)
        using = self.parent.queryset.db
        found = looked_up(self.parent.name, [everything, *words.values()], using)
        sets = {value: found[word].anywhere for value, word in words.items()}
        kept = reduce(or_, (sets[value] for value in choice.include), 0)
        left_out = reduce(or_, (sets[value] for value in choice.exclude), 0)
        return (kept if choice.include else found[everything].anywhere) & ~left_out

    def entries(self, values: Iterable[str]) -> QuerySet:
        """The records that stand under one of the values."""
        return FacetEntry.records(self.parent.name, self.field_name, values)

    # Which values

    def unknown(self, values: Iterable[str]) -> list[str]:
        """Those of the given values that this facet does not take."""
        known = self.terms.accepted(set(values) - {NONE})
        return [value for value in values if value not in known and value != NONE]

    def labels(self, values: Iterable[str]) -> dict[str, str]:
        """What values that are known to exist are called."""
        names = self.terms.names(set(values) - {NONE}) | {NONE: self.terms.nothing}
        # A name of a record stays what it is: it may be marked with its language.
        return {value: label if isinstance(label, str) else str(label) for value, label in names.items()}

    def lines(self, counts: dict[str, int], choice: Choice) -> list[FacetValue]:
        """Values with their counts, the chosen ones in any case: most rows first, then by label."""
        counts = dict.fromkeys(choice.values, 0) | counts
        labels = self.labels(counts)
        lines = [
            FacetValue(value, labels[value], count, value in choice.include, value in choice.exclude)
            for value, count in counts.items()
            if value in labels
        ]
        return sorted(
            lines, key=lambda line: (line.value == NONE, -line.count, line.label.casefold(), line.value)
        )

    def clause(self, names: list[str]) -> str:
        """Chosen values in a sentence, such as "in the sector Cloud or Chips"."""
        return str(self.says) % either(names)

    # What the index holds

    def pairs(self, members: QuerySet) -> Iterator[QuerySet]:
        """Querysets of (record, value) that together say where each of the given records stands."""
        if not self.ways:
            (code,) = self.codes
            _is_recorded, text = recorded_as_text(members, code)
            recorded = NullIf(self.terms.stored(text), Value(""), output_field=CharField())
            yield places_in_facet(members, "pk", Coalesce(recorded, Value(NONE)))
            return
        for way in self.ways:
            _is_recorded, text = recorded_as_text(way.links(), way.code)
            yield places_in_facet(way.leading(members), way.owner, self.terms.stored(text))
        yield self.without(members)

    def without(self, members: QuerySet) -> QuerySet:
        """The records without a link that leads to a value, each with the value for that."""
        # Where the same links lead to broader values too, a record without the first has none of them.
        first = {way.links: way for way in reversed(self.ways)}
        alone = [~Exists(way.own()) for way in first.values()]
        return places_in_facet(members.filter(*alone), "pk", Value(NONE))


def recorded_as_text(rows: QuerySet, code: str) -> tuple[Q, F | Cast]:
    """Whether something is recorded where a lookup from some rows leads, and that as a text."""
    field = rows.annotate(found=F(code)).query.annotations["found"].output_field
    if isinstance(field, CharField | TextField):
        return Q(**{f"{code}__gt": ""}), F(code)
    return Q(**{f"{code}__isnull": False}), Cast(code, CharField())


def either(names: list[str]) -> str:
    """Several names as alternatives: "A, B or C"."""
    return gettext(" or ").join(filter(None, [", ".join(names[:-1]), names[-1]]))


def places_in_facet(rows: QuerySet, record: str, value) -> QuerySet:
    """Pairs of a record and the value it stands under, by the names that the index knows."""
    value = ExpressionWrapper(value, output_field=CharField())
    return (
        rows.order_by()
        .annotate(entry_record=F(record), entry_value=value)
        .values_list("entry_record", "entry_value")
    )
