"""What the parts of the OpenAPI document are made of."""

from dataclasses import dataclass

from django.utils.translation import gettext

from partners.formats.files import PROBLEM

# A parameter that is given without a value, as forms do, counts as one that is not given.
EMPTY_VALUE = ""
LARGEST_PAGE = 999_999_999


@dataclass(frozen=True)
class Described:
    """Addresses with their operations, and the schemas of what they answer with, each by its name."""

    paths: dict[str, dict]
    schemas: dict[str, dict]


def parameter(name: str, description: str, schema: dict, **others) -> dict:
    return {"name": name, "in": "query", "description": description, "schema": schema} | others


def as_of_parameter() -> dict:
    """The past that is asked for."""
    description = gettext(
        "The directory as it was at the end of a revision, by its number, or of a day (UTC), such as 2026-11-26; as far as "
        "it is public today. Not together with “q”. Without it, today."
    )
    forms = [{"pattern": "^[0-9]{1,18}$"}, {"format": "date"}, {"const": EMPTY_VALUE}]
    return parameter("as_of", description, {"type": "string", "anyOf": forms})


def strict_object(properties: dict, required: list[str] | None = None) -> dict:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": False,
    }


def described_response(description: str, media: str, schema: dict) -> dict:
    """An answer of a media type."""
    return {"description": description, "content": {media: {"schema": schema}}}


def problem_response(description: str) -> dict:
    """An answer that says what was not understood, after RFC 9457."""
    return described_response(description, PROBLEM, {"$ref": "#/components/schemas/Problem"})


def no_such_page_response() -> dict:
    """The answer for a page after the last one."""
    text, number = {"type": "string"}, {"type": "integer"}
    properties = dict.fromkeys(("type", "title", "detail"), text)
    properties |= dict.fromkeys(("status", "count", "page", "pages"), number)
    schema = strict_object(properties | {"links": strict_object({"first": text, "last": text})})
    description = gettext("There is no such page; “pages” says how many there are.")
    return {"404": described_response(description, PROBLEM, schema)}
