"""A hundred thousand requests that nobody should send, to the site as `make run` serves it: `python -m tests.attacks`.

They go to a server on 127.0.0.1 that this program starts on data of its own, several at once: addresses, parameters and
headers as `tests/fuzzing.py` draws them, forms and files of the desk as an administrator sends them, and requests that
are none, byte by byte. Printed is, for each kind, how many were sent, what was answered and how late, and each fault. The
same `--seed` sends the same ones.
"""

import argparse
import os
import random
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import cycle
from urllib.parse import quote

import django

from tests import fuzzing
from tests.benchmarks import curators, sites

HOST = "127.0.0.1"
# The share of each kind.
KINDS = {
    **{"bytes": 0.45, "headers": 0.17, "parameters": 0.15, "addresses": 0.12, "methods": 0.08},
    **{"forms": 0.02, "files": 0.01},
}
AT_ONCE = 12
KNOWN = {
    "slug": ["nvidia", "amd", "openai-mou", "argonne", "nobody", "organizations", "csv"],
    **dict.fromkeys(("object_id", "id", "pk", "key", "number", "content_type_id"), ["1", "2", "3", "12"]),
    **{"kind": ["organizations", "agreements", "sources", "citations"], "ending": ["csv", "xlsx"]},
    **{"section": ["pages", "partners"], "app_label": ["partners", "auth"], "date": ["2026-01-01"]},
}
# What a request begins with, how its lines end, what they say of its body: most are refused, none may be taken for two.
FIRST = (
    *(
        "GET / HTTP/1.1",
        "GET / HTTP/1.0",
        "GET /",
        "GET  /  HTTP/1.1",
        "GET / HTTP/9.9",
        "GET / http/1.1",
        " GET / HTTP/1.1",
    ),
    *(
        "GET http://evil.example/ HTTP/1.1",
        "GET //evil.example/ HTTP/1.1",
        "GET \x00 HTTP/1.1",
        "G\x00T / HTTP/1.1",
    ),
    *(
        "POST /admin/login/ HTTP/1.1",
        "PRI * HTTP/2.0",
        "OPTIONS * HTTP/1.1",
        "CONNECT a:1 HTTP/1.1",
        "\x16\x03\x01\x02",
        "",
    ),
    *(
        "GET /" + "a" * 9_000 + " HTTP/1.1",
        "GET /" + "a" * 40_000 + " HTTP/1.1",
        "GET /%zz%00%ff HTTP/1.1",
        "GET /é HTTP/1.1",
    ),
    *(
        "GET /?" + "a=b&" * 5_000 + " HTTP/1.1",
        "GET /#a HTTP/1.1",
        "GET / HTTP/1.1\r",
        "\r\n\r\nGET / HTTP/1.1",
        "GET\t/\tHTTP/1.1",
    ),
)
SAID = (
    *(
        "Content-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 6",
        "Content-Length: +5",
    ),
    *(
        "Content-Length: -1",
        "Content-Length: 0x5",
        "Content-Length: 99999999999999999999",
        "Content-Length : 5",
    ),
    *("Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5"),
    *("Transfer-Encoding: xchunked", "Transfer-Encoding : chunked", "Transfer-Encoding: chunked, identity"),
    *(
        "Transfer-Encoding:\x0bchunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
        "X: a\r\n b",
        "X: a\r\n\tb",
    ),
    *(
        "X\x00: a",
        "X: \x00",
        "X: a\nY: b",
        "X: a\rY: b",
        "X",
        ": a",
        "X: " + "a" * 50_000,
        "X: é",
        "Host: evil.example",
    ),
    *(
        "Expect: 100-continue",
        "Connection: close, X",
        "\r\n".join(f"X{number}: a" for number in range(500)),
        "Te: trailers",
    ),
    *(
        "Upgrade: h2c\r\nHTTP2-Settings: AAAA",
        "X_Forwarded_For: 1",
        "Content-Type: multipart/form-data; boundary=\x00",
        "",
    ),
)
BODIES = (
    *(
        "",
        "a=b&c",
        "0\r\n\r\n",
        "5\r\nhello\r\n0\r\n\r\n",
        "5;a=b\r\nhello\r\n0\r\nX: a\r\n\r\n",
        "zz\r\n",
        "-1\r\na\r\n",
    ),
    *(
        "ffffffffffffffff\r\na\r\n",
        "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "5\nhello\n0\n\n",
        "\x00" * 99,
    ),
)
ENDS = ("\r\n", "\r\n", "\r\n", "\n", "\r")


@dataclass
class Kind:
    """What came of the requests of one kind."""

    statuses: Counter = field(default_factory=Counter)
    slowest: float = 0
    faults: Counter = field(default_factory=Counter)

    def row(self, name: str) -> str:
        by_status = ", ".join(f"{status}: {number:,}" for status, number in sorted(self.statuses.items()))
        cells = (
            name,
            f"{self.statuses.total():,}",
            by_status,
            sum(self.faults.values()),
            f"{self.slowest:.1f} s",
        )
        return f"| {' | '.join(map(str, cells))} |"


def asked(port: int, method: str, target: str, headers: dict[str, str], body: bytes | None = None) -> tuple:
    """Status, headers and body of what is answered to a request, which is sent as it stands."""
    connection = HTTPConnection(HOST, port, timeout=120)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        sent = (
            {"Host": "localhost"} | headers | ({"Content-Length": str(len(body))} if body is not None else {})
        )
        for name, text in sent.items():
            connection.putheader(name, text.encode("utf-8", "surrogatepass"))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def sent_raw(port: int, text: bytes) -> list[bytes]:
    """The answers to bytes, as far as they come before the server or nobody says more."""
    with socket.create_connection((HOST, port), timeout=10) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return re.findall(rb"HTTP/1\.[01] \d{3}", answer)


class Attack:
    """A server under attack, and what came of it."""

    def __init__(self, served: sites.Served):
        self.port = served.port
        # Accounts one after the other: what is sent can end a session, or close an account.
        self.accounts, self.lock = cycle(curators.COLUMNS), threading.Lock()
        self.sign_in()
        self.kinds = {kind: Kind() for kind in KINDS}
        self.offered: dict[str, list[str]] = {}
        self.forms: list[tuple[str, fuzzing.Form]] = []
        self.look_around()

    def sign_in(self) -> None:
        """Forms of the desk are real ones: whoever sends them is somebody who may."""
        desk = curators.Curator(self.port, next(self.accounts), [])
        self.cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in desk.cookies)
        self.csrf = next(cookie.value for cookie in desk.cookies if cookie.name == "csrftoken")

    def on_desk(self, method: str, target: str, body: bytes | None = None, **headers: str) -> tuple:
        """What somebody is answered who is signed in; who no longer is signs in again for the next time."""
        before = self.cookies
        sent = {name.replace("_", "-"): text for name, text in headers.items()} | {"Cookie": before}
        answer = asked(self.port, method, target, sent, body)
        if answer[0] == 302 and "/admin/login/" in (answer[1]["Location"] or ""):
            with self.lock:
                if self.cookies == before:
                    self.sign_in()
        return answer

    def look_around(self) -> None:
        """What pages offer: the parameters of each address, and the forms of the desk."""
        dice = random.Random(0)
        for route in fuzzing.routes():
            path = fuzzing.filled(route, KNOWN, dice)
            status, headers, body = self.on_desk("GET", path)
            if status == 200 and "html" in (headers["Content-Type"] or ""):
                root = fuzzing.elements(body.decode())
                self.offered[route] = fuzzing.offered(root)
                if "admin/" in route and not re.search(r"logout|auth/|password|sign-in", path):
                    self.forms += [(path, form) for form in fuzzing.forms_of(root) if form.method == "post"]

    def names(self, route: str) -> list[str]:
        """The parameters of an address: a file has those of its page."""
        return (
            self.offered.get(route) or self.offered.get(re.sub(r"\.[\w.-]+$", "/", route)) or ["as_of", "q"]
        )

    def one(self, kind: str, number: int, seed: int) -> None:
        dice, into, start = random.Random(f"{seed} {kind} {number}"), self.kinds[kind], time.monotonic()
        path = ""
        try:
            path, *answer = getattr(self, f"of_{kind}")(dice)
            status, headers, body = answer
            found = fuzzing.faults(path, status, headers, body) if headers is not None else []
        except (OSError, HTTPException) as error:
            status, found = (
                type(error).__name__,
                [] if kind == "bytes" else [f"no answer: {type(error).__name__}"],
            )
        into.statuses[str(status)] += 1
        into.slowest = max(into.slowest, time.monotonic() - start)
        for each in found:
            into.faults[f"{each} ({path[:120]}, {kind} {number})"] += 1

    # Each gives the path that it asked for, and status, headers and body of what was answered.

    def of_parameters(self, dice: random.Random) -> tuple:
        route = dice.choice(sorted(self.offered) if dice.random() < 0.7 else fuzzing.routes())
        path = fuzzing.filled(route, KNOWN, dice)
        return path, *self.on_desk("GET", f"{path}?{fuzzing.query(self.names(route), dice)}")

    def of_addresses(self, dice: random.Random) -> tuple:
        route = dice.choice([each for each in fuzzing.routes() if "<" in each])
        path = quote(fuzzing.filled(route, KNOWN, dice, nasty=0.7).encode("utf-8", "replace"), safe="/%")
        return path, *self.on_desk("GET", path)

    def of_headers(self, dice: random.Random) -> tuple:
        path = fuzzing.filled(dice.choice(fuzzing.routes()), KNOWN, dice)
        headers = {
            name: re.sub(r"[\r\n\x00]", "?", text) for name, text in fuzzing.headers(dice, most=6).items()
        }
        return path, *asked(self.port, "GET", path, headers)

    def of_methods(self, dice: random.Random) -> tuple:
        path = fuzzing.filled(dice.choice(fuzzing.routes()), KNOWN, dice)
        method = dice.choice([each for each in fuzzing.METHODS if each.isalpha()])
        return path, *asked(self.port, method, path, {}, fuzzing.table(dice))

    def of_forms(self, dice: random.Random) -> tuple:
        path, form = dice.choice(self.forms)
        data = fuzzing.mutated(form, dice) | {"csrfmiddlewaretoken": [self.csrf]}
        target = form.action if form.action.startswith("/") else path
        pairs = [
            (fuzzing.encoded(name), fuzzing.encoded(text)) for name, texts in data.items() for text in texts
        ]
        body = "&".join(f"{name}={text}" for name, text in pairs).encode()
        return target, *self.posted(target, "application/x-www-form-urlencoded", body)

    def of_files(self, dice: random.Random) -> tuple:
        name, content = fuzzing.upload(dice)
        mark, name = "b" * 20, quote(name.encode("utf-8", "replace"), safe=" <>'./%")
        parts = {"csrfmiddlewaretoken": self.csrf, "kind": dice.choice(KNOWN["kind"])}
        text = "".join(
            f'--{mark}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
            for field, value in parts.items()
        )
        text += f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = text.encode() + content + f"\r\n--{mark}--\r\n".encode()
        body = body[: dice.choice((len(body), len(body), len(body) // 2))]
        return "/admin/import/", *self.posted("/admin/import/", f"multipart/form-data; boundary={mark}", body)

    def posted(self, target: str, kind: str, body: bytes) -> tuple:
        return self.on_desk("POST", target, body, Content_Type=kind, Referer=f"http://localhost{target}")

    def of_bytes(self, dice: random.Random) -> tuple:
        end = dice.choice(ENDS)
        lines = [
            dice.choice(FIRST),
            dice.choice(("Host: localhost", "Host: localhost", "Host: evil.example", "")),
        ]
        lines += dice.sample(SAID, dice.randint(0, 2))
        body = dice.choice(BODIES)
        text = end.join(lines) + end + end + body
        if dice.random() < 0.1:
            text = text[: dice.randrange(len(text) + 1)]
        answers = sent_raw(self.port, text.encode("latin-1"))
        # One request is one answer, or none: the second one would be what was smuggled in the body of the first.
        statuses = [int(each.split()[1]) for each in answers]
        wrong = [status for status in statuses if status >= 500 and status not in (501, 505)]
        status = wrong[0] if wrong else statuses[0] if statuses else 0
        if 200 in statuses[:1] and len(statuses) > 1 and "smuggled" in body and says_one_length(lines):
            return "two answers", 599, {}, b""
        return "bytes", status if not wrong else 500, None if not wrong else {}, b""


def says_one_length(lines: list[str]) -> bool:
    """Whether lines of a head say in one way only how long the body is: all of it belongs to the request then."""
    text = "\n".join(lines).lower()
    return (
        # An empty line ends the head: what comes after it is another request.
        "" not in lines
        and text.count("content-length") == 1
        and "transfer-encoding" not in text
        and "content-length: 5" not in text
    )


def numbered(most: int, only: str) -> Iterator[tuple[str, int]]:
    """The kinds in turns, each so often as its share says, with a number of its own; or one kind alone."""
    shares = {only: 1} if only else KINDS
    found = [(kind, number) for kind, share in shares.items() for number in range(int(most * share))]
    random.Random(0).shuffle(found)
    yield from found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--only", choices=KINDS, default="", help="one kind alone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--minutes", type=float, default=60, help="no request is begun later than this")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
    os.environ.setdefault("SECRET_KEY", "attacks-attacks-attacks-0123456789-abcdefghijklmnopqrstuvwxyz")
    django.setup()
    with sites.data(options.engine) as database:
        sites.run(database, "-m", "tests.benchmarks.curators", "--accounts")
        with sites.site(database) as served:
            attack, start = Attack(served), time.monotonic()

            def one(each: tuple[str, int]) -> None:
                if time.monotonic() - start < options.minutes * 60:
                    attack.one(*each, options.seed)

            with ThreadPoolExecutor(AT_ONCE) as pool:
                for number, _done in enumerate(
                    pool.map(one, numbered(options.requests, options.only), chunksize=1)
                ):
                    if number % 5000 == 0:
                        print(f"{number:,} after {(time.monotonic() - start) / 60:.0f} minutes", flush=True)
            errors, alive = served.errors(), asked(served.port, "GET", "/", {})[0]
            tell(attack, options, errors, alive, time.monotonic() - start)
    return int(bool(errors or any(kind.faults for kind in attack.kinds.values())))


def tell(attack: Attack, options, errors: list[str], alive: int, seconds: float) -> None:
    print(
        f"{options.engine}, seed {options.seed}, {seconds / 60:.0f} minutes, {len(attack.forms)} forms of the desk\n"
    )
    print("| kind | requests | by status | faults | slowest |\n|---|---|---|---|---|")
    for name, kind in attack.kinds.items():
        print(kind.row(name))
    print(f"\nExceptions in the log: {errors or 0}. The front page answers {alive} afterwards.")
    for kind in attack.kinds.values():
        for fault, number in kind.faults.most_common(20):
            print(f"{number} times {fault}")


if __name__ == "__main__":
    raise SystemExit(main())
