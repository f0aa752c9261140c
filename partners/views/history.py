"""The public history of a record: as a page, as JSON and as a feed."""

import functools

from django.db.models import Model
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from partners.changes.public_history import public_history
from partners.engines.snapshots import one_state
from partners.formats.feeds import FEED_TYPE
from partners.formats.files import explain_problems, json_response, takes_no_parameters
from partners.formats.history import Addresses, History, history_as_feed, history_as_json
from partners.models.base import Citable
from partners.nouns import Noun, history_path
from partners.provenance import Provenance
from partners.responses import PROBLEM
from partners.selection.parameters import (
    LONGEST_SHOWN,
    Problem,
    all_values_understood,
    repeated,
    unknown_parameters,
)
from partners.tables.public import public_rows

UP_TO = "up_to"
# On the page of the record itself.
MOST_ON_PROFILE = 10


def public_history_of(request, noun: Noun, record: Model, **which) -> History:
    revisions, older = public_history(noun.table, record, **which)
    page = record.get_absolute_url()
    paths = (page, *(history_path(page, ending) for ending in ("/", ".json", ".atom")))
    addresses = Addresses(*(request.build_absolute_uri(path) for path in paths))
    return History(noun, record, revisions, older, addresses)


def latest_changes(request, noun: Noun, record: Model) -> History:
    """The latest public changes of a record, for its page."""
    return public_history_of(request, noun, record, most=MOST_ON_PROFILE)


def up_to(given: QueryDict) -> tuple[int | None, list[Problem]]:
    """The revision up to which changes are asked for, None for the newest; and what was not understood."""
    text = given.get(UP_TO, "")
    problems = [*unknown_parameters(given, (UP_TO,)), *repeated(given, (UP_TO,))]
    if text and not (text.isascii() and text.isdecimal() and len(text) < 19):
        message = gettext("“%s” is not the number of a revision. Allowed: 1, 2, 3 and so on.")
        problems.append(Problem(UP_TO, message % text[:LONGEST_SHOWN]))
        text = ""
    return (int(text) if text else None), problems


def of_record(ending: str):
    """Have a view answer for a public record; another address of it leads to its own."""

    def decorator(view):
        @functools.wraps(view)
        def answer(request, noun: Noun, slug: str = ""):
            with one_state():
                # There is one programme, and no address has its name.
                rows = public_rows(noun.table).order_by("pk")
                record = get_object_or_404(rows.filter(slug=slug) if slug else rows[:1])
                address = history_path(record.get_absolute_url(), ending)
                if request.path != address:
                    return redirect(address, permanent=True)
                return view(request, record, noun)

        return answer

    return decorator


@require_safe
@of_record("/")
def history_page(request, record: Model, noun: Noun):
    """Every public change of a record, the newest first."""
    newest, problems = up_to(request.GET)
    valid = all_values_understood(problems)
    context = {
        "record": record,
        "noun": noun if noun.has("list") else None,
        "problems": problems,
        "valid": valid,
        "up_to": newest,
        "history": public_history_of(request, noun, record, up_to=newest) if valid else None,
        "provenance": Provenance.of(record) if isinstance(record, Citable) else None,
    }
    return render(request, "partners/record_changes.html", context)


@require_safe
@of_record(".json")
def history_json(request, record: Model, noun: Noun):
    newest, problems = up_to(request.GET)
    if problems:
        return explain_problems(problems, PROBLEM)
    return json_response(history_as_json(public_history_of(request, noun, record, up_to=newest), newest))


@require_safe
@takes_no_parameters
@of_record(".atom")
def history_feed(request, record: Model, noun: Noun):
    """The latest public changes of a record, for feed readers."""
    site = request.build_absolute_uri("/")
    return HttpResponse(
        history_as_feed(public_history_of(request, noun, record), site), content_type=FEED_TYPE
    )
