"""One search over everything: a page with the best of each kind of record, and the same for programs."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import F
from django.http import QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_safe

from partners.languages import for_reader
from partners.models import Agreement, Sector
from partners.nouns import (
    AGREEMENT,
    LABORATORY,
    PARTNER,
    SOURCE,
    Noun,
    listed,
    record_path,
)
from partners.searched import SEARCHED_PAGES, Searched, all_searched, shown_here
from partners.selection.everywhere import (
    ELSEWHERE,
    Best,
    Hit,
    Row,
    matching_entries,
)
from partners.selection.index import INDEX_PATIENCE, bring_up_to_date
from partners.selection.offers import MOST_OFFERS, Offer
from partners.selection.parameters import (
    Problem,
    all_values_understood,
    no_page_number,
    not_among,
    repeated,
    unknown_parameters,
)
from partners.selection.search.filters import SearchField
from partners.selection.search.marking import Piece
from partners.selection.search.queries import parse
from partners.selection.search.reading import TextReader
from partners.selection.search.reasons import Match
from partners.selection.search.small_words import CALLED, EVERY_CALLED
from partners.selection.search.suggestions import MOST_SUGGESTED
from partners.tables.columns import read_records, type_of_cell
from partners.views.presentation import offered
from partners.vocabularies import AgreementType

# What the address of a source is to it.
ADDRESS = gettext_lazy("Address")
# The best of each kind; of one kind alone, so many on a page.
HITS_PER_GROUP, HITS_PER_PAGE = 5, 25
# The lists whose filters are offered.
OFFERING = (PARTNER, AGREEMENT, SOURCE)


@dataclass(frozen=True)
class Group:
    """What was found of one kind: so many hits from a place on, and the number of all."""

    searched: Searched
    query: str
    reader: TextReader
    first: int = 0
    most: int = HITS_PER_GROUP

    @property
    def name(self) -> str:
        return self.searched.name

    @cached_property
    def entries(self) -> list[Hit]:
        """Everything that was found where there is no listing."""
        return matching_entries(self.searched.entries(), self.query) if self.searched.entries else []

    @cached_property
    def best(self) -> Best | None:
        return Best(self.searched.listing, self.query, self.reader) if self.searched.listing else None

    @cached_property
    def count(self) -> int:
        return self.best.count if self.best else len(self.entries)

    @cached_property
    def hits(self) -> list[Hit]:
        if self.best:
            return list(hits(self.searched, self.best, self.best.rows(self.first, self.most)))
        return self.entries[self.first : self.first + self.most]

    @property
    def words_met(self) -> int | None:
        """How many of the words each row has, where none has all; None where there are such."""
        return self.best.found.met if self.best and self.best.is_closest else None

    @property
    def counted(self) -> str:
        return self.searched.counted(self.count)

    @property
    def closeness(self) -> int:
        return min((hit.closeness for hit in self.hits), default=ELSEWHERE)

    @property
    def link(self) -> str:
        """The address of all that were found."""
        parameters = QueryDict(mutable=True)
        parameters["q"] = self.query
        if self.searched.noun:
            return f"{reverse(self.searched.noun.page_route)}?{parameters.urlencode()}"
        parameters["kind"] = self.name
        return f"{reverse('search')}?{parameters.urlencode()}"


def is_by_chance(groups: list[Group]) -> bool:
    """Whether no record has all words of a query but organizations, in texts of what belongs to them: each word may stand
    in another of these."""
    return all(
        each.words_met is not None
        or (each.closeness == ELSEWHERE and each.best and each.best.search.texts.is_headed_by_name)
        for each in groups
        if each.searched is not SEARCHED_PAGES
    )


def hits(searched: Searched, best: Best, found: list[Row]) -> Iterator[Hit]:
    """Rows of a listing, in this order, each with why it was found. Costs a few queries in all."""
    if not found:
        return
    table, asked = searched.table, best.search.asked(best.query)
    records = searched.listing.everything().filter(pk__in=[each.pk for each in found])
    rows = {row[table.key[0]]: row for row in read_records(records, searched.columns)}
    matches, labels = best.explain(rows), [str(text.label) for text in best.search.texts.own]
    # One that was withheld since it was found is not there any more.
    for each in (each for each in found if each.slug in rows):
        row = rows[each.slug]
        name = for_reader(searched.heading, row.get)
        # A query that only leaves something out gives no reason.
        match = matches.get(each.slug) or Match([Piece(name)])
        facts = tuple(cell_in_words(row[column]) for column in searched.facts if row[column])
        close = searched.closeness(match, asked, each.slug, labels, each.tier)
        yield Hit(each.slug, name, record_path(table, row), match, close, facts)


def cell_in_words(value: type_of_cell) -> str:
    """A cell in words."""
    if isinstance(value, datetime.date):
        return date_format(value, "j F Y")
    return ", ".join(value) if isinstance(value, list) else str(value)


def elsewhere(query: str, but_for: Noun, reader: TextReader | None = None) -> list[tuple[str, str]]:
    """How much with all words of a query there is of every other kind, each with the address of it.

    A search that one list does not answer may be about another, for which `reader` has read texts already.
    Costs a query or two for each kind.
    """
    reader = reader or TextReader()
    groups = [Group(searched, query, reader) for searched in all_searched() if searched.noun is not but_for]
    return [(each.counted, each.link) for each in groups if each.count and each.words_met is None]


class Results:
    """What the parameters of an address ask for, and what was found."""

    def __init__(self, request):
        self.request = request
        self.text = request.GET.get("q", "").strip()
        self.reader = TextReader()

    @cached_property
    def problems(self) -> list[Problem]:
        names = ("q", "kind", "page")
        found = [*unknown_parameters(self.request.GET, names), *repeated(self.request.GET, names)]
        kind, page = self.request.GET.get("kind", ""), self.request.GET.get("page") or "1"
        if kind:
            found += not_among("kind", kind, shown_here())
        if no_number := list(no_page_number(page)):
            found += no_number
        elif int(page) > 1 and not kind:
            message = gettext("The best of every kind have no pages; one kind has. Allowed for “kind”: %s.")
            found.append(Problem("page", message % ", ".join(shown_here())))
        return [*found, *self.problems_of_text]

    @cached_property
    def problems_of_text(self) -> list[Problem]:
        """What is wrong with the words themselves; said beside the field."""
        try:
            SearchField(required=False).clean(self.text)
        except ValidationError as error:
            return [Problem("q", message) for message in error.messages]
        return []

    @property
    def is_valid(self) -> bool:
        """Whether something can be shown; unknown parameters are left out of account, as by the lists."""
        return all_values_understood(self.problems)

    @cached_property
    def only(self) -> Searched | None:
        """The one kind that was asked for."""
        return shown_here().get(self.request.GET.get("kind", ""))

    @cached_property
    def groups(self) -> list[Group]:
        """What was found, the kinds with the best hits first; nothing where nothing can be looked for."""
        return self.shown[1]

    @property
    def instead(self) -> str:
        """The names in the query, where these are what is shown, as no text says what else it asks for; or ""."""
        return self.shown[0]

    @cached_property
    def shown(self) -> tuple[str, list[Group]]:
        """What was searched for instead of the query, or "", and what was found."""
        if not self.text or not self.is_valid:
            return "", []
        bring_up_to_date(patience=INDEX_PATIENCE)
        if self.only:
            first = (self.page_asked - 1) * HITS_PER_PAGE
            return "", [Group(self.only, self.text, self.reader, first, HITS_PER_PAGE)]
        found = self.found(self.text)
        if names := self.names if is_by_chance(found) else "":
            of_names = self.found(names)
            if of_names and not is_by_chance(of_names):
                return names, of_names
        return "", found

    def found(self, query: str) -> list[Group]:
        """What a query finds, the kinds with the best hits first."""
        found = [each for searched in all_searched() if (each := Group(searched, query, self.reader)).count]
        whole = [each for each in found if each.words_met is None]
        most = max((each.words_met for each in found if each.words_met is not None), default=0)
        best = whole or [each for each in found if each.words_met == most]
        return sorted(best, key=lambda each: each.closeness)

    @property
    def names(self) -> str:
        """The words of the query that name the first filters which are offered; "" where it asks for nothing else, leaves
        something out, or says more in other words than by what is no name of an organization."""
        asked = parse(self.text)
        if not self.offers or asked.unwanted:
            return ""
        offer, _counted = self.offers[0]
        if offer.not_named > len(offer.filters) and not any(named.is_organization for named in offer.filters):
            return ""
        words = " ".join(named.words for named in offer.filters)
        return "" if parse(words).wanted == asked.wanted else words

    @property
    def unread_phrases(self) -> list[str]:
        """The phrases of which it was not read whether each row that is shown has them."""
        found = [each.best.found for each in self.groups if each.best]
        return list(dict.fromkeys(phrase for each in found for phrase in each.unread_phrases))

    @property
    def is_closest(self) -> bool:
        """Whether nothing has all the words, and what is shown has the weightiest of them."""
        return bool(self.instead) or any(each.words_met is not None for each in self.groups)

    @property
    def other_problems(self) -> list[Problem]:
        """What is wrong with anything but the words."""
        return [problem for problem in self.problems if problem not in self.problems_of_text]

    @property
    def count(self) -> int:
        return sum(each.count for each in self.groups)

    @cached_property
    def paging(self):
        """The pages of the hits of one kind; None where the best of every kind are shown."""
        if not (self.only and self.groups):
            return None
        paginator = Paginator(range(self.count), HITS_PER_PAGE)
        return paginator.get_page(self.page_asked)

    @property
    def page_asked(self) -> int:
        return int(self.request.GET.get("page") or 1)

    @property
    def is_past_the_end(self) -> bool:
        """Whether a page was asked for after the last one."""
        return self.paging is not None and self.page_asked > self.paging.paginator.num_pages

    @cached_property
    def offers(self) -> list[tuple[Offer, str]]:
        """The words that are names of filter values, as filters, each with the address of the rows it leads to and
        their number; of several lists those that leave the fewest words over."""
        if not self.is_valid or self.only:
            return []
        found = [
            (replace(offer, link=reverse(noun.page_route) + offer.link), counted)
            for noun in OFFERING
            for offer, counted in offered(noun, self.text, QueryDict())
        ]
        fewest = min((offer.not_named for offer, _counted in found), default=0)
        return [each for each in found if each[0].not_named == fewest][:MOST_OFFERS]

    @cached_property
    def whole_lists(self) -> list[tuple[str, str]]:
        """The list that the query asks for as a whole, as "How many partners are there?" does: how many rows it has,
        and where."""
        query = parse(self.text)
        asked = {term.words for term in query.wanted}
        if not self.is_valid or self.only or query.unwanted or not asked <= EVERY_CALLED:
            return []
        return [
            (noun.counted(noun.listing.everything().count()), reverse(noun.page_route))
            for noun in listed()
            if noun.listing and asked & CALLED.get(noun.listing.name, frozenset())
        ]

    @property
    def is_weak(self) -> bool:
        """Whether the words stand in addresses of sources only, as "oakridge" does."""
        hits = [hit for group in self.groups for hit in group.hits]
        return all(
            hit.match.reasons and all(reason.label == ADDRESS for reason in hit.match.reasons) for hit in hits
        )

    @cached_property
    def suggestions(self) -> list[tuple[str, str]]:
        """What may have been meant where nothing has all words: other words, and the address that searches for them."""
        if not self.is_valid or self.only or (self.groups and not self.is_closest and not self.is_weak):
            return []
        # A name that was meant as a whole leaves no doubt: no list offers another word beside it.
        found = self.meant(names_only=True) or self.meant()
        if self.instead:
            # Nor is one better that is found by chance too.
            found = [text for text in found[:MOST_SUGGESTED] if not is_by_chance(self.found(text))]
        return [(text, self.link(q=text)) for text in found][:MOST_SUGGESTED]

    def meant(self, names_only: bool = False) -> list[str]:
        """The same words of every list, in their order."""
        found: dict[str, str] = {}
        for searched in all_searched():
            if searched.listing and len(found) < MOST_SUGGESTED:
                search = searched.listing.base_filters["q"]
                for text in search.suggestions(self.text, reader=self.reader, names_only=names_only):
                    # The same words once, as a name writes them where one list has them in a name.
                    same = parse(text).text
                    found[same] = min(found.get(same, text), text, key=lambda each: each == same)
        return list(found.values())

    @property
    def empty(self) -> list[str]:
        """The kinds of which nothing was found."""
        found = {each.name for each in self.groups}
        return [str(each.title) for each in all_searched() if each.name not in found]

    def link(self, **parameters) -> str:
        """The query string of these words with other parameters."""
        query = QueryDict(mutable=True)
        query.update({"q": self.text} | parameters)
        return f"?{query.urlencode()}"


@require_safe
def search_page(request):
    """The best of every kind of record for the words that were typed; without words, what can be asked."""
    results = Results(request)
    return render(request, "partners/search.html", {"results": results, "examples": example_queries(results)})


def example_queries(results: Results) -> list[tuple[str, str]]:
    """What one may ask, from the directory itself: words, and what they are. Only for a page without words."""
    if results.text:
        return []
    # One of the newest agreement: to look for it among all partners would read every agreement of them.
    newest = Agreement.objects.published().order_by(F("announced_date").desc(nulls_last=True), "slug")
    partner = (
        PARTNER.listing.everything().filter(parties__agreement__in=newest.values("pk")[:1]).in_order().first()
    )
    laboratory = LABORATORY.listing.everything().exclude(city="").in_order().first()
    sector = Sector.objects.order_by("name_key").first()
    found = [
        (partner and partner.name, gettext("a name, a former name or an acronym")),
        (laboratory and laboratory.city, gettext("a town, a state or a country")),
        (sector and sector.name, gettext("a subject")),
        (AgreementType.MOU.label, gettext("a type of agreement or of organization")),
        (
            f"“{laboratory.name}”" if laboratory else "",
            gettext("a phrase, in quotes: these words, in this order"),
        ),
    ]
    return [(str(words), meaning) for words, meaning in found if words]
