"""Writing rows as they are to be: what undo, and whatever else applies changes, has in common."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.utils.translation import gettext as _

from partners.models import Publishable
from partners.models.belonging import is_record, model_named


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
    for edit in reversed(edits):
        if edit.values is None:
            edit.model._base_manager.filter(pk=edit.key)._raw_delete(using="default")
    for edit in edits:
        if edit.values is not None:
            insert(edit) if edit.is_new else update(edit)


def insert(edit: RowEdit) -> None:
    row = edit.model(**edit.values)
    fold_again(row)
    # As it is: no stamp of today.
    row.save_base(raw=True, force_insert=True)


def update(edit: RowEdit) -> None:
    row = edit.model._base_manager.get(pk=edit.key)
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
    """Raise ValidationError where a record, or a row of it, breaks a rule: what is published stays complete."""
    problems = []
    for name, key in records:
        record = model_named(name)._base_manager.filter(pk=key).first()
        if record is None:
            continue
        try:
            record.full_clean()
        except ValidationError as error:
            problems += [f"“{record}”: {message}" for message in error.messages]
        if isinstance(record, Publishable) and record.is_published:
            missing = record.missing_for_publication()
            if missing:
                words = {"record": record, "missing": ", ".join(missing.values())}
                problems.append(_("“%(record)s” is published and would lack: %(missing)s.") % words)
    if problems:
        raise ValidationError(problems)


def refusal_of(error: IntegrityError) -> ValidationError:
    """What the database refuses, in words."""
    return ValidationError(
        _("The database refuses this: something else depends on it, or has taken its place. %s") % error
    )
