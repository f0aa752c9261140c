import datetime

from django.core.management.base import BaseCommand, CommandError

from partners.changes.revising import PRUNING, revising
from partners.models import Change


class Command(BaseCommand):
    help = (
        "Forget how rows were before a day, to make the journal smaller. What happened since stays, and so does the list "
        "of all revisions: who, when and why. What is forgotten can be neither read nor taken back."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--before",
            required=True,
            type=datetime.date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="the first day (UTC) whose changes stay",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say how many rows would go")

    def handle(self, *, before, dry_run, **options):
        first = datetime.datetime.combine(before, datetime.time(), datetime.UTC)
        if first > datetime.datetime.now(datetime.UTC):
            raise CommandError(f"{before} has still to come. Allowed: a day until today.")
        rows = Change.objects.filter(revision__at__lt=first)
        if dry_run:
            self.stdout.write(f"This was a dry run: {rows.count():,} rows of the journal would go.")
            return
        with revising(PRUNING):
            count, _each = rows.delete()
        self.stdout.write(f"{count:,} rows of the journal are gone.")
