"""A page that is about to be shown, for what is said of it to machines: its address, its record, the way to it."""

from dataclasses import dataclass
from functools import cache, cached_property

from django.conf import settings
from django.template import Context
from django.urls import reverse
from django.utils.translation import get_language, gettext

from partners import site_pages
from partners.head import structured_data as schema
from partners.head.structured_data import Node, Site
from partners.languages import path_in
from partners.nouns import NOUNS, Noun, listed
from partners.selection.selection import PAGE_SIZES, Selection


@dataclass(frozen=True)
class Page:
    """A page that is about to be shown: what its template knows, what it is called, and what it says it is about."""

    context: Context
    site_name: str
    name: str
    description: str

    @property
    def request(self):
        return self.context["request"]

    @property
    def route(self) -> str:
        match = self.request.resolver_match
        return match.url_name if match else ""

    @cached_property
    def site(self) -> Site:
        root = f"{self.request.scheme}://{self.request.get_host()}"
        return Site(root, self.site_name, get_language() or settings.LANGUAGE_CODE)

    @property
    def selection(self) -> Selection | None:
        """The selection that a page of a listing shows."""
        selection = self.context.get("selection")
        return selection if isinstance(selection, Selection) and self.route in listing_routes() else None

    @cached_property
    def address(self) -> str:
        """The whole address under which this page wants to be known; pages that show the same rows share one."""
        return self.address_in(self.site.language)

    def address_in(self, language: str) -> str:
        """The same in another language of the site."""
        query = known_query(self.selection) if self.selection else ""
        return self.site.at(path_in(language, self.request.path) + query)

    @property
    def may_be_listed(self) -> bool:
        """Whether search engines are asked to list it. What is chosen by a reader only shows the same records again."""
        parameters = self.request.GET
        if self.selection and self.selection.is_past_the_end:
            return False
        return not any(any(values) for name, values in parameters.lists() if name != "page")

    @property
    def noun(self) -> Noun | None:
        """The kind of the record whose page it is."""
        return next((noun for noun in NOUNS if noun.detail_route == self.route), None)

    @property
    def is_record(self) -> bool:
        return self.noun is not None

    @property
    def record(self):
        """The record whose page it is."""
        return self.context[self.noun.record_name]

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """The way to this page from the front page: names and paths."""
        here = self.request.path
        above = [
            (label, path)
            for label, path in navigation_entries(get_language())
            if here.startswith(path) and here != path
        ]
        area = self.context.get("mission_area")
        if area is not None and area.parent:
            above.append((area.parent.name, area.parent.get_absolute_url()))
        return [(gettext("Home"), reverse("overview")), *above, (self.name, here)]

    def describe(self, type: str = "WebPage", **more) -> Node:
        """The page as a node, below which stands what it is about."""
        way = schema.breadcrumbs(self.site, self.crumbs)
        return schema.web_page(
            self.site, type, self.address, self.name, self.description, **more, breadcrumb=way
        )


@cache
def navigation_entries(language: str) -> list[tuple[str, str]]:
    """The names and paths of the main pages."""
    return [(str(label), reverse(route)) for route, label in site_pages.main_pages()]


def known_query(selection: Selection) -> str:
    """The query string of the rows a page shows, however they are shown: each parameter once, in one order.

    The number of a page says which rows it has only in the usual order and size.
    """
    if not selection.parameters or not selection.valid:
        return ""
    given = {name: sorted(set(filter(None, values))) for name, values in selection.parameters.lists()}
    kept = [name for name in selection.listing.parameters() if given.get(name) and name != "sort"]
    usual = given.get("per_page", [PAGE_SIZES[0]]) == [PAGE_SIZES[0]] and not given.get("sort")
    link = selection.parameters.copy()
    link.clear()
    for name in kept:
        link.setlist(name, given[name])
    if usual and selection.page.number > 1:
        link["page"] = str(selection.page.number)
    return f"?{link.urlencode()}" if link else ""


def listing_routes() -> set[str]:
    return {noun.page_route for noun in listed()}
