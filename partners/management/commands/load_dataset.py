import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from partners.exchange.package import SHIPPED, PackageError, load
from partners.exchange.package.progress import ProgressLine
from partners.models import Organization
from partners.selection.index import bring_up_to_date


class Command(BaseCommand):
    help = (
        "Load a data package into the directory, all or nothing. Records that curators have edited are kept. Tables and "
        "columns that the package lacks, as one of an earlier release does, are left as they are, and named."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "folder",
            nargs="?",
            type=Path,
            default=SHIPPED,
            metavar="DIR",
            help="the folder of the package; the one shipped with the directory by default",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="do everything, show the cells that change, then take it back",
        )
        parser.add_argument("--overwrite", action="store_true", help="also replace what curators have edited")
        parser.add_argument("--why", default="", metavar="TEXT", help="the reason, which the journal keeps")
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when the directory holds an organization"
        )

    def handle(self, *, folder, dry_run, overwrite, if_empty, why, **options):
        if if_empty and Organization.objects.exists():
            return
        progress = ProgressLine(sys.stderr)
        try:
            report = load(folder, dry_run=dry_run, overwrite=overwrite, why=why, progress=progress)
        except PackageError as error:
            raise CommandError(error) from error
        finally:
            progress.clear()
        if not dry_run:
            # The first reader would do it, and wait for it where much was loaded.
            bring_up_to_date()
        if if_empty and not report.edited:
            lines = [f"Loaded {report.total('created'):,} rows from {folder}.", *report.lacking_lines()]
        else:
            lines = report.lines()
        self.stdout.write("\n".join(lines))
