"""Which of the revisions of a record are asked for: those of one cell, of one person, of one way."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import models
from django.db.models import Q

from partners.changes.history import (
    RevisionSteps,
    RowStep,
    history_of,
    is_told,
    steps_of_rows,
    written_fields,
)
from partners.changes.releases import names_ever
from partners.models import Change, Revision
from partners.models.belonging import is_record, models_of_rows


@dataclass(frozen=True)
class CellAsked:
    """A column of a record, or where there is none all rows of a kind that belong to it."""

    model: type[models.Model]
    column: models.Field | None = None

    @property
    def name(self) -> str:
        """What it is called in an address."""
        return self.column.name if self.column else f"{self.model._meta.model_name}-rows"

    def shown_of(self, step: RowStep) -> set[str]:
        """The names of the columns of a step that are asked for."""
        if step.model is not self.model:
            return set()
        return {each.name for each in step.shown() if self.column in (None, each)}


@dataclass(frozen=True)
class Narrowing:
    """What is asked for; everything where nothing is."""

    cell: CellAsked | None = None
    by: str = ""
    via: str = ""

    def shown_of(self, step: RowStep) -> set[str]:
        """The names of the columns of a step that are asked for."""
        return self.cell.shown_of(step) if self.cell else {each.name for each in step.shown()}


def cells_of_record(model: type[models.Model]) -> list[CellAsked]:
    """What can be asked for in the history of such a record: its columns that people know, and its kinds of rows."""
    columns = [CellAsked(model, each) for each in written_fields(model) if is_told(each)]
    return columns + [CellAsked(rows) for rows, _owner in models_of_rows(model) if rows is not model]


def authors_of(record: models.Model) -> tuple[list[str], set[str]]:
    """The names of those who have changed a record, and the ways by which that came. One query."""
    revisions = Revision.objects.filter(changes__model__in=called(record), changes__record=record.pk)
    found = set(revisions.order_by().values_list("name_of_who", "via"))
    return sorted({name for name, _via in found} - {""}), {via for _name, via in found}


def narrowed_history(
    record: models.Model, narrowing: Narrowing, newest: int | None = None, most: int = 50
) -> list[RevisionSteps]:
    """The latest revisions of a record that are asked for, as `history_of` gives them, each with all that it did.

    To ask for a cell costs three queries more, however often it has changed: the journal keeps the rows as they were, so
    whether a cell changed follows from two of them.
    """
    conditions = Q()
    if narrowing.by:
        conditions &= Q(revision__name_of_who=narrowing.by)
    if narrowing.via:
        conditions &= Q(revision__via=narrowing.via)
    if narrowing.cell:
        numbers = set(revisions_of_cell(record, narrowing.cell, newest))
        conditions &= Q(revision__in=numbers)
    return history_of(record, newest, most, conditions)


def revisions_of_cell(record: models.Model, cell: CellAsked, newest: int | None) -> Iterator[int]:
    """The revisions in which a cell of a record changed."""
    name = record._meta.model_name
    own = Change.objects.filter(
        model__in=called(record), record=record.pk, table__in=names_ever(cell.model._meta.model_name)
    )
    keys = [record.pk] if is_record(cell.model) else set(own.order_by().values_list("row", flat=True))
    last = Revision.newest() if newest is None else newest
    for number, step in steps_of_rows(cell.model, keys, 1, last):
        if (name, record.pk) in step.records and cell.shown_of(step):
            yield number


def called(record: models.Model) -> tuple[str, ...]:
    return names_ever(record._meta.model_name)
