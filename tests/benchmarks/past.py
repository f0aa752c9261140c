"""Pages of the past beside SQL by hand over the same past: `python -m tests.benchmarks.past 100000`.

DATABASE_URL leads to the data, which are made where there are none. Some organizations are then altered, and their
records of before asked for.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from urllib.parse import urlencode

import django

CHANGED = 1_000
TIMES = 5
QUERIES = {"everything": {}, "companies": {"type": "company"}, "California": {"region": "US-CA"}}


def median(run: Callable[[], object]) -> float:
    """Milliseconds."""
    found = []
    for _time in range(TIMES):
        begun = time.perf_counter()
        run()
        found.append(1000 * (time.perf_counter() - begun))
    return statistics.median(found)


def main(size: int) -> None:
    data.build_once(size)
    then = alter(1)
    alter(CHANGED)
    client = Client()
    client.get("/partners/")
    number = iter(range(1, 10**6))

    def page(address: str) -> Callable[[], object]:
        return lambda: client.get(address, {"as_of": then, f"find_{next(number)}": "", "utm": ""})

    def by_hand(filters: Filters) -> Callable[[], object]:
        # Where temporary tables stand cannot be said within the transaction of a past.
        asked = Bare.__new__(Bare)
        asked.connection, asked.vendor, asked.codes = connection.connection, connection.vendor, None
        asked.number = "integer" if connection.vendor == "sqlite" else "bigint"
        return lambda: asked.listing(filters)

    for name, query in QUERIES.items():
        with past(then):
            bare = median(by_hand(Filters(query)))
            ours = median(lambda query=query: shown(query))
        now = median(lambda query=query: shown(query))
        print(
            f"{name}: bare SQL of the past {bare:.0f} ms, the selection {ours:.0f} ms; today's {now:.0f} ms"
        )
    print(f"putting up the views: {median(lambda: entered(then)):.0f} ms for {CHANGED:,} changed records")
    print(f"the whole page: {median(page('/partners/')):.0f} ms")
    print(f"a record: {median(page(Organization.objects.partners().first().get_absolute_url())):.0f} ms")
    print(
        f"all rows as CSV: {median(lambda: client.get('/partners.csv', {'as_of': then}).getvalue()):.0f} ms"
    )


def shown(query: dict[str, str]) -> None:
    """What a page asks for: the rows, their number, and every facet."""
    selection = Selection(PARTNER.listing, QueryDict(urlencode(query)))
    assert selection.count and selection.facets
    assert read_records(selection.page_rows, PARTNER.columns)


def entered(revision: int) -> None:
    with past(revision):
        pass


def alter(number: int) -> int:
    """Change a value of so many partners, and give the revision."""
    city = f"Elsewhere {time.time_ns()}"
    with revising(Via.COMMAND) as announced:
        keys = Organization.objects.partners().order_by("pk").values_list("pk", flat=True)[:number]
        Organization.objects.filter(pk__in=list(keys)).update(city=city)
    return announced.revision


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
    django.setup()
    # The models can be imported from here on.
    from django.db import connection
    from django.http import QueryDict
    from django.test import Client

    from partners.changes.past import past
    from partners.changes.revising import revising
    from partners.models import Organization
    from partners.nouns import PARTNER
    from partners.selection.selection import Selection
    from partners.tables.columns import read_records
    from partners.vocabularies import Via
    from tests.benchmarks import data
    from tests.benchmarks.bare import Bare, Filters

    main(int(sys.argv[1]))
