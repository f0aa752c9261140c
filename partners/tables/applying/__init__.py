"""From a file that was downloaded, changed and brought back, to the same changes in the directory, and nothing else."""

from partners.tables.applying.planning import Change, Conflict, Plan, plan
from partners.tables.applying.problems import FileError
from partners.tables.applying.writing import apply

__all__ = ["Change", "Conflict", "FileError", "Plan", "apply", "plan"]
