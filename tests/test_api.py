"""The read API: what it says of itself, and whether it keeps to it."""

import json

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, assume, given
from openapi_spec_validator import validate
from schemathesis import GenerationMode

from partners.formats.files import FILE_FORMATS, TABLE_FORMATS
from partners.nouns import NOUNS, listed, nouns_with
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.laws import examples
from tests.worlds import build_world

# Cases for each address and mode.
EXAMPLES = 4


@pytest.fixture(scope="module")
def world(db):
    return build_world(4, organizations=30, agreements=30)


@pytest.fixture
def application():
    """The site as a server calls it, but for the end of a request, which would close the connection of the test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    site = get_wsgi_application()

    def uncompressed(environ, start_response):
        environ.pop("HTTP_ACCEPT_ENCODING", None)
        answer = site(environ, start_response)
        try:
            return [b"".join(answer)]
        finally:
            answer.close()

    yield uncompressed
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def document() -> dict:
    return json.loads(Client().get("/api/openapi.json").content)


def test_document_is_openapi(world):
    validate(document())


def test_document_describes_every_parameter_of_every_file(world):
    paths, components = document()["paths"], document()["components"]["parameters"]
    for noun in listed():
        named = [
            each["$ref"].rpartition("/")[2] for each in paths[reverse(noun.csv_route)]["get"]["parameters"]
        ]
        names = [components[name]["name"] for name in named]

        assert names == [*noun.listing.parameters(), "columns", "as_of"]
        for name in names:
            assert Client().get(reverse(noun.csv_route), {name: ""}).status_code == 200, name


def test_page_for_people_names_every_parameter(world):
    page = Client().get("/api/").content.decode()

    for noun in listed():
        for name in noun.listing.parameters():
            assert f"<code>{name}</code>" in page


def contradictory(query: dict) -> bool:
    """Whether parameters that are right by themselves are wrong together, which no schema can say: a range that ends
    before it begins, amounts without a currency, one key of the order twice, and a value that is asked for and left
    out. Which pasts there are it cannot say either."""
    if any(query.get(name) for name in ("as_of", "from", "to")):
        return True
    amounts = [query.get(name) for name in ("amount_min", "amount_max")]
    if any(amounts) and (all(amounts) or not query.get("amount_in")):
        # That of two amounts the first is the smaller one has laws of its own.
        return True
    for low, high in (("_min", "_max"), ("_after", "_before")):
        for name, value in query.items():
            other = query.get(name.removesuffix(low) + high) if name.endswith(low) else None
            if value and other and str(value)[: len(str(other))] > str(other)[: len(str(value))]:
                return True
    for name, values in query.items():
        if isinstance(values, list) and set(filter(None, values)) & set(query.get(f"exclude_{name}") or ()):
            return True
    keys = [str(key).lstrip("-") for key in query.get("sort") or () if key]
    return len(set(keys)) < len(keys)


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
def test_api_keeps_to_its_document(world, application, mode):
    """Random requests, right and wrong ones, to every address: no failure of the server, no undeclared answer."""
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
    operations = [found.ok() for found in schema.get_all_operations()]

    for operation in operations:
        # Nothing can be wrong with the parameters of an address that is documented to take none.
        if mode == GenerationMode.NEGATIVE and not list(operation.iter_parameters()):
            continue

        @examples(EXAMPLES, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy(generation_mode=mode))
        def law(case):
            assume(mode == GenerationMode.NEGATIVE or not contradictory(case.query or {}))
            case.call_and_validate()

        law()

    packages, searches, differences = 2, 1, 1
    assert (
        len(operations)
        == len(listed()) * len(FILE_FORMATS)
        + len(TABLE_FORMATS)
        + len(nouns_with("record"))
        + len(NOUNS)
        + packages
        + searches
        + differences
    )


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(world, method):
    addresses = (
        "/partners.json",
        "/partners/",
        "/api/openapi.json",
        "/data/partner-directory.zip",
        "/sitemap.xml",
    )
    for address in (*addresses, "/sitemap-pages.xml", "/healthz", "/readyz", "/robots.txt"):
        response = getattr(Client(enforce_csrf_checks=True), method)(address)

        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("address", ["/partners/nobody.json", "/nothing.json", "/partners/%00.json"])
def test_missing_record_is_a_problem_in_json(world, address):
    response = Client().get(address)

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["status"] == 404
