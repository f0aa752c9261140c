"""Accepting proposals, cell by cell or whole, and whatever else becomes of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from partners.changes.history import RowStep, is_told
from partners.changes.merging import lead_on, plan_merging
from partners.changes.planning import RowsToWrite, numbers_of_coming
from partners.changes.proposing import WHOLE_ROW, cells_today, column_named, note_event, proposed_steps
from partners.changes.revising import revising
from partners.changes.rivals import settle_rivals, state_without
from partners.changes.standing import CellStanding, Present, standing_of_place
from partners.changes.writing import RowEdit, check_references, refusal_of, write_edits
from partners.curation_vocabularies import CellState, ProposalEventKind, ProposalState, Via
from partners.models import Citation, DataVersion, Proposal, ProposedCell
from partners.models.belonging import model_named

# How a proposed cell stands to what is there now ---------------------------------------------------------------------


def standing_of_cell(cell: ProposedCell, step: RowStep, present: Present) -> CellStanding:
    """How a cell of a step stands to what is there now."""
    return standing_of_place(cell.column, step, present)


def digest_of_now(cell: ProposedCell, step: RowStep, present: Present) -> str:
    """What a page says it has shown of a cell, in short."""
    return present.digest(cell.column, step)


# Accepting -----------------------------------------------------------------------------------------------------------


@dataclass
class Decided:
    """What a decision came to: the number of cells written, and the revision that has them."""

    applied: int = 0
    left: int = 0
    revision: int | None = None


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
                Via.PROPOSAL,
                user=user,
                why=reason_of(proposal),
                undoes=proposal.undoes,
                merges_into=proposal.merges_into,
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
    """With the cells that go with these and that nobody is asked about: of the same rows, such as the stamp of a first
    publication, and that the sources of a value say the new one too."""
    rows = {(cell.table, cell.row) for cell in chosen}
    keys = {cell.pk for cell in chosen}
    still_open = cells_today(proposal, state=CellState.OPEN)
    following = follows_value(still_open)
    return chosen + [
        cell
        for cell in still_open
        if cell.pk not in keys
        and (following.get(cell.pk) in keys or ((cell.table, cell.row) in rows and not is_asked_about(cell)))
    ]


def follows_value(cells: Sequence[ProposedCell]) -> dict[int, int]:
    """The cells by which a source says a new value of a record, each with the cell of that value, by their keys: who accepts
    the value accepts that it is cited for it. One query, and none where there are no such cells; they may be of several
    proposals."""
    said = [cell for cell in cells if cell.table == Citation._meta.model_name and cell.column == "value"]
    if not said:
        return {}
    fields = dict(Citation.objects.filter(pk__in=[cell.row for cell in said]).values_list("pk", "field"))
    values = {
        (cell.proposal_id, cell.model, cell.record, cell.column): cell.pk
        for cell in cells
        if cell.table == cell.model and cell.row == cell.record
    }
    found = {}
    for cell in said:
        model, name = model_named(cell.model), fields.get(cell.row)
        column = model._meta.get_field(name) if name in getattr(model, "citable_fields", ()) else None
        value = values.get((cell.proposal_id, cell.model, cell.record, getattr(column, "column", None)))
        if value is not None:
            found[cell.pk] = value
    return found


def is_asked_about(cell: ProposedCell) -> bool:
    """Whether people decide about a cell; the others go with their row."""
    column = column_named(model_named(cell.table), cell.column)
    return cell.column == WHOLE_ROW or (column is not None and is_told(column))


def write_cells(proposal: Proposal, cells: Sequence[ProposedCell], shown: Mapping[int, str]) -> None:
    """Write cells, and mark them as applied. Raises ValidationError where one of them cannot be."""
    found = proposed_steps(cells)
    present = Present.of(step for step, _own in found)
    writing = RowsToWrite(numbers_of_rows(proposal, [step for step, _own in found]), proposal.at)
    for step, own in found:
        standings = {cell.pk: standing_of_cell(cell, step, present) for cell in own}
        for cell in own:
            seen = shown.get(cell.pk) == digest_of_now(cell, step, present)
            writing.problems += reasons_against(standings[cell.pk], step, cell, seen)
        if any(each is not CellStanding.DONE for each in standings.values()):
            writing.add(step)
    if writing.problems:
        raise ValidationError(writing.problems)
    gone = merged_away(found, present) if proposal.merges_into else []
    for record in gone:
        writing.edits += edits_of_later_users(proposal, record)
    write_edits(writing.all_edits())
    for record in gone:
        lead_on(record, proposal.merges_into)
    check_references(writing.edits)
    if broken := list(writing.broken_rules()):
        raise ValidationError([str(each) for each in broken])
    written = {(edit.model, edit.key) for edit in writing.edits}
    for cell in cells:
        model = model_named(cell.table)
        number = writing.keys.get((model, cell.row))
        cell.state, cell.written_row = CellState.APPLIED, number if (model, number) in written else None
    ProposedCell.objects.bulk_update(cells, ["state", "written_row"])


def edits_of_later_users(proposal: Proposal, gone: models.Model) -> list[RowEdit]:
    """What has the rows that came to name a record since its merge was proposed name the one that stays."""
    kept = type(gone)._base_manager.filter(pk=proposal.merges_into).first()
    if kept is None:
        return []
    known = set(proposal.cells.values_list("table", "row")) | {
        (record._meta.model_name, record.pk) for record in (kept, gone)
    }
    planned = (edit for edit in plan_merging(kept, gone).edits if not edit.is_new)
    return [edit for edit in planned if (edit.model._meta.model_name, edit.key) not in known]


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
    return keys | numbers_of_coming(steps)


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
