"""What each kind of page says of itself to machines: its own address, and its description in terms of schema.org.

Everything is made from what the view gave its template, so that page and description cannot disagree.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from django.conf import settings
from django.db.models import Model
from django.template import Context
from django.urls import reverse
from django.utils.translation import get_language, gettext

from partners import site_pages
from partners.formats.files import SHAPES
from partners.head import structured_data as schema
from partners.head.sitemaps import noted
from partners.head.structured_data import Node, Site
from partners.models import Agreement, DataVersion, Event, MissionArea, Organization, Sector, Source
from partners.nouns import NOUNS, Noun, listed
from partners.provenance import Provenance
from partners.selection.selection import PAGE_SIZES, Selection

# The shapes that hold the rows themselves, with their media types; the others describe them, or tell of changes.
MEDIA_TYPES = {
    shape.name: shape.media_type for shape in SHAPES if shape.name in ("csv", "xlsx", "json", "ndjson")
}


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
        query = known_query(self.selection) if self.selection else ""
        return self.site.at(self.request.path + query)

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
        return [(gettext("Overview"), reverse("overview")), *above, (self.name, here)]

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


# Pages ---------------------------------------------------------------------------------------------------------------


def programme_of(page: Page) -> Node | None:
    """The programme whose partners the site lists; None while it is not recorded."""
    programme = page.context["programme"]
    return schema.node("Thing", name=programme.name, description=programme.summary) if programme else None


def front_page(page: Page) -> Node:
    return schema.web_site(
        page.site,
        description=page.description,
        inLanguage=page.site.language,
        about=programme_of(page),
        potentialAction=schema.search_action(page.site, reverse("search")),
    )


def describe_listing(page: Page) -> Node:
    """A listing: the rows of the page, and the files of the whole selection."""
    selection, kind = page.selection, page.context["kind"]
    if not selection.valid:
        return page.describe("CollectionPage")
    paths = paths_of(kind, page.context["rows"])
    items = schema.item_list(page.site, paths, selection.count, selection.page.start_index() or 1)
    data = data_of(page, kind, page.address, selection.file_link)
    return page.describe("CollectionPage", mainEntity=[items, data])


def paths_of(kind: Noun, rows: list[dict]) -> Iterator[str]:
    """The paths of the pages of rows."""
    # Those of one type differ in their last part only; composing each anew would take longer than all else here.
    above: dict[tuple, str] = {}
    for row in rows:
        slug, beside = row[kind.key], tuple(row[name] for name in kind.address_from)
        if beside not in above:
            above[beside] = kind.path(row).removesuffix(f"{slug}/")
        yield f"{above[beside]}{slug}/"


@cache
def files_of(name: str, language: str) -> list[tuple[str, str]]:
    """The paths of the files of a listing that hold its rows, with their media types."""
    kind = next(kind for kind in listed() if kind.name == name)
    return [
        (reverse(shape.route(kind)), MEDIA_TYPES[shape.name]) for shape in SHAPES if shape.name in MEDIA_TYPES
    ]


def data_of(page: Page, kind: Noun, url: str, query: str = "", **more) -> Node:
    """A listing as data, in every shape that holds its rows."""
    query = query.removesuffix("?")
    files = [(path + query, media_type) for path, media_type in files_of(kind.name, get_language())]
    name = page.name if query else f"{page.site.name}: {kind.title}"
    description = f"{kind.introduction} {kind.table.description}"
    return schema.dataset(page.site, name, description, url, files, license=licence(), **more)


def licence() -> str | Node | None:
    """The licence of the data, which may be an address or a name; None while none has been stated."""
    stated = settings.DATA_LICENCE
    return stated if "://" in stated or not stated else schema.node("CreativeWork", name=stated)


def data_page(page: Page) -> Node:
    """Everything as one package, and each listing in its shapes."""
    datasets = [
        data_of(
            page,
            kind,
            page.site.at(reverse(kind.page_route)),
            variableMeasured=[column.name for column in kind.table.public_columns],
        )
        for kind in listed()
    ]
    version, package = page.context["version"], page.context["package"]
    whole = schema.dataset(
        page.site,
        page.site.name,
        page.description,
        page.address,
        [(reverse("package"), "application/zip")],
        license=licence(),
        version=str(version),
        dateModified=DataVersion.moment(version).isoformat(timespec="seconds"),
    )
    if package:
        (download,) = whole["distribution"]
        download |= {"contentSize": str(package.facts.bytes), "sha256": package.facts.sha256}
    catalogue = schema.node(
        "DataCatalog",
        name=page.site.name,
        description=page.description,
        url=page.address,
        dataset=[whole, *datasets],
    )
    return page.describe(mainEntity=catalogue)


def about_page(page: Page) -> Node:
    provenance = page.context["provenance"]
    return page.describe(
        "AboutPage",
        about=schema.web_site(page.site, about=programme_of(page)),
        citation=cited(provenance) if provenance else None,
    )


def describe_search(page: Page) -> Node:
    """The hits of every kind, in the order of the page."""
    groups = page.context["results"].groups
    paths = [hit.address for group in groups for hit in group.hits]
    found = schema.item_list(page.site, paths, page.context["results"].count) if paths else None
    return page.describe("SearchResultsPage", mainEntity=[found] if found else None)


def describe_comparison(page: Page) -> Node:
    heads = page.context["requested"].heads if page.context["comparison"] else []
    paths = [head.address for head in heads]
    return page.describe(mainEntity=schema.item_list(page.site, paths, len(paths)) if paths else None)


# Records -------------------------------------------------------------------------------------------------------------


def cited(provenance: Provenance) -> list[Node]:
    return [schema.source(numbered.source) for numbered in provenance.sources]


def modified(record) -> str | None:
    """When what the page of a record shows last changed, as the sitemap says it."""
    moment = noted(record.changed)
    return moment.isoformat(timespec="seconds") if moment else None


def organization_page(page: Page) -> Node:
    record = page.record
    return page.describe(
        "ProfilePage",
        dateModified=modified(record),
        mainEntity=schema.organization(page.site, record, page.context["parent"]),
        citation=cited(page.context["provenance"]),
    )


def agreement_page(page: Page) -> Node:
    """There is no type for an agreement: the page is about its parties and areas, and mentions its dates and sums."""
    record = page.record
    parties = {party.organization: None for party in record.public_parties}
    words = {
        "announced_date": gettext("announced"),
        "signed_date": gettext("signed"),
        "effective_date": gettext("in effect"),
        "expiration_date": gettext("in effect until this day"),
    }
    return page.describe(
        dateModified=modified(record),
        keywords=[str(record.get_agreement_type_display())],
        about=[
            *(schema.organization_in_short(page.site, party) for party in parties),
            *(schema.term(page.site, area) for area in record.mission_areas.all()),
        ],
        mentions=[
            *schema.dates_of(page.site, record, page.context["announcement"], words),
            *(schema.amount(page.site, each) for each in record.told_amounts),
        ],
        citation=cited(page.context["provenance"]),
    )


def event_page(page: Page) -> Node:
    record = page.record
    return page.describe(
        dateModified=modified(record),
        mainEntity=schema.event(page.site, record),
        citation=cited(page.context["provenance"]),
    )


def source_page(page: Page) -> Node:
    uses = [
        schema.node("WebPage", name=str(record), url=page.site.at(record.get_absolute_url()))
        for record, _citations in page.context["uses"]
    ]
    return page.describe(mainEntity=schema.source(page.record), mentions=uses)


def sector_page(page: Page) -> Node:
    return page.describe(
        "CollectionPage",
        about=schema.term(page.site, page.record, inDefinedTermSet=page.site.at(reverse("sector_list"))),
        mainEntity=described_excerpt(page, page.context["partners"]),
        citation=cited(page.context["provenance"]),
    )


def mission_area_page(page: Page) -> Node:
    area = schema.term(page.site, page.record, inDefinedTermSet=page.site.at(reverse("mission_area_list")))
    lists = [described_excerpt(page, page.context[name]) for name in ("agreements", "partners")]
    return page.describe(
        "CollectionPage", about=area, mainEntity=lists, citation=cited(page.context["provenance"])
    )


def described_excerpt(page: Page, shown) -> Node:
    return schema.item_list(page.site, paths_of(shown.kind, shown.rows), shown.count)


def term_set(page: Page, terms) -> Node:
    terms = [schema.term(page.site, term) for term in terms]
    entity = schema.node("DefinedTermSet", name=page.name, url=page.address, hasDefinedTerm=terms)
    return page.describe("CollectionPage", mainEntity=entity)


def describe_sectors(page: Page) -> Node:
    return term_set(page, [sector for sector, _count in page.context["sectors"]])


def describe_mission_areas(page: Page) -> Node:
    return term_set(page, [area for _level, areas in page.context["levels"] for area, _count in areas])


def describe_record(page: Page) -> Node:
    """A record of any kind: what it is called, and its sources."""
    record = page.record
    entity = schema.node(
        page.noun.schema_type,
        name=getattr(record, page.noun.heading),
        description=page.description,
        url=page.site.at(page.request.path),
    )
    sources = page.context.get("provenance")
    return page.describe(
        dateModified=modified(record), mainEntity=entity, citation=cited(sources) if sources else None
    )


def listing_routes() -> set[str]:
    return {noun.page_route for noun in listed()}


# What has more to say than the functions for listings and for records in general, by its route; records by what they are.
PAGES: dict[str, Callable[[Page], Node]] = {
    "overview": front_page,
    "sector_list": describe_sectors,
    "mission_area_list": describe_mission_areas,
    "search": describe_search,
    "comparison": describe_comparison,
    "data": data_page,
    "about": about_page,
}
RECORD_PAGES: dict[type[Model], Callable[[Page], Node]] = {
    Organization: organization_page,
    Agreement: agreement_page,
    Event: event_page,
    Source: source_page,
    Sector: sector_page,
    MissionArea: mission_area_page,
}


def describe(page: Page) -> Node:
    """The description of a page; one that nothing is known of is a page of the site."""
    if page.noun:
        return RECORD_PAGES.get(page.noun.model, describe_record)(page)
    if page.route in listing_routes():
        return describe_listing(page)
    return PAGES.get(page.route, Page.describe)(page)
