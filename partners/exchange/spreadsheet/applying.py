"""Carries out the plan of a file, all of it or nothing."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from partners.changes.planning import RowsToWrite
from partners.changes.revising import revising
from partners.changes.rules import BrokenRule
from partners.changes.writing import RowEdit
from partners.curation_vocabularies import Via
from partners.engines.batches import batches
from partners.exchange.package.layout import SHEET_OF
from partners.exchange.package.loading import stop_other_writers
from partners.exchange.package.problems import reason
from partners.exchange.spreadsheet.planning import APPLYING_BATCH, Plan
from partners.exchange.spreadsheet.problems import FileError, FileProblems
from partners.models.belonging import owners
from partners.tables.columns import read_records
from partners.tables.recurring import ROW_VERSION


def apply(plan: Plan, dry_run: bool = False, why: str = "", user=None) -> int | None:
    """Make the changes of a plan, and give the number of their revision; a `dry_run` makes them and takes them back.
    `why` stands in the journal.

    Raises FileError, and changes nothing, where the plan has conflicts or problems, where a row was changed since the
    plan was made, and where a record would not be valid.
    """
    if not plan.can_be_applied:
        raise FileError("This plan has conflicts or problems, so nothing was changed.")
    if not plan.changes:
        return None
    problems = FileProblems()
    with revising(Via.FILE, user=user, why=why) as announced:
        stop_other_writers()
        check_versions(plan, problems)
        problems.raise_any()
        writing = write_planned(plan, problems)
        problems.raise_any()
        connection.check_constraints()
        numbers = {number: key for (model, key), number in writing.keys.items() if model is plan.table.model}
        for broken in writing.broken_rules():
            note_broken(plan, problems, broken, numbers.get(broken.record.pk, broken.record.pk))
        problems.raise_any()
        transaction.set_rollback(dry_run)
    return announced.revision


def write_planned(plan: Plan, problems: FileProblems) -> RowsToWrite:
    """Write the rows of a plan; what the database refuses is noted."""
    try:
        return plan.written.write(refused=partial(note_refused, plan, problems))
    except ValidationError as error:
        raise FileError("\n".join(["Nothing was changed.", *error.messages])) from error


def check_versions(plan: Plan, problems: FileProblems) -> None:
    """Note the rows that have changed since the plan was made."""
    key, rows = plan.table.key[0], plan.table.model._default_manager
    columns = [plan.table.column(name) for name in (key, ROW_VERSION)]
    lines = {change.key: change.line for change in plan.changes}
    for batch in batches(lines, APPLYING_BATCH):
        found = read_records(rows.filter(slug__in=batch), columns)
        versions = {row[key]: row[ROW_VERSION] for row in found}
        for slug in batch:
            if slug in plan.added and slug in versions:
                problems.add(lines[slug], key, slug, "was added by somebody else just now.")
            elif slug not in plan.added and versions.get(slug) != plan.versions[slug]:
                text = "was changed by somebody else just now. Look at the file again."
                problems.add(lines[slug], key, slug, text)


def note_refused(plan: Plan, problems: FileProblems, edit: RowEdit, error: DatabaseError) -> None:
    """A row that the database refuses, by the line of its record."""
    sheet, values = SHEET_OF[plan.table.name], edit.values or {}
    if edit.model is plan.table.model:
        record = plan.table.model._default_manager.filter(pk=edit.key).values_list("slug", flat=True)
        slug = values.get("slug") or record.get()
    else:
        key = next((values[column] for column in owners(edit.model) if column in values), None)
        slug = plan.table.model._default_manager.filter(pk=key).values_list("slug", flat=True).first()
    line = next((change.line for change in plan.changes if change.key == slug), 0)
    problems.add(line, "", slug, f"the database refuses it: {reason(sheet, error)}")


def note_broken(plan: Plan, problems: FileProblems, broken: BrokenRule, key: int) -> None:
    """A rule that a record does not obey, by its line and the column that it is about."""
    fields = SHEET_OF[plan.table.name].fields
    column = next((name for name, field in fields.items() if field.name == broken.column), "")
    said = str(broken) if broken.is_missing else broken.message
    problems.add(plan.lines[key], column, broken.record.slug if not column else None, said)
