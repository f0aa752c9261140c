"""Rivals: open proposals for values that another one has set by being accepted, or that add the record or row that it added."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from partners.changes.history import RowStep, filled
from partners.changes.images import row_of
from partners.changes.likeness import Trait, traits_of
from partners.changes.merging import identity_of
from partners.changes.proposing import WHOLE_ROW, cells_today, note_event, proposed_steps
from partners.changes.writing import fold_again, unique_columns
from partners.curation_vocabularies import CellState, ProposalEventKind, ProposalState
from partners.folding import fold
from partners.models import OrganizationName, Proposal, ProposedCell
from partners.models.belonging import is_record, model_named, owners


def settle_rivals(proposal: Proposal, applied: Sequence[ProposedCell], user, revision: int | None) -> None:
    """Tell other open proposals for the same values, or of the same new records and rows, that these are settled."""
    added = Added.by(applied)
    beaten: dict[int, list[ProposedCell]] = {}
    for cell in [*for_same_values(proposal, applied), *added.rivals_of(proposal)]:
        beaten.setdefault(cell.proposal_id, []).append(cell)
    for rival in Proposal.objects.filter(pk__in=beaten).order_by("pk"):
        supersede(rival, beaten[rival.pk])
        told = _("Proposal %(number)d was accepted for the same value.") % {"number": proposal.pk}
        note_event(rival, ProposalEventKind.SUPERSEDED, user, told, revision)


def supersede(rival: Proposal, cells: Iterable[ProposedCell]) -> None:
    if rival.merges_into is not None:
        # Two records become one as a whole, or not at all.
        found = {cell.pk: cell for cell in rival.cells.filter(state=CellState.OPEN)}
        cells = (found | {cell.pk: cell for cell in cells}).values()
    for cell in cells:
        cell.state = CellState.SUPERSEDED
        ProposedCell.objects.filter(pk=cell.pk).update(state=cell.state, written_row=cell.written_row)
    states = set(rival.cells.values_list("state", flat=True))
    if CellState.OPEN not in states:
        rival.state = state_without(states, ProposalState.SUPERSEDED)
        rival.save(update_fields=["state"])


def state_without(states: set[str], otherwise: ProposalState) -> ProposalState:
    """The state of a proposal whose cells are decided; `otherwise` where none was accepted."""
    if states == {CellState.APPLIED}:
        return ProposalState.APPLIED
    return ProposalState.PARTLY if CellState.APPLIED in states else otherwise


def open_cells_of_others(proposal: Proposal) -> models.QuerySet:
    return ProposedCell.objects.filter(state=CellState.OPEN, proposal__state=ProposalState.OPEN).exclude(
        proposal=proposal
    )


def for_same_values(proposal: Proposal, applied: Sequence[ProposedCell]) -> list[ProposedCell]:
    """The open cells of other proposals for values that were just set, or for rows that came or went whole."""
    rows: dict[tuple[str, int], set[str]] = {}
    for cell in applied:
        if cell.row > 0:
            rows.setdefault((cell.table, cell.row), set()).add(cell.column)
    others = open_cells_of_others(proposal).filter(row__in={row for _table, row in rows})
    found = []
    for cell in others:
        columns = rows.get((cell.table, cell.row), set())
        if cell.column in columns or (columns and WHOLE_ROW in {cell.column, *columns}):
            found.append(cell)
    return found


# What two proposals add -----------------------------------------------------------------------------------------------


@dataclass
class Added:
    """What was just added: by the traits of records and by what rows say, each with the number that it got."""

    numbers: dict[tuple, int] = field(default_factory=dict)

    @classmethod
    def by(cls, applied: Iterable[ProposedCell]) -> "Added":
        found = cls()
        written: dict[type[models.Model], list[int]] = {}
        for cell in applied:
            if cell.column == WHOLE_ROW and cell.written_row is not None:
                written.setdefault(model_named(cell.table), []).append(cell.written_row)
        for model, keys in written.items():
            for row in model._base_manager.filter(pk__in=keys):
                for mark in marks_of(row):
                    found.numbers[model, mark] = row.pk
        return found

    def rivals_of(self, proposal: Proposal) -> list[ProposedCell]:
        """The open cells of other proposals that would add the same again, each with the number of what is there."""
        tables = {model._meta.model_name for model, _mark in self.numbers}
        cells = open_cells_of_others(proposal).filter(table__in=tables, column=WHOLE_ROW, row__lt=0)
        others = Proposal.objects.filter(pk__in=cells.values("proposal")).order_by("pk")
        return [cell for other in others for cell in self.rivals_in(other)]

    def rivals_in(self, other: Proposal) -> list[ProposedCell]:
        """Records come before rows, which then belong to what is there."""
        coming = [
            (step, cells[0])
            for step, cells in proposed_steps(cells_today(other, column=WHOLE_ROW))
            if step.before is None
        ]
        keys = {
            (step.model, step.key): cell.written_row for step, cell in coming if cell.written_row is not None
        }
        found = []
        for step, cell in sorted(coming, key=lambda pair: not pair[0].is_of_record):
            if cell.state != CellState.OPEN:
                continue
            marks = marks_of_step(step, keys, coming)
            number = next(filter(None, (self.numbers.get((step.model, mark)) for mark in marks)), None)
            if number is not None:
                keys[step.model, step.key] = cell.written_row = number
                found.append(cell)
        return found


def marks_of_step(
    step: RowStep, keys: dict[tuple, int], coming: Iterable[tuple[RowStep, ProposedCell]]
) -> set[Trait]:
    """By what a row that is to come is another one again. `keys` are the numbers of what comes with it, and is there."""
    values = {
        name: keys.get((step.model._meta.get_field(name).related_model, value), value)
        for name, value in step.after.items()
    }
    row = step.model(**values)
    fold_again(row)
    marks = marks_of(row)
    if step.is_of_record:
        # Its other names come with it.
        marks |= {
            ("name", fold(each.after["value"]))
            for each, _cell in coming
            if each.model is OrganizationName and each.records == step.records
        }
    return marks


def marks_of(row: models.Model) -> set[Trait]:
    """By what a row is the same as another one: of a record the traits by which likeness is judged, and what stands once."""
    model = type(row)
    if not is_record(model):
        (column, *_others) = (model._meta.get_field(name) for name in names_of_owners(model))
        return {("row", identity_of(row, row_of(row), column))}
    once: set[tuple[str, Any]] = {
        (name, getattr(row, name))
        for name in unique_columns(model) - {model._meta.pk.name}
        if filled(getattr(row, name)) is not None
    }
    return traits_of(row) | once


def names_of_owners(model: type[models.Model]) -> list[str]:
    """The columns that name the record that such a row belongs to."""
    columns = owners(model)
    return [each.name for each in model._meta.concrete_fields if each.column in columns]
