"""What can be brought in as a table: the kinds of records, and the columns of each, in the words of the files."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from partners.exchange.package.layout import SHEET_OF, Sheet
from partners.models import AgreementParty, Publishable
from partners.tables.agreements import AGREEMENTS
from partners.tables.columns import Column, Table
from partners.tables.organizations import ORGANIZATIONS
from partners.tables.recurring import ROW_VERSION
from partners.tables.sources import CITATIONS, SOURCES
from partners.vocabularies import PartyRole

# The columns of lists whose values are rows of their own, which belong to the record: what each value is.
NAMES, SOURCES_CITED = "other_names", "sources"
PARTY_COLUMNS = {
    "partners": PartyRole.PARTNER,
    "agencies": PartyRole.AGENCY,
    "laboratories": PartyRole.LABORATORY,
}
AMOUNT_KEYS = "amounts"
# Beside each other: the same place in each of these lists is one amount.
AMOUNT_PARTS_IN_LISTS = {
    "amount_figures": "amount",
    "amount_currencies": "currency",
    "amount_kinds": "kind",
    "amount_exactness": "exactness",
}
ROWS_OF = {
    ORGANIZATIONS.name: (NAMES, SOURCES_CITED),
    AGREEMENTS.name: (*PARTY_COLUMNS, SOURCES_CITED, AMOUNT_KEYS, *AMOUNT_PARTS_IN_LISTS),
}
# The option of an import by which what such a list leaves out is taken off.
WHOLE_LISTS = "whole_lists"
WHEN_TAKEN_OFF = _(
    "They are added; those left out are taken off only where you say that the lists are whole."
)
# What is said of such a column beside what the dictionary says.
HOW_TO_WRITE = {
    NAMES: format_lazy(
        "{} {}",
        _(
            "Names with ; between them. A kind and a language can follow in brackets: GE [acronym], "
            "Philips [label, nl]; without, it is an alias."
        ),
        WHEN_TAKEN_OFF,
    ),
    SOURCES_CITED: _(
        "Keys or addresses of sources of the directory, with ; between them: each is cited for the record as a whole. "
        "They are added, never taken off."
    ),
    **dict.fromkeys(
        PARTY_COLUMNS,
        format_lazy(
            "{} {}",
            _("Keys or names of organizations, with ; between them, also of drafts."),
            WHEN_TAKEN_OFF,
        ),
    ),
    AMOUNT_KEYS: format_lazy(
        "{} {}",
        _("Keys of the amounts, with ; between them; may be left empty where they are new."),
        WHEN_TAKEN_OFF,
    ),
    "amount_figures": _("Figures in digits, with ; between them, such as 200000000."),
    "amount_currencies": _("Their currencies (ISO 4217) in the same order, such as USD;EUR."),
    "amount_kinds": _("What each sum is, in the same order."),
    "amount_exactness": _("How the source qualifies each, in the same order; exact where it is empty."),
    ROW_VERSION: _(
        "Stands in every download and tells what stood in the row then. Leave it as it is: what others have changed since "
        "stays, and where you changed the same cell you are asked. A row without it changes only what is filled in."
    ),
}


def with_every_party(column: Column) -> Column:
    """A column of parties as curators get it: with those that are not public too, so that a list of them can be whole."""
    role = PARTY_COLUMNS[column.name]
    return replace(
        column, related=replace(column.related, rows=lambda: AgreementParty.objects.filter(role=role))
    )


@dataclass(frozen=True)
class ImportKind:
    """A kind of record that can be brought in, by its table."""

    table: Table

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def model(self) -> type[models.Model]:
        return self.table.model

    @cached_property
    def sheet(self) -> Sheet:
        return SHEET_OF[self.name]

    @property
    def has_versions(self) -> bool:
        """Whether a row is a record of its own, found by one key."""
        return len(self.table.key) == 1

    @property
    def has_drafts(self) -> bool:
        """Whether curators can have records of it that readers do not see."""
        return issubclass(self.model, Publishable)

    @property
    def key(self) -> str:
        return self.table.key[0]

    @property
    def heading(self) -> str:
        return self.table.heading

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """What is read, in the order of the files."""
        own = ROWS_OF.get(self.name, ())
        return tuple(
            with_every_party(each) if each.name in PARTY_COLUMNS else each
            for each in self.table.public_columns
            if each.stored or each.name in own or each.name == ROW_VERSION
        )

    @cached_property
    def values(self) -> tuple[Column, ...]:
        """The columns that hold a value of the record itself."""
        kept = (each for each in self.columns if each.stored and not each.many)
        return tuple(each for each in kept if not self.has_versions or each.name != self.key)

    @cached_property
    def lists(self) -> tuple[Column, ...]:
        """The columns that hold terms, or other records, of which there may be several."""
        return tuple(each for each in self.columns if each.stored and each.many)

    @cached_property
    def rows(self) -> tuple[str, ...]:
        """The columns whose values are rows that belong to the record."""
        return tuple(ROWS_OF.get(self.name, ()))

    @cached_property
    def by_words(self) -> dict[str, str]:
        """The columns by their names and by their titles, in small letters."""
        titles = {str(each.title).casefold(): each.name for each in reversed(self.columns)}
        return titles | {each.name.casefold(): each.name for each in self.columns}

    def column_called(self, text: str) -> str:
        """The name of the column that a header means; "" where it means none that is read."""
        words = text.casefold()
        return self.by_words.get(words) or self.by_words.get(words.replace(" ", "_"), "")

    @cached_property
    def derived(self) -> frozenset[str]:
        """The columns of downloads that follow from others, and are not read."""
        return frozenset(each.name for each in self.table.public_columns) - {
            each.name for each in self.columns
        }

    def explained(self) -> Iterator[tuple[Column, object]]:
        """Each column that is read, and how it is written."""
        for column in self.columns:
            yield column, HOW_TO_WRITE.get(column.name, "")


IMPORT_KINDS = {table.name: ImportKind(table) for table in (ORGANIZATIONS, AGREEMENTS, SOURCES, CITATIONS)}
