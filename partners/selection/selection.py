"""A selection: what the parameters of an address choose from a listing.

A page, a part of it and every file start from one `Selection`, so that they cannot disagree.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db import connections
from django.http import QueryDict
from django.utils.translation import gettext

from partners.selection.boxes import (
    Chip,
    FacetBox,
    RangeBox,
    chips_of,
    facet_boxes,
    range_boxes,
    refused_boxes,
)
from partners.selection.counting import ALL, Base, Count, count_values
from partners.selection.facets import Choice, FacetValue
from partners.selection.index import INDEX_PATIENCE, bring_to_past, bring_up_to_date
from partners.selection.listings import Listing
from partners.selection.listings.base import composed
from partners.selection.parameters import (
    Problem,
    all_values_understood,
    no_page_number,
    not_among,
    query_string,
    repeated,
    unknown_parameters,
)
from partners.selection.search.finding import Found
from partners.selection.search.reasons import Match

PAGE_SIZES = ("25", "50", "100")
# Filters whose absence is tried when nothing matches.
MOST_FILTERS_TRIED = 10
# They say which part of the rows a page shows and have no meaning for a file.
PAGE_PARAMETERS = ("page", "per_page")
LONGEST_SOUGHT = 100


class Selection:
    """The rows of a listing that match the parameters of an address, and all that a page says about them."""

    def __init__(
        self,
        listing: type[Listing],
        given: QueryDict,
        others: Mapping[str, list[str]] | None = None,
        beside: Sequence[Problem] = (),
        as_of: str = "",
    ):
        """`others` are the parameters that say how rows are shown or as of when, as whoever shows them understood them;
        `beside` is what was not understood of these, where it leaves no rows. `as_of` says which past it is, in words.
        """
        bring_up_to_date(patience=INDEX_PATIENCE)
        bring_to_past(listing)
        self.listing = listing
        self.given = given
        self.others, self.problems_beside, self.as_of = others or {}, beside, as_of
        self.parameters = self.known_ones()
        self.filters = listing(self.parameters, queryset=composed(listing).all())

    @cached_property
    def names(self) -> list[str]:
        """Every parameter that there is here."""
        return [*self.listing.parameters(), *PAGE_PARAMETERS, *self.finders.values(), *self.others]

    def known_ones(self) -> QueryDict:
        """What was given for the parameters that there are: links are made of these."""
        parameters = copy(self.given)
        for name in [name for name in parameters if name not in self.names]:
            del parameters[name]
        for name, values in self.others.items():
            parameters.setlist(name, values)
        return parameters

    # What could not be understood

    @cached_property
    def problems(self) -> list[Problem]:
        """Every bad value and every unknown parameter."""
        message = gettext("“%(value)s” is not a filter of this list.")
        unknown = unknown_parameters(self.given, self.names, message)
        return [*unknown, *self.bad_values(), *self.problems_beside]

    def bad_values(self) -> Iterator[Problem]:
        for name, errors in self.filters.form.errors.as_data().items():
            first, *others = self.listing.parameters_of(name)
            for error in errors:
                parameter = error.code if error.code in others else first
                plain = getattr(error, "plain", "")
                yield from (Problem(parameter, message, plain=plain) for message in error.messages)
        yield from repeated(self.parameters, (*self.once, *PAGE_PARAMETERS, *self.finders.values()))
        yield from not_among("per_page", self.parameters.get("per_page") or PAGE_SIZES[0], PAGE_SIZES)
        yield from no_page_number(self.parameters.get("page") or "1")

    @property
    def once(self) -> list[str]:
        """The parameters that take one value."""
        several = {"sort", *self.listing.facets()}
        names = [name for name in self.listing.base_filters if name not in several]
        return [parameter for name in names for parameter in self.listing.parameters_of(name)]

    @cached_property
    def finders(self) -> dict[str, str]:
        """The parameters that look for values in a facet, such as `find_partner`. They leave the rows as they are."""
        return {name: f"find_{name}" for name in self.listing.facets()}

    @cached_property
    def valid(self) -> bool:
        """Whether every value was understood."""
        return all_values_understood(self.problems)

    @cached_property
    def understood(self) -> "Selection":
        """What is left without the parameters of which something was not understood."""
        if self.valid:
            return self
        refused = {problem.parameter for problem in self.problems if problem.bad_value}
        others = {name: values for name, values in self.others.items() if name not in refused}
        for left_out in (refused, self.beside(refused)):
            link = self.link(**dict.fromkeys([*left_out, "page"]))
            rest = Selection(self.listing, QueryDict(link[1:]), others)
            if rest.valid:
                return rest
        return Selection(self.listing, QueryDict(), others)

    def beside(self, parameters: set[str]) -> set[str]:
        """These parameters and all others of their filters, which may say nothing without them."""
        filters = [set(self.listing.parameters_of(name)) for name in self.listing.base_filters]
        return parameters.union(*(names for names in filters if names & parameters))

    # Rows

    @cached_property
    def rows(self):
        """The selected records in their order; none when a value was not understood."""
        return self.filters.qs if self.valid else self.filters.queryset.none()

    @cached_property
    def keys(self) -> list[int] | None:
        """The primary keys of the rows in their order; None where nothing narrows the listing.

        Rows that were searched for are found once, and the page, the count and the facets start from them.
        """
        if not self.valid:
            return []
        return self.filters.keys_in_order() if self.is_narrowed() else None

    def is_narrowed(self, but_for: str = "") -> bool:
        """Whether some parameter (other than one) leaves rows out, or the index cannot tell which rows there are."""
        narrowing = {name for name, value in self.filters.form.cleaned_data.items() if value}
        return bool(narrowing - {"sort", but_for}) or not self.listing.indexed_exactly

    @cached_property
    def count(self) -> int:
        return self.counts.get(ALL, Count()).rows.get("", 0) if self.keys is None else len(self.keys)

    @cached_property
    def page(self) -> Page:
        """The page that was asked for; the last one where there are fewer (see `is_past_the_end`)."""
        size = self.parameters.get("per_page") if self.valid else None
        paginator = Paginator(self.rows if self.keys is None else self.keys, int(size or PAGE_SIZES[0]))
        paginator.count = self.count
        return paginator.get_page(self.page_asked)

    @property
    def page_asked(self) -> int:
        """The number of the page that was asked for."""
        return int(self.parameters.get("page") or 1) if self.valid else 1

    @property
    def is_past_the_end(self) -> bool:
        """Whether a page was asked for that is not there."""
        return self.page_asked > self.page.paginator.num_pages

    @cached_property
    def page_keys(self) -> list[int]:
        """The primary keys of the records of the page, in their order; none where there is no such page."""
        if self.is_past_the_end:
            return []
        if self.keys is not None:
            return self.page.object_list
        size = self.page.paginator.per_page
        return self.filters.keys_between((self.page.number - 1) * size, self.page.number * size)

    @cached_property
    def page_rows(self):
        """The records of the page, in their order; none where there is no such page."""
        if self.is_past_the_end or not self.valid:
            return self.filters.queryset.none()
        if self.keys is None:
            return self.page.object_list
        records = self.filters.queryset.filter(pk__in=self.page.object_list)
        return self.filters.in_order(records)

    # Facets

    def choice(self, facet: str) -> Choice:
        """What is chosen in one facet."""
        return (
            self.filters.form.cleaned_data.get(facet) or Choice()
            if self.filters.form.is_valid()
            else Choice()
        )

    @cached_property
    def counts(self) -> dict[str, Count]:
        """The rows under each value of every facet, and all rows.

        A value counts the rows that match every other parameter and none of the values left out beside it: as many as
        there are after the click that chooses it.
        """
        chosen = [name for name in self.listing.facets() if self.choice(name)]
        narrowed = [name for name in chosen if self.choice(name).include]
        others = tuple(name for name in self.listing.facets() if name not in narrowed)
        bases = [Base(self.keys, (ALL, *others))]
        bases += [Base(self.base_of(name), (name,)) for name in narrowed]
        for name in chosen:
            if left_out := self.choice(name).exclude:
                bases.append(Base(self.base_of(name, Choice()), (name,), only=left_out))
        wanted = {name: list(self.choice(name).values) for name in chosen}
        found = {
            name: [*facet.terms.found(self.sought(name)), *wanted.get(name, ())]
            for name, facet in self.listing.facets().items()
            if self.sought(name)
        }
        return self.counted(bases, wanted, found)

    def counted(self, *asked) -> dict[str, Count]:
        connection = connections[self.filters.queryset.db]
        return count_values(self.listing.name, *asked, connection, self.listing.facets_in_sets())

    def sought(self, facet: str) -> str:
        """What is looked for among the values of a facet."""
        return self.parameters.get(self.finders[facet], "").strip()[:LONGEST_SOUGHT]

    def base_of(self, facet: str, choice: Choice | None = None) -> list[int] | None:
        """What the values of a facet count: the records that match every other parameter; None where that is all.

        What is left out in the facet itself stays so, unless another `choice` is given.
        """
        choice = Choice(exclude=self.choice(facet).exclude) if choice is None else choice
        if not choice and not self.is_narrowed(but_for=facet):
            return None
        return self.filters.keys_but_for(facet, choice)

    @cached_property
    def facets(self) -> list[FacetBox]:
        """Every facet with its values; with their counts where everything was understood."""
        return facet_boxes(self) if self.valid else refused_boxes(self)

    def lines_of(self, *facets: str) -> dict[str, list[FacetValue]]:
        """The values of some facets among the selected rows, whatever is chosen in them."""
        base = Base(self.keys, facets)
        counts = self.counted([base], {}, {})
        declared = self.listing.facets()
        return {name: declared[name].lines(counts.get(name, Count()).rows, Choice()) for name in facets}

    # Words and links

    @property
    def query(self) -> str:
        """What was searched for."""
        return self.parameters.get("q", "").strip()

    def matches(self, slugs: Iterable[str]) -> dict[str, Match]:
        """Why the rows with these slugs were found, by slug; nothing where nothing was searched for."""
        asked = self.query if self.valid else ""
        return self.filters.filters["q"].explain(asked, slugs) if asked else {}

    @cached_property
    def found(self) -> Found:
        """What was found for the words of the query, whatever else narrows the listing."""
        return self.filters.filters["q"].find(self.query) if self.valid and self.query else Found()

    @cached_property
    def suggestions(self) -> list[tuple[str, str]]:
        """What may have been meant where nothing has all words of the query: other words, and the address that
        searches for them. Each finds a row that everything else leaves too."""
        if not self.query or not self.valid or self.found.is_good:
            return []
        rows = self.filters.rows_but_for("q") if self.is_narrowed(but_for="q") else None
        texts = self.filters.filters["q"].suggestions(self.query, rows)
        return [(text, self.link(q=text, page=None)) for text in texts]

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The keys the rows are ordered by; none where the best matches of a search come first."""
        if not self.valid:
            return self.understood.order
        asked = self.filters.form.cleaned_data["sort"] if self.filters.form.is_valid() else ()
        default = () if self.is_ranked else (self.listing.base_filters["sort"].default,)
        return asked or default

    @cached_property
    def is_ranked(self) -> bool:
        """Whether a search orders the rows where nothing else does."""
        if not self.valid:
            return self.understood.is_ranked
        return self.filters.form.is_valid() and bool(
            self.filters.filters["q"].ranks(self.filters.form.cleaned_data["q"])
        )

    @property
    def sorts(self) -> dict[str, str]:
        """The orders one can choose, with their labels."""
        orders = self.listing.base_filters["sort"].orders
        best = {"": gettext("Best match first")} if self.is_ranked else {}
        return best | {value: str(label) for value, label in orders.items()}

    @cached_property
    def ranges(self) -> list[RangeBox]:
        """Every range, with what was given."""
        return range_boxes(self)

    @cached_property
    def chips(self) -> list[Chip]:
        """The active filters, each with the address without it."""
        return chips_of(self)

    @cached_property
    def labels(self) -> dict[str, dict[str, str]]:
        """For each facet in which something is chosen, what its chosen values are called."""
        chosen = {name: self.choice(name) for name in self.listing.facets() if self.valid}
        return {
            name: self.listing.facets()[name].labels(choice.values)
            for name, choice in chosen.items()
            if choice
        }

    @cached_property
    def ways_out(self) -> list[tuple[Chip, int]]:
        """Where nothing matches: each filter that would give rows when left out, with their number, most first.

        Costs a count for each active filter, of which the first few are tried.
        """
        if self.count or not self.valid:
            return []
        tried = [
            (chip, self.at(chip.link).rows.order_by().count()) for chip in self.chips[:MOST_FILTERS_TRIED]
        ]
        return sorted(((chip, count) for chip, count in tried if count), key=lambda way: -way[1])

    def at(self, link: str) -> "Selection":
        """The selection of a link from this one. What a search found here it need not look for again."""
        other = Selection(self.listing, QueryDict(link[1:]))
        other.filters.found_keys, other.filters.reader = self.filters.found_keys, self.filters.reader
        return other

    def link(self, **changes) -> str:
        """The query string of this selection with some parameters replaced, or left out where the value is None."""
        # A shallow copy, whose lists are its own (django.http.QueryDict.setlist): a page has dozens of links.
        parameters = copy(self.parameters)
        for name, value in changes.items():
            if value is None:
                parameters.pop(name, None)
            elif isinstance(value, list):
                parameters.setlist(name, value)
            else:
                parameters[name] = value
        return query_string(parameters)

    def without(self, parameter: str, value: str) -> str:
        """The query string of this selection without one value of a parameter."""
        left = [other for other in self.parameters.getlist(parameter) if other != value]
        return self.link(**{parameter: left or None, "page": None})

    def turned(self, facet: str, value: str, excluded: bool) -> str:
        """The query string in which a value that is asked for is left out, or the other way round."""
        parameters = (facet, f"exclude_{facet}")
        now, then = parameters[::-1] if excluded else parameters
        left = [other for other in self.parameters.getlist(now) if other != value]
        there = [other for other in self.parameters.getlist(then) if other != value]
        return self.link(**{now: left or None, then: [*there, value], "page": None})

    @property
    def as_of_link(self) -> str:
        """The permanent address of this page of a past."""
        return self.link()

    @property
    def today_link(self) -> str:
        """The same as it is today."""
        return self.link(as_of=None)

    @cached_property
    def file_link(self) -> str:
        """The query string with which a file holds this selection, all pages of it."""
        return self.link(page=None, per_page=None, view=None, **dict.fromkeys(self.finders.values()))
