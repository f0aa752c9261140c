"""How full the columns of the public tables are: rows, filled cells, terms in use, and a living example of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Length
from django.db.models.lookups import Exact, GreaterThan, IsNull

from partners.languages import in_languages
from partners.tables.columns import Column, Table, as_text, read_rows
from partners.tables.public import public_rows

# Rows that are looked at for examples; a column that is empty in all of them is searched for one.
SAMPLE = 50


def share_of(part: int, whole: int) -> str:
    """The percentage in whole numbers; only what is complete is 100 %, and only what is empty 0 %."""
    percent = 100 * part / whole if whole else 0
    if not whole:
        return "–"
    if 0 < percent < 1:
        return "<1 %"
    if 99 < percent < 100:
        return ">99 %"
    return f"{percent:.0f} %"


@dataclass(frozen=True)
class Filling:
    """A public column and what stands in it: rows in all, rows that fill it, an example as text, and the number of
    rows of each term by its value."""

    table: Table
    column: Column
    rows: int
    filled: int | None
    example: str
    terms: dict[str, int] = field(default_factory=dict)

    @property
    def percent(self) -> float:
        return 100 * (self.filled or 0) / self.rows if self.rows else 0

    @property
    def share(self) -> str:
        return share_of(self.filled or 0, self.rows)

    @property
    def is_key(self) -> bool:
        return self.column.name in self.table.key

    @cached_property
    def titles(self) -> dict[str, str]:
        """Its title by language, where languages differ."""
        return in_languages(self.column.title)

    @property
    def counted_terms(self) -> list[tuple[object, int | None]]:
        """The terms of its vocabulary in their order, with the number of rows that have them where these are counted."""
        return [(term, self.terms.get(term.value)) for term in self.column.vocabulary or ()]


@dataclass(frozen=True)
class Profile:
    """A table and how full it is."""

    table: Table
    rows: int
    columns: list[Filling]


def profile(table: Table) -> Profile:
    """How full a public table is, by at most four queries whatever its rows and columns.

    One counts; the others find examples, the third only where one of many rows has none for some column.
    """
    columns = table.public_columns
    counted = public_rows(table).aggregate(**dict(questions(columns)))
    counts = [
        None if column.repeats else counted.get(f"filled_{first_place_of(column, columns)}", counted["rows"])
        for column in columns
    ]
    examples = read_examples(
        table,
        [column for column, count in zip(columns, counts, strict=True) if count != 0 and counted["rows"]],
    )
    fillings = [
        Filling(
            table,
            column,
            counted["rows"],
            count,
            examples.get(column.name, ""),
            {value: counted[f"term_{column.name}_{number}"] for number, value in terms_of_column(column)},
        )
        for column, count in zip(columns, counts, strict=True)
    ]
    return Profile(table, counted["rows"], fillings)


def terms_of_column(column: Column) -> Iterator[tuple[int, str]]:
    return enumerate(column.vocabulary.values if column.vocabulary and not column.repeats else ())


def origin(column: Column):
    """What a column is read from; a code and its label are read from the same."""
    return column.made_from or column.related or column.public_value or column.lookup


def first_place_of(column: Column, columns: list[Column]) -> int:
    """The place of the first column that is read from the same as this one."""
    return next(place for place, other in enumerate(columns) if origin(other) == origin(column))


def questions(columns: list[Column]) -> Iterator[tuple[str, object]]:
    """What to count, by name: the rows that fill each column, and those that have each of its terms.

    A column that is made from others is always filled. One that repeats another column is counted there.
    """
    yield "rows", Count("pk")
    for place, column in enumerate(columns):
        if column.repeats:
            continue
        if not column.made_from and first_place_of(column, columns) == place:
            yield f"filled_{place}", Count("pk", filter=has_value(column))
        for number, value in terms_of_column(column):
            yield f"term_{column.name}_{number}", Count("pk", filter=has_term(column, value))


def has_term(column: Column, value: str):
    """A condition: whether a row has a term in a column."""
    if column.public_value is not None:
        return Exact(column.expression(public=True), Value(value))
    return Q(**{column.lookup: value})


def has_value(column: Column):
    """A condition: whether a row has something in a column."""
    if column.related:
        rows, owner = column.related.rows().order_by(), column.related.owner
        # SQLite takes a third of the time with a list that it makes once. PostgreSQL would look through a long list
        # anew for each row, and has an index instead.
        if connection.vendor == "sqlite":
            return Q(pk__in=rows.values(owner))
        return Exists(rows.filter(**{owner: OuterRef("pk")}))
    if column.public_value is None and column.lookup.endswith("__slug"):
        # Whether there is a record is known without a look at it.
        return IsNull(F(column.lookup.removesuffix("__slug")), False)
    value = column.expression(public=True)
    is_text = column.datatype in ("string", "anyURI")
    return GreaterThan(Length(value), 0) if is_text else IsNull(value, False)


# Examples ------------------------------------------------------------------------------------------------------------


def read_examples(table: Table, columns: list[Column]) -> dict[str, str]:
    """A value of each column, by its name; of a cell that holds several, one. Some row must have one.

    Those of the fullest of some rows, so that they belong together as far as possible.
    """
    if not columns:
        return {}
    rows = public_rows(table).order_by("pk")
    plain = [column for column in columns if not column.made_from]
    sample = list(rows.values_list(*map(piece, plain))[:SAMPLE])
    sample.sort(key=lambda record: -sum(map(bool, record)))
    raw = {
        column.name: next(filter(None, (record[place] for record in sample)), None)
        for place, column in enumerate(plain)
    }
    if missing := [column for column in plain if not raw[column.name]]:
        raw |= zip((column.name for column in missing), first_filled_values(rows, missing), strict=True)
    examples = {column.name: as_text(column.value(raw[column.name])) for column in plain}
    if made := [column for column in columns if column.made_from]:
        cells = next(read_rows(rows[:1], made))
        examples |= zip((column.name for column in made), map(as_text, cells), strict=True)
    return examples


def piece(column: Column):
    """What to ask the database for one value of a column."""
    if not column.related:
        return column.expression(public=True)
    related = column.related
    # Whichever is found first: putting those of a large record in order would take seconds.
    rows = related.rows().filter(**{related.owner: OuterRef("pk")}).order_by()
    return Subquery(rows.values_list(related.text_of_one())[:1], output_field=TextField())


def first_filled_values(rows: QuerySet, columns: list[Column]) -> tuple:
    """A value of each column from the first row that has one."""
    found = [Subquery(rows.filter(has_value(column)).values_list(piece(column))[:1]) for column in columns]
    return rows.values_list(*found)[:1][0]
