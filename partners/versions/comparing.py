"""What changed between two packages of the public data.

Both are read once, side by side in the order of their keys, so that memory does not grow with them. Tables, keys and
columns are taken from the descriptors in the packages: an older release may have had others.
"""

import csv
import io
import json
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile

from partners.changes.cells import changed_cells
from partners.changes.differences import (
    ADDED,
    BETWEEN_KEYS,
    REMOVED,
    RowChange,
    kind_of,
    side_by_side,
    type_of_row,
)
from partners.formats.csv import next_row, restore_formula
from partners.versions.packing import DERIVED, DESCRIPTOR


class PackageTable:
    """A table of a package."""

    def __init__(self, package: ZipFile, resource: dict):
        self.package, self.resource = package, resource
        self.key = resource["schema"]["primaryKey"]

    @cached_property
    def columns(self) -> list[str]:
        """The columns that say something of their own: those that follow from others are left out."""
        return [field["name"] for field in self.resource["schema"]["fields"] if not field.get(DERIVED)]

    def rows(self, key: list[str], columns: list[str]) -> Iterator[type_of_row]:
        """The key and the cells of these columns of each row, as texts without what spreadsheets need.

        A part of the key that the table does not have yet is empty in all of its rows.
        """
        with self.package.open(self.resource["path"]) as raw:
            lines = csv.reader(io.TextIOWrapper(raw, "utf-8", newline=""), strict=True)
            names = next_row(lines, sys.maxsize, [])
            keys = [names.index(name) if name in names else len(names) for name in key]
            places = [names.index(name) for name in columns]
            # A list in a cell may be of any length.
            while cells := next_row(lines, sys.maxsize, []):
                cells.append("")
                yield (
                    tuple(restore_formula(cells[place]) for place in keys),
                    [cells[place] for place in places],
                )


def differences(old: Path | BinaryIO, new: Path | BinaryIO) -> Iterator[RowChange]:
    """Every row that differs between two packages, table by table in the order of the keys.

    Compares the columns that both have. Raises ValueError where a package does not stand in the order of its keys.
    """
    with ZipFile(old) as before, ZipFile(new) as after:
        then, now = sheets_of(before), sheets_of(after)
        for name in dict.fromkeys([*now, *then]):
            yield from differing(name, then.get(name), now.get(name))


def sheets_of(package: ZipFile) -> dict[str, PackageTable]:
    described = json.loads(package.read(DESCRIPTOR))
    return {resource["name"]: PackageTable(package, resource) for resource in described["resources"]}


def differing(name: str, then: PackageTable | None, now: PackageTable | None) -> Iterator[RowChange]:
    """The differences of one table; None where a package does not have it."""
    if then and now and then.resource["hash"] == now.resource["hash"]:
        return
    known = [sheet for sheet in (then, now) if sheet]
    columns = [column for column in known[-1].columns if all(column in sheet.columns for sheet in known)]
    # A later release may tell rows apart by more columns; those stand last, so that the order is the same.
    key = list(dict.fromkeys(part for sheet in reversed(known) for part in sheet.key))
    rows = [sheet.rows(key, columns) if sheet else iter(()) for sheet in (then, now)]
    for parts, before, after in side_by_side(*rows):
        if before != after:
            row = BETWEEN_KEYS.join(parts)
            cells = changed_cells(name, row, columns, before, after, restore_formula)
            yield RowChange(name, row, kind_of(before, after), cells)


def columns_of_one(old: Path, new: Path) -> list[tuple[str, str, str]]:
    """Columns that only one of two packages has, and that are not compared: table, column, and which one."""
    with ZipFile(old) as before, ZipFile(new) as after:
        then, now = sheets_of(before), sheets_of(after)
        found = []
        for name in then.keys() & now.keys():
            there, here = then[name].columns, now[name].columns
            found += [(name, column, ADDED) for column in here if column not in there]
            found += [(name, column, REMOVED) for column in there if column not in here]
    return sorted(found)
