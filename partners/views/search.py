"""One search over everything: a page with the best of each kind of record, and the same for programs."""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from partners.models import MissionArea, Sector
from partners.selection.everywhere import (
    ELSEWHERE,
    Best,
    Entry,
    Hit,
    closeness,
    closeness_of_document,
    matching_entries,
)
from partners.selection.index import PATIENCE, bring_up_to_date
from partners.selection.listings import Listing, OtherOrganizationListing
from partners.selection.offers import Offer
from partners.selection.search.filters import SearchField
from partners.selection.search.marking import Piece
from partners.selection.search.queries import parse
from partners.selection.search.reasons import Match
from partners.selection.search.suggestions import MOST_SUGGESTED
from partners.selection.selection import Problem
from partners.selection.terms import refuse
from partners.tables.columns import Column, Table, read_records, type_of_cell
from partners.tables.definitions import ORGANIZATIONS
from partners.views import site_pages
from partners.views.files import unknown_parameters
from partners.views.kinds import (
    AGREEMENTS_KIND,
    EVENTS_KIND,
    LABORATORIES,
    PARTNERS,
    SOURCES_KIND,
    Kind,
    record_path,
)
from partners.views.presentation import offered
from partners.vocabularies import AgreementType

# The best of each kind; of one kind alone, so many on a page.
SHOWN, ON_A_PAGE = 5, 25


@dataclass(frozen=True)
class Searched:
    """A kind of thing that is searched.

    `noun` counts them in words. Where they have a listing, `kind` is what shows it, and its page has all that were
    found; the others, from a `listing` without a page or from `entries`, are shown here. `facts` are the columns that
    a line below the name says.
    """

    name: str
    title: str | Promise
    noun: object
    facts: tuple[str, ...] = ()
    kind: Kind | None = None
    listing: type[Listing] | None = None
    table: Table | None = None
    entries: Callable[[], Iterator[Entry]] | None = None
    closeness: Callable = closeness

    def counted(self, count: int) -> str:
        return str(self.noun % {"count": count})

    @property
    def columns(self) -> list[Column]:
        """The columns that a hit needs: what names it, what its address depends on, and what is said of it."""
        address = ["type"] if self.table is ORGANIZATIONS else []
        needed = dict.fromkeys((*self.table.key, self.heading, *address, *self.facts))
        return [self.table.column(name) for name in needed]

    @property
    def heading(self) -> str:
        """The column of the name."""
        return next(
            column.name for column in self.table.columns if column.name in ("name", "title_en", "title")
        )


def of_kind(kind: Kind, *facts: str, **others) -> Searched:
    return Searched(kind.name, kind.title, kind.noun, facts, kind, kind.listing, kind.table, **others)


def sectors() -> Iterator[Entry]:
    for sector in Sector.objects.order_by("name_key", "slug"):
        yield term(sector, ())


def mission_areas() -> Iterator[Entry]:
    for area in MissionArea.objects.select_related("parent").order_by("name_key", "slug"):
        above = [(gettext("Part of"), name) for name in names(area.parent)] if area.parent else []
        yield term(area, above, (area.get_level_display(),))


def term(record: Sector | MissionArea, texts, facts=()) -> Entry:
    """A sector or a mission area: found by its name and description in every language, and by what it is part of."""
    others = [(gettext("Name"), name) for name in names(record)] + [
        (gettext("Description"), text) for text in (record.description_en, record.description_nl) if text
    ]
    address = record.get_absolute_url()
    return Entry(record.slug, record.name, record.description, address, facts, (*others, *texts))


def names(record: Sector | MissionArea) -> list[str]:
    return [name for name in (record.name_en, record.name_nl) if name]


# In the order in which equally good ones are shown.
SEARCHED = (
    of_kind(PARTNERS, "ownership_label", "city", "region_label"),
    of_kind(AGREEMENTS_KIND, "agreement_type_label", "partner_labels", "announced_date"),
    of_kind(LABORATORIES, "city", "region_label"),
    Searched(
        "agency",
        _("Agencies and other organizations"),
        ngettext_lazy(
            "%(count)d agency or other organization", "%(count)d agencies and other organizations", "count"
        ),
        ("type_label", "city"),
        listing=OtherOrganizationListing,
        table=ORGANIZATIONS,
    ),
    Searched(
        "mission-area",
        _("Mission areas"),
        ngettext_lazy("%(count)d mission area", "%(count)d mission areas", "count"),
        entries=mission_areas,
    ),
    Searched(
        "sector",
        _("Sectors"),
        ngettext_lazy("%(count)d sector", "%(count)d sectors", "count"),
        entries=sectors,
    ),
    of_kind(EVENTS_KIND, "date", "kind_label"),
    of_kind(SOURCES_KIND, "publisher", "published_date", "stance_label", closeness=closeness_of_document),
    Searched(
        "page",
        _("Pages of this site"),
        ngettext_lazy("%(count)d page of this site", "%(count)d pages of this site", "count"),
        entries=site_pages.entries,
    ),
)
# The kinds whose hits this page shows whole.
SHOWN_HERE = {each.name: each for each in SEARCHED if each.kind is None}


@dataclass(frozen=True)
class Group:
    """What was found of one kind: the number of all, and the best of them."""

    searched: Searched
    count: int
    hits: list[Hit]
    query: str
    is_closest: bool = False

    @property
    def name(self) -> str:
        return self.searched.name

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
        if self.searched.kind:
            return f"{reverse(self.searched.kind.page_route)}?{parameters.urlencode()}"
        parameters["kind"] = self.name
        return f"{reverse('search')}?{parameters.urlencode()}"


def group(searched: Searched, query: str, first: int = 0, most: int = SHOWN, closest: bool = False) -> Group:
    """What a query finds of one kind; of the hits, so many from a place on."""
    if searched.entries:
        found = matching_entries(searched.entries(), query)
        return Group(searched, len(found), found[first : first + most], query)
    best = Best(searched.listing, query, closest)
    return Group(
        searched, best.count, list(hits(searched, best, best.keys(first, most))), query, best.found.is_closest
    )


def hits(searched: Searched, best: Best, keys: list[int]) -> Iterator[Hit]:
    """The records with these primary keys, in this order, each with why it was found. Costs a few queries in all."""
    if not keys:
        return
    table, asked = searched.table, parse(best.query)
    records = searched.listing.everything().filter(pk__in=keys)
    slugs = dict(records.order_by().values_list("pk", "slug"))
    rows = {row[table.key[0]]: row for row in read_records(records, searched.columns)}
    matches = best.explain(rows)
    labels = [str(text.label) for text in best.search.texts.own]
    for key in keys:
        slug = slugs[key]
        row = rows[slug]
        name = row[searched.heading]
        # A query that only leaves something out gives no reason.
        match = matches.get(slug) or Match([Piece(name)])
        facts = tuple(said(row[column]) for column in searched.facts if row[column])
        close = searched.closeness(match, asked, slug, labels, best.tier(key))
        yield Hit(slug, name, record_path(table, row), match, close, facts)


def said(value: type_of_cell) -> str:
    """A cell in words."""
    if isinstance(value, datetime.date):
        return date_format(value, "j F Y")
    return ", ".join(value) if isinstance(value, list) else str(value)


class Results:
    """What the parameters of an address ask for, and what was found."""

    def __init__(self, request):
        self.request = request
        self.text = request.GET.get("q", "").strip()

    @cached_property
    def problems(self) -> list[Problem]:
        found = unknown_parameters(self.request, "q", "kind", "page")
        found += [
            Problem(name, gettext("This parameter can be given once only."))
            for name in ("q", "kind", "page")
            if len(self.request.GET.getlist(name)) > 1
        ]
        kind, page = self.request.GET.get("kind", ""), self.request.GET.get("page") or "1"
        if kind and kind not in SHOWN_HERE:
            found.append(Problem("kind", refuse(kind, SHOWN_HERE).messages[0]))
        if not (page.isascii() and page.isdecimal() and len(page) < 10 and int(page)):
            says = gettext("“%s” is not a page number. Allowed: 1, 2, 3 and so on.")
            found.append(Problem("page", says % page[:100]))
        return [*found, *self.problems_of_text]

    @cached_property
    def problems_of_text(self) -> list[Problem]:
        """What is wrong with the words themselves; said beside the field."""
        try:
            SearchField(required=False).clean(self.text)
        except ValidationError as error:
            return [Problem("q", message) for message in error.messages]
        return []

    @cached_property
    def only(self) -> Searched | None:
        """The one kind that was asked for."""
        return SHOWN_HERE.get(self.request.GET.get("kind", ""))

    @cached_property
    def groups(self) -> list[Group]:
        """What was found, the kinds with the best hits first; nothing where nothing can be looked for."""
        if not self.text or self.problems:
            return []
        bring_up_to_date(patience=PATIENCE)
        if self.only:
            first = (self.page_asked - 1) * ON_A_PAGE
            return [group(self.only, self.text, first, ON_A_PAGE, closest=True)]
        return self.best_groups() or self.best_groups(closest=True)

    def best_groups(self, closest: bool = False) -> list[Group]:
        found = [group(searched, self.text, closest=closest) for searched in SEARCHED]
        return sorted((each for each in found if each.count), key=lambda each: each.closeness)

    @property
    def is_closest(self) -> bool:
        """Whether nothing has all the words, and what is shown has the weightiest of them."""
        return any(each.is_closest for each in self.groups)

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
        paginator = Paginator(range(self.count), ON_A_PAGE)
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
        """The words that are names of filter values of the partners, as filters, each with the rows it leads to."""
        return [] if self.problems or self.only else offered(PARTNERS, self.text, QueryDict())

    @cached_property
    def suggestions(self) -> list[tuple[str, str]]:
        """What may have been meant where nothing has all words: other words, and the address that searches for them."""
        if self.problems or self.only or (self.groups and not self.is_closest):
            return []
        found: list[str] = []
        for searched in SEARCHED:
            if searched.listing and len(found) < MOST_SUGGESTED:
                found += searched.listing.base_filters["q"].suggestions(self.text)
        return [(text, self.link(q=text)) for text in dict.fromkeys(found)][:MOST_SUGGESTED]

    @property
    def empty(self) -> list[str]:
        """The kinds of which nothing was found."""
        found = {each.name for each in self.groups}
        return [str(each.title) for each in SEARCHED if each.name not in found]

    def link(self, **parameters) -> str:
        """The query string of these words with other parameters."""
        query = QueryDict(mutable=True)
        query.update({"q": self.text} | parameters)
        return f"?{query.urlencode()}"


@require_safe
def search_page(request):
    """The best of every kind of record for the words that were typed; without words, what can be asked."""
    results = Results(request)
    return render(request, "partners/search.html", {"results": results, "examples": examples(results)})


def examples(results: Results) -> list[tuple[str, str]]:
    """What one may ask, from the directory itself: words, and what they are. Only for a page without words."""
    if results.text:
        return []
    partner = (
        PARTNERS.listing.everything().order_by("-parties__agreement__announced_date", "name_key").first()
    )
    laboratory = LABORATORIES.listing.everything().exclude(city="").in_order().first()
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
    return [(str(words), says) for words, says in found if words]
