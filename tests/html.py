"""Pages as trees, for tests that ask what stands where."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "rect", "source", "track", "wbr"}


@dataclass
class Element:
    """An element of a page with what it holds: elements and texts."""

    tag: str
    attributes: dict[str, str]
    holds: list = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it, white space as single spaces."""
        pieces = (each if isinstance(each, str) else f" {each.text} " for each in self.holds)
        return " ".join("".join(pieces).split())

    def each(self) -> Iterator["Element"]:
        """Every element below it, in the order of the page."""
        for child in self.holds:
            if isinstance(child, Element):
                yield child
                yield from child.each()

    def find(self, tag: str = "", kind: str = "", **attributes: str) -> list["Element"]:
        """The elements below it with a tag, a class and attributes; "_" stands for "-" in their names."""
        wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
        return [
            each
            for each in self.each()
            if tag in ("", each.tag)
            and kind in ("", *each.attributes.get("class", "").split())
            and wanted.items() <= each.attributes.items()
        ]


class Builder(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].holds.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open[-1].tag == tag, f"</{tag}> where <{self.open[-1].tag}> is open"
            self.open.pop()

    def handle_data(self, data):
        self.open[-1].holds.append(data)


def tree(response) -> Element:
    """The page of an answer. Fails where its elements do not close as they opened."""
    builder = Builder()
    builder.feed(response.content.decode())
    return builder.root


def fields(form: Element) -> dict[str, list[str]]:
    """What a browser would send of a form as it stands, without its buttons and files."""
    sent: dict[str, list[str]] = {}
    for each in form.each():
        name, kind = each.attributes.get("name", ""), each.attributes.get("type", "text")
        if each.tag == "select":
            chosen = [option for option in each.find("option") if "selected" in option.attributes]
            sent[name] = [option.attributes["value"] for option in chosen]
        elif each.tag == "textarea":
            sent[name] = ["".join(text for text in each.holds if isinstance(text, str)).removeprefix("\n")]
        elif each.tag == "input" and name and is_sent(kind, each.attributes):
            sent[name] = [each.attributes.get("value", "")]
    return sent


def is_sent(kind: str, attributes: dict[str, str]) -> bool:
    return kind not in ("submit", "button", "file") and (
        kind not in ("checkbox", "radio") or "checked" in attributes
    )


class Head(HTMLParser):
    """What the head of a page says."""

    def __init__(self, page: str):
        super().__init__()
        self.scripts, self.tags, self.links, self.title = [], [], {}, ""
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self._open = tag
        if tag == "script" and attributes.get("type") == "application/ld+json":
            self.scripts.append("")
            self._open = "described"
        elif tag == "meta":
            self.tags.append(
                (attributes.get("property") or attributes.get("name"), attributes.get("content"))
            )
        elif tag == "link":
            self.links.setdefault(attributes["rel"], attributes["href"])

    def handle_endtag(self, tag):
        self._open = ""

    def handle_data(self, data):
        if self._open == "described":
            self.scripts[-1] += data
        elif self._open == "title":
            self.title += data

    def said(self, name: str) -> list[str]:
        return [content for tag, content in self.tags if tag == name]
