# ruff: noqa: S608 - the names put into this SQL are those of our own tables and columns; values are parameters.
"""What is to be done with each row of a package, from three states of it: in the file, in the directory, last loaded.

For every sheet X, `plan_X` holds the line and key of each row of the file, the `pk` of its record, the `action`, `held`:
the digest it had when it was last loaded, and `digest`: the one to remember now.
"""

from partners.changes.cells import changed_cells
from partners.exchange.package.gaps import Gaps
from partners.exchange.package.layout import SHEETS, Sheet
from partners.exchange.package.problems import MOST_PROBLEMS_SHOWN, quoted
from partners.exchange.package.report import Report
from partners.exchange.package.staging import Staging
from partners.tables.addresses import FORMER_ADDRESSES
from partners.tables.columns import Column

CREATE, CHANGE, UNCHANGED, EDITED = "create", "change", "unchanged", "edited"

# A record that is no longer as it was loaded was changed, or deleted, by a curator; so was one that never was loaded.
# What a file lacks does not count: it is not written. A name that another record had is not given to a second one, and
# what was withdrawn comes back only where that is asked for.
ACTION = f"""
    CASE
        WHEN d.key IS NULL AND EXISTS (SELECT 1 FROM directory_{FORMER_ADDRESSES.name} a
            WHERE a.kind = :kind AND a.slug = f.key AND (a.now <> '' OR NOT :overwrite)) THEN '{EDITED}'
        WHEN d.key IS NULL AND (l.key IS NULL OR :overwrite) THEN '{CREATE}'
        WHEN d.key IS NULL THEN '{EDITED}'
        WHEN d.digest = f.digest THEN '{UNCHANGED}'
        WHEN l.digest IN (d.digest, d.known) OR :overwrite THEN '{CHANGE}'
        ELSE '{EDITED}'
    END
"""

# What the file lacks was loaded only if it is as it was loaded before. Else it is the work of a curator, and a file that
# has those columns must find it edited.
REMEMBER = "CASE WHEN d.key IS NULL OR d.digest = l.digest THEN f.digest ELSE f.known END"


def plan_rows(staging: Staging, gaps: Gaps, overwrite: bool) -> None:
    """Decide on every row. The sheets are planned in their order, as a row waits for those it refers to."""
    for sheet in SHEETS:
        name = sheet.name
        staging.run(
            f"CREATE TABLE plan_{name} AS "
            f"SELECT f.line, f.key, {REMEMBER} AS digest, d.pk, {ACTION} AS action, l.digest AS held "
            f"FROM file_{name} f LEFT JOIN directory_{name} d ON d.key = f.key "
            f"LEFT JOIN loaded_{name} l ON l.key = f.key WHERE {int(name not in gaps.tables)}",
            {"overwrite": overwrite, "kind": sheet.model._meta.model_name},
        )
        staging.run(f"CREATE UNIQUE INDEX plan_{name}_line ON plan_{name} (line)")
        staging.run(f"CREATE INDEX plan_{name}_key ON plan_{name} (key, action)")
        while sum(hold_back(staging, sheet, column) for column in sheet.links + sheet.lists):
            pass


def hold_back(staging: Staging, sheet: Sheet, column: Column) -> int:
    """Keep rows as they are that refer to a record which a curator has deleted. Returns how many were found now."""
    target = column.references
    gone = f"(SELECT key FROM plan_{target} WHERE action = '{EDITED}' AND pk IS NULL)"
    if column.many:
        lines = f"SELECT line FROM list_{sheet.name}_{column.name} WHERE value IN {gone}"
    else:
        lines = f'SELECT line FROM file_{sheet.name} WHERE "{column.name}" IN {gone}'
    return staging.run(
        f"UPDATE plan_{sheet.name} SET action = '{EDITED}' "
        f"WHERE action IN ('{CREATE}', '{CHANGE}') AND line IN ({lines})"
    ).rowcount


def describe_plan(staging: Staging, gaps: Gaps, report: Report) -> None:
    """Enter into the report what is planned, the names of what is kept, and what the package lacks."""
    report.lacking += gaps.lines()
    for sheet in SHEETS:
        counts = dict(staging.run(f"SELECT action, count(*) FROM plan_{sheet.name} GROUP BY action"))
        removed = removed_keys(sheet, gaps)
        report.add(
            sheet.name,
            created=counts.get(CREATE, 0),
            changed=counts.get(CHANGE, 0),
            unchanged=counts.get(UNCHANGED, 0),
            edited=counts.get(EDITED, 0),
            removed=staging.count(f"SELECT count(*) FROM ({removed})"),
        )
        if counts.get(EDITED):
            report.edited += edits(staging, sheet)
        report.removed += [
            f"{sheet.name} {key}" for (key,) in staging.run(f"{removed} LIMIT {MOST_PROBLEMS_SHOWN}")
        ]


def removed_keys(sheet: Sheet, gaps: Gaps) -> str:
    """SQL for the keys of records that were loaded once and stand in the file no more, though they could."""
    lacking = [name for name in gaps.columns.get(sheet.name, ()) if name in sheet.table.key]
    could = "".join(f" AND d.\"{name}\" = ''" for name in lacking)
    return (
        f"SELECT l.key FROM loaded_{sheet.name} l JOIN directory_{sheet.name} d ON d.key = l.key "
        f"WHERE l.key NOT IN (SELECT key FROM file_{sheet.name}){could} ORDER BY l.key"
    )


def edits(staging: Staging, sheet: Sheet) -> list[str]:
    """The kept rows by name, with what differs."""
    both = ", ".join(f'd."{name}", f."{name}"' for name in sheet.names)
    rows = staging.run(
        f"SELECT p.key, p.pk, p.held, a.now, a.name, {both} FROM plan_{sheet.name} p "
        f"JOIN file_{sheet.name} f ON f.line = p.line LEFT JOIN directory_{sheet.name} d ON d.pk = p.pk "
        f"LEFT JOIN directory_{FORMER_ADDRESSES.name} a ON a.kind = ? AND a.slug = p.key "
        f"WHERE p.action = '{EDITED}' ORDER BY p.line LIMIT {MOST_PROBLEMS_SHOWN}",
        [sheet.model._meta.model_name],
    )
    return [
        f"{sheet.name} {key}: {difference(sheet, key, pk, held, now, name, values)}"
        for key, pk, held, now, name, *values in rows
    ]


def difference(
    sheet: Sheet, key: str, pk: int | None, held: str | None, now: str | None, name: str, values: list
) -> str:
    """Why a row is kept as it is. `now` is what its key leads to as a former address, "" where that was withdrawn."""
    if pk is None and now:
        return f"was the address of {quoted(name)}, and leads to {now} now; no other record can have it"
    if pk is None and now == "" and not held:
        return f"was the address of {quoted(name)}, which was withdrawn from the directory"
    if pk is None:
        return (
            "was deleted in the directory" if held else "waits for a record that was deleted in the directory"
        )
    found = changed_cells(sheet.name, key, sheet.names, values[::2], values[1::2])
    return "; ".join(
        f"{each.column} is {quoted(each.before)}, in the file {quoted(each.after)}" for each in found
    )
