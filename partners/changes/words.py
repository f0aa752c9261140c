"""What happened to rows, or is to happen, as people read it: one table of cells for history, previews and proposals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.changes.history import RowStep, filled
from partners.curation_vocabularies import Operation
from partners.models import AgreementAmount, AgreementParty, Change, Citation, OrganizationName
from partners.models.belonging import is_record, model_named
from partners.models.naming import without_texts

STEP_KINDS = {
    "added": gettext_lazy("added"),
    "removed": gettext_lazy("removed"),
    "changed": gettext_lazy("changed"),
}


@dataclass(frozen=True)
class CellLine:
    """A cell of a step, as people read it."""

    name: str
    title: str
    before: str
    after: str


class StepWords:
    """Names what steps speak of, with a query for each kind of record that they refer to."""

    def __init__(self, steps: Iterable[RowStep]):
        steps = list(steps)
        keys: dict[type[models.Model], set[int]] = {}
        for step in steps:
            for name, key in step.records:
                keys.setdefault(model_named(name), set()).add(key)
            for column in {*step.shown(), *telling_apart(step)}:
                if column.is_relation:
                    values = (each.get(column.attname) for each in (step.before, step.after) if each)
                    keys.setdefault(column.related_model, set()).update(filter(None, values))
        self.names = {model: names_then_or_now(model, found) for model, found in keys.items()}
        for step in steps:
            if step.before is None:
                self.names.setdefault(step.model, {}).setdefault(step.key, name_of_coming(step))

    def record(self, name: str, key: int) -> str:
        return self.names[model_named(name)].get(key) or _("%(kind)s %(key)d, which is gone") % {
            "kind": model_named(name)._meta.verbose_name,
            "key": key,
        }

    def row(self, step: RowStep, now: Mapping[str, Any] | None = None) -> str:
        """What kind of row it is; of one that changes also which, by what it says, or says `now`."""
        values = (now or {}) | (step.before or {})
        told = (self.value(column, values.get(column.attname)) for column in telling_apart(step))
        which = ", ".join(filter(None, told))
        return f"{kind_of_row(step)} “{which}”" if which else kind_of_row(step)

    def value(self, column: models.Field, value: Any) -> str:
        if filled(value) is None:
            return ""
        if column.is_relation:
            return self.record(column.related_model._meta.model_name, value)
        if column.choices:
            return str(dict(column.flatchoices).get(value, value))
        if isinstance(column, models.DateField):
            return value.isoformat()
        return str(value)

    def cells(self, step: RowStep) -> list[CellLine]:
        """The cells of a step that people know."""
        return [
            CellLine(
                each.name,
                capfirst(str(title_of_column(each))),
                self.value(each, (step.before or {}).get(each.attname)),
                self.value(each, (step.after or {}).get(each.attname)),
            )
            for each in step.shown()
        ]


def title_of_column(column: models.Field) -> str:
    """What a column is called. Tables between two records are made by Django, which calls their columns after classes."""
    return (column.related_model._meta if column.model._meta.auto_created else column).verbose_name


# By what people tell the rows of a record apart.
TOLD_APART_BY: dict[type[models.Model], tuple[str, ...]] = {
    Citation: ("source", "field"),
    AgreementParty: ("organization", "role"),
    OrganizationName: ("value",),
    AgreementAmount: ("kind", "amount", "currency"),
}


def telling_apart(step: RowStep) -> list[models.Field]:
    """The columns that tell which row it is, where its cells do not: those of one that comes or goes say it all."""
    is_change = step.before is not None and step.after is not None
    names = TOLD_APART_BY.get(step.model, ()) if is_change else ()
    columns = (step.model._meta.get_field(name) for name in names)
    return [column for column in columns if column not in step.changed]


def names_then_or_now(model: type[models.Model], keys: set[int]) -> dict[int, str]:
    """What records are called, also those that are gone: by what the journal keeps of them."""
    rows = without_texts(model._base_manager.select_related().filter(pk__in=keys))
    found = {record.pk: str(record) for record in rows}
    if not is_record(model):
        return found
    gone = Change.objects.filter(
        table=model._meta.model_name, row__in=keys - found.keys(), operation=Operation.DELETE
    )
    return found | {each.row: title_in(model, each.before) for each in gone.order_by("pk")}


def title_in(model: type[models.Model], image: dict[str, Any]) -> str:
    """What a record was called."""
    name = getattr(model, "called", "") or "title"
    return str(image.get(name) or image.get("slug"))


def name_of_coming(step: RowStep) -> str:
    """What a row is called that is not there yet."""
    return title_in(step.model, step.after) if step.is_of_record else kind_of_row(step)


def kind_of_row(step: RowStep) -> str:
    """What kind of row it is."""
    return title_of_relation(step.model) or capfirst(str(step.model._meta.verbose_name))


def kind_of_rows(model: type[models.Model]) -> str:
    """What rows of a kind are called together, such as “Sectors”."""
    return title_of_relation(model) or capfirst(str(model._meta.verbose_name_plural))


def title_of_relation(model: type[models.Model]) -> str:
    """What the relation is called whose rows a model has; "" of a model that is declared for itself."""
    declared_by = model._meta.auto_created
    relations = declared_by._meta.many_to_many if declared_by else ()
    return next(
        (capfirst(str(each.verbose_name)) for each in relations if each.remote_field.through is model), ""
    )


def title_for(steps: Sequence[RowStep]) -> str:
    """The records that steps are about, in words: the first of them, and how many more."""
    words = StepWords(steps)
    records = list(dict.fromkeys(min(step.records) for step in steps))
    first = words.record(*records[0])
    more = len(records) - 1
    if not more:
        return first
    return ngettext("%(first)s and %(more)d more", "%(first)s and %(more)d more", more) % {
        "first": first[:150],
        "more": more,
    }
