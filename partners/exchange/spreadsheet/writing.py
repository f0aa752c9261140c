"""Carries out a plan, all of it or nothing."""

from collections.abc import Iterator
from itertools import groupby

from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, transaction

from partners.changes.revising import revising
from partners.engines.batches import batches
from partners.exchange.package.layout import SHEET_OF
from partners.exchange.package.loading import stop_other_writers
from partners.exchange.package.writing import converter_of, reason
from partners.exchange.spreadsheet.planning import APPLYING_BATCH, Plan, PlannedChange, keys_in
from partners.exchange.spreadsheet.problems import FileError, FileProblems
from partners.models import Citation, Publishable
from partners.models.base import Citable
from partners.tables.columns import Column, read_records
from partners.tables.recurring import ROW_VERSION
from partners.vocabularies import Via


def apply(plan: Plan, dry_run: bool = False, why: str = "") -> None:
    """Make the changes of a plan; a `dry_run` makes them and takes them back. `why` stands in the journal.

    Raises FileError, and changes nothing, where the plan has conflicts or problems, where a row was changed since the
    plan was made, and where a record would not be valid.
    """
    if not plan.can_be_applied:
        raise FileError("This plan has conflicts or problems, so nothing was changed.")
    if not plan.changes:
        return
    problems = FileProblems()
    with revising(Via.FILE, why=why):
        stop_other_writers()
        writing = PlanWriter(plan, problems)
        for batch in batches(by_record(plan.changes), APPLYING_BATCH):
            writing.check_versions(batch)
        problems.raise_any()
        plan.lapsing = list(lapsing_with(plan))
        release_unique(plan)
        for batch in batches(by_record(plan.changes), APPLYING_BATCH):
            writing.write(batch)
        problems.raise_any()
        transaction.set_rollback(dry_run)


def lapsing_with(plan: Plan) -> Iterator[str]:
    """The citations that support values which a plan changes, before it does."""
    model = plan.table.model
    if not issubclass(model, Citable):
        return
    target = model.citation_field()
    for batch in batches(by_record(plan.changes), APPLYING_BATCH):
        changed = {(change.key, change.column) for _key, own in batch for change in own}
        standing = Citation.objects.filter(
            supports_current=True, **{f"{target}__slug__in": [key for key, _own in batch]}
        )
        named = standing.exclude(field="").order_by(f"{target}__slug", "field", "source__slug")
        for key, name, source in named.values_list(f"{target}__slug", "field", "source__slug"):
            if (key, name) in changed:
                yield f"{key}, {name}: {source}"


def release_unique(plan: Plan) -> None:
    """Empty the unique values that will change, so that one may move from a record to another."""
    for name in SHEET_OF[plan.table.name].unique:
        keys = (change.key for change in plan.changes if change.column == name)
        for batch in batches(keys, APPLYING_BATCH):
            plan.table.model._default_manager.filter(slug__in=batch).update(**{name: ""})


def by_record(changes: list[PlannedChange]) -> Iterator[tuple[str, list[PlannedChange]]]:
    """The changes of each record, which stand together."""
    for key, own in groupby(changes, key=lambda change: change.key):
        yield key, list(own)


class PlanWriter:
    """Writes the changes of some records."""

    def __init__(self, plan: Plan, problems: FileProblems):
        self.plan, self.problems = plan, problems
        self.table = plan.table
        self.sheet = SHEET_OF[plan.table.name]

    def write(self, records: list[tuple[str, list[PlannedChange]]]) -> None:
        keys = [key for key, _changes in records]
        found = {record.slug: record for record in self.table.model._default_manager.filter(slug__in=keys)}
        linked = self.linked([change for _key, changes in records for change in changes])
        for key, changes in records:
            if key in found:
                self.write_record(found[key], changes, linked)
            elif key in self.plan.added:
                # It may refer to a record that the file has added just now.
                self.write_record(self.table.model(slug=key), changes, self.linked(changes))

    def check_versions(self, records: list[tuple[str, list[PlannedChange]]]) -> None:
        """Note the rows that have changed since the plan was made."""
        key = self.table.key[0]
        columns = [self.table.column(name) for name in (key, ROW_VERSION)]
        rows = self.table.model._default_manager.filter(slug__in=[slug for slug, _changes in records])
        versions = {row[key]: row[ROW_VERSION] for row in read_records(rows, columns)}
        for slug, changes in records:
            if slug in self.plan.added:
                if slug in versions:
                    self.problems.add(changes[0].line, key, slug, "was added by somebody else just now.")
            elif versions.get(slug) != self.plan.versions[slug]:
                text = "was changed by somebody else just now. Look at the file again."
                self.problems.add(changes[0].line, key, slug, text)

    def linked(self, changes: list[PlannedChange]) -> dict[str, dict[str, int]]:
        """For each column that names other records: the primary keys of those that the changes name."""
        found: dict[str, dict[str, int]] = {}
        for column in {change.column: self.table.column(change.column) for change in changes}.values():
            if column.references:
                named = {
                    item
                    for change in changes
                    if change.column == column.name
                    for item in keys_in(column, change.after)
                }
                model = SHEET_OF[column.references].model
                found[column.name] = dict(
                    model._default_manager.filter(slug__in=named).values_list("slug", "pk")
                )
        return found

    def write_record(self, record: models.Model, changes: list[PlannedChange], linked: dict) -> None:
        lists = {}
        for change in changes:
            column = self.table.column(change.column)
            if column.references:
                unknown = [item for item in keys_in(column, change.after) if item not in linked[column.name]]
                for item in unknown:
                    self.problems.add(change.line, column.name, item, f"is no record of {column.references}.")
                if unknown:
                    return
            if column.references and self.is_hidden(record, column, change):
                text = "stands at a record that is not public, which this file could not say. Change it in curation."
                self.problems.add(change.line, column.name, None, text)
                return
            if column.many:
                lists[column.name] = [linked[column.name][item] for item in keys_in(column, change.after)]
            else:
                setattr(
                    record, self.sheet.fields[column.name].attname, self.value(column, change.after, linked)
                )
        self.save(record, changes, lists)

    def is_hidden(self, record: models.Model, column: Column, change: PlannedChange) -> bool:
        """Whether a reference that looked empty is none: what it names is not public, and so stands in no file."""
        return (
            not column.many
            and not change.before
            and getattr(record, self.sheet.fields[column.name].attname) is not None
        )

    def value(self, column: Column, text: str, linked: dict):
        """What the field of a column holds for a text."""
        if column.references:
            return linked[column.name][text] if text else None
        return converter_of(self.sheet.fields[column.name])(text)

    def save(self, record: models.Model, changes: list[PlannedChange], lists: dict[str, list[int]]) -> None:
        """Save a record if its model accepts it. A public record must keep what publication needs."""
        line = changes[0].line
        if isinstance(record, Publishable) and record.is_published:
            missing = [name for name in record.needed_to_publish if not getattr(record, name)]
            for name in missing:
                self.problems.add(line, name, None, "is empty, and the record is public. Allowed: a value.")
            if missing:
                return
        # What did not change is valid, and the database keeps its own rules: asking it for each takes most of the time.
        changed = {self.sheet.fields[change.column].name for change in changes}
        others = {field.name for field in record._meta.fields} - changed if record.pk else set()
        try:
            record.full_clean(
                exclude=others, validate_unique=not record.pk, validate_constraints=not record.pk
            )
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                column = name if name in self.sheet.names else ""
                self.problems.add(line, column, record.slug if not column else None, " ".join(messages))
            return
        try:
            with transaction.atomic():
                record.save()
                for name, keys in lists.items():
                    getattr(record, name).set(keys)
        except DatabaseError as error:
            self.problems.add(line, "", record.slug, f"the database refuses it: {reason(self.sheet, error)}")
