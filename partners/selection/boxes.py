"""The fields of the form beside a listing, as a page shows them: facets with their values, and ranges."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext

from partners.selection.counting import Count
from partners.selection.facets import MOST_VALUES, NONE, Choice, Facet, FacetValue
from partners.selection.parameters import LONGEST_SHOWN
from partners.selection.ranges import Range


@dataclass(frozen=True)
class Chip:
    """An active filter: what it says, the address without it, and the one that turns it round, where that is possible."""

    name: str
    value: str
    excluded: bool
    link: str
    turned: str = ""


@dataclass(frozen=True)
class FacetBox:
    """A facet as a page shows it."""

    name: str
    label: str
    values: list[FacetValue]
    choice: Choice
    # How many values there are, those that are not in `values` included.
    total: int
    # What is looked for among them.
    sought: str = ""

    @property
    def is_of_use(self) -> bool:
        """Whether there is anything to choose: not where no row has a value, and nobody asks for one."""
        return bool(self.sought or self.choice) or any(line.value != NONE for line in self.values)

    @property
    def finder(self) -> str:
        return f"find_{self.name}"

    @property
    def parameters(self) -> list[str]:
        """The parameters whose problems stand beside it."""
        return [self.name, f"exclude_{self.name}", self.finder]


@dataclass(frozen=True)
class RangeBox:
    """A range as a page shows it: its two parameters with what was given, which letters they take, and others with their
    values, the label of each value, and whether it was given."""

    name: str
    label: str
    filter: Range = field(compare=False)
    inputmode: str
    pattern: str
    ends: list[tuple[str, str]]
    choices: list[tuple[str, str, list[tuple[str, str, bool]]]]

    @property
    def parameters(self) -> list[str]:
        """The parameters whose problems stand beside it."""
        return self.filter.parameters(self.name)

    @property
    def is_given(self) -> bool:
        """Whether something was given for it."""
        return any(given for _name, given in self.ends)

    @property
    def is_of_use(self) -> bool:
        """Whether there is anything to choose where something must be."""
        return bool(self.choices) or not self.filter.units


def chips_of(selection) -> list[Chip]:
    """The active filters of a selection: ranges, values of facets, words."""
    chips = []
    for box in selection.ranges if selection.valid else ():
        if span := selection.filters.form.cleaned_data[box.name]:
            without = dict.fromkeys(box.filter.parameters(box.name))
            link = selection.link(**without, page=None)
            chips.append(Chip(box.label, box.filter.phrase(span), False, link))
    for name, labels in selection.labels.items():
        choice, title = selection.choice(name), str(selection.listing.facets()[name].label)
        for parameter, values in ((name, choice.include), (f"exclude_{name}", choice.exclude)):
            excluded = parameter != name
            for value in values:
                without, turned = selection.without(parameter, value), selection.turned(name, value, excluded)
                chips.append(Chip(title, labels[value], excluded, without, turned))
    if selection.query:
        chips.append(Chip(gettext("Search"), selection.query, False, selection.link(q=None, page=None)))
    return chips


def facet_boxes(selection) -> list[FacetBox]:
    """Every facet with its values and counts."""
    boxes = []
    for name, facet in selection.filters.facets().items():
        count, choice = selection.counts.get(name, Count()), selection.choice(name)
        lines = facet.lines(count.rows, choice)
        boxes.append(FacetBox(name, str(facet.label), lines, choice, count.values, selection.sought(name)))
    return boxes


def refused_boxes(selection) -> list[FacetBox]:
    """Every facet of a selection that was not understood: what was ticked stays so, and nothing is counted.

    Offered are the values of what was understood.
    """
    boxes = []
    for box in selection.understood.facets:
        given = Choice(*(given_values(selection, parameter) for parameter in box.parameters[:2]))
        facet = selection.listing.facets()[box.name]
        lines = [*box.values, *missing_lines(facet, given, {line.value for line in box.values})]
        lines = [
            line._replace(
                count=None, chosen=line.value in given.include, excluded=line.value in given.exclude
            )
            for line in lines
        ]
        boxes.append(replace(box, values=lines, choice=given, sought=selection.sought(box.name)))
    return boxes


def given_values(selection, parameter: str) -> tuple[str, ...]:
    """The values that were given for a parameter, as many as a facet takes."""
    values = dict.fromkeys(filter(None, selection.given.getlist(parameter)))
    return tuple(values)[:MOST_VALUES]


def missing_lines(facet: Facet, given: Choice, there: set[str]) -> Iterator[FacetValue]:
    """A line for each given value that has none; one that does not exist is called by what was written."""
    missing = [value for value in dict.fromkeys(given.values) if value not in there]
    labels = facet.terms.accepted(missing)
    for value in missing:
        yield FacetValue(value, str(labels.get(value, value[:LONGEST_SHOWN])), None)


def range_boxes(selection) -> list[RangeBox]:
    """Every range, with what was given."""
    ranges = {name: each for name, each in selection.filters.filters.items() if isinstance(each, Range)}
    return [range_box(name, each, selection.given) for name, each in ranges.items()]


def range_box(name: str, range: Range, parameters) -> RangeBox:
    given = {parameter: parameters.get(parameter, "") for parameter in range.parameters(name)}
    choices = [
        (parameter, label, [(value, text, value == given[parameter]) for value, text in values])
        for parameter, label, values in range.choices(given)
    ]
    ends = [(end, given[end]) for end in range.names]
    return RangeBox(name, str(range.label), range, range.inputmode, str(range.pattern), ends, choices)
