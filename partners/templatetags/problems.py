"""What was not understood, beside the field that has it and in the summary above the form."""

from django import template
from django.utils.html import format_html

from partners.drawn import drawn_piece

register = template.Library()


@register.filter
def of(problems, parameters) -> list[str]:
    """What is wrong with a parameter, or with one of several."""
    names = [parameters] if isinstance(parameters, str) else parameters
    return [problem.beside_field for problem in problems if problem.bad_value and problem.parameter in names]


@register.simple_tag
def field_error(problems, parameters, field: str) -> str:
    """The messages beside a field, which points at them by `{field}-error`; nothing where there are none."""
    messages = of(problems, parameters)
    return (
        drawn_piece("partners/_field_error.html", {"messages": messages, "field": field}) if messages else ""
    )


@register.simple_tag
def error_attributes(problems, parameters, field: str) -> str:
    """What tells assistive technology that a field is wrong, and where it says why; nothing where it is right."""
    if not of(problems, parameters):
        return ""
    return format_html(' aria-invalid="true" aria-describedby="{}-error"', field)


@register.simple_tag
def field_of(problem, fields: dict) -> str:
    """The id of the field that has a problem; "" where the page has none for it.

    `fields` are ids by parameter or, where several fields give the same one, by problem.
    """
    if not fields or not problem.bad_value:
        return ""
    return fields.get(problem) or fields.get(problem.parameter, "")
