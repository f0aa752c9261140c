"""Checks a table that is brought in, all of it: what each row would change, and everything that is wrong at once."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import count
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.changes.lapsing import Lapsing
from partners.changes.planning import ChangePlan
from partners.curation_vocabularies import LineState, Via
from partners.engines.batches import batches
from partners.exchange.importing.citations import CitationRows
from partners.exchange.importing.files import UploadedTable, read_upload
from partners.exchange.importing.kinds import ImportKind
from partners.exchange.importing.lines import ERROR_LEVEL, SUGGESTION_LEVEL, WARNING_LEVEL, CheckedLine
from partners.exchange.importing.one_source import OneSource
from partners.exchange.importing.records import RecordRows
from partners.exchange.package.reading import nearest_name
from partners.exchange.spreadsheet import FileError
from partners.exchange.spreadsheet.cells import FileCell
from partners.exchange.spreadsheet.damage import is_word_for_nothing
from partners.exchange.spreadsheet.header import Layout
from partners.exchange.spreadsheet.planning import APPLYING_BATCH
from partners.models import Change, DataVersion, Revision
from partners.models.base import Citable

# Called with the name of a step, how much of it is done, and how much there is; 0 where nobody knows yet.
type_of_steps_told = Callable[[str, int, int], None]
READING_STEP, CHECKING_STEP, KEEPING_STEP = "reading", "checking", "keeping"
# What becomes of nothing, or waits for a decision.
NOT_WRITTEN = (LineState.REFUSED, LineState.ALIKE, LineState.SKIPPED)


@dataclass
class CheckedTable:
    """What a table comes to. `version` is the state of the directory that it was compared with."""

    kind: ImportKind
    plan: ChangePlan
    version: int
    lines: list[CheckedLine] = field(default_factory=list)
    reading: dict[str, Any] = field(default_factory=dict)

    def digest(self) -> str:
        """Another one where something else would be shown or written."""
        steps = [self.plan.as_json()["steps"], [(each.key, each.state) for each in self.lines]]
        text = json.dumps(steps, sort_keys=True, cls=DjangoJSONEncoder)
        return blake2b(text.encode(), digest_size=18).hexdigest()

    def totals(self) -> dict[str, int]:
        """Rows by what becomes of them, cells, and what was found."""
        cells = [cell for line in self.lines for cell in line.shown]
        levels = Counter(cell.level for cell in cells)
        states = Counter(str(line.state) for line in self.lines)
        told = {"all": len(self.lines), "cells": len(cells), "errors": levels[ERROR_LEVEL]}
        told |= {"warnings": levels[WARNING_LEVEL], "suggestions": levels[SUGGESTION_LEVEL]}
        written = [line for line in self.lines if line.steps]
        gone = sum(
            step.after is None and not step.model._meta.auto_created
            for line in written
            for step in line.steps
        )
        shown = sum(not cell.is_conflict or cell.is_taken for line in written for cell in line.shown)
        return (
            {str(state): states[state] for state in LineState}
            | told
            | {
                "rows_written": len(written),
                "cells_written": shown,
                "taken_off": gone,
            }
        )


def check_table(
    kind: ImportKind, name: str, content: bytes, options: dict[str, Any], tell: type_of_steps_told
) -> CheckedTable:
    """Read and check a table; nothing is written. Raises FileError where it cannot be read."""
    checked = CheckedTable(kind, ChangePlan(Via.FILE, Revision.newest()), DataVersion.current())
    table = read_upload(
        name, content, lambda text: bool(kind.column_called(text)), lambda rows: tell(READING_STEP, rows, 0)
    )
    layout, checked.reading = layout_of(kind, table, options)
    numbers = count(-1, -1)
    source = one_source(kind, options, numbers)
    checked.lines = lines_to_check(kind, table, layout)
    rows = (
        RecordRows(kind, layout, options, numbers)
        if kind.has_versions
        else CitationRows(kind, layout, options, numbers)
    )
    if source and not issubclass(kind.model, Citable):
        give_source(rows, checked.lines, source)
    rows.identify(checked.lines)
    done = 0
    for some in batches(checked.lines, APPLYING_BATCH):
        rows.compare(some)
        done += len(some)
        tell(CHECKING_STEP, done, len(checked.lines))
    rows.twins()
    name_who_changed(kind, checked.lines)
    refuse_words_for_nothing(checked.lines)
    refuse_what_leads_nowhere(checked.lines)
    if source and issubclass(kind.model, Citable):
        source.cite(kind, checked.lines)
    plan_written(checked, source)
    warn_of_lapsing(checked)
    return checked


def one_source(kind: ImportKind, options: dict[str, Any], numbers) -> OneSource | None:
    given = options.get("source")
    if not given or kind.name == "sources":
        return None
    return OneSource(given, numbers, timezone.localdate())


def give_source(rows: CitationRows, lines: list[CheckedLine], source: OneSource) -> None:
    """Rows of citations that name no source are of the one that was given for all."""
    rows.lookups["sources"].add(source.key, "", source.number)
    for line in lines:
        if not line.text("source"):
            line.cells["source"] = FileCell(source.key)


# The file -------------------------------------------------------------------------------------------------------------


def layout_of(
    kind: ImportKind, table: UploadedTable, options: dict[str, Any]
) -> tuple[Layout, dict[str, Any]]:
    """Where the columns stand that are read, and what to tell of how the file was read."""
    chosen = options.get("columns", {})
    header, unused, derived = [], [], []
    for place, text in enumerate(table.header):
        name = chosen[text] if text in chosen else kind.column_called(text)
        if name and name in header:
            raise FileError(
                _("line %(line)d: the column %(name)s stands here twice. Allowed: once.")
                % {"line": table.header_line, "name": name}
            )
        header.append(name)
        if text and not name:
            (derived if text in kind.derived else unused).append(text)
        if not text and any(place < len(cells) and cells[place].text for _line, cells in table.rows):
            unused.append(_("column %d, which has no name") % (place + 1))
    check_header_names(kind, table, header, options)
    lacking = [each.name for each in kind.columns if each.name not in header]
    near = {text: name for text in unused if (name := nearest_name(text, lacking))}
    return Layout(table.title, header), {
        "facts": [str(each) for each in table.facts],
        "warnings": table.warnings,
        "rows": len(table.rows),
        "columns": [[text, name] for text, name in zip(table.header, header, strict=True) if text],
        "unused": [[text, near.get(text, "")] for text in unused],
        "derived": derived,
    }


def check_header_names(
    kind: ImportKind, table: UploadedTable, header: list[str], options: dict[str, Any]
) -> None:
    """Raise FileError where nobody could tell which record a row is about."""
    if kind.has_versions:
        needed = [kind.key, kind.heading]
        is_known = any(name in header for name in needed)
    else:
        needed = ["source", "organization", "agreement"]
        is_known = ("source" in header or bool(options.get("source"))) and len(
            {*header} & {*needed[1:], *kind.table.key[1:]}
        ) > 0
    if is_known:
        return
    told = _(
        "line %(line)d: the header has none of the columns by which a row is known. It says: %(header)s. Allowed: "
        "%(needed)s among the columns; the template has all of them."
    )
    shown = ", ".join(filter(None, table.header))[:200]
    raise FileError(told % {"line": table.header_line, "header": shown, "needed": ", ".join(needed)})


def lines_to_check(kind: ImportKind, table: UploadedTable, layout: Layout) -> list[CheckedLine]:
    found, nothing = [], FileCell("")
    for number, cells in table.rows:
        named = {
            name: cells[place] if place < len(cells) else nothing for name, place in layout.places.items()
        }
        line = CheckedLine(number, named, bool(table.title))
        if further := [cell for cell in cells[len(layout.header) :] if cell.text.strip()]:
            told = _("stands in a column without a name. Allowed: as many cells as the header has.")
            line.refuse("", told, after=further[0].text)
        found.append(line)
    return found


# All rows together ----------------------------------------------------------------------------------------------------


def name_who_changed(kind: ImportKind, lines: list[CheckedLine]) -> None:
    """Say at conflicts who changed the record last, and when."""
    waiting = {line.number: line for line in lines if line.state == LineState.CONFLICT}
    own = Change.objects.filter(model=kind.model._meta.model_name).order_by()
    last: dict[int, int] = {}
    for some in batches(sorted(waiting), APPLYING_BATCH):
        last |= dict(own.filter(record__in=some).values_list("record").annotate(last=Max("revision_id")))
    revisions = Revision.objects.in_bulk(list(set(last.values())))
    for number, line in waiting.items():
        if not (found := revisions.get(last.get(number))):
            continue
        who = found.name_of_who or _("Somebody")
        words = {"who": who, "day": found.at.date().isoformat()}
        told = _(
            "%(who)s changed this record on %(day)s, after your file was made: yours is taken only if you say so."
        )
        for cell in line.shown:
            if cell.is_conflict:
                stood = _("It was “%s” when your file was made.") % (cell.stood or _("empty"))
                cell.text = told % words + (f" {stood}" if cell.stood is not None else "")


def refuse_words_for_nothing(lines: list[CheckedLine]) -> None:
    """Where several empty cells of a column got the same word for nothing, a program has written it, not a person."""
    cells = [
        (line, cell) for line in lines for cell in line.shown if is_word_for_nothing(cell.before, cell.after)
    ]
    found = Counter((cell.column, cell.after) for _line, cell in cells)
    for line, cell in cells:
        if found[cell.column, cell.after] > 1 and cell.level != ERROR_LEVEL:
            told = _(
                "stands in %d cells that were empty, as programs write it for nothing. Leave them empty."
            )
            cell.level, cell.text = ERROR_LEVEL, told % found[cell.column, cell.after]
            line.state, line.steps = LineState.REFUSED, []


def refuse_what_leads_nowhere(lines: list[CheckedLine]) -> None:
    """Refuse lines that name rows of the file which are not written, and those that name these."""
    gone = {line.slug for line in lines if line.is_new and line.state in NOT_WRITTEN}
    waiting = [line for line in lines if line.names_of_file and line.state not in NOT_WRITTEN]
    while found := [line for line in waiting if line.names_of_file & gone]:
        for line in found:
            named = ", ".join(sorted(line.names_of_file & gone))
            line.refuse(
                "", _("names %s, which another row of this file brings, and that row is not written.") % named
            )
            line.steps = []
            waiting.remove(line)
        gone |= {line.slug for line in found if line.is_new}


def plan_written(checked: CheckedTable, source: OneSource | None) -> None:
    """The steps of all lines that are written; records first, as others lead to them."""
    steps = [step for line in checked.lines if line.state not in NOT_WRITTEN for step in line.steps]
    if source and steps and (step := source.step()):
        steps.insert(0, step)
    checked.plan.steps = steps


def warn_of_lapsing(checked: CheckedTable) -> None:
    """Say at each cell whose value is cited that its sources will stand for an earlier value."""
    lapsing = Lapsing()
    lapsing.look_at(checked.plan.steps)
    lines = {line.slug: line for line in checked.lines}
    for slug, name, source in lapsing.citations():
        for cell in lines[slug].shown if slug in lines else ():
            if cell.column == name and not cell.level:
                told = _("cited value: its source %s goes to “earlier value”")
                cell.level, cell.text = WARNING_LEVEL, told % source
