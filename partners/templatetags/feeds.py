"""Where a selection can be subscribed to."""

from django import template
from django.urls import reverse
from django.utils.html import format_html

from partners.formats.atom import ATOM

register = template.Library()


@register.simple_tag
def feed_address(noun, selection) -> str:
    """The feed of a selection."""
    query = selection.link(
        **dict.fromkeys(("page", "per_page", "view", "columns", "sort", "as_of", *selection.finders.values()))
    )
    return reverse(f"{noun.name}_atom") + query.removesuffix("?")


@register.simple_tag
def feed_link(noun, selection, title: str) -> str:
    """What tells a browser of the feed of a page; nothing where its parameters were not understood."""
    if selection.problems:
        return ""
    address = feed_address(noun, selection)
    return format_html('<link rel="alternate" type="{}" title="{}" href="{}">', ATOM, title, address)
