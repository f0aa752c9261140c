"""What is found of the proposals that wait, in numbers, as the pages of review tell it cell by cell."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from django.db import models
from django.db.models import Case, F, Q, QuerySet, Value, When, Window
from django.db.models.functions import Rank, RowNumber
from django.utils.translation import ngettext

from partners.admin.proposed import finding_of_standing
from partners.changes.accepting import follows_value, is_asked_about, standing_of_cell
from partners.changes.history import RowStep
from partners.changes.proposing import WHOLE_ROW, as_today, column_named, proposed_steps
from partners.changes.standing import Present
from partners.curation_vocabularies import CellState
from partners.findings import Finding, Level
from partners.findings.proposed import ProposedFindings, findings_of_proposals
from partners.models import Citation, ProposedCell
from partners.models.belonging import model_named

# How many cells of all proposals on a page are looked at: below a second. Of larger proposals it is a part.
MOST_CELLS_LOOKED_AT = 1000
# How many rows of one kind, and citations of one value, of a record that waits or that a proposal is about.
MOST_ROWS_LOOKED_AT = 50


@dataclass
class InShort:
    """How many open cells somebody is asked about, and how many findings of each level they have. `looked_at` says how
    many cells that is of, where it is not all of them; `is_of_part` that a record has more rows than were looked at."""

    cells: int = 0
    levels: Counter[Level] = field(default_factory=Counter)
    looked_at: int | None = None
    is_of_part: bool = False


def found_in(schemas: Mapping[int, str], sizes: Mapping[int, int]) -> dict[int, InShort]:
    """What is found of the open cells of proposals, by the keys of these, each given with its schema and its number of
    cells. Of proposals that are too large it is what is found of some of their records. Queries do not grow."""
    part = {key: most for key, most in fair_shares(sizes, MOST_CELLS_LOOKED_AT).items() if most < sizes[key]}
    whole = ProposedCell.objects.filter(proposal__in=schemas.keys() - part.keys())
    cells = by_proposal([*whole, *cells_of_first_records(part)], schemas)
    named = rows_named_in({key: cells[key] for key in part}, schemas)
    counted = {key: InShort(looked_at=len(cells[key]) if key in part else None) for key in schemas}
    steps = {key: proposed_steps([*own, *named.get(key, ())]) for key, own in cells.items()}
    passed_over = {cell.pk for own in named.values() for cell in own}
    every = [pair for own in steps.values() for pair in own]
    present = Present.of(step for step, _own in every)
    following = follows_value([cell for _step, own in every for cell in own])
    of_steps = {key: [step for step, _own in own] for key, own in steps.items()}
    found = findings_of_proposals(of_steps, present, MOST_ROWS_LOOKED_AT)
    for key, own in steps.items():
        counted[key].is_of_part = found[key].is_of_part
        for step, asked in own:
            for cell in asked:
                is_counted = cell.pk not in following and cell.pk not in passed_over
                if is_counted and cell.state == CellState.OPEN and is_asked_about(cell):
                    counted[key].cells += 1
                    counted[key].levels.update(
                        each.level for each in findings_of_cell(cell, step, found[key])
                    )
    return counted


def fair_shares(sizes: Mapping[int, int], most: int) -> dict[int, int]:
    """How much of each thing is taken so that all together are at most so much: small ones whole, the others alike."""
    found, rest = {}, most
    for place, (key, size) in enumerate(sorted(sizes.items(), key=lambda pair: pair[1])):
        found[key] = min(size, rest // (len(sizes) - place))
        rest -= found[key]
    return found


def cells_of_first_records(most: Mapping[int, int]) -> QuerySet[ProposedCell]:
    """The cells of the first records of proposals, by the keys of these: about so many of each, and each record whole,
    since what is found of a value depends on the rows beside it. Of one that has more than so many itself the first are
    taken: those of its own row and of its citations before those of other rows."""
    rank = Window(Rank(), partition_by=F("proposal_id"), order_by=[F("model").asc(), F("record").asc()])
    kind = Case(
        When(table=F("model"), then=Value(0)),
        When(table=Citation._meta.model_name, then=Value(1)),
        default=Value(2),
    )
    of_record = [F("proposal_id"), F("model"), F("record")]
    place = Window(RowNumber(), partition_by=of_record, order_by=[kind.asc(), F("pk").asc()])
    is_first = [Q(proposal=key, rank__lte=count, place__lte=count) for key, count in most.items()]
    found = ProposedCell.objects.filter(proposal__in=most).annotate(rank=rank, place=place)
    return found.filter(reduce(or_, is_first)) if is_first else ProposedCell.objects.none()


def by_proposal(cells: Iterable[ProposedCell], schemas: Mapping[int, str]) -> dict[int, list[ProposedCell]]:
    """Cells by the keys of their proposals, by the names of this release."""
    found: dict[int, list[ProposedCell]] = {key: [] for key in schemas}
    for cell in cells:
        found[cell.proposal_id].append(cell)
    return {key: as_today(own, schemas[key]) for key, own in found.items()}


def rows_named_in(
    cells: Mapping[int, Sequence[ProposedCell]], schemas: Mapping[int, str]
) -> dict[int, list[ProposedCell]]:
    """The rows to come that cells of a proposal name, such as the source of a citation, and that are not among them; by the
    keys of the proposals."""
    wanted = {
        key: {
            (column.related_model._meta.model_name, number)
            for cell in own
            for column, number in references_in(cell)
            if number < 0
        }
        - {(cell.table, cell.row) for cell in own}
        for key, own in cells.items()
    }
    rows = {number for own in wanted.values() for _name, number in own}
    found = ProposedCell.objects.filter(proposal__in=wanted, row__in=rows) if rows else ()
    return {
        key: [cell for cell in own if (cell.table, cell.row) in wanted.get(key, ())]
        for key, own in by_proposal(found, schemas).items()
    }


def references_in(cell: ProposedCell) -> Iterator[tuple[models.Field, int]]:
    """The columns of a proposed cell that name another row, with the number of that."""
    values = (cell.after or {}) if cell.column == WHOLE_ROW else {cell.column: cell.after}
    for column in model_named(cell.table)._meta.concrete_fields:
        if column.is_relation and isinstance(values.get(column.column), int):
            yield column, values[column.column]


def findings_of_cell(cell: ProposedCell, step: RowStep, found: ProposedFindings) -> Iterator[Finding]:
    """What is found of an open cell, that it was changed since included."""
    column = None if cell.column == WHOLE_ROW else column_named(step.model, cell.column)
    yield from finding_of_standing(standing_of_cell(cell, step, found.present))
    yield from found.of(step, column)


def counted_in_words(counted: Counter[Level]) -> Sequence[tuple[str, str]]:
    """How many findings there are of each level, the heaviest first, each with the mark of the level."""
    words = {
        Level.ERROR: ngettext("%d error", "%d errors", counted[Level.ERROR]),
        Level.WARNING: ngettext("%d warning", "%d warnings", counted[Level.WARNING]),
        Level.SUGGESTION: ngettext("%d suggestion", "%d suggestions", counted[Level.SUGGESTION]),
    }
    return [(level.mark, words[level] % counted[level]) for level in Level if counted[level]]
