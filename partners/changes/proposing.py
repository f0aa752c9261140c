"""Keeping changes as a proposal: what was written, and is taken back, waits until somebody accepts it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from partners.changes.history import RowStep, model_today, type_of_values, written_fields
from partners.changes.images import kept_value, read_image, read_value
from partners.changes.releases import columns_today, image_today, name_today, schema_today
from partners.changes.revising import name_of_user
from partners.curation_vocabularies import ProposalEventKind
from partners.models import Proposal, ProposalEvent, ProposedCell
from partners.models.belonging import model_named

# Stands in the place of a column where a cell is a whole row.
WHOLE_ROW = ""


def keep_proposal(
    steps: Sequence[RowStep], base: int, *, user, title: str, why: str = "", **facts: Any
) -> Proposal:
    """Keep steps that were not written, or were taken back, as an open proposal of a user. Rows that are to come have
    any number that no row has, or a negative one.

    `base` is the revision that they began with. `facts` are other values of the proposal: when it was begun, what it
    takes back, into what it merges. Readers see nothing of it, and the data version stays.
    """
    with transaction.atomic():
        proposal = Proposal.objects.create(
            title=title[:200],
            who=user.pk,
            name_of_who=name_of_user(user),
            base=base,
            schema=schema_today(),
            why=why[:2000],
            **({"at": timezone.now()} | facts),
        )
        added = {(step.model, step.key) for step in steps if step.before is None}
        ProposedCell.objects.bulk_create(cell for step in steps for cell in cells_of(proposal, step, added))
        note_event(proposal, ProposalEventKind.OPENED, user)
    return proposal


def note_event(
    proposal: Proposal,
    kind: ProposalEventKind,
    user=None,
    comment: str = "",
    revision: int | None = None,
    **about,
) -> ProposalEvent:
    """Write into the thread of a proposal what happened to it; `cell=…` where it is about one."""
    return ProposalEvent.objects.create(
        proposal=proposal,
        at=timezone.now(),
        who=user.pk if user else None,
        name_of_who=name_of_user(user),
        kind=kind,
        comment=comment,
        revision=revision,
        **about,
    )


def cells_of(proposal: Proposal, step: RowStep, added: set[tuple]) -> Iterator[ProposedCell]:
    """The cells of a step. `added` are the rows that come with the proposal, by model and key."""
    name, record = min(step.records)
    own = {
        "proposal": proposal,
        "table": step.model._meta.model_name,
        "row": -abs(step.key) if step.before is None else step.key,
        "model": name,
        "record": -abs(record) if (model_named(name), record) in added else record,
    }
    if step.before is None or step.after is None:
        images = {"before": image_of(step, step.before, added), "after": image_of(step, step.after, added)}
        yield ProposedCell(**own, column=WHOLE_ROW, **images)
        return
    for column in step.changed:
        before, after = (
            kept_reference(column, each[column.attname], added) for each in (step.before, step.after)
        )
        yield ProposedCell(**own, column=column.column, before=before, after=after)


def image_of(step: RowStep, values: type_of_values, added: set[tuple]) -> dict[str, Any] | None:
    """The written values of a row by its columns."""
    if values is None:
        return None
    return {
        column.column: kept_reference(column, values.get(column.attname), added)
        for column in written_fields(step.model)
    }


def kept_reference(column: models.Field, value: Any, added: set[tuple]) -> Any:
    """A value as it is kept; the number of a row that comes with the proposal is negative."""
    if column.is_relation and value is not None and (column.related_model, value) in added:
        return -abs(value)
    return kept_value(value)


# Reading them again ---------------------------------------------------------------------------------------------------


def cells_today(proposal: Proposal, **conditions) -> list[ProposedCell]:
    """The cells of a proposal for which conditions hold, by the names of this release. What it does not know any more
    is left out."""
    return as_today(proposal.cells.filter(**conditions), proposal.schema)


def as_today(cells: Iterable[ProposedCell], schema: str) -> list[ProposedCell]:
    """Cells that were proposed under an earlier release, by the names of this one."""
    found = []
    for cell in cells:
        if model_today(cell.table, schema) and model_today(cell.model, schema):
            cell.column = columns_today(cell.table, schema).get(cell.column, cell.column)
            if cell.column == WHOLE_ROW:
                cell.before, cell.after = (
                    image and image_today(cell.table, schema, image) for image in (cell.before, cell.after)
                )
            cell.table, cell.model = name_today(cell.table, schema), name_today(cell.model, schema)
            found.append(cell)
    return found


def column_named(model: type[models.Model], name: str) -> models.Field | None:
    """A column of a table; None where this release has none of this name."""
    return next((each for each in model._meta.concrete_fields if each.column == name), None)


def proposed_steps(cells: Iterable[ProposedCell]) -> list[tuple[RowStep, list[ProposedCell]]]:
    """Proposed cells by the rows that they are about. A changed row has the values that are to change alone."""
    rows: dict[tuple[str, int], list[ProposedCell]] = {}
    for cell in cells:
        rows.setdefault((cell.table, cell.row), []).append(cell)
    return [(step_of_cells(own), own) for own in rows.values()]


def step_of_cells(cells: Sequence[ProposedCell]) -> RowStep:
    first = cells[0]
    model = model_named(first.table)
    records = frozenset([(first.model, first.record)])
    if first.column == WHOLE_ROW:
        before, after = (
            None if image is None else read_image(model, image) for image in (first.before, first.after)
        )
        return RowStep(model, first.row, records, before, after)
    columns = [(column_named(model, cell.column), cell) for cell in cells]
    known = [(column, cell) for column, cell in columns if column is not None]
    before = {column.attname: read_value(column, cell.before) for column, cell in known}
    after = {column.attname: read_value(column, cell.after) for column, cell in known}
    return RowStep(model, first.row, records, before, after)
