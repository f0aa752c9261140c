"""A row of a table that is brought in, while it is checked: which record it is about, and what was found of it."""

from dataclasses import dataclass, field
from typing import Any

from django.db import models

from partners.changes.history import RowStep
from partners.curation_vocabularies import LineState
from partners.exchange.spreadsheet.cells import FileCell
from partners.formats.csv import restore_formula
from partners.texts import tidy

ERROR_LEVEL, WARNING_LEVEL, SUGGESTION_LEVEL, GOOD_LEVEL = "error", "warning", "suggestion", "good"
# What is shown of a cell.
LONGEST_IN_VIEW = 400


@dataclass
class ShownCell:
    """A cell of the table that is shown: what stands there, what is to stand there, and what was found."""

    column: str
    before: str = ""
    after: str = ""
    level: str = ""
    text: str = ""
    # Somebody else changed it: it is taken only where the owner of the import says so.
    is_conflict: bool = False
    is_taken: bool = False
    # What stood there when the file was made; None where that is not known.
    stood: str | None = None

    def kept(self) -> dict[str, Any]:
        cell = {"column": self.column, "before": in_view(self.before), "after": in_view(self.after)}
        further: dict[str, Any] = {"level": self.level, "text": self.text, "conflict": self.is_conflict}
        further |= {"stood": in_view(self.stood)} if self.stood else {}
        return cell | {name: value for name, value in (further | {"taken": self.is_taken}).items() if value}


def in_view(text: str) -> str:
    return text if len(text) <= LONGEST_IN_VIEW else f"{text[:LONGEST_IN_VIEW]}…"


@dataclass
class CheckedLine:
    """A row with its cells by the names of their columns. `number` is that of its record, negative of one to come."""

    line: int
    cells: dict[str, FileCell]
    is_workbook: bool = False
    # What decisions about it are kept by: its key, or what was made of its name.
    key: str = ""
    slug: str = ""
    is_key_given: bool = False
    record: models.Model | None = None
    number: int = 0
    label: str = ""
    state: LineState = LineState.UNCHANGED
    shown: list[ShownCell] = field(default_factory=list)
    steps: list[RowStep] = field(default_factory=list)
    alike: list[dict[str, Any]] = field(default_factory=list)
    # Keys of other rows of the file that come and that it names.
    names_of_file: set[str] = field(default_factory=set)
    # Set where somebody has said that it is this record, which keeps its name.
    keeps_heading: bool = False

    def text(self, name: str) -> str:
        """The tidy text of a cell; "" where the file has no such column."""
        cell = self.cells.get(name)
        if not cell:
            return ""
        return tidy(cell.text if self.is_workbook else restore_formula(cell.text), many_lines=True)

    def show(self, column: str, before: str, after: str, **found) -> ShownCell:
        cell = ShownCell(column, before, after, **found)
        self.shown.append(cell)
        return cell

    def refuse(self, column: str, text: str, before: str = "", after: str | None = None) -> None:
        """A cell that cannot be written, with the reason and what is allowed."""
        value = self.text(column) if after is None else after
        self.show(column, before, value, level=ERROR_LEVEL, text=text)
        self.state = LineState.REFUSED

    @property
    def is_refused(self) -> bool:
        return self.state is LineState.REFUSED

    @property
    def is_new(self) -> bool:
        return self.record is None
