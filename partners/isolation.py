"""What is written from right to left stands apart in every page, whichever template puts it there.

A Hebrew name beside a number would change places with it (Unicode Annex 9). A template cannot know in which script a
value is, and two hundred places that have to remember it forget it somewhere. So the loader of templates looks, once
for each template, where a variable stands: within text its value gets an element `<bdi>`, in a title or an attribute
for people the characters of an isolate, in other attributes and in scripts nothing. Only values that hold letters from
right to left are touched; markup that Python has made says itself what stands apart in it.

In the same way a text in another language than the page gets an element that says which (WCAG 2.2, 3.1.2).
"""

import re
from typing import NamedTuple

from django.db.models import Model
from django.template.base import Node, TextNode, VariableNode, render_value_in_context
from django.template.loader_tags import BlockNode, ExtendsNode
from django.template.loaders import cached
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

from partners.languages import InLanguage
from partners.texts import isolated, isolated_in_page

# Elements that hold text alone: of these a person reads the second kind.
HOLD_CODE, HOLD_TEXT = ("script", "style", "textarea"), ("title", "option")
FOR_PEOPLE = ("alt", "aria-description", "aria-label", "content", "label", "placeholder", "title")
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)|<!--.*?(?:-->|\Z)", re.DOTALL)
# The end of a tag, or the value of an attribute that begins.
IN_TAG = re.compile(r""">|([^\s"'<>/=]+)\s*=\s*(["'])""")


class Place(NamedTuple):
    """Where in a page something stands: in an element with text alone, in a tag, in an attribute of it, or in text."""

    element: str = ""
    tag: str = ""
    attribute: str = ""
    quote: str = ""


TEXT_PLACE = Place()


def place_after(place: Place, text: str) -> Place:
    """Where a page is after some more of its text."""
    start = 0
    while start < len(text):
        place, start = step(place, text, start)
    return place


def step(place: Place, text: str, start: int) -> tuple[Place, int]:
    """The next place in a text, and where it begins; the same one at the end of the text."""
    if place.attribute:
        end = text.find(place.quote, start)
        return (Place(tag=place.tag), end + 1) if end >= 0 else (place, len(text))
    if place.tag:
        found = IN_TAG.search(text, start)
        if not found:
            return place, len(text)
        if found[1]:
            return Place(tag=place.tag, attribute=found[1].lower(), quote=found[2]), found.end()
        holds_text_alone = place.tag in HOLD_CODE + HOLD_TEXT
        return Place(element=place.tag if holds_text_alone else ""), found.end()
    for found in TAG.finditer(text, start):
        closes, name = found[1], (found[2] or "").lower()
        if name and (not place.element or closes and name == place.element):
            return Place(tag=f"/{name}" if closes else name), found.end()
    return place, len(text)


def bdi(text) -> str:
    """A text as markup in which it stands apart, for markup that Python makes."""
    return mark_safe(in_language(text, isolated_in_page(conditional_escape(text))))  # noqa: S308


def in_language(value, markup: str) -> str:
    """The markup of a value; within an element that says so, where it is in another language than the page."""
    return f'<span lang="{value.language}">{markup}</span>' if isinstance(value, InLanguage) else markup


class InText(VariableNode):
    """A variable within text."""

    apart = staticmethod(isolated_in_page)
    marked = staticmethod(in_language)

    def render(self, context):
        value = self.filter_expression.resolve(context)
        if isinstance(value, Model):
            value = str(value)
        text = render_value_in_context(value, context)
        if not (text.isascii() or hasattr(value, "__html__")):
            text = mark_safe(self.apart(text))  # noqa: S308 (escaped above)
        return self.marked(value, text)


class InPlainText(InText):
    """A variable where no element can stand."""

    apart = staticmethod(isolated)
    marked = staticmethod(lambda value, text: text)


def node_type_of(place: Place) -> type[VariableNode]:
    """What a variable at a place is to be."""
    if place.attribute in FOR_PEOPLE or place.element in HOLD_TEXT:
        return InPlainText
    return VariableNode if place.tag or place.element else InText


class Loader(cached.Loader):
    """Loads templates as Django does, and has the values of their variables stand apart."""

    def get_template(self, template_name, skip=None):
        template = super().get_template(template_name, skip)
        if not hasattr(template, "places"):
            template.places = {}
            self.walk(template.nodelist, TEXT_PLACE, template.places)
        return template

    def walk(self, nodes: list[Node], place: Place, blocks: dict[str, Place]) -> Place:
        """Give the variables among some nodes their kinds, and note where `blocks` stand. Returns the place after."""
        for node in nodes:
            if isinstance(node, ExtendsNode) and isinstance(node.parent_name.var, str):
                blocks |= self.engine.find_template(node.parent_name.var)[0].places
            elif isinstance(node, BlockNode):
                place = blocks.setdefault(node.name, place)
            if isinstance(node, TextNode):
                place = place_after(place, node.s)
            elif type(node) is VariableNode:
                node.__class__ = node_type_of(place)
            for name in node.child_nodelists:
                place = self.walk(getattr(node, name, ()), place, blocks)
        return place
