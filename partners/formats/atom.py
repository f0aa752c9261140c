"""A feed as XML: Atom (RFC 4287)."""

import datetime
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.feedgenerator import rfc3339_date
from django.utils.xmlutils import SimplerXMLGenerator

ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"
ATOM = "application/atom+xml"
# XML 1.0 has no way to write these characters (its production 2).
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class FeedEntry:
    """A record in a feed. `id` is a UUID, `address` its page; `summary` may be empty."""

    id: str
    title: str
    address: str
    published: datetime.datetime
    updated: datetime.datetime
    summary: str
    content: str


@dataclass(frozen=True)
class Feed:
    """What a feed says of itself. `address` is its own, `page` that of the same selection for people."""

    id: str
    title: str
    address: str
    page: str
    updated: datetime.datetime
    author: str
    site: str
    rights: str
    language: str


class XmlWriter(SimplerXMLGenerator):
    """Writes elements of plain text, whatever stands in it."""

    def text(self, name: str, text: str, **attributes: str) -> None:
        self.addQuickElement(name, xml_text(text), attributes)

    def empty(self, name: str, **attributes: str) -> None:
        self.addQuickElement(name, None, {name: xml_text(value) for name, value in attributes.items()})


def xml_text(text: str) -> str:
    """A text with a mark in place of each character that XML cannot hold."""
    return NOT_IN_XML.sub("\ufffd", text)


def write_atom(feed: Feed, entries: Iterable[FeedEntry]) -> bytes:
    """The document in UTF-8; the same feed and entries give the same bytes."""
    file = io.StringIO()
    xml = XmlWriter(file, "utf-8", short_empty_elements=True)
    xml.startDocument()
    xml.startElement("feed", {"xmlns": ATOM_NAMESPACE, "xml:lang": feed.language})
    xml.text("id", f"urn:uuid:{feed.id}")
    xml.text("title", feed.title)
    xml.text("updated", rfc3339_date(feed.updated))
    xml.empty("link", rel="self", type=ATOM, href=feed.address)
    xml.empty("link", rel="alternate", type="text/html", href=feed.page)
    write_author(xml, feed)
    if feed.rights:
        xml.text("rights", feed.rights)
    for entry in entries:
        write_entry(xml, entry)
    xml.endElement("feed")
    xml.endDocument()
    return file.getvalue().encode()


def write_author(xml: XmlWriter, feed: Feed) -> None:
    xml.startElement("author", {})
    xml.text("name", feed.author)
    xml.text("uri", feed.site)
    xml.endElement("author")


def write_entry(xml: XmlWriter, entry: FeedEntry) -> None:
    xml.startElement("entry", {})
    xml.text("id", f"urn:uuid:{entry.id}")
    xml.text("title", entry.title)
    xml.text("published", rfc3339_date(entry.published))
    xml.text("updated", rfc3339_date(entry.updated))
    xml.empty("link", rel="alternate", type="text/html", href=entry.address)
    if entry.summary:
        xml.text("summary", entry.summary)
    xml.text("content", entry.content, type="text")
    xml.endElement("entry")
