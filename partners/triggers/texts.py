"""Folded columns: triggers note the records whose texts were written without them, past Django."""

from collections.abc import Iterator

from django.db.models import CharField, TextField

from partners.engines.refolding import folded_fields, models_with_folded_fields, note_of
from partners.selection.watching import INSERT, UPDATE
from partners.triggers import notes
from partners.triggers.notes import Concerned, Note


def notes_of_folding() -> Iterator[Note]:
    """Rows that are written with the text and without its folded form."""
    for model in models_with_folded_fields():
        for number, field in enumerate(folded_fields(model), 1):
            table, sources = model._meta.db_table, [model._meta.get_field(name) for name in field.read_from]
            columns = tuple(source.column for source in sources)
            every = Concerned(note_of(model), "SELECT r.id FROM {rows} r", ("id",))
            yield Note(table, UPDATE, f"folding_{number}", columns, (every,), unless=(field.column,))
            texts = [each.column for each in sources if isinstance(each, CharField | TextField)]
            written = " OR ".join(f"r.{column} <> ''" for column in texts)
            unfolded = f"SELECT r.id FROM {{rows}} r WHERE r.{field.column} = '' AND ({written})"  # noqa: S608
            concerned = Concerned(note_of(model), unfolded, ("id", field.column, *texts))
            yield Note(table, INSERT, f"folding_{number}", (), (concerned,))


def for_sqlite() -> Iterator[str]:
    return notes.for_sqlite(notes_of_folding())


def for_postgresql() -> Iterator[str]:
    return notes.for_postgresql(notes_of_folding())
