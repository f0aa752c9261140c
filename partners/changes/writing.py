"""Writing rows as they are to be: the one place that does, for undo, merges, proposals, spreadsheets and packages."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, DatabaseError, IntegrityError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.engines.batches import batches
from partners.models import Publishable
from partners.models.belonging import in_order_of_references, is_record, model_named, models_with_data

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
    """Write all of them, in the transaction of the caller. Rules are not checked: see `check_records`."""
    edits = list(edits)
    # What belongs to a record goes before it and comes after it.
    gone = [edit for edit in reversed(edits) if edit.values is None]
    kept = sorted((edit for edit in edits if edit.values is not None), key=place_in_writing)
    release_unique(kept)
    in_order = [*sorted(gone, key=place_among_models, reverse=True), *kept]
    for _count in write_in_order(in_order, refused):
        pass


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
                if edit.model is model and not edit.is_new and column in edit.values
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
    model = edits[0].model
    fields = [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key or field.attname in edits[0].values
    ]
    rows = new_rows(model, edits)
    for some in batches(rows, connection.ops.bulk_batch_size(fields, rows)):
        model._base_manager.all()._insert(some, fields=fields, using=DEFAULT_DB_ALIAS, raw=True)


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


def fold_again(row: models.Model) -> list[str]:
    """Fill in what follows from other columns of the row; gives their names."""
    fields = folded_fields_of(type(row))
    for each in fields:
        each.pre_save(row, add=False)
    return [each.attname for each in fields]


def update_several(edits: list[RowEdit]) -> None:
    """Change rows: those that get the same values, from which nothing else follows, at once."""
    model = edits[0].model
    stamp = {"updated_at": timezone.now()} if issubclass(model, Publishable) else {}
    alike: dict[tuple, list[int]] = {}
    folding = []
    for edit in edits:
        if folded_from(model) & edit.values.keys():
            folding.append(edit)
        elif edit.values or stamp:
            alike.setdefault(tuple(sorted(edit.values.items())), []).append(edit.key)
    for values, keys in alike.items():
        model._base_manager.filter(pk__in=keys).update(**dict(values), **stamp)
    # In no order: that of amounts asks for their agreement, which may be gone.
    found = model._base_manager.order_by().in_bulk([edit.key for edit in folding]) if folding else {}
    for edit in folding:
        row = found[edit.key]
        for name, value in edit.values.items():
            setattr(row, name, value)
        names = [*edit.values, *fold_again(row)]
        written = {name: getattr(row, name) for name in names}
        model._base_manager.filter(pk=edit.key).update(**written, **stamp)


# Rules ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BrokenRule:
    """A rule that a record does not obey. `column` is the one to name, "" where it is about none."""

    record: models.Model
    column: str
    message: str
    is_missing: bool = False

    def __str__(self):
        if self.is_missing:
            words = {"record": self.record, "missing": self.message}
            return _("“%(record)s” is published and would lack: %(missing)s.") % words
        return f"“{self.record}”: {self.message}"


def by_model(
    keys: Iterable[tuple[type[models.Model], int]],
) -> Iterable[tuple[type[models.Model], list[int]]]:
    """The keys of each model, models in the order in which they come first."""
    found: dict[type[models.Model], list[int]] = {}
    for model, key in keys:
        found.setdefault(model, []).append(key)
    return found.items()


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


def broken_rules(
    records: Iterable[tuple[str, int]], changed: Mapping[tuple[str, int], set[str]] | None = None
) -> Iterator[BrokenRule]:
    """The rules that records do not obey; of those in `changed` only these columns are looked at, and rows that belong
    to them under the name of their relation: what did not change is valid. What is published stays complete.

    What the database checks itself (terms, references, what there is once) is left to it: asking it for each record
    would take most of the time.
    """
    for model, keys in by_model((model_named(name), key) for name, key in records):
        rows = model._base_manager.prefetch_related(*getattr(model, "read_to_publish", ()))
        for some in batches(keys, WRITTEN_AT_ONCE):
            for record in rows.filter(pk__in=some):
                columns = (changed or {}).get((model._meta.model_name, record.pk))
                yield from broken_rules_of(record, columns)


def broken_rules_of(record: models.Model, columns: set[str] | None) -> Iterator[BrokenRule]:
    passed_over = {
        field.name
        for field in record._meta.concrete_fields
        if field.is_relation or (columns is not None and field.name not in columns)
    }
    try:
        record.full_clean(exclude=passed_over, validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            for message in messages:
                yield BrokenRule(record, "" if name == "__all__" else name, message)
    if isinstance(record, Publishable) and record.is_published:
        missing = record.missing_for_publication()
        if columns is not None and "publication_state" not in columns:
            missing = {name: words for name, words in missing.items() if name in columns}
        if missing:
            yield BrokenRule(record, next(iter(missing)), ", ".join(missing.values()), is_missing=True)


def check_records(records: Iterable[tuple[str, int]]) -> None:
    """Raise ValidationError where a record breaks a rule: see `broken_rules`."""
    if problems := [str(each) for each in broken_rules(records)]:
        raise ValidationError(problems)


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
