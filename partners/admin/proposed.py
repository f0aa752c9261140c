"""What a proposal says, as people read it: each value when it was proposed, now, and as it is proposed."""

from dataclasses import dataclass

from django.contrib import admin
from django.db import models
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from partners.changes.accepting import CellStanding, Present, follows_value, is_asked_about
from partners.changes.history import RowStep, is_told
from partners.changes.images import row_of
from partners.changes.proposing import WHOLE_ROW, column_named
from partners.changes.words import StepWords
from partners.curation_vocabularies import CellState
from partners.findings import Finding, Level
from partners.models import ProposedCell
from partners.models.belonging import model_named, owners

ROW_WORDS = {
    "added": gettext_lazy("to be added"),
    "removed": gettext_lazy("to be taken off"),
    "changed": gettext_lazy("to be changed"),
}
STANDING_WORDS = {
    CellStanding.DONE: gettext_lazy("This is what stands there already."),
    CellStanding.CHANGED: gettext_lazy("Changed since it was proposed: choose between now and proposed."),
    CellStanding.GONE: gettext_lazy("It is not there any more: this cannot be accepted."),
    CellStanding.TAKEN: gettext_lazy("There is such a record by now: this cannot be accepted."),
}


def finding_of_standing(standing: CellStanding) -> list[Finding]:
    """What there is to say of a cell because of what others did since it was proposed."""
    level = Level.SUGGESTION if standing is CellStanding.DONE else Level.WARNING
    return [Finding(level, "", str(STANDING_WORDS[standing]))] if standing in STANDING_WORDS else []


@dataclass(frozen=True)
class ProposedLine:
    """A value as people read it: when it was proposed, now, and as it is proposed."""

    title: str
    before: str
    now: str
    after: str
    # None where the whole row is decided at once.
    decision: "Decision | None" = None
    column: models.Field | None = None


@dataclass(frozen=True)
class Decision:
    """What is asked about a cell, or about a whole row."""

    cell: ProposedCell
    standing: CellStanding
    shown: str
    is_locked: bool
    said: str = ""

    @property
    def is_open(self) -> bool:
        return self.cell.state == CellState.OPEN

    @property
    def may_be_accepted(self) -> bool:
        is_possible = self.standing not in (CellStanding.GONE, CellStanding.TAKEN)
        return self.is_open and not self.is_locked and is_possible


@dataclass(frozen=True)
class ProposedRow:
    """A row that a proposal is about, with its values."""

    title: str
    kind: str
    record: str
    record_url: str
    lines: list[ProposedLine]
    decision: Decision | None = None
    step: RowStep | None = None

    @property
    def decisions(self) -> list[Decision]:
        return [self.decision] if self.decision else [line.decision for line in self.lines if line.decision]


@dataclass
class ProposalWords:
    """Names what a proposal speaks of, the rows that come with it included."""

    steps: list[tuple[RowStep, list[ProposedCell]]]

    def __post_init__(self):
        self.present = Present.of(step for step, _cells in self.steps)
        as_now = [
            RowStep(step.model, step.key, step.records, step.before, row_of(now))
            for step, _cells in self.steps
            if (now := self.present.row(step))
        ]
        self.following = follows_value([cell for _step, cells in self.steps for cell in cells])
        self.words = StepWords([*(step for step, _cells in self.steps), *as_now])

    def value(self, column: models.Field, values) -> str:
        return self.words.value(column, (values or {}).get(column.attname))

    def row(self, step: RowStep, cells: list[ProposedCell], decide) -> ProposedRow:
        name, key = min(step.records)
        now = self.present.row(step)
        is_whole = cells[0].column == WHOLE_ROW
        own = () if step.is_of_record else owners(step.model)
        asked = {
            cell.column: decide(cell, step, self.present)
            for cell in cells
            if is_asked_about(cell) and cell.pk not in self.following
        }
        columns = (
            [column for column in step.changed if is_told(column) and column.column not in own]
            if is_whole
            else [column_named(step.model, name) for name in asked]
        )
        present = row_of(now) if now else None
        lines = [
            ProposedLine(
                capfirst(str(column.verbose_name)),
                self.value(column, step.before),
                self.value(column, present),
                self.value(column, step.after),
                None if is_whole else asked[column.column],
                column,
            )
            for column in columns
        ]
        return ProposedRow(
            self.words.row(step, present),
            str(ROW_WORDS[step.kind]),
            self.words.record(name, key),
            address_of_record(name, key, self.present),
            lines,
            asked.get(WHOLE_ROW),
            step,
        )


def address_of_record(name: str, key: int, present: Present) -> str:
    """The form of a record; "" where it is still to come, or is gone."""
    model = model_named(name)
    is_there = (model, key) in present.rows and admin.site.is_registered(model)
    return reverse(f"admin:partners_{name}_change", args=[key]) if is_there else ""
