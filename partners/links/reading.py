"""The words of a page: what a person reads there, without markup."""

import re
from contextlib import suppress
from email.message import Message
from html.parser import HTMLParser

TEXTS = {"text/html", "application/xhtml+xml", "text/plain"}
# What stands in these is not read by people.
UNREAD = {"script", "style", "template", "noscript", "svg"}
# These stand within a line; whatever else begins or ends also ends a line.
WITHIN_LINE = {
    "a",
    "abbr",
    "b",
    "bdi",
    "cite",
    "code",
    "em",
    "i",
    "mark",
    "q",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "u",
    "time",
}
DECLARED_CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?([\w-]+)", re.IGNORECASE)
# Python knows these beside the charsets of pages. Some take a time that grows with the square of the length.
NOT_OF_PAGES = {
    "punycode",
    "idna",
    "unicode_escape",
    "unicode-escape",
    "raw_unicode_escape",
    "raw-unicode-escape",
}
# The ways of packing that a body comes unpacked from.
UNPACKED = {"", "identity", "gzip", "x-gzip", "deflate"}
# A page with fewer letters says "please switch on JavaScript", or asks for cookies.
LEAST = 200
# Characters of a tag that the page ends within.
LONGEST_UNFINISHED = 2000


class PageReader(HTMLParser):
    """Collects the words of a page."""

    def __init__(self):
        super().__init__()
        self.pieces: list[str] = []
        self.unread: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in UNREAD:
            self.unread.append(tag)
        elif tag not in WITHIN_LINE:
            self.pieces.append("\n")

    def handle_startendtag(self, tag, attrs):
        if tag not in WITHIN_LINE:
            self.pieces.append("\n")

    def handle_endtag(self, tag):
        if self.unread and tag == self.unread[-1]:
            self.unread.pop()
        elif tag not in WITHIN_LINE:
            self.pieces.append("\n")

    def handle_data(self, data):
        if not self.unread:
            self.pieces.append(data)


def text_of_page(headers: Message, body: bytes) -> str:
    """The words of what was fetched, a paragraph a line; "" where it is no text, or a program would have to draw it."""
    kind = headers.get_content_type()
    packing = headers.get("Content-Encoding", "identity").lower()
    if kind not in TEXTS or packing not in UNPACKED:
        return ""
    written = decoded(headers.get_content_charset(), body)
    text = paragraphs(written if kind == "text/plain" else without_markup(written))
    return text if len(text) >= LEAST or kind == "text/plain" else ""


def decoded(charset: str | None, body: bytes) -> str:
    declared = DECLARED_CHARSET.search(body[:4096])
    for name in (charset, declared and declared[1].decode(), "utf-8"):
        try:
            if name and name.lower() not in NOT_OF_PAGES:
                return body.decode(name)
        except (LookupError, ValueError):  # UnicodeError is one too
            continue
    return body.decode("utf-8", errors="replace")


def without_markup(page: str) -> str:
    """The words of a page; "" where Python cannot read it."""
    reader = PageReader()
    try:
        reader.feed(page)
        # A tag that never ends is read again from each of its letters: the time grows with the square of its length.
        if len(reader.rawdata) <= LONGEST_UNFINISHED:
            reader.close()
    except AssertionError:  # what the parser of Python 3.11 raises at "<![" without a name
        return ""
    return "".join(reader.pieces)


def paragraphs(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


class FactsReader(HTMLParser):
    """Collects what a page says of itself in its head: title, and the day it was published.

    By Open Graph and schema.org, as far as pages keep to them: the first of each counts.
    """

    TITLES = {"og:title": 0, "twitter:title": 1}
    DAYS = {"article:published_time": 0, "datepublished": 1, "dc.date": 2, "date": 3}

    def __init__(self):
        super().__init__()
        self.titles: dict[int, str] = {}
        self.days: dict[int, str] = {}
        self.is_in_title = False

    def handle_starttag(self, tag, attrs):
        said = {name: value or "" for name, value in attrs}
        self.is_in_title = tag == "title" and len(self.TITLES) not in self.titles
        if tag == "meta":
            name = (said.get("property") or said.get("name") or said.get("itemprop") or "").lower()
            for found, places in ((self.titles, self.TITLES), (self.days, self.DAYS)):
                if name in places and said.get("content"):
                    found.setdefault(places[name], said["content"])

    def handle_endtag(self, tag):
        self.is_in_title = False

    def handle_data(self, data):
        if self.is_in_title:
            self.titles[len(self.TITLES)] = self.titles.get(len(self.TITLES), "") + data


def facts_of_page(headers: Message, body: bytes) -> dict[str, str]:
    """The title and the day of publication, as ISO 8601 has it, that a page gives itself; "" where it gives none."""
    reader = FactsReader()
    with suppress(AssertionError):
        reader.feed(decoded(headers.get_content_charset(), body))
    title = next((reader.titles[place] for place in sorted(reader.titles)), "")
    day = next((reader.days[place] for place in sorted(reader.days)), "")
    is_day = re.match(r"\d{4}-\d{2}-\d{2}", day)
    return {"title": " ".join(title.split())[:300], "date": is_day[0] if is_day else ""}
