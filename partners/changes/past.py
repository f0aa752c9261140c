"""Reading the directory as it was at the end of a revision: tables of the present in the shape that they had.

For the statements of one transaction each table that changed since stands behind a view of the same name, which this
connection alone sees: the rows of today that did not change since, and the others as the journal has them. Whatever
reads the directory, reads the past without knowing it.

What is hidden or gone today is hidden there too: a record is public where it was then and still is.
"""

import datetime
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, models, transaction
from django.db.models import Max

from partners.changes.history import model_today
from partners.changes.past_index import PastIndex
from partners.changes.releases import columns_today, names_ever
from partners.engines.past import KEYS_CHANGED, ROWS_THEN, THOSE_TABLE
from partners.engines.statements import DIFFER, placeholders
from partners.models import Agreement, AgreementParty, Change, Citation, Organization, Revision, Source
from partners.models.belonging import in_order_of_references, is_record, owners
from partners.selection.index import one_indexed_state
from partners.selection.watching import INSERT, Dependency
from partners.vocabularies import PUBLISHED, PartyRole


def newest_of_day(day: datetime.date) -> int | None:
    """The last revision until the end of a day (UTC)."""
    end = datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time(), datetime.UTC)
    return Revision.objects.filter(at__lt=end).aggregate(newest=Max("number"))["newest"]


def readable_revisions() -> tuple[int, int] | None:
    """The first and the last revision at whose end the directory can be read; None where nothing was ever written.

    Before the first one lies what was forgotten, or was never kept: the rows of a first load.
    """
    newest = Revision.objects.aggregate(newest=Max("number"))["newest"]
    if newest is None:
        return None
    horizon = last_without_rows()
    return horizon.number if horizon else 1, newest


def last_without_rows() -> Revision | None:
    """The last revision of which the journal has no rows; None where it has all. Nothing before its end can be read."""
    return Revision.objects.filter(rows_kept=False).order_by("-number").first()


@contextmanager
def past(revision: int) -> Iterator[None]:
    """Read the directory as it was at the end of a revision (see `readable_revisions`). Nothing can be written.

    The number of statements depends on how many tables changed since, their time on how many rows did.
    """
    with one_indexed_state(read_only=False), transaction.atomic(), connection.cursor() as cursor:
        overlay = Overlay(cursor, revision)
        overlay.put_up()
        connection.as_of, connection.past_index = revision, PastIndex(overlay)
        try:
            yield
        finally:
            connection.as_of = connection.past_index = None
            # The views go with it.
            transaction.set_rollback(True)


def public_now(model: type[models.Model], now: str) -> str:
    """A query of the keys that readers can see in a table of the present; "" where all of them."""
    names = {field.name for field in model._meta.concrete_fields}
    if "is_public" in names:
        return f"SELECT id FROM {now} WHERE is_public"  # noqa: S608 (texts of this file)
    state = f"SELECT id FROM {now} WHERE publication_state = '{PUBLISHED}'"  # noqa: S608
    return state if "publication_state" in names else ""


class Overlay:
    """The views of one transaction. Beside each stand two tables: the rows as they were, and the keys that changed."""

    def __init__(self, cursor, revision: int):
        self.cursor, self.revision, self.connection = cursor, revision, connection
        self.vendor = connection.vendor
        # The type of keys.
        self.number = "integer" if self.vendor == "sqlite" else "bigint"
        self.schema = self.schema_of_tables()
        later = Change.objects.filter(revision__gt=revision).order_by()
        # The tables that changed, by the names that they had, with the releases that kept their rows.
        self.images = list(later.values_list("table", "revision__schema").distinct())
        self.model_of: dict[str, type[models.Model]] = {}
        self.differences: dict[type[models.Model], tuple[set[str], bool]] = {}

    def schema_of_tables(self) -> str:
        """Where the tables of the present are, which the views hide."""
        if self.vendor == "sqlite":
            return "main"
        self.execute("SELECT current_schema()")
        return connection.ops.quote_name(self.cursor.fetchone()[0])

    def now(self, model: type[models.Model]) -> str:
        return f"{self.schema}.{model._meta.db_table}"

    def then(self, model: type[models.Model]) -> str:
        return ROWS_THEN + model._meta.db_table

    def changed(self, model: type[models.Model]) -> str:
        return KEYS_CHANGED + model._meta.db_table

    def execute(self, sql: str, *values) -> None:
        self.cursor.execute(sql, values)

    def put_up(self) -> None:
        found = [model for model in in_order_of_references() if model in self.models_that_changed()]
        self.model_of = {model._meta.db_table: model for model in found}
        self.execute(f"CREATE TEMPORARY TABLE {THOSE_TABLE} (id {self.number} PRIMARY KEY)")
        for model in found:
            self.make_table_of_then(model)
            self.execute(f"CREATE TEMPORARY TABLE {self.changed(model)} (id {self.number} PRIMARY KEY)")
            self.read_journal(model)
            self.index(model)
        if Citation in found:
            self.leave_out_hidden_sources()
        if Agreement in found:
            self.take_along_agreements()
        for model in found:
            self.leave_out_what_is_gone(model)
            self.hide_what_is_hidden_now(model)
            if self.has_changed(model):
                self.make_view(model, f"id IN (SELECT id FROM {self.changed(model)})")  # noqa: S608
        if Agreement in found:
            self.decide_what_is_public()
        for model in found:
            # Whoever plans a statement should not take them for empty.
            self.execute(f"ANALYZE {self.then(model)}")
            self.execute(f"ANALYZE {self.changed(model)}")

    def models_that_changed(self) -> set[type[models.Model]]:
        found = {model_today(table, schema) for table, schema in self.images} - {None}
        if found & {Agreement, AgreementParty, Organization}:
            # Whether an agreement is public follows from these.
            found |= {Agreement, AgreementParty}
        return found

    def make_table_of_then(self, model: type[models.Model]) -> None:
        now, then = self.now(model), self.then(model)
        if self.vendor == "sqlite":
            self.execute(f"CREATE TEMPORARY TABLE {then} AS SELECT * FROM {now} LIMIT 0")  # noqa: S608
        else:
            self.execute(f"CREATE TEMPORARY TABLE {then} (LIKE {now})")

    def read_journal(self, model: type[models.Model]) -> None:
        """The rows that changed since, as they were before their first change."""
        names = names_ever(model._meta.model_name)
        after = f'FROM partners_change WHERE "table" IN ({placeholders(names)}) AND revision_id > %s'  # noqa: S608
        given = [*names, self.revision]
        self.execute(f'INSERT INTO {self.changed(model)} SELECT DISTINCT "row" {after}', *given)  # noqa: S608
        first = f'(SELECT min(id) {after} GROUP BY "row")'  # noqa: S608
        columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
        for table, schema in self.images:
            if model_today(table, schema) is model:
                former = {today: before for before, today in columns_today(table, schema).items()}
                values, images = self.values(model, former)
                self.execute(
                    f"INSERT INTO {self.then(model)} ({columns}) SELECT {values} FROM {images} "  # noqa: S608
                    f"WHERE c.id IN {first} AND c.operation <> 'I' AND c.\"table\" = %s AND s.schema = %s",
                    *(*given, table, schema),
                )

    def index(self, model: type[models.Model]) -> None:
        """SQLite reads a whole table again and again where it has no index; PostgreSQL joins what it has read once."""
        if self.vendor == "sqlite":
            then = self.then(model)
            for field in model._meta.concrete_fields:
                if field.is_relation or field.primary_key:
                    self.execute(f"CREATE INDEX {then}_{field.column} ON {then} ({field.column})")

    def values(self, model: type[models.Model], former: dict[str, str]) -> tuple[str, str]:
        """The columns of an image as expressions, and where they are read from; `former` has what a column was called
        when the image was made."""
        fields = model._meta.concrete_fields
        images = "partners_change c JOIN partners_revision s ON s.number = c.revision_id"
        if self.vendor == "sqlite":
            return ", ".join(value_of_json(field, former) for field in fields), images
        missing = json.dumps({field.column: literal_default(field) for field in fields}).replace("'", "''")
        renamed = "".join(
            f" || jsonb_build_object('{today}', c.before->'{name}')" for today, name in former.items()
        )
        row = f"jsonb_populate_record(NULL::{self.now(model)}, '{missing}'::jsonb || c.before{renamed})"
        found = f"CROSS JOIN LATERAL {row.replace('%', '%%')} r"
        return ", ".join(f'r."{field.column}"' for field in fields), f"{images} {found}"

    def take_along_agreements(self) -> None:
        """Agreements of which a party changed, and all parties of these, stand among what changed, as they are now:
        whether readers see them has to be decided anew."""
        theirs = (
            f"SELECT agreement_id FROM {self.then(AgreementParty)} UNION "  # noqa: S608
            f"SELECT agreement_id FROM {self.now(AgreementParty)} WHERE id IN (SELECT id FROM {self.changed(AgreementParty)})"
        )
        self.take_along(Agreement, f"id IN ({theirs})")
        self.take_along(AgreementParty, f"agreement_id IN (SELECT id FROM {self.changed(Agreement)})")  # noqa: S608

    def take_along(self, model: type[models.Model], which: str) -> None:
        changed, now = self.changed(model), self.now(model)
        columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
        more = f"FROM {now} WHERE {which} AND id NOT IN (SELECT id FROM {changed})"  # noqa: S608
        self.execute(f"INSERT INTO {self.then(model)} ({columns}) SELECT {columns} {more}")  # noqa: S608
        self.execute(f"INSERT INTO {changed} SELECT id {more}")  # noqa: S608

    def leave_out_hidden_sources(self) -> None:
        """A source that supports nothing public now is hidden, and so is what cited it."""
        then = self.then(Citation)
        self.execute(f"SELECT DISTINCT source_id FROM {then}")  # noqa: S608
        cited = [key for (key,) in self.cursor.fetchall()]
        if cited:
            public = Source.objects.published().filter(pk__among=cited).values_list("pk", flat=True)
            hidden = set(cited) - set(public)
            self.cursor.executemany(f"DELETE FROM {then} WHERE source_id = %s", [(key,) for key in hidden])  # noqa: S608

    def leave_out_what_is_gone(self, model: type[models.Model]) -> None:
        """Records that are gone today, and what of a row leads to one."""
        then = self.then(model)
        if is_record(model):
            self.execute(f"DELETE FROM {then} WHERE id NOT IN (SELECT id FROM {self.now(model)})")  # noqa: S608
        for field in model._meta.concrete_fields:
            if not field.is_relation:
                continue
            # Of its own kind as they are today, of others as they were: these stand there already.
            other = field.related_model
            there = self.now(other) if other is model else other._meta.db_table
            gone = f"{field.column} IS NOT NULL AND {field.column} NOT IN (SELECT id FROM {there})"  # noqa: S608
            if not field.null or (not is_record(model) and field.column in owners(model)):
                self.execute(f"DELETE FROM {then} WHERE {gone}")  # noqa: S608
            else:
                self.execute(f"UPDATE {then} SET {field.column} = NULL WHERE {gone}")  # noqa: S608

    def hide_what_is_hidden_now(self, model: type[models.Model]) -> None:
        if model is AgreementParty:
            return
        names = {field.name for field in model._meta.concrete_fields}
        then, now = self.then(model), self.now(model)
        if public := public_now(model, now):
            # As they are today: what is hidden in another way than it was is no difference.
            hidden = {
                "publication_state": f"(SELECT n.publication_state FROM {now} n WHERE n.id = {then}.id)",  # noqa: S608
                "is_public": "FALSE",
            }
            values = ", ".join(f"{name} = {value}" for name, value in hidden.items() if name in names)
            self.execute(f"UPDATE {then} SET {values} WHERE id NOT IN ({public})")  # noqa: S608

    def make_view(self, model: type[models.Model], is_changed: str) -> None:
        """The rows of today, `u`, but for those of which a condition says that they changed, and those of then. In the form in
        which each engine looks rows up by their keys: SQLite takes such a union apart where each half has its condition,
        PostgreSQL where none has one."""
        columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
        now, then = (f"SELECT {columns}{{}} FROM {table}" for table in (self.now(model), self.then(model)))  # noqa: S608
        if not is_changed:
            view = f"{now.format('')} UNION ALL {then.format('')}"
        elif self.vendor == "sqlite":
            view = f"{now.format('')} u WHERE NOT ({is_changed}) UNION ALL {then.format('')}"
        else:
            union = f"{now.format(', TRUE AS is_now')} UNION ALL {then.format(', FALSE')}"
            view = f"SELECT {columns} FROM ({union}) u WHERE NOT (is_now AND {is_changed})"  # noqa: S608
        self.execute(f"CREATE TEMPORARY VIEW {model._meta.db_table} AS {view}")

    def has_changed(self, model: type[models.Model]) -> bool:
        self.execute(f"SELECT id FROM {self.changed(model)} LIMIT 1")  # noqa: S608
        return self.cursor.fetchone() is not None

    # What differs from today

    def touches(self, way: Dependency) -> bool:
        """Whether something has changed since that matters to what depends on a table in this way."""
        if way.table not in self.model_of:
            return False
        columns, comes_and_goes = self.differing(self.model_of[way.table])
        return bool(columns & set(way.columns)) or (comes_and_goes and INSERT in way.events)

    def differing(self, model: type[models.Model]) -> tuple[set[str], bool]:
        """The columns of a table of which some row holds another value, and whether rows came or went."""
        if model not in self.differences:
            names = [field.column for field in model._meta.concrete_fields if not field.primary_key]
            differ = (DIFFER[self.vendor].format(f'o."{name}"', f'n."{name}"') for name in names)
            tests = ", ".join(f"coalesce(max(CASE WHEN {each} THEN 1 END), 0)" for each in differ)
            then, now, changed = self.then(model), self.now(model), self.changed(model)
            # SQLite begins with the first of two tables that are joined so.
            self.execute(f"SELECT count(*), {tests} FROM {then} o CROSS JOIN {now} n WHERE n.id = o.id")  # noqa: S608
            both, *found = self.cursor.fetchone()
            self.execute(f"SELECT count(*) FROM {changed}")  # noqa: S608
            (all_of_them,) = self.cursor.fetchone()
            columns = {name for name, differs in zip(names, found, strict=True) if differs}
            self.differences[model] = columns, both < all_of_them
        return self.differences[model]

    def name_concerned(self, ways: Iterable[Dependency]) -> None:
        """Put the records that the changed rows concern, then or now, where statements find them."""
        self.execute(f"DELETE FROM {THOSE_TABLE}")  # noqa: S608 (texts of this file)
        keys = " UNION ".join(
            way.concerned.replace(" JOIN ", f" JOIN {schema}").replace(
                "{rows}", f"({self.rows_that_differ(way, side)})"
            )
            for way in ways
            for side, schema in (("n", f"{self.schema}."), ("o", ""))
        )
        self.execute(f"INSERT INTO {THOSE_TABLE} SELECT id FROM ({keys}) k WHERE id IS NOT NULL")  # noqa: S608
        if self.vendor == "postgresql":
            self.execute(f"ANALYZE {THOSE_TABLE}")

    def rows_that_differ(self, way: Dependency, side: str) -> str:
        """The rows of a table that differ in what matters, as they are (n) or as they were (o)."""
        model = self.model_of[way.table]
        tables = {"n": self.now(model), "o": self.then(model)}
        other = "o" if side == "n" else "n"
        same = (DIFFER[self.vendor].format(f"n.{name}", f"o.{name}") for name in way.columns)
        differ = " OR ".join([f"{other}.id IS NULL", *same])
        return (
            f"SELECT {side}.* FROM {self.changed(model)} c CROSS JOIN {tables[side]} {side} "  # noqa: S608
            f"LEFT JOIN {tables[other]} {other} ON {other}.id = c.id WHERE {side}.id = c.id AND ({differ})"
        )

    def decide_what_is_public(self) -> None:
        """An agreement is public with a public partner, a party where both ends are (`partners/triggers/visibility.py`);
        here of those then that still are."""
        agreement, party = self.then(Agreement), self.then(AgreementParty)
        organization = Organization._meta.db_table
        public = f"o.publication_state = '{PUBLISHED}'"
        self.execute(
            f"UPDATE {agreement} SET is_public = FALSE WHERE is_public AND NOT EXISTS (SELECT 1 FROM {party} p "  # noqa: S608
            f"JOIN {organization} o ON o.id = p.organization_id WHERE p.agreement_id = {agreement}.id "
            f"AND p.role = '{PartyRole.PARTNER}' AND {public})"
        )
        self.execute(
            f"UPDATE {party} SET is_public = FALSE WHERE is_public AND NOT EXISTS (SELECT 1 FROM {agreement} a "  # noqa: S608
            f"JOIN {organization} o ON o.id = {party}.organization_id "
            f"WHERE a.id = {party}.agreement_id AND a.is_public AND {public})"
        )


def literal_default(field: models.Field):
    """What a column holds where an older image lacks it, as JSON has it."""
    default = field.get_default()
    return default if isinstance(default, str | int | bool) else None


def value_of_json(field: models.Field, former: dict[str, str]) -> str:
    """The value of a column from an image, on SQLite."""
    place = f"'$.{former.get(field.column, field.column)}'"
    found, default = f"json_extract(c.before, {place})", literal_default(field)
    if default is None:
        return found
    text = "'" + default.replace("'", "''") + "'" if isinstance(default, str) else str(int(default))
    text = text.replace("%", "%%")
    return f"CASE WHEN json_type(c.before, {place}) IS NULL THEN {text} ELSE {found} END"
