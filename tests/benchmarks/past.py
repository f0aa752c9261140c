"""Lists of a past beside SQL by hand that answers the same question: `python -m tests.benchmarks.past 100000`.

DATABASE_URL leads to the data, which are made where there are none. Some organizations get another city and another
type, then all of them; each time the partners of before are asked for: how many, the first page, and every facet. Both
sides begin with the journal, and ratios are of the same run.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode

import django

CHANGED = 1_000
TIMES = 3
QUERIES = {"everything": {}, "companies": {"type": "company"}, "California": {"region": "US-CA"}}
# What the question needs of an organization.
COLUMNS = (
    *("id", "publication_state", "slug", "name", "name_key", "type", "ownership", "established", "city"),
    *("region_code", "country_code", "summary_en", "parent_id"),
)


def median(run: Callable[[], object]) -> float:
    """Milliseconds; the first time does not count."""
    run()
    found = []
    for _time in range(TIMES):
        begun = time.perf_counter()
        run()
        found.append(1000 * (time.perf_counter() - begun))
    return statistics.median(found)


def main(size: int) -> None:
    data.build_once(size)
    for title, number in ((f"{CHANGED:,} organizations changed since", CHANGED), ("all changed since", None)):
        then = newest()
        alter(number)
        # What comes next writes the index, and plans with what it knows of the tables.
        bring_up_to_date()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        print(f"{title}, {connection.vendor}, {Organization.objects.count():,} organizations")
        for name, query in QUERIES.items():
            bare = min(median(partial(by_hand, then, query, way)) for way in (copied, united))
            ours, now = median(partial(of_then, then, query)), median(partial(shown, query))
            print(
                f"  {name}: by hand {bare:.0f} ms, ours {ours:.0f} ms ({ours / bare:.2f}); of today {now:.0f} ms"
            )
        print_pages(then)


def print_pages(then: int) -> None:
    client = Client(SERVER_NAME="localhost")
    record = Organization.objects.partners().first().get_absolute_url()
    for address in ("/partners/", record, "/cross/", "/compare/"):
        print(f"  the whole page {address}: {median(partial(ask, client, address, then)):.0f} ms")


def ask(client, address: str, then: int) -> None:
    page_cache.clear()
    assert client.get(address, {"as_of": then}).status_code == 200


def newest() -> int:
    return Revision.objects.latest("number").number


def alter(number: int | None) -> None:
    """Give so many partners, or every organization, another city and another type."""
    city = f"Elsewhere {time.time_ns()}"
    with revising(Via.COMMAND):
        rows = Organization.objects.exclude(type__in=("facility", "government"))
        if number:
            keys = Organization.objects.partners().order_by("pk").values_list("pk", flat=True)[:number]
            rows = Organization.objects.filter(pk__in=list(keys)).exclude(type__in=("facility", "government"))
        rows.filter(type="company").update(type="other", city=city)
        rows.exclude(city=city).update(type="company", city=city)
        if not number:
            Organization.objects.exclude(city=city).update(city=city)


# Ours


def of_then(revision: int, query: dict[str, str]) -> None:
    with past(revision):
        shown(query)


def shown(query: dict[str, str]) -> None:
    """What a page asks for: the rows, their number, and every facet."""
    selection = Selection(PARTNER.listing, QueryDict(urlencode(query)))
    assert selection.count and selection.facets
    assert read_records(selection.page_rows, PARTNER.columns)


# By hand


def by_hand(revision: int, query: dict[str, str], way: Callable) -> None:
    """The same by SQL: the organizations as they were stand before those of today, for one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        way(cursor, revision)
        bare().listing(Filters(query))
        transaction.set_rollback(True)


def bare():
    # Where temporary tables stand cannot be said within a transaction.
    asked = Bare.__new__(Bare)
    asked.connection, asked.vendor, asked.codes = connection.connection, connection.vendor, None
    asked.number = "integer" if connection.vendor == "sqlite" else "bigint"
    return asked


def before(cursor, revision: int) -> str:
    """Put the organizations that changed since, as they were, into a table; gives where those of today are."""
    read = {"sqlite": "json_extract(before, '$.{}')", "postgresql": "before->>'{}'"}[connection.vendor]
    types = {"established": "integer", "parent_id": "integer", "id": "bigint"}
    values = ", ".join(
        f"CAST({read.format(name)} AS {types.get(name, 'text')}) AS {name}" for name in COLUMNS
    )
    cursor.execute(
        f"CREATE TEMPORARY TABLE before AS SELECT {values} FROM partners_change WHERE id IN "  # noqa: S608
        f"(SELECT min(id) FROM partners_change WHERE \"table\" = 'organization' AND revision_id > {revision} "
        "GROUP BY \"row\") AND operation <> 'I'"
    )
    cursor.execute("CREATE UNIQUE INDEX before_id ON before (id)")
    cursor.execute("ANALYZE before")
    return "main" if connection.vendor == "sqlite" else "public"


def united(cursor, revision: int) -> None:
    schema, names = before(cursor, revision), ", ".join(COLUMNS)
    cursor.execute(
        f"CREATE TEMPORARY VIEW partners_organization AS SELECT {names} FROM {schema}.partners_organization "  # noqa: S608
        f"WHERE id NOT IN (SELECT id FROM before) UNION ALL SELECT {names} FROM before"
    )


def copied(cursor, revision: int) -> None:
    schema, names = before(cursor, revision), ", ".join(COLUMNS)
    cursor.execute(
        f"CREATE TEMPORARY TABLE partners_organization AS SELECT {names} FROM {schema}.partners_organization "  # noqa: S608
        f"WHERE id NOT IN (SELECT id FROM before) UNION ALL SELECT {names} FROM before"
    )
    cursor.execute("CREATE UNIQUE INDEX organization_then ON partners_organization (id)")
    cursor.execute("CREATE INDEX organization_then_name ON partners_organization (name_key, slug)")
    cursor.execute("ANALYZE partners_organization")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
    django.setup()
    # The models can be imported from here on.
    from django.db import connection, transaction
    from django.http import QueryDict
    from django.test import Client

    from partners.caching import page_cache
    from partners.changes.past import past
    from partners.changes.revising import revising
    from partners.curation_vocabularies import Via
    from partners.models import Organization, Revision
    from partners.nouns import PARTNER
    from partners.selection.index import bring_up_to_date
    from partners.selection.selection import Selection
    from partners.tables.columns import read_records
    from tests.benchmarks import data
    from tests.benchmarks.bare import Bare, Filters

    # Seen at once, also in a file.
    sys.stdout.reconfigure(line_buffering=True)
    main(int(sys.argv[1]))
