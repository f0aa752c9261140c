"""What the dearest public requests cost: `python -m tests.benchmarks.costs [--size 24,10000] [--engine sqlite,postgresql]`.

Seconds of the processor, in the web process and in the database server, for one answer that is not kept and is read to
its end: that is what one address pays for (`partners/limits.py`), give or take what the database server takes of it.
"""

import argparse
import os
from urllib.parse import urlencode

import django

from tests.benchmarks import sites
from tests.benchmarks.__main__ import ENGINES, SHIPPED, engines, numbers

WORDS = "energy+quantum+data+national+model+research+of+and+the+fusion+cloud+chips"
DEAR = {
    "list, nothing chosen": "/partners/",
    "list, five values of every facet": "/partners/?{facets}",
    "list, five values of every facet, 12 words": f"/partners/?{{facets}}&q={WORDS}",
    "list of agreements as table, by amount": "/agreements/?view=table&sort=-amount",
    "list, page 3": "/partners/?page=400",
    "search, 12 words": f"/search/?q={WORDS}",
    "search, misspelt": "/search/?q=quantun+enrgy+natoinal+antropic+argone",
    "search, phrases": "/search/?q=%22energy+quantum%22+%22national+data%22+%22of+the%22+%22and+the%22",
    "all partners as CSV": "/partners.csv",
    "all partners as XLSX": "/partners.xlsx",
    "all agreements as NDJSON": "/agreements.ndjson",
    "all sources as Atom": "/sources.atom",
    "all citations as CSV": "/citations.csv",
    "all agreements as iCalendar": "/agreements.ics",
    "description with number of rows and digest": "/partners.csv-metadata.json",
    "whole package": "/data/partner-directory.zip",
    "comparison of five": "/compare/?partner=nvidia&partner=amd&partner=ibm&partner=microsoft&partner=anthropic",
    "crossing": "/cross/?rows=sector&columns=mission_area",
    "list of a past": "/partners/?as_of=1",
    "changes between": "/changes/?from=1",
    "picture of the site, PNG": "/picture.png",
    "drawing, PNG": "/pictures/together.png",
    "drawing of laboratories, PNG": "/pictures/laboratories.png",
    "map of sites": "/sitemap-partners.xml",
    "front page": "/",
}


def facets() -> str:
    """The parameters of a listing with the first five values of each facet."""
    from partners.selection.listings import PartnerListing

    chosen = {name: list(each.terms.allowed())[:5] for name, each in PartnerListing.facets().items()}
    return urlencode(chosen, doseq=True)


def measured() -> None:
    """A line for each request, over the directory of DATABASE_URL."""
    django.setup()
    from tests.benchmarks.measurement import call, connect_bare, drain, forget
    from tests.benchmarks.meter import metered

    connection = connect_bare()
    drain(call("/about/"))
    chosen = facets()
    for name, address in DEAR.items():
        forget(connection)
        with metered() as cost:
            size = drain(call(address.replace("{facets}", chosen)))
        print(f"{cost.processor:.2f}|{cost.server:.2f}|{cost.clock:.2f}|{size / 1e6:.1f}|{name}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.costs", description=__doc__)
    parser.add_argument("--engine", type=engines, default=ENGINES)
    parser.add_argument("--size", type=numbers, default=[SHIPPED, 10_000])
    parser.add_argument("--here", action="store_true", help="the directory of DATABASE_URL")
    options = parser.parse_args()
    if options.here:
        return measured()
    print(f"{sites.machine()}\n")
    print(
        "| engine, organizations | request | processor s | of it in the database | clock s | MB |\n|---|---|---|---|---|---|"
    )
    for engine in options.engine:
        for size in options.size:
            with sites.data(engine, size) as database:
                lines = sites.run(database, "-m", "tests.benchmarks.costs", "--here").splitlines()
            for cells in sorted((line.split("|") for line in lines), key=lambda each: -float(each[0])):
                processor, server, clock, megabytes, name = cells
                print(
                    f"| {engine}, {size:,} | {name} | {processor} | {server} | {clock} | {megabytes} |",
                    flush=True,
                )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
    main()
