"""What revisions did to rows as the table of cells, with the way back for each cell, or why there is none."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.admin.cells import CellPart, CellRow, CellTable, CellText, Link, with_changes_marked
from partners.changes.history import RowStep, filled
from partners.changes.words import STEP_KINDS, CellLine, StepWords
from partners.models import Revision

BEFORE_AND_AFTER = ((gettext_lazy("Before"), ""), (gettext_lazy("After"), ""))
NOW_AND_THEN = ((gettext_lazy("Now"), ""), (gettext_lazy("Goes back to"), ""))
WAY_BACK = (gettext_lazy("Undo"), "c-a")
# What stands in a third column, of a row and of the name of one of its columns, "" for the row as a whole.
type_of_third = Callable[[RowStep, str], CellPart]


def table_of_steps(
    label: str,
    steps: Iterable[RowStep],
    words: StepWords,
    third: type_of_third | None = None,
    only: Callable[[RowStep], set[str] | None] = lambda step: None,
) -> CellTable:
    """Steps that people know, each cell before and after; rows that came or went in one line each. `only` gives the names
    of the columns of a step that are wanted, None for all."""
    headings = (*BEFORE_AND_AFTER, WAY_BACK) if third else BEFORE_AND_AFTER
    rows = [row for step in steps for row in rows_of_step(step, words, headings, third, only(step))]
    return CellTable(label, headings, rows)


def tables_of_way_back(taken_back: Iterable[tuple[RowStep, list]], words: StepWords) -> list[CellTable]:
    """The same the other way round, for each record: what stands there now, and what is to stand there again."""
    tables: dict[tuple[str, int], CellTable] = {}
    for step, columns in taken_back:
        record = min(step.records)
        table = tables.setdefault(record, CellTable(words.record(*record), NOW_AND_THEN, []))
        back = RowStep(step.model, step.key, step.records, step.after, step.before)
        table.rows.extend(rows_of_step(back, words, NOW_AND_THEN, None, {each.name for each in columns}))
    return list(tables.values())


def rows_of_step(
    step: RowStep, words: StepWords, headings, third: type_of_third | None, only: set[str] | None = None
) -> Iterator[CellRow]:
    cells = [each for each in words.cells(step) if only is None or each.name in only]
    title = words.row(step)
    if step.before is None or step.after is None:
        parts = [
            CellPart(heading, CellText(lines=lines))
            for (heading, _width), lines in zip(headings, lines_of_whole(step, cells), strict=False)
        ]
        yield CellRow(f"{title}: {STEP_KINDS[step.kind]}", [*parts, *([third(step, "")] if third else [])])
        return
    for cell in cells:
        texts = with_changes_marked(cell.before, cell.after)
        parts = [
            CellPart(heading, CellText(text))
            for (heading, _width), text in zip(headings, texts, strict=False)
        ]
        name = cell.title if step.is_of_record else f"{title}: {cell.title}"
        yield CellRow(name, [*parts, *([third(step, cell.name)] if third else [])])


def lines_of_whole(step: RowStep, cells: list[CellLine]) -> tuple[list, list]:
    """A row that came or went, value by value."""
    before = [(cell.title, [("del", cell.before)]) for cell in cells if cell.before]
    after = [(cell.title, [("ins", cell.after)]) for cell in cells if cell.after]
    return (before if step.before else []), (after if step.after else [])


# The way back ---------------------------------------------------------------------------------------------------------


@dataclass
class WaysBack:
    """The way back for each cell of revisions, asked from the newest one on; `now` are their cells as they are.

    A cell that somebody has changed since does not go back: it says so, and in which revision, where that was asked too.
    """

    may_take_back: bool
    now: dict[tuple, dict[str, Any]]
    since: dict[tuple, Revision] = field(default_factory=dict)

    def of(self, revision: Revision, steps: Iterable[RowStep]) -> type_of_third:
        """What to show in the third column of a revision."""
        known = dict(self.since)
        for step in steps:
            # Whatever changes in a row holds it back as a whole.
            for name in ["", *(each.name for each in step.changed)]:
                self.since[step.model, step.key, name] = revision

        def way_back(step: RowStep, name: str) -> CellPart:
            if not is_as_written(step, name, self.now.get((step.model, step.key))):
                return CellPart(WAY_BACK[0], words=why_not(revision, known.get((step.model, step.key, name))))
            if not self.may_take_back or not revision.rows_kept:
                return CellPart(WAY_BACK[0])
            column = step.model._meta.get_field(name).verbose_name if name else step.model._meta.verbose_name
            what = _("%(cell)s of revision %(number)d") % {"cell": column, "number": revision.number}
            return CellPart(WAY_BACK[0], link=Link(undo_address(revision, step, name), _("Undo"), what))

        return way_back


def is_as_written(step: RowStep, name: str, now: dict[str, Any] | None) -> bool:
    """Whether what a step wrote into a cell, or into a whole row where there is no name, is what stands there."""
    if step.after is None:
        return now is None
    columns = [step.model._meta.get_field(name)] if name else step.changed
    return now is not None and all(
        filled(now[each.attname]) == filled(step.after[each.attname]) for each in columns
    )


def why_not(revision: Revision, later: Revision | None) -> str:
    if later is None:
        return _("Changed since.")
    is_undone = later.undoes == revision.number
    text = _("Undone in revision %d.") if is_undone else _("Changed since in revision %d.")
    return text % later.number


def undo_address(revision: Revision, step: RowStep, name: str) -> str:
    """The page that takes back one cell of a revision, or one row of it."""
    asked = {"table": step.model._meta.model_name, "row": step.key} | ({"column": name} if name else {})
    return f"{reverse('admin:partners_revision_undo', args=[revision.number])}?{urlencode(asked)}"
