"""Pieces of pages that follow from a few values: drawn once for the same ones, however many pages show them.

A piece is a template that sees nothing but what it is given, in one language. The values themselves are its name, so
nothing has to be taken back when the data change.
"""

from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from functools import cache, cached_property

from django.conf import settings
from django.db.models import Model
from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from partners.caching import MEGABYTE, PageCache
from partners.languages import InLanguage

# A card takes a kilobyte or two.
MOST_PIECES_KEPT = 16 * MEGABYTE
# Most values are of these, beside texts.
SIMPLE = {int, bool}
pieces = PageCache(MOST_PIECES_KEPT)


def drawn_piece(template: str, given: dict) -> SafeString:
    """What a template makes of what it is given alone. What cannot be told apart by its values is drawn anew each time."""
    try:
        name = (template, get_language(), frozen(given))
        if kept := pieces.get(name):
            return kept[0]
    except TypeError:
        return draw_piece(template, given)
    piece = draw_piece(template, given)
    if not settings.DEBUG:
        pieces.put(name, piece, {})
    return piece


def draw_piece(template: str, given: dict) -> SafeString:
    return mark_safe(get_template(template).template.render(Context(given)))  # noqa: S308 (a template escapes)


class KnownValue:
    """A value by which something is known again, of which the hash is made once."""

    __slots__ = ("hash", "value")

    def __init__(self, value: Hashable):
        self.value = value
        self.hash = hash(value)

    def __hash__(self):
        return self.hash

    def __eq__(self, other):
        return self is other or (isinstance(other, KnownValue) and self.value == other.value)


class ShownRow(dict):
    """A row that nobody changes, which many pages show: what it is known by is made once."""

    @cached_property
    def frozen(self) -> Hashable:
        return KnownValue(frozen(dict(self)))


def frozen(value) -> Hashable:
    """A value by which it is known again, with everything in it. A text that is markup, or in another language, is another
    one than the same letters."""
    kind = type(value)
    if kind is str or value is None:
        return value
    if kind is ShownRow:
        return value.frozen
    if kind in SIMPLE:
        return kind, value
    if isinstance(value, dict):
        return tuple([(key, each if type(each) is str else frozen(each)) for key, each in value.items()])
    if isinstance(value, list | tuple):
        return tuple([each if type(each) is str else frozen(each) for each in value])
    if isinstance(value, Model):
        return type(value), tuple(getattr(value, field.attname) for field in value._meta.concrete_fields)
    if is_dataclass(value) and value.__dataclass_params__.eq:
        return kind, tuple(frozen(getattr(value, name)) for name in names_of_fields(kind))
    if isinstance(value, InLanguage):
        return InLanguage, value.language, str(value)
    return kind, value


@cache
def names_of_fields(kind: type) -> tuple[str, ...]:
    """Of a dataclass, those by which two are compared."""
    return tuple(each.name for each in fields(kind) if each.compare)
