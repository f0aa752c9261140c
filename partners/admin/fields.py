"""Fields of forms: texts keep the rule of text, days are written so that they are one day only."""

import datetime

from django import forms
from django.contrib.admin import widgets
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.utils.translation import gettext as _

from partners.days import read_day
from partners.texts import fault_of, tidy


class TidiedText:
    """Tidies what was typed before anything else looks at it, and says in words what is too long.

    A browser cuts a pasted text at the attribute `maxlength` without a word, so no field has it.
    """

    many_lines = False

    def __init__(self, **options):
        super().__init__(**options)
        self.strip = False
        # The rule of text has better words for it.
        self.validators = [
            each for each in self.validators if not isinstance(each, ProhibitNullCharactersValidator)
        ]

    def to_python(self, value):
        """The text to keep. Raises ValidationError for one that breaks the rule."""
        text = value or ""
        if fault := fault_of(text, many_lines=self.many_lines):
            raise ValidationError(str(fault), code="text")
        return super().to_python(tidy(text, many_lines=self.many_lines))

    def widget_attrs(self, widget):
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class LineField(TidiedText, forms.CharField):
    pass


class LinesField(TidiedText, forms.CharField):
    many_lines = True


class AddressField(TidiedText, forms.URLField):
    pass


class SlugLineField(TidiedText, forms.SlugField):
    pass


class DayField(forms.DateField):
    """A day in the order of ISO 8601, or with its month as a word; nothing that could be two days."""

    def to_python(self, value):
        """The day, or None. Raises ValidationError for what names none, or could name two."""
        if value in self.empty_values or isinstance(value, datetime.date):
            return super().to_python(value)
        try:
            return read_day(str(value))
        except ValueError:
            raise ValidationError(
                _(
                    "“%s” is not a day that can be read in one way only. Write it as 2025-12-10, or with the month "
                    "as a word: 10 December 2025."
                )
                % value,
                code="invalid",
            ) from None


def form_fields(rows: int) -> dict:
    """The fields of forms for those of models, as admin classes take them; areas of text show so many `rows`."""
    return {
        models.CharField: {"form_class": LineField},
        models.SlugField: {"form_class": SlugLineField, "widget": widgets.AdminTextInputWidget},
        models.TextField: {
            "form_class": LinesField,
            "widget": widgets.AdminTextareaWidget(attrs={"rows": rows}),
        },
        # The calendar beside it writes days so too.
        models.DateField: {"form_class": DayField, "widget": widgets.AdminDateWidget(format="%Y-%m-%d")},
        models.URLField: {"form_class": AddressField, "assume_scheme": "https"},
    }


def curation_field(column: models.Field, **options) -> forms.Field:
    """The field of a form for a column, outside an admin class."""
    overrides = form_fields(rows=2)
    found = next((overrides[kind] for kind in type(column).__mro__ if kind in overrides), {})
    return column.formfield(**found | options)
