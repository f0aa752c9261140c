"""The read API, described for programs and for people."""

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from partners.context import directory, site_name
from partners.formats.between_description import between_description
from partners.formats.files import FILE_FORMATS, json_response, takes_no_parameters
from partners.formats.history_description import history_description
from partners.formats.openapi import document, parameters_of
from partners.models import DataVersion
from partners.nouns import listed, nouns_with
from partners.views.search_json import search_description

OPENAPI = "application/vnd.oai.openapi+json;version=3.1"


class ParameterForPeople:
    """A parameter as a person reads it."""

    def __init__(self, parameter: dict):
        self.name, self.description = parameter["name"], parameter["description"]
        schema = parameter["schema"].get("items", parameter["schema"])
        self.values = [value for value in schema.get("enum", ()) if value]
        if "maxLength" in schema:
            self.form = gettext("up to %d characters") % schema["maxLength"]
        elif "anyOf" in schema:
            self.form = gettext("2025, 2025-12 or 2025-12-31")
        elif schema is parameter["schema"]:
            self.form = gettext("four digits")
        else:
            self.form = gettext("a stable name")


@require_safe
@takes_no_parameters
def openapi(request):
    """The OpenAPI document of the read API."""
    title = gettext("%s: API") % site_name(directory(request)["programme"])
    server = request.build_absolute_uri("/").rstrip("/")
    others = [search_description(), history_description(), between_description()]
    return json_response(document(title, str(DataVersion.current()), server, others), OPENAPI)


@require_safe
def api_page(request):
    """The same for people: every address with its parameters, and examples to try."""
    listings = [(noun, [ParameterForPeople(each) for each in parameters_of(noun)]) for noun in listed()]
    records = [reverse(noun.record_route, args=["x"]).removesuffix("x.json") for noun in nouns_with("record")]
    return render(
        request, "partners/api.html", {"listings": listings, "formats": FILE_FORMATS, "records": records}
    )
