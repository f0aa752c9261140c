"""Writing rows as they are to be: what undo, and whatever else applies changes, has in common."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, IntegrityError, models
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.engines.batches import batches
from partners.models import Publishable
from partners.models.belonging import is_record, model_named

WRITTEN_AT_ONCE = 500


@dataclass(frozen=True)
class RowEdit:
    """A row as it is to be. `values` by attribute are those to set, of a new row all; None takes the row away."""

    model: type[models.Model]
    key: int
    values: dict[str, Any] | None
    is_new: bool = False


def write_edits(edits: Iterable[RowEdit]) -> None:
    """Write all of them, in the transaction of the caller. Rules are not checked: see `check_records`."""
    edits = sorted(edits, key=lambda edit: not is_record(edit.model))
    # What belongs to a record goes before it and comes after it.
    for model, keys in by_model((edit.model, edit.key) for edit in reversed(edits) if edit.values is None):
        for some in batches(keys, WRITTEN_AT_ONCE):
            model._base_manager.filter(pk__in=some)._raw_delete(using=DEFAULT_DB_ALIAS)
    kept = sorted((edit for edit in edits if edit.values is not None), key=turn)
    for _turn, those in groupby(kept, key=turn):
        for some in batches(those, WRITTEN_AT_ONCE):
            for edit in some:
                if edit.is_new:
                    insert(edit)
            update_several([edit for edit in some if not edit.is_new])


def turn(edit: RowEdit) -> int:
    """When an edit is written: a value that stands once is given up before another record takes it, and a record
    is there before rows lead to it."""
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


@cache
def folded_from(model: type[models.Model]) -> frozenset[str]:
    """The columns from which others follow."""
    fields = [each for each in model._meta.concrete_fields if hasattr(each, "read_from")]
    return frozenset(name for each in fields for name in each.read_from)


def update_several(edits: list[RowEdit]) -> None:
    """Change rows: those that get the same values, from which nothing else follows, at once."""
    alike: dict[tuple, list[RowEdit]] = {}
    for edit in edits:
        alike.setdefault((edit.model, tuple(sorted(edit.values.items()))), []).append(edit)
    one_by_one = []
    for (model, values), same in alike.items():
        if len(same) == 1 or folded_from(model) & dict(values).keys():
            one_by_one += same
        else:
            stamp = {"updated_at": timezone.now()} if issubclass(model, Publishable) else {}
            rows = model._base_manager.filter(pk__in=[edit.key for edit in same])
            rows.update(**dict(values), **stamp)
    # In no order: that of amounts asks for their agreement, which may be gone.
    found = {
        model: model._base_manager.order_by().in_bulk(keys)
        for model, keys in by_model((edit.model, edit.key) for edit in one_by_one)
    }
    for edit in one_by_one:
        update(edit, found[edit.model][edit.key])


def by_model(
    keys: Iterable[tuple[type[models.Model], int]],
) -> Iterable[tuple[type[models.Model], list[int]]]:
    """The keys of each model, models in the order in which they come first."""
    found: dict[type[models.Model], list[int]] = {}
    for model, key in keys:
        found.setdefault(model, []).append(key)
    return found.items()


def insert(edit: RowEdit) -> None:
    row = edit.model(**edit.values)
    fold_again(row)
    # As it is: no stamp of today.
    row.save_base(raw=True, force_insert=True)


def update(edit: RowEdit, row: models.Model) -> None:
    """`row` is what stands there now."""
    for name, value in edit.values.items():
        setattr(row, name, value)
    names = [*edit.values, *fold_again(row)]
    if isinstance(row, Publishable):
        row.updated_at = type(row)._meta.get_field("updated_at").pre_save(row, add=False)
        names.append("updated_at")
    edit.model._base_manager.filter(pk=edit.key).update(**{name: getattr(row, name) for name in names})


def fold_again(row: models.Model) -> list[str]:
    """Fill in what follows from other columns of the row; gives their names."""
    fields = [each for each in row._meta.concrete_fields if hasattr(each, "read_from")]
    for each in fields:
        each.pre_save(row, add=False)
    return [each.attname for each in fields]


def check_records(records: Iterable[tuple[str, int]]) -> None:
    """Raise ValidationError where a record breaks a rule: what is published stays complete.

    What the database checks itself (terms, references, what there is once) is left to it: asking it for each record
    would take most of the time.
    """
    problems = []
    for model, keys in by_model((model_named(name), key) for name, key in records):
        rows = model._base_manager.prefetch_related(*getattr(model, "read_to_publish", ()))
        for some in batches(keys, WRITTEN_AT_ONCE):
            for record in rows.filter(pk__in=some):
                problems += problems_of(record)
    if problems:
        raise ValidationError(problems)


def problems_of(record: models.Model) -> list[str]:
    problems = []
    references = {field.name for field in record._meta.concrete_fields if field.is_relation}
    try:
        record.full_clean(exclude=references, validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        problems += [f"“{record}”: {message}" for message in error.messages]
    if (
        isinstance(record, Publishable)
        and record.is_published
        and (missing := record.missing_for_publication())
    ):
        words = {"record": record, "missing": ", ".join(missing.values())}
        problems.append(_("“%(record)s” is published and would lack: %(missing)s.") % words)
    return problems


def refusal_of(error: IntegrityError) -> ValidationError:
    """What the database refuses, in words."""
    return ValidationError(
        _("The database refuses this: something else depends on it, or has taken its place. %s") % error
    )
