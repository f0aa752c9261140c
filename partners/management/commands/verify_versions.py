from django.core.management.base import BaseCommand, CommandError

from partners.exchange.package.problems import number_with_noun
from partners.versions import Damaged, check_all, strays


class Command(BaseCommand):
    help = (
        "Read every byte of every kept version, and say which ones are not what they were kept as. Ends with code 1 where "
        "one is damaged, so that a job by night can tell."
    )

    def handle(self, **options):
        number = damaged = 0
        try:
            for version in check_all():
                number += 1
                if isinstance(version, Damaged):
                    damaged += 1
                    self.stdout.write(f"{version.date}  damaged: {version.problem}.")
                else:
                    self.stdout.write(f"{version.date}  sound    {version.facts.sha256}")
            for stray in strays():
                self.stdout.write(f"Beside the versions lies {stray}.")
        except OSError as error:
            raise CommandError(f"The versions cannot be read: {error}.") from error
        if damaged:
            raise CommandError(
                f"{damaged} of {number_with_noun(number, 'version')} {'is' if damaged == 1 else 'are'} damaged; readers are not "
                "given them. Bring their folders back from a backup."
            )
        self.stdout.write(f"Nothing is damaged in {number_with_noun(number, 'version')}.")
