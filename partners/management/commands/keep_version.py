import datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from partners.release import release
from partners.tables.editions import NotKept, is_date, keep, kept


class Command(BaseCommand):
    help = "Keep the present public data by date, so that they can be cited and compared later; then list what is kept."

    def add_arguments(self, parser):
        parser.add_argument(
            "--date", default="", metavar="YYYY-MM-DD", help="the day to keep it by; today (UTC) by default"
        )

    def handle(self, *, date, **options):
        day = self.day(date)
        try:
            edition, is_new = keep(day, release())
        except NotKept as error:
            raise CommandError(error) from error
        except OSError as error:
            raise CommandError(f"The version cannot be written: {error}.") from error
        self.stdout.write(
            f"Kept {edition.file}."
            if is_new
            else f"The same data are kept by {day} already; nothing was done."
        )
        self.stdout.write("date        rows  data version      sha256")
        for each in kept():
            self.stdout.write(f"{each.date}  {each.rows}  {each.facts.version}  {each.facts.sha256}")

    def day(self, text: str) -> datetime.date:
        today = timezone.now().date()
        if text and not is_date(text):
            raise CommandError(f"{text!r} is not a day; allowed: one such as 2025-12-31.")
        day = datetime.date.fromisoformat(text) if text else today
        if day > today:
            raise CommandError(f"{day} has not come yet; today is {today}.")
        return day
