from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from partners.backups.storage import NoBackup
from partners.backups.writing import write_backup
from partners.exchange.package.problems import number_with_noun


class Command(BaseCommand):
    help = (
        "Write the whole directory into one file: every record with its journal, proposals, accounts, rights and second "
        "steps, and the kept versions, as it all was in one moment, while people go on working. The file is read again "
        "before the command ends. It holds secrets: its owner alone may read it, and whoever has it has the directory. "
        "SECRET_KEY is not in it; keep that elsewhere, because without it nobody's second step can be read. Sessions are "
        "left out. `restore` takes the file back on SQLite or PostgreSQL."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "file", type=Path, metavar="FILE", help="the file to write; it must not be there yet"
        )

    def handle(self, *, file, **options):
        try:
            facts = write_backup(file)
        except FileExistsError as error:
            raise CommandError(f"{file} is there already. Give the backup a name of its own.") from error
        except (OSError, NoBackup) as error:
            raise CommandError(f"There is no backup: {error}") from error
        self.stdout.write(
            f"{file}: {number_with_noun(facts.rows, 'row')} in {number_with_noun(len(facts.tables), 'table')}, "
            f"{number_with_noun(len(facts.days), 'kept version')}, {file.stat().st_size / 1e6:,.1f} MB. "
            "It was read again and is whole."
        )
