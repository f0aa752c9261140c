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
LEFT_OUT = re.compile(r"\[?(?:…|\.\.\.)\]?")
LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")
# A page with fewer letters says "please switch on JavaScript", or asks for cookies.
LEAST = 200


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
    if kind not in TEXTS:
        return ""
    written = decoded(headers.get_content_charset(), body)
    text = paragraphs(written if kind == "text/plain" else without_markup(written))
    return text if len(text) >= LEAST or kind == "text/plain" else ""


def decoded(charset: str | None, body: bytes) -> str:
    declared = DECLARED_CHARSET.search(body[:4096])
    for name in (charset, declared and declared[1].decode(), "utf-8"):
        try:
            return body.decode(name) if name else body.decode("utf-8")
        except (LookupError, UnicodeDecodeError):
            continue
    return body.decode("utf-8", errors="replace")


def without_markup(page: str) -> str:
    reader = PageReader()
    reader.feed(page)
    reader.close()
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
