from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from partners.changes.preview import Preview
from partners.exchange.package.problems import first_lines, number_with_noun
from partners.exchange.package.report import lapsing_lines
from partners.exchange.spreadsheet import FileError, apply, plan
from partners.selection.index import bring_up_to_date


class Command(BaseCommand):
    help = (
        "Apply a CSV or XLSX file that was downloaded from a list and changed: exactly the changed cells, all or "
        "nothing. A row that somebody else changed meanwhile is a conflict; it is shown, and nothing is applied. So is "
        "what only a spreadsheet program can have done to a cell, with the reason; a workbook (XLSX) keeps texts such "
        "as 007 and 1-2 as they are, where opening a CSV file turns them into numbers and dates. The report says how many "
        "footnotes no longer hold, because their sources were cited for the values before."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE", help="the changed file, .csv or .xlsx")
        parser.add_argument(
            "--dry-run", action="store_true", help="only show what would be changed, cell by cell"
        )
        parser.add_argument(
            "--new-rows",
            action="store_true",
            help="also add the rows whose key no record has, as drafts; a file of new rows alone needs no row_version",
        )
        parser.add_argument("--why", default="", metavar="TEXT", help="the reason, which the journal keeps")

    def handle(self, *, file, dry_run, new_rows, why, **options):
        try:
            made = plan(file, new_rows)
            if not made.can_be_applied:
                raise FileError("\n".join(self.refusal(made)))
            apply(made, dry_run=dry_run, why=why)
        except FileError as error:
            raise CommandError(error) from error
        if not dry_run:
            bring_up_to_date()
        self.stdout.write("\n".join(self.report(made, dry_run)))

    def refusal(self, made) -> list[str]:
        """Why nothing is applied."""
        problems = number_with_noun(made.problems.count, "problem")
        conflicts = number_with_noun(len(made.conflicts), "conflict")
        lines = [f"Nothing was changed: {problems}, {conflicts}."]
        lines += made.problems.lines()
        if made.conflicts:
            lines.append("Somebody else has changed these rows since the file was downloaded:")
            lines += first_lines(made.conflicts, len(made.conflicts))
        return lines

    def report(self, made, dry_run: bool) -> list[str]:
        cells, records = (
            number_with_noun(len(made.changes), "cell"),
            number_with_noun(len(made.versions) + len(made.added), "record"),
        )
        added = f", of which {len(made.added):,} new" if made.added else ""
        done = "This was a dry run: it would change" if dry_run else "Changed"
        return [
            *first_lines(made.changes, len(made.changes)),
            *(self.preview(made) if dry_run else []),
            *made.left.lines(),
            *(lapsing_lines(made.lapsing, dry_run) if made.lapsing else []),
            f"{done} {cells} of {records}{added} in a file of {number_with_noun(made.rows, 'row')}.",
        ]

    def preview(self, made) -> list[str]:
        """The cells that would change, as the history will show them."""
        preview = Preview()
        for _step in preview.look_at(made.written.steps):
            pass
        return ["", *preview.lines(), ""] if made.changes else []
