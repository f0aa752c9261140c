"""Who stands in a list of a record at the end of a revision: one record can stand there by several rows, as a source does
that is cited for several values."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models

from partners.changes.history import RowStep, steps_of_rows, type_of_values
from partners.changes.releases import names_ever
from partners.changes.states import rows_at
from partners.models import Change
from partners.tables.columns import Related, first_step


@dataclass(frozen=True)
class ListThen:
    """The rows of a list of a record that lead to some records, at the end of any revision from `first` - 1 to `last`.

    `is_in` tells whether values of a row belong to the list of this record.
    """

    related: Related
    record: models.Model
    is_in: Callable[[type_of_values], type_of_values]
    first: int
    last: int
    steps: dict[int, list[tuple[int, RowStep]]]
    later: dict[int, dict[str, Any]]

    def code(self, values: type_of_values) -> Any:
        """The key of the record to which a row leads."""
        return values[code_of(self.related).attname] if values else None

    def has(self, values: type_of_values, number: int) -> bool:
        """Whether the list then had a row that leads where this one does."""
        return bool(values) and bool(self.values_of(self.code(values), "pk", number))

    def values_of(self, code: Any, name: str, number: int) -> set:
        """What the rows that lead to a record held in a column then."""
        key = self.related.rows().model._meta.pk.attname if name == "pk" else name
        rows = (self.is_in(self.at(row, number)) for row in {*self.steps, *self.later})
        return {values[key] for values in rows if values and self.code(values) == code}

    def at(self, row: int, number: int) -> type_of_values:
        """The values of a row at the end of a revision."""
        own = self.steps.get(row, ())
        before = [step for revision, step in own if revision <= number]
        if before:
            return before[-1].after
        return own[0][1].before if own else self.later.get(row)


def code_of(related: Related) -> models.Field:
    return first_step(related.rows().model, related.code)


def list_then(
    related: Related, record: models.Model, is_in: Callable, codes: Iterable, numbers: list[int]
) -> ListThen:
    """The rows of a list that lead to records with these keys. Costs four queries, whatever their number."""
    model, step = related.rows().model, code_of(related)
    owner = model._meta.get_field(related.owner)
    codes, first, last = list(codes), min(numbers), max(numbers)
    now = model._base_manager.filter(**{related.owner: record.pk, f"{step.attname}__in": codes})
    gone = Change.objects.filter(
        table__in=names_ever(model._meta.model_name),
        revision__gte=first,
        **{f"before__{owner.column}": record.pk, f"before__{step.column}__in": codes},
    )
    keys = {*now.values_list("pk", flat=True), *gone.order_by().values_list("row", flat=True).distinct()}
    steps: dict[int, list[tuple[int, RowStep]]] = {}
    for number, found in steps_of_rows(model, keys, first, last):
        steps.setdefault(found.key, []).append((number, found))
    return ListThen(related, record, is_in, first, last, steps, rows_at(model, last, keys))
