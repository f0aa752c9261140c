"""Triggers that note records of which something has to be written anew, on both engines.

They only note, so that a write stays cheap, and whoever writes (the admin, an import, `update()`, psql) need not know of
the index of the listings; who looks next writes it (`partners/selection/index.py`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from partners.engines.statements import DIFFER, SAME
from partners.selection.watching import DELETE, INSERT, UPDATE

STALE = "partners_facetstale"


@dataclass(frozen=True)
class Concerned:
    """Records to note: under which name, and a SELECT of their keys as `id`, with `{rows}` for the changed rows.

    `reads` are the columns of the changed rows that the SELECT reads.
    """

    noted: str
    select: str
    reads: tuple[str, ...]


@dataclass(frozen=True)
class Note:
    """The description of a trigger: for changes of some columns of a table, the records to note.

    `unless` are columns whose change means that there is nothing to note.
    """

    table: str
    event: str
    name: str
    columns: tuple[str, ...]
    concerned: tuple[Concerned, ...]
    unless: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        return f"{self.table}_{self.event.lower()}_notes_{self.name}"

    def condition(self, vendor: str, new: str, old: str) -> str:
        """Whether an updated row has changed in a way that matters."""
        changed = " OR ".join(DIFFER[vendor].format(f"{new}.{c}", f"{old}.{c}") for c in self.columns)
        same = [SAME[vendor].format(f"{new}.{c}", f"{old}.{c}") for c in self.unless]
        return " AND ".join([f"({changed})", *same])

    def statements(self, rows: dict[str, str]) -> str:
        """Note the records that changed rows concern; `rows` are those after the change, then those before it.

        In the text of some rows `{reads}` stands for the columns that are read of them.
        """
        return "; ".join(
            f"INSERT INTO {STALE} (model, record_id) SELECT '{each.noted}', c.id FROM ("  # noqa: S608 (texts of our own)
            f"{each.select.replace('{rows}', rows[name].replace('{reads}', reading(name, each.reads)))}"
            ") c WHERE c.id IS NOT NULL ON CONFLICT DO NOTHING"
            for each in self.concerned
            for name in list(rows)[: None if self.moves(each) else 1]
        )

    def moves(self, concerned: Concerned) -> bool:
        """Whether a change can move rows from one record to another, so that both have to be noted."""
        return not set(self.columns).isdisjoint(concerned.reads)


def reading(name: str, columns: tuple[str, ...]) -> str:
    """Columns of a row as a SELECT lists them."""
    return ", ".join(f"{name}.{column} AS {column}" for column in columns)


def for_sqlite(notes: Iterable[Note]) -> Iterator[str]:
    """A trigger for each row, which stands under NEW and OLD."""
    for note in notes:
        names = {INSERT: ["NEW"], DELETE: ["OLD"], UPDATE: ["NEW", "OLD"]}[note.event]
        rows = dict.fromkeys(names, "(SELECT {reads})")
        when = f"WHEN {note.condition('sqlite', 'NEW', 'OLD')} " if note.event == UPDATE else ""
        yield (
            f"CREATE TRIGGER {note.full_name} AFTER {note.event} ON {note.table} {when}"
            f"BEGIN {note.statements(rows)}; END"
        )


def for_postgresql(notes: Iterable[Note]) -> Iterator[str]:
    """A trigger for each statement. Its name comes after that of the data version, which makes writers take turns."""
    for note in notes:
        function = note.full_name
        changed = (
            f"FROM new_rows n JOIN old_rows o ON o.id = n.id WHERE {note.condition('postgresql', 'n', 'o')}"
        )
        rows, tables = {
            INSERT: ({"n": "new_rows"}, "NEW TABLE AS new_rows"),
            DELETE: ({"o": "old_rows"}, "OLD TABLE AS old_rows"),
            UPDATE: (
                dict.fromkeys(["n", "o"], f"(SELECT {{reads}} {changed})"),
                "NEW TABLE AS new_rows OLD TABLE AS old_rows",
            ),
        }[note.event]
        yield f"""CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN {note.statements(rows)}; RETURN NULL; END $$"""
        yield f"""CREATE TRIGGER {function} AFTER {note.event} ON {note.table} REFERENCING {tables}
            FOR EACH STATEMENT EXECUTE FUNCTION {function}()"""
