"""What stands beside values and in the lists of sources: who says so, in which words, and when it was read."""

from urllib.parse import urlsplit

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext

from partners.languages import columns_of, language_of_page, with_language
from partners.models import AgreementAmount, Organization
from partners.models.sources import field_of, name_of_publisher, value_of
from partners.places import language_name
from partners.provenance import Dispute, earlier_in_words
from partners.texts import isolated

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
    marks = numbers_of(provenance, support.sources)
    disputes = format_html_join(
        "",
        ' <small class="disputed">{}</small>',
        ((words_of(provenance, each),) for each in support.disputes),
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
        '<span class="evidence" data-fields="{}">{}{}{}</span>', " ".join(values), numbers, disputes, notes
    )


def numbers_of(provenance, sources) -> SafeString:
    """The numbers of sources, each linked to its place in the list."""
    mark = '<a href="{0}#source-{1}" aria-label="{2} {1}" title="{3}">{1}</a>'
    source = gettext("Source")
    return format_html_join(
        " ", mark, ((provenance.page, each.number, source, in_short(each.source)) for each in sources)
    )


def in_short(source) -> str:
    """Who published a source, on which day and from which side: what its mark says to a pointer that rests on it."""
    day = date_format(source.published_date, "j F Y") if source.published_date else ""
    parts = [source.publisher_name or source.title, day, str(source.get_stance_display())]
    return " · ".join(map(isolated, filter(None, parts)))


def words_of(provenance, dispute: Dispute) -> SafeString:
    """That sources disagree, such as "of 3 sources 1 says 2016 [4]; followed: [1] [2], official"."""
    words = ngettext(
        "of {count} sources {others} says {says}",
        "of {count} sources {others} say {says}",
        len(dispute.others),
    )
    if dispute.count == 1:
        words = gettext("its source says {says}")
    said = format_html(
        words,
        count=dispute.count,
        others=len(dispute.others),
        says=format_html("<bdi>{}</bdi>", dispute.says),
    )
    followed = numbers_of(provenance, dispute.followed)
    parts = [
        format_html("{}: {} [{}]", dispute.label, said, numbers_of(provenance, dispute.others))
        if dispute.label
        else format_html("{} [{}]", said, numbers_of(provenance, dispute.others))
    ]
    if followed:
        parts.append(format_html("{}: [{}]", gettext("followed"), followed))
    if dispute.reasons:
        parts.append(", ".join(reason.lower() for reason in dispute.reasons))
    return format_html_join("; ", "{}", ((part,) for part in parts))


@register.filter
def earlier_value(statement) -> str:
    """The value that a citation for an earlier one supports, in words; "" where readers may not be told."""
    citation = statement.first
    if getattr(citation, "shown_value", None) is None:
        return ""
    return earlier_in_words(citation.target, citation.field, citation.shown_value)


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
def written_in(text: str, language: str) -> str:
    """A text as its publisher has it, marked with its language where the page is in another one."""
    return with_language(text, language)


@register.filter
def in_language(code: str) -> str:
    """The name of a language by its code (ISO 639-1), where it is not that of the page."""
    if code == language_of_page():
        return ""
    return pgettext("language", "in %s") % language_name(code)


@register.filter
def for_column(evidence: dict, filling):
    """The evidence of the values of a column; None where it cannot be cited."""
    found = evidence.get(filling.table.name)
    return found.values.get(filling.column.name) if found else None
