"""The grade that the HTTP Observatory of MDN gives the site under TLS, by its rules: A+ for public pages and for the desk.

The rules are those of @mdn/mdn-http-observatory 1.4.8 (its score table), for what this site may answer.
`genesis/deploy/attacks.md` has what the program itself says.
"""

import re
from http.cookies import SimpleCookie

import pytest
from django.test import Client

from tests.database import database_url
from tests.records import make_curator, make_partner
from tests.serving import send, server_process

HOST = "testserver"
HALF_A_YEAR = 15_552_000
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
# Bonuses count only for whoever loses less than this without them.
MOST_LOST_FOR_BONUS = 10
PUBLIC = (
    "/",
    "/partners/",
    "/partners/alpha/",
    "/search/?q=alpha",
    "/data/",
    "/nl/agreements/",
    "/partners.csv",
    "/nowhere/",
)
DESK = ("/admin/", "/admin/login/", "/admin/partners/organization/", "/admin/sign-in/", "/nl/admin/login/")


def headers_of(head: str) -> list[tuple[str, str]]:
    return [tuple(line.split(": ", 1)) for line in head.split("\r\n")[1:] if ": " in line]


class Answer:
    """An answer over TLS, and what the same address answers without it."""

    def __init__(self, head: str, body: bytes, plain: str):
        self.headers, self.body, self.plain = headers_of(head), body.decode(errors="replace"), plain

    def said(self, name: str) -> str:
        return ", ".join(text for each, text in self.headers if each.lower() == name.lower())

    def points(self) -> dict[str, int]:
        """What each rule gives or takes."""
        rules = (self.policy, self.cookies, self.cors, self.redirection, self.referrer, self.transport)
        rules += (self.scripts, self.sniffing, self.framing, self.resources)
        return {rule.__name__: rule() for rule in rules}

    @property
    def directives(self) -> dict[str, list[str]]:
        parts = [part.split() for part in self.said("Content-Security-Policy").split(";")]
        return {part[0]: part[1:] for part in parts if part}

    def policy(self) -> int:
        found = self.directives
        if not found:
            return -25
        default = found.get("default-src", ["*"])
        active = [
            *found.get("script-src", default),
            *found.get("object-src", default),
            *found.get("style-src", default),
        ]
        if any(re.match(r"'unsafe|data:|https?:$|\*", each) for each in active):
            return -20
        if any(each.startswith("http:") for sources in found.values() for each in sources):
            return -20
        is_closed = default == ["'none'"] and found.get("form-action") in (["'none'"], ["'self'"])
        return 10 if is_closed else 5

    def cookies(self) -> int:
        found = [text for name, text in self.headers if name.lower() == "set-cookie"]
        worst = 5 if found else 0
        for name, cookie in (pair for text in found for pair in SimpleCookie(text).items()):
            if not cookie["secure"]:
                worst = min(worst, -40 if "sess" in name else -20)
            if not cookie["httponly"]:
                worst = min(worst, -30 if "sess" in name else 0)
            if cookie["samesite"] not in ("Lax", "Strict"):
                worst = min(worst, -20)
        return worst

    def cors(self) -> int:
        return -50 if self.said("Access-Control-Allow-Credentials") else 0

    def redirection(self) -> int:
        status, location = int(self.plain.split()[1]), dict(headers_of(self.plain)).get("Location", "")
        return 0 if status in (301, 302, 307, 308) and location.startswith(f"https://{HOST}/") else -20

    def referrer(self) -> int:
        found = self.said("Referrer-Policy")
        return 0 if not found else 5 if found in PRIVATE else -5

    def transport(self) -> int:
        seconds = re.search(r"max-age=(\d+)", self.said("Strict-Transport-Security"))
        return -20 if not seconds else 0 if int(seconds[1]) >= HALF_A_YEAR else -10

    def scripts(self) -> int:
        return -50 if re.search(r"<script[^>]+src=[\"']?(?:\w+:)?//", self.body) else 0

    def sniffing(self) -> int:
        return 0 if self.said("X-Content-Type-Options") == "nosniff" else -5

    def framing(self) -> int:
        if self.directives.get("frame-ancestors") in (["'none'"], ["'self'"]):
            return 5
        return 0 if self.said("X-Frame-Options").upper() in ("DENY", "SAMEORIGIN") else -20

    def resources(self) -> int:
        found = self.said("Cross-Origin-Resource-Policy")
        return {"": 0, "cross-origin": 0, "same-origin": 10, "same-site": 10}.get(found, -5)

    def score(self) -> int:
        lost = sum(each for each in self.points().values() if each < 0)
        return 100 + (sum(self.points().values()) if -lost <= MOST_LOST_FOR_BONUS else lost)

    def is_a_plus(self) -> bool:
        return self.score() >= 100


def asked(port: int, path: str, *more: tuple[str, str]) -> Answer:
    """What a visitor is answered through the proxy that ends TLS."""
    through = (("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-Proto", "https"), *more)
    _status, head, body = send(port, path, *through, host=HOST)
    return Answer(head, body, send(port, path, ("X-Forwarded-Proto", "http"), host=HOST)[1])


@pytest.mark.django_db(transaction=True)
def test_every_page_is_given_an_a_plus_under_tls():
    make_partner("Alpha")
    client = Client()
    client.force_login(make_curator())
    own = ("Cookie", f"__Host-sessionid={client.cookies['sessionid'].value}")
    with server_process(database_url(), SITE_URL=f"https://{HOST}", PROXIES="1") as (port, _process):
        public = {path: asked(port, path) for path in PUBLIC}
        desk = {path: asked(port, path) for path in DESK} | {
            f"{path} in": asked(port, path, own) for path in DESK
        }

    answers = public | desk
    assert {path: each.points() for path, each in answers.items() if not each.is_a_plus()} == {}
    assert min(each.score() for each in answers.values()) >= 120
    # Public pages set no cookie; where the desk does, each is for this site alone.
    assert all(each.cookies() == 0 for each in public.values())
    assert desk["/admin/login/"].cookies() == 5

    page = answers["/partners/"]
    for name, text in (
        ("Content-Security-Policy", "default-src *"),
        ("Content-Security-Policy", "default-src 'none'; script-src 'unsafe-inline'"),
        ("Strict-Transport-Security", ""),
        ("Set-Cookie", "sessionid=1; Secure; SameSite=Lax"),
        ("Access-Control-Allow-Credentials", "true"),
    ):
        others = [each for each in page.headers if each[0] != name]
        worse = Answer("\r\n".join(["", *map(": ".join, [*others, (name, text)])]), b"", page.plain)
        assert not worse.is_a_plus(), (name, text)
