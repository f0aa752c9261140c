"""What templates need to say and to link; no query is run here."""

import datetime
from functools import cache
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from partners.context import site_name as name_of_site
from partners.formats.files import FILE_FORMATS
from partners.isolation import bdi
from partners.languages import (
    ORIGINAL,
    columns_for_reader,
    for_reader,
    language_of,
    language_of_page,
    original_of,
    path_in,
    short_day,
    with_language,
)
from partners.models.organizations import organization_address
from partners.nouns import record_path, target_path
from partners.pictures.marks import mark_of, marks_in_words
from partners.places import country_name, region_name
from partners.selection.facets import NONE
from partners.selection.selection import PAGE_SIZES
from partners.site_pages import main_pages
from partners.tables.columns import as_text
from partners.tables.definitions import TABLES
from partners.tables.glossary import glossary
from partners.tables.sources import TARGET_TABLES
from partners.templatetags.evidence import named
from partners.texts import isolated, with_article
from partners.views.presentation import CARDS
from partners.vocabularies import MissionAreaLevel, PartyRole, SourceStance

register = template.Library()

# A facet with more values than the first number shows as many as the second, and folds away as many as the third.
MOST_UNFOLDED, FIRST_VALUES, MOST_FOLDED = 8, 6, 200
# A facet with more values than this can be searched.
LONG = 10
MOST_BARS = 12

PLURAL_LABELS = {
    PartyRole.PARTNER: _("Partners"),
    PartyRole.AGENCY: _("Agencies"),
    PartyRole.LABORATORY: _("Laboratories"),
    MissionAreaLevel.PILLAR: _("Pillars"),
    MissionAreaLevel.DOMAIN: _("Domains"),
    MissionAreaLevel.CHALLENGE: _("Challenges"),
}


@register.filter
def plain(text) -> str:
    """A text for a template that stands in a title, where no element can set apart what is written from right to left."""
    return mark_safe(conditional_escape(isolated(str(text))))  # noqa: S308


@register.simple_tag(takes_context=True)
def site_name(context) -> str:
    """What this site is called: after its programme, where there is one."""
    return name_of_site(context["programme"])


@register.filter
def apart(text: str) -> str:
    """A text as markup in which it stands apart: for values within a translated sentence."""
    return bdi(text)


@register.filter
def in_sentence(name: str) -> str:
    """A name as it stands within a sentence of the page's language, as markup in which it stands apart."""
    return bdi(with_article(name, get_language()))


register.filter("words_of_marks", marks_in_words)


@register.filter
def counted(noun, count: int) -> str:
    """A number of records of a kind in words, such as "24 partners"."""
    return noun.counted(count)


@register.filter
def shape_of_type(agreement_type: str) -> str:
    """The shape of the mark of a type of agreement."""
    return mark_of(agreement_type).shape


register.filter(short_day)


@register.filter
def times(number: int) -> range:
    """As many turns of a loop."""
    return range(number)


# Navigation ----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("_navigation.html", takes_context=True)
def navigation(context):
    """The main pages; the one the reader is on, or below which it lies, is marked."""
    here = context["request"].path
    pages = addresses_of_main_pages(get_language())
    return {
        "pages": [(address, label, place_below(here, address)) for address, label in pages],
        "request": context["request"],
    }


@cache
def addresses_of_main_pages(_language: str) -> list[tuple[str, str]]:
    """The address and the label of each main page in a language."""
    return [(reverse(route), str(label)) for route, label in main_pages()]


@register.simple_tag(takes_context=True)
def other_languages(context) -> list[tuple[str, str, str]]:
    """The other languages of the site: code, own name, and the address of this page in it."""
    here = context["request"].get_full_path()
    return [(code, name, path_in(code, here)) for code, name in settings.LANGUAGES if code != get_language()]


def place_below(here: str, address: str) -> str:
    """The value of aria-current for a link to `address`."""
    if here == address:
        return "page"
    return "true" if here.startswith(address) else ""


# Listings ------------------------------------------------------------------------------------------------------------


@register.simple_tag
def selection_link(selection, **changes) -> str:
    """The query string of a selection with some parameters changed; on its first page unless a page is named."""
    page = changes.pop("page", None)
    return selection.link(page=page if page != 1 else None, **changes)


@register.simple_tag
def turned_link(selection, facet, value: str, excluded: bool = False) -> str:
    """The query string in which a value of a facet is left out instead, or asked for instead."""
    return selection.turned(facet.name, value, excluded)


@register.filter
def page_numbers(page) -> list:
    """The numbers of the pages around one, the first and the last, with "…" where some are left out."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


@register.filter
def page_sizes(selection) -> list[tuple[str, bool]]:
    """How many rows a page can show, and whether it does."""
    chosen = selection.parameters.get("per_page", PAGE_SIZES[0])
    return [(size, size == chosen) for size in PAGE_SIZES]


@register.filter
def first_values(facet) -> list:
    """The values of a facet to show at once: the most frequent and the chosen ones."""
    values = facet.values
    most = FIRST_VALUES if len(values) > MOST_UNFOLDED else len(values)
    return [line for number, line in enumerate(values) if number < most or line.chosen or line.excluded]


@register.filter
def further_values(facet) -> list:
    """The values of a facet to fold away; the rarest of a very long one are found by search only."""
    first = {line.value for line in first_values(facet)}
    return [line for line in facet.values if line.value not in first][:MOST_FOLDED]


@register.filter
def is_cut(facet) -> bool:
    """Whether a facet has more values than the page shows."""
    return len(first_values(facet)) + len(further_values(facet)) < facet.total


@register.filter
def is_long(facet) -> bool:
    """Whether a facet has so many values that one wants to search among them."""
    return facet.total > LONG or bool(facet.sought)


@register.filter
def views(presentation, selection) -> list[tuple[str, str, str]]:
    """The ways to show rows: name, label, and the address of those that are not shown now."""
    return [
        (
            view,
            label,
            ""
            if view == presentation.view
            else selection.link(view=None if view == CARDS else view, columns=None),
        )
        for view, label in presentation.views.items()
    ]


@register.simple_tag
def formats(noun, selection) -> list[tuple[str, object]]:
    """The addresses of a selection as a file, each with its format."""
    return [
        (reverse(file_format.route(noun)) + selection.file_link, file_format)
        for file_format in FILE_FORMATS
        if file_format.of_past or not selection.as_of
    ]


@register.inclusion_tag("partners/_column_heading.html")
def column_heading(selection, noun, column):
    """The heading of a column of the table; where rows can be ordered by it, a link that does, and turns it round."""
    key = noun.sorted_by.get(original_of(column.name) if is_of_page(column) else column.name)
    first = selection.order[0] if selection.order else ""
    direction = (
        "" if not key or first.lstrip("-") != key else "descending" if first.startswith("-") else "ascending"
    )
    then = f"-{key}" if direction == "ascending" else key
    # What the rows were ordered by stays as the second key.
    second = [first] if first and first.lstrip("-") != key else list(selection.order[1:])
    link = selection.link(sort=[then, *second], page=None) if key else ""
    return {"title": heading_of(noun, column), "direction": direction, "link": link}


def heading_of(noun, column) -> str:
    """What a column of the table is called: labels by what they are the labels of, and a text in the language of the page
    without saying so."""
    base, _, ending = column.name.rpartition("_")
    if is_of_page(column):
        return str(column.title).partition(" (")[0]
    if ending not in ("label", "labels"):
        return str(column.title)
    # "laboratories" and "laboratory_labels" have the beginning in common.
    titles = [
        str(each.title)
        for each in noun.table.columns
        if each.name.startswith(base[:-1]) and each.name.rpartition("_")[2] not in ("label", "labels")
    ]
    return titles[0] if titles else str(column.title)


def is_of_page(column) -> bool:
    """Whether a column holds a text in the language of the page."""
    return language_of(column.name) == language_of_page()


@register.simple_tag
def table_cell(noun, row: dict, column) -> str:
    """A cell of the table: names lead to their records, web addresses to their sites."""
    value = for_reader(column.name, row.__getitem__) if is_of_page(column) else row[column.name]
    if column.name == "publisher":
        return named(value)
    if value is None or value == []:
        return format_html('<i title="{}">–</i>', gettext("Not recorded"))
    # The title of a source is in the language of that.
    spoken = row.get("language", "") if column.name == noun.heading else ""
    value = with_language(value, language_of(column.name) or spoken)
    if column.name in (noun.heading, *columns_for_reader(noun.heading)):
        return format_html('<a href="{}">{}</a>', record_path(noun.table, row), bdi(value))
    if isinstance(value, list):
        return format_html_join("; ", "{}", ((bdi(as_text(each)),) for each in value))
    if isinstance(value, datetime.date):
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), short_day(value))
    if column.datatype == "anyURI":
        return format_html('<a href="{}" rel="external noopener">{}</a>', value, site(value))
    return bdi(value)


@register.inclusion_tag("partners/_bars.html")
def bars(values, route: str, parameter: str, more: str = ""):
    """The values of a facet with most rows as bars, each linked to its rows in a listing; `more` are parameters of
    each link."""
    values = [line for line in values if line.value != NONE][:MOST_BARS]
    longest = max((line.count for line in values), default=1)
    address = reverse(route)
    return {
        "bars": [
            (f"{address}?{parameter}={line.value}{more}", line, round(100 * line.count / longest))
            for line in values
        ]
    }


@register.filter
def text(row: dict, name: str) -> str:
    """A text of a row, such as its "summary", in the language of the reader or else in the original."""
    return for_reader(f"{name}_{ORIGINAL}", row.__getitem__)


# Rows of tables ------------------------------------------------------------------------------------------------------


@register.filter
def pairs(codes: list[str], labels: list[str]) -> list[tuple[str, str]]:
    """Codes with their labels, from the two columns of a row."""
    return list(zip(codes, labels, strict=True))


@register.filter
def uses(row: dict) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a source supports something about, from its row: for each kind of record its title, addresses and names."""
    found = []
    for target, table in TARGET_TABLES.items():
        records = pairs(row[table.name], row[f"{target}_labels"])
        if records:
            found.append((table.title, [(target_path(target, slug), name) for slug, name in records]))
    return found


@register.filter
def profile_address(row: dict) -> str:
    """The address of the page of an organization, from its row."""
    return organization_address(row["organization"], row["type"])


@register.simple_tag
def record_links(route: str, codes: list[str], labels: list[str]) -> str:
    """Links to records in one line."""
    return format_html_join(", ", '<a href="{}">{}</a>', addresses(route, pairs(codes, labels)))


@register.simple_tag
def record_items(
    route: str, codes: list[str], labels: list[str], most: int | None = None, but_for: str = ""
) -> str:
    """Links to records as items of a list; "and 3 more" stands for those beyond `most`. `but_for` is the record on
    whose own page they stand."""
    others = [pair for pair in pairs(codes, labels) if pair[0] != but_for]
    shown = others[:most]
    items = format_html_join("", '<li><a href="{}">{}</a></li>', addresses(route, shown))
    left = len(others) - len(shown)
    return format_html("{}<li>{}</li>", items, gettext("and %d more") % left) if left else items


def addresses(route: str, records: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(reverse(route, args=[code]), bdi(label)) for code, label in records]


@register.filter
def site(address: str) -> str:
    """A web address as people write it."""
    parts = urlsplit(address)
    return f"{parts.netloc.removeprefix('www.')}{parts.path}".rstrip("/")


# Profiles ------------------------------------------------------------------------------------------------------------


register.filter("region", region_name)
register.filter("country", country_name)


@register.filter
def definition(record, field: str) -> str:
    """What the term in a field of a record means."""
    table = next(table for table in TABLES if table.model is type(record))
    value = getattr(record, field)
    return table.column(field).vocabulary(value).definition if value else ""


@register.filter
def meaning_of_facet(facet, selection) -> str:
    """Where it is said what the values of a facet mean; "" where they are no terms."""
    terms = selection.listing.facets()[facet.name].terms
    words = glossary().get(getattr(terms, "vocabulary", None))
    return words.anchor if words else ""


@register.filter
def plural(term: PartyRole | MissionAreaLevel) -> str:
    """What several things of one kind are called."""
    return PLURAL_LABELS[term]


@register.simple_tag
def party_address(role: PartyRole, slug: str) -> str:
    """The page of a party, under the address of its role; an organization of another type leads on from there."""
    return reverse(f"{role}_detail", args=[slug])


@register.simple_tag
def stances():
    """The sides from which a source can speak."""
    return SourceStance
