"""The preview of an import as a table of cells, as reviews and conflicts have it: a new record is a row, else each cell is one."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.admin.cells import (
    CellChoice,
    CellPart,
    CellRow,
    CellTable,
    CellText,
    plain_piece,
    with_changes_marked,
)
from partners.curation_vocabularies import ImportState, LineState
from partners.exchange.importing.kinds import IMPORT_KINDS
from partners.exchange.importing.lines import ERROR_LEVEL, GOOD_LEVEL
from partners.findings.finding import Finding, Level
from partners.models import ImportJob, ImportLine

LINE_OF_FILE, STANDS, WILL_STAND, FOUND_OF_CELL = (
    gettext_lazy("Line"),
    gettext_lazy("Before"),
    gettext_lazy("After"),
    gettext_lazy("Finding"),
)
IMPORT_HEADINGS = ((LINE_OF_FILE, "c-b"), (STANDS, ""), (WILL_STAND, ""), (FOUND_OF_CELL, "c-e"))
LOOK_OF_STATE = {
    LineState.REFUSED: "d-no",
    LineState.ALIKE: "d-wait",
    LineState.CONFLICT: "d-wait",
    LineState.NEW: "d-live",
}
IN_SUMMARY, LONGEST_IN_SUMMARY, LONGEST_IN_CHOICE = 3, 40, 30


def table_of_lines(lines: Iterable[ImportLine], job: ImportJob) -> CellTable:
    """The lines of a page, each with what it would change and what is to be decided."""
    showing = LinesOfImport(job)
    rows = [row for line in lines for row in showing.rows_of(line)]
    return CellTable(_("Rows of the table"), IMPORT_HEADINGS, rows, first=_("Record, cell"))


class LinesOfImport:
    """Shows lines of one import."""

    def __init__(self, job: ImportJob):
        self.job = job
        self.titles = {column.name: str(column.title) for column in IMPORT_KINDS[job.kind].columns}
        self.is_ready = job.state == ImportState.READY

    def rows_of(self, line: ImportLine) -> Iterator[CellRow]:
        is_new = (
            line.state == LineState.NEW or bool(line.alike) or not any(each["before"] for each in line.cells)
        )
        filled = [
            each for each in line.cells if is_new and each["after"] and each.get("level") != ERROR_LEVEL
        ]
        rest = [each for each in line.cells if not is_new or each.get("level")]
        anchor = f"line{line.line}"
        if filled or not rest:
            yield self.row(
                line, line.record, CellText(), self.text_of_record(filled), self.of_record(line), anchor
            )
            anchor = ""
        for cell in rest:
            title = f"{line.record}: {self.title(cell)}"
            yield self.row(line, title, *texts_of_cell(cell), self.of_cell(line, cell), anchor)
            anchor = ""

    def title(self, cell: dict[str, Any]) -> str:
        return self.titles.get(cell["column"], cell["column"])

    def row(
        self, line, title: str, before: CellText, after: CellText, found: CellPart, anchor: str
    ) -> CellRow:
        state = LineState(line.state)
        parts = [
            CellPart(LINE_OF_FILE, words=str(line.line)),
            CellPart(STANDS, before),
            CellPart(WILL_STAND, after),
            found,
        ]
        return CellRow(title, parts, anchor, str(state.label), look=LOOK_OF_STATE.get(state, ""))

    def text_of_record(self, cells: list[dict[str, Any]]) -> CellText:
        """All that a new record holds, folded."""
        lines = [(self.title(each), [("ins", each["after"])]) for each in cells]
        said = [Truncator(each["after"]).chars(LONGEST_IN_SUMMARY) for each in cells[:IN_SUMMARY]]
        return CellText(lines=lines, summary="; ".join(said))

    def of_record(self, line: ImportLine) -> CellPart:
        """Which records it may be, and what is decided of that."""
        if not line.alike:
            return CellPart(FOUND_OF_CELL)
        told = _("Alike: %s") % "; ".join(each["label"] for each in line.alike)
        decision, name = self.job.options.get("alike", {}).get(line.key, ""), f"alike-{line.line}"
        choices = [
            CellChoice(name, f"same:{each['key']}", _("It is %s") % each["label"]) for each in line.alike
        ]
        for value, words in (("other", _("Another one")), ("skip", _("Leave it out"))):
            choices.append(CellChoice(name, value, words, is_chosen=decision == value))
        findings = [Finding(Level.WARNING, "", told)]
        return CellPart(FOUND_OF_CELL, findings=findings, choices=choices if self.is_ready else ())

    def of_cell(self, line: ImportLine, cell: dict[str, Any]) -> CellPart:
        """What was found of a cell, and whose stays where others have changed it too."""
        level, text, choices = cell.get("level", ""), cell.get("text", ""), []
        if cell.get("conflict") and self.is_ready:
            name, is_taken = f"take-{line.line}-{cell['column']}", bool(cell.get("taken"))
            short = [Truncator(cell[side] or "…").chars(LONGEST_IN_CHOICE) for side in ("before", "after")]
            choices = [
                CellChoice(name, "keep", _("Keep %s") % short[0], not is_taken, mark="theirs"),
                CellChoice(name, "take", _("Take %s") % short[1], is_taken, mark="mine"),
            ]
        if level in ("", GOOD_LEVEL):
            return CellPart(FOUND_OF_CELL, words=text, choices=choices)
        return CellPart(
            FOUND_OF_CELL, findings=[Finding(Level(level), cell["column"], text)], choices=choices
        )


def texts_of_cell(cell: dict[str, Any]) -> tuple[CellText, CellText]:
    """What stands in a cell, and what is to stand there: of a refused one struck out."""
    before, after = cell["before"], cell["after"]
    if cell.get("level") == ERROR_LEVEL:
        return CellText(plain_piece(before)), CellText([("del", after)] if after else [])
    left, right = with_changes_marked(before, after)
    return CellText(plain_piece(before) if cell.get("conflict") else left), CellText(right)
