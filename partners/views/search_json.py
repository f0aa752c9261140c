"""The search over everything for programs, and what the OpenAPI document says of it."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from partners.formats.files import JSON, PROBLEM, explain_problems, json_response, no_such_page
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
from partners.models import DataVersion
from partners.searched import all_searched, shown_here
from partners.selection.index import one_indexed_state
from partners.selection.offers import Offer
from partners.selection.search.filters import LONGEST_QUERY
from partners.views.search import Group, Results


@require_safe
def search_json(request):
    """What the page of the search shows; 400 with what is allowed for what was not understood."""
    results = Results(request)
    if results.problems:
        return explain_problems(results.problems, PROBLEM)
    with one_indexed_state():
        page = results.paging

        def link(number: int | None) -> str | None:
            query = results.link(kind=results.only.name, page=number) if number else ""
            return request.build_absolute_uri(reverse("search_json") + query) if number else None

        if results.is_past_the_end:
            return no_such_page(results.page_asked, page.paginator.num_pages, results.count, link)
        return json_response(
            {
                "query": results.text,
                "version": str(DataVersion.current()),
                "licence": settings.DATA_LICENCE or None,
                "count": results.count,
                "all_words": not results.is_closest,
                "links": {
                    "self": request.build_absolute_uri(),
                    "page": request.build_absolute_uri(reverse("search") + results.link()),
                    "next": link(page.next_page_number()) if page and page.has_next() else None,
                    "previous": link(page.previous_page_number()) if page and page.has_previous() else None,
                },
                "suggestions": [text for text, _link in results.suggestions],
                "filters": [offer_row(request, offer) for offer, _counted in results.offers],
                "groups": [group_row(request, each) for each in results.groups],
            }
        )


def group_row(request, group: Group) -> dict:
    hits = [
        {
            "slug": hit.slug,
            "name": hit.name,
            "address": request.build_absolute_uri(hit.address),
            "why": [{"label": str(reason.label), "text": reason.text} for reason in hit.match.reasons],
        }
        for hit in group.hits
    ]
    link = request.build_absolute_uri(group.link)
    title = str(group.searched.title)
    return {"kind": group.name, "title": title, "count": group.count, "link": link, "hits": hits}


def offer_row(request, offer: Offer) -> dict:
    named = [{"parameter": each.facet, "value": each.value, "label": each.label} for each in offer.filters]
    link = request.build_absolute_uri(offer.link)
    return {"filters": named, "words": offer.rest, "count": offer.count, "link": link}


# What is said of it -----------------------------------------------------------------------------------------------------


def search_description() -> Described:
    """The search for the OpenAPI document."""
    return Described({reverse("search_json"): {"get": operation()}}, {"search": schema()})


def operation() -> dict:
    """The search as an operation of the OpenAPI document."""
    words = gettext(
        "Words that must all be found; where no row has all of them, the rows with the weightiest ones, which the "
        'title says. "A phrase" stands in quotes, and -word leaves out.'
    )
    only = gettext(
        "One kind alone, of those that have no list of their own, with all that is found, page by page."
    )
    number = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}, {"const": EMPTY_VALUE}]}
    return {
        "operationId": "search_json",
        "summary": gettext("The best of every kind of record for some words"),
        "parameters": [
            parameter("q", words, {"type": "string", "maxLength": LONGEST_QUERY}),
            parameter("kind", only, {"type": "string", "enum": [*shown_here(), EMPTY_VALUE]}),
            parameter("page", gettext("The number of the page, where one kind was asked for."), number),
        ],
        "responses": {
            "200": described_response(
                gettext("What was found, the kinds with the best hits first."),
                JSON,
                {"$ref": "#/components/schemas/search"},
            ),
            "400": problem_response(gettext("What was not understood, and what is allowed.")),
            **no_such_page_response(),
        },
    }


def schema() -> dict:
    """The answer of the search as JSON Schema."""
    text, number, nothing_or_text = {"type": "string"}, {"type": "integer"}, {"type": ["string", "null"]}
    reason = strict_object({"label": text, "text": text})
    hit = strict_object({"slug": text, "name": text, "address": text, "why": many(reason)})
    kind = {"type": "string", "enum": [each.name for each in all_searched()]}
    group = strict_object({"kind": kind, "title": text, "count": number, "link": text, "hits": many(hit)})
    named = strict_object({"parameter": text, "value": text, "label": text})
    offer = strict_object({"filters": many(named), "words": text, "count": number, "link": text})
    return strict_object(
        {
            "query": text,
            "version": text,
            "licence": nothing_or_text,
            "count": number,
            "all_words": {"type": "boolean"},
            "links": strict_object(
                {"self": text, "page": text, "next": nothing_or_text, "previous": nothing_or_text}
            ),
            "suggestions": many(text),
            "filters": many(offer),
            "groups": many(group),
        }
    )


def many(items: dict) -> dict:
    return {"type": "array", "items": items}
