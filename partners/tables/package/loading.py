"""From a package to the directory, all or nothing."""

import sqlite3
from contextlib import nullcontext
from pathlib import Path

from django.db import DatabaseError, connection, transaction

from partners.models import LoadedRow
from partners.models.changes import creating_records
from partners.tables.package.comparing import describe, plan
from partners.tables.package.layout import SHEETS
from partners.tables.package.problems import PackageError, Problems, told
from partners.tables.package.progress import silent, type_of_progress
from partners.tables.package.reading import read_sheet
from partners.tables.package.report import Report
from partners.tables.package.rules import check_rules
from partners.tables.package.staging import Staging
from partners.tables.package.writing import Writer


def load(
    folder: Path,
    *,
    dry_run: bool = False,
    overwrite: bool = False,
    progress: type_of_progress = silent,
) -> Report:
    """Load the package in `folder` and say what was done.

    Records that were edited in the directory since they were loaded are kept, unless `overwrite`. A `dry_run` does
    everything and takes it back. Raises PackageError, and saves nothing, when anything is wrong.
    """
    if folder.is_file():
        raise PackageError(
            f"{folder} is a file. Allowed: a folder that dump_dataset has written. The public package cannot be loaded: "
            "it leaves out drafts and notes, and has columns that follow from others."
        )
    if not folder.is_dir():
        raise PackageError(f"There is no folder {folder}.")
    problems = Problems()
    try:
        with Staging() as staging:
            for sheet in SHEETS:
                staging.stage_file(sheet, read_sheet(folder, sheet, problems, progress))
            check_rules(staging, problems)
            problems.raise_any(str(folder))
            report = write_staged(folder, staging, problems, overwrite, dry_run, progress)
            count_again(report)
            return report
    except DatabaseError as error:
        raise PackageError(f"{folder} cannot be loaded: {told(error)}. Nothing was saved.") from error
    except sqlite3.Error as error:
        raise PackageError(f"{folder} cannot be compared: {told(error)}, in a temporary file.") from error


def write_staged(
    folder: Path,
    staging: Staging,
    problems: Problems,
    overwrite: bool,
    dry_run: bool,
    progress: type_of_progress,
) -> Report:
    """Compare what is staged with the directory and write the difference, in one transaction."""
    report = Report(dry_run)
    with transaction.atomic():
        stop_other_writers()
        for sheet in SHEETS:
            staging.stage_directory(sheet, progress)
        plan(staging, overwrite)
        describe(staging, report)
        with creating_records() if report.total("created") else nullcontext():
            Writer(staging, problems, progress).write()
        problems.raise_any(str(folder))
        # References are checked when a transaction ends, which a dry run never does.
        connection.check_constraints()
        transaction.set_rollback(dry_run)
    return report


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
