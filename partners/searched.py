"""The kinds of things that the search over everything looks through: every noun, and the pages of the site."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from partners import site_pages
from partners.languages import all_languages_of, columns_of, language_of, with_language
from partners.models import DataVersion
from partners.models.base import Nested
from partners.nouns import NOUNS, Noun, noun_of, nouns_with
from partners.selection.everywhere import Entry, closeness
from partners.selection.listings import Listing
from partners.tables.columns import Column, Table


@dataclass(frozen=True)
class Searched:
    """A kind of thing that is searched.

    `number` counts them in words. Where they have a list, `noun` is what shows it, and its page has all that were
    found; the others, from a `listing` without a page or from `entries`, are shown here. `facts` are the columns that
    a line below the name says.
    """

    name: str
    title: str | Promise
    number: object
    facts: tuple[str, ...] = ()
    noun: Noun | None = None
    listing: type[Listing] | None = None
    table: Table | None = None
    entries: Callable[[], Iterable[Entry]] | None = None
    closeness: Callable = closeness

    def counted(self, count: int) -> str:
        return str(self.number % {"count": count})

    @property
    def columns(self) -> list[Column]:
        """The columns that a hit needs: what names it, what its address depends on, and what is said of it."""
        needed = dict.fromkeys(
            (*self.table.key, *all_languages_of(self.heading), *noun_of(self.table).address_from, *self.facts)
        )
        return [self.table.column(name) for name in needed]

    @property
    def heading(self) -> str:
        """The column of the name."""
        return self.table.heading


def searched_noun(noun: Noun) -> Searched:
    """How a kind of record is searched: by its listing, or one by one where it has none."""
    return Searched(
        noun.name.replace("_", "-"),
        noun.title,
        noun.number,
        noun.facts,
        noun if noun.has("files") else None,
        noun.listing,
        noun.table,
        None if noun.listing else lambda: term_entries(noun),
        noun.closeness,
    )


def term_entries(noun: Noun) -> tuple[Entry, ...]:
    """The records of a kind without a listing. Costs one query for the version of the data, and one for the records
    when that is another than before."""
    return entries_at_version(DataVersion.current(), get_language(), noun.name)


# Those of every kind in every language, now and in the moment before.
@lru_cache(maxsize=4 * len(NOUNS))
def entries_at_version(version: int, language: str, name: str) -> tuple[Entry, ...]:
    """The same at a version of the data, in the language that the page speaks."""
    return tuple(entries_of_noun(next(noun for noun in NOUNS if noun.name == name)))


def entries_of_noun(noun: Noun) -> Iterator[Entry]:
    """Every record of a kind: found by its names and descriptions in every language, and by the names of what it is
    part of."""
    rows = noun.rows().order_by("name_key", "slug")
    if issubclass(noun.model, Nested):
        rows = rows.select_related("parent")
    for record in rows:
        above = record.parent if isinstance(record, Nested) else None
        texts = [
            *((gettext("Name"), name) for name in names(record)),
            *((gettext("Description"), text) for text in texts_of(record, "description")),
            *((gettext("Part of"), name) for name in (names(above) if above else ())),
        ]
        facts = tuple(getattr(record, f"get_{name}_display")() for name in noun.facts)
        yield Entry(
            record.slug, record.name, record.description, record.get_absolute_url(), facts, tuple(texts)
        )


def names(record: Model) -> list[str]:
    return texts_of(record, "name")


def texts_of(record: Model, name: str) -> list[str]:
    """A text of a record in each language that has it; marked where the page is in another one."""
    return [
        with_language(text, language_of(column))
        for column in columns_of(name)
        if (text := getattr(record, column))
    ]


SEARCHED_PAGES = Searched(
    "page",
    _("Pages of this site"),
    ngettext_lazy("%(count)d page of this site", "%(count)d pages of this site", "count"),
    entries=site_pages.page_entries,
)


def all_searched() -> list[Searched]:
    """All of them, in the order in which equally good hits are shown."""
    return [*map(searched_noun, nouns_with("search")), SEARCHED_PAGES]


def shown_here() -> dict[str, Searched]:
    """The kinds whose hits the page of the search shows whole, by their names."""
    return {each.name: each for each in all_searched() if each.noun is None}
