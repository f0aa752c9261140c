"""Rows that an earlier release kept in the journal, read as those of this one: through what was renamed since."""

from functools import cache

from django.db.migrations import RenameField, RenameModel
from django.db.migrations.loader import MigrationLoader


@cache
def operations_since(schema: str) -> tuple:
    """The renaming operations of all migrations after one, in their order; of all where there is none of this name."""
    graph = MigrationLoader(None).graph
    (leaf,) = graph.leaf_nodes("partners")
    plan = [node for node in graph.forwards_plan(leaf) if node[0] == "partners"]
    names = [name for _app, name in plan]
    later = plan[names.index(schema) + 1 :] if schema in names else plan
    return tuple(
        each
        for node in later
        for each in graph.nodes[node].operations
        if isinstance(each, RenameField | RenameModel)
    )


@cache
def schema_today() -> str:
    """The newest migration of this release."""
    ((_app, name),) = MigrationLoader(None).graph.leaf_nodes("partners")
    return name


def name_today(table: str, schema: str) -> str:
    """What the model of a table is called in this release."""
    for each in operations_since(schema):
        if isinstance(each, RenameModel) and each.old_name_lower == table:
            table = each.new_name_lower
    return table


@cache
def columns_today(table: str, schema: str) -> dict[str, str]:
    """The columns of a table that were renamed since, by their former names. References end in "_id" in both."""
    found: dict[str, str] = {}
    for each in operations_since(schema):
        if isinstance(each, RenameModel) and each.old_name_lower == table:
            table = each.new_name_lower
        elif isinstance(each, RenameField) and each.model_name_lower == table:
            for ending in ("", "_id"):
                old, new = each.old_name + ending, each.new_name + ending
                former = next((name for name, today in found.items() if today == old), old)
                found[former] = new
    return {former: today for former, today in found.items() if former != today}


def image_today(table: str, schema: str, image: dict) -> dict:
    """The image of a row, by the columns of this release."""
    renamed = columns_today(table, schema)
    return {renamed.get(column, column): value for column, value in image.items()}


@cache
def names_ever(table: str) -> tuple[str, ...]:
    """What the model of a table is called, and what it was called in earlier releases."""
    found = [table]
    for each in reversed(operations_since("")):
        if isinstance(each, RenameModel) and each.new_name_lower == found[-1]:
            found.append(each.old_name_lower)
    return tuple(found)
