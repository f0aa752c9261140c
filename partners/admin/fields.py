"""Fields of forms for texts, which keep the rule of text."""

from django import forms
from django.contrib.admin import widgets
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models

from partners.texts import fault_of, tidy


class Text:
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


class Line(Text, forms.CharField):
    pass


class Lines(Text, forms.CharField):
    many_lines = True


class Address(Text, forms.URLField):
    pass


class SlugLine(Text, forms.SlugField):
    pass


def form_fields(rows: int) -> dict:
    """The fields of forms for those of models, as admin classes take them; areas of text show so many `rows`."""
    return {
        models.CharField: {"form_class": Line},
        models.SlugField: {"form_class": SlugLine, "widget": widgets.AdminTextInputWidget},
        models.TextField: {"form_class": Lines, "widget": widgets.AdminTextareaWidget(attrs={"rows": rows})},
        models.URLField: {"form_class": Address, "assume_scheme": "https"},
    }
