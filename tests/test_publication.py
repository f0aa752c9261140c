"""Nothing that is not published is shown anywhere.

The test walks every public route with every record there is. A new route that is not in the walk fails it.
"""

import datetime
import io
import re
import zipfile
from pathlib import Path

import pytest
from django.http import QueryDict
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import partners
from partners.admin.roles import ROLES
from partners.formats.files import FILE_FORMATS, TABLE_FORMATS
from partners.head.sitemaps import sitemaps
from partners.models import Source
from partners.nouns import NOUNS, listed
from partners.pictures.catalogue import ENDINGS, PICTURES
from partners.searched import shown_here
from partners.selection.selection import Selection
from partners.versions import keep_version
from partners.views.citing import CITATION_FORMATS
from partners.vocabularies import PartyRole
from tests.database import contents, db_of_file  # noqa: F401 (a fixture)
from tests.proposals import somebody
from tests.records import (
    add_party,
    changed_last,
    cite,
    make_agreement,
    make_event,
    make_mission_area,
    make_organization,
    make_programme,
    make_sector,
    make_source,
)

# Stands in every text of every record that is not public; it may come back from no address.
SECRET = "Xyzzy"
HIDDEN_STATES = ("draft", "in_review", "withheld")
LISTING_ROUTES = {noun.name: noun.listing for noun in listed()}
FILE_SHAPES = [shape.name for shape in FILE_FORMATS]
FIXED_ROUTES = (
    *("overview", "data", "dictionary", "recipes", "about", "words", "api", "openapi"),
    *("between", "between_csv", "between_json"),
    *("programme_changes", "programme_changes_json", "programme_changes_atom"),
    *(noun.page_route for noun in NOUNS if noun.has("list") and not noun.has("files")),
    *("healthz", "readyz", "robots", "sitemap", "picture"),
    *(kind.route(ending) for kind in PICTURES.values() for ending in ENDINGS),
    *("package", "package_checksum", "versions"),
    *(f"citations_{shape.name}" for shape in TABLE_FORMATS),
)
# Days by which versions are kept: with every hidden record there, and of an empty directory.
KEPT, NOTHING = datetime.date(2026, 1, 1), datetime.date(2025, 1, 1)
# How each route with a part in its address is filled in: with every slug of a table, public or not.
SLUG_ROUTES = {
    f"{noun.name}_{part}": noun.table.name
    for noun in NOUNS
    for part, is_there in (
        ("detail", noun.has("page")),
        ("record", noun.has("record")),
        ("picture", noun.has_picture),
        *((f"cite_{ending}", noun.has("page")) for ending in CITATION_FORMATS),
        ("changes", noun.has_history),
        ("changes_json", noun.has_history),
        ("changes_atom", noun.has_history),
    )
    if is_there
} | {f"when_{ending}": "organizations" for ending in ENDINGS}
SITEMAP_SECTIONS = tuple(sitemaps())


@pytest.fixture(scope="module")
def directory(db, tmp_path_factory):
    """A public directory in which every public record touches one of each hidden state."""
    with override_settings(VERSIONS_DIR=tmp_path_factory.mktemp("versions")):
        yield make_directory()


def make_directory() -> dict[str, list]:
    """The hidden records by their kind."""
    changed_last(NOTHING)
    keep_version(NOTHING, "tests")
    lead = make_organization("Open Agency", type="government")
    announcement = make_event("Open event")
    make_programme(lead=lead, announcement=announcement)
    sector, area = make_sector("Open sector"), make_mission_area("Open area")
    partner = make_organization("Open partner", sectors=[sector], names=["Open alias"])
    laboratory = make_organization("Open laboratory", type="facility", parent=lead)
    agreement = make_agreement(
        "Open agreement",
        partners=[partner],
        agencies=[lead],
        laboratories=[laboratory],
        mission_areas=[area],
        announcement=announcement,
    )
    hidden = {"organizations": [], "agreements": [], "events": [], "sources": []}
    for state in HIDDEN_STATES:
        hide(state, hidden, lead, partner, laboratory, agreement, announcement, sector, area)
    changed_last(KEPT)
    keep_version(KEPT, "tests")
    return hidden


def hide(state, hidden, lead, partner, laboratory, agreement, announcement, sector, area):
    """Records of one hidden state, tied to the public ones at every end there is."""
    word = f"{SECRET} {state}"
    source = make_source(f"{word} source", publisher=f"{word} publisher")
    company = make_organization(
        f"{word} company",
        sectors=[sector],
        names=[f"{word} alias"],
        publication_state=state,
        region_code="US-AK",
        country_code="US",
        parent=lead,
    )
    bureau = make_organization(f"{word} bureau", type="government", publication_state=state)
    site = make_organization(f"{word} site", type="facility", parent=lead, publication_state=state)
    daughter = make_organization(f"Open daughter of {state}", parent=company)
    event = make_event(f"{word} event", publication_state=state, date=datetime.date(2026, 1, 5))
    secret = make_agreement(
        f"{word} agreement",
        partners=[partner, company],
        agencies=[lead],
        laboratories=[laboratory],
        mission_areas=[area],
        announcement=announcement,
        publication_state=state,
    )
    # Published, but all its partners are hidden: its title would name them.
    orphan = make_agreement(f"{word} orphan", partners=[company], agencies=[lead], laboratories=[laboratory])
    make_agreement(f"Open agreement beside {state}", partners=[daughter], announcement=event)
    add_party(agreement, company)
    add_party(agreement, bureau, PartyRole.AGENCY)
    add_party(agreement, site, PartyRole.LABORATORY)
    for record in (company, event, secret):
        cite(record, source=source, quote=f"{word} quote", curator_note=f"{word} note")
    for record in (partner, agreement):
        type(record).objects.filter(pk=record.pk).update(curator_note=f"{word} note")
    hidden["organizations"] += [company, bureau, site]
    hidden["agreements"] += [secret, orphan]
    hidden["events"] += [event]
    hidden["sources"] += [source]


@pytest.fixture(scope="module")
def addresses(directory):
    return walk(directory)


@pytest.fixture(scope="module")
def people(db):
    return {role: somebody(role) for role in ROLES}


def public_routes() -> set[str]:
    """The names of all routes outside the admin."""

    def names(patterns):
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                if str(pattern.pattern) != "admin/":
                    yield from names(pattern.url_patterns)
            elif isinstance(pattern, URLPattern):
                yield pattern.name

    return set(names(get_resolver().url_patterns))


def open_sources() -> list[str]:
    return list(Source.objects.exclude(slug__contains=SECRET.lower()).values_list("slug", flat=True)[:5])


def walk(hidden) -> list[str]:
    """Every address to visit, by route."""
    slugs = {
        "organizations": [
            "open-partner",
            "open-agency",
            "open-laboratory",
            *(o.slug for o in hidden["organizations"]),
        ],
        "agreements": ["open-agreement", *(a.slug for a in hidden["agreements"])],
        "events": ["open-event", *(e.slug for e in hidden["events"])],
        "sources": [*open_sources(), *(s.slug for s in hidden["sources"])],
        "sectors": ["open-sector"],
        "mission_areas": ["open-area"],
    }
    addresses = {name: [reverse(name)] for name in FIXED_ROUTES}
    addresses["sitemap_section"] = [
        reverse("sitemap_section", args=[section]) for section in SITEMAP_SECTIONS
    ]
    for name, table in SLUG_ROUTES.items():
        addresses[name] = [reverse(name, args=[slug]) for slug in slugs[table]]
    for name, listing in LISTING_ROUTES.items():
        queries = [
            "",
            *(f"?q={word}" for word in ("open", *HIDDEN_STATES)),
            *(f"?sort={sort}" for sort in listing.base_filters["sort"].orders),
        ]
        queries += [f"?{facet}=none" for facet in listing.facets()]
        queries.append("?as_of=1")
        for shape in ("list", *FILE_SHAPES):
            addresses[f"{name}_{shape}"] = [reverse(f"{name}_{shape}") + query for query in queries]
    addresses |= walk_versions()
    addresses |= walk_comparisons()
    addresses |= walk_crossings()
    addresses |= walk_searches()
    return addresses


def walk_searches() -> dict[str, list[str]]:
    """The search over everything: by words of public and of hidden records, every kind that it shows whole included."""
    words = ["", *(f"?q={word}" for word in ("open", "source", "US-AK", "Alaska", *HIDDEN_STATES))]
    queries = [*words, *(f"?q=open&kind={kind}" for kind in shown_here())]
    return {route: [reverse(route) + query for query in queries] for route in ("search", "search_json")}


def walk_versions() -> dict[str, list[str]]:
    """A kept version, and what changed since there was nothing."""
    routes = ("version_package", "version_checksum", "differences", "differences_csv")
    return {
        name: [reverse(name, args=[KEPT] if name.startswith("version") else [NOTHING, "now"])]
        for name in routes
    }


def walk_crossings() -> dict[str, list[str]]:
    """Every facet of every listing against another one, with all rows and with a search."""
    queries = [""]
    for name, listing in LISTING_ROUTES.items():
        of, facets = reverse(f"{name}_list").strip("/"), list(listing.facets())
        pairs = zip(facets, [*facets[1:], facets[0]], strict=True)
        for rows, columns in pairs:
            address = f"?of={of}&rows={rows}&columns={columns}"
            queries += [address, f"{address}&q=open", f"{address}&{rows}=none"]
    return {route: [reverse(route) + query for query in queries] for route in ("crossing", "crossing_csv")}


def walk_comparisons() -> dict[str, list[str]]:
    """Comparisons of every public record that touches hidden ones, and the names it offers."""
    everyone = ["open-partner", "open-agency", "open-laboratory"]
    daughters = [f"open-daughter-of-{state}" for state in HIDDEN_STATES]
    queries = ["?" + "&".join(f"partner={slug}" for slug in slugs) for slugs in (everyone, daughters)]
    pages = ["", "?add=open", "?partner=open-agency&add=no-such-name", *queries]
    return {
        "comparison": [reverse("comparison") + query for query in pages],
        "comparison_csv": [reverse("comparison_csv") + query for query in ["", *queries]],
    }


def body(response) -> str:
    """What an answer says, that of a workbook included."""
    raw = response.getvalue()
    if response["Content-Type"] == "image/png":
        return raw.decode("latin-1")
    if not zipfile.is_zipfile(io.BytesIO(raw)):
        return raw.decode()
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        return "\n".join(parts.read(name).decode() for name in parts.namelist())


def test_the_walk_knows_every_public_route(addresses):
    assert public_routes() == set(addresses)


@pytest.mark.parametrize("route", sorted(public_routes()))
def test_hidden_records_appear_at_no_address(addresses, client, route):
    for address in addresses[route]:
        for headers in ({}, {"HX-Request": "true"}):
            text = body(client.get(address, headers=headers, follow=True)).lower()
            # A page may say its own address again (the canonical link); nothing else.
            assert SECRET.lower() not in text.replace(address.split("?")[0], ""), address


@pytest.mark.parametrize("route", sorted(public_routes()))
def test_no_role_is_told_more_than_a_reader_and_nothing_changes_by_looking(addresses, people, client, route):
    address, before = addresses[route][0], contents()

    def told(somebody_there) -> tuple:
        """A workbook says at what time it was made."""
        answer = somebody_there.get(address)
        text = re.sub(r"\d\d:\d\d:\d\d", "", body(answer))
        return answer.status_code, text, dict(answer.cookies)

    for_readers = told(client)
    assert for_readers[2] == {}
    for role in ROLES:
        assert told(people[role]) == for_readers, role
    assert contents() == before


def test_hidden_records_are_counted_nowhere(directory, client):
    for name, listing in LISTING_ROUTES.items():
        rows = body(client.get(reverse(f"{name}_csv"))).splitlines()[1:]
        for facet in Selection(listing, QueryDict()).facets:
            assert all(line.count <= len(rows) for line in facet.values)
            assert all(SECRET.lower() not in line.value for line in facet.values)
            assert "US-AK" not in {line.value for line in facet.values}


def test_hidden_records_are_not_found_by_their_words(directory):
    for listing in LISTING_ROUTES.values():
        assert Selection(listing, QueryDict(f"q={SECRET}")).count == 0


def test_hidden_record_answers_like_one_that_never_was(directory, client):
    for record in (record for records in directory.values() for record in records):
        missing = client.get(record.get_absolute_url().replace(record.slug, "no-such-record"))
        hidden = client.get(record.get_absolute_url())

        assert hidden.status_code == missing.status_code == 404
        assert hidden.content.decode().replace(record.slug, "no-such-record") == missing.content.decode()


@pytest.mark.parametrize("parameter", ["partner", "laboratory", "announcement", "region"])
def test_hidden_value_of_a_parameter_is_refused_like_one_that_never_was(directory, client, parameter):
    hidden = {
        "partner": directory["organizations"][0].slug,
        "laboratory": directory["organizations"][2].slug,
        "announcement": directory["events"][0].slug,
        "region": "US-AK",
    }[parameter]
    address = reverse("partner_csv" if parameter == "region" else "agreement_csv")

    known = client.get(address, {parameter: hidden})
    unknown = client.get(address, {parameter: "no-such-value"})

    assert known.status_code == unknown.status_code == 400
    assert body(known).replace(hidden, "").split("Allowed")[1] == body(unknown).split("Allowed")[1]


def test_publication_is_decided_in_one_place():
    """Views, selection and tables never look at the state of a record themselves."""
    root = Path(partners.__file__).parent
    for folder in ("views", "selection", "tables", "feeds"):
        for file in (root / folder).rglob("*.py"):
            assert "publication_state=" not in file.read_text().replace(
                "announcement__publication_state=PUBLISHED", ""
            ), file
