"""The public addresses. tests/test_publication.py walks every one of them."""

from collections.abc import Callable, Iterator

from django.contrib.sitemaps import views as sitemaps
from django.urls import URLPattern, path
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from partners import caching
from partners.formats.files import FILE_FORMATS, TABLE_FORMATS
from partners.head.sitemaps import sitemaps as sections_of_map
from partners.nouns import NOUNS, PARTNER, PROGRAMME, Noun
from partners.pictures.catalogue import ENDINGS, PICTURES
from partners.tables.sources import CITATIONS
from partners.versions import PUBLIC_NAME, state_of_kept
from partners.views import (
    api,
    between,
    citing,
    comparison,
    crossing,
    data,
    data_pages,
    details,
    history,
    listings,
    machines,
    pages,
    picture_files,
    pictures,
    records,
    search,
    search_json,
)
from partners.views.citing import CITATION_FORMATS
from partners.views.past import of_today_only
from partners.views.traces import with_traces


def public_view(view: Callable, **also) -> Callable:
    """A public view, kept by data version; one that knows no past says so where it is asked for one."""
    return caching.versioned(of_today_only(view), **also)


def public_view_by(view: Callable, etag_of: Callable) -> Callable:
    return caching.cached_by(of_today_only(view), etag_of)


def listing(address: str, noun: Noun) -> list[URLPattern]:
    """The page of a listing, and its files at the same address with an ending."""
    return [
        path(address, public_view(listings.listing_page), {"noun": noun}, name=noun.page_route),
        *(
            path(
                f"{address.rstrip('/')}.{file_format.ending}",
                public_view(listings.listing_file),
                {"noun": noun, "file_format": file_format},
                name=file_format.route(noun),
            )
            for file_format in FILE_FORMATS
        ),
    ]


def history_of_record(address: str, noun: Noun) -> Iterator[URLPattern]:
    """The public changes of a record, as page, JSON and feed."""
    views = {"/": history.history_page, ".json": history.history_json, ".atom": history.history_feed}
    for ending, view in views.items():
        name = f"{noun.history_route}_{ending[1:]}".rstrip("_")
        view = with_traces(view, noun) if noun.has_history else view
        yield path(f"{address}{ending}", public_view(view), {"noun": noun}, name=name)


def addresses_of_noun(noun: Noun) -> Iterator[URLPattern]:
    """The pages and files of a kind of record: of its list, and of each record below it."""
    here, arguments = noun.address, {"noun": noun}
    if noun.has("files"):
        yield from listing(here, noun)
    elif noun.has("list"):
        yield path(here, public_view(import_string(noun.list_view)), name=noun.page_route)
    if noun.has("record"):
        record = public_view(with_traces(records.record_json, noun))
        yield path(f"{here}<slug:slug>.json", record, arguments, name=noun.record_route)
    if noun.has("page"):
        page = public_view(with_traces(details.record_page, noun))
        yield path(f"{here}<slug:slug>/", page, arguments, name=noun.detail_route)
    if noun.has("page"):
        for ending in CITATION_FORMATS:
            cited = public_view(with_traces(citing.citation_file, noun))
            route = f"{noun.name}_cite_{ending}"
            yield path(
                f"{here}<slug:slug>/cite.{ending}", cited, {"noun": noun, "ending": ending}, name=route
            )
    if noun.has_history:
        yield from history_of_record(f"{here}<slug:slug>/changes", noun)
    if noun.has_picture:
        picture = public_view(with_traces(import_string(noun.picture_view), noun))
        yield path(f"{here}<slug:slug>/picture.png", picture, name=f"{noun.name}_picture")


urlpatterns = [
    path("", public_view(pages.overview), name="overview"),
    # /search/
    path("search/", public_view(search.search_page), name="search"),
    path("search.json", public_view(search_json.search_json), name="search_json"),
    # /partners/, /agreements/ and the other records
    *(pattern for noun in NOUNS for pattern in addresses_of_noun(noun)),
    # /compare/
    path("compare/", public_view(comparison.comparison_page), name="comparison"),
    path("compare.csv", public_view(comparison.comparison_csv), name="comparison_csv"),
    # /cross/
    path("cross/", public_view(crossing.crossing_page), name="crossing"),
    path("cross.csv", public_view(crossing.crossing_csv), name="crossing_csv"),
    # /changes/
    path("changes/", public_view(between.between_page), name="between"),
    path("changes.csv", public_view(between.between_csv), name="between_csv"),
    path("changes.json", public_view(between.between_json), name="between_json"),
    # about the directory
    path("data/", public_view(data_pages.data, also=state_of_kept), name="data"),
    path("data/dictionary/", public_view(data_pages.dictionary), name="dictionary"),
    path("data/recipes/", public_view(data_pages.recipes), name="recipes"),
    path("data/versions/", public_view(data.versions, also=state_of_kept), name="versions"),
    path(
        "data/versions/<old>/<new>/",
        public_view(data.differences_page, also=state_of_kept),
        name="differences",
    ),
    path(
        "data/versions/<old>/<new>.csv",
        public_view(data.differences_csv, also=state_of_kept),
        name="differences_csv",
    ),
    *(
        path(
            f"citations.{file_format.ending}",
            public_view(data.table_file),
            {"table": CITATIONS, "file_format": file_format},
            name=file_format.route(CITATIONS),
        )
        for file_format in TABLE_FORMATS
    ),
    path("about/", public_view(pages.about), name="about"),
    path("about/words/", public_view(pages.words), name="words"),
    *history_of_record("about/changes", PROGRAMME),
    path("api/", public_view(api.api_page), name="api"),
    path("api/openapi.json", public_view(api.openapi), name="openapi"),
    # pictures to take away
    *(
        path(
            f"pictures/{kind.name}.{ending}",
            public_view(picture_files.picture_file),
            {"kind": kind, "ending": ending},
            name=kind.route(ending),
        )
        for kind in PICTURES.values()
        for ending in ENDINGS
    ),
    *(
        path(
            f"{PARTNER.address}<slug:slug>/when.{ending}",
            public_view(with_traces(picture_files.when_file, PARTNER)),
            {"ending": ending},
            name=f"when_{ending}",
        )
        for ending in ENDINGS
    ),
    path("picture.png", public_view(pictures.site_picture), name="picture"),
]

# The same bytes in every language, or read by machines alone.
in_no_language = [
    path(f"data/{PUBLIC_NAME}.zip", public_view_by(data.package, data.package_etag), name="package"),
    path(f"data/{PUBLIC_NAME}.zip.sha256", public_view(data.package_checksum), name="package_checksum"),
    path(
        f"data/versions/{PUBLIC_NAME}-<date>.zip",
        public_view_by(data.version_package, data.version_etag),
        name="version_package",
    ),
    path(
        f"data/versions/{PUBLIC_NAME}-<date>.zip.sha256",
        public_view_by(data.version_checksum, data.checksum_etag),
        name="version_checksum",
    ),
    path("healthz", machines.healthz, name="healthz"),
    path("readyz", machines.readyz, name="readyz"),
    path("robots.txt", public_view(machines.robots), name="robots"),
    path(
        "sitemap.xml",
        public_view(require_safe(sitemaps.index)),
        {"sitemaps": sections_of_map(), "sitemap_url_name": "sitemap_section"},
        name="sitemap",
    ),
    path(
        "sitemap-<section>.xml",
        public_view(require_safe(sitemaps.sitemap)),
        {"sitemaps": sections_of_map()},
        name="sitemap_section",
    ),
]
