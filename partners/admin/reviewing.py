"""A proposal as the table of cells: each change with its evidence, what is found of it, and what is decided."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from django.contrib import admin
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.admin.cells import (
    CellChoice,
    CellPart,
    CellRow,
    CellTable,
    CellText,
    quote_of,
    with_changes_marked,
)
from partners.admin.proposed import Decision, ProposedLine, ProposedRow, finding_of_standing
from partners.changes.accepting import CellStanding
from partners.changes.history import RowStep
from partners.curation_vocabularies import CellState
from partners.findings import Finding
from partners.findings.proposed import ProposedFindings
from partners.models import Citation, Proposal, ProposalEvent
from partners.models.belonging import model_named
from partners.tables.definitions import TABLES
from partners.tables.recurring import STATE

REVIEW_HEADINGS = (
    (gettext_lazy("Before"), ""),
    (gettext_lazy("After"), ""),
    (gettext_lazy("Evidence and findings"), "c-e"),
    (gettext_lazy("Decision"), "c-a"),
)
ACCEPT, LEAVE = "accept", "leave"


class Review:
    """The rows of a proposal, and what is found of them."""

    def __init__(self, rows: list[ProposedRow], found: ProposedFindings):
        self.rows = rows
        self.found = found
        # The citations of which the author says that their sources say the new value too.
        self.said_again = {
            step.key
            for step in found.steps
            if step.model is Citation and step.before and "value" in (step.after or {})
        }

    def findings(self, row: ProposedRow, line: ProposedLine | None = None) -> list[Finding]:
        """What is found of a cell, or of a row that is decided as a whole."""
        return self.found.of(row.step, line.column if line else None)

    def decided(self) -> Iterator[tuple[ProposedRow, ProposedLine | None, Decision]]:
        """Everything that is decided for itself."""
        for row in self.rows:
            if row.decision:
                yield row, None, row.decision
            for line in row.lines:
                if line.decision:
                    yield row, line, line.decision

    @cached_property
    def sound(self) -> list[Decision]:
        """What may be accepted without looking at each: open, as it was when it was proposed, without a warning or error,
        and in need of nothing that has one."""
        sound = {}
        for row, line, decision in self.decided():
            is_as_it_was = decision.may_be_accepted and decision.standing is not CellStanding.CHANGED
            if is_as_it_was and all(each.may_pass_unseen for each in self.findings(row, line)):
                sound[decision.cell.pk] = (row.step, decision)
        is_fewer = True
        while is_fewer:
            coming = {(step.model, step.key) for step, _decision in sound.values() if step.before is None}
            waiting = self.numbers_of_open() - coming
            kept = {key: each for key, each in sound.items() if not names_one_of(each[0], waiting)}
            is_fewer, sound = len(kept) < len(sound), kept
        return [decision for _step, decision in sound.values()]

    def numbers_of_open(self) -> set[tuple[type[models.Model], int]]:
        """The rows that are to come and are not there yet."""
        return {
            (row.step.model, row.step.key)
            for row in self.rows
            if row.decision and row.decision.is_open and row.step.before is None
        }

    def tables(self, shown: int) -> list[CellTable]:
        """The first rows, as a table for each record."""
        sound = {each.cell.pk for each in self.sound}
        waiting = {
            record_of_step(row.step) for row in self.rows if any(each.is_open for each in row.decisions)
        }
        tables: dict[tuple[str, str], CellTable] = {}
        for row in self.rows[:shown]:
            place = record_of_step(row.step)
            fresh = CellTable(
                row.record,
                REVIEW_HEADINGS,
                [],
                row.record_url,
                preview=place if place in waiting else "",
            )
            table = tables.setdefault((row.record, row.record_url), fresh)
            table.rows.extend(self.cell_rows(row, sound))
        return list(tables.values())

    def cell_rows(self, row: ProposedRow, sound: set[int]) -> Iterator[CellRow]:
        if row.decision:
            parts = [*texts_of_whole(row), self.evidence(row, None), decision_part(row.decision)]
            title = f"{row.title}: {row.kind}"
            yield line_of_cell(title, row.decision, parts, sound)
            return
        for line in row.lines:
            parts = [*texts_of_line(line), self.evidence(row, line), decision_part(line.decision)]
            title = line.title if row.step.is_of_record else f"{row.title}: {line.title}"
            is_hidden = not is_told_to_readers(row.step.model, line.column)
            yield line_of_cell(title, line.decision, parts, sound, _("not public") if is_hidden else "")

    def note_on(self, row: ProposedRow, citation: Citation) -> str:
        """That the author of the proposal says that a source says the new value too, beside that value."""
        says_so = row.step.model is not Citation and citation.pk in self.said_again
        return _("kept by its author: the same source says the new value") if says_so else ""

    def evidence(self, row: ProposedRow, line: ProposedLine | None) -> CellPart:
        column = line.column if line else None
        cited = self.found.evidence_of(row.step, column)
        # A citation is itself what it says: only a change of one is told with all of it.
        is_told_already = row.step.model is Citation and line is None
        quotes = [] if is_told_already else [quote_of(each, self.note_on(row, each)) for each in cited]
        decision = line.decision if line else row.decision
        findings = []
        if decision.is_open:
            findings = [*finding_of_standing(decision.standing), *self.findings(row, line)]
        return CellPart(REVIEW_HEADINGS[2][0], quotes=quotes, findings=findings)


def record_of_step(step: RowStep) -> str:
    """The record that a step is about, as a button names it; the key of one that is to come is negative."""
    name, key = min(step.records)
    return f"{name} {key}"


def names_one_of(step: RowStep, rows: set[tuple[type[models.Model], int]]) -> bool:
    """Whether a step names a row that is to come and is not among those accepted with it."""
    values = (step.after or {}).items()
    columns = ((step.model._meta.get_field(name), value) for name, value in values)
    return any(column.is_relation and (column.related_model, value) in rows for column, value in columns)


def is_told_to_readers(model: type[models.Model], column: models.Field) -> bool:
    """Whether a column is one that readers are told, or that decides whether they are told the others."""
    tables = (table for table in TABLES if table.model is model)
    hidden = {each.name for table in tables for each in table.columns if not each.public}
    return column.name not in hidden - {STATE.name}


def line_of_cell(title: str, decision: Decision, parts, sound: set[int], tag: str = "") -> CellRow:
    return CellRow(title, parts, f"c{decision.cell.pk}", tag, is_sound=decision.cell.pk in sound)


def texts_of_line(line: ProposedLine) -> Iterable[CellPart]:
    """What stands there, and what is to stand there; and what stood there when it was proposed, where that is another."""
    decision = line.decision
    is_other = decision.is_open and decision.standing is CellStanding.CHANGED
    there = line.now if is_other else line.before
    before, after = with_changes_marked(there, line.after)
    note = _("When proposed: %s") % (line.before or _("empty")) if is_other else ""
    return CellPart(REVIEW_HEADINGS[0][0], CellText(before, note=note)), CellPart(
        REVIEW_HEADINGS[1][0], CellText(after)
    )


def texts_of_whole(row: ProposedRow) -> Iterable[CellPart]:
    """A row that comes or goes, value by value; of one that changed since, also what it says now."""
    step, decision = row.step, row.decision
    is_other = decision.is_open and decision.standing is CellStanding.CHANGED
    before = [
        (line.title, [("del", line.now if is_other else line.before)]) for line in row.lines if line.before
    ]
    after = [(line.title, [("ins", line.after)]) for line in row.lines if line.after]
    yield CellPart(REVIEW_HEADINGS[0][0], CellText(lines=before if step.before else []))
    yield CellPart(REVIEW_HEADINGS[1][0], CellText(lines=after if step.after else []))


def decision_part(decision: Decision) -> CellPart:
    """What is asked, or what became of it."""
    heading = REVIEW_HEADINGS[3][0]
    if not decision.is_open:
        return CellPart(heading, words=decision.cell.get_state_display())
    if decision.is_locked:
        return CellPart(heading, words=_("Waits for a reviewer."))
    name = f"cell-{decision.cell.pk}"
    choices = [
        CellChoice(name, LEAVE, _("Leave as it is"), decision.said == LEAVE, "no"),
        CellChoice(name, "", _("Undecided"), not decision.said),
    ]
    if decision.may_be_accepted:
        choices.insert(0, CellChoice(name, ACCEPT, _("Accept"), decision.said == ACCEPT, "yes"))
    return CellPart(heading, choices=choices, hidden=[(f"shown-{decision.cell.pk}", decision.shown)])


def records_of(rows: Iterable[ProposedRow]) -> set[tuple[type[models.Model], int]]:
    """The records that a proposal is about."""
    return {(model_named(name), key) for row in rows for name, key in row.step.records if key > 0}


def count_by_state(rows: Iterable[ProposedRow]) -> dict[str, int]:
    """How many cells are in which state."""
    states = [each.cell.state for row in rows for each in row.decisions]
    return {"all": len(states)} | {state: states.count(state) for state in CellState.values}


def choices_of_cells(rows: Iterable[ProposedRow]) -> Iterator[tuple[str, str]]:
    """The cells of a proposal that a comment can be about."""
    for row in rows:
        for each in row.lines if row.decision is None else [row]:
            if each.decision:
                yield str(each.decision.cell.pk), each.title


def told_events(proposal: Proposal, rows: Iterable[ProposedRow]) -> list[ProposalEvent]:
    """What was said and done; each with `about`, the name of the cell that it is about."""
    names = dict(choices_of_cells(rows))
    events = list(proposal.events.all())
    for event in events:
        event.about = names.get(str(event.cell_id), "")
    return events


def links_to_record(request, records: Iterable[tuple[type[models.Model], int]]) -> dict:
    """Where the record is looked at that a proposal is about; nothing where it is about several, or one to come."""
    records = list(records)
    found = records[0][0]._base_manager.filter(pk=records[0][1]).first() if len(records) == 1 else None
    screen = admin.site._registry.get(type(found))
    if screen is None:
        return {}
    name = f"admin:partners_{found._meta.model_name}"
    may_see = screen.has_view_or_change_permission(request)
    return {
        "record": found,
        "public_page": (callable(screen.view_on_site) and screen.view_on_site(found)) or "",
        "record_form": reverse(f"{name}_change", args=[found.pk]) if may_see else "",
        "record_history": reverse(f"{name}_history", args=[found.pk]) if may_see else "",
    }
