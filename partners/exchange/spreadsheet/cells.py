"""Cells of a file that comes back: a text, and what the program that saved it took it for."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

LONGEST_CELL = 100_000


class CellKind(Enum):
    """What a workbook says that a cell holds; the cells of a CSV file are all text."""

    TEXT = "text"
    NUMBER = "a number"
    BOOLEAN = "a truth value"
    DATE = "a date or time"
    # Programs disagree on these by a day: Excel counts the 29 February 1900, which never was.
    EARLY_DATE = "a date before 1 March 1900"
    DATE_SINCE_1904 = "a date of a workbook that counts days from 1904"
    ERROR = "an error"


@dataclass(frozen=True, slots=True)
class FileCell:
    text: str
    kind: CellKind = CellKind.TEXT


type_of_rows = Iterator[tuple[int, list[FileCell]]]
