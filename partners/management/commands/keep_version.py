import datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from partners.days import is_date
from partners.release import release
from partners.versions import Damaged, NotKept, all_kept, keep_version


class Command(BaseCommand):
    help = "Keep the present public data by date, so that they can be cited and compared later; then list what is kept."

    def add_arguments(self, parser):
        parser.add_argument(
            "--date",
            default="",
            metavar="YYYY-MM-DD",
            help="the day to keep it by, on which the data were as they are now: from their last change until today (UTC), which "
            "is the default",
        )

    def handle(self, *, date, **options):
        day = self.day(date)
        try:
            version, is_new = keep_version(day, release())
        except NotKept as error:
            raise CommandError(error) from error
        except OSError as error:
            raise CommandError(f"The version cannot be written: {error}.") from error
        self.stdout.write(
            f"Kept {version.file}."
            if is_new
            else f"The same data are kept by {day} already; nothing was done."
        )
        self.stdout.write("date        rows  data version      sha256")
        for each in all_kept():
            if isinstance(each, Damaged):
                self.stdout.write(f"{each.date}  damaged: {each.problem}")
            else:
                self.stdout.write(f"{each.date}  {each.rows}  {each.facts.version}  {each.facts.sha256}")

    def day(self, text: str) -> datetime.date:
        if text and not is_date(text):
            raise CommandError(f"{text!r} is not a day; allowed: one such as 2025-12-31.")
        return datetime.date.fromisoformat(text) if text else timezone.now().date()
