"""The public addresses. tests/test_publication.py walks every one of them."""

from django.contrib.sitemaps import views as sitemaps
from django.urls import path

from partners.sitemaps import SITEMAPS
from partners.views import comparison, crossing, details, listings, machines, pages
from partners.views.caching import versioned
from partners.views.files import SHAPES
from partners.views.kinds import AGREEMENTS_KIND, EVENTS_KIND, LABORATORIES, PARTNERS, SOURCES_KIND


def listing(address: str, file: str, kind):
    """The page and the files of a listing."""
    return [
        path(address, versioned(listings.listing_page), {"kind": kind}, name=kind.page_route),
        *(
            path(
                f"{file}.{shape.ending}",
                versioned(listings.listing_file),
                {"kind": kind, "shape": shape},
                name=shape.route(kind),
            )
            for shape in SHAPES
        ),
    ]


urlpatterns = [
    path("", versioned(pages.overview), name="overview"),
    # /partners/, /agencies/, /laboratories/
    *listing("partners/", "partners", PARTNERS),
    path("partners/<slug:slug>/", versioned(details.organization_detail), name="partner_detail"),
    path("agencies/<slug:slug>/", versioned(details.organization_detail), name="agency_detail"),
    *listing("laboratories/", "laboratories", LABORATORIES),
    path("laboratories/<slug:slug>/", versioned(details.organization_detail), name="laboratory_detail"),
    # /agreements/
    *listing("agreements/", "agreements", AGREEMENTS_KIND),
    path("agreements/<slug:slug>/", versioned(details.agreement_detail), name="agreement_detail"),
    # /sectors/, /mission-areas/
    path("sectors/", versioned(pages.sector_list), name="sector_list"),
    path("sectors/<slug:slug>/", versioned(details.sector_detail), name="sector_detail"),
    path("mission-areas/", versioned(pages.mission_area_list), name="mission_area_list"),
    path("mission-areas/<slug:slug>/", versioned(details.mission_area_detail), name="mission_area_detail"),
    # /timeline/, /sources/
    *listing("timeline/", "events", EVENTS_KIND),
    path("timeline/<slug:slug>/", versioned(details.event_detail), name="event_detail"),
    *listing("sources/", "sources", SOURCES_KIND),
    path("sources/<slug:slug>/", versioned(details.source_detail), name="source_detail"),
    # /compare/
    path("compare/", versioned(comparison.comparison_page), name="comparison"),
    path("compare.csv", versioned(comparison.comparison_csv), name="comparison_csv"),
    # /cross/
    path("cross/", versioned(crossing.crossing_page), name="crossing"),
    path("cross.csv", versioned(crossing.crossing_csv), name="crossing_csv"),
    # about the directory
    path("data/", versioned(pages.data), name="data"),
    path("about/", versioned(pages.about), name="about"),
    # for machines
    path("healthz", machines.healthz, name="healthz"),
    path("readyz", machines.readyz, name="readyz"),
    path("robots.txt", versioned(machines.robots), name="robots"),
    path(
        "sitemap.xml",
        versioned(sitemaps.index),
        {"sitemaps": SITEMAPS, "sitemap_url_name": "sitemap_section"},
        name="sitemap",
    ),
    path(
        "sitemap-<section>.xml", versioned(sitemaps.sitemap), {"sitemaps": SITEMAPS}, name="sitemap_section"
    ),
]
