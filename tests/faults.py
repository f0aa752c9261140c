"""What journeys through faults need: curators who save all the while and note what they were told, and processes to kill."""

import contextlib
import http.client
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

# A busy machine may take its time; whoever waits for longer waits for something that does not come.
DEADLINE = 180
TOKEN = "a" * 32
LIST_OF_SECTORS, LIST_AT_DESK = "/sectors/", "/admin/partners/sector/"
BETWEEN_TRIES = 0.05
# What an answer does not come by: the process at the other end is gone.
BROKEN = (OSError, http.client.HTTPException)


def until(is_so: Callable[[], object], what: str = "") -> None:
    """Wait until something is so. What breaks while it is looked at is looked at again."""
    deadline, last = time.monotonic() + DEADLINE, None
    while time.monotonic() < deadline:
        try:
            if is_so():
                return
        except (*BROKEN, ValueError, IndexError) as error:
            last = error
        time.sleep(BETWEEN_TRIES)
    raise AssertionError(f"not within {DEADLINE} seconds: {what or is_so} ({last!r})")


def cookie_of(client) -> tuple[str, str]:
    """The header by which a server knows who is signed in with a client of these tests."""
    return "Cookie", f"sessionid={client.cookies['sessionid'].value}; csrftoken={TOKEN}"


def get(port: int, address: str, *cookie: tuple[str, str]) -> tuple:
    """Status, headers and text of an answer. Raises one of BROKEN where there is none, or half of one."""
    return asked_for(port, "GET", address, None, dict(cookie))


def post(port: int, address: str, fields: dict, cookie: tuple[str, str], **headers: str) -> tuple:
    """The same for a form."""
    body = urlencode(fields | {"csrfmiddlewaretoken": TOKEN}, doseq=True)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    head = {"Content-Type": "application/x-www-form-urlencoded"} | dict([cookie]) | named
    return asked_for(port, "POST", address, body, head)


def asked_for(port: int, method: str, address: str, body: str | None, headers: dict) -> tuple:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    with contextlib.closing(asked):
        asked.request(method, address, body, {"Host": "testserver"} | headers)
        answer = asked.getresponse()
        return answer.status, answer.headers, answer.read().decode(errors="replace")


def is_put_off(status: int, headers) -> bool:
    """Whether an answer says when to ask again."""
    return status == 503 and bool(headers["Retry-After"])


def processes_below(number: int) -> list[int]:
    """The numbers of the processes that a process has started and that live."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(parent) == number and state not in "ZX":
                found.append(int(folder.name))
    return sorted(found)


def kill(*numbers: int) -> None:
    """As by a machine that has no memory left."""
    for number in numbers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


class Curators:
    """People who add one sector after another, at the same time, until the block ends; what they saw is kept.

    `form` is the form for a new sector, opened once. After each save that was acknowledged they look at the public list.
    """

    def __init__(self, port: int, cookie: tuple[str, str], form, number: int = 2):
        self.port, self.cookie, self.form = port, cookie, form
        self.is_over = threading.Event()
        self.asked: list[str] = []
        self.acknowledged: list[str] = []
        # What was not on the list after it had been acknowledged, and answers that nobody should be given.
        self.stale: list[str] = []
        self.wrong: list[tuple] = []
        self.told: Counter[str] = Counter()
        self.threads = [threading.Thread(target=self.go_on, args=[each]) for each in range(number)]

    def __enter__(self) -> "Curators":
        for each in self.threads:
            each.start()
        return self

    def __exit__(self, *_error) -> None:
        self.is_over.set()
        for each in self.threads:
            each.join(timeout=2 * DEADLINE)
            assert not each.is_alive()

    def go_on(self, number: int) -> None:
        turn = 0
        while not self.is_over.is_set():
            turn += 1
            try:
                self.save(f"Sector {number}-{turn}")
            except BROKEN:
                self.told["broken"] += 1
                self.is_over.wait(BETWEEN_TRIES)

    def save(self, name: str) -> None:
        self.asked.append(name)
        status, headers, text = post(
            self.port, self.form.url, self.form.data | {"name_en": name, "_save": "1"}, self.cookie
        )
        if status == 302 and headers["Location"] == LIST_AT_DESK:
            self.acknowledged.append(name)
            self.told["saved"] += 1
            self.look_for(name)
        elif is_put_off(status, headers):
            self.told["later"] += 1
            self.is_over.wait(BETWEEN_TRIES)
        else:
            self.wrong.append((name, status, text[:2000]))
            self.is_over.wait(BETWEEN_TRIES)

    def look_for(self, name: str) -> None:
        status, headers, text = get(self.port, LIST_OF_SECTORS)
        if status == 200 and name not in text:
            self.stale.append(name)
        if status != 200 and not is_put_off(status, headers):
            self.wrong.append((LIST_OF_SECTORS, status, text[:2000]))

    def until_more(self, what: str = "saved", more: int = 4) -> None:
        """Wait until so many more have been told this: "saved", "later" (503), or "broken" (no answer)."""
        wanted = self.told[what] + more
        try:
            until(lambda: self.told[what] >= wanted, what)
        except AssertionError as error:
            raise AssertionError(f"{self.told}, {self.wrong[:1]}") from error


def assert_nothing_lost(curators: Curators, ask: Callable[[str], list[tuple]]) -> None:
    """Every save that was acknowledged is in the database, whole: with its revision, its change and what is public of it.

    `ask` gives the rows that a statement of SQL finds.
    """
    there = [
        name for (name,) in ask("SELECT name_en FROM partners_sector WHERE substr(name_en, 1, 7) = 'Sector '")
    ]
    assert curators.wrong == []
    assert curators.stale == []
    assert set(curators.acknowledged) <= set(there) <= set(curators.asked)
    assert len(there) == len(set(there))
    in_halves = ask(
        """SELECT s.name_en FROM partners_sector s WHERE substr(s.name_en, 1, 7) = 'Sector ' AND 1 <> (
            SELECT count(*) FROM partners_change c JOIN partners_revision r ON r.number = c.revision_id
            WHERE c."table" = 'sector' AND c."row" = s.id AND c.operation = 'I' AND r.name_of_who <> '')"""
    )
    without_row = ask(
        """SELECT c."row" FROM partners_change c WHERE c."table" = 'sector'
            AND c."row" NOT IN (SELECT id FROM partners_sector)"""
    )
    ((revisions, newest),) = ask("SELECT count(*), max(number) FROM partners_revision")
    assert (in_halves, without_row) == ([], [])
    # One after the other, and none missing in between.
    assert revisions == newest
