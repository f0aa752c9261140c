"""The data package: every table of the directory as a CSV file, described by a `datapackage.json`."""

from partners.tables.package.dumping import dump
from partners.tables.package.layout import SHIPPED
from partners.tables.package.loading import load
from partners.tables.package.problems import PackageError

__all__ = ["SHIPPED", "PackageError", "dump", "load"]
