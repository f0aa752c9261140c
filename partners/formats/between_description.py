"""What the OpenAPI document says of the changes between two days."""

from django.urls import reverse
from django.utils.translation import gettext

from partners.changes.differences import ADDED, CHANGED, REMOVED
from partners.formats.files import JSON
from partners.formats.openapi_parts import (
    EMPTY_VALUE,
    LARGEST_PAGE,
    Described,
    described_response,
    no_such_page_response,
    parameter,
    problem_response,
    strict_object,
)
from partners.tables.definitions import TABLES


def between_description() -> Described:
    return Described(
        {reverse("between_json"): {"get": between_operation()}}, {"changes_between": between_schema()}
    )


def between_operation() -> dict:
    moment = {
        "type": "string",
        "anyOf": [{"pattern": "^[0-9]{1,18}$"}, {"format": "date"}, {"const": EMPTY_VALUE}],
    }
    number = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}, {"const": EMPTY_VALUE}]}
    tables = {"type": "string", "enum": [*(table.name for table in TABLES), EMPTY_VALUE]}
    first = gettext("The end of a day (UTC) or of a revision, by its number. Without it, a week ago.")
    last = gettext("The same for the later one. Without it, today.")
    return {
        "operationId": "changes_between",
        "summary": gettext("What changed for readers between any two days or revisions"),
        "parameters": [
            parameter("from", first, moment),
            parameter("to", last, moment),
            parameter("table", gettext("One table alone."), tables),
            parameter("page", gettext("The number of the page."), number),
        ],
        "responses": {
            "200": described_response(
                gettext("The rows that differ, table by table."),
                JSON,
                {"$ref": "#/components/schemas/changes_between"},
            ),
            "400": problem_response(gettext("What was not understood, and what is allowed.")),
            **no_such_page_response(),
        },
    }


def between_schema() -> dict:
    text, nothing_or_text = {"type": "string"}, {"type": ["string", "null"]}
    number = {"type": ["integer", "null"]}
    cell = {"column": text, "before": text, "after": text, "sources": {"type": "array", "items": text}}
    kind = {"type": "string", "enum": [ADDED, REMOVED, CHANGED]}
    cells = {"type": "array", "items": strict_object(cell)}
    change = strict_object({"table": text, "key": text, "change": kind, "cells": cells})
    links = dict.fromkeys(("self", "page"), text) | dict.fromkeys(("next", "previous"), nothing_or_text)
    return strict_object(
        {
            "version": text,
            "licence": nothing_or_text,
            "from": number,
            "to": number,
            "links": strict_object(links),
            "changes": {"type": "array", "items": change},
        }
    )
