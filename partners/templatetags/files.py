"""Numbers as people read them, and the files of a list."""

from django import template
from django.urls import NoReverseMatch, reverse

register = template.Library()


@register.filter
def thousands(number: int) -> str:
    """A whole number with its thousands apart."""
    return f"{number:,}"


@register.simple_tag
def shape_address(kind, shape) -> str:
    """The address of a list in a shape; "" where the list is not given in it."""
    try:
        return reverse(shape.route(kind))
    except NoReverseMatch:
        return ""
