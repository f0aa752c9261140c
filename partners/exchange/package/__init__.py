"""The data package: every table of the directory as a CSV file, described by a `datapackage.json`."""

from partners.exchange.package.dumping import dump
from partners.exchange.package.layout import SHIPPED
from partners.exchange.package.loading import load, plan_package
from partners.exchange.package.problems import PackageError

__all__ = ["SHIPPED", "PackageError", "dump", "load", "plan_package"]
