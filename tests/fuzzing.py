"""Requests that nobody should send, to every address there is.

Addresses come from the resolver, parameters from what pages and the description of the API offer, fields from the forms
of pages, so that a new one is tried without being told of. All is drawn from a `random.Random`.
"""

import io
import random
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qsl, quote_plus, urlsplit

from django.conf import settings
from django.urls import LocalePrefixPattern, URLPattern, get_resolver

from tests.html import Builder, Element, fields

MARK = "<x-evil onload='a\">"
NASTY = (
    *(
        "",
        " ",
        "none",
        "0",
        "-1",
        "1e9",
        "99999999999999999999",
        "9" * 400,
        "NaN",
        "٣",
        "²",
        "true",
        "[]",
        "{}",
    ),
    *(
        "'",
        '"',
        "' OR 1=1 --",
        "'; DROP TABLE partners_organization; --",
        "%",
        "_",
        "%%%",
        "\\",
        "{those}",
        "%s",
    ),
    *(MARK, f"a{MARK}", "</title><script>alert(1)</script>", "{{ 7|add:7 }}", "{% now %}", "javascript:a"),
    *("\x00", "a\x00b", "\r\nSet-Cookie: a=b", "\u202e", "\ufeff", "\ud800", "a\udfffb", "🙂", "é" * 300),
    *("x" * 10_000, "a " * 5_000, "-a " * 300, '"' * 999, '"a b" ' * 50, "(" * 500, "us-ca", "US-CA", "mou"),
    *("company", "name", "-name", "--name", "1998", "0000", "10000", "2025-13", "2025-02-30", "2025-12-18"),
)
# What stands in no form, in parts of addresses.
STEPS = (
    "..",
    ".",
    "%2e%2e%2f",
    "a//b",
    "9" * 30,
    "-1",
    "0",
    "%00",
    "%ff",
    "é",
    "a" * 300,
    "x_2F",
    "_00",
    "1,2",
    "'",
)
HEADERS = {
    "Host": (
        "testserver",
        "evil.example",
        "testserver:99999",
        "[::1",
        "",
        "a" * 300,
        "testserver, evil.example",
        "@a",
    ),
    "If-None-Match": ("*", '"', 'W/"1"', '"1", "2", ' * 200, "é", "\x7f", '"' + "1" * 9000 + '"', "0"),
    "If-Modified-Since": ("yesterday", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 99 Foo 0000", "9" * 99),
    "Range": (
        "bytes=0-0",
        "bytes=-1",
        "bytes=5-1",
        "bytes=0-,0-,0-",
        "lines=1-2",
        "bytes=99999999999999999999-",
        "bytes",
    ),
    "Accept": ("*/*", "text/html;q=x", ";;;", "application/json, " * 300, "a/b;q=99", "é"),
    "Accept-Language": ("nl", "xx-" + "y" * 500, "*;q=0", "nl;q=1e9,en", "../../etc", "nl\x7f"),
    "Accept-Encoding": ("gzip;q=0", "br;q=9", "*;q=0", "gzip," * 999, "identity;q=0", "é"),
    "Cookie": (
        "sessionid=x",
        "sessionid=" + "a" * 4000,
        "csrftoken=;;;=",
        "a=\x7f; b",
        "messages=é",
        "=" * 999,
    ),
    "X-Forwarded-For": ("1.2.3.4", "::1", "not, an, address", "1.2.3.4," * 500, "127.0.0.1%0d%0a", "é"),
    "X-Forwarded-Proto": ("https", "gopher", "", "http,https"),
    "X-Forwarded-Host": ("evil.example",),
    "X-Request-ID": ("1", "a" * 5000, "<x-evil>", "a b", "é"),
    "X-HTTP-Method-Override": ("DELETE",),
    "Content-Type": (
        "text/html; charset=utf-16",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "a",
        "é/é",
    ),
    "Content-Encoding": ("gzip", "br"),
    "Referer": ("https://evil.example/", MARK, "//", "http://["),
    "Origin": ("null", "https://evil.example", "http://["),
    "User-Agent": ("", "() { :; }; echo", MARK, "a" * 5000),
    "Authorization": ("Basic é", "Bearer " + "x" * 3000, "Basic AAAA"),
    "HX-Request": ("true", "maybe"),
    "HX-Target": (MARK, "x" * 2000),
    "HX-Current-URL": ("http://[", MARK, "%ff"),
    "Upgrade": ("websocket", "h2c"),
}
METHODS = (
    "HEAD",
    "OPTIONS",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "TRACE",
    "PROPFIND",
    "GET\x00",
    "get",
    "X" * 40,
)
ASKED = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
# The health checks have these from nginx.
BARE = ("/healthz", "/readyz", "/metrics")
PART = re.compile(r"<(?:\w+:)?(\w+)>")


def encoded(text: str) -> str:
    """A text as a careless client sends it: what UTF-8 has no place for goes as its bytes all the same."""
    return quote_plus(text.encode("utf-8", "surrogatepass"))


def value(dice: random.Random) -> str:
    return dice.choice(NASTY)


# Addresses -----------------------------------------------------------------------------------------------------------


@cache
def routes() -> tuple[str, ...]:
    """Every address of the site, in each language, with the names of its parts in angle brackets."""
    return tuple(walk(get_resolver().url_patterns, ""))


def walk(patterns, before: str) -> Iterator[str]:
    for each in patterns:
        pattern = each.pattern
        if isinstance(pattern, LocalePrefixPattern):
            own = [""] + [f"{code}/" for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        else:
            # The two of the admin that are regular expressions: what stands in them is a part like others.
            own = [re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", str(pattern)).strip("^$").replace("/^", "/")]
        for prefix in own:
            here = before + prefix.lstrip("^")
            if isinstance(each, URLPattern):
                yield here
            else:
                yield from walk(each.url_patterns, here)


def filled(route: str, known: Mapping[str, Sequence[str]], dice: random.Random, nasty: float = 0) -> str:
    """A path of a route: each part is one that there is, or with the given chance one that nobody should send.

    `known` has the values of a part by its name, or by the route up to it with its name.
    """

    def part(found: re.Match) -> str:
        good = known.get(route[: found.start()] + found[1]) or known.get(found[1]) or known["slug"]
        return (
            dice.choice(good) if dice.random() >= nasty else dice.choice((*STEPS, encoded(value(dice)[:300])))
        )

    return "/" + PART.sub(part, route)


def query(names: Sequence[str], dice: random.Random) -> str:
    """Parameters of an address, known ones mostly, each with a value that nobody wants."""
    pairs = []
    for _number in range(dice.choice((0, 1, 1, 2, 3, 8))):
        name = dice.choice(names) if names and dice.random() < 0.9 else value(dice)[:20]
        pairs += [f"{encoded(name)}={encoded(value(dice)[: dice.choice((40, 10_000))])}"] * dice.choice(
            (1, 1, 1, 2, 30)
        )
    return "&".join(pairs)[:20_000]


def headers(dice: random.Random, most: int = 3) -> dict[str, str]:
    return {name: dice.choice(HEADERS[name]) for name in dice.sample(sorted(HEADERS), dice.randint(0, most))}


# Pages and forms -----------------------------------------------------------------------------------------------------


@dataclass
class Form:
    """A form of a page: where it goes, and what a browser would send of it, and the buttons that it has."""

    action: str
    method: str
    data: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


def elements(page: str) -> Element:
    builder = Builder()
    builder.feed(page)
    return builder.root


def offered(root: Element) -> list[str]:
    """The names of the parameters that a page offers: in its links to itself or others, and in forms that ask."""
    found = {"page", "q", "as_of", "_popup"}
    for link in root.find("a"):
        found |= {name for name, _value in parse_qsl(urlsplit(link.attributes.get("href", "")).query)}
    for form in root.find("form"):
        if form.attributes.get("method", "get").lower() == "get":
            found |= {each.attributes["name"] for each in form.each() if each.attributes.get("name")}
    return sorted(found)


def forms_of(root: Element) -> Iterator[Form]:
    """The forms of a page that send something."""
    for form in root.find("form"):
        inputs = form.find("input") + form.find("button")
        yield Form(
            form.attributes.get("action", ""),
            form.attributes.get("method", "get").lower(),
            fields(form),
            [each.attributes.get("name", "") for each in inputs if each.attributes.get("type") == "file"],
            [
                (each.attributes["name"], each.attributes.get("value", ""))
                for each in inputs
                if each.attributes.get("type", "submit") == "submit" and each.attributes.get("name")
            ],
        )


def mutated(form: Form, dice: random.Random) -> dict[str, list[str]]:
    """What is sent of a form by somebody who has typed into it what he should not, or who sends less or more."""
    data = {name: list(values) for name, values in form.data.items()}
    names = [name for name in data if name != "csrfmiddlewaretoken"]
    for name in dice.sample(names, min(len(names), dice.choice((0, 1, 2, 3, 10)))):
        deed = dice.random()
        if deed < 0.1:
            del data[name]
        elif deed < 0.2:
            data[name] = [value(dice)[:300] for _number in range(3)]
        else:
            data[name] = [value(dice)]
    if dice.random() < 0.1:
        data[value(dice)[:30]] = [value(dice)]
    if form.buttons:
        name, text = dice.choice(form.buttons)
        data[name] = [text]
    return data


# Files ---------------------------------------------------------------------------------------------------------------


def workbook(dice: random.Random) -> bytes:
    """Something that begins as a workbook: with parts that are missing, broken, or unfold without end."""
    entity = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">' + "".join(
        f'<!ENTITY c{number} "{"&b;" * 10}">' for number in range(9)
    )
    parts = (
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/worksheets/sheet1.xml",
        "../../evil",
        "_rels/.rels",
    )
    texts = ("", "<", f'<?xml version="1.0"?>{entity}]><a>&c1;</a>', "<a/>", "\x00" * 999, " " * 10**6, MARK)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in dice.sample(parts, dice.randint(0, len(parts))):
            archive.writestr(name, dice.choice(texts))
    whole = file.getvalue()
    return whole[: dice.choice((len(whole), len(whole) // 2))]


def table(dice: random.Random) -> bytes:
    """Something that begins as a table of text."""
    names = (
        "name",
        "organization",
        "slug",
        "agreement",
        "title_en",
        "type",
        "row_version",
        "url",
        MARK,
        "",
        "name",
    )
    lines = [dice.sample(names, dice.randint(1, len(names)))]
    lines += [
        [value(dice) for _cell in lines[0]][: dice.randint(1, 12)] for _row in range(dice.randint(0, 6))
    ]
    text = dice.choice(("\n", "\r", "\r\n")).join(dice.choice(",;\t").join(line) for line in lines)
    return text.encode(dice.choice(("utf-8", "utf-16", "latin-1", "utf-8-sig")), "ignore")


def upload(dice: random.Random) -> tuple[str, bytes]:
    """The name and the bytes of a file."""
    ends = (".csv", ".xlsx", ".tsv", ".txt", "", ".php", ".csv\x00.xlsx")
    name = dice.choice(("a", "../../etc/passwd", MARK, "é" * 200, "a" * 500, '"', "\\", "%00")) + dice.choice(
        ends
    )
    noise = bytes(dice.randrange(256) for _number in range(dice.choice((0, 1, 99))))
    return name, dice.choice(
        (workbook(dice), table(dice), table(dice), noise, b"\xff\xfe" + noise, b"PK\x03\x04" + noise)
    )


# The law -------------------------------------------------------------------------------------------------------------


def faults(path: str, status: int, answered: Mapping[str, str], body: bytes) -> list[str]:
    """What is wrong with an answer, whatever was asked; `answered` are its headers."""
    found = [f"status {status}"] if status >= 500 else []
    kind = answered.get("Content-Type", "")
    if re.search(r"html|xml", kind) and (b"<x-evil" in body or b"<script>alert" in body):
        found.append("a script that was sent comes back")
    # What is no request at all, the server refuses before the site sees it; nginx gives such answers their headers.
    is_refused_unread = status in (400, 413, 431, 501) and not answered.get("X-Request-ID")
    if not path.startswith(BARE) and not is_refused_unread:
        lacking = [name for name, said in ASKED.items() if said not in (answered.get(name) or "")]
        found += [f"{name}: {answered.get(name)}" for name in lacking]
    if re.match(r"a=b", answered.get("Set-Cookie") or ""):
        found.append("a header that was sent comes back")
    return found
