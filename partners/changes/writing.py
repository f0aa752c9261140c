"""Writing rows as they are to be: the one place that does, for undo, merges, proposals, spreadsheets and packages."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, DatabaseError, IntegrityError, connection, models, transaction
from django.db.models.sql import InsertQuery
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.engines.batches import batches
from partners.engines.updating import update_rows
from partners.models import Publishable
from partners.models.belonging import in_order_of_references, is_record, models_with_data

WRITTEN_AT_ONCE = 500


@dataclass(frozen=True)
class RowEdit:
    """A row as it is to be. `values` by attribute are those to set, of a new row all; None takes the row away.

    Stamps that a new row lacks are those of now. Where nothing is set, the row is marked as saved.
    """

    model: type[models.Model]
    key: int
    values: dict[str, Any] | None
    is_new: bool = False


# Told of each row that the database refuses.
type_of_refused = Callable[[RowEdit, DatabaseError], None]


# In which order -------------------------------------------------------------------------------------------------------


def write_edits(edits: Iterable[RowEdit], refused: type_of_refused | None = None) -> None:
    """Write all of them, in the transaction of the caller. Rules are not checked: see `check_records` in rules.py."""
    in_order = in_order_of_writing(edits)
    release_unique(in_order)
    for _count in write_in_order(in_order, refused):
        pass


def in_order_of_writing(edits: Iterable[RowEdit]) -> list[RowEdit]:
    """What belongs to a record goes before it and comes after it."""
    edits = list(edits)
    gone = [edit for edit in reversed(edits) if edit.values is None]
    kept = sorted((edit for edit in edits if edit.values is not None), key=place_in_writing)
    return [*sorted(gone, key=place_among_models, reverse=True), *kept]


def ready_edits(edits: Iterable[RowEdit]) -> list[Callable[[], None]]:
    """The same as calls, one after the other: rows are made, and statements put together, before others have to wait
    for them. Right as long as nobody changes the rows in between."""
    in_order = in_order_of_writing(edits)
    ready: list[Callable[[], None]] = [partial(release_unique, in_order)]
    for (model, write, _has_key), run in groupby(in_order, key=kind_of_edit):
        for some in batches(run, WRITTEN_AT_ONCE):
            if write is insert_several:
                ready += [partial(run_insertion, *each) for each in insertions(some)]
            elif write is update_several:
                ready += [partial(update_rows, model, names, rows) for names, rows in values_to_set(some)]
            else:
                ready.append(partial(write, some))
    return ready


def write_in_order(
    edits: Iterable[RowEdit], refused: type_of_refused | None = None, at_once: int = WRITTEN_AT_ONCE
) -> Iterator[int]:
    """Write edits as they come, so many of one kind at once, and give how many these were.

    Memory holds those alone. A row that the database refuses is told to `refused`, and the others are written; without
    it the error goes to the caller.
    """
    for (_model, write, _has_key), run in groupby(edits, key=kind_of_edit):
        for some in batches(run, at_once):
            if refused is None:
                write(some)
            else:
                write_or_tell(write, some, refused)
            yield len(some)


def kind_of_edit(edit: RowEdit) -> tuple:
    """What edits have in common that are written together."""
    if edit.values is None:
        return edit.model, remove_several, True
    write = insert_several if edit.is_new else update_several
    return edit.model, write, edit.model._meta.pk.attname in edit.values


def write_or_tell(write: Callable, edits: list[RowEdit], refused: type_of_refused) -> None:
    """Write edits; where the database refuses one of them, one by one, so that it is known which."""
    try:
        with transaction.atomic():
            write(edits)
    except DatabaseError as error:
        if len(edits) == 1:
            refused(edits[0], error)
            return
        for edit in edits:
            write_or_tell(write, [edit], refused)


@cache
def places_of_models() -> dict[type[models.Model], int]:
    return {model: number for number, model in enumerate(in_order_of_references())}


def place_among_models(edit: RowEdit) -> int:
    return places_of_models()[edit.model]


def place_in_writing(edit: RowEdit) -> tuple[int, int]:
    """When an edit is written: a value that stands once is given up before another record takes it, and a record
    is there before rows lead to it."""
    return turn(edit), place_among_models(edit)


def turn(edit: RowEdit) -> int:
    if not is_record(edit.model):
        return 3 if edit.is_new else 4
    if edit.is_new:
        return 1
    return 0 if unique_columns(edit.model) & edit.values.keys() else 2


@cache
def unique_columns(model: type[models.Model]) -> frozenset[str]:
    """The columns whose values stand once among the records of a model."""
    rules = [rule for rule in model._meta.constraints if isinstance(rule, models.UniqueConstraint)]
    names = {name for rule in rules for name in rule.fields}
    return frozenset(names | {each.attname for each in model._meta.concrete_fields if each.unique})


def release_unique(edits: list[RowEdit]) -> None:
    """Empty values that stand once and that several records are to change, as one may get that of another."""
    for model in {edit.model for edit in edits if is_record(edit.model)}:
        for column in unique_columns(model):
            if not model._meta.get_field(column).blank:
                continue
            keys = [
                edit.key
                for edit in edits
                if edit.model is model and not edit.is_new and column in (edit.values or ())
            ]
            if len(keys) > 1:
                for some in batches(keys, WRITTEN_AT_ONCE):
                    model._base_manager.filter(pk__in=some).exclude(**{column: ""}).update(**{column: ""})


# Rows of one kind -----------------------------------------------------------------------------------------------------


def remove_several(edits: list[RowEdit]) -> None:
    rows = edits[0].model._base_manager.filter(pk__in=[edit.key for edit in edits])
    rows._raw_delete(using=DEFAULT_DB_ALIAS)


def insert_several(edits: list[RowEdit]) -> None:
    """Add rows as they are, without a stamp of today where they have one."""
    for statement, values in insertions(edits):
        run_insertion(statement, values)


def insertions(edits: list[RowEdit]) -> Iterator[tuple[str, tuple]]:
    """The statements that add rows, each with its values."""
    model = edits[0].model
    fields = [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key or field.attname in edits[0].values
    ]
    rows = new_rows(model, edits)
    for some in batches(rows, connection.ops.bulk_batch_size(fields, rows)):
        query = InsertQuery(model)
        query.insert_values(fields, some, raw=True)
        yield from query.get_compiler(DEFAULT_DB_ALIAS).as_sql()


def run_insertion(statement: str, values: tuple) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def new_rows(model: type[models.Model], edits: list[RowEdit]) -> list[models.Model]:
    """Rows with their defaults, stamps and folded columns; made by position, which is three times as fast as by name."""
    now = timezone.now()
    columns = [(field.attname, field.get_default()) for field in model._meta.concrete_fields]
    stamps = [
        field.attname
        for field in model._meta.concrete_fields
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    ]
    rows = []
    for edit in edits:
        row = model(*[edit.values.get(name, default) for name, default in columns])
        for name in stamps:
            if getattr(row, name) is None:
                setattr(row, name, now)
        fold_again(row)
        rows.append(row)
    return rows


@cache
def folded_fields_of(model: type[models.Model]) -> tuple[models.Field, ...]:
    """The columns that follow from others."""
    return tuple(each for each in model._meta.concrete_fields if hasattr(each, "read_from"))


@cache
def folded_from(model: type[models.Model]) -> frozenset[str]:
    """The columns from which others follow."""
    return frozenset(name for each in folded_fields_of(model) for name in each.read_from)


def fold_again(row: models.Model, changed: Collection[str] | None = None) -> list[str]:
    """Fill in what follows from other columns of the row, or from those that have changed; gives the names of what does."""
    fields = folded_fields_of(type(row))
    if changed is not None:
        fields = [each for each in fields if not set(changed).isdisjoint(each.read_from)]
    for each in fields:
        each.pre_save(row, add=False)
    return [each.attname for each in fields]


def update_several(edits: list[RowEdit]) -> None:
    """Change rows, and what follows from their columns: as many at once as set the same columns."""
    for names, rows in values_to_set(edits):
        update_rows(edits[0].model, names, rows)


def values_to_set(edits: list[RowEdit]) -> Iterable[tuple[tuple[str, ...], dict[int, list]]]:
    """The columns that change with their values, by the keys of the rows that get them."""
    model = edits[0].model
    stamp = {"updated_at": timezone.now()} if issubclass(model, Publishable) else {}
    folding = [edit.key for edit in edits if folded_from(model) & edit.values.keys()]
    # In no order: that of amounts asks for their agreement, which may be gone.
    sources = folded_from(model)
    found = model._base_manager.order_by().only(*sources).in_bulk(folding) if folding else {}
    alike: dict[tuple[str, ...], dict[int, list]] = {}
    for edit in edits:
        values = edit.values | stamp
        if edit.key in found:
            values |= folded_with(found[edit.key], edit.values)
        if values:
            alike.setdefault(tuple(values), {})[edit.key] = list(values.values())
    return alike.items()


def folded_with(row: models.Model, values: dict[str, Any]) -> dict[str, Any]:
    """What follows from the columns of a row once it has these values."""
    for name, value in values.items():
        setattr(row, name, value)
    return {name: getattr(row, name) for name in fold_again(row, values)}


# What the database refuses ----------------------------------------------------------------------------------------------


def check_references(edits: Iterable[RowEdit]) -> None:
    """Raise IntegrityError where a row leads to another that is not there, once edits are written.

    Where the database asks table by table, it is asked for those that edits concern alone: SQLite takes seconds to look
    at all rows of a large directory.
    """
    concerned = {model for edit in edits for model in may_lead_nowhere(edit)}
    connection.check_constraints(sorted(model._meta.db_table for model in concerned))


def may_lead_nowhere(edit: RowEdit) -> Iterable[type[models.Model]]:
    """The models whose rows an edit can have left without what they lead to."""
    if edit.values is None:
        return models_leading_to(edit.model)
    sets_reference = any(edit.values.get(name) is not None for name in references_of(edit.model))
    return (edit.model,) if sets_reference else ()


@cache
def models_leading_to(model: type[models.Model]) -> tuple[type[models.Model], ...]:
    return tuple(
        each
        for each in models_with_data()
        if any(column.related_model is model for column in each._meta.concrete_fields)
    )


@cache
def references_of(model: type[models.Model]) -> tuple[str, ...]:
    """The attributes in which a row leads to another."""
    return tuple(column.attname for column in model._meta.concrete_fields if column.is_relation)


def refusal_of(error: IntegrityError) -> ValidationError:
    """What the database refuses, in words; those of the engine only where no better ones are known."""
    # Both engines say so.
    if "foreign key" in str(error).lower():
        return ValidationError(
            _(
                "The database refuses this: something would be left that names a record or row which is not there. "
                "What belongs together is accepted, or taken back, together."
            )
        )
    return ValidationError(
        _("The database refuses this: something else depends on it, or has taken its place. %s") % error
    )
