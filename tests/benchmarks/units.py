"""What one answer costs, by kind: milliseconds of the processor in the web process and in PostgreSQL, and bytes sent.

`.venv/bin/python -m tests.postgres .venv/bin/python -m tests.benchmarks.units 10000` fills an empty database with the shipped data
and so many invented organizations, serves it by one process as `make run` does, and asks over one connection that stays
open. Processor time is that of the processes (Linux), so that other work on the machine counts for little.
"""

import gzip
import http.client
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import psycopg

from tests.benchmarks.data import ADJECTIVES, FIRST, SECOND
from tests.serving import ROOT, server_process

TICKS = os.sysconf("SC_CLK_TCK")
HOST = "testserver"
# Answers of each kind that are made anew, and of those that cost so little that more are needed to measure them.
MOST, OFTEN = 60, 500
LOOKS_FOR = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"


class Meter:
    """The processor time of a web process and of the servers of its connections."""

    def __init__(self, master: int, url: str):
        self.master, self.database = master, psycopg.connect(url, autocommit=True)

    def read(self) -> tuple[float, float]:
        children = Path(f"/proc/{self.master}/task/{self.master}/children").read_text().split()
        backends = [str(pid) for (pid,) in self.database.execute(LOOKS_FOR)]
        return seconds_of(children), seconds_of(backends)


def seconds_of(processes: list[str]) -> float:
    fields = (Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in processes)
    return sum(int(each[11]) + int(each[12]) for each in fields) / TICKS


def get(connection: http.client.HTTPConnection, target: str, **headers: str) -> tuple[int, dict, bytes]:
    connection.request("GET", target, headers={"Host": HOST, "Accept-Encoding": "gzip", **headers})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def kinds(ask) -> Iterator[tuple[str, Iterator[tuple[str, dict]]]]:
    """Each kind of answer, with requests for it."""
    etag = ask("/partners/")[1]["ETag"]
    # Not by asking for them: what was asked for is kept.
    pages = re.findall(
        r"<loc>[^<]*(/partners/[a-z0-9-]+)/</loc>", gunzipped(ask("/sitemap-organizations.xml")[2])
    )
    words = [f"{one}+{two}" for one, two in product(FIRST, SECOND)]
    yield "page that the visitor has (304)", (("/partners/", {"If-None-Match": etag}) for _ in range(OFTEN))
    yield "page that is kept", (("/partners/", {}) for _ in range(OFTEN))
    yield "list that nobody asked for before", ((f"/partners/?q={word}", {}) for word in words[:MOST])
    yield "record that nobody asked for before", ((f"{page}/", {}) for page in pages[:MOST])
    yield "search that nobody asked for before", ((f"/search/?q={word}", {}) for word in ADJECTIVES[:MOST])
    yield "record as JSON", ((f"{page}.json", {}) for page in pages[:MOST])
    yield "file of some rows", ((f"/partners.csv?q={word}", {}) for word in words[:MOST])
    yield "file of all rows", (("/partners.csv", {}) for _ in range(3 if len(pages) > 1000 else 50))
    yield "package of everything, made before", (("/data/partner-directory.zip", {}) for _ in range(50))


def gunzipped(body: bytes) -> str:
    return (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode()


def fill(count: int) -> None:
    commands = [["manage.py", "migrate", "-v0"], ["manage.py", "load_dataset", "--if-empty"]]
    if count:
        commands.append(["-m", "tests.benchmarks.data", str(count)])
    for command in commands:
        subprocess.run([sys.executable, *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    url = os.environ["DATABASE_URL"]
    fill(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    with server_process(url) as (port, process):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        meter = Meter(process.pid, url)
        print(f"{'':38}{'web ms':>8}{'SQL ms':>8}{'bytes':>10}{'asked':>7}")
        for name, requests in kinds(lambda target: get(connection, target)):
            before, count, size = meter.read(), 0, 0
            for target, headers in requests:
                status, _head, body = get(connection, target, **headers)
                assert status in (200, 304), (target, status)
                count, size = count + 1, size + len(body)
            spent = [(end - start) / count * 1000 for start, end in zip(before, meter.read(), strict=True)]
            print(f"{name:38}{spent[0]:8.2f}{spent[1]:8.2f}{size // count:10,}{count:7}", flush=True)


if __name__ == "__main__":
    main()
