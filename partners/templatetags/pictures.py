"""Where a picture of a page stands as a file."""

from django import template
from django.urls import reverse

from partners.pictures.catalogue import PICTURES

register = template.Library()


@register.simple_tag
def picture_file_address(name: str, ending: str) -> str:
    """The address of a picture of the catalogue, such as "laboratories", as a file: svg, png or csv."""
    return reverse(PICTURES[name].route(ending))
