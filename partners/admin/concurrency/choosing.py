"""Where two people changed the same value, the second one chooses: theirs or his own. Nothing is chosen beforehand, and what
nobody has chosen is not saved."""

import re
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.admin.cells import (
    CellChoice,
    CellPart,
    CellRow,
    CellTable,
    CellText,
    plain_piece,
    with_changes_marked,
)
from partners.admin.concurrency.meanwhile import (
    ChangedRow,
    ChangedValue,
    Meanwhile,
    Words,
    put_value,
    typed,
)
from partners.admin.concurrency.opened import editable, values_of_form

# What a page that asks sends: what was chosen in each place where both changed something, and another value. Which places
# these are is sealed with what the page showed: what is not chosen is asked again, whatever is sent.
CHOSEN_AT, ANOTHER_AT = "_choice-", "_another-"
THEIRS, MINE, ANOTHER_VALUE = "theirs", "mine", "another"
PART_OF_WIDGET = re.compile(r"(_[0-9]+)?")
BOTH_HEADINGS = (
    (gettext_lazy("Before"), ""),
    (gettext_lazy("Theirs"), ""),
    (gettext_lazy("Yours"), ""),
    (gettext_lazy("Another value"), ""),
)
ALONE_HEADINGS = ((gettext_lazy("Before"), ""), (gettext_lazy("Will be"), ""), (gettext_lazy("Whose"), "c-b"))


@dataclass(frozen=True)
class OpenChoice:
    """A value that both changed, and of which nobody has said yet whose stays. `key` is that of its row, "" for the record;
    `form` shows what is saved now."""

    prefix: str
    key: str
    name: str
    before: str | None
    form: object


def put_choices(form, formsets, data, undecided: Iterable[Sequence[str | None]]) -> list[OpenChoice]:
    """Puts what was chosen in each place that was undecided, and gives those of which nothing was."""
    found = []
    for prefix, key, name, before in undecided:
        holder = holder_of(prefix, key, form, formsets)
        if holder is None or name not in editable(holder):
            continue  # the row is gone: what was typed in it is a new one
        choice = OpenChoice(prefix, key, name, before, holder)
        place = place_sent(choice, data)
        said = data.get(f"{CHOSEN_AT}{place}")
        if said == THEIRS:
            put_value(holder, data, name, place)
        elif said == ANOTHER_VALUE:
            put_another(data, place)
        elif said != MINE:
            found.append(choice)
    return found


def holder_of(prefix: str, key: str, form, formsets):
    """The form with the saved value of the record, or of a row; None where the row is gone."""
    if not prefix:
        return form
    rows = (row for formset in formsets if formset.prefix == prefix for row in formset.initial_forms)
    return next((row for row in rows if str(row.instance.pk) == key), None)


def place_sent(choice: OpenChoice, data) -> str:
    """The name of a value in what was sent."""
    number = number_of_row(choice, data)
    return f"{choice.prefix}-{number}-{choice.name}" if choice.prefix else choice.name


def put_another(data, place: str) -> None:
    """Makes what was sent hold the other value that was typed in the table."""
    for name in [name for name in data if is_at(name, place)]:
        del data[name]
    another = f"{ANOTHER_AT}{place}"
    for name in [name for name in data if is_at(name, another)]:
        data.setlist(name.removeprefix(ANOTHER_AT), data.getlist(name))


def is_at(name: str, place: str) -> bool:
    """Whether a name is that of a place, or of a part of it, as of a day and a time."""
    return name.startswith(place) and bool(PART_OF_WIDGET.fullmatch(name.removeprefix(place)))


def tell_open(meanwhile: Meanwhile, choices: list[OpenChoice], data, files) -> None:
    """Notes the values that are still to be chosen, where what was typed is not what is saved anyway."""
    words = Words()
    for each in choices:
        number, place = number_of_row(each, data), place_sent(each, data)
        if each.prefix and number is None:
            continue  # the row was not sent
        field, now = each.form.fields[each.name], values_of_form(each.form)[each.name]
        sent = typed(field, data, files, place)
        rows = meanwhile.rows.setdefault(each.prefix, []) if each.prefix else []
        known = [row.notes for row in rows if row.place == number] if each.prefix else [meanwhile.notes]
        if now in sent or any(note.name == each.name for notes in known for note in notes):
            continue
        label = capfirst(str(field.label or each.name))
        note = ChangedValue(
            each.name, label, words.of(field, now), each.before, words.of(field, sent[-1]), is_kept=True
        )
        if each.prefix:
            rows.append(ChangedRow(str(each.form.instance), [note], place=number))
        else:
            meanwhile.notes.append(note)


def number_of_row(choice: OpenChoice, data) -> int | None:
    """The place of a row in what was sent, brought up to date."""
    pattern, number = f"{choice.prefix}-{{}}-id", 0
    while choice.prefix and pattern.format(number) in data:
        if data[pattern.format(number)] == choice.key:
            return number
        number += 1
    return None


# What the page asks ---------------------------------------------------------------------------------------------------


def noted_places(meanwhile: Meanwhile) -> Iterator[tuple[str, str, ChangedValue]]:
    """Every value that others changed: its place in the form, what it is called, and what is noted of it."""
    for note in meanwhile.notes:
        yield note.name, note.label, note
    for prefix, rows in meanwhile.rows.items():
        for row in rows:
            for note in row.notes:
                yield f"{prefix}-{row.place}-{note.name}", f"{row.label}: {note.label}", note


def still_undecided(meanwhile: Meanwhile, formsets, data) -> list[list[str | None]]:
    """The values that are to be chosen, as the page keeps them."""
    key_names = {formset.prefix: formset.model._meta.pk.name for formset in formsets}
    found = [["", "", note.name, note.before] for note in meanwhile.notes if note.is_kept]
    for prefix, rows in meanwhile.rows.items():
        for row in rows:
            key = data.get(f"{prefix}-{row.place}-{key_names[prefix]}", "")
            found += [[prefix, key, note.name, note.before] for note in row.notes if note.is_kept and key]
    return found


def table_of_both(meanwhile: Meanwhile, form, formsets, data) -> CellTable:
    """The values that both changed, to choose from. `form` and `formsets` are those of the page, for the fields of another
    value."""
    fields = {form.add_prefix(name): each for name, each in form.fields.items()}
    for row in (row for formset in formsets for row in formset.forms):
        fields |= {row.add_prefix(name): each for name, each in row.fields.items()}
    kept = [each for each in noted_places(meanwhile) if each[2].is_kept]
    rows = [row_of_both(place, title, note, fields.get(place), data) for place, title, note in kept]
    return CellTable(_("Choose in each"), BOTH_HEADINGS, rows)


def row_of_both(place: str, title: str, note: ChangedValue, field, data) -> CellRow:
    before = note.before if note.before is not None else ""
    unknown = "" if note.before is not None else _("not known")
    texts = [with_changes_marked(before, text)[1] for text in (note.now, note.typed)]
    parts = [CellPart(BOTH_HEADINGS[0][0], CellText(plain_piece(before or unknown)))]
    for (heading, _width), text, value in zip(BOTH_HEADINGS[1:3], texts, (THEIRS, MINE), strict=True):
        choice = CellChoice(f"{CHOSEN_AT}{place}", value, mark=value)
        parts.append(CellPart(heading, CellText(text, choice=choice)))
    if field is not None:
        choice = CellChoice(f"{CHOSEN_AT}{place}", ANOTHER_VALUE, mark=ANOTHER_VALUE)
        words = CellText(plain_piece(_("This one:")), choice=choice)
        parts.append(CellPart(BOTH_HEADINGS[3][0], words, widget=another_widget(field, place, title, data)))
    return CellRow(title, parts)


def another_widget(field, place: str, title: str, data) -> str:
    """The field of a value once more, in which another one is written; it starts with what was typed."""
    widget = copy(getattr(field.widget, "widget", field.widget))
    name = f"{ANOTHER_AT}{place}"
    sent = data if any(is_at(each, name) for each in data) else None
    value = widget.value_from_datadict(sent or data, {}, name if sent else place)
    label = _("Another value: %s") % title
    attrs = {"id": f"id_{name}", "aria-label": label, "rows": 2, "data-another": ""}
    return widget.render(name, value, attrs)


def table_of_theirs(meanwhile: Meanwhile) -> CellTable:
    """The values that only others changed: these came together by themselves."""
    rows = []
    for _place, title, note in noted_places(meanwhile):
        if not note.is_kept:
            before = plain_piece(note.before if note.before is not None else _("not known"))
            after = with_changes_marked(note.before or "", note.now)[1]
            texts = [
                CellPart(ALONE_HEADINGS[0][0], CellText(before)),
                CellPart(ALONE_HEADINGS[1][0], CellText(after)),
            ]
            rows.append(CellRow(title, [*texts, CellPart(ALONE_HEADINGS[2][0], words=_("Theirs"))]))
    return CellTable(_("Came together by itself"), ALONE_HEADINGS, rows)
