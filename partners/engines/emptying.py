"""Emptying the whole database (`flush`) empties the journal with it, which nobody else may change."""

# Who is writing in this transaction (`partners.models.Writing`), and what names it there.
WRITING = "partners_writing"
THIS_TRANSACTION = {
    "sqlite": "'this'",
    # Numbers of transactions begin anew where a backup is restored: the moment tells them apart.
    "postgresql": "(pg_current_xact_id()::text || ' ' || extract(epoch FROM now())::text)",
}
FLUSH = "flush"
# Forgetting old rows of the journal (`prune_journal`).
PRUNING = "prune"


def with_its_journal(statements: list[str], vendor: str) -> list[str]:
    """The statements that empty tables, announced, so that the triggers of the journal let them."""
    announce = (
        f'INSERT INTO {WRITING} ("transaction", name_of_who, why, via, keeps_rows) '  # noqa: S608 (texts of this file)
        f"VALUES ({THIS_TRANSACTION[vendor]}, '', '', '{FLUSH}', {'0' if vendor == 'sqlite' else 'FALSE'})"
    )
    # What was announced holds until the last table is empty.
    its_own = [each for each in statements if each.startswith("DELETE") and WRITING in each]
    others = [each for each in statements if each not in its_own]
    # The tables come in any order, and triggers write into some of them when rows of others go: those go at last.
    again = [each for each in others if each.startswith("DELETE")]
    return [announce, *others, *again, *its_own]


class EmptiesJournal:
    """For the operations of a database."""

    def sql_flush(self, style, tables, **options):
        statements = super().sql_flush(style, tables, **options)
        is_ours = statements and WRITING in tables
        return with_its_journal(statements, self.connection.vendor) if is_ours else statements
