"""How rows are shown: as cards or as a table, and with which columns."""

from functools import cached_property

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from partners.languages import columns_for_reader
from partners.nouns import Noun
from partners.selection.offers import Offer, offers
from partners.selection.parameters import Problem, not_among, repeated
from partners.selection.selection import Selection
from partners.tables.columns import Column
from partners.views.column_choice import ChosenColumn, column_groups

CARDS, TABLE, AS_PICTURES = "cards", "table", "pictures"
VIEWS = {CARDS: _("Cards"), TABLE: _("Table"), AS_PICTURES: _("Pictures")}


class Presentation:
    """What the parameters `view` and `columns` ask for. They never change which rows there are."""

    def __init__(self, noun: Noun, parameters: QueryDict):
        self.noun = noun
        self.parameters = parameters

    @property
    def views(self) -> dict[str, str | Promise]:
        """The ways in which these rows can be shown, each with its label."""
        return {view: label for view, label in VIEWS.items() if view != AS_PICTURES or self.noun.is_drawn}

    @property
    def view(self) -> str:
        """The way in which they are shown."""
        asked = self.parameters.get("view")
        return asked if asked in self.views else CARDS

    @property
    def is_table(self) -> bool:
        return self.view == TABLE

    @property
    def is_pictures(self) -> bool:
        return self.view == AS_PICTURES

    @cached_property
    def given(self) -> list[str]:
        """What was given for `columns`: several parameters, or one with commas."""
        return [name.strip() for name in ",".join(self.parameters.getlist("columns")).split(",")]

    @property
    def asked(self) -> list[str]:
        """The names of columns that were asked for."""
        return [name for name in self.given if name]

    @property
    def offered(self) -> list[Column]:
        """The columns one can choose."""
        return self.noun.table.public_columns

    @cached_property
    def known(self) -> list[str]:
        """The names among them that columns have, each once."""
        names = {column.name for column in self.offered}
        return [name for name in dict.fromkeys(self.asked) if name in names]

    @property
    def understood(self) -> dict[str, list[str]]:
        """Both parameters as links carry them on."""
        return {"view": [] if self.view == CARDS else [self.view], "columns": [",".join(self.known)]}

    def chosen(self, default: tuple[str, ...]) -> list[Column]:
        """The columns to show, in the order that was asked for."""
        offered = {column.name: column for column in self.offered}
        return [offered[name] for name in self.known or default if name in offered]

    @cached_property
    def columns(self) -> list[Column]:
        """The columns of the table on the page. Where none were asked for: those of its kind, texts in the language of the
        page, and after the first of them what the rows are ordered by."""
        names = [columns_for_reader(name)[0] for name in self.noun.table_columns]
        return self.chosen((*names[:1], *self.ordered_by(self.noun.table_columns), *names[1:]))

    def ordered_by(self, shown: tuple[str, ...]) -> list[str]:
        """The columns that tell what the rows are ordered by, where those that are shown do not."""
        told = {self.noun.sorted_by.get(name) for name in shown}
        # Where several tell it, labels stand last.
        telling = {key: name for name, key in self.noun.sorted_by.items()}
        asked = dict.fromkeys(value.removeprefix("-") for value in self.parameters.getlist("sort"))
        return [telling[key] for key in asked if key in telling and key not in told]

    @property
    def heading(self) -> str:
        """The column of the name, in the language of the page."""
        return columns_for_reader(self.noun.heading)[0]

    @property
    def groups(self) -> list[tuple[str, list[ChosenColumn]]]:
        """The columns to choose from, for people; an address may ask for any of those that are `offered`."""
        return column_groups(self.noun, self.columns)

    @cached_property
    def file_columns(self) -> list[Column]:
        """The columns of a file: all of them where none were asked for."""
        return self.chosen(tuple(column.name for column in self.offered))

    def fields(self, selection: Selection) -> dict[str, str]:
        """The ids of the fields of the page, by the parameters that they give."""
        facets = {name: f"facet-{box.name}" for box in selection.facets for name in box.parameters}
        ranges = {end: end for box in selection.ranges for end, _given in box.ends}
        return {name: name for name in ("q", "sort", "per_page")} | facets | ranges

    @cached_property
    def problems(self) -> list[Problem]:
        """Values of `view` and `columns` that do not exist."""
        found = [
            *not_among("view", self.parameters.get("view") or CARDS, self.views),
            *repeated(self.parameters, ["view"]),
        ]
        names = [column.name for column in self.offered]
        unknown = dict.fromkeys(name for name in self.asked if name not in names)
        for name in list(unknown)[:3]:
            found += not_among("columns", name, names)
        if len(set(self.given)) < len(self.given):
            found.append(Problem("columns", gettext("Each column can be given once only.")))
        return found


def offered(noun: Noun, query: str, given: QueryDict) -> list[tuple[Offer, str]]:
    """The words of a search that are names of filter values of a listing, as filters, each with the rows it leads to.

    `given` are the parameters that hold besides the words.
    """
    found = offers(noun.listing, query, given, str(noun.title)) if query else []
    return [(offer, noun.counted(offer.count)) for offer in found]
