"""What the OpenAPI document says of the public history of a record."""

from django.urls import reverse
from django.utils.translation import gettext

from partners.formats.files import JSON
from partners.formats.openapi import SLUG_PATTERN
from partners.formats.openapi_parts import (
    EMPTY_VALUE,
    Described,
    described_response,
    parameter,
    problem_response,
    strict_object,
)
from partners.nouns import NOUNS, Noun, noun_of

# No number of more digits is understood.
LARGEST_REVISION = 10**18 - 1


def history_description() -> Described:
    return Described(
        {address_of_history(noun): {"get": history_operation(noun)} for noun in NOUNS},
        {"record_changes": changes_schema()},
    )


def address_of_history(noun: Noun) -> str:
    arguments = ["x"] if noun.has_history else []
    return reverse(f"{noun.history_route}_json", args=arguments).replace("/x/", "/{slug}/")


def history_operation(noun: Noun) -> dict:
    number = {
        "anyOf": [{"type": "integer", "minimum": 0, "maximum": LARGEST_REVISION}, {"const": EMPTY_VALUE}]
    }
    slug = {
        "name": "slug",
        "in": "path",
        "required": True,
        "description": gettext("The stable name of the record, as the rows of its list have it."),
        "schema": {"type": "string", "pattern": f"^{SLUG_PATTERN}$"},
    }
    up_to = gettext("The number of a revision: what changed up to it, the latest first.")
    answer = {"$ref": "#/components/schemas/record_changes"}
    return {
        "operationId": f"{noun.history_route}_json",
        "tags": [noun.name if noun.has("files") else noun_of(noun.table).name],
        "summary": gettext("What readers saw change of a record, before and after"),
        "parameters": [*([slug] if noun.has_history else []), parameter("up_to", up_to, number)],
        "responses": {
            "200": described_response(gettext("The changes, the latest first."), JSON, answer),
            "301": {"description": gettext("The record has another address.")},
            "400": problem_response(gettext("What was not understood, and what is allowed.")),
            "404": problem_response(gettext("There is no such record.")),
        },
    }


def changed_cell_schema() -> dict:
    """A column of a record, with what it held before and after, and what its sources support."""
    text = {"type": "string"}
    told = strict_object({"value": {"type": ["string", "number"]}, "label": text})
    several = {"type": ["array", "null"], "items": told}
    of_list = {
        "type": "boolean",
        "description": gettext("Whether it is a list: “before” is then what went, “after” what came."),
    }
    support = strict_object(
        {"value": text, "label": text, "column": text, "title": text, "now": {"type": "boolean"}}
    )
    supports = {
        "type": "array",
        "items": support,
        "description": gettext(
            "What a source that was cited before and still is now supports besides, or no longer; "
            "“column” is empty for a whole record."
        ),
    }
    return strict_object(
        {
            "column": text,
            "title": text,
            "list": of_list,
            "before": several,
            "after": several,
            "supports": supports,
        }
    )


def changes_schema() -> dict:
    text, nothing_or_text = {"type": "string"}, {"type": ["string", "null"]}
    change = strict_object(
        {
            "revision": {"type": "integer"},
            "at": {"type": "string", "format": "date-time"},
            "link": text,
            "appeared": {"type": "boolean"},
            "values": {"type": "array", "items": changed_cell_schema()},
        }
    )
    links = dict.fromkeys(("self", "page", "feed", "record"), text) | {"older": nothing_or_text}
    return strict_object(
        {
            "version": text,
            "licence": nothing_or_text,
            "record": text,
            "links": strict_object(links),
            "changes": {"type": "array", "items": change},
        }
    )
