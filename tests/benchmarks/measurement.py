"""Measures the directory beside its rivals, on one engine and one size of data.

Importing it sets up Django by the environment.
"""

import csv
import gzip
import io
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from html import unescape
from itertools import zip_longest
from pathlib import Path
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

import psycopg
from django.db import connection as of_django
from django.http import QueryDict

from partners.formats.csv import write_csv
from partners.places import country_name, region_name
from partners.selection.listings import PartnerListing
from partners.selection.search.spoken import CountryNames, RegionNames, VocabularyNames
from partners.selection.selection import Selection
from partners.tables.columns import read_rows
from partners.tables.organizations import ORGANIZATIONS
from partners.vocabularies import AgreementType, OrganizationType, Ownership
from tests.benchmarks import bare, datasette, rivals, site
from tests.benchmarks.bare import Answers, Bare, Filters

LISTING = "/partners/"
# The columns that stand in the database: the last one of a file is a digest of the others, which has no bare cost.
COLUMNS = [column.name for column in ORGANIZATIONS.public_columns if not column.made_from]
EVERY = f"columns={','.join(COLUMNS)}"
FILE = f"/partners.csv?{EVERY}"
# Three ways to narrow a listing: a link and a column, a column and a kind of agreement, two long ways round.
NARROWED = (
    Filters({"sector": "ai-models", "type": "company"}, ("quantum",)),
    Filters({"region": "US-CA", "agreement_type": "crada"}, ("energy", "glacier")),
    Filters({"mission_area": "energy-innovation", "laboratory": "argonne"}, ("fusion",)),
)
# Words to look for everywhere: a name, words that many have, some that few have together, a misspelt name, nonsense.
SOUGHT = ("NVIDIA", "quantum", "energy glacier", "Antropic", "zzyzx qwertz")
FEW_COLUMNS = ["organization", "name", "type", "established", "region_code", "website", "sectors"]
# What is measured, and of it what is measured of little data too.
PARTS = ("pages", "narrowed", "everywhere", "queries", "weight", "first_byte", "csv", "ndjson", "xlsx")
SMALL = ("pages", "queries", "weight", "first_byte")
# Rounds of a comparison go on for this long, at least so many times.
SECONDS, FEWEST, MOST = 4, 3, 400


# The engine ----------------------------------------------------------------------------------------------------------


def connect_bare():
    """A connection past Django, to the database of Django."""
    if of_django.vendor == "sqlite":
        return sqlite3.connect(of_django.settings_dict["NAME"], isolation_level=None, timeout=60)
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


SPOKEN = {
    "type": VocabularyNames(OrganizationType),
    "ownership": VocabularyNames(Ownership),
    "region_code": RegionNames(),
    "country_code": CountryNames(),
    "agreement_type": VocabularyNames(AgreementType),
}


@cache
def codes_called(word: str) -> dict[str, list[str]]:
    """The codes of some columns that readers see as words of which one begins so."""
    return {column: spoken.having(f" {word}") for column, spoken in SPOKEN.items()}


def forget(connection) -> None:
    """Make whatever is kept for this version of the data worthless."""
    connection.execute("UPDATE partners_dataversion SET number = number + 1")


def timed(action: Callable) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def race(runners: dict[str, Callable[[], float]]) -> dict[str, float]:
    """The median seconds of each runner. They take turns, so that a busy machine slows them all."""
    first = {name: runner() for name, runner in runners.items()}
    around = sum(first.values())
    # The first round reads files and makes plans. It counts only where that is nothing beside the rest.
    taken = {name: [seconds] if around > SECONDS else [] for name, seconds in first.items()}
    for _ in range(max(FEWEST - (around > SECONDS), min(MOST, int(SECONDS / around)))):
        for name, runner in runners.items():
            taken[name].append(runner())
    return {name: statistics.median(each) for name, each in taken.items()}


# The same answers ----------------------------------------------------------------------------------------------------


def differences(filters: Filters, answers: Answers, html: str) -> list[str]:
    """What the page says otherwise than bare SQL: a comparison with other answers is void."""
    selection = Selection(PartnerListing, QueryDict(urlencode(filters.query)))
    facets = {box.name: {v.value: v.count for v in box.values if v.count} for box in selection.facets}
    found = [f"a problem: {problem.message}" for problem in selection.problems]
    if selection.count != answers.count:
        found.append(f"the count: {selection.count} and {answers.count}")
    if slugs_in(html) != [card["slug"] for card in answers.cards]:
        found.append("the rows of the first page")
    found += [f"the facet {name}" for name in bare.FACETS if facets.get(name) != answers.facets[name]]
    if missing := next((card["name"] for card in answers.cards if not shows(html, card)), None):
        found.append(f"the card of {missing}")
    return found


def slugs_in(html: str) -> list[str]:
    """The organizations of a page, in its order: each card begins with a link to its profile."""
    return re.findall(r'<article[^>]*>.*?<a href="[^"]*/([^/"]+)/"', html, flags=re.DOTALL)


def shows(html: str, card: dict) -> bool:
    """Whether a page shows what bare SQL knows of an organization."""
    articles = [text_of(part) for part in html.split("<article")[1:]]
    wanted = [card["name"], str(card["established"] or ""), f"{len(card['agreements'])} agreement"]
    wanted += [f"{len(card['sources'])} source", *(name for _slug, name in card["sectors"])]
    return any(all(text in article for text in wanted) for article in articles)


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


def body_of(answer: rivals.Answer) -> bytes:
    return gzip.decompress(answer.body) if answer.headers["Content-Encoding"] == "gzip" else answer.body


# The pages -----------------------------------------------------------------------------------------------------------


class Measurement:
    """One engine, one size of data."""

    def __init__(self, size: int, flat: Path | None):
        self.size = size
        self.connection = connect_bare()
        self.vendor = of_django.vendor
        self.bare = Bare(self.connection, self.vendor, codes_called)
        self.flat = flat
        self.void: list[str] = []

    def run(self, parts: Collection[str] = ()) -> dict:
        """What was found, of all `PARTS` or of some."""
        found = {"engine": self.vendor, "engine_version": self.engine_version(), "size": self.size}
        with ExitStack() as stack:
            self.site = stack.enter_context(rivals.directory())
            self.rival = stack.enter_context(datasette.served(self.flat)) if self.flat else None
            for part in PARTS if self.size else SMALL:
                if part in (parts or PARTS):
                    found[part] = getattr(self, part)()
        return found | {"void": self.void}

    def engine_version(self) -> str:
        names = {"sqlite": "SELECT sqlite_version()", "postgresql": "SHOW server_version"}
        return self.bare.ask(names[self.vendor])[0][0].split()[0]

    def cold(self, path: str) -> float:
        forget(self.connection)
        return self.site.get(path).seconds

    def compare(self, name: str, filters: Filters, html: str) -> Answers:
        answers = self.bare.listing(filters)
        if found := differences(filters, answers, html):
            self.void.append(f"{name}: bare SQL and the page differ in {', '.join(found)}")
        return answers

    def pages(self) -> dict[str, float]:
        """The listing without a filter."""
        answers = self.compare("no filter", Filters(), body_of(self.site.get(LISTING)).decode())
        runners = {
            "repeat": lambda: self.site.get(LISTING).seconds,
            "empty": lambda: self.site.get(site.EMPTY).seconds,
        }
        fast = race(runners)
        runners = {
            "cold": lambda: self.cold(LISTING),
            "bare": lambda: timed(lambda: self.bare.listing(Filters())),
        }
        if self.rival:
            self.compare_rival(answers)
            runners["datasette"] = lambda: self.rival.get(datasette.address(Filters())).seconds
        return fast | race(runners)

    def compare_rival(self, answers: Answers) -> None:
        theirs = datasette.facets(self.rival)
        for name in bare.FACETS:
            ours = {value: count for value, count in answers.facets[name].items() if value != bare.NONE}
            if ours != theirs[name]:
                self.void.append(f"no filter: Datasette counts otherwise in the facet {name}")

    def narrowed(self) -> list[dict]:
        return [self.narrowed_by(filters) for filters in NARROWED]

    def narrowed_by(self, filters: Filters) -> dict:
        """The listing with two facets and a search."""
        path = f"{LISTING}?{urlencode(filters.query)}"
        label = " ".join([*filters.chosen.values(), *filters.words])
        answers = self.compare(label, filters, body_of(self.site.get(path)).decode())
        runners = {
            "cold": lambda: self.cold(path),
            "bare": lambda: timed(lambda: self.bare.listing(filters)),
        }
        if self.rival:
            runners["datasette"] = lambda: self.rival.get(datasette.address(filters)).seconds
        return race(runners) | {"label": label, "count": answers.count}

    def everywhere(self) -> list[dict]:
        return [self.everything_with(words) for words in SOUGHT]

    def everything_with(self, words: str) -> dict:
        """The search over everything beside the lists with the same words."""
        query = urlencode({"q": words})
        paths = {
            "search": "/search/",
            "partners": LISTING,
            "agreements": "/agreements/",
            "sources": "/sources/",
        }
        runners = {name: (lambda path=path: self.cold(f"{path}?{query}")) for name, path in paths.items()}
        return race(runners) | {"words": words}

    def queries(self) -> int:
        return queries_of_a_page(self.connection)

    def weight(self) -> dict[str, int]:
        """The compressed bytes of a first visit: what the page waits for, and what it does not."""
        page = self.site.get(LISTING)
        html = body_of(page).decode()
        styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', html)
        scripts = re.findall(r'<script src="([^"]+)" defer>', html)
        if len(scripts) != html.count("<script src"):
            self.void.append("weight: a script is not deferred")
        return {
            "html": len(page.body),
            "css": sum(len(self.site.get(path).body) for path in styles),
            "js": sum(len(self.site.get(path).body) for path in scripts),
        }

    # The file

    def first_byte(self) -> float:
        """Seconds until the first byte of the whole file."""

        def cold() -> float:
            forget(self.connection)
            # The one worker is done with the file that was given up before.
            self.site.get(site.EMPTY)
            return self.site.first_byte(FILE)

        return statistics.median(cold() for _ in range(6))

    def csv(self) -> dict[str, float]:
        """The whole file, all columns or a few, written to nowhere in this process."""
        names = COLUMNS
        few = [ORGANIZATIONS.column(name) for name in FEW_COLUMNS]
        labels = labels_of_codes(self.bare)
        self.compare_files(names, labels)

        def ours() -> int:
            return drain(write_csv(few, read_rows(Selection(PartnerListing, QueryDict()).rows, few)))

        found = race(
            {
                "product": lambda: timed(lambda: drain(call(FILE))),
                "bare": lambda: timed(lambda: bare.write_csv(self.bare, names, labels)),
            }
        )
        found |= race(
            {
                "few_product": lambda: timed(ours),
                "few_bare": lambda: timed(lambda: bare.write_csv(self.bare, FEW_COLUMNS, labels)),
            }
        )
        found["versions"] = statistics.median(timed(lambda: drain(call("/partners.csv"))) for _ in range(3))
        return found | {"memory": memory_of("csv"), "megabytes": drain(call(FILE)) / 1e6}

    def ndjson(self) -> dict[str, float]:
        return self.shape("ndjson")

    def xlsx(self) -> dict[str, float]:
        return self.shape("xlsx")

    def shape(self, ending: str) -> dict[str, float]:
        """A file of another shape, with a few columns: time beside the bare writer, the first byte, the memory."""
        labels = labels_of_codes(self.bare)
        path = f"/partners.{ending}?columns={','.join(FEW_COLUMNS)}"
        write = {"xlsx": bare.write_xlsx, "ndjson": bare.write_ndjson}[ending]
        found = race(
            {
                "product": lambda: timed(lambda: drain(call(path))),
                "bare": lambda: timed(lambda: write(self.bare, FEW_COLUMNS, labels)),
            }
        )
        first = statistics.median(timed(lambda: first_piece(path)) for _ in range(3))
        return found | {"first_byte": first, "memory": memory_of(ending)}

    def compare_files(self, names: list[str], labels: dict) -> None:
        """Whether the file has the cells that bare SQL finds."""
        theirs = csv.reader(io.TextIOWrapper(Pieces(call(FILE)), encoding="utf-8", newline=""))
        if next(theirs) != names:
            self.void.append("file: other columns")
        for row, found in zip_longest(theirs, self.bare.csv_rows(names, labels)):
            expected = [plain(cell) for cell in found or ()]
            if row is None or [plain(cell) for cell in row] != expected:
                self.void.append(f"file: other cells in the row of {(found or row)[0]}")
                return


def plain(cell) -> str:
    """A cell as text, several values in one order, and without the guard against formulas."""
    return ";".join(sorted(("" if cell is None else str(cell)).lstrip("'").split(";")))


class Pieces(io.RawIOBase):
    """Pieces of bytes as a file to read."""

    def __init__(self, pieces: Iterator[bytes]):
        self.pieces, self.rest = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        while not self.rest:
            piece = next(self.pieces, None)
            if piece is None:
                return 0
            self.rest = piece
        part, self.rest = self.rest[: len(buffer)], self.rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def labels_of_codes(answers: Bare) -> dict[str, dict[str, str]]:
    """The labels of the coded columns, ready before the clock starts."""

    def codes(column: str) -> list[str]:
        return [code for (code,) in answers.ask(f"SELECT DISTINCT {column} FROM partners_organization")]

    return {
        "type_label": {value: OrganizationType.label_of(value) for value in codes("type")},
        "ownership_label": {value: Ownership.label_of(value) for value in codes("ownership")},
        "region_label": {code: region_name(code) if code else "" for code in codes("region_code")},
        "country_label": {code: country_name(code) if code else "" for code in codes("country_code")},
    }


# The site in this process --------------------------------------------------------------------------------------------


def call(path: str) -> Iterator[bytes]:
    """The body of an answer in pieces, through everything but a server."""
    address, _, query = path.partition("?")
    environ = {"PATH_INFO": address, "QUERY_STRING": query}
    setup_testing_defaults(environ)
    response = site.application(environ, lambda status, headers, error=None: None)
    try:
        yield from response
    finally:
        response.close()


def first_piece(path: str) -> None:
    """Wait for the first piece of an answer, and leave the others."""
    pieces = call(path)
    next(pieces)
    pieces.close()


def drain(pieces: Iterator[str | bytes]) -> int:
    return sum(len(piece) for piece in pieces)


@contextmanager
def recorded() -> Iterator[list[tuple[float, str]]]:
    """The queries of this process and their seconds."""
    queries: list[tuple[float, str]] = []

    def record(execute, sql, parameters, many, context):
        start = time.perf_counter()
        try:
            return execute(sql, parameters, many, context)
        finally:
            queries.append((time.perf_counter() - start, sql))

    # A request ends with its connection closed; its wrappers stay.
    with of_django.execute_wrapper(record):
        yield queries


def queries_of_a_page(connection) -> int:
    forget(connection)
    with recorded() as queries:
        drain(call(LISTING))
    return len(queries)


def profile() -> None:
    """Print the queries of pages made anew, the slowest first. On SQLite rows are found while they are fetched."""
    for filters in (Filters(), *NARROWED):
        path = f"{LISTING}?{urlencode(filters.query)}"
        drain(call(path))
        forget(connect_bare())
        with recorded() as queries:
            whole = timed(lambda path=path: drain(call(path)))
        print(f"\n{path}: {whole * 1000:.1f} ms, {len(queries)} queries", file=sys.stderr)
        for seconds, sql in sorted(queries, reverse=True):
            print(f"{seconds * 1000:9.1f} ms  {sql}", file=sys.stderr)


# Memory --------------------------------------------------------------------------------------------------------------


def memory_of(ending: str) -> float:
    """How many megabytes the memory of a process grows by while it writes a whole file."""
    command = [sys.executable, "-m", "tests.benchmarks.measure", "--memory", ending]
    result = subprocess.run(command, env=rivals.environment(), capture_output=True, text=True, check=True)
    return float(result.stdout)


def growth_of_memory(ending: str) -> float:
    """After a first, small file, in megabytes. The peaks are Linux's own; it forgets them where we ask it to."""
    drain(call(f"/partners.{ending}?type=archive"))
    Path("/proc/self/clear_refs").write_text("5")
    before = peak()
    drain(call(f"/partners.{ending}?{EVERY}"))
    return (peak() - before) / 1024


def peak() -> int:
    """The largest memory of this process so far, in kilobytes."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
