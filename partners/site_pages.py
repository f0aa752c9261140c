"""The pages that stand under no record: what each is called, what it is for, and its parts. Declared once, as nouns are."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, override, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from partners.formats.files import FILE_FORMATS
from partners.languages import with_language
from partners.models import Organization
from partners.nouns import NOUNS, PARTNER, nouns_with
from partners.selection.everywhere import Entry
from partners.tables.definitions import TABLES
from partners.tables.glossary import glossary
from partners.vocabularies import words_for


@dataclass(frozen=True)
class SitePage:
    """A page by its route.

    `parts` are its headings and other words it is looked for by, by the anchors they stand at; `label` is what it is
    called among the main pages, where it is one; `rows` are what it shows, None where that is the whole directory.
    Nobody looks by a search for a page that `is_found` is not.
    """

    route: str
    title: str | Promise
    summary: str | Promise = ""
    parts: tuple[tuple[str, str | Promise], ...] = ()
    label: str | Promise = ""
    rows: Callable[[], QuerySet] | None = None
    is_found: bool = True


# What changes with a release only, or stands in files, of which the database knows no day.
NO_ROWS = Organization.objects.none

SITE_PAGES = (
    SitePage("overview", _("Home"), is_found=False),
    SitePage(
        "data",
        _("Data"),
        _("Everything as files to download: one package, and every list in every format."),
        (
            ("package", _("Everything at once, as one zip file")),
            ("files", _("Files of each list: spreadsheets, exports, feeds, calendars")),
            ("reuse", _("Citing and license: terms of use, reuse, open data")),
        ),
        label=_("Data"),
    ),
    SitePage(
        "dictionary",
        _("Data dictionary"),
        _("What each column means, how often it is filled in, and how much of it has a source of its own."),
        (
            ("dictionary", _("Data dictionary: columns and codes")),
            ("evidence", _("Who says so: values with a source of their own")),
        ),
    ),
    SitePage(
        "words",
        _("What the words mean"),
        _(
            "What types, states and other words of this directory mean, such as memorandum, binding or official."
        ),
        rows=NO_ROWS,
    ),
    SitePage(
        "recipes",
        _("Recipes"),
        _(
            "Only the rows you need, how values are written, whether a download is whole, how to follow changes."
        ),
        (
            ("examples", _("Only what you need: recipes for R, Python and spreadsheets")),
            ("whole", _("Everything or part of it: SHA-256, integrity")),
            ("format", _("How values are written")),
            ("follow", _("Following changes: feeds and subscriptions")),
            ("back", _("Bringing corrections back")),
        ),
        rows=NO_ROWS,
    ),
    SitePage(
        "versions",
        _("Versions of the data"),
        _("The public data as they were kept by date, and what changed between any two."),
        rows=NO_ROWS,
    ),
    SitePage(
        "between",
        _("Changes between two days"),
        _(
            "What changed for readers between any two days: what was added and removed, and values before and after."
        ),
    ),
    SitePage(
        "api",
        _("API"),
        _("Every list and every record for programs, with all parameters."),
        (
            ("rules", _("Rules: parameters, errors, paging, ETag")),
            ("examples", _("Try it: OpenAPI, JSON, REST")),
            ("records", _("Records as JSON")),
        ),
        rows=NO_ROWS,
    ),
    SitePage(
        "about",
        _("About this directory"),
        _("What this directory holds, where it knows it from, and how to cite it."),
        (
            ("who", _("Who publishes this: publisher, contact, editors")),
            ("corrections", _("How to correct something: report an error")),
            ("partners", _("What a partner is")),
            ("published", _("What is published: method, scope, and what an empty value means")),
            ("sources", _("Where it comes from: sources and their stance")),
            ("citing", _("How to cite")),
        ),
        label=pgettext_lazy("page", "About"),
        rows=PARTNER.rows,
    ),
    SitePage(
        "comparison",
        _("Compare organizations"),
        _(
            "Organizations side by side, and where they differ: a comparison of partners, laboratories and agencies."
        ),
        rows=Organization.objects.published,
    ),
    SitePage(
        "crossing",
        _("Count by two properties"),
        _("Count the records of a list by two properties at once: a cross table, or pivot table."),
        rows=PARTNER.rows,
    ),
    SitePage("search", _("Search"), label=_("Search"), rows=NO_ROWS, is_found=False),
)


def main_pages() -> list[tuple[str, str | Promise]]:
    """The routes and labels of the main pages, in their order: lists of records, then pages about the directory."""
    lists = sorted((noun for noun in NOUNS if noun.navigation), key=lambda noun: noun.navigation)
    return [
        *((noun.page_route, noun.title) for noun in lists),
        *((page.route, page.label) for page in SITE_PAGES if page.label),
    ]


def page_entries() -> tuple[Entry, ...]:
    """Every page of the site, lists of records included."""
    return entries_in_language(get_language())


# Nothing in them comes from the database; the words of all columns are many, and folded once.
@cache
def entries_in_language(language: str) -> tuple[Entry, ...]:
    """The same in the language that the page speaks."""
    return tuple(entries_of_pages())


def entries_of_pages() -> Iterator[Entry]:
    for page in (each for each in SITE_PAGES if each.is_found):
        yield entry(page.route, page.title, page.summary, [*page.parts, *further_parts(page.route)])
    for noun in nouns_with("list"):
        yield entry(noun.page_route, noun.title, noun.introduction, [])


def entry(route: str, title, summary, parts) -> Entry:
    written = [(anchor, words if isinstance(words, str) else str(words)) for anchor, words in parts]
    texts = tuple((gettext("On this page"), words) for _anchor, words in written)
    # Where the same words stand twice, the first place is meant.
    anchors = {words: anchor for anchor, words in reversed(written)}
    return Entry(route, str(title), str(summary), reverse(route), texts=texts, anchors=anchors)


def further_parts(route: str) -> Iterator[tuple[str, str]]:
    """The parts of a page that follow from declarations: each format, each column."""
    if route == "data":
        for file_format in FILE_FORMATS:
            yield (
                f"shape-{file_format.name}",
                f"{file_format.title} (.{file_format.ending}): {file_format.description}",
            )
    if route == "dictionary":
        for table in TABLES:
            for column in table.public_columns:
                yield f"{table.name}-{column.name}", f"{table.title}: {column.title} ({column.name})"
    if route == "words":
        yield from meanings()


def meanings() -> Iterator[tuple[str, str]]:
    """Every word that a reader meets in a column, with what it means: by its label in each language, which is how it is
    explained there, and by what else people call it."""
    for words in glossary().values():
        for term in words.vocabulary:
            for name, language in words_for(term):
                with override(language or get_language()):
                    text = f"{name}: {term.definition}"
                yield f"{words.anchor}-{term.value}", with_language(text, language)
