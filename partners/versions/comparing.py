"""What changed between two packages of the public data.

Both are read once, side by side in the order of their keys, so that memory does not grow with them. Tables, keys and
columns are taken from the descriptors in the packages: an older release may have had others.
"""

import csv
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile

from partners.exchange.package.layout import BETWEEN_KEYS
from partners.formats.csv import next_row, restore_formula
from partners.versions.packing import DERIVED, DESCRIPTOR

ADDED, REMOVED, CHANGED = "added", "removed", "changed"

type_of_row = tuple[tuple[str, ...], list[str]]


@dataclass(frozen=True)
class Change:
    """A row that is in one package only, or differs: its key, and each column that tells (name, old, new).

    An added or removed row tells every column that is filled in.
    """

    table: str
    key: str
    kind: str
    cells: list[tuple[str, str, str]]


class Sheet:
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


def differences(old: Path | BinaryIO, new: Path | BinaryIO) -> Iterator[Change]:
    """Every row that differs between two packages, table by table in the order of the keys.

    Compares the columns that both have. Raises ValueError where a package does not stand in the order of its keys.
    """
    with ZipFile(old) as before, ZipFile(new) as after:
        then, now = sheets_of(before), sheets_of(after)
        for name in dict.fromkeys([*now, *then]):
            yield from differing(name, then.get(name), now.get(name))


def sheets_of(package: ZipFile) -> dict[str, Sheet]:
    described = json.loads(package.read(DESCRIPTOR))
    return {resource["name"]: Sheet(package, resource) for resource in described["resources"]}


def differing(name: str, then: Sheet | None, now: Sheet | None) -> Iterator[Change]:
    """The differences of one table; None where a package does not have it."""
    if then and now and then.resource["hash"] == now.resource["hash"]:
        return
    known = [sheet for sheet in (then, now) if sheet]
    columns = [column for column in known[-1].columns if all(column in sheet.columns for sheet in known)]
    # A later release may tell rows apart by more columns; those stand last, so that the order is the same.
    key = list(dict.fromkeys(part for sheet in reversed(known) for part in sheet.key))
    rows = [sheet.rows(key, columns) if sheet else iter(()) for sheet in (then, now)]
    for key, old, new in side_by_side(*rows):
        if old != new:
            yield change(name, key, columns, old, new)


def change(
    table: str, key: tuple[str, ...], columns: list[str], old: list[str] | None, new: list[str] | None
):
    kind = ADDED if old is None else REMOVED if new is None else CHANGED
    nothing = [""] * len(columns)
    pairs = zip(columns, old or nothing, new or nothing, strict=True)
    cells = [
        (column, restore_formula(before), restore_formula(after))
        for column, before, after in pairs
        if before != after
    ]
    return Change(table, BETWEEN_KEYS.join(key), kind, cells)


def side_by_side(
    old: Iterator[type_of_row], new: Iterator[type_of_row]
) -> Iterator[tuple[tuple[str, ...], list[str] | None, list[str] | None]]:
    """Two tables in the order of their keys as one: each key once, with its rows."""
    old, new = ascending(old), ascending(new)
    before, after = next(old, None), next(new, None)
    while before or after:
        if after is None or (before and before[0] < after[0]):
            yield before[0], before[1], None
            before = next(old, None)
        elif before is None or after[0] < before[0]:
            yield after[0], None, after[1]
            after = next(new, None)
        else:
            yield before[0], before[1], after[1]
            before, after = next(old, None), next(new, None)


def ascending(rows: Iterator[type_of_row]) -> Iterator[type_of_row]:
    """The same rows; refuses those that are not in the order of their keys, as some would be missed."""
    last: tuple[str, ...] | None = None
    for row in rows:
        if last is not None and row[0] <= last:
            raise ValueError(f"The row {row[0]} stands in no order in its package.")
        last = row[0]
        yield row


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
