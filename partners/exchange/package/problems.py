"""What is wrong with a package: collected, counted, and said in lines a person can act on."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models

from partners.exchange.package.layout import SHEETS, Sheet

MOST_PROBLEMS_SHOWN = 200
LONGEST_QUOTED_VALUE = 60


class PackageError(Exception):
    """A package that cannot be loaded or written. Its text says why, one problem a line."""


def quoted(value: str) -> str:
    """A value as it can stand in a message: on one line, and cut where it is very long."""
    if len(value) <= LONGEST_QUOTED_VALUE:
        return repr(value)
    return f"{value[:LONGEST_QUOTED_VALUE]!r}... ({len(value)} characters)"


def number_with_noun(number: int, what: str) -> str:
    """A number with its noun: 1 problem, 2,000 problems."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def first_lines(items: Sequence, count: int) -> list[str]:
    """The first of `count` things, of which `items` are some or all, and how many more there are."""
    shown = [str(each) for each in items[:MOST_PROBLEMS_SHOWN]]
    return [*shown, f"and {count - len(shown):,} more"] if count > len(shown) else shown


def message_of(error: Exception) -> str:
    """What a database says of an error, on one line; PostgreSQL adds lines of detail."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def reason(sheet: Sheet, error: Exception) -> str:
    """Why the database refused something, in the words of the model where it has them."""
    text = message_of(error)
    for constraint in sheet.model._meta.constraints:
        if constraint.name in text or text == sqlite_text(sheet.model, constraint):
            return constraint.get_violation_error_message()
    return text


def sqlite_text(model: type[models.Model], constraint: models.BaseConstraint) -> str:
    """The message of SQLite about a unique constraint, which names the columns and not the constraint."""
    columns = [model._meta.get_field(name).column for name in getattr(constraint, "fields", ())]
    return "UNIQUE constraint failed: " + ", ".join(f"{model._meta.db_table}.{column}" for column in columns)


@dataclass(frozen=True, order=True)
class PackageProblem:
    """A problem in a file: `order` is the place of the file in the package, line 0 stands for the whole file."""

    order: int
    file_name: str
    line: int
    place: str
    text: str

    def __str__(self):
        line = f":{self.line}" if self.line else ""
        return f"{self.file_name}{line}: {self.place}{self.text}"


class PackageProblems:
    """The problems found so far. Keeps the first `MOST_PROBLEMS_SHOWN` and counts the others, so that memory
    stays bounded.

    `incomplete` names the sheets of which not every row is known, `unclear` those with a column that cannot be made
    out. What depends on the unknown is not judged.
    """

    def __init__(self):
        self.kept: list[PackageProblem] = []
        self.count = 0
        self.incomplete: set[str] = set()
        self.unclear: set[str] = set()

    def add(self, sheet: Sheet, line: int, column: str, value: str | None, text: str) -> None:
        """Note a problem. Line 0 is the file as a whole; a `value` of None is not shown."""
        self.count += 1
        if len(self.kept) < MOST_PROBLEMS_SHOWN:
            place = f"{column}: " if column else ""
            place += f"value {quoted(value)}: " if value is not None else ""
            self.kept.append(PackageProblem(SHEETS.index(sheet), sheet.file_name, line, place, text))

    def add_file(self, name: str, text: str) -> None:
        """Note what is wrong with a file that is no table of the package."""
        self.count += 1
        self.kept.append(PackageProblem(len(SHEETS), name, 0, "", text))

    def add_broken(self, sheet: Sheet, line: int, column: str, value: str | None, text: str) -> None:
        """Note a problem because of which rows of the sheet are not known."""
        self.incomplete.add(sheet.name)
        self.add(sheet, line, column, value, text)

    def raise_any(self, package: str) -> None:
        """Raise PackageError with every problem in the order of the files. Does nothing when there is none."""
        if not self.count:
            return
        lines = [f"{package} cannot be loaded: {number_with_noun(self.count, 'problem')}. Nothing was saved."]
        lines += first_lines(sorted(self.kept), self.count)
        raise PackageError("\n".join(lines))
