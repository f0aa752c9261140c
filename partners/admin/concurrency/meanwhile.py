"""What others changed while a form was open, and how it comes back: nothing typed is lost, nothing is overwritten unseen.

A value that only others changed is taken over into the form; where both changed it, what was typed stays and what is
saved now stands beside it. The form that comes back is measured against what it then shows.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.forms import CheckboxInput, ModelChoiceField, ModelMultipleChoiceField, MultiWidget
from django.forms.formsets import DELETION_FIELD_NAME, INITIAL_FORM_COUNT, TOTAL_FORM_COUNT
from django.utils.datastructures import MultiValueDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from partners.admin.concurrency.opened import (
    Opened,
    OpenedRow,
    Value,
    comparable,
    editable,
    names_by_key,
    values_of_form,
)


@dataclass
class ChangedValue:
    """A value that others changed. `before` is None where the form did not say what it had shown."""

    name: str
    label: str
    now: str
    before: str | None = None
    typed: str = ""
    # Whether what the curator typed stays in the form; else the form shows the new value.
    is_kept: bool = False


@dataclass
class ChangedRow:
    """What happened to a row: to some of its values, or to all of it, which `event` says in a sentence."""

    label: str
    notes: list[ChangedValue] = field(default_factory=list)
    event: str = ""
    # The place of the row in the form that comes back; None where it is gone.
    place: int | None = None


@dataclass
class Meanwhile:
    """All that others changed: of the record itself, and of its rows by the prefix of their formset."""

    notes: list[ChangedValue] = field(default_factory=list)
    rows: dict[str, list[ChangedRow]] = field(default_factory=dict)
    # Whether the page said what it had shown.
    is_known: bool = True
    # Who did it and when, where that is known.
    authors: list[tuple[str, str]] = field(default_factory=list)
    # Whether the record itself was deleted.
    is_gone: bool = False

    def __bool__(self):
        return bool(self.notes or any(self.rows.values()) or self.is_gone or not self.is_known)

    @property
    def lines(self) -> list[tuple[str, ChangedValue]]:
        """Every value that others changed, with the words for what it is."""
        of_rows = (
            (f"{row.label}: {note.label}", note)
            for rows in self.rows.values()
            for row in rows
            for note in row.notes
        )
        return [*((note.label, note) for note in self.notes), *of_rows]

    @property
    def events(self) -> list[str]:
        """Which rows came and went."""
        return [row.event for rows in self.rows.values() for row in rows if row.event]

    def refusal(self) -> str:
        """Why nothing was saved, and what saving again does."""
        if self.is_gone:
            return _(
                "Nothing is saved: somebody else deleted this record after you opened it. What you wrote stands "
                "here; saving adds it as a new record."
            )
        if not self.is_known:
            return _(
                "Nothing is saved yet: this form did not say what it had shown when it was opened. What is saved now "
                "stands beside what differs. Look through it and save again."
            )
        return _(
            "Nothing is saved yet: somebody else changed this record after you opened it. Nothing that you wrote is "
            "lost: it stands in the form. Look through what changed, choose where you both changed a value, and save "
            "again."
        )


class Words:
    """Values in the words that people read."""

    def __init__(self, *labels: Mapping[str, Mapping[str, str]]):
        self.labels: dict[str, dict[str, str]] = {}
        for each in labels:
            for model, names in each.items():
                self.labels.setdefault(model, {}).update(names)

    def of(self, field, value: Value) -> str:
        """A value of a field of a form or of a model."""
        if value in ("", []):
            return _("empty")
        if isinstance(field, ModelChoiceField):
            return self.of_records(field.queryset.model, value if isinstance(value, list) else [value])
        if isinstance(getattr(field, "widget", None), CheckboxInput):
            return _("yes") if value == "True" else _("no")
        choices = {str(key): label for key, label in getattr(field, "choices", None) or ()}
        return str(choices.get(value, value))

    def of_records(self, model, keys: list[str]) -> str:
        names = self.labels.setdefault(model._meta.label_lower, {})
        if unknown := [key for key in keys if key not in names]:
            names.update(names_by_key(model, unknown))
        return ", ".join(sorted(names.get(key) or _("one that is deleted now") for key in keys))


def typed(field, data, files, name: str) -> list[Value]:
    """What a field holds as it was sent: as the browser sent it, and as the field understands it."""
    raw = field.widget.value_from_datadict(data, files, name)
    if isinstance(field, ModelMultipleChoiceField):
        return [comparable(raw or [])]
    if isinstance(field, ModelChoiceField):
        return [comparable(raw)]
    try:
        return [comparable(raw), comparable(field.clean(raw))]
    except ValidationError:
        return [comparable(raw)]


def put_value(form, data, name: str, place: str = "") -> None:
    """Makes what was sent hold the value that a form shows; `place` is where, if not under the name that the form has."""
    each, place = form.fields[name], place or form.add_prefix(name)
    initial = form.get_initial_for_field(each, name)
    value = comparable(initial)
    if isinstance(value, list):
        data.setlist(place, value)
    elif isinstance(each.widget, MultiWidget):
        widget = each.widget
        parts = zip(widget.widgets_names, widget.widgets, widget.decompress(initial), strict=True)
        for suffix, part, shown in parts:
            data[place + suffix] = part.format_value(shown) or ""
    else:
        data[place] = value


def merge(form, data, files, before: Mapping[str, Value] | None, words: Words) -> list[ChangedValue]:
    """Brings what was sent for one form up to date, and notes what others changed.

    `form` shows what is saved now, under the names that `data` has; `before` is what the page had shown.
    """
    notes, now = [], values_of_form(form)
    for name, each in editable(form).items():
        place = form.add_prefix(name)
        known = before.get(name) if before is not None else None
        is_sent = not each.widget.value_omitted_from_data(data, files, place)
        sent = typed(each, data, files, place) if is_sent else [known]
        if now[name] == known or now[name] in sent:
            continue
        note = ChangedValue(name, capfirst(str(each.label or name)), words.of(each, now[name]))
        note.before = None if known is None else words.of(each, known)
        note.is_kept = is_sent and known not in sent
        if note.is_kept:
            note.typed = words.of(each, sent[-1])
        else:
            put_value(form, data, name)
        notes.append(note)
    return notes


class MergedRows:
    """The rows of a formset as they come back: those that are saved, and those that saving would add.

    `formset` shows what is saved now; `before` is what the page had shown, by the keys of the rows.
    """

    def __init__(self, formset, data, files, before: Mapping[str, OpenedRow] | None, words: Words):
        self.formset, self.files, self.words = formset, files, words
        self.before: Mapping[str, OpenedRow] = before or {}
        self.key_name = formset.model._meta.pk.name
        self.saved: list[tuple[MultiValueDict, ChangedRow]] = []
        self.new: list[tuple[MultiValueDict, ChangedRow]] = []
        self.gone: list[ChangedRow] = []
        sent, initial = sent_rows(formset.prefix, data)
        forms = {str(form.instance.pk): form for form in formset.initial_forms}
        for form in forms.values():
            form.prefix = None  # rows are merged by the plain names of their fields
        self.new += [(row, ChangedRow("")) for row in sent[initial:]]
        for row in sent[:initial]:
            self.meet(row, forms.pop(row.get(self.key_name, ""), None), before is not None)
        for key, form in forms.items():
            if key not in self.before:
                self.add(key, form)

    def meet(self, row: MultiValueDict, form, is_known: bool) -> None:
        """A row that the page showed."""
        known = self.before.get(row.get(self.key_name, ""))
        if form is None:
            self.meet_deleted(row, known)
        else:
            values = known.values if known else {} if is_known else None
            label = known.label if known else str(form.instance)
            self.saved.append((row, ChangedRow(label, merge(form, row, self.files, values, self.words))))

    def meet_deleted(self, row: MultiValueDict, known: OpenedRow | None) -> None:
        """A row that others deleted. What was typed in it becomes a new row; else it goes."""
        notes = ChangedRow(known.label if known else _("A row"))
        if row.get(DELETION_FIELD_NAME):
            return  # both wanted it
        if self.is_touched(row, known.values if known else {}):
            notes.event = _(
                "“%s” was deleted meanwhile. What you wrote in it stands in a new row: saving adds it again, "
                "removing the row leaves it deleted."
            )
            row.pop(self.key_name, None)
            self.new.append((row, notes))
        else:
            notes.event = _("“%s” was deleted meanwhile, and is no longer in this form.")
            self.gone.append(notes)
        notes.event %= notes.label

    def is_touched(self, row: MultiValueDict, before: Mapping[str, Value]) -> bool:
        return any(
            not each.widget.value_omitted_from_data(row, self.files, name)
            and before.get(name, "") not in typed(each, row, self.files, name)
            for name, each in editable(self.formset.empty_form).items()
        )

    def add(self, key: str, form) -> None:
        """A row that others added. A new row that says the same, as after a second click, becomes that row."""
        row, values = MultiValueDict({self.key_name: [key]}), values_of_form(form)
        for name in values:
            put_value(form, row, name)
        notes = ChangedRow(str(form.instance))
        for twin in self.new:
            if all(values[name] in typed(form.fields[name], twin[0], self.files, name) for name in values):
                self.new.remove(twin)
                break
        else:
            notes.event = _("“%s” was added meanwhile.") % notes.label
        self.saved.append((row, notes))

    def write(self, data) -> list[ChangedRow]:
        """Puts the rows in the place of those that were sent, and gives what there is to say of them."""
        prefix = self.formset.prefix
        pattern = re.compile(rf"{re.escape(prefix)}-[0-9]+-.+")
        for name in [name for name in data if pattern.fullmatch(name)]:
            del data[name]
        for place, (row, notes) in enumerate([*self.saved, *self.new]):
            notes.place = place
            for name, values in row.lists():
                data.setlist(f"{prefix}-{place}-{name}", values)
        data[f"{prefix}-{INITIAL_FORM_COUNT}"] = str(len(self.saved))
        data[f"{prefix}-{TOTAL_FORM_COUNT}"] = str(len(self.saved) + len(self.new))
        every = [*(notes for _row, notes in (*self.saved, *self.new)), *self.gone]
        return [notes for notes in every if notes.notes or notes.event]


def sent_rows(prefix: str, data) -> tuple[list[MultiValueDict], int]:
    """The rows of a formset as they were sent, by the plain names of their fields, and how many of them were saved."""
    try:
        total = int(data[f"{prefix}-{TOTAL_FORM_COUNT}"])
        initial = int(data[f"{prefix}-{INITIAL_FORM_COUNT}"])
    except (KeyError, ValueError):
        return [], 0  # Django refuses the form
    rows: dict[int, MultiValueDict] = {}
    pattern = re.compile(rf"{re.escape(prefix)}-([0-9]{{1,5}})-(.+)")
    for name in data:
        if (found := pattern.fullmatch(name)) and int(found[1]) < total:
            rows.setdefault(int(found[1]), MultiValueDict()).setlist(found[2], data.getlist(name))
    return [row for _number, row in sorted(rows.items())], sum(number < initial for number in rows)


def merge_all(before: Opened | None, now: Opened, form, formsets, data, files) -> Meanwhile:
    """Brings what was sent for a record and all its rows up to date, and says what others changed."""
    if before and is_same(before, now):
        return Meanwhile()
    words = Words(before.labels if before else {}, now.labels)
    notes = merge(form, data, files, before.values if before else None, words)
    if before:
        notes += beside_the_form(before, now, form, data, words)
    rows = {}
    for formset in formsets:
        known = before.rows.get(formset.prefix, {}) if before else None
        rows[formset.prefix] = MergedRows(formset, data, files, known, words).write(data)
    return Meanwhile(notes, rows, before is not None)


def is_same(before: Opened, now: Opened) -> bool:
    def values(opened):
        rows = opened.rows.items()
        return opened.values, {
            (prefix, key): row.values for prefix, each in rows for key, row in each.items()
        }

    return values(before) == values(now)


def beside_the_form(before: Opened, now: Opened, form, data, words: Words) -> list[ChangedValue]:
    """Values that the form shows and does not offer, as the state of publication, or no longer offers."""
    notes = []
    for name in sorted(before.values.keys() | now.values.keys()):
        old, new = before.values.get(name), now.values.get(name)
        if name in form.fields or (new is None and data.get(name, old) == old) or old == new:
            continue
        try:
            each = form.instance._meta.get_field(name)
        except FieldDoesNotExist:
            continue
        new = comparable(getattr(form.instance, name)) if new is None else new
        note = ChangedValue(name, capfirst(str(each.verbose_name)), words.of(each, new))
        note.before = None if old is None else words.of(each, old)
        note.typed = str(data.get(name, ""))
        notes.append(note)
    return notes
