"""The words of a page: what a person reads there, without markup."""

import re
from email.message import Message
from html.parser import HTMLParser

from partners.folding import fold

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
LEFT_OUT = re.compile(r"\[?(?:…|\.\.\.)\]?")
LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")
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


def says(text: str, quote: str) -> bool:
    """Whether a text has these words, in this order; case, accents, quotation marks and spaces do not matter.

    PageReader left out of a quote are marked by "…" or "[…]": then each part has to be there, one behind the other.
    """
    words, at = f" {plain_words(text)} ", 0
    for part in filter(None, map(plain_words, LEFT_OUT.split(quote))):
        found = words.find(f" {part} ", at)
        if found < 0:
            return False
        at = found + len(part) + 1
    return True


def plain_words(text: str) -> str:
    """The letters and digits of a text, word by word."""
    return " ".join(LETTERS_AND_DIGITS.findall(fold(text)))
