"""In which revisions public values of public records changed: triggers note it, whoever writes.

What is watched follows from the columns of the tables: the public columns that are stored in the record itself, and
those whose values are rows of another table that belong to the record (its sectors, parties, citations). A record that
is not public is not watched, and neither is a row that nobody may see, so that nothing here tells of them. What a new
record is filled with in the transaction that creates it is no change.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connections, models

from partners.engines.emptying import WRITING
from partners.engines.statements import DIFFER
from partners.models import Publishable, Source
from partners.models.belonging import is_record
from partners.selection.index import literal
from partners.selection.watching import DELETE, INSERT, UPDATE
from partners.tables.columns import Column, Related, Table, first_step
from partners.tables.definitions import TABLES
from partners.triggers.journal import TRANSITION_TABLES
from partners.triggers.refusals import CHANGES, NEWEST_REVISION, PUBLIC_CHANGES
from partners.vocabularies import PUBLISHED

TRIGGER_EVENTS = (INSERT, UPDATE, DELETE)
# The field that stands for the record itself.
ITSELF = ""

# The present revision: the journal, whose triggers act first, has begun it, and nobody else writes meanwhile.
THIS_REVISION = NEWEST_REVISION

# What is watched -----------------------------------------------------------------------------------------------------

WATCHED = [table for table in TABLES if is_record(table.model)]


def visible(model: type[models.Model], row: str) -> str:
    """Whether readers may be told of a record, which stands under the name `row` in a statement."""
    names = {field.name for field in model._meta.concrete_fields}
    if "is_public" in names:
        return f"{row}.is_public"
    return f"{row}.publication_state = '{PUBLISHED}'" if "publication_state" in names else "TRUE"


def is_old(model: type[models.Model], row: str) -> str:
    """Whether a record was there before this revision: what a new one is filled with is no change of it."""
    return (
        f"NOT EXISTS (SELECT 1 FROM {CHANGES} m WHERE m.\"table\" = '{model._meta.model_name}' "  # noqa: S608
        f"AND m.\"row\" = {row}.id AND m.revision_id = {THIS_REVISION} AND m.operation = 'I')"
    )


def own_fields(table: Table, row: str) -> dict[str, str]:
    """What readers see of each column that is stored in the record itself, as an expression."""
    columns = [column for column in table.public_columns if column.stored and not column.related]
    return {column.name: seen(table.model, column, row) for column in columns if column.name not in table.key}


def seen(model: type[models.Model], column: Column, row: str) -> str:
    """A value as readers see it: nothing where it is a record that they may not see."""
    stored = first_step(model, column.lookup)
    if column.public_value is None or not stored.is_relation:
        return f"{row}.{stored.column}"
    other = stored.related_model
    return (
        f"(SELECT s.id FROM {other._meta.db_table} s WHERE s.id = {row}.{stored.column} "  # noqa: S608
        f"AND {visible(other, 's')})"
    )


@dataclass(frozen=True)
class Sets:
    """Rows of a table that belong to a record: for each set of the record, a column of its table, what is in it.

    `owner` is the database column that says whose they are.
    """

    record: type[models.Model]
    rows: type[models.Model]
    owner: str
    columns: dict[str, Related]

    @property
    def name(self) -> str:
        return self.record._meta.model_name

    def watched(self) -> list[str]:
        """The columns of a row whose change is one of the set: what a package holds of such a row."""
        described = [table for table in TABLES if table.model is self.rows]
        if not described:
            found = [field.column for field in self.rows._meta.concrete_fields if not field.primary_key]
        elif described[0] in WATCHED:
            found = [self.owner]
        else:
            public = [column for column in described[0].public_columns if column.stored]
            found = [first_step(self.rows, column.lookup).column for column in public]
        hidden_by = [field.column for field in self.rows._meta.concrete_fields if field.name == "is_public"]
        return [*dict.fromkeys(found), *hidden_by]

    def members(self, row: str, vendor: str) -> dict[str, str]:
        """For each set, whether readers see a row in it."""
        return {name: self.shows(related, row, vendor) for name, related in self.columns.items()}

    def shows(self, related: Related, row: str, vendor: str) -> str:
        query = related.rows().query
        if not query.where:
            return "TRUE"
        if len(query.alias_map) > 1:
            # The rule follows from what the row leads to.
            return self.leads_to_visible(related, row)
        connection = next(each for each in connections.all() if each.vendor == vendor)
        sql, values = query.where.as_sql(query.get_compiler(connection=connection), connection)
        sql = sql % tuple(literal(each) for each in values)
        return sql.replace(f'"{self.rows._meta.db_table}".', f"{row}.")

    def leads_to_visible(self, related: Related, row: str) -> str:
        step = first_step(self.rows, related.code)
        other = step.related_model
        return (
            f"EXISTS (SELECT 1 FROM {other._meta.db_table} l WHERE l.id = {row}.{step.column} "  # noqa: S608
            f"AND {visible(other, 'l')})"
        )


def all_sets() -> list[Sets]:
    """Every set of the watched records whose rows name their record."""
    found: dict[tuple, dict[str, Related]] = {}
    for table in WATCHED:
        for column in table.public_columns:
            related = column.related
            # What is reached over several tables is a fact of other records.
            if related and "__" not in related.owner and related.code.count("__") < 2:
                rows = related.rows().model
                key = table.model, rows, rows._meta.get_field(related.owner).column
                # Two columns show the same rows, the first one their codes.
                if related not in found.setdefault(key, {}).values():
                    found[key][column.name] = related
    return [Sets(*key, columns) for key, columns in found.items()]


# The statements ------------------------------------------------------------------------------------------------------


def note(select: str, always: bool = False) -> str:
    """A statement that notes what `select` gives: model, record, field. Nothing where no rows are kept, but `always`."""
    kept = "" if always else f"WHERE NOT EXISTS (SELECT 1 FROM {WRITING} WHERE NOT keeps_rows) "  # noqa: S608
    return (
        f"INSERT INTO {PUBLIC_CHANGES} (model, record_id, field, revision_id) "  # noqa: S608
        f"SELECT c.model, c.id, c.field, {THIS_REVISION} FROM ({select}) c {kept or 'WHERE TRUE '}"
        "ON CONFLICT DO NOTHING"
    )


def note_itself(model: type[models.Model], rows: str, where: str) -> str:
    """Note that records are there anew; `rows` has them under the name n."""
    return note(
        f"SELECT '{model._meta.model_name}' AS model, n.id AS id, '{ITSELF}' AS field FROM {rows} WHERE {where}",  # noqa: S608
        always=not issubclass(model, Publishable),
    )


def note_fields(model: type[models.Model], rows: str, where: str, fields: dict[str, str], vendor: str) -> str:
    """Note the fields whose condition holds, of the records that `rows` has under the name w; each once."""
    several = " UNION ALL ".join(
        f"SELECT '{name}' AS field, {test} AS noted" for name, test in fields.items()
    )
    lateral = "LATERAL " if vendor == "postgresql" else ""
    return note(
        f"SELECT '{model._meta.model_name}' AS model, w.id AS id, f.field AS field FROM {rows} "  # noqa: S608
        f"CROSS JOIN {lateral}({several}) f WHERE f.noted AND {where} GROUP BY w.id, f.field"
    )


def differs(names: list[str], vendor: str, new: str, old: str) -> str:
    return " OR ".join(DIFFER[vendor].format(f"{new}.{name}", f"{old}.{name}") for name in names)


def changed_fields(table: Table, vendor: str, new: str, old: str) -> dict[str, str]:
    """For each column of a record, whether what readers see of it has changed."""
    after, before = own_fields(table, new), own_fields(table, old)
    return {name: DIFFER[vendor].format(after[name], before[name]) for name in after}


@dataclass(frozen=True)
class Trigger:
    """A trigger of a table: on PostgreSQL for each statement, on SQLite for each row for which `when` holds."""

    table: str
    event: str
    name: str
    statements: tuple[str, ...]
    when: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.table}_{self.event.lower()}_notes_{self.name}"


# SQLite: a trigger for each row, which stands under NEW and OLD.


def sqlite_triggers() -> Iterator[Trigger]:
    for table in WATCHED:
        yield from sqlite_record(table)
    for sets in all_sets():
        yield from sqlite_sets(sets)


def sqlite_record(table: Table) -> Iterator[Trigger]:
    model, own = table.model, table.model._meta.db_table
    new = "(SELECT NEW.id AS id) w"
    fields = note_fields(model, new, "TRUE", changed_fields(table, "sqlite", "NEW", "OLD"), "sqlite")
    when = f"{visible(model, 'OLD')} AND {visible(model, 'NEW')}"
    yield Trigger(own, UPDATE, "fields", (fields,), when)
    itself = "(SELECT NEW.id AS id) n"
    if not issubclass(model, Publishable):
        yield Trigger(own, INSERT, "itself", (note_itself(model, itself, "TRUE"),))
        return
    when = f"({visible(model, 'OLD')}) <> ({visible(model, 'NEW')}) AND {is_old(model, 'NEW')}"
    again = note_itself(model, itself, visible(model, "NEW"))
    yield Trigger(own, UPDATE, "itself", (again, *sources_of(model, "SELECT NEW.id", "sqlite")), when)


def sources_of(model: type[models.Model], ids: str, vendor: str) -> Iterator[str]:
    """Statements that note a change of the sources that records support, when these come or go."""
    for sets in all_sets():
        for name, related in sets.columns.items():
            step = first_step(sets.rows, related.code)
            if sets.record is Source and step.related_model is model:
                rows = (
                    f"(SELECT DISTINCT c.{sets.owner} AS id FROM {sets.rows._meta.db_table} c "  # noqa: S608
                    f"WHERE c.{step.column} IN ({ids})) w"
                )
                yield note_fields(Source, rows, is_old(Source, "w"), {name: "TRUE"}, vendor)


def sqlite_sets(sets: Sets) -> Iterator[Trigger]:
    def note_for(row: str) -> str:
        where = f"w.id = {row}.{sets.owner} AND {belongs(sets, 'sqlite')}"
        record = f"{sets.record._meta.db_table} w"
        return note_fields(sets.record, record, where, sets.members(row, "sqlite"), "sqlite")

    for event in TRIGGER_EVENTS:
        rows = {INSERT: ["NEW"], DELETE: ["OLD"], UPDATE: ["NEW", "OLD"]}[event]
        # Most rows that are written before their record is public end here.
        tests = {test for row in rows for test in sets.members(row, "sqlite").values()}
        when = " OR ".join(sorted(tests))
        if event == UPDATE:
            when = f"({when}) AND ({differs(sets.watched(), 'sqlite', 'NEW', 'OLD')})"
        statements = tuple(note_for(row) for row in rows)
        yield Trigger(sets.rows._meta.db_table, event, f"{sets.name}_sets", statements, when)


def belongs(sets: Sets, vendor: str) -> str:
    """Whether a record is one whose sets are watched."""
    return f"{visible(sets.record, 'w')} AND {is_old(sets.record, 'w')}"


def for_sqlite() -> Iterator[str]:
    for each in sqlite_triggers():
        yield (
            f"CREATE TRIGGER {each.full_name} AFTER {each.event} ON {each.table} "
            f"{f'WHEN {each.when} ' if each.when else ''}BEGIN {'; '.join(each.statements)}; END"
        )


# PostgreSQL: a trigger for each statement, whose rows stand in the tables new_rows and old_rows.

BOTH = "new_rows n JOIN old_rows o ON o.id = n.id"


def postgresql_triggers() -> Iterator[Trigger]:
    for table in WATCHED:
        yield from postgresql_record(table)
    for sets in all_sets():
        yield from postgresql_sets(sets)


def postgresql_record(table: Table) -> Iterator[Trigger]:
    model, own = table.model, table.model._meta.db_table
    where = f"{visible(model, 'o')} AND {visible(model, 'w')}"
    pairs = "new_rows w JOIN old_rows o ON o.id = w.id"
    changed = changed_fields(table, "postgresql", "w", "o")
    yield Trigger(own, UPDATE, "fields", (note_fields(model, pairs, where, changed, "postgresql"),))
    if not issubclass(model, Publishable):
        yield Trigger(own, INSERT, "itself", (note_itself(model, "new_rows n", "TRUE"),))
        return
    moved = f"({visible(model, 'o')}) <> ({visible(model, 'n')}) AND {is_old(model, 'n')}"
    again = note_itself(model, BOTH, f"{moved} AND {visible(model, 'n')}")
    those = f"SELECT n.id FROM {BOTH} WHERE {moved}"  # noqa: S608
    yield Trigger(own, UPDATE, "itself", (again, *sources_of(model, those, "postgresql")))


def postgresql_sets(sets: Sets) -> Iterator[Trigger]:
    changed = differs(sets.watched(), "postgresql", "n", "o")
    rows = {
        INSERT: "new_rows r",
        DELETE: "old_rows r",
        UPDATE: f"(SELECT n.* FROM {BOTH} WHERE {changed} UNION ALL SELECT o.* FROM {BOTH} WHERE {changed}) r",  # noqa: S608
    }
    tests = sets.members("r", "postgresql")
    for event in TRIGGER_EVENTS:
        records = f"{rows[event]} JOIN {sets.record._meta.db_table} w ON w.id = r.{sets.owner}"
        statement = note_fields(sets.record, records, belongs(sets, "postgresql"), tests, "postgresql")
        yield Trigger(sets.rows._meta.db_table, event, f"{sets.name}_sets", (statement,))


def for_postgresql() -> Iterator[str]:
    """The names of the triggers come after that of the data version, which makes writers take turns."""
    for each in postgresql_triggers():
        yield f"""CREATE OR REPLACE FUNCTION {each.full_name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN {"; ".join(each.statements)}; RETURN NULL; END $$"""
        yield f"""CREATE TRIGGER {each.full_name} AFTER {each.event} ON {each.table}
            REFERENCING {TRANSITION_TABLES[each.event]} FOR EACH STATEMENT EXECUTE FUNCTION {each.full_name}()"""
