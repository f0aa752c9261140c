"""From the directory to a package: the same records give the same bytes, on every engine."""

import csv
import os
import shutil
from pathlib import Path

from django.db import DatabaseError

from partners.engines.snapshots import one_state
from partners.exchange.package.descriptor import describes_our_tables, descriptor_text
from partners.exchange.package.layout import DESCRIPTOR_NAME, SHEETS, Sheet
from partners.exchange.package.problems import PackageError, message_of
from partners.exchange.package.progress import silent, type_of_progress
from partners.exchange.package.records import directory_rows


def dump(folder: Path, progress: type_of_progress = silent) -> dict[str, int]:
    """Write the directory to `folder`, and return the number of rows of each table.

    A package that stands there is replaced. Raises PackageError where something else does, or nothing can be written.
    """
    folder = folder.resolve()
    refuse_foreign(folder)
    beside = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    try:
        beside.mkdir()
        try:
            with one_state():
                counts = {sheet.name: write_sheet(beside, sheet, progress) for sheet in SHEETS}
            (beside / DESCRIPTOR_NAME).write_text(descriptor_text(), encoding="utf-8", newline="\n")
            put_in_place(beside, folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise PackageError(f"{folder} cannot be written: {error.strerror}.") from error
    except DatabaseError as error:
        raise PackageError(f"{folder} cannot be written: {message_of(error)}.") from error
    return counts


def refuse_foreign(folder: Path) -> None:
    """Raise PackageError unless `folder` is missing, empty, or a package of this directory."""
    if not folder.exists():
        if not folder.parent.is_dir():
            raise PackageError(f"{folder} cannot be made, because there is no folder {folder.parent}.")
        return
    if not folder.is_dir():
        raise PackageError(f"{folder} is a file; name a folder.")
    descriptor = folder / DESCRIPTOR_NAME
    try:
        ours = not any(folder.iterdir()) or describes_our_tables(descriptor.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        ours = False
    if not ours:
        raise PackageError(
            f"{folder} holds something else than a package of this directory; name an empty folder."
        )


def put_in_place(beside: Path, folder: Path) -> None:
    """Make the finished files those of `folder`, the descriptor last."""
    folder.mkdir(exist_ok=True)
    for name in [*(sheet.file_name for sheet in SHEETS), DESCRIPTOR_NAME]:
        os.replace(beside / name, folder / name)


def write_sheet(folder: Path, sheet: Sheet, progress: type_of_progress) -> int:
    total = sheet.model._default_manager.count()
    count = 0
    with (folder / sheet.file_name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(sheet.names)
        for _, cells in directory_rows(sheet):
            writer.writerow(cells)
            count += 1
            if count % 1000 == 0:
                progress(f"Writing {sheet.file_name}", count, total)
    return count
