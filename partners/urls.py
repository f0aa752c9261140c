"""The public addresses. tests/test_publication.py walks every one of them."""

from django.contrib.sitemaps import views as sitemaps
from django.urls import path
from django.views.decorators.http import require_safe

from partners.caching import named, versioned
from partners.formats.files import SHAPES, TABLE_SHAPES
from partners.head.sitemaps import SITEMAPS
from partners.nouns import AGREEMENTS_KIND, EVENTS_KIND, LABORATORIES, PARTNERS, RECORD_ROUTES, SOURCES_KIND
from partners.tables.sources import CITATIONS
from partners.versions import PUBLIC_NAME, state_of_kept
from partners.views import (
    api,
    comparison,
    crossing,
    data,
    details,
    listings,
    machines,
    pages,
    pictures,
    records,
    search,
    search_json,
)


def listing(address: str, kind):
    """The page of a listing, and its files at the same address with an ending."""
    return [
        path(address, versioned(listings.listing_page), {"kind": kind}, name=kind.page_route),
        *(
            path(
                f"{address.rstrip('/')}.{shape.ending}",
                versioned(listings.listing_file),
                {"kind": kind, "shape": shape},
                name=shape.route(kind),
            )
            for shape in SHAPES
        ),
    ]


def record_file(address: str, name: str):
    """A single record as JSON."""
    noun = RECORD_ROUTES[name]
    return path(
        f"{address}<slug:slug>.json", versioned(records.record_json), {"noun": noun}, name=f"{name}_record"
    )


urlpatterns = [
    path("", versioned(pages.overview), name="overview"),
    # /search/
    path("search/", versioned(search.search_page), name="search"),
    path("search.json", versioned(search_json.search_json), name="search_json"),
    # /partners/, /agencies/, /laboratories/
    *listing("partners/", PARTNERS),
    record_file("partners/", "partner"),
    path("partners/<slug:slug>/", versioned(details.organization_detail), name="partner_detail"),
    path(
        "partners/<slug:slug>/picture.png",
        versioned(pictures.organization_picture),
        name="partner_picture",
    ),
    record_file("agencies/", "agency"),
    path("agencies/<slug:slug>/", versioned(details.organization_detail), name="agency_detail"),
    path(
        "agencies/<slug:slug>/picture.png",
        versioned(pictures.organization_picture),
        name="agency_picture",
    ),
    *listing("laboratories/", LABORATORIES),
    record_file("laboratories/", "laboratory"),
    path("laboratories/<slug:slug>/", versioned(details.organization_detail), name="laboratory_detail"),
    path(
        "laboratories/<slug:slug>/picture.png",
        versioned(pictures.organization_picture),
        name="laboratory_picture",
    ),
    # /agreements/
    *listing("agreements/", AGREEMENTS_KIND),
    record_file("agreements/", "agreement"),
    path("agreements/<slug:slug>/", versioned(details.agreement_detail), name="agreement_detail"),
    # /sectors/, /mission-areas/
    path("sectors/", versioned(pages.sector_list), name="sector_list"),
    path("sectors/<slug:slug>/", versioned(details.sector_detail), name="sector_detail"),
    path("mission-areas/", versioned(pages.mission_area_list), name="mission_area_list"),
    path("mission-areas/<slug:slug>/", versioned(details.mission_area_detail), name="mission_area_detail"),
    # /timeline/, /sources/
    *listing("timeline/", EVENTS_KIND),
    record_file("timeline/", "event"),
    path("timeline/<slug:slug>/", versioned(details.event_detail), name="event_detail"),
    *listing("sources/", SOURCES_KIND),
    record_file("sources/", "source"),
    path("sources/<slug:slug>/", versioned(details.source_detail), name="source_detail"),
    # /compare/
    path("compare/", versioned(comparison.comparison_page), name="comparison"),
    path("compare.csv", versioned(comparison.comparison_csv), name="comparison_csv"),
    # /cross/
    path("cross/", versioned(crossing.crossing_page), name="crossing"),
    path("cross.csv", versioned(crossing.crossing_csv), name="crossing_csv"),
    # about the directory
    path("data/", versioned(data.data, also=state_of_kept), name="data"),
    path(f"data/{PUBLIC_NAME}.zip", named(data.package, data.package_etag), name="package"),
    path(f"data/{PUBLIC_NAME}.zip.sha256", versioned(data.package_checksum), name="package_checksum"),
    path("data/versions/", versioned(data.versions, also=state_of_kept), name="versions"),
    path(
        f"data/versions/{PUBLIC_NAME}-<date>.zip",
        named(data.version_package, data.version_etag),
        name="version_package",
    ),
    path(
        f"data/versions/{PUBLIC_NAME}-<date>.zip.sha256",
        named(data.version_checksum, data.checksum_etag),
        name="version_checksum",
    ),
    path(
        "data/versions/<old>/<new>/",
        versioned(data.differences_page, also=state_of_kept),
        name="differences",
    ),
    path(
        "data/versions/<old>/<new>.csv",
        versioned(data.differences_csv, also=state_of_kept),
        name="differences_csv",
    ),
    *(
        path(
            f"citations.{shape.ending}",
            versioned(data.table_file),
            {"table": CITATIONS, "shape": shape},
            name=shape.route(CITATIONS),
        )
        for shape in TABLE_SHAPES
    ),
    path("about/", versioned(pages.about), name="about"),
    path("api/", versioned(api.api_page), name="api"),
    path("api/openapi.json", versioned(api.openapi), name="openapi"),
    # for machines
    path("picture.png", versioned(pictures.site_picture), name="picture"),
    path("healthz", machines.healthz, name="healthz"),
    path("readyz", machines.readyz, name="readyz"),
    path("robots.txt", versioned(machines.robots), name="robots"),
    path(
        "sitemap.xml",
        versioned(require_safe(sitemaps.index)),
        {"sitemaps": SITEMAPS, "sitemap_url_name": "sitemap_section"},
        name="sitemap",
    ),
    path(
        "sitemap-<section>.xml",
        versioned(require_safe(sitemaps.sitemap)),
        {"sitemaps": SITEMAPS},
        name="sitemap_section",
    ),
]
