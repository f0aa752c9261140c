"""Columns of lists whose values are rows of their own that belong to the record; `related_rows` has one class for each.

Rows are added, and those that are there can change. They are taken off only where the owner of the import has said that
the lists of the file are whole: the versions of rows say nothing of these rows, so that nobody could tell otherwise what
was left out from what somebody else has added since. Sources always stay: what supports a record goes in its form alone.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from partners.changes.history import RowStep, written_fields
from partners.changes.images import row_of
from partners.exchange.importing.kinds import ImportKind
from partners.exchange.importing.lines import WARNING_LEVEL, CheckedLine
from partners.exchange.importing.lookups import FoundRecord, Lookup
from partners.tables.columns import SEPARATOR
from partners.tables.recurring import ROW_VERSION
from partners.vocabularies import Vocabulary


def row_values(model: type[models.Model], **values) -> dict[str, Any]:
    """The written values of a row that is to come."""
    return {each.attname: each.get_default() for each in written_fields(model)} | values


def term_of(vocabulary: type[Vocabulary], text: str) -> str:
    """The code of a term, from its code or its label in any letters; "" where it is none."""
    words = text.casefold()
    return next((each.value for each in vocabulary if words in (each.value, str(each.label).casefold())), "")


def list_items(text: str) -> list[str]:
    """The values of a cell with several, in their order."""
    return [each.strip() for each in text.split(SEPARATOR) if each.strip()]


class RowsOfRecords:
    """The rows of one kind that belong to the records of a batch of lines."""

    columns: tuple[str, ...] = ()
    model: type[models.Model]
    owner = ""

    def __init__(
        self, kind: ImportKind, numbers: Iterator[int], lookups: dict[str, Lookup], is_whole: bool = False
    ):
        self.kind, self.numbers, self.lookups, self.is_whole = kind, numbers, lookups, is_whole
        self.present: dict[int, list[models.Model]] = {}

    def references(self, line: CheckedLine) -> Iterable[tuple[str, str]]:
        """The tables and the items by which a line names other records."""
        return ()

    def load(self, keys: list[int]) -> None:
        """Read the rows of some records, by one query."""
        self.present = {}
        for row in self.rows().filter(**{f"{self.owner}__in": keys}):
            self.present.setdefault(getattr(row, f"{self.owner}_id"), []).append(row)

    def rows(self) -> models.QuerySet:
        return self.model._base_manager.all()

    def look_at(self, line: CheckedLine) -> None:
        """Note in a line what it adds and changes."""
        raise NotImplementedError

    def own(self, line: CheckedLine) -> frozenset:
        return frozenset([(self.kind.model._meta.model_name, line.number)])

    def add(self, line: CheckedLine, values: dict[str, Any]) -> int:
        """Note a row that comes; gives the number that stands for it."""
        number = next(self.numbers)
        line.steps.append(RowStep(self.model, number, self.own(line), None, values))
        return number

    def is_whole_in(self, line: CheckedLine, column: str) -> bool:
        """Whether what a cell leaves out is to go. An empty one says so only in a row with a version, as everywhere."""
        says_something = column in line.cells and bool(line.text(column) or line.text(ROW_VERSION))
        return self.is_whole and says_something and not line.is_new

    def take_off(self, line: CheckedLine, row: models.Model) -> None:
        """Note a row that goes."""
        line.steps.append(RowStep(self.model, row.pk, self.own(line), row_of(row), None))

    def show_list(
        self,
        line: CheckedLine,
        column: str,
        before: Collection[str],
        added: Collection[str],
        gone: Collection[str],
    ) -> None:
        """Show what becomes of a list of rows: what goes is warned of."""
        after = [each for each in before if each not in gone] + [*added]
        told = {"level": WARNING_LEVEL, "text": _("taken off: %s") % "; ".join(gone)} if gone else {}
        if added or gone:
            line.show(column, "; ".join(before), "; ".join(after), **told)

    def find(self, line: CheckedLine, column: str, table: str, item: str) -> FoundRecord | None:
        found = self.lookups[table].find(item)
        if isinstance(found, str):
            line.refuse(column, f"“{item}” {found}")
            return None
        if found.number < 0:
            line.names_of_file.add(found.key)
        return found
