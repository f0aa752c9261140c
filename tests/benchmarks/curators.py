"""Several curators at once: `python -m tests.benchmarks.curators [--seconds 60]`, over the directory of DATABASE_URL, which
is changed by it.

Eight of them open the forms of the same few organizations in a running server and save them as fast as they can, each
in a column of its own. Printed are the saves that the site has acknowledged, how often somebody was shown what others
had changed meanwhile, the cells of which an acknowledged value is lost, and every answer that is an error. `--accounts` makes
their accounts alone and prints the numbers of the organizations, `--lost` prints which of the values it is given, by
column and number of the record, are not there.
"""

import argparse
import json
import os
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import django

from tests.html import Builder, fields

RECORDS = 5
# The column of each, with a value from a number.
COLUMNS = {
    "city": "City {}",
    "legal_name": "Legal name {}",
    "ticker": "T{}",
    "website": "https://www.{}.example/",
    "wikidata_id": "Q1{}",
    "curator_note": "Note {}",
    "summary_nl": "Zin {}.",
    "summary_en": "Sentence {}.",
}
PASSWORD = "a long password of the benchmark"  # noqa: S105 (of accounts in a database that is made for it)


class Curator:
    """Somebody with a browser."""

    def __init__(self, port: int, column: str, records: list[int]):
        self.address, self.column, self.records = f"http://127.0.0.1:{port}", column, records
        self.cookies = CookieJar()
        self.open = build_opener(HTTPCookieProcessor(self.cookies)).open
        self.counts: Counter[str] = Counter()
        self.acknowledged: dict[int, str] = {}
        self.sign_in()

    def ask(self, path: str, data: dict | None = None) -> tuple[int, str]:
        """Status and page; of a redirect that of where it leads."""
        body = urlencode(data, doseq=True).encode() if data else None
        request = Request(self.address + path, body, {"Referer": self.address, "Host": "localhost"})  # noqa: S310
        try:
            with self.open(request, timeout=120) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    def sign_in(self) -> None:
        data = fields_of(self.ask("/admin/login/")[1], "login-form")
        status, _page = self.ask(
            "/admin/login/", data | {"login": self.column, "password": PASSWORD, "next": "/admin/"}
        )
        assert status == 200, status

    def work(self, until: float) -> None:
        number = 0
        while time.monotonic() < until:
            number += 1
            record = random.choice(self.records)  # noqa: S311
            self.save(record, COLUMNS[self.column].format(f"{record}{number:04}"))

    def save(self, record: int, value: str) -> None:
        path = f"/admin/partners/organization/{record}/change/"
        status, page = self.ask(path)
        for _attempt in range(20):
            if status not in (200, 409):
                self.counts[f"error {status}"] += 1
                return
            data = fields_of(page, "organization_form") | {self.column: value, "_continue": "1"}
            status, page = self.ask(path, data)
            if status == 200 and "was changed successfully" in page:
                self.acknowledged[record] = value
                self.counts["saved"] += 1
                return
            self.counts["shown what others changed" if status == 409 else f"refused {status}"] += 1
        self.counts["given up"] += 1


def fields_of(page: str, form: str) -> dict[str, list[str]]:
    """What a browser would send of a form as it stands there, without its buttons."""
    builder = Builder()
    builder.feed(page)
    (found,) = builder.root.find("form", id=form)
    return fields(found)


def make_accounts() -> list[int]:
    """An account for each column; gives the organizations that they work on."""
    from django.contrib.auth.models import User

    from partners.models import Organization

    for column in COLUMNS:
        if not User.objects.filter(username=column).exists():
            User.objects.create_superuser(column, password=PASSWORD)
    return list(Organization.objects.order_by("pk").values_list("pk", flat=True)[:RECORDS])


def lost_of(acknowledged: dict[str, dict[int, str]]) -> list[tuple[str, int]]:
    """Of values by column and record, the cells that hold another one."""
    from partners.models import Organization

    return [
        (column, record)
        for column, values in acknowledged.items()
        for record, value in values.items()
        if Organization.objects.values_list(column, flat=True).get(pk=record) != value
    ]


def work(seconds: float) -> None:
    from tests.serving import served

    records = make_accounts()
    with served(
        os.environ["DATABASE_URL"], ALLOWED_HOSTS="localhost,testserver", SITE_URL="http://localhost"
    ) as port:
        curators = [Curator(port, column, records) for column in COLUMNS]
        until = time.monotonic() + seconds
        with ThreadPoolExecutor(len(curators)) as pool:
            list(pool.map(lambda curator: curator.work(until), curators))
    counts = sum((each.counts for each in curators), Counter())
    lost = lost_of({each.column: each.acknowledged for each in curators})
    print(f"{len(curators)} curators, {seconds:g} seconds, {RECORDS} organizations")
    for name, count in sorted(counts.items()):
        print(f"{name}: {count:,}")
    print(f"cells of which an acknowledged value is lost: {len(lost)} {lost or ''}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.curators", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--accounts", action="store_true")
    parser.add_argument("--lost", type=json.loads, metavar="JSON")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
    django.setup()
    if options.accounts:
        print(json.dumps(make_accounts()))
    elif options.lost is not None:
        lost = lost_of(options.lost)
        print(len(lost), lost or "")
    else:
        work(options.seconds)


if __name__ == "__main__":
    main()
