"""From a file that was downloaded, changed and brought back, to the same changes in the directory, and nothing else."""

from pathlib import Path

from partners.exchange.spreadsheet.applying import apply
from partners.exchange.spreadsheet.planning import Conflict, Plan, compare_file
from partners.exchange.spreadsheet.problems import FileError
from partners.exchange.spreadsheet.steps import plan_steps

__all__ = ["Conflict", "FileError", "Plan", "apply", "plan"]


def plan(path: Path, new_rows: bool = False) -> Plan:
    """What a file would change in the directory, which stays as it is: the cells, and the rows to write for them.

    With `new_rows` a row whose key no record has becomes one. Raises FileError for a file that cannot be read or
    understood.
    """
    made = compare_file(path, new_rows)
    plan_steps(made)
    return made
