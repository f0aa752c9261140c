"""What stands beside values and in the lists of sources: who says so, in which words, and when it was read."""

from urllib.parse import urlsplit

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext

from partners.languages import columns_of, language_of_page
from partners.models import AgreementAmount, Organization
from partners.models.sources import field_of, name_of_publisher, value_of
from partners.places import language_name

register = template.Library()


@register.simple_tag
def source_marks(provenance, *fields: str) -> str:
    """The numbers of the sources that support values which are shown together, linked to the list of the sources.

    Where they rest on reports only, or are the classification of the editors, that is said beside them. A text that
    stands in several languages is one field.
    """
    citable = provenance.table.model.citable_fields
    names = [name for each in fields for name in ((each,) if each in citable else columns_of(each))]
    return marks_of(provenance, provenance.values(names))


@register.simple_tag
def amount_marks(provenance, amount: AgreementAmount) -> str:
    """The same for one of the amounts of an agreement."""
    return marks_of(provenance, {value_of(amount): amount})


@register.simple_tag
def compared_marks(requested, line, place: int) -> str:
    """The same for a line of a comparison and the organization at a place of it."""
    record = requested.records[place]
    names = [line.column] if record[line.column] or not line.otherwise else [line.otherwise]
    known = [name for name in names if name in Organization.citable_fields]
    return marks_of(requested.provenances[record["organization"]], {name: record[name] for name in known})


def marks_of(provenance, values: dict) -> str:
    support = provenance.support(values)
    mark = '<a href="{0}#source-{1}" aria-label="{2} {1}">{1}</a>'
    marks = format_html_join(
        " ", mark, ((provenance.page, each.number, gettext("Source")) for each in support.sources)
    )
    notes = format_html_join(
        "",
        ' <small class="basis"><a href="{}#{}">{}</a></small>',
        ((provenance.page, place, words) for place, words in support.notes),
    )
    if not marks and not notes:
        return ""
    numbers = format_html('<sup class="marks">{}</sup>', marks) if marks else ""
    return format_html(
        '<span class="evidence" data-fields="{}">{}{}</span>', " ".join(values), numbers, notes
    )


@register.filter
def supported(statement) -> str:
    """The values that a source says something for, in words such as "city, website"."""
    record = type(statement.first.record)
    return ", ".join(dict.fromkeys(called(record, field_of(value)) for value in statement.fields))


def called(model, field: str) -> str:
    """What a field of a record is called; one whose values are rows of their own as these are."""
    known = model._meta.get_field(field)
    return str(known.related_model._meta.verbose_name if known.auto_created else known.verbose_name)


@register.filter
def named(publisher: str | None) -> str:
    """The name of a publisher, or that none is recorded: the address of a site is no name."""
    return name_of_publisher(publisher) or format_html("<i>{}</i>", gettext("publisher not named"))


@register.filter
def host(address: str) -> str:
    """The site of an address."""
    return urlsplit(address).netloc.removeprefix("www.")


@register.filter
def in_language(code: str) -> str:
    """The name of a language by its code (ISO 639-1), where it is not that of the page."""
    if code == language_of_page():
        return ""
    return gettext("in %s") % language_name(code)


@register.filter
def for_column(evidence: dict, filling):
    """The evidence of the values of a column; None where it cannot be cited."""
    found = evidence.get(filling.table.name)
    return found.values.get(filling.column.name) if found else None
