"""Pieces of pages that see nothing but what they are given."""

from django import template

from partners import drawn as room

register = template.Library()


@register.simple_tag
def drawn(piece: str, **given) -> str:
    """A template with these values alone, as `{% include piece with … only %}`, drawn once for the same values."""
    return room.drawn_piece(piece, given)
