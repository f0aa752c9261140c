"""The pages about the data: what can be downloaded, what each column means, how to use it."""

from urllib.parse import urlencode

from django.conf import settings
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from partners.formats.files import FILE_FORMATS, TABLE_FORMATS
from partners.models import DataVersion
from partners.nouns import PARTNER, listed
from partners.release import release
from partners.tables.definitions import TABLES
from partners.tables.evidence import evidence
from partners.tables.profile import Profile, profile
from partners.versions import PublicPackage, all_kept, present
from partners.views.data import PACKAGE_PATIENCE

# A package of so many rows is made while a reader waits for the page that tells its checksum.
MOST_ROWS_AT_ONCE = 20_000


@require_safe
def data(request):
    """What can be downloaded, and how it is cited."""
    profiles = profiles_in_order()
    rows = sum(each.rows for each in profiles)
    package = package_in_short(rows)
    context = {
        "nouns": listed(),
        "formats": FILE_FORMATS,
        "table_shapes": TABLE_FORMATS,
        "profiles": profiles,
        "rows": rows,
        "package": package,
        "newest": next((each for each in all_kept() if isinstance(each, PublicPackage)), None),
        "licence": settings.DATA_LICENCE,
        "version": package.facts.version if package else DataVersion.current(),
        "site": f"{request.scheme}://{request.get_host()}",
    }
    response = render(request, "partners/data.html", context)
    # The next look may find the package that somebody else is making.
    response.transient = package is None and rows <= MOST_ROWS_AT_ONCE
    return response


def profiles_in_order() -> list[Profile]:
    """The profile of each table, those behind lists first, in the order of the lists."""
    names = [noun.table.name for noun in listed()]
    tables = sorted(TABLES, key=lambda table: names.index(table.name) if table.name in names else len(names))
    return [profile(table) for table in tables]


@require_safe
def dictionary(request):
    """What each column means, how often it is filled in, and how much of it has a source of its own."""
    profiles = profiles_in_order()
    return render(request, "partners/dictionary.html", {"profiles": profiles, "evidence": evidence(profiles)})


@require_safe
def recipes(request):
    """How to take only some rows, to check and read what was taken, to follow changes, to send corrections back."""
    context = {"examples": usage_examples(request), "check": ways_to_check(request)}
    return render(request, "partners/recipes.html", context)


def package_in_short(rows: int) -> PublicPackage | None:
    """The package of the present state, where it is made quickly and can be kept."""
    try:
        return present(release(), PACKAGE_PATIENCE) if rows <= MOST_ROWS_AT_ONCE else None
    except OSError:
        return None


def usage_examples(request) -> list[dict]:
    """Addresses and commands that work as they stand."""
    address = request.build_absolute_uri(reverse(PARTNER.csv_route))
    companies = f"{address}?{urlencode({'type': 'company'})}"
    few = f"{address}?columns=organization,name,sectors"
    return [
        {"title": gettext("Only some rows"), "address": companies},
        {"title": gettext("Only some columns, in this order"), "address": few},
        {"title": gettext("In the order you want"), "address": f"{address}?sort=-established"},
        {"title": "curl", "command": f"curl -fsS -o partners.csv '{companies}'"},
        {
            "title": "pandas",
            "command": f"import pandas as pd\npartners = pd.read_csv('{address}')",
        },
        {
            "title": "DuckDB",
            "command": f"SELECT country_label, count(*)\nFROM read_csv('{address}')\nGROUP BY ALL ORDER BY 2 DESC;",
        },
        {
            "title": gettext("DuckDB, each value of a list"),
            "command": f"SELECT unnest(string_split(sectors, ';')) AS sector, count(*)\nFROM read_csv('{address}')\n"
            "GROUP BY ALL ORDER BY 2 DESC;",
        },
    ]


def ways_to_check(request) -> dict[str, str]:
    """Commands that tell a whole file from a cut one, as they stand."""
    rows, described = (
        request.build_absolute_uri(reverse(route)) for route in ("partner_csv", "partner_metadata")
    )
    package, checksum = (
        request.build_absolute_uri(reverse(route)) for route in ("package", "package_checksum")
    )
    digest = "import json, sys; print(json.load(sys.stdin)['schema:sha256'], ' partners.csv')"
    return {
        "csv": f"curl -fsS -o partners.csv '{rows}'\n"
        f"curl -fsS '{described}' |\n  python3 -c \"{digest}\" |\n  sha256sum -c",
        "frictionless": f"frictionless validate {request.build_absolute_uri(reverse('partner_package'))}",
        "package": f"curl -fsSO {package}\ncurl -fsS {checksum} | sha256sum -c",
    }
