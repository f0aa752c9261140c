"""Pickers of other records: records of one name are told apart by what stands beside the name."""

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import (
    AutocompleteSelect,
    AutocompleteSelectMultiple,
    RelatedFieldWidgetWrapper,
)


def label_for_picker(record) -> str:
    """A record by its name and what its admin says it is told apart by, such as “NVIDIA (nvidia, Santa Clara, US-CA)”."""
    names = getattr(admin.site.get_model_admin(type(record)), "told_apart_by", ())
    details = ", ".join(str(getattr(record, name)) for name in names if getattr(record, name))
    return f"{record} ({details})" if details else str(record)


class PickerView(AutocompleteJsonView):
    def serialize_result(self, obj, to_field_name):
        return super().serialize_result(obj, to_field_name) | {"text": label_for_picker(obj)}


def is_key(text: str) -> bool:
    """Whether a text that was sent can be the number of a record."""
    return text.isascii() and text.isdecimal() and len(text) < 19


class Picker:
    """What is chosen, described. Records that the rows of a form bring along are `known`, and not asked for again."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.known = {}  # copies of the widget, one for each row, share it

    def optgroups(self, name, value, attrs=None):
        chosen = [str(each) for each in value if is_key(str(each))]
        if missing := [key for key in chosen if key not in self.known]:
            self.known |= {str(record.pk): record for record in self.choices.queryset.filter(pk__in=missing)}
        records = [self.known[key] for key in dict.fromkeys(chosen) if key in self.known]
        labels = [(record.pk, label_for_picker(record)) for record in records]
        if not self.is_required and not self.allow_multiple_selected:
            labels.insert(0, ("", ""))
        options = [
            self.create_option(name, key, label, str(key) in chosen, index)
            for index, (key, label) in enumerate(labels)
        ]
        return [(None, options, 0)]


class PickOne(Picker, AutocompleteSelect):
    pass


class PickSeveral(Picker, AutocompleteSelectMultiple):
    pass


def bring_along(form) -> None:
    """Tells the pickers of a row of the records it has brought along."""
    for name, field in form.fields.items():
        widget = field.widget.widget if isinstance(field.widget, RelatedFieldWidgetWrapper) else field.widget
        record = form.instance._state.fields_cache.get(name)
        if isinstance(widget, Picker) and record is not None:
            widget.known[str(record.pk)] = record
