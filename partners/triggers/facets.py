"""What the index of the listings depends on: triggers note the records whose places in it may have changed.

`selection/index.py` writes their places anew before anybody counts. The triggers only note, so that a write stays
cheap, and whoever writes (the admin, an import, `update()`, psql) need not know of the index.
"""

from collections.abc import Iterator
from dataclasses import dataclass

# The records that change with others: each takes the ids of some, and gives those of others.
AGREEMENTS_OF = "SELECT agreement_id AS id FROM partners_agreementparty WHERE organization_id IN ({})"
PARTIES_OF = "SELECT organization_id AS id FROM partners_agreementparty WHERE agreement_id IN ({})"
ANNOUNCED_BY = "SELECT id FROM partners_agreement WHERE announcement_id IN ({})"
PARTS_OF = "SELECT id FROM partners_organization WHERE parent_id IN ({})"
IN_SECTOR = "SELECT organization_id AS id FROM partners_organization_sectors WHERE sector_id IN ({})"
ABOUT = """SELECT agreement_id AS id FROM partners_agreement_mission_areas WHERE missionarea_id IN (
    SELECT a.id FROM partners_missionarea a LEFT JOIN partners_missionarea b ON b.id = a.parent_id
    WHERE a.id IN ({0}) OR a.parent_id IN ({0}) OR b.parent_id IN ({0}))"""

INSERT, UPDATE, DELETE = "INSERT", "UPDATE", "DELETE"


@dataclass(frozen=True)
class Dependency:
    """A table the index depends on: which of its columns matter, and which records a changed row concerns.

    `column` holds the ids that `concerned` starts from: the path to the concerned records of each model.
    """

    table: str
    watched: tuple[str, ...]
    column: str
    concerned: dict[str, tuple[str, ...]]
    events: tuple[str, ...] = (INSERT, UPDATE, DELETE)
    name: str = "facets"


AGREEMENT_AND_PARTIES = {"agreement": (), "organization": (PARTIES_OF,)}

DEPENDENCIES = (
    Dependency(
        "partners_agreementparty",
        ("agreement_id", "organization_id", "role", "is_public"),
        "agreement_id",
        AGREEMENT_AND_PARTIES,
    ),
    # A party that left its agreement is no longer found from there.
    Dependency(
        "partners_agreementparty",
        ("agreement_id", "organization_id", "role", "is_public"),
        "organization_id",
        {"organization": ()},
        events=(UPDATE, DELETE),
        name="facets_of_party",
    ),
    Dependency(
        "partners_agreement",
        ("agreement_type", "status", "announcement_id", "is_public"),
        "id",
        AGREEMENT_AND_PARTIES,
    ),
    Dependency(
        "partners_agreement_mission_areas",
        ("agreement_id", "missionarea_id"),
        "agreement_id",
        AGREEMENT_AND_PARTIES,
    ),
    Dependency(
        "partners_agreementamount", ("agreement_id", "kind", "currency"), "agreement_id", {"agreement": ()}
    ),
    Dependency(
        "partners_organization",
        ("type", "ownership", "region_code", "parent_id", "publication_state"),
        "id",
        {"organization": ()},
    ),
    Dependency(
        "partners_organization",
        ("slug",),
        "id",
        {"agreement": (AGREEMENTS_OF,), "organization": (AGREEMENTS_OF, PARTIES_OF)},
        events=(UPDATE,),
        name="facets_of_others",
    ),
    Dependency(
        "partners_organization_sectors",
        ("organization_id", "sector_id"),
        "organization_id",
        {"organization": (), "agreement": (AGREEMENTS_OF,)},
    ),
    Dependency(
        "partners_sector",
        ("slug",),
        "id",
        {"organization": (IN_SECTOR,), "agreement": (IN_SECTOR, AGREEMENTS_OF)},
        events=(UPDATE,),
    ),
    Dependency(
        "partners_missionarea",
        ("slug", "parent_id"),
        "id",
        {"agreement": (ABOUT,), "organization": (ABOUT, PARTIES_OF)},
        events=(UPDATE,),
    ),
    Dependency(
        "partners_event",
        ("slug", "kind", "publication_state"),
        "id",
        {"event": (), "agreement": (ANNOUNCED_BY,), "organization": (ANNOUNCED_BY, PARTIES_OF)},
    ),
    Dependency("partners_source", ("kind", "stance"), "id", {"source": ()}),
    Dependency("partners_programme", ("lead_id",), "lead_id", {"organization": (PARTS_OF,)}),
)


def follow(ids: str, path: tuple[str, ...]) -> str:
    for step in path:
        ids = step.format(ids)
    return ids


def note(ids: str, concerned: dict[str, tuple[str, ...]]) -> str:
    """Statements that note the records which some changed rows concern."""
    return "; ".join(
        f"INSERT INTO partners_facetstale (model, record_id) SELECT '{model}', c.id "  # noqa: S608 (texts of this file)
        f"FROM ({follow(ids, path)}) c WHERE c.id IS NOT NULL ON CONFLICT DO NOTHING"
        for model, path in concerned.items()
    )


def for_sqlite() -> Iterator[str]:
    """A trigger for each row."""
    for each in DEPENDENCIES:
        for event in each.events:
            trigger = f"{each.table}_{event.lower()}_notes_{each.name}"
            ids = {
                INSERT: f"SELECT NEW.{each.column} AS id",
                DELETE: f"SELECT OLD.{each.column} AS id",
                UPDATE: f"SELECT NEW.{each.column} AS id UNION SELECT OLD.{each.column}",
            }[event]
            changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in each.watched)
            yield f"DROP TRIGGER IF EXISTS {trigger}"
            yield (
                f"CREATE TRIGGER {trigger} AFTER {event} ON {each.table} "
                f"{f'WHEN {changed} ' if event == UPDATE else ''}BEGIN {note(ids, each.concerned)}; END"
            )


def for_postgresql() -> Iterator[str]:
    """A trigger for each statement. Its name comes after that of the data version, which makes writers take turns."""
    for each in DEPENDENCIES:
        for event in each.events:
            function = f"{each.table}_{event.lower()}_notes_{each.name}"
            changed = " OR ".join(f"n.{name} IS DISTINCT FROM o.{name}" for name in each.watched)
            both = f"FROM new_rows n JOIN old_rows o ON o.id = n.id WHERE {changed}"
            ids, rows = {
                INSERT: (f"SELECT {each.column} AS id FROM new_rows", "NEW TABLE AS new_rows"),  # noqa: S608
                DELETE: (f"SELECT {each.column} AS id FROM old_rows", "OLD TABLE AS old_rows"),  # noqa: S608
                UPDATE: (
                    f"SELECT n.{each.column} AS id {both} UNION SELECT o.{each.column} {both}",  # noqa: S608
                    "NEW TABLE AS new_rows OLD TABLE AS old_rows",
                ),
            }[event]
            yield f"""CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN {note(ids, each.concerned)}; RETURN NULL; END $$"""
            yield f"DROP TRIGGER IF EXISTS {function} ON {each.table}"
            yield f"""CREATE TRIGGER {function} AFTER {event} ON {each.table} REFERENCING {rows}
                FOR EACH STATEMENT EXECUTE FUNCTION {function}()"""
