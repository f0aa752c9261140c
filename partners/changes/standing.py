"""How what is to be written stands to what is there now: what others have changed since is told, not overwritten."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b

from django.db import models

from partners.changes.history import RowStep, filled, type_of_values, written_fields
from partners.changes.images import kept_value, row_of
from partners.changes.proposing import WHOLE_ROW, column_named
from partners.changes.rules import by_model
from partners.changes.writing import WRITTEN_AT_ONCE, unique_columns
from partners.engines.batches import batches
from partners.models.belonging import model_named, owners


class CellStanding(Enum):
    """FITS: it holds what it held. DONE: it holds what is proposed. CHANGED: somebody has changed it since. GONE: the
    row, or the record that it is to belong to, is not there any more. TAKEN: what stands once stands there by now."""

    FITS = "fits"
    DONE = "done"
    TAKEN = "taken"
    CHANGED = "changed"
    GONE = "gone"


@dataclass
class Present:
    """What is there now of what steps are about: their rows and records, by model and key, and for rows that are to
    come what the rows of the same records say."""

    rows: dict[tuple, models.Model]
    siblings: dict[type[models.Model], set[tuple]]
    # Of records that are to come: the values of theirs that stand once, and stand there by now.
    taken: set[tuple]

    @classmethod
    def of(cls, steps: Iterable[RowStep]) -> "Present":
        """Costs two queries for each kind of row, and one for each value that stands once."""
        steps = list(steps)
        records = {(model_named(name), key) for step in steps for name, key in step.records}
        keys = {(step.model, step.key) for step in steps} | records
        rows = rows_by_key(sorted((each for each in keys if each[1] > 0), key=str))
        siblings = {
            model: siblings_of(model, records)
            for model in {step.model for step in steps if step.before is None and not step.is_of_record}
        }
        taken = taken_values(step for step in steps if step.before is None and step.is_of_record)
        return cls(rows, siblings, taken)

    def row(self, step: RowStep) -> models.Model | None:
        return self.rows.get((step.model, step.key))

    def digest(self, name: str, step: RowStep) -> str:
        """What stands now in a cell of a step, or in a whole row, in short: a page says by it what it has shown."""
        now = self.row(step)
        columns = written_fields(step.model) if name == WHOLE_ROW else [column_named(step.model, name)]
        values = [kept_value(getattr(now, each.attname)) for each in columns if each] if now else None
        return blake2b(repr(values).encode(), digest_size=9).hexdigest()


def rows_by_key(keys: Iterable[tuple[type[models.Model], int]]) -> dict[tuple, models.Model]:
    """The rows of these models and keys that are there."""
    found = {}
    for model, those in by_model(keys):
        for some in batches(those, WRITTEN_AT_ONCE):
            rows = model._base_manager.in_bulk(some)
            found |= {(model, key): row for key, row in rows.items()}
    return found


def siblings_of(model: type[models.Model], records: Iterable[tuple]) -> set[tuple]:
    """What all rows of a model say that belong to one of some records."""
    found = set()
    for column, owner in owners(model).items():
        keys = [key for each, key in records if each is owner and key > 0]
        for some in batches(keys, WRITTEN_AT_ONCE):
            rows = model._base_manager.filter(**{f"{column}__in": some})
            found |= {what_it_says(model, row_of(row)) for row in rows}
    return found


def taken_values(steps: Iterable[RowStep]) -> set[tuple]:
    """The model, column and value of what stands once, and is that of some record now."""
    wanted: dict[tuple, set] = {}
    for step in steps:
        for name in unique_columns(step.model) - {step.model._meta.pk.name}:
            if filled(step.after.get(name)) is not None:
                wanted.setdefault((step.model, name), set()).add(step.after[name])
    return {
        (model, name, value)
        for (model, name), values in wanted.items()
        for value in model._base_manager.filter(**{f"{name}__in": values}).values_list(name, flat=True)
    }


def what_it_says(model: type[models.Model], values: type_of_values) -> tuple:
    """The values of a row that make it another one."""
    columns = (each for each in written_fields(model) if not isinstance(each, models.DateTimeField))
    return tuple(filled((values or {}).get(each.attname)) for each in columns)


def standing_of_place(name: str, step: RowStep, present: Present) -> CellStanding:
    """How a cell of a step, by the name of its column, or a whole row stands to what is there now."""
    if name == WHOLE_ROW:
        return standing_of_coming(step, present) if step.before is None else standing_of_going(step, present)
    now, column = present.row(step), column_named(step.model, name)
    if now is None or column is None:
        return CellStanding.GONE
    value = filled(getattr(now, column.attname))
    if value == filled(step.after[column.attname]):
        return CellStanding.DONE
    return CellStanding.FITS if value == filled(step.before[column.attname]) else CellStanding.CHANGED


def standing_of_going(step: RowStep, present: Present) -> CellStanding:
    now = present.row(step)
    if now is None:
        return CellStanding.DONE
    is_same = what_it_says(step.model, row_of(now)) == what_it_says(step.model, step.before)
    return CellStanding.FITS if is_same else CellStanding.CHANGED


def standing_of_coming(step: RowStep, present: Present) -> CellStanding:
    if step.is_of_record:
        values = {(step.model, name, value) for name, value in step.after.items()}
        return CellStanding.TAKEN if values & present.taken else CellStanding.FITS
    if any(key > 0 and (model_named(name), key) not in present.rows for name, key in step.records):
        return CellStanding.GONE
    is_there = what_it_says(step.model, step.after) in present.siblings.get(step.model, ())
    return CellStanding.DONE if is_there else CellStanding.FITS
