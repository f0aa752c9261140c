"""Taking back what a revision did: cell by cell, where nobody has changed it since."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.utils.translation import gettext_lazy as _

from partners.changes.history import RowStep, filled, named_by_record, steps_of
from partners.changes.merging import lead_on
from partners.changes.revising import revising
from partners.changes.rules import by_model, check_records
from partners.changes.states import rows_today
from partners.changes.writing import (
    WRITTEN_AT_ONCE,
    RowEdit,
    check_references,
    refusal_of,
    write_edits,
)
from partners.curation_vocabularies import Via
from partners.engines.batches import batches
from partners.models import DataVersion, Revision
from partners.models.belonging import is_record, models_of_rows, owners

CHANGED_SINCE = _("It was changed since.")
GONE = _("It is not there any more.")
IS_BACK = _("There is one again.")
USED = _("Something was added to it since.")
NOT_KEPT = _("The journal does not say any more how the rows were before it, so it cannot be taken back.")


@dataclass(frozen=True)
class Refused:
    """A cell that is not taken back, or a whole row where `column` is None, with the reason."""

    step: RowStep
    column: models.Field | None
    reason: str


@dataclass
class Undoing:
    """What taking back a revision comes to: the rows to write, and what stays as it is."""

    number: int
    # Whether the journal has the rows as they were.
    is_kept: bool = True
    # The record of which others become part again, where a merge was taken back and is made again.
    merges_into: int | None = None
    edits: list[RowEdit] = field(default_factory=list)
    taken_back: list[tuple[RowStep, list[models.Field]]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    @property
    def gone(self) -> list[models.Model]:
        """The records that go, as they were."""
        return [
            step.model(**step.after)
            for step, _columns in self.taken_back
            if step.is_of_record and step.before is None
        ]

    @property
    def columns_of_records(self) -> dict[tuple[str, int], set[str] | None]:
        """The records that are written, with the columns and relations of each that change; None where it comes back."""
        found: dict[tuple[str, int], set[str] | None] = {}
        for step, columns in self.taken_back:
            for record in step.records:
                is_back = step.is_of_record and step.after is None
                known = found.setdefault(record, set())
                found[record] = None if is_back or known is None else known | named_by_record(step, columns)
        return found

    def take_back(self, step: RowStep, columns: list[models.Field], edit: RowEdit) -> None:
        self.edits.append(edit)
        self.taken_back.append((step, columns))


def plan_undoing(number: int, wanted: Callable[[RowStep], bool] = bool, column: str = "") -> Undoing:
    """What it takes to take back a revision, or those of its steps that are wanted, or of these one column.

    Raises Revision.DoesNotExist where there is none of this number.
    """
    found = steps_of(number)
    undoing = Undoing(number, found.revision.rows_kept, made_again(number))
    steps = [step for step in found.steps if wanted(step)]
    now = values_now(steps)
    leaving = rows_that_leave(steps, now)
    for step in steps:
        plan_step(undoing, step, now.get((step.model, step.key)), column, leaving)
    return undoing


def made_again(number: int) -> int | None:
    """The record that stayed in the merge which a revision took back; None where it took back something else."""
    undone = Revision.objects.filter(number=number).values("undoes")
    return Revision.objects.filter(number__in=undone).values_list("merges_into", flat=True).first()


def values_now(steps: Iterable[RowStep]) -> dict[tuple, dict[str, Any]]:
    """The values of the rows that steps are about, as they are now."""
    return read_now((step.model, step.key) for step in steps)


def rows_that_leave(steps: Iterable[RowStep], now: dict[tuple, dict[str, Any]]) -> set[tuple]:
    """The rows that leave their record when steps are taken back, by model, key and the column that names it: those
    that were added, and those that were moved there."""
    return {
        (step.model, step.key, column)
        for step in steps
        for column in owners(step.model)
        if step.before is None or goes_back(step, column, now.get((step.model, step.key)))
    }


def goes_back(step: RowStep, column: str, now: dict[str, Any] | None) -> bool:
    """Whether a row was moved to the record that a column names, is still there, and came from another one."""
    if step.after is None or now is None:
        return False
    return now[column] == step.after[column] != step.before[column]


def cells_now(steps: Iterable[RowStep]) -> dict[tuple, dict[str, Any]]:
    """The rows that steps are about, as they are now, with no more columns than the steps changed in rows of their kind."""
    steps = list(steps)
    columns: dict[type[models.Model], dict[str, None]] = {}
    for step in steps:
        columns.setdefault(step.model, {}).update((each.attname, None) for each in step.changed)
    return read_now(((step.model, step.key) for step in steps), columns)


def read_now(
    rows: Iterable[tuple], columns: Mapping[type[models.Model], Iterable[str]] | None = None
) -> dict[tuple, dict[str, Any]]:
    """The values of the rows of these models and keys that are there; of each model these columns, or else all."""
    found = {}
    for model, keys in by_model(rows):
        for some in batches(keys, WRITTEN_AT_ONCE):
            values = rows_today(model, some, columns and columns[model])
            found |= {(model, key): row for key, row in values.items()}
    return found


def plan_step(undoing: Undoing, step: RowStep, now: dict[str, Any] | None, column: str, leaving: set) -> None:
    if step.before is None:
        plan_removal(undoing, step, now, leaving)
    elif step.after is None:
        plan_return(undoing, step, now)
    else:
        plan_cells(undoing, step, now, column)


def plan_removal(undoing: Undoing, step: RowStep, now: dict[str, Any] | None, leaving: set) -> None:
    """A row that was added goes, unless somebody has worked on it since."""
    if now is None:
        return
    if any(filled(now[each.attname]) != filled(step.after[each.attname]) for each in step.changed):
        undoing.refused.append(Refused(step, None, CHANGED_SINCE))
    elif is_record(step.model) and has_further_rows(step, leaving):
        undoing.refused.append(Refused(step, None, USED))
    else:
        undoing.take_back(step, step.changed, RowEdit(step.model, step.key, None))


def has_further_rows(step: RowStep, leaving: set) -> bool:
    """Whether rows belong to a record that stay there."""
    for model, column in models_of_rows(step.model):
        if model is not step.model:
            rows = model._base_manager.order_by().filter(**{column: step.key}).values_list("pk", flat=True)
            if any((model, key, column) not in leaving for key in rows):
                return True
    return False


def plan_return(undoing: Undoing, step: RowStep, now: dict[str, Any] | None) -> None:
    """A row that was removed comes back as it was."""
    if now is None:
        undoing.take_back(step, step.changed, RowEdit(step.model, step.key, step.before, is_new=True))
    else:
        undoing.refused.append(Refused(step, None, IS_BACK))


def plan_cells(undoing: Undoing, step: RowStep, now: dict[str, Any] | None, column: str) -> None:
    """A cell that still holds what the revision wrote gets what it held before."""
    if now is None:
        undoing.refused.append(Refused(step, None, GONE))
        return
    back = []
    for each in step.changed:
        if column not in ("", each.name):
            continue
        value = filled(now[each.attname])
        if value == filled(step.after[each.attname]):
            back.append(each)
        elif value != filled(step.before[each.attname]):
            undoing.refused.append(Refused(step, each, CHANGED_SINCE))
    if back:
        values = {each.attname: step.before[each.attname] for each in back}
        undoing.take_back(step, back, RowEdit(step.model, step.key, values))


def undo(
    number: int, *, user=None, why: str = "", wanted: Callable[[RowStep], bool] = bool, column: str = ""
) -> Undoing:
    """Take back a revision as `plan_undoing` says; what was changed since stays, and is told.

    All of it is one revision, or nothing is written: raises ValidationError where a rule would be broken.
    """
    try:
        with revising(Via.UNDO, user=user, why=why, undoes=number, merges_into=made_again(number)):
            DataVersion.hold()
            undoing = plan_undoing(number, wanted, column)
            if not undoing.is_kept:
                raise ValidationError(NOT_KEPT)
            write_edits(undoing.edits)
            for record in undoing.gone if undoing.merges_into else ():
                lead_on(record, undoing.merges_into)
            check_references(undoing.edits)
            check_records(undoing.columns_of_records, undoing.columns_of_records)
    except IntegrityError as error:
        raise refusal_of(error) from error
    return undoing
