"""Which addresses readers have known: triggers note them when a record leaves one, whoever renames, withholds, deletes.

What is noted is in `partners/models/addresses.py`. A record leaves its address when its slug changes, when readers may
be told of it no more, and when it is deleted; a source also when the last public record that cites it goes.
"""

from collections.abc import Iterator

from django.db import models

from partners.engines.emptying import FLUSH, WRITING
from partners.engines.statements import DIFFER
from partners.models import Publishable, Source
from partners.models.sources import TARGETS
from partners.nouns import nouns_with
from partners.selection.watching import DELETE, INSERT, UPDATE
from partners.triggers.evidence import CITATION_TABLE
from partners.triggers.journal import CHANGES, TRANSITION_TABLES
from partners.triggers.public_changes import visible

FORMER = "partners_formeraddress"
TODAY = {"sqlite": "date('now')", "postgresql": "(clock_timestamp() AT TIME ZONE 'UTC')::date"}
NOT_EMPTYING = f"NOT EXISTS (SELECT 1 FROM {WRITING} WHERE via = '{FLUSH}')"  # noqa: S608 (texts of this file)


def addressed() -> list[type[models.Model]]:
    """The models of records that have a page of their own."""
    return list(dict.fromkeys(noun.model for noun in nouns_with("page")))


def was_shown(model: type[models.Model], row: str) -> str:
    """Whether readers could see the record that stands under the name `row` in a statement."""
    return cited_in_public(row) if model is Source else visible(model, row)


def belongs_to_public(citation: str) -> str:
    """Whether the record that a citation belongs to is public."""
    rules = (
        f"EXISTS (SELECT 1 FROM {model._meta.db_table} t WHERE t.id = {citation}.{target}_id AND {visible(model, 't')})"  # noqa: S608
        for target, model in TARGETS.items()
    )
    return f"({' OR '.join(rules)})"


def cited_in_public(source: str) -> str:
    """Whether a public record cites a source."""
    return f"EXISTS (SELECT 1 FROM {CITATION_TABLE} c WHERE c.source_id = {source}.id AND {belongs_to_public('c')})"  # noqa: S608


def name_column(model: type[models.Model]) -> str:
    return getattr(model, "called", "") or "title"


def note_leaving(model: type[models.Model], row: str, now: str, rows: str, vendor: str) -> str:
    """A statement that notes the address of `row`, of which `rows` gives those that left it; `now` took its place."""
    return (
        f"INSERT INTO {FORMER} (kind, slug, now, name, since, owner, record) "  # noqa: S608
        f"SELECT '{model._meta.model_name}', {row}.slug, {now}, {row}.{name_column(model)}, {TODAY[vendor]}, "
        f"{row}.id, {row}.id {rows} ON CONFLICT (kind, slug) DO UPDATE SET now = excluded.now, "
        "name = excluded.name, since = excluded.since, owner = excluded.owner, record = excluded.record"
    )


def stands_again(model: type[models.Model], row: str, rows: str = "") -> str:
    """A statement after which the slug of a record whose deletion is taken back leads to no other.

    What leads to another record goes on to do so where SQL gives the slug to one that readers do not see.
    """
    return (
        f"UPDATE {FORMER} SET now = '', record = {row}.id {rows} WHERE {FORMER}.kind = '{model._meta.model_name}' "  # noqa: S608
        f"AND {FORMER}.slug = {row}.slug AND {FORMER}.now <> '' "
        f"AND ({FORMER}.owner IS NULL OR {FORMER}.owner = {row}.id) AND {is_back(model, row)}"
    )


def leads_nowhere(model: type[models.Model], slugs: str) -> str:
    """A statement after which those of these slugs lead nowhere that would lead to themselves."""
    return f"UPDATE {FORMER} SET now = '' WHERE kind = '{model._meta.model_name}' AND now = slug AND slug IN ({slugs})"  # noqa: S608


def follow_unseen(model: type[models.Model], before: str, after: str) -> str:
    """The end of a statement that renames what readers do not see: what was noted of the name that it leaves, and what
    leads there. Not what leads from there to another record, nor what another one left there."""
    kind, old = model._meta.model_name, f"{before}.slug"
    noted = f"({FORMER}.slug = {old} AND {FORMER}.now = '' OR {FORMER}.now = {old})"
    own = f"{FORMER}.kind = '{kind}' AND {FORMER}.record = {before}.id"
    return f"{own} AND {after}.slug <> {old} AND {noted} AND NOT {was_shown(model, before)}"


def lead_past(model: type[models.Model], slugs: str, left: str = "''") -> str:
    """A statement after which what led to these slugs leads on to where they led, as another record may take them.

    `left` are the slugs that the takers leave: these lead to the new ones.
    """
    kind = model._meta.model_name
    return (
        f"UPDATE {FORMER} SET now = taken.now, record = taken.record "  # noqa: S608
        f"FROM {FORMER} taken WHERE {FORMER}.kind = '{kind}' "
        f"AND taken.kind = '{kind}' AND taken.slug IN ({slugs}) AND taken.now <> '' "
        f"AND (taken.owner IS NULL OR taken.owner = {FORMER}.record) "
        f"AND {FORMER}.now = taken.slug AND {FORMER}.slug <> taken.now AND {FORMER}.slug NOT IN ({left})"
    )


def is_back(model: type[models.Model], row: str) -> str:
    """Whether a record that is added was there before: its deletion is taken back."""
    return (
        f"EXISTS (SELECT 1 FROM {CHANGES} c WHERE c.\"table\" = '{model._meta.model_name}' "  # noqa: S608
        f"AND c.\"row\" = {row}.id AND c.operation = 'D')"
    )


def is_former(kind: str, slug: str) -> str:
    """Whether a slug is noted. On SQLite the first question to ask: mostly it is not, and nothing else is looked up."""
    return f"EXISTS (SELECT 1 FROM {FORMER} f WHERE f.kind = '{kind}' AND f.slug = {slug})"  # noqa: S608


def forget_shown(model: type[models.Model], keys: str = "") -> str:
    """A statement after which nothing is noted of addresses where readers see a record; of some records, or of all."""
    table, kind = model._meta.db_table, model._meta.model_name
    those = f"r.id IN ({keys}) AND " if keys else ""
    return (
        f"DELETE FROM {FORMER} WHERE kind = '{kind}' AND slug IN "  # noqa: S608
        f"(SELECT r.slug FROM {table} r WHERE {those}{was_shown(model, 'r')})"
    )


def forget_all_shown() -> Iterator[str]:
    """Statements after which nothing is noted of any address where readers see a record."""
    return (forget_shown(model) for model in addressed())


def note_sources(citations: str, vendor: str) -> str:
    """A statement that notes the sources of some citations that no public record cites any more."""
    rows = f"FROM {Source._meta.db_table} s WHERE s.id IN ({citations}) AND NOT {cited_in_public('s')}"
    return note_leaving(Source, "s", "''", rows, vendor)


def sources_cited_by(model: type[models.Model], keys: str) -> str:
    """The sources that the citations of some records name."""
    target = next(name for name, cited in TARGETS.items() if cited is model)
    return f"SELECT c.source_id FROM {CITATION_TABLE} c WHERE c.{target}_id IN ({keys})"  # noqa: S608


# SQLite: a trigger for each row, which stands under NEW and OLD ------------------------------------------------------


def for_sqlite() -> Iterator[str]:
    for model in addressed():
        yield from sqlite_addresses(model)
    left = [note_sources("OLD.source_id", "sqlite")]
    was_public = belongs_to_public("OLD")
    yield sqlite_trigger(CITATION_TABLE, DELETE, f"{was_public} AND {NOT_EMPTYING}", left)
    moved = " OR ".join(DIFFER["sqlite"].format(f"OLD.{name}", f"NEW.{name}") for name in citation_columns())
    yield sqlite_trigger(CITATION_TABLE, UPDATE, f"({moved}) AND {was_public}", left)
    slug = f"(SELECT s.slug FROM {Source._meta.db_table} s WHERE s.id = NEW.source_id)"  # noqa: S608
    again, known = [forget_shown(Source, "NEW.source_id")], is_former(Source._meta.model_name, slug)
    yield sqlite_trigger(CITATION_TABLE, INSERT, known, again, "showing")
    yield sqlite_trigger(CITATION_TABLE, UPDATE, f"({moved}) AND {known}", again, "showing")


def citation_columns() -> list[str]:
    """The columns of a citation that say what it ties together."""
    return ["source_id", *(f"{target}_id" for target in TARGETS)]


def sqlite_addresses(model: type[models.Model]) -> Iterator[str]:
    table, kind = model._meta.db_table, model._meta.model_name
    known, again = is_former(kind, "NEW.slug"), forget_shown(model, "NEW.id")
    other = f"SELECT NEW.slug WHERE NOT {is_back(model, 'NEW')}"
    added = [lead_past(model, other), stands_again(model, "NEW"), again]
    yield sqlite_trigger(table, INSERT, known, added)
    gone = note_leaving(model, "OLD", "''", f"WHERE {NOT_EMPTYING}", "sqlite")
    yield sqlite_trigger(table, DELETE, was_shown(model, "OLD"), [gone])
    was_seen = was_shown(model, "OLD")
    renamed = note_leaving(model, "OLD", "NEW.slug", f"WHERE {was_seen}", "sqlite")
    unseen = f"UPDATE {FORMER} SET now = NEW.slug WHERE {follow_unseen(model, 'OLD', 'NEW')}"  # noqa: S608
    statements = [
        *(renamed, unseen, lead_past(model, "NEW.slug", "OLD.slug")),
        *(leads_nowhere(model, "NEW.slug"), again),
    ]
    yield sqlite_trigger(table, UPDATE, "OLD.slug <> NEW.slug", statements, "renaming")
    if issubclass(model, Publishable):
        hidden = f"{visible(model, 'OLD')} AND NOT {visible(model, 'NEW')}"
        statements = [
            note_leaving(model, "OLD", "''", "WHERE OLD.slug = NEW.slug", "sqlite"),
            note_sources(sources_cited_by(model, "NEW.id"), "sqlite"),
        ]
        yield sqlite_trigger(table, UPDATE, hidden, statements, "hiding")
        shown = f"{visible(model, 'NEW')} AND NOT {visible(model, 'OLD')}"
        sources = forget_shown(Source, sources_cited_by(model, "NEW.id"))
        yield sqlite_trigger(table, UPDATE, shown, [again, sources], "showing")


def sqlite_trigger(table: str, event: str, when: str, statements: list[str], name: str = "leaving") -> str:
    return (
        f"CREATE TRIGGER {table}_{event.lower()}_notes_{name} AFTER {event} ON {table} WHEN {when} "
        f"BEGIN {'; '.join(statements)}; END"
    )


# PostgreSQL: a trigger for each statement, whose rows stand in the tables new_rows and old_rows ----------------------

PAIRS_OF_ROWS = "FROM old_rows o JOIN new_rows n ON n.id = o.id"


def for_postgresql() -> Iterator[str]:
    for model in addressed():
        yield from postgresql_addresses(model)
    was_public = belongs_to_public("o")
    gone = note_sources(f"SELECT o.source_id FROM old_rows o WHERE {was_public}", "postgresql")  # noqa: S608
    yield from postgresql_trigger(CITATION_TABLE, DELETE, [gone])
    moved = " OR ".join(DIFFER["postgresql"].format(f"o.{name}", f"n.{name}") for name in citation_columns())
    left = note_sources(f"SELECT o.source_id {PAIRS_OF_ROWS} WHERE ({moved}) AND {was_public}", "postgresql")
    moved_to = forget_shown(Source, f"SELECT n.source_id {PAIRS_OF_ROWS} WHERE {moved}")
    yield from postgresql_trigger(CITATION_TABLE, UPDATE, [left, moved_to])
    yield from postgresql_trigger(
        CITATION_TABLE, INSERT, [forget_shown(Source, "SELECT n.source_id FROM new_rows n")]
    )


def postgresql_addresses(model: type[models.Model]) -> Iterator[str]:
    table = model._meta.db_table
    added = [
        lead_past(model, f"SELECT n.slug FROM new_rows n WHERE NOT {is_back(model, 'n')}"),  # noqa: S608
        stands_again(model, "n", "FROM new_rows n"),
        forget_shown(model, "SELECT n.id FROM new_rows n"),
    ]
    yield from postgresql_trigger(table, INSERT, added)
    gone = note_leaving(model, "o", "''", f"FROM old_rows o WHERE {was_shown(model, 'o')}", "postgresql")
    yield from postgresql_trigger(table, DELETE, [gone])
    yield from postgresql_trigger(table, UPDATE, [on_update(model)])


def on_update(model: type[models.Model]) -> str:
    """What an update does to addresses on PostgreSQL: of renamed records, and of those that are hidden or shown by it."""
    was_seen, renamed = was_shown(model, "o"), "n.slug <> o.slug"
    hidden = f"{visible(model, 'o')} AND NOT {visible(model, 'n')}"
    shown = f"{visible(model, 'n')} AND NOT {visible(model, 'o')}"
    left = f"({renamed} AND {was_seen}) OR ({hidden})"
    statements = [
        note_leaving(
            model,
            "o",
            f"CASE WHEN {renamed} THEN n.slug ELSE '' END",
            f"{PAIRS_OF_ROWS} WHERE {left}",
            "postgresql",
        ),
        f"UPDATE {FORMER} SET now = n.slug {PAIRS_OF_ROWS} WHERE {follow_unseen(model, 'o', 'n')}",  # noqa: S608
        lead_past(
            model,
            f"SELECT n.slug {PAIRS_OF_ROWS} WHERE {renamed}",
            f"SELECT o.slug {PAIRS_OF_ROWS} WHERE {renamed}",
        ),
        leads_nowhere(model, f"SELECT n.slug {PAIRS_OF_ROWS} WHERE {renamed}"),
        forget_shown(model, f"SELECT n.id {PAIRS_OF_ROWS} WHERE {renamed} OR ({shown})"),
    ]
    if issubclass(model, Publishable):
        statements += [
            note_sources(
                sources_cited_by(model, f"SELECT n.id {PAIRS_OF_ROWS} WHERE {hidden}"), "postgresql"
            ),
            forget_shown(Source, sources_cited_by(model, f"SELECT n.id {PAIRS_OF_ROWS} WHERE {shown}")),
        ]
    # Most updates end here. They are counted: looking for the first of them, PostgreSQL would hold each row of before
    # against all of now, in a time that grows with the square of the rows.
    concerned = f"(SELECT count(*) {PAIRS_OF_ROWS} WHERE {renamed} OR ({hidden}) OR ({shown})) > 0"
    return f"IF {concerned} THEN {'; '.join(statements)}; END IF"


def postgresql_trigger(table: str, event: str, statements: list[str]) -> Iterator[str]:
    """Its name comes after that of the data version, which makes writers take turns."""
    function = f"{table}_{event.lower()}_notes_leaving"
    yield f"""CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN {"; ".join(statements)}; RETURN NULL; END $$"""
    yield f"""CREATE TRIGGER {function} AFTER {event} ON {table} REFERENCING {TRANSITION_TABLES[event]}
        FOR EACH STATEMENT EXECUTE FUNCTION {function}()"""
