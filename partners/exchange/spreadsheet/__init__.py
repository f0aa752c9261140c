"""From a file that was downloaded, changed and brought back, to the same changes in the directory, and nothing else."""

from partners.exchange.spreadsheet.planning import Conflict, Plan, plan
from partners.exchange.spreadsheet.problems import FileError
from partners.exchange.spreadsheet.writing import apply

__all__ = ["Conflict", "FileError", "Plan", "apply", "plan"]
