# ruff: noqa: S608 - the names put into this SQL are those of our own tables and columns.
"""Evidence follows the value: which citations support what a record has now, kept as a column by triggers.

A citation keeps the value that it supports, as a data package has it: a text as it is, a number or a day in digits, another
record by its code, several of them by their codes, an amount by its kind, exactness, figure and currency. Where that
is no longer what the record has, whoever changed it, the citation is for an earlier value. A citation that names no
value (NULL) gets that of now. A record that gets another code is still the same: citations follow it, those that stand and
those of earlier values.

`supports_current` is never written by Python: what is written to it is put right at once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import models

from partners.engines.statements import DIFFER
from partners.models import AgreementAmount, Citation
from partners.models.agreements import AMOUNTS_FIELD
from partners.models.base import Citable
from partners.models.sources import TARGETS
from partners.selection.watching import DELETE, INSERT, UPDATE
from partners.triggers.journal import TRANSITION_TABLES

CITATION_TABLE = Citation._meta.db_table
# The columns of an amount that its text is made of, in this order.
PARTS_OF_AMOUNT = ("kind", "exactness", "amount", "currency")
# Of a citation: what says which value it supports.
NAMING = (
    "value",
    "field",
    "agreement_amount_id",
    *(f"{target}_id" for target in TARGETS),
    "supports_current",
)

# The value of now ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Engine:
    """How an engine writes values as texts: with `{}` for the column or the SELECT of codes in order."""

    vendor: str
    day: str
    figure: str
    joined: str
    collation: str


ENGINES = {
    "sqlite": Engine(
        "sqlite", "CAST({} AS TEXT)", "CAST({} AS TEXT)", "(SELECT group_concat(code, ';') FROM ({}))", ""
    ),
    "postgresql": Engine(
        "postgresql",
        "to_char({}, 'YYYY-MM-DD')",
        "trim_scale({})::text",
        "(SELECT string_agg(code, ';' ORDER BY code) FROM ({}) c)",
        ' COLLATE "C"',
    ),
}


def value_as_text(field: models.Field, row: str, engine: Engine) -> str:
    """The value of a field of the record called `row`, as text."""
    if field.many_to_many:
        through, other = field.remote_field.through._meta.db_table, field.related_model._meta.db_table
        return engine.joined.format(
            f"SELECT s.slug AS code FROM {through} t JOIN {other} s ON s.id = t.{field.m2m_reverse_name()} "
            f"WHERE t.{field.m2m_column_name()} = {row}.id ORDER BY s.slug"
        )
    if field.is_relation:
        other = field.related_model._meta.db_table
        return f"(SELECT s.slug FROM {other} s WHERE s.id = {row}.{field.column})"
    if isinstance(field, models.DateField):
        return engine.day.format(f"{row}.{field.column}")
    if isinstance(field, models.DecimalField):
        return engine.figure.format(f"{row}.{field.column}")
    if isinstance(field, models.IntegerField):
        return f"CAST({row}.{field.column} AS TEXT)"
    return f"{row}.{field.column}"


def fields_of(model: type[Citable]) -> list[models.Field]:
    """The fields of a record that can be cited; amounts are rows of their own."""
    return [model._meta.get_field(name) for name in model.citable_fields if name != AMOUNTS_FIELD]


def value_of_now(row: str, engine: Engine, targets: Iterable[str] = TARGETS) -> str:
    """What the record of the citation called `row` has in the field that it names, as text; '' where it has nothing.

    `targets` are the kinds of records that it may belong to.
    """
    parts = " || ' ' || ".join(
        value_as_text(AgreementAmount._meta.get_field(name), "a", engine) for name in PARTS_OF_AMOUNT
    )
    amount = (
        f"(SELECT {parts} FROM {AgreementAmount._meta.db_table} a WHERE a.id = {row}.agreement_amount_id)"
    )
    cases = [f"WHEN {row}.field = '' THEN ''", f"WHEN {row}.field = '{AMOUNTS_FIELD}' THEN {amount}"]
    for target, model in ((target, TARGETS[target]) for target in targets):
        fields = " ".join(
            f"WHEN '{field.name}' THEN {value_as_text(field, 'r', engine)}" for field in fields_of(model)
        )
        cases.append(
            f"WHEN {row}.{target}_id IS NOT NULL THEN (SELECT CASE {row}.field {fields} END "
            f"FROM {model._meta.db_table} r WHERE r.id = {row}.{target}_id)"
        )
    return f"(coalesce(CASE {' '.join(cases)} END, ''){engine.collation})"


# The statements ------------------------------------------------------------------------------------------------------


def make_true(vendor: str, those: str = "TRUE", targets: Iterable[str] = TARGETS) -> str:
    """A statement that puts right all citations, or those for which a condition holds: of records of some kinds only."""
    now = value_of_now(CITATION_TABLE, ENGINES[vendor], targets)
    return (
        f"UPDATE {CITATION_TABLE} SET value = coalesce(value, {now}), supports_current = (value IS NULL OR value = {now}) "
        f"WHERE {those} AND (value IS NULL OR supports_current <> (value = {now}))"
    )


def follow(field: models.Field, target: str, renamed: str) -> str:
    """A statement by which standing citations of a field name the records that it refers to by their new codes."""
    if field.many_to_many:
        through = field.remote_field.through._meta.db_table
        using = f"SELECT t.{field.m2m_column_name()} FROM {through} t WHERE t.{field.m2m_reverse_name()} IN ({renamed})"
    else:
        using = f"SELECT r.id FROM {field.model._meta.db_table} r WHERE r.{field.column} IN ({renamed})"
    return (
        f"UPDATE {CITATION_TABLE} SET value = NULL "
        f"WHERE field = '{field.name}' AND supports_current AND {target}_id IN ({using})"
    )


RENAMED_IN_VALUE = {
    "sqlite": """(SELECT group_concat(code, ';') FROM
        (SELECT coalesce(p.new, i.value) AS code FROM {items} i LEFT JOIN ({pairs}) p ON p.old = i.value ORDER BY code))""",
    "postgresql": """(SELECT string_agg(coalesce(p.new, i.value), ';' ORDER BY coalesce(p.new, i.value) COLLATE "C")
        FROM {items} i LEFT JOIN ({pairs}) p ON p.old = i.value)""",
}
# The codes in the value of a citation: no code holds what JSON writes otherwise.
ITEMS_OF_VALUE = {
    "sqlite": """json_each('["' || replace({value}, ';', '","') || '"]')""",
    "postgresql": "(SELECT unnest(string_to_array({value}, ';')) AS value)",
}


def follow_earlier(field: models.Field, target: str, pairs: str, vendor: str) -> str:
    """A statement by which citations of earlier values of a field name renamed records by their new codes.

    `pairs` is a SELECT of the columns `old` and `new`: their codes.
    """
    items = ITEMS_OF_VALUE[vendor].format(value=f"{CITATION_TABLE}.value")
    value = RENAMED_IN_VALUE[vendor].format(items=items, pairs=pairs)
    return (
        f"UPDATE {CITATION_TABLE} SET value = {value} WHERE field = '{field.name}' AND NOT supports_current "  # noqa: S608
        f"AND {target}_id IS NOT NULL AND value <> '' "
        f"AND EXISTS (SELECT 1 FROM {items} i JOIN ({pairs}) p ON p.old = i.value)"
    )


@dataclass(frozen=True)
class Watched:
    """What can change values that are cited: columns of a table, or all of its rows where they come and go.

    `concerned` is the condition for the citations, with `{}` for the keys of the changed rows in `key`. They belong to
    records of the kind `target`.
    """

    target: str
    table: str
    columns: tuple[str, ...]
    events: tuple[str, ...]
    key: str
    concerned: str

    def name(self, event: str) -> str:
        return f"{self.table}_{event.lower()}_refreshes_evidence"


def watched() -> Iterator[Watched]:
    for target, model in TARGETS.items():
        own, sets = [], []
        for field in fields_of(model):
            (sets if field.many_to_many else own).append(field)
        columns = tuple(field.column for field in own)
        yield Watched(target, model._meta.db_table, columns, (UPDATE,), "id", f"{target}_id IN ({{}})")
        for field in sets:
            through, owner = field.remote_field.through._meta.db_table, field.m2m_column_name()
            concerned = f"field = '{field.name}' AND {target}_id IN ({{}})"
            yield Watched(
                target, through, (owner, field.m2m_reverse_name()), (INSERT, UPDATE, DELETE), owner, concerned
            )
    amounts = AgreementAmount._meta.db_table
    yield Watched("agreement", amounts, PARTS_OF_AMOUNT, (UPDATE,), "id", "agreement_amount_id IN ({})")


def coded() -> dict[str, list[tuple[models.Field, str]]]:
    """The tables whose codes stand in values that are cited, with the fields in which they do, and whose these are."""
    found: dict[str, list[tuple[models.Field, str]]] = {}
    for target, model in TARGETS.items():
        for field in fields_of(model):
            if field.is_relation:
                found.setdefault(field.related_model._meta.db_table, []).append((field, target))
    return found


def differ(columns: tuple[str, ...], vendor: str, new: str, old: str) -> str:
    return " OR ".join(DIFFER[vendor].format(f"{new}.{name}", f"{old}.{name}") for name in columns)


# SQLite: a trigger for each row, which stands under NEW and OLD.


def for_sqlite() -> Iterator[str]:
    def trigger(name: str, event: str, table: str, statements: list[str], when: str = "") -> str:
        condition = f"WHEN {when} " if when else ""
        return f"CREATE TRIGGER {name} AFTER {event} ON {table} {condition}BEGIN {'; '.join(statements)}; END"

    own = [make_true("sqlite", "id = NEW.id")]
    yield trigger(f"{CITATION_TABLE}_insert_refreshes_evidence", INSERT, CITATION_TABLE, own)
    yield trigger(
        f"{CITATION_TABLE}_update_refreshes_evidence", f"UPDATE OF {', '.join(NAMING)}", CITATION_TABLE, own
    )
    for each in watched():
        for event in each.events:
            rows = {INSERT: ["NEW"], DELETE: ["OLD"], UPDATE: ["NEW", "OLD"]}[event]
            keys = ", ".join(f"{row}.{each.key}" for row in (rows if each.key != "id" else rows[:1]))
            when = differ(each.columns, "sqlite", "NEW", "OLD") if event == UPDATE else ""
            statement = make_true("sqlite", each.concerned.format(keys), [each.target])
            yield trigger(each.name(event), event, each.table, [statement], when)
    for table, fields in coded().items():
        pair = "SELECT OLD.slug AS old, NEW.slug AS new"
        statements = [follow(field, target, "NEW.id") for field, target in fields]
        statements += [follow_earlier(field, target, pair, "sqlite") for field, target in fields]
        yield trigger(
            f"{table}_update_renames_evidence", "UPDATE OF slug", table, statements, "NEW.slug <> OLD.slug"
        )


# PostgreSQL: before each citation; of other tables a trigger for each statement.


def for_postgresql() -> Iterator[str]:
    """Those of other tables come after that of the data version, which makes writers take turns."""
    now = value_of_now("NEW", ENGINES["postgresql"])
    function = "partners_citation_evidence"
    yield f"""CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE now_there text := {now};
        BEGIN
            NEW.value := coalesce(NEW.value, now_there);
            NEW.supports_current := NEW.value = now_there;
            RETURN NEW;
        END $$"""
    # Of no columns in particular: those of a release to come may not be there yet.
    yield (
        f"CREATE TRIGGER {CITATION_TABLE}_refreshes_evidence BEFORE INSERT OR UPDATE ON {CITATION_TABLE} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )
    pairs = "new_rows n JOIN old_rows o ON o.id = n.id"
    for each in watched():
        changed = f"FROM {pairs} WHERE {differ(each.columns, 'postgresql', 'n', 'o')}"
        for event in each.events:
            keys = {
                INSERT: f"SELECT {each.key} FROM new_rows",
                DELETE: f"SELECT {each.key} FROM old_rows",
                UPDATE: f"SELECT n.{each.key} {changed} UNION SELECT o.{each.key} {changed}",
            }[event]
            statement = make_true(
                "postgresql", each.concerned.format("SELECT unnest(concerned)"), [each.target]
            )
            yield from concerning(each.name(event), event, each.table, keys, [statement])
    for table, fields in coded().items():
        renamed = f"SELECT n.id FROM {pairs} WHERE n.slug <> o.slug"
        codes = f"SELECT o.slug AS old, n.slug AS new FROM {pairs} WHERE n.slug <> o.slug"
        statements = [follow(field, target, "SELECT unnest(concerned)") for field, target in fields]
        statements += [follow_earlier(field, target, codes, "postgresql") for field, target in fields]
        yield from concerning(f"{table}_update_renames_evidence", UPDATE, table, renamed, statements)


def concerning(name: str, event: str, table: str, keys: str, statements: list[str]) -> Iterator[str]:
    """A trigger for each statement; one that concerns no row ends at once."""
    yield f"""CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE concerned bigint[] := ARRAY({keys});
        BEGIN
            IF cardinality(concerned) > 0 THEN {"; ".join(statements)}; END IF;
            RETURN NULL;
        END $$"""
    yield f"""CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {TRANSITION_TABLES[event]}
        FOR EACH STATEMENT EXECUTE FUNCTION {name}()"""
