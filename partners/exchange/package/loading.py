"""From a package to the directory, all or nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DatabaseError, connection, transaction

from partners.changes.planning import ChangePlan
from partners.changes.preview import Preview
from partners.changes.revising import revising
from partners.curation_vocabularies import Via
from partners.engines.snapshots import one_state
from partners.exchange.package.comparing import describe_plan, plan_rows
from partners.exchange.package.completing import complete, complete_cells
from partners.exchange.package.gaps import Gaps
from partners.exchange.package.layout import SHEETS, Sheet
from partners.exchange.package.problems import PackageError, PackageProblems, message_of
from partners.exchange.package.progress import silent, type_of_progress
from partners.exchange.package.reading import missing_tables, read_sheet
from partners.exchange.package.report import Report
from partners.exchange.package.rules import check_rules
from partners.exchange.package.staging import Staging
from partners.exchange.package.steps import SheetSteps
from partners.exchange.package.writing import SheetWriter, coming_numbers
from partners.models import LoadedRow, Revision
from partners.models.belonging import models_with_data


def load(
    folder: Path,
    *,
    dry_run: bool = False,
    overwrite: bool = False,
    why: str = "",
    progress: type_of_progress = silent,
) -> Report:
    """Load the package in `folder` and say what was done.

    Records that were edited in the directory since they were loaded are kept, unless `overwrite`. Tables and columns
    that the package lacks, as one of an earlier release does, stay as they are; the report names them. A `dry_run` does
    everything and takes it back; `why` stands in the journal. Raises PackageError, and saves nothing, when anything is wrong.
    """
    with package_read(folder, progress) as loading:
        report = loading.write(overwrite, dry_run, why)
        count_again(report)
        return report


def plan_package(folder: Path, *, overwrite: bool = False) -> tuple[ChangePlan, Report]:
    """What loading the package in `folder` would write, as a plan that can be shown, kept, proposed and applied later,
    and the report of it.

    The plan has the records and their rows; where old addresses lead, and what the directory remembers of what was
    loaded, `load` alone brings along. Memory grows with what differs. Raises PackageError when anything is wrong.
    """
    with package_read(folder, silent) as loading:
        return loading.plan(overwrite)


@contextmanager
def package_read(folder: Path, progress: type_of_progress) -> Iterator["Loading"]:
    """A package that was read and found sound. What goes wrong with it becomes a PackageError."""
    if folder.is_file():
        raise PackageError(
            f"{folder} is a file. Allowed: a folder that dump_dataset has written. The public package cannot be loaded: "
            "it leaves out drafts and notes, and has columns that follow from others."
        )
    if not folder.is_dir():
        raise PackageError(f"There is no folder {folder}.")
    try:
        with Staging() as staging:
            loading = Loading(folder, staging, progress)
            loading.read()
            yield loading
    except DatabaseError as error:
        raise PackageError(f"{folder} cannot be loaded: {message_of(error)}. Nothing was saved.") from error
    except sqlite3.Error as error:
        raise PackageError(
            f"{folder} cannot be compared: {message_of(error)}, in a temporary file."
        ) from error


class Loading:
    """A load under way: the package, what was found of it, and the tables in which it is compared."""

    def __init__(self, folder: Path, staging: Staging, progress: type_of_progress):
        self.folder = folder
        self.staging = staging
        self.progress = progress
        self.problems = PackageProblems()
        self.gaps = Gaps()

    def read(self) -> None:
        """Stage the files. Whether they are sound shows here, unless they lack something that the directory has."""
        self.gaps.tables += missing_tables(self.folder, self.problems)
        for sheet in SHEETS:
            rows = ()
            if sheet.name not in self.gaps.tables:
                rows = read_sheet(self.folder, sheet, self.problems, self.gaps, self.progress)
            self.staging.stage_file(sheet, rows)
        if not self.gaps:
            self.check()

    def check(self) -> None:
        """Raise PackageError with everything that is wrong."""
        check_rules(self.staging, self.gaps, self.problems)
        self.problems.raise_any(str(self.folder))

    def compare(self, overwrite: bool, report: Report) -> None:
        """Compare what is staged with the directory, and enter into the report what is planned."""
        for sheet in SHEETS:
            self.staging.stage_directory(sheet, uncounted(sheet, self.gaps), self.progress)
        if self.gaps:
            complete(self.staging, self.gaps)
            self.check()
        for sheet in SHEETS:
            complete_cells(self.staging, sheet)
        plan_rows(self.staging, self.gaps, overwrite)
        describe_plan(self.staging, self.gaps, report)

    def plan(self, overwrite: bool) -> tuple[ChangePlan, Report]:
        """What writing would come to, and nothing is written."""
        report, numbers = Report(dry_run=True), coming_numbers()
        with one_state():
            plan = ChangePlan(Via.PACKAGE, Revision.newest())
            self.compare(overwrite, report)
            for sheet in SHEETS:
                if sheet.model in models_with_data():
                    plan.steps += (
                        step for step in SheetSteps(self.staging, sheet, numbers).steps() if step.changed
                    )
        return plan, report

    def write(self, overwrite: bool, dry_run: bool, why: str) -> Report:
        """Compare what is staged with the directory and write the difference, as one revision."""
        report = Report(dry_run)
        with revising(Via.PACKAGE, why=why, keeps_rows=not directory_is_empty()):
            stop_other_writers()
            self.compare(overwrite, report)
            preview = Preview()
            SheetWriter(self.staging, self.problems, self.progress, preview.look_at).write()
            self.problems.raise_any(str(self.folder))
            report.lapsing = preview.lapsing.lines()
            report.preview = preview.lines() if dry_run else []
            # References are checked when a transaction ends, which a dry run never does.
            connection.check_constraints()
            transaction.set_rollback(dry_run)
        return report


def uncounted(sheet: Sheet, gaps: Gaps) -> list[str]:
    """The columns that a row may have got since it was loaded without being edited: those that the file lacks, and
    those that the directory fills in, of rows that were loaded before it did."""
    lacking = gaps.columns.get(sheet.name, [])
    return [column.name for column in sheet.columns if column.name in lacking or column.filled_in]


def directory_is_empty() -> bool:
    """Whether there is nothing in the directory yet: the first load is one revision without its rows."""
    return not any(model._base_manager.exists() for model in models_with_data())


def count_again(report: Report) -> None:
    """Tell the database how its tables have grown: it plans by the old counts until something makes it count again.

    Not within a transaction of the caller: on PostgreSQL such counts stay even when the rows are taken back.
    """
    wrote = report.total("created") or report.total("changed")
    if wrote and not report.dry_run and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def stop_other_writers() -> None:
    """Nobody may change a record between the look at it and the write. On SQLite, beginning to write says so already."""
    if connection.vendor != "postgresql":
        return
    models = [LoadedRow, *(sheet.model for sheet in SHEETS)]
    tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in models)
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
