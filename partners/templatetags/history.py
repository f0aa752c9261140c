"""The public history of a record on its pages."""

from urllib.parse import urlsplit

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from partners.isolation import bdi
from partners.nouns import history_path

register = template.Library()


@register.filter
def history_address(record, ending: str) -> str:
    """The path of the public changes of a record; its `ending` says in which format."""
    return history_path(record.get_absolute_url(), ending)


@register.filter
def path_alone(address: str) -> str:
    """An address of this site without the site."""
    parts = urlsplit(address)
    query = f"?{parts.query}" if parts.query else ""
    place = f"#{parts.fragment}" if parts.fragment else ""
    return f"{parts.path}{query}{place}"


@register.filter
def at_revision(revision, history) -> str:
    """The permanent address of a revision of a record."""
    return path_alone(history.addresses.of_revision(revision.number))


@register.simple_tag
def value_told(told) -> str:
    """A value as it was, linked to the record that it names."""
    text = bdi(told.text)
    return format_html('<a href="{}">{}</a>', told.address, text) if told.address else text


@register.simple_tag
def marks_beside(provenance, name: str, page: str = "") -> str:
    """The numbers of the sources that are cited for a value today; `page` is the path of the page that lists them."""
    cited = provenance.of_field(name) if provenance else ()
    marks = format_html_join(
        " ",
        '<a href="{}#source-{}" aria-label="{} {}">{}</a>',
        ((page, each.number, gettext("Source"), each.number, each.number) for each in cited),
    )
    return mark_safe(f'<sup class="marks">{marks}</sup>') if marks else ""  # noqa: S308 (escaped above)
