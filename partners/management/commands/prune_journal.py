import datetime

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.formats import date_format

from partners.changes.pruning import Forgetting, forget, plan_forgetting

SMALLER_FILE = (
    "The file of the database stays as large as it is, and new changes fill the room. While nobody writes, "
    "`VACUUM` in the sqlite3 program makes it smaller."
)
DAY = "j F Y"


class Command(BaseCommand):
    help = (
        "Forget how rows were in days gone by, to make the journal smaller. The list of all revisions stays: who, when "
        "and why. What is forgotten can be neither read nor taken back, and ?as_of= leads no further back. Says what "
        "would go, and asks before it does it."
    )

    def add_arguments(self, parser):
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument(
            "--before",
            type=datetime.date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="the first day (UTC) whose changes stay",
        )
        which.add_argument(
            "--keep",
            type=int,
            metavar="DAYS",
            help="keep the changes of so many days, today included, for a task that runs by itself",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")
        parser.add_argument(
            "--no-input", "--noinput", action="store_false", dest="interactive", help="do not ask"
        )

    def handle(self, *, before, keep, dry_run, interactive, **options):
        first = first_day(before, keep)
        planned = plan_forgetting(datetime.datetime.combine(first, datetime.time(), datetime.UTC))
        if not planned.rows:
            self.stdout.write(f"The journal has no rows of before {first}. Nothing to forget.")
            return
        self.stdout.write(words_of(planned, first))
        if dry_run:
            self.stdout.write("This was a dry run: nothing is forgotten.")
            return
        if interactive and input("Forget them? This cannot be taken back. Type yes: ").strip() != "yes":
            self.stdout.write("Nothing is forgotten.")
            return
        forget(planned.last, f"prune_journal: forgot how rows were before {first}")
        self.stdout.write(f"{planned.rows:,} rows of the journal are gone.")
        if connection.vendor == "sqlite":
            self.stdout.write(SMALLER_FILE)


def first_day(before: datetime.date | None, keep: int | None) -> datetime.date:
    """The first day whose changes stay. Raises CommandError where it has still to come."""
    today = datetime.datetime.now(datetime.UTC).date()
    if keep is not None and keep < 1:
        raise CommandError(f"--keep {keep}: at least the changes of 1 day, today, are kept.")
    first = before or today - datetime.timedelta(days=keep - 1)
    if first > today:
        raise CommandError(f"{first} has still to come. Allowed: a day until today.")
    return first


def words_of(planned: Forgetting, first: datetime.date) -> str:
    since = date_format(planned.since.astimezone(datetime.UTC), DAY)
    return (
        f"{planned.rows:,} rows of the journal, of revisions 1 to {planned.last:,}, are of before {first}: about "
        f"{planned.size / 1e6:,.1f} MB. Without them the directory can be read from the end of {since} on."
    )
