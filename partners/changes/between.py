"""What readers see otherwise at the end of one revision than at the end of another, read from the journal.

Both are pasts (`past.py`), so that nothing is told that was not public then or is hidden today: whoever applies the
differences to the first has the second. Which rows can differ follows from the rows that changed between the two, by the
ways by which triggers find what a change concerns (`selection/watching.py`); those are read in both and compared.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL

from partners.changes.cells import CellChange, changed_cells
from partners.changes.differences import BETWEEN_KEYS, RowChange, kind_of
from partners.changes.history import net_steps
from partners.changes.past import past
from partners.changes.releases import names_ever
from partners.languages import text_of
from partners.models import Agreement, AgreementParty, Change, Citation, Organization
from partners.models.belonging import models_with_data
from partners.models.sources import TARGETS
from partners.selection.index import one_indexed_state
from partners.selection.watching import Dependency, dependencies_of
from partners.tables.columns import Column, Table, as_text, first_step, read_rows
from partners.tables.definitions import TABLES
from partners.tables.public import public_rows
from partners.tables.recurring import PRIMARY_KEY

ROWS_ON_PAGE = 100
# So many rows that may differ are all compared, so that pages are full; of more, those of the page that is asked for.
MOST_COMPARED_WHOLE = 1_000
# Of more changed rows of a table it is not looked up which of them matter.
MOST_NAMED_ROWS = 5_000


@dataclass(frozen=True)
class SaidBy:
    """A source that is cited for a value."""

    slug: str
    title: str


@dataclass(frozen=True)
class Difference:
    """A row that differs, and for each of its columns the sources that were cited for the later value then."""

    table: Table
    row: RowChange
    sources: dict[str, list[SaidBy]] = field(default_factory=dict)

    @property
    def cells(self) -> list[tuple[CellChange, list[SaidBy]]]:
        return [(cell, self.sources[cell.column]) for cell in self.row.cells]


@dataclass(frozen=True)
class RowThen:
    """A row as readers saw it: its key, and its cells as texts."""

    key: str
    cells: list[str]


type_of_row_place = tuple[str, int]


class Between:
    """The differences of some tables from the end of revision `first` to the end of revision `last`."""

    def __init__(self, first: int, last: int, tables: Sequence[Table] = TABLES):
        self.first, self.last = first, last
        self.tables = {table.name: table for table in TABLES if table in tables}
        self.steps: dict[type[Model], dict[int, set[str] | None]] = {}

    def page(self, number: int) -> tuple[list[Difference], int]:
        """A page of the rows that differ, and how many do; where very many may, a page of those that may, of which those
        that do are given, and how many may.

        The number of queries depends on how many tables changed.
        """
        with self.one_state():
            with past(self.last):
                places = self.candidates()
            with past(self.first):
                places = sorted({*places, *self.candidates()}, key=self.order)
                of_page = slice((number - 1) * ROWS_ON_PAGE, number * ROWS_ON_PAGE)
                is_whole = len(places) <= MOST_COMPARED_WHOLE
                shown = places if is_whole else places[of_page]
                before = self.rows(shown)
            with past(self.last):
                after, sources = self.rows(shown), self.sources(shown)
        found = list(self.compared(shown, before, after, sources))
        return (found[of_page], len(found)) if is_whole else (found, len(places))

    def all(self, most: int) -> list[Difference] | None:
        """Every difference; None where more rows than `most` may differ."""
        with self.one_state():
            with past(self.last):
                places = self.candidates()
                after = self.rows(places) if len(places) <= most else {}
            with past(self.first):
                found = self.candidates()
                places = sorted({*places, *found}, key=self.order)
                if len(places) > most:
                    return None
                before = self.rows(places)
            with past(self.last):
                missing = [place for place in found if place not in after]
                after |= self.rows(missing)
        return list(self.compared(places, before, after, {}))

    @contextmanager
    def one_state(self) -> Iterator[None]:
        """See one state of the directory; what changed in between is read from it, before it stands behind a past."""
        with one_indexed_state(read_only=False):
            self.steps = self.steps_between()
            yield

    def order(self, place: type_of_row_place) -> tuple[int, int]:
        name, key = place
        return list(self.tables).index(name), key

    # Which rows may differ

    def candidates(self) -> list[type_of_row_place]:
        """The rows of the past that is read just now that a change between the two concerns, as readers saw them."""
        return [
            (name, key)
            for name, table in self.tables.items()
            for key in self.concerned(table).values_list("pk", flat=True)
        ]

    def concerned(self, table: Table) -> QuerySet:
        found = [self.concerned_by(way) for way in ways_to_table(table)]
        if not any(found):
            return public_rows(table).none()
        keys = " UNION ".join(filter(None, found))
        return public_rows(table).filter(pk__in=RawSQL(f"SELECT id FROM ({keys}) k WHERE id IS NOT NULL", ()))  # noqa: S608, S611

    def concerned_by(self, way: Dependency) -> str:
        """SQL for the records that depend in one way on rows that changed in what matters; "" where there are none."""
        model = model_of_table(way.table)
        keys = self.rows_that_differ(model, set(way.columns))
        if model in (Agreement, AgreementParty):
            keys = " UNION ".join(filter(None, [keys, self.whose_publication_may_differ(model)]))
        if not keys:
            return ""
        return way.concerned.replace("{rows}", f"(SELECT * FROM {way.table} WHERE id IN ({keys}))")  # noqa: S608

    def whose_publication_may_differ(self, model: type[Model]) -> str:
        """SQL for the agreements, or their parties, of which another record decides whether they are public: one that is
        hidden today has never been there."""
        party = AgreementParty._meta.db_table
        own = self.rows_that_differ(Agreement, {"publication_state"})
        parties = self.rows_that_differ(AgreementParty, {"agreement_id", "organization_id", "role"})
        organizations = self.rows_that_differ(Organization, {"publication_state"})
        by = {"id": parties, "organization_id": organizations}
        found = [
            f"SELECT agreement_id FROM {party} WHERE {column} IN ({rows})"  # noqa: S608
            for column, rows in by.items()
            if rows
        ]
        agreements = " UNION ".join(filter(None, [own, *found]))
        if model is Agreement or not agreements:
            return agreements
        return f"SELECT id FROM {party} WHERE agreement_id IN ({agreements})"  # noqa: S608

    def rows_that_differ(self, model: type[Model], columns: set[str]) -> str:
        """SQL for the keys of the rows of a table that came, went or hold another value in one of some columns."""
        steps = self.steps.get(model, {})
        keys = [key for key, changed in steps.items() if changed is None or changed & columns]
        if len(keys) > MOST_NAMED_ROWS:
            low, high = sorted((self.first, self.last))
            names = ", ".join(f"'{name}'" for name in names_ever(model._meta.model_name))
            return (
                f'SELECT "row" FROM partners_change WHERE "table" IN ({names}) '  # noqa: S608 (of our own)
                f"AND revision_id > {low} AND revision_id <= {high}"
            )
        return sql_of_keys(keys) if keys else ""

    def steps_between(self) -> dict[type[Model], dict[int, set[str] | None]]:
        """The rows that changed between the two: the columns that hold another value, None of a row that came or went."""
        found: dict[type[Model], dict[int, set[str] | None]] = {}
        for step in net_steps(Change.objects.all(), *sorted((self.first, self.last)), only_written=False):
            before, after = step.before, step.after
            changed = None
            if before is not None and after is not None:
                changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
            found.setdefault(step.model, {})[step.key] = changed
        return found

    # What they held

    def rows(self, places: Iterable[type_of_row_place]) -> dict[type_of_row_place, RowThen]:
        """Those of some rows that readers saw in the past that is read just now."""
        found = {}
        for name, keys in keys_by_table(places).items():
            table = self.tables[name]
            names = [column.name for column in compared_columns(table)]
            parts = [names.index(part) for part in table.key]
            columns = [PRIMARY_KEY, *compared_columns(table)]
            for key, *cells in read_rows(public_rows(table).filter(pk__among=keys), columns):
                texts = [as_text(cell) for cell in cells]
                found[name, key] = RowThen(BETWEEN_KEYS.join(texts[part] for part in parts), texts)
        return found

    def sources(
        self, places: Iterable[type_of_row_place]
    ) -> dict[type_of_row_place, dict[str, list[SaidBy]]]:
        """The sources that the past that is read just now cites for the values of some records."""
        found: dict[type_of_row_place, dict[str, list[SaidBy]]] = {}
        targets = {model: target for target, model in TARGETS.items()}
        for name, keys in keys_by_table(places).items():
            if target := targets.get(self.tables[name].model):
                cited = Citation.objects.public(target).filter(
                    **{f"{target}__in": keys}, supports_current=True
                )
                values = cited.order_by("source__slug").values_list(
                    f"{target}_id", "field", "source__slug", "source__title"
                )
                for key, value, slug, title in values:
                    found.setdefault((name, key), {}).setdefault(value, []).append(SaidBy(slug, title))
        return found

    def compared(self, places, before, after, sources) -> Iterator[Difference]:
        for place in places:
            old, new = before.get(place), after.get(place)
            table = self.tables[place[0]]
            names = [column.name for column in compared_columns(table)]
            key = (new or old).key if new or old else ""
            cells = changed_cells(table.name, key, names, old and old.cells, new and new.cells)
            if cells:
                cited = sources.get(place, {})
                columns = {column.name: column for column in compared_columns(table)}
                said = {
                    each.column: cited.get(cited_field(table, columns[each.column]), []) for each in cells
                }
                yield Difference(table, RowChange(table.name, key, kind_of(old, new), cells), said)


def compared_columns(table: Table) -> list[Column]:
    """The columns that are compared: those of readers that follow from no others."""
    return [column for column in table.public_columns if column.stored]


def cited_field(table: Table, column: Column) -> str:
    """What citations call the value of a column."""
    if column.related:
        return column.name
    name = first_step(table.model, column.lookup).name
    return text_of(name) or name


def records_by_key(table: Table, keys: Iterable[str]) -> dict[str, Model]:
    """Those rows of a table that are public now and have a page, by their keys."""
    if not hasattr(table.model, "get_absolute_url") or len(table.key) > 1:
        return {}
    return {record.slug: record for record in public_rows(table).filter(slug__in=keys)}


@cache
def ways_to_table(table: Table) -> list[Dependency]:
    """What the rows of a table that readers see, and their cells, depend on."""
    values = {
        f"cell_{number}": column.expression(public=True)
        for number, column in enumerate(compared_columns(table))
    }
    rows = public_rows(table).annotate(**values).values("pk", *values)
    return list(dependencies_of(rows, rows.query.select[0], table.name))


@cache
def model_of_table(name: str) -> type[Model]:
    return next(model for model in models_with_data() if model._meta.db_table == name)


def sql_of_keys(keys: Sequence[int]) -> str:
    """SQL that gives some keys."""
    return f"SELECT * FROM (VALUES {', '.join(f'({key})' for key in keys)}) v"  # noqa: S608 (numbers)


def keys_by_table(places: Iterable[type_of_row_place]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for name, key in places:
        found.setdefault(name, []).append(key)
    return found
