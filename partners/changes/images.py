"""Rows as the journal keeps them: JSON that each engine writes in its own way, read as values of Python."""

import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import models


def read_value(field: models.Field, kept: Any) -> Any:
    """A value from the image of a row, as the field gives it. `kept` is what JSON has: the engines differ in how they
    write truth, moments and numbers."""
    target = field.target_field if field.is_relation else field
    value = target.to_python(str(kept) if isinstance(kept, float) else kept)
    if isinstance(value, datetime.datetime):
        # SQLite keeps moments without their zone, which is UTC.
        return value.replace(tzinfo=datetime.UTC) if value.tzinfo is None else value.astimezone(datetime.UTC)
    if isinstance(target, models.DecimalField) and value is not None:
        return value.quantize(Decimal(1).scaleb(-target.decimal_places))
    return value


@cache
def texts_and_others(model: type[models.Model]) -> list[tuple[str, str, models.Field, bool]]:
    """Of each field its attribute, its column, itself, and whether its values are texts as JSON has them."""
    of_texts = (models.CharField.to_python, models.TextField.to_python)
    return [
        (each.attname, each.column, each, type(each).to_python in of_texts)
        for each in model._meta.concrete_fields
    ]


def read_image(model: type[models.Model], image: dict[str, Any]) -> dict[str, Any]:
    """The values of a row by the attributes of its model. Columns that the image lacks are left out: an older release
    did not have them."""
    return {
        name: image[column]
        if is_text and isinstance(image[column], str)
        else read_value(field, image[column])
        for name, column, field, is_text in texts_and_others(model)
        if column in image
    }


def kept_value(value: Any) -> Any:
    """A value as an image has it: what JSON does not know becomes a text, which `read_value` reads."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def row_of(record: models.Model) -> dict[str, Any]:
    """The values of a row as it stands now, in the same form."""
    return {field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields}
