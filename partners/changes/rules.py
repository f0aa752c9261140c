"""The rules that records obey, whoever writes them: asked once rows are written, and before anybody sees them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from partners.changes.writing import WRITTEN_AT_ONCE
from partners.engines.batches import batches
from partners.models import Publishable
from partners.models.belonging import model_named


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


def broken_rules(
    records: Iterable[tuple[str, int]], changed: Mapping[tuple[str, int], set[str]] | None = None
) -> Iterator[BrokenRule]:
    """The rules that records do not obey; of those in `changed` only these columns are looked at, and rows that belong
    to them under the name of their relation: what did not change is valid. What is published stays complete.

    What the database checks itself (terms, references, what there is once) is left to it: asking it for each record
    would take most of the time.
    """
    changed = changed or {}
    for model, keys in by_model((model_named(name), key) for name, key in records):
        name = model._meta.model_name
        for some in batches(keys, WRITTEN_AT_ONCE):
            rows, looked_at = (
                model._base_manager.filter(pk__in=some),
                [changed.get((name, key)) for key in some],
            )
            if any(decides_publication(model, columns) for columns in looked_at):
                rows = rows.prefetch_related(*model.read_to_publish)
            elif not any(needs_whole(model, columns) for columns in looked_at):
                own = {each.name for each in model._meta.concrete_fields}
                rows = rows.only(*own.intersection(set().union(*looked_at)))
            for record in rows:
                yield from broken_rules_of(record, changed.get((name, record.pk)))


def decides_publication(model: type[models.Model], columns: set[str] | None) -> bool:
    """Whether a change of these columns, None for all, can leave a published record incomplete."""
    return issubclass(model, Publishable) and (
        columns is None or not model.columns_of_publication().isdisjoint(columns)
    )


def needs_whole(model: type[models.Model], columns: set[str] | None) -> bool:
    """Whether rules about several columns together are asked of a change of these columns, None for all."""
    return columns is None or not columns.isdisjoint(getattr(model, "columns_of_clean", ()))


def broken_rules_of(record: models.Model, columns: set[str] | None) -> Iterator[BrokenRule]:
    passed_over = {
        field.name
        for field in record._meta.concrete_fields
        if field.is_relation or (columns is not None and field.name not in columns)
    }
    try:
        if needs_whole(type(record), columns):
            record.full_clean(exclude=passed_over, validate_unique=False, validate_constraints=False)
        else:
            record.clean_fields(exclude=passed_over)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            for message in messages:
                yield BrokenRule(record, "" if name == "__all__" else name, message)
    if decides_publication(type(record), columns) and record.is_published:
        missing = record.missing_for_publication()
        if columns is not None and "publication_state" not in columns:
            missing = {name: words for name, words in missing.items() if name in columns}
        if missing:
            yield BrokenRule(record, next(iter(missing)), ", ".join(missing.values()), is_missing=True)


def check_records(
    records: Iterable[tuple[str, int]], changed: Mapping[tuple[str, int], set[str]] | None = None
) -> None:
    """Raise ValidationError where a record breaks a rule: see `broken_rules`."""
    if problems := [str(each) for each in broken_rules(records, changed)]:
        raise ValidationError(problems)
