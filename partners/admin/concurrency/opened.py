"""What a page of curation showed when it was opened.

The page itself carries it, signed, and sends it back: so it holds across processes and restarts, and nothing is kept
for pages that nobody sends. Values are compared, never stamps: not every writer stamps what it writes.
"""

import datetime
from dataclasses import asdict, dataclass, field
from decimal import Decimal

from django.contrib.admin.models import LogEntry
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms import ModelChoiceField
from django.forms.models import InlineForeignKeyField

# The hidden field of every form and confirmation. No field of a model begins with an underscore.
OPENED = "_opened"
OPENED_SALT = "partners.admin.concurrency.opened"

Value = str | list[str]


@dataclass
class OpenedRow:
    """A row of a record: what it is called, and the values of its fields."""

    label: str
    values: dict[str, Value]


@dataclass
class Opened:
    """The values of a record and of its rows, as its form shows them.

    `rows` are by the prefix of their formset and their key. `labels` are the names of the records that values refer
    to, by model and key: a message can name them when they are gone. `last_entry` is the newest entry of the history
    of the site: what is younger happened meanwhile.
    """

    record: str
    values: dict[str, Value]
    rows: dict[str, dict[str, OpenedRow]]
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    last_entry: int = 0
    # The values that both changed, and of which nobody has said yet whose stays: the prefix of the formset and the key of
    # the row, both "" for the record itself; the name of the field; and what stood there before, in words.
    undecided: list[list[str | None]] = field(default_factory=list)

    def sealed(self) -> str:
        return signing.dumps(asdict(self), salt=OPENED_SALT, compress=True)

    @classmethod
    def unsealed(cls, text: str, record) -> "Opened | None":
        """What a page said it showed; None where it says nothing, something forged, or speaks of another record."""
        try:
            stored = signing.loads(text, salt=OPENED_SALT)
            rows = {
                prefix: {key: OpenedRow(**row) for key, row in each.items()}
                for prefix, each in stored["rows"].items()
            }
            opened = cls(**stored | {"rows": rows})
        except (signing.BadSignature, KeyError, TypeError):
            return None  # a page of an earlier release may say it in another way
        return opened if opened.record == label_of_record(record) else None


def label_of_record(record) -> str:
    return f"{record._meta.label_lower} {record.pk}"


def read_form(record, form, formsets, also_watched=(), last_entry=0) -> Opened:
    """What an unbound form of a record and its formsets show. Costs a query for each kind of record they refer to."""
    watched = {name: comparable(getattr(record, name)) for name in also_watched}
    rows = {formset.prefix: rows_of_formset(formset) for formset in formsets}
    forms = [form, *(each for formset in formsets for each in formset.initial_forms)]
    return Opened(
        label_of_record(record), watched | values_of_form(form), rows, names_referred_to(forms), last_entry
    )


def rows_of_formset(formset) -> dict[str, OpenedRow]:
    return {
        str(form.instance.pk): OpenedRow(str(form.instance), values_of_form(form))
        for form in formset.initial_forms
    }


def values_of_form(form) -> dict[str, Value]:
    return {
        name: comparable(form.get_initial_for_field(field, name)) for name, field in editable(form).items()
    }


def editable(form) -> dict:
    """The fields of a form that hold values of its record."""
    model = form._meta.model._meta
    columns = {each.name for each in (*model.concrete_fields, *model.many_to_many)} - {model.pk.name}
    return {
        name: each
        for name, each in form.fields.items()
        if name in columns and not each.disabled and not isinstance(each, InlineForeignKeyField)
    }


def comparable(value) -> Value:
    """A value as text, or as a list of texts: equal where the database would hold the same."""
    if value is None:
        return ""
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, (list, tuple, set, QuerySet)):
        return sorted(comparable(each) for each in value)
    if isinstance(value, datetime.datetime) and value.tzinfo:
        return value.astimezone(datetime.UTC).isoformat()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value).replace("\r\n", "\n")  # browsers end lines so


def names_referred_to(forms) -> dict[str, dict[str, str]]:
    """The names of all records that the values of forms refer to."""
    keys: dict[type, set[str]] = {}
    for form in forms:
        for name, each in editable(form).items():
            if isinstance(each, ModelChoiceField):
                value = comparable(form.get_initial_for_field(each, name))
                keys.setdefault(each.queryset.model, set()).update(
                    value if isinstance(value, list) else [value]
                )
    return {model._meta.label_lower: names_by_key(model, found) for model, found in keys.items()}


def names_by_key(model, keys) -> dict[str, str]:
    """The names of those records of a model that exist, by their keys; what is no key has no name."""
    known, column = [], model._meta.pk
    for key in filter(None, keys):
        try:
            value = column.to_python(key)
            # A number may be larger than a column holds.
            column.run_validators(value)
        except ValidationError:
            continue
        known.append(value)
    if not known:
        return {}
    found = model._base_manager.select_related().in_bulk(
        known
    )  # names are put together from other records too
    return {str(key): str(record) for key, record in found.items()}


def last_entry() -> int:
    """The newest entry of the history of the site; 0 where there is none."""
    return LogEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
