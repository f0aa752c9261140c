"""The public history of a record on its pages."""

from urllib.parse import urlsplit

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext

from partners.formats.history import support_in_words
from partners.isolation import bdi
from partners.nouns import history_path

register = template.Library()

# Values of a list that are shown of one revision.
MOST_TOLD = 25


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
def changes_told(revision, provenance=None, page: str = "") -> str:
    """What a revision changed. A value that still stands has the numbers of the sources that are cited for it today, which
    the path `page` lists, or the page itself."""
    appeared = [gettext("in the directory")] if revision.is_itself else []
    cells = [
        format_html("{}: {}", bdi(str(cell.column.title)), cell_told(cell, provenance, page))
        for cell in revision.cells
    ]
    return format_html_join("; ", "{}", ((each,) for each in (*appeared, *cells)))


def cell_told(cell, provenance, page: str) -> str:
    """Before and after; of a list what came and what went."""
    if not cell.is_known:
        return gettext("changed")
    if cell.column.many:
        parts = [part for part in (came(cell.after), went(cell.before)) if part]
        parts += [
            format_html(support_in_words(each), source=value_told(each.told), value=bdi(each.title))
            for each in cell.supports
        ]
        return format_html_join(", ", "{}", ((part,) for part in parts))
    before, after = (
        format_html(element, values[0]) if values else format_html("<i>{}</i>", gettext("empty"))
        for element, values in (
            ("<del>{}</del>", list(map(value_told, cell.before))),
            ("<ins>{}</ins>", list(map(value_told, cell.after))),
        )
    )
    marks = marks_of_today(provenance, cell.column.name, page) if cell.is_current else ""
    return format_html(
        '{} <span aria-hidden="true">→</span><span class="hidden">{}</span> {}{}',
        before,
        gettext("is now"),
        after,
        marks,
    )


def came(values) -> str:
    return listed_values("+ <ins>{}</ins>", values)


def went(values) -> str:
    return listed_values("− <del>{}</del>", values)


def listed_values(element: str, values) -> str:
    """The first values of a list, and how many there are where that is not all."""
    told = format_html_join(", ", element, ((value_told(each),) for each in values[:MOST_TOLD]))
    more = len(values) - MOST_TOLD
    return format_html("{}, {}", told, gettext("and %d more") % more) if more > 0 else told


def value_told(told) -> str:
    """A value as it was, linked to the record that it names."""
    text = bdi(told.text)
    return format_html('<a href="{}">{}</a>', told.address, text) if told.address else text


def marks_of_today(provenance, name: str, page: str) -> str:
    cited = provenance.of_field(name) if provenance else ()
    marks = format_html_join(
        " ",
        '<a href="{}#source-{}" aria-label="{} {}">{}</a>',
        ((page, each.number, gettext("Source"), each.number, each.number) for each in cited),
    )
    return format_html('<sup class="marks">{}</sup>', marks) if marks else ""
