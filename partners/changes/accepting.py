"""Accepting proposals, cell by cell or whole, and whatever else becomes of them."""

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from hashlib import blake2b
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.changes.history import RowStep, filled, is_told, type_of_values, written_fields
from partners.changes.images import kept_value, row_of
from partners.changes.merging import lead_on
from partners.changes.proposing import WHOLE_ROW, cells_today, column_named, note_event, proposed_steps
from partners.changes.revising import revising
from partners.changes.rivals import settle_rivals, state_without
from partners.changes.undoing import rows_by_key
from partners.changes.writing import RowEdit, check_records, refusal_of, unique_columns, write_edits
from partners.engines.keys import fresh_keys
from partners.models import DataVersion, Proposal, ProposedCell, Publishable
from partners.models.belonging import model_named, owners
from partners.vocabularies import CellState, ProposalEventKind, ProposalState, Via

# How a proposed cell stands to what is there now ---------------------------------------------------------------------


class CellStanding(Enum):
    """FITS: it holds what it held. DONE: it holds what is proposed. CHANGED: somebody has changed it since. GONE: the
    row, or the record that it is to belong to, is not there any more. TAKEN: what stands once stands there by now."""

    FITS = "fits"
    DONE = "done"
    TAKEN = "taken"
    CHANGED = "changed"
    GONE = "gone"


@dataclass
class Present:
    """What is there now of what steps are about: their rows and records, by model and key, and for rows that are to
    come what the rows of the same records say."""

    rows: dict[tuple, models.Model]
    siblings: dict[type[models.Model], set[tuple]]
    # Of records that are to come: the values of theirs that stand once, and stand there by now.
    taken: set[tuple]

    @classmethod
    def of(cls, steps: Iterable[RowStep]) -> "Present":
        """Costs two queries for each kind of row, and one for each value that stands once."""
        steps = list(steps)
        records = {(model_named(name), key) for step in steps for name, key in step.records}
        keys = {(step.model, step.key) for step in steps} | records
        rows = rows_by_key(sorted((each for each in keys if each[1] > 0), key=str))
        siblings = {
            model: siblings_of(model, records)
            for model in {step.model for step in steps if step.before is None and not step.is_of_record}
        }
        taken = taken_values(step for step in steps if step.before is None and step.is_of_record)
        return cls(rows, siblings, taken)

    def row(self, step: RowStep) -> models.Model | None:
        return self.rows.get((step.model, step.key))


def siblings_of(model: type[models.Model], records: Iterable[tuple]) -> set[tuple]:
    """What all rows of a model say that belong to one of some records."""
    condition = models.Q(pk__in=[])
    for column, owner in owners(model).items():
        condition |= models.Q(**{f"{column}__in": [key for each, key in records if each is owner]})
    return {what_it_says(model, row_of(row)) for row in model._base_manager.filter(condition)}


def taken_values(steps: Iterable[RowStep]) -> set[tuple]:
    """The model, column and value of what stands once, and is that of some record now."""
    wanted: dict[tuple, set] = {}
    for step in steps:
        for name in unique_columns(step.model) - {step.model._meta.pk.name}:
            if filled(step.after.get(name)) is not None:
                wanted.setdefault((step.model, name), set()).add(step.after[name])
    return {
        (model, name, value)
        for (model, name), values in wanted.items()
        for value in model._base_manager.filter(**{f"{name}__in": values}).values_list(name, flat=True)
    }


def what_it_says(model: type[models.Model], values: type_of_values) -> tuple:
    """The values of a row that make it another one."""
    columns = (each for each in written_fields(model) if not isinstance(each, models.DateTimeField))
    return tuple(filled((values or {}).get(each.attname)) for each in columns)


def standing_of_cell(cell: ProposedCell, step: RowStep, present: Present) -> CellStanding:
    """How a cell of a step stands to what is there now."""
    if cell.column == WHOLE_ROW:
        return standing_of_coming(step, present) if step.before is None else standing_of_going(step, present)
    now, column = present.row(step), column_named(step.model, cell.column)
    if now is None or column is None:
        return CellStanding.GONE
    value = filled(getattr(now, column.attname))
    if value == filled(step.after[column.attname]):
        return CellStanding.DONE
    return CellStanding.FITS if value == filled(step.before[column.attname]) else CellStanding.CHANGED


def standing_of_going(step: RowStep, present: Present) -> CellStanding:
    now = present.row(step)
    if now is None:
        return CellStanding.DONE
    is_same = what_it_says(step.model, row_of(now)) == what_it_says(step.model, step.before)
    return CellStanding.FITS if is_same else CellStanding.CHANGED


def standing_of_coming(step: RowStep, present: Present) -> CellStanding:
    if step.is_of_record:
        values = {(step.model, name, value) for name, value in step.after.items()}
        return CellStanding.TAKEN if values & present.taken else CellStanding.FITS
    if any(key > 0 and (model_named(name), key) not in present.rows for name, key in step.records):
        return CellStanding.GONE
    is_there = what_it_says(step.model, step.after) in present.siblings.get(step.model, ())
    return CellStanding.DONE if is_there else CellStanding.FITS


def digest_of_now(cell: ProposedCell, step: RowStep, present: Present) -> str:
    """What a page says it has shown of a cell, in short."""
    now = present.row(step)
    columns = (
        written_fields(step.model) if cell.column == WHOLE_ROW else [column_named(step.model, cell.column)]
    )
    values = [kept_value(getattr(now, each.attname)) for each in columns if each] if now else None
    return blake2b(repr(values).encode(), digest_size=9).hexdigest()


# Accepting -----------------------------------------------------------------------------------------------------------


@dataclass
class Decided:
    """What a decision came to: the number of cells written, and the revision that has them."""

    applied: int = 0
    left: int = 0
    revision: int | None = None


@dataclass
class RowsOfProposal:
    """Rows to write for cells of a proposal. `keys` are the numbers of rows that come with it, by model and negative
    number."""

    keys: dict[tuple[type[models.Model], int], int]
    # When the proposal was begun: stamps that it set itself are those of its acceptance.
    began: datetime.datetime
    edits: list[RowEdit] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    records: set[tuple[str, int]] = field(default_factory=set)

    def add(self, step: RowStep) -> None:
        model = step.model
        self.records |= {(name, self.keys.get((model_named(name), key), key)) for name, key in step.records}
        if step.after is None:
            self.edits.append(RowEdit(model, step.key, None))
            return
        values = {name: self.value(model, name, value) for name, value in step.after.items()}
        values |= {name: timezone.now() for name, value in values.items() if self.is_own_stamp(value)}
        if step.before is not None:
            self.edits.append(RowEdit(model, step.key, values))
            return
        if issubclass(model, Publishable):
            values["updated_at"] = timezone.now()
        key = self.keys[model, step.key]
        self.edits.append(RowEdit(model, key, values | {model._meta.pk.attname: key}, is_new=True))

    def is_own_stamp(self, value: Any) -> bool:
        return isinstance(value, datetime.datetime) and value >= self.began

    def value(self, model: type[models.Model], name: str, value: Any) -> Any:
        """A value with the number that a row of this proposal has got."""
        column = model._meta.get_field(name)
        if not column.is_relation or value is None or value > 0:
            return value
        if (column.related_model, value) not in self.keys:
            self.problems.append(
                _("“%s” names a row that comes with this proposal: accept that as well.")
                % column.verbose_name
            )
        return self.keys.get((column.related_model, value), value)


def accept(
    proposal: Proposal, shown: Mapping[int, str], left: Collection[int] = (), *, user, comment: str = ""
) -> Decided:
    """Write the chosen cells of an open proposal, all or nothing, in one revision; leave others as they are.

    `shown` has for each chosen cell the digest of what the page showed as its present value: somebody has chosen
    between that and the proposed one. A cell that was changed since it was proposed is not written without it. Rules
    are checked as everywhere; raises ValidationError with every reason why nothing is written.
    """
    try:
        with transaction.atomic():
            with revising(
                Via.PROPOSAL, user=user, why=reason_of(proposal), undoes=proposal.undoes
            ) as announced:
                DataVersion.hold()
                cells = open_cells(proposal, {*shown, *left})
                chosen = with_companions(proposal, [cell for cell in cells if cell.pk in shown])
                write_cells(proposal, chosen, shown)
            own = with_companions(proposal, [cell for cell in cells if cell.pk not in shown])
            ProposedCell.objects.filter(pk__in=[cell.pk for cell in own]).update(state=CellState.LEFT)
            note_decision(proposal, user, comment, announced.revision)
            settle_rivals(proposal, chosen, user, announced.revision)
            return Decided(len(shown), len(left), announced.revision)
    except IntegrityError as error:
        raise refusal_of(error) from error


def reason_of(proposal: Proposal) -> str:
    words = {"number": proposal.pk, "name": proposal.name_of_who, "why": proposal.why}
    return (_("Proposal %(number)d by %(name)s: %(why)s") % words).rstrip(": ")


def open_cells(proposal: Proposal, keys: set[int]) -> list[ProposedCell]:
    """These cells of a proposal. Raises ValidationError where they are not open any more."""
    is_open = Proposal.objects.filter(pk=proposal.pk, state=ProposalState.OPEN).exists()
    cells = cells_today(proposal, pk__in=keys, state=CellState.OPEN) if is_open else []
    if len(cells) != len(keys):
        raise ValidationError(_("Somebody else has decided this meanwhile. Look at it again."))
    return cells


def with_companions(proposal: Proposal, chosen: list[ProposedCell]) -> list[ProposedCell]:
    """With the cells of the same rows that nobody is asked about, such as the stamp of a first publication."""
    rows = {(cell.table, cell.row) for cell in chosen}
    keys = {cell.pk for cell in chosen}
    others = [cell for cell in cells_today(proposal, state=CellState.OPEN) if cell.pk not in keys]
    return chosen + [cell for cell in others if (cell.table, cell.row) in rows and not is_asked_about(cell)]


def is_asked_about(cell: ProposedCell) -> bool:
    """Whether people decide about a cell; the others go with their row."""
    column = column_named(model_named(cell.table), cell.column)
    return cell.column == WHOLE_ROW or (column is not None and is_told(column))


def write_cells(proposal: Proposal, cells: Sequence[ProposedCell], shown: Mapping[int, str]) -> None:
    """Write cells, and mark them as applied. Raises ValidationError where one of them cannot be."""
    found = proposed_steps(cells)
    present = Present.of(step for step, _own in found)
    writing = RowsOfProposal(numbers_of_rows(proposal, [step for step, _own in found]), proposal.at)
    for step, own in found:
        standings = {cell.pk: standing_of_cell(cell, step, present) for cell in own}
        for cell in own:
            seen = shown.get(cell.pk) == digest_of_now(cell, step, present)
            writing.problems += reasons_against(standings[cell.pk], step, cell, seen)
        if any(each is not CellStanding.DONE for each in standings.values()):
            writing.add(step)
    if writing.problems:
        raise ValidationError(writing.problems)
    write_edits(writing.edits)
    if proposal.merges_into:
        for record in merged_away(found, present):
            lead_on(record, proposal.merges_into)
    connection.check_constraints()
    check_records(writing.records)
    written = {(edit.model, edit.key) for edit in writing.edits}
    for cell in cells:
        model = model_named(cell.table)
        number = writing.keys.get((model, cell.row))
        cell.state, cell.written_row = CellState.APPLIED, number if (model, number) in written else None
    ProposedCell.objects.bulk_update(cells, ["state", "written_row"])


def merged_away(found: Iterable[tuple[RowStep, Any]], present: Present) -> list[models.Model]:
    """The records that go, as they were."""
    gone = [present.row(step) for step, _own in found if step.is_of_record and step.after is None]
    return [record for record in gone if record is not None]


def reasons_against(standing: CellStanding, step: RowStep, cell: ProposedCell, is_seen: bool) -> list[str]:
    column = column_named(step.model, cell.column)
    what = column.verbose_name if column else step.model._meta.verbose_name
    if standing is CellStanding.GONE:
        return [_("“%s”: it is not there any more. Leave this cell as it is.") % what]
    if standing is CellStanding.TAKEN:
        return [_("“%s”: there is such a record by now. Leave this one.") % step.after.get("slug", what)]
    if standing is CellStanding.CHANGED and not is_seen:
        return [_("“%s” was changed since. Look at what stands there now, and choose.") % what]
    return []


def numbers_of_rows(proposal: Proposal, steps: Iterable[RowStep]) -> dict[tuple, int]:
    """The numbers of the rows that come with a proposal: those it has got, and new ones for those of these steps."""
    got = cells_today(proposal, written_row__isnull=False)
    keys = {(model_named(cell.table), cell.row): cell.written_row for cell in got}
    new: dict[type[models.Model], list[int]] = {}
    for step in steps:
        if step.before is None:
            new.setdefault(step.model, []).append(step.key)
    for model, rows in new.items():
        keys |= {(model, row): number for row, number in zip(rows, fresh_keys(model, len(rows)), strict=True)}
    return keys


# What becomes of a proposal -------------------------------------------------------------------------------------------


def note_decision(proposal: Proposal, user, comment: str, revision: int | None) -> None:
    """Close a proposal that has no open cell left, and note the decision."""
    states = set(proposal.cells.values_list("state", flat=True))
    kind = ProposalEventKind.PARTLY
    if CellState.OPEN not in states:
        proposal.state = state_without(states, ProposalState.DECLINED)
        kind = {
            ProposalState.APPLIED: ProposalEventKind.APPLIED,
            ProposalState.DECLINED: ProposalEventKind.DECLINED,
        }.get(proposal.state, kind)
        proposal.save(update_fields=["state"])
    note_event(proposal, kind, user, comment, revision)


def close(proposal: Proposal, kind: ProposalEventKind, *, user, comment: str = "") -> None:
    """Decline or withdraw what is open of a proposal. Raises ValidationError where nothing is."""
    states = {
        ProposalEventKind.DECLINED: ProposalState.DECLINED,
        ProposalEventKind.WITHDRAWN: ProposalState.WITHDRAWN,
    }
    with transaction.atomic():
        DataVersion.hold()
        if not Proposal.objects.filter(pk=proposal.pk, state=ProposalState.OPEN).exists():
            raise ValidationError(_("Somebody else has decided this meanwhile. Look at it again."))
        proposal.cells.filter(state=CellState.OPEN).update(state=CellState.LEFT)
        proposal.state = state_without(set(proposal.cells.values_list("state", flat=True)), states[kind])
        proposal.save(update_fields=["state"])
        note_event(proposal, kind, user, comment)


def reopen(proposal: Proposal, *, user, comment: str = "") -> None:
    """Take up again what was not accepted of a closed proposal. Raises ValidationError where there is nothing."""
    with transaction.atomic():
        DataVersion.hold()
        rest = proposal.cells.exclude(state__in=[CellState.OPEN, CellState.APPLIED])
        if Proposal.objects.filter(pk=proposal.pk, state=ProposalState.OPEN).exists() or not rest.exists():
            raise ValidationError(_("There is nothing to take up: it is open, or all of it was accepted."))
        rest.update(state=CellState.OPEN, written_row=None)
        proposal.state = ProposalState.OPEN
        proposal.save(update_fields=["state"])
        note_event(proposal, ProposalEventKind.REOPENED, user, comment)
