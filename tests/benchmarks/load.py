"""The site under load: `python -m tests.benchmarks.load rates|saturation|soak [--engine …] [--size …] [--minutes …]`.

`rates` asks for listings that nobody asked for before, at a rate that does not wait for answers: the site with 1 and 2
workers on each engine, and Datasette with the same rows. `saturation` has readers ask as fast as they are answered
while curators save. `soak` goes on for an hour at a moderate rate and looks at the memory of the web processes.
Printed are latencies, answers that are errors, saves that were acknowledged and are lost. Each run has data of its own.
"""

import argparse
import http.client
import json
import math
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice, permutations, product
from urllib.parse import urlencode

from tests.benchmarks import curators, datasette, sites
from tests.benchmarks.__main__ import ENGINES, SHIPPED, built
from tests.benchmarks.bare import Filters
from tests.benchmarks.rivals import HEADERS, HOST

RATES = (2, 5, 10, 20, 40)
READERS = 16
# A rate is too much where answers come later than this, in seconds.
TOO_LATE = 20
# Pages and files that somebody reads, and words that make an address that nobody has asked for before.
READ = (
    *("/", "/partners/", "/agreements/", "/laboratories/", "/timeline/", "/sources/", "/sectors/", "/data/"),
    *(
        "/partners/nvidia/",
        "/partners/amd/",
        "/partners.csv",
        "/agreements.json",
        "/nl/partners/",
    ),
    *("/search/?q=quantum", "/compare/?partner=nvidia&partner=amd", "/cross/", "/changes/", "/partners.atom"),
    *("/partners/?as_of=1", "/picture.png", "/pictures/laboratories.svg", "/data/partner-directory.zip"),
)
WORDS = (
    "energy",
    "quantum",
    "fusion",
    "data",
    "model",
    "national",
    "research",
    "chips",
    "cloud",
    "of",
    "and",
)
TYPES = ("company", "university", "nonprofit", "")
REGIONS = ("US-CA", "US-WA", "")
# Whoever changes a value that is cited is asked what its source says.
UNCITED = ("curator_note", "summary_nl")
SECTORS = ("ai-models", "quantum-computing", "semiconductors", "cloud", "")


class Tally:
    """What was answered: by status, and how late. Safe to use from several threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.statuses: Counter[str] = Counter()
        self.seconds: list[float] = []
        self.errors: Counter[str] = Counter()

    def note(self, status: int | str, seconds: float, path: str) -> None:
        with self.lock:
            self.statuses[str(status)] += 1
            self.seconds.append(seconds)
            if not "200" <= str(status) < "500":
                self.errors[f"{status} {path}"] += 1

    def late(self, share: float) -> float:
        """The seconds within which such a share of the answers came."""
        found = sorted(self.seconds)
        return found[min(len(found) - 1, int(share * len(found)))] if found else float("nan")


def ask(port: int, path: str) -> int | str:
    """The status of an answer that was read to its end; the name of the exception where there is none."""
    connection = http.client.HTTPConnection(HOST, port, timeout=120)
    try:
        connection.request("GET", path, headers=HEADERS)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


def unasked() -> Iterator[Filters]:
    """Some thousands of filters, each of them once, in an order that is the same each time."""
    found = list(product(TYPES, SECTORS, REGIONS, permutations(WORDS, 2)))
    random.Random(16).shuffle(found)
    for type, sector, region, words in found:
        chosen = {"type": type, "sector": sector, "region": region}
        yield Filters({name: value for name, value in chosen.items() if value}, words)


def of_site(filters: Filters) -> str:
    return f"/partners/?{urlencode(filters.query)}"


def at_rate(
    port: int, rate: float, seconds: float, address: Callable[[int], str], most: float = math.inf
) -> Tally:
    """Ask so often each second, whether or not answers come; lateness counts from when a question was due. Ends where an
    answer comes later than `most` seconds."""
    tally, start = Tally(), time.monotonic()

    def one(number: int) -> None:
        due = start + number / rate
        time.sleep(max(0, due - time.monotonic()))
        path = address(number)
        tally.note(ask(port, path), time.monotonic() - due, path)

    with ThreadPoolExecutor(max_workers=128) as pool:
        for number in range(int(rate * seconds)):
            time.sleep(max(0, start + number / rate - time.monotonic()))
            pool.submit(one, number)
            if tally.seconds and tally.seconds[-1] > most:
                break
    return tally


# Latency against rate


def rates(options: argparse.Namespace) -> None:
    print("| served by | rate | asked | median ms | 95 % ms | errors |\n|---|---|---|---|---|---|")
    for engine in options.engine:
        with sites.data(engine, options.size) as database:
            for workers in (1, 2):
                with sites.site(database, workers) as served:
                    steps(f"{engine}, {workers} workers", served.port, of_site, options.seconds)
    if datasette.available():
        flat = datasette.flat_of(built(0 if options.size == SHIPPED else options.size))
        with datasette.served(flat) as visitor:
            steps(datasette.version(), visitor.connection.port, datasette.address, options.seconds)


def steps(name: str, port: int, address: Callable[[Filters], str], seconds: float) -> None:
    """A line for each rate, until answers come too late."""
    # Each process loads what it needs with its first answers.
    for _time in range(10):
        ask(port, address(Filters()))
    sought = map(address, unasked())
    for rate in RATES:
        asked = list(islice(sought, int(rate * seconds)))
        tally = at_rate(port, rate, seconds, asked.__getitem__, TOO_LATE)
        middle, most = (tally.late(share) * 1000 for share in (0.5, 0.95))
        line = (name, f"{rate:g}/s", len(tally.seconds), f"{middle:.0f}", f"{most:.0f}", tally.errors.total())
        print(f"| {' | '.join(map(str, line))} |", flush=True)
        if middle > 2000:
            break


# Everything it can, and an hour


class Desk:
    """Curators who save while others read: each has a column of his own, of the same few organizations."""

    def __init__(self, served: sites.Served, number: int):
        self.records = json.loads(sites.run(served.database, "-m", "tests.benchmarks.curators", "--accounts"))
        self.curators = [curators.Curator(served.port, column, self.records) for column in UNCITED[:number]]
        self.served = served

    def work(self, until: float, pause: float) -> None:
        """Save until then, each so many seconds after the save before."""

        def one(curator: curators.Curator) -> None:
            for number in count(1):
                if time.monotonic() + pause > until:
                    return
                time.sleep(pause)
                record = self.records[number % len(self.records)]
                text = curators.COLUMNS[curator.column].format(f"{record}{number:04}")
                curator.save(record, text)

        with ThreadPoolExecutor(len(self.curators)) as pool:
            list(pool.map(one, self.curators))

    def report(self) -> str:
        counts = sum((each.counts for each in self.curators), Counter())
        acknowledged = {each.column: each.acknowledged for each in self.curators}
        lost = sites.run(
            self.served.database, "-m", "tests.benchmarks.curators", "--lost", json.dumps(acknowledged)
        )
        return f"curators: {dict(counts)}; cells of which an acknowledged value is lost: {lost.strip()}"


def saturation(options: argparse.Namespace, served: sites.Served) -> None:
    desk, tally, sought = Desk(served, 2), Tally(), iter(list(unasked()))
    until = time.monotonic() + (options.minutes or 2) * 60

    def reader(dice: random.Random) -> None:
        while time.monotonic() < until:
            # Most of these have to be made anew: curators save all the while.
            path = dice.choice(READ) if dice.random() < 0.5 else of_site(next(sought))
            start = time.monotonic()
            status = ask(served.port, path)
            tally.note(status, time.monotonic() - start, path)

    with ThreadPoolExecutor(READERS + 1) as pool:
        working = pool.submit(desk.work, until, 0)
        list(pool.map(reader, map(random.Random, range(READERS))))
        working.result()
    tell("saturation", tally, desk, served)


def soak(options: argparse.Namespace, served: sites.Served) -> None:
    minutes, memory = options.minutes or 60, []
    desk, strange = Desk(served, 2), list(unasked())
    until = time.monotonic() + minutes * 60

    def watch() -> None:
        while (left := until - time.monotonic()) > 0:
            memory.append(served.memory())
            found = " and ".join(f"{each:.0f}" for each in memory[-1])
            print(f"{minutes - left / 60:5.1f} min: {found} MB", flush=True)
            time.sleep(min(60, left))

    def address(number: int) -> str:
        return READ[number % len(READ)] if number % 4 else of_site(strange[number % len(strange)])

    with ThreadPoolExecutor(2) as pool:
        working = [pool.submit(desk.work, until, 20), pool.submit(watch)]
        tally = at_rate(served.port, options.rate, minutes * 60, address)
        for each in working:
            each.result()
    tell(f"soak of {minutes:g} minutes at {options.rate:g} requests/s", tally, desk, served)
    thirds = ", ".join(f"{statistics.mean(map(sum, part)):.0f}" for part in parts(memory, 3))
    print(f"memory of the processes together, mean of each third: {thirds} MB")


def parts(samples: list, number: int) -> list[list]:
    """Samples in so many runs of the same length, without what is left over at the beginning."""
    length = len(samples) // number
    return [samples[len(samples) - (number - place) * length :][:length] for place in range(number)]


def tell(name: str, tally: Tally, desk: Desk, served: sites.Served) -> None:
    late = ", ".join(f"{share:.0%} within {tally.late(share) * 1000:.0f} ms" for share in (0.5, 0.95, 1))
    print(f"{name}: {len(tally.seconds):,} answers, {dict(tally.statuses)}, {late}")
    print(f"errors: {dict(tally.errors)}")
    print(desk.report())
    print(f"exceptions in the log: {served.errors() or 0}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.load", description=__doc__)
    parser.add_argument("what", choices=("rates", "saturation", "soak"))
    parser.add_argument("--engine", type=lambda text: text.split(","), default=list(ENGINES))
    parser.add_argument("--size", type=int, default=SHIPPED, help="organizations; 24 is the shipped data")
    parser.add_argument("--minutes", type=float, help="of saturation (2) and soak (60)")
    parser.add_argument("--seconds", type=float, default=15, help="for each rate")
    parser.add_argument("--rate", type=float, default=3, help="requests a second of a soak")
    options = parser.parse_args()
    if options.what == "rates":
        return rates(options)
    for engine in options.engine:
        with sites.data(engine, options.size) as database, sites.site(database) as served:
            print(f"{engine}, {options.size:,} organizations, {sites.machine()}")
            {"saturation": saturation, "soak": soak}[options.what](options, served)


if __name__ == "__main__":
    main()
