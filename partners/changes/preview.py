"""What steps come to, as a table of cells: before they are written, a few shown and all counted."""

from collections import Counter
from collections.abc import Iterable, Iterator

from partners.changes.differences import ADDED, CHANGED
from partners.changes.history import RowStep
from partners.changes.lapsing import Lapsing
from partners.changes.words import STEP_KINDS, StepWords
from partners.changes.writing import WRITTEN_AT_ONCE
from partners.engines.batches import batches

MOST_CELLS_SHOWN = 200
LONGEST_CELL_SHOWN = 60
HEADINGS = ("Record", "What", "Column", "Before", "After")


class Preview:
    """Looks at steps as they pass. Memory grows with the citations that lapse, and not with the steps."""

    def __init__(self):
        self.shown: list[RowStep] = []
        self.cells_shown = 0
        self.rows: Counter[str] = Counter()
        self.cells = 0
        self.lapsing = Lapsing()

    def look_at(self, steps: Iterable[RowStep]) -> Iterator[RowStep]:
        """The same steps; whoever takes one knows that it was counted."""
        for some in batches(steps, WRITTEN_AT_ONCE):
            self.lapsing.look_at(some)
            for step in some:
                self.count(step)
            yield from some

    def count(self, step: RowStep) -> None:
        # A row that comes has something to show. There may be millions of them.
        is_shown = self.cells_shown < MOST_CELLS_SHOWN
        cells = len(step.shown()) if is_shown or step.before is not None else 1
        if not cells:
            return
        self.rows[ADDED if step.before is None else step.kind] += 1
        self.cells += cells if step.kind == CHANGED else 0
        if is_shown:
            self.shown.append(step)
            self.cells_shown += cells

    def lines(self) -> list[str]:
        """The table as text, and the totals. Names what it speaks of by the directory as it is now."""
        words = StepWords(self.shown)
        table = [HEADINGS, *(cells for step in self.shown for cells in table_rows(step, words))]
        widths = [max(len(cells[place]) for cells in table) for place in range(len(HEADINGS))]
        lines = [
            "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()
            for cells in table
        ]
        further = sum(self.rows.values()) - len(self.shown)
        return [*lines, *([f"and {further:,} more rows"] if further else []), self.totals()]

    def totals(self) -> str:
        counts = {kind: f"{self.rows[kind]:,} {STEP_KINDS[kind]}" for kind in STEP_KINDS}
        return f"Rows: {', '.join(counts.values())}. Cells changed in rows that stay: {self.cells:,}."


def table_rows(step: RowStep, words: StepWords) -> Iterator[tuple[str, ...]]:
    """The cells of a step as lines of the table."""
    record = words.record(*min(step.records))
    what = f"{words.row(step)}, {STEP_KINDS[step.kind]}"
    for cell in words.cells(step):
        yield tuple(in_short(text) for text in (record, what, cell.title, cell.before, cell.after))


def in_short(text: str) -> str:
    """A text as it can stand in a line."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_CELL_SHOWN else f"{text[: LONGEST_CELL_SHOWN - 1]}…"
