"""What each kind of page says of itself to machines: its own address, and its description in terms of schema.org.

Everything is made from what the view gave its template, so that page and description cannot disagree.
"""

from collections.abc import Callable, Iterator
from functools import cache

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import get_language, gettext

from partners.formats.files import FILE_FORMATS
from partners.head import structured_data as schema
from partners.head.page import Page, listing_routes
from partners.head.sitemaps import noted
from partners.head.structured_data import Node
from partners.models import DataVersion
from partners.nouns import Noun, listed, nouns_with
from partners.provenance import Provenance

# The formats that hold the rows themselves, with their media types; the others describe them, or tell of changes.
MEDIA_TYPES = {
    file_format.name: file_format.media_type
    for file_format in FILE_FORMATS
    if file_format.name in ("csv", "xlsx", "json", "ndjson")
}


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
    selection, noun = page.selection, page.context["noun"]
    if not selection.valid:
        return page.describe("CollectionPage")
    paths = paths_of(noun, page.context["rows"])
    items = schema.item_list(page.site, paths, selection.count, selection.page.start_index() or 1)
    data = data_of(page, noun, page.address, selection.file_link)
    return page.describe("CollectionPage", mainEntity=[items, data])


def paths_of(noun: Noun, rows: list[dict]) -> Iterator[str]:
    """The paths of the pages of rows."""
    # Those of one type differ in their last part only; composing each anew would take longer than all else here.
    above: dict[tuple, str] = {}
    for row in rows:
        slug, beside = row[noun.key], tuple(row[name] for name in noun.address_from)
        if beside not in above:
            above[beside] = noun.path(row).removesuffix(f"{slug}/")
        yield f"{above[beside]}{slug}/"


@cache
def files_of(name: str, language: str) -> list[tuple[str, str]]:
    """The paths of the files of a listing that hold its rows, with their media types."""
    noun = next(noun for noun in listed() if noun.name == name)
    return [
        (reverse(file_format.route(noun)), MEDIA_TYPES[file_format.name])
        for file_format in FILE_FORMATS
        if file_format.name in MEDIA_TYPES
    ]


def data_of(page: Page, noun: Noun, url: str, query: str = "", **more) -> Node:
    """A listing as data, in every format that holds its rows."""
    query = query.removesuffix("?")
    files = [(path + query, media_type) for path, media_type in files_of(noun.name, get_language())]
    name = page.name if query else f"{page.site.name}: {noun.title}"
    description = f"{noun.introduction} {noun.table.description}"
    return schema.dataset(page.site, name, description, url, files, license=licence(), **more)


def licence() -> str | Node | None:
    """The licence of the data, which may be an address or a name; None while none has been stated."""
    stated = settings.DATA_LICENCE
    return stated if "://" in stated or not stated else schema.node("CreativeWork", name=stated)


def data_page(page: Page) -> Node:
    """Everything as one package, and each listing in its formats."""
    datasets = [
        data_of(
            page,
            noun,
            page.site.at(reverse(noun.page_route)),
            variableMeasured=[column.name for column in noun.table.public_columns],
        )
        for noun in listed()
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
    """The sources of what the page shows; those of earlier values support nothing of it."""
    return [schema.source(numbered.source) for numbered in provenance.sources if not numbered.of_earlier]


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
        mainEntity=schema.event(page.site, record, page.context["organizations"]),
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
    return schema.item_list(page.site, paths_of(shown.noun, shown.rows), shown.count)


def term_set(page: Page, terms) -> Node:
    terms = [schema.term(page.site, term) for term in terms]
    entity = schema.node("DefinedTermSet", name=page.name, url=page.address, hasDefinedTerm=terms)
    return page.describe("CollectionPage", mainEntity=entity)


def describe_sectors(page: Page) -> Node:
    return term_set(page, every_record(page.context["sectors"]))


def describe_mission_areas(page: Page) -> Node:
    return term_set(page, [area for _level, areas in page.context["levels"] for area in every_record(areas)])


def every_record(counted: tuple[list[tuple], list]) -> list:
    """The records of a list: those with something to count, and those without."""
    some, none = counted
    return [*(record for record, _count in some), *none]


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


# What the pages that are no list and no record say, by their routes.
PAGE_DESCRIPTIONS: dict[str, Callable[[Page], Node]] = {
    "overview": front_page,
    "search": describe_search,
    "comparison": describe_comparison,
    "data": data_page,
    "about": about_page,
}


def describe(page: Page) -> Node:
    """The description of a page; one that nothing is known of is a page of the site."""
    if page.noun:
        named = page.noun.page_description
        return import_string(named)(page) if named else describe_record(page)
    if page.route in listing_routes():
        return describe_listing(page)
    for noun in nouns_with("list"):
        if noun.page_route == page.route and noun.list_description:
            return import_string(noun.list_description)(page)
    return PAGE_DESCRIPTIONS.get(page.route, Page.describe)(page)
