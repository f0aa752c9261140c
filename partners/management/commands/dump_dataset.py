import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from partners.exchange.package import PackageError, dump
from partners.exchange.package.progress import ProgressLine


class Command(BaseCommand):
    help = "Write the whole directory, drafts included, as a data package."

    def add_arguments(self, parser):
        parser.add_argument(
            "folder", type=Path, metavar="DIR", help="a new or empty folder, or an earlier package"
        )

    def handle(self, *, folder, **options):
        progress = ProgressLine(sys.stderr)
        try:
            counts = dump(folder, progress)
        except PackageError as error:
            raise CommandError(error) from error
        finally:
            progress.clear()
        self.stdout.write(f"Wrote {sum(counts.values()):,} rows of {len(counts)} tables to {folder}.")
