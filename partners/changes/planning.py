"""Plans: what a spreadsheet, a package or whoever asks wants to write, worked out before anything is.

A plan is made from the directory as it is, shown as a table of cells, kept as JSON if need be, and written later: exactly
what was shown. What others changed meanwhile is told, and never overwritten unseen. Who may not publish has it proposed.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from partners.changes.concerned import is_concerned
from partners.changes.history import RowStep, model_today, named_by_record, type_of_values
from partners.changes.images import kept_value, read_image, row_of
from partners.changes.proposing import WHOLE_ROW, column_named, keep_proposal
from partners.changes.releases import image_today, name_today, schema_today
from partners.changes.revising import revising
from partners.changes.rules import BrokenRule, broken_rules
from partners.changes.standing import CellStanding, Present, standing_of_place
from partners.changes.words import StepWords, kind_of_row, title_for
from partners.changes.writing import (
    RowEdit,
    check_references,
    ready_edits,
    refusal_of,
    type_of_refused,
    write_edits,
)
from partners.curation_vocabularies import Via
from partners.engines.keys import fresh_keys
from partners.models import DataVersion, Proposal, Publishable
from partners.models.belonging import model_named, owners

# The table, row and column of a cell.
type_of_place = tuple[str, int, str]


# Steps as rows to write -----------------------------------------------------------------------------------------------


def numbers_of_coming(steps: Iterable[RowStep]) -> dict[tuple, int]:
    """Numbers for the rows of steps that are to come, by model and the negative number that stands for each."""
    new: dict[type[models.Model], list[int]] = {}
    for step in steps:
        if step.before is None:
            new.setdefault(step.model, []).append(step.key)
    return {
        (model, row): number
        for model, rows in new.items()
        for row, number in zip(rows, fresh_keys(model, len(rows)), strict=True)
    }


def edit_of(step: RowStep) -> RowEdit:
    """What is to be written for a step."""
    if step.before is not None or step.after is None:
        return RowEdit(step.model, step.key, step.after)
    key = step.model._meta.pk.attname
    values = step.after if step.after.get(key) == step.key else step.after | {key: step.key}
    return RowEdit(step.model, step.key, values, is_new=True)


@dataclass
class RowsToWrite:
    """Rows to write for steps. `keys` are the numbers of rows that come with them, by model and negative number."""

    keys: dict[tuple[type[models.Model], int], int]
    # When what is written was worked out: stamps that were set then are those of now.
    began: datetime.datetime | None = None
    edits: list[RowEdit] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    records: set[tuple[str, int]] = field(default_factory=set)
    # What changes of records: columns and relations; of a record that is to come all counts.
    columns: dict[tuple[str, int], set[str]] = field(default_factory=dict)

    def number(self, model: type[models.Model], key: int) -> int:
        """The number of a row, also of one that comes with these."""
        return self.keys.get((model, key), key)

    def add(self, step: RowStep) -> None:
        records = {(name, self.number(model_named(name), key)) for name, key in step.records}
        self.records |= records
        self.note_columns(step, records)
        if step.after is None:
            self.edits.append(edit_of(step))
            return
        values = {name: self.value(step.model, name, value) for name, value in step.after.items()}
        values |= {name: timezone.now() for name, value in values.items() if self.is_own_stamp(value)}
        number = self.number(step.model, step.key)
        self.edits.append(edit_of(replace(step, key=number, after=values)))

    def is_own_stamp(self, value: Any) -> bool:
        return self.began is not None and isinstance(value, datetime.datetime) and value >= self.began

    def note_columns(self, step: RowStep, records: Iterable[tuple[str, int]]) -> None:
        """Which columns of records change, and which of their relations get or lose rows."""
        for record in records:
            self.columns.setdefault(record, set()).update(named_by_record(step, step.changed))

    def value(self, model: type[models.Model], name: str, value: Any) -> Any:
        """A value with the number that a row of these steps has got."""
        column = model._meta.get_field(name)
        if not column.is_relation or value is None or value > 0:
            return value
        if (column.related_model, value) not in self.keys:
            self.problems.append(
                _("“%s” names a row that comes with this proposal: accept that as well.")
                % column.verbose_name
            )
        return self.number(column.related_model, value)

    def all_edits(self) -> list[RowEdit]:
        """What is to be written: also that a record is saved of which only the sectors change, or the like."""
        edited = {(edit.model, edit.key) for edit in self.edits}
        lists = {
            owner
            for edit in self.edits
            if edit.model._meta.auto_created
            for owner in owners(edit.model).values()
            if issubclass(owner, Publishable)
        }
        touched = {(model_named(name), key) for name, key in self.records} - edited
        return self.edits + [RowEdit(model, key, {}) for model, key in touched if model in lists]

    def broken_rules(self) -> Iterable[BrokenRule]:
        """What the records of these rows do not obey, once they are written."""
        came = {(model._meta.model_name, number) for (model, _row), number in self.keys.items()}
        columns = {record: self.columns.get(record, set()) for record in self.records - came}
        return broken_rules(sorted(self.records), columns)


# Plans ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CellConflict:
    """A cell of a plan, or a whole row where `column` is "", that others have changed since. `digest` stands for what
    is there now: whoever has seen it may overwrite it."""

    step: RowStep
    column: str
    standing: CellStanding
    now: type_of_values
    digest: str

    @property
    def place(self) -> type_of_place:
        return self.step.model._meta.model_name, self.step.key, self.column

    def may_be_overwritten(self, seen: Mapping[type_of_place, str]) -> bool:
        return self.standing is CellStanding.CHANGED and seen.get(self.place) == self.digest

    def told(self, words: StepWords) -> str:
        """Mine, theirs and what was there before, in a line."""
        record = words.record(*min(self.step.records))
        column = column_named(self.step.model, self.column)
        what = f"{record}, {capfirst(str(column.verbose_name)) if column else kind_of_row(self.step)}"
        if self.standing is CellStanding.TAKEN:
            return _("%s: there is such a record by now.") % what
        if self.standing is CellStanding.GONE or self.now is None:
            return _("%s: it is not there any more.") % what
        if column is None:
            return _("%s: it was changed since, and would go.") % what
        before, now, after = (
            words.value(column, (values or {}).get(column.attname)) or _("nothing")
            for values in (self.step.before, self.now, self.step.after)
        )
        told = _("%(what)s: it was %(before)s, is now %(now)s, and would become %(after)s.")
        return told % {"what": what, "before": before, "now": now, "after": after}


class PlanConflicts(ValidationError):
    """Others have changed what a plan would change. `conflicts` are the cells, and its messages tell them."""

    def __init__(self, conflicts: list[CellConflict]):
        as_now = (
            RowStep(each.step.model, each.step.key, each.step.records, each.step.before, each.now)
            for each in conflicts
            if each.now is not None
        )
        words = StepWords([*(each.step for each in conflicts), *as_now])
        super().__init__([each.told(words) for each in conflicts])
        self.conflicts = conflicts


class ChangedMeanwhile(Exception):
    """The directory is not what it was when a plan was checked."""


@dataclass(frozen=True)
class Applied:
    """What applying a plan came to: the revision that has it, None where there was nothing to write, and the numbers of
    the rows that came with it."""

    revision: int | None
    keys: dict[tuple[type[models.Model], int], int]


@dataclass
class ChangePlan:
    """Steps that are to be written, made from the directory as it was at revision `base`.

    A row that is to come has a negative number, which stands for it in other rows. A changed row has the values that
    change, before and after.
    """

    via: Via
    base: int
    steps: list[RowStep] = field(default_factory=list)
    # When it was begun: a stamp that it sets, of a first publication, is that of the moment when it is written.
    at: datetime.datetime = field(default_factory=timezone.now)

    def without(self, places: Collection[type_of_place]) -> "ChangePlan":
        """The same plan without some cells, or whole rows: they stay as they are."""
        left: dict[tuple[str, int], set[str]] = {}
        for table, row, column in places:
            left.setdefault((table, row), set()).add(column)
        kept = []
        for step in self.steps:
            columns = left.get((step.model._meta.model_name, step.key), set())
            if WHOLE_ROW not in columns:
                kept.append(step_without(step, columns) if columns else step)
        return ChangePlan(self.via, self.base, kept, self.at)

    def conflicts(self) -> list[CellConflict]:
        """The cells that others have changed since, in the order of the plan. Costs two queries for each kind of row."""
        present = Present.of(self.steps)
        return [each for step in self.steps for each in conflicts_of(step, present)]

    def write(
        self, seen: Mapping[type_of_place, str] | None = None, refused: type_of_refused | None = None
    ) -> RowsToWrite:
        """Write the steps in the transaction of the caller, who asks for the broken rules of what is returned.

        A cell that others have changed is overwritten only where `seen` has the digest of what is there now; raises
        PlanConflicts otherwise. What is there already is not written again.
        """
        writing = self.rows_to_write(seen)
        write_edits(writing.all_edits(), refused)
        return writing

    def rows_to_write(self, seen: Mapping[type_of_place, str] | None = None) -> RowsToWrite:
        """What is to be written as the directory stands now, with numbers for what comes. Raises as `write` does."""
        present = Present.of(self.steps)
        conflicts = (each for step in self.steps for each in conflicts_of(step, present))
        if unseen := [each for each in conflicts if not each.may_be_overwritten(seen or {})]:
            raise PlanConflicts(unseen)
        left = [step for step in self.steps if not is_done(step, present)]
        writing = RowsToWrite(numbers_of_coming(left), self.at)
        for step in left:
            writing.add(step)
        if writing.problems:
            raise ValidationError(writing.problems)
        return writing

    def write_checked(self, checked_at: int, *, user=None, why: str = "", finish=None) -> Applied:
        """Write a plan whose rules somebody has looked at when the directory had the data version `checked_at`. What takes
        long is worked out before others have to wait. `finish` is called with what it came to, in the same transaction.

        Raises ChangedMeanwhile, and writes nothing, where somebody has since changed what the plan is about, or added what
        is called as something that it adds.
        """
        version, writing = DataVersion.current(), self.rows_to_write()
        edits = writing.all_edits()
        ready = ready_edits(edits)
        try:
            with transaction.atomic():
                with revising(self.via, user=user, why=why) as announced:
                    DataVersion.hold()
                    now = DataVersion.current()
                    if now != checked_at and is_concerned(self.steps, self.base):
                        raise ChangedMeanwhile
                    if now != version:
                        # Numbers may be taken by now.
                        writing = self.rows_to_write()
                        edits = writing.all_edits()
                        ready = ready_edits(edits)
                    for write in ready:
                        write()
                    check_references(edits)
                applied = Applied(announced.revision, writing.keys)
                if finish:
                    finish(applied)
        except IntegrityError as error:
            raise refusal_of(error) from error
        return applied

    def apply(self, *, user=None, why: str = "", seen: Mapping[type_of_place, str] | None = None) -> Applied:
        """Write the plan, all of it as one revision or nothing: raises PlanConflicts where others have changed what
        nobody has `seen`, ValidationError where a rule would be broken."""
        try:
            with revising(self.via, user=user, why=why) as announced:
                DataVersion.hold()
                writing = self.write(seen)
                check_references(writing.edits)
                if broken := list(writing.broken_rules()):
                    raise ValidationError([str(each) for each in broken])
        except IntegrityError as error:
            raise refusal_of(error) from error
        return Applied(announced.revision, writing.keys)

    def propose(self, *, user, why: str = "", title: str = "") -> Proposal:
        """Keep the plan as an open proposal of somebody who may not publish it."""
        return keep_proposal(self.steps, self.base, user=user, title=title or title_for(self.steps), why=why)

    # Kept as JSON -----------------------------------------------------------------------------------------------------

    def as_json(self) -> dict[str, Any]:
        """What JSON can hold, and `from_json` reads, in a later release too."""
        return {
            "via": str(self.via),
            "base": self.base,
            "at": self.at.isoformat(),
            "schema": schema_today(),
            "steps": [kept_step(step) for step in self.steps],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "ChangePlan":
        """A plan that was kept. What this release does not know any more is left out."""
        schema = kept["schema"]
        known = (each for each in kept["steps"] if model_today(each["table"], schema))
        steps = [step_of_kept(each, schema) for each in known]
        return cls(Via(kept["via"]), kept["base"], steps, datetime.datetime.fromisoformat(kept["at"]))


def step_without(step: RowStep, left: set[str]) -> RowStep:
    """A changed row without some of its columns."""
    before, after = (
        {name: value for name, value in values.items() if step.model._meta.get_field(name).column not in left}
        for values in (step.before, step.after)
    )
    return RowStep(step.model, step.key, step.records, before, after)


def cells_of_step(step: RowStep) -> list[str]:
    """The columns that a step would change; "" where it is a whole row."""
    is_whole = step.before is None or step.after is None
    return [WHOLE_ROW] if is_whole else [each.column for each in step.changed]


def conflicts_of(step: RowStep, present: Present) -> Iterable[CellConflict]:
    for name in cells_of_step(step):
        standing = standing_of_place(name, step, present)
        if standing not in (CellStanding.FITS, CellStanding.DONE):
            now = present.row(step)
            yield CellConflict(step, name, standing, now and row_of(now), present.digest(name, step))


def is_done(step: RowStep, present: Present) -> bool:
    """Whether all that a step would write is there."""
    return all(standing_of_place(name, step, present) is CellStanding.DONE for name in cells_of_step(step))


def kept_step(step: RowStep) -> dict[str, Any]:
    columns = {each.attname: each.column for each in step.model._meta.concrete_fields}
    before, after = (
        values and {columns[name]: kept_value(value) for name, value in values.items()}
        for values in (step.before, step.after)
    )
    return {
        "table": step.model._meta.model_name,
        "row": step.key,
        "records": sorted(map(list, step.records)),
        "before": before,
        "after": after,
    }


def step_of_kept(kept: Mapping[str, Any], schema: str) -> RowStep:
    model = model_today(kept["table"], schema)
    before, after = (
        None if image is None else read_image(model, image_today(kept["table"], schema, image))
        for image in (kept["before"], kept["after"])
    )
    records = frozenset((name_today(name, schema), key) for name, key in kept["records"])
    return RowStep(model, kept["row"], records, before, after)
