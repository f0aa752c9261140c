"""What the index of the search depends on: triggers note the records whose texts may have changed.

What is watched is derived: from the declared texts (`selection/search/watching.py`), and from the folded columns, which
whoever writes past Django leaves as they were. As for the facets, the triggers only note; who looks next writes.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.db.models import CharField, TextField

from partners.engines.refolding import folded_fields, models_with_folded_fields, note_of
from partners.selection.listings import SEARCHED
from partners.selection.search.watching import DELETE, INSERT, UPDATE, watched

STALE = "partners_facetstale"
DIFFER = {"sqlite": "{} IS NOT {}", "postgresql": "{} IS DISTINCT FROM {}"}
SAME = {"sqlite": "{} IS {}", "postgresql": "{} IS NOT DISTINCT FROM {}"}


@dataclass(frozen=True)
class Note:
    """A trigger to be: for changes of some columns of a table, the records to note, each as (model, SELECT of id).

    `{rows}` in a SELECT stands for the changed rows. `unless` are columns whose change means that there is nothing to
    note.
    """

    table: str
    event: str
    name: str
    columns: tuple[str, ...]
    concerned: tuple[tuple[str, str], ...]
    unless: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        return f"{self.table}_{self.event.lower()}_notes_{self.name}"

    def condition(self, vendor: str, new: str, old: str) -> str:
        """Whether an updated row has changed in a way that matters."""
        changed = " OR ".join(DIFFER[vendor].format(f"{new}.{c}", f"{old}.{c}") for c in self.columns)
        same = [SAME[vendor].format(f"{new}.{c}", f"{old}.{c}") for c in self.unless]
        return " AND ".join([f"({changed})", *same])

    def statements(self, *rows: str) -> str:
        """Note the records that some rows concern; each of `rows` stands for them in turn."""
        return "; ".join(
            f"INSERT INTO {STALE} (model, record_id) SELECT '{model}', c.id FROM ("  # noqa: S608 (texts of our own)
            f"{select.replace('{rows}', each)}) c WHERE c.id IS NOT NULL ON CONFLICT DO NOTHING"
            for model, select in self.concerned
            for each in rows
        )


@cache
def notes() -> tuple[Note, ...]:
    return (*notes_of_texts(), *notes_of_folding())


def notes_of_texts() -> Iterator[Note]:
    """For each table and event, a trigger for each set of columns that decide over the same records."""
    found: dict[tuple[str, str, tuple[str, ...]], dict[tuple[str, str], None]] = defaultdict(dict)
    for each in watched(SEARCHED):
        for event in each.events:
            columns = each.columns if event == UPDATE else ()
            found[each.table, event, columns][each.noted, each.concerned] = None
    for number, ((table, event, columns), concerned) in enumerate(sorted(found.items()), 1):
        yield Note(table, event, f"texts_{number}", columns, tuple(concerned))


def notes_of_folding() -> Iterator[Note]:
    """Rows that are written with the text and without its folded form."""
    for model in models_with_folded_fields():
        for number, field in enumerate(folded_fields(model), 1):
            table, concerned = model._meta.db_table, ((note_of(model), "SELECT r.id FROM {rows} r"),)
            sources = [model._meta.get_field(name) for name in field.read_from]
            columns = tuple(source.column for source in sources)
            texts = [each.column for each in sources if isinstance(each, CharField | TextField)]
            yield Note(table, UPDATE, f"folding_{number}", columns, concerned, unless=(field.column,))
            empty = (f"r.{field.column} = ''", " OR ".join(f"r.{column} <> ''" for column in texts))
            inserted = f"SELECT r.id FROM {{rows}} r WHERE {empty[0]} AND ({empty[1]})"  # noqa: S608
            yield Note(table, INSERT, f"folding_{number}", (), ((note_of(model), inserted),))


def columns_used(note: Note) -> list[str]:
    """The columns of the changed rows that a note may ask for."""
    from django.apps import apps

    models = apps.get_app_config("partners").get_models(include_auto_created=True)
    model = next(model for model in models if model._meta.db_table == note.table)
    return [field.column for field in model._meta.concrete_fields]


def for_sqlite() -> Iterator[str]:
    """A trigger for each row, which stands under NEW and OLD."""
    for note in notes():
        columns = columns_used(note)

        def row(name: str, columns=columns) -> str:
            return f"(SELECT {', '.join(f'{name}.{column} AS {column}' for column in columns)})"

        rows = {INSERT: ["NEW"], DELETE: ["OLD"], UPDATE: ["NEW", "OLD"]}[note.event]
        when = f"WHEN {note.condition('sqlite', 'NEW', 'OLD')} " if note.event == UPDATE else ""
        yield f"DROP TRIGGER IF EXISTS {note.full_name}"
        yield (
            f"CREATE TRIGGER {note.full_name} AFTER {note.event} ON {note.table} {when}"
            f"BEGIN {note.statements(*map(row, rows))}; END"
        )


def for_postgresql() -> Iterator[str]:
    """A trigger for each statement."""
    for note in notes():
        function = note.full_name
        both = (
            f"FROM new_rows n JOIN old_rows o ON o.id = n.id WHERE {note.condition('postgresql', 'n', 'o')})"
        )
        rows, tables = {
            INSERT: (["new_rows"], "NEW TABLE AS new_rows"),
            DELETE: (["old_rows"], "OLD TABLE AS old_rows"),
            UPDATE: (
                [f"(SELECT n.* {both}", f"(SELECT o.* {both}"],
                "NEW TABLE AS new_rows OLD TABLE AS old_rows",
            ),
        }[note.event]
        yield f"""CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN {note.statements(*rows)}; RETURN NULL; END $$"""
        yield f"DROP TRIGGER IF EXISTS {function} ON {note.table}"
        yield f"""CREATE TRIGGER {function} AFTER {note.event} ON {note.table} REFERENCING {tables}
            FOR EACH STATEMENT EXECUTE FUNCTION {function}()"""
