"""Writing rows as they are to be: what undo, and whatever else applies changes, has in common."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, IntegrityError, models
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
    kept = [edit for edit in edits if edit.values is not None]
    for edit in kept:
        if edit.is_new:
            insert(edit)
    for some in batches((edit for edit in kept if not edit.is_new), WRITTEN_AT_ONCE):
        rows = {
            model: model._base_manager.in_bulk(keys)
            for model, keys in by_model((edit.model, edit.key) for edit in some)
        }
        for edit in some:
            update(edit, rows[edit.model][edit.key])


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
