from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from partners.backups.restoring import has_key_of, open_backup, restore, what_stands_here
from partners.backups.storage import NoBackup
from partners.exchange.package.problems import number_with_noun

NO_KEY = (
    "The second steps in it were sealed with another SECRET_KEY than this one: nobody who has one can sign in before that "
    "key is in SECRET_KEY or SECRET_KEY_FALLBACKS."
)


class Command(BaseCommand):
    help = (
        "Put a file of `backup` back into the database of DATABASE_URL, on the same engine or the other one, and the kept "
        "versions into var/versions/: all of it, compared with the backup row by row, or nothing. Everybody has to sign in "
        "again. Makes the tables where there are none. Refuses where there is something already, unless --replace is "
        "said: then all of that is gone, except kept versions, which are put beside."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE", help="a file that `backup` wrote")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="put it in the place of everything that is in the directory now",
        )

    def handle(self, *, file, replace, **options):
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        call_command("migrate", verbosity=0, interactive=False, stderr=self.stderr)
        try:
            archive, facts = open_backup(file)
            if not replace and (found := what_stands_here()):
                raise CommandError(
                    f"The directory holds {found} already, so nothing is done. Restore into an empty one, or say "
                    "--replace: then all of it is gone."
                )
            with archive:
                before = restore(archive, facts)
        except (OSError, NoBackup) as error:
            raise CommandError(f"{file} is not restored: {error}") from error
        self.stdout.write(
            f"Restored {number_with_noun(facts.rows, 'row')} in {number_with_noun(len(facts.tables), 'table')} and "
            f"{number_with_noun(len(facts.days), 'kept version')}, as they were on {facts.made}. All are as in the backup."
        )
        if before:
            self.stdout.write(f"The kept versions of before are in {before}.")
        if not has_key_of(facts):
            self.stderr.write(NO_KEY)
