"""What an import costs: `python -m tests.benchmarks.imports [ROWS] [ORGANIZATIONS]`, over the database of DATABASE_URL.

So many organizations are made where there are none. A table of new organizations is brought in, each with two sectors,
another name and one source for all; then a table that changes as many. Printed are the seconds for reading, for checking,
for keeping the preview and for writing, how long other writers had to wait, and how long one waited that saved meanwhile
from another process. What was written stays.
"""

import csv
import io
import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import astuple

import django

ROWS, ORGANIZATIONS = 20_000, 100
SOURCE = {
    "url": "https://list.example/2026",
    "title": "A list",
    "kind": "press-release",
    "stance": "reporting",
}
# Another process that saves a record again and again, and says how long the slowest save took.
SAVER = """
import sys, time, django
django.setup()
from partners.models import Sector
sector, slowest, count = Sector.objects.first(), 0, 0
print("ready", flush=True)
import select
while not select.select([sys.stdin], [], [], 0.2)[0]:
    begun = time.perf_counter()
    sector.summary_en = f"Saved {time.time_ns()}"
    sector.save()
    slowest, count = max(slowest, time.perf_counter() - begun), count + 1
print(f"{slowest:.1f} s, the slowest of {count}")
"""


def new_rows(count: int) -> bytes:
    """Organizations that nobody has yet."""
    mark, (one, other) = time.time_ns(), Sector.objects.values_list("slug", flat=True)[:2]
    header = ["name", "type", "city", "country_code", "website", "other_names", "sectors", "summary_en"]
    rows = [
        [
            *(f"Imported {mark} {number}", "company", "Delft", "NL", f"https://i{mark}-{number}.example"),
            *(
                f"I{mark}{number} [acronym]",
                f"{one};{other}",
                "A company that makes parts for machines of laboratories.",
            ),
        ]
        for number in range(count)
    ]
    return as_csv([header, *rows])


def changed_rows(count: int) -> bytes:
    """Some of those, with another city and another summary."""
    keys = Organization.objects.order_by("-pk").values_list("slug", flat=True)[:count]
    mark = time.time_ns()
    rows = [[key, f"City {mark}", f"Reworded {mark}: a company that makes parts."] for key in keys]
    return as_csv([["organization", "city", "summary_en"], *rows])


def as_csv(rows: list[list[str]]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()


def measure(title: str, content: bytes, user) -> None:
    job = ImportJob.objects.create(
        kind="organizations", who=user.pk, name="list.csv", content=content, options={"source": SOURCE}
    )
    worker = timed_worker()
    with metered() as cost:
        assert worker.work()
    job.refresh_from_db()
    assert job.state == "ready", job.problem
    print(f"{title}: {job.totals['rows_written']:,} rows, {job.totals['cells_written']:,} cells")
    steps = ", ".join(f"{step} {worker.seconds[step]:.1f}" for step in ("reading", "checking", "keeping"))
    print(f"  shown: {told(cost)} (by the clock: {steps})")
    ImportJob.objects.filter(pk=job.pk).update(state="writing")
    locks: list = []
    with metered() as cost, lock_metered(locks):
        assert worker.work()
    job.refresh_from_db()
    assert job.state == "written", job.problem
    print(f"  written, and indexed: {told(cost)}; others wait {told(locks[0])}")


def told(cost: "Cost") -> str:
    return f"{cost.processor:.1f} s of the processor, {cost.clock:.1f} s by the clock"


@contextmanager
def lock_metered(locks: list):
    """From the announcement of a revision, with which the transaction begins to write, to the end of its transaction."""
    begun: list = []

    def now():
        return Cost(time.process_time(), of_server(), time.perf_counter())

    def ended() -> None:
        first, last = begun[-1], now()
        pairs = zip(astuple(last), astuple(first), strict=True)
        locks.append(Cost(*(end - start for end, start in pairs)))

    def watched(execute, sql, params, many, context):
        if sql.startswith("INSERT INTO partners_writing"):
            begun.append(now())
            transaction.on_commit(ended)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watched):
        yield


def timed_worker():
    class TimedWorker(JobWorker):
        """Notes the seconds of each step."""

        seconds, last = Counter(), time.perf_counter()

        def tell(self, job, step, done, total):
            now = time.perf_counter()
            self.seconds[step] += now - self.last
            self.last = now
            super().tell(job, step, done, total)

    return TimedWorker()


def main(rows: int, organizations: int) -> None:
    data.build_once(organizations)
    user, _is_new = User.objects.get_or_create(username="benchmark", is_superuser=True, is_staff=True)
    print(f"{connection.vendor}, {Organization.objects.count():,} organizations")
    measure("New", new_rows(rows), user)
    measure("Changed", changed_rows(rows), user)
    beside_a_saver(rows, user)


def beside_a_saver(rows: int, user) -> None:
    """Write what was checked while another process saves a record again and again."""
    job = ImportJob.objects.create(
        kind="organizations", who=user.pk, name_of_who="ada", name="list.csv", content=new_rows(rows)
    )
    worker = JobWorker()
    assert worker.work()
    saver = subprocess.Popen(
        [sys.executable, "-c", SAVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    saver.stdout.readline()
    try:
        ImportJob.objects.filter(pk=job.pk).update(state="writing")
        assert worker.work()
        job.refresh_from_db()
    finally:
        slowest = saver.communicate("end\n")[0].strip()
    print(f"Beside somebody who saves all the time: {job.get_state_display()}; a save took {slowest}")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
    django.setup()
    from django.contrib.auth.models import User
    from django.db import connection, transaction

    from partners.exchange.importing.jobs import JobWorker
    from partners.models import ImportJob, Organization, Sector
    from tests.benchmarks import data
    from tests.benchmarks.meter import Cost, metered, of_server

    asked = [int(each) for each in sys.argv[1:]]
    main(*[*asked, *(ROWS, ORGANIZATIONS)[len(asked) :]])
