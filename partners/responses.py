"""What answers that are no pages have in common: their types, JSON, and 503."""

import datetime
import json
import logging
from http import HTTPStatus

from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils.translation import gettext

from partners.replicas import replicas
from partners.requests import is_of_desk
from partners.tables.columns import json_value

PLAIN_TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
PROBLEM = "application/problem+json"
# Seconds after which to ask again for what cannot be said just now.
RETRY_AFTER = 30

log = logging.getLogger(__name__)


def json_response(value: dict, content_type: str = JSON, status: int = 200) -> HttpResponse:
    text = json.dumps(value, ensure_ascii=False, indent=1, default=json_value) + "\n"
    return HttpResponse(text, content_type=content_type, status=status)


def json_problem(status: int, detail: str, **more) -> HttpResponse:
    """An answer with an error, which says in words what is wrong, in JSON after RFC 9457."""
    answer = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return json_response(answer | more, PROBLEM, status=status)


def retry_later(request, message: str, status: int = 503, seconds: int = RETRY_AFTER) -> HttpResponse:
    """503 or 429, with the seconds after which to ask again: as a page, as JSON, or as text where a file was asked for."""
    name = request.path.rpartition("/")[2]
    if name.endswith("json"):
        response = json_problem(status, message)
    elif "." in name:
        response = HttpResponse(f"{message}\n", status=status, content_type=PLAIN_TEXT)
    else:
        request.asks_nothing = True
        response = render(request, "503.html", {"message": message}, status=status)
    response["Retry-After"] = str(seconds)
    # Once it answers again nobody must be shown this.
    response["Cache-Control"] = "no-store"
    return response


def moved(address: str) -> HttpResponse:
    """301 to where something stands now. Asked for each time: it may stand here again one day."""
    response = HttpResponsePermanentRedirect(address)
    response["Cache-Control"] = "no-cache"
    return response


def withdrawn(request, since: datetime.date | None) -> HttpResponse:
    """410: readers could see something here until some day; it says nothing of what that was."""
    if request.path.endswith("json"):
        detail = (
            gettext("What stood at this address was withdrawn.")
            if since
            else gettext("What stood at this address was withdrawn, on a day that was not noted.")
        )
        response = json_problem(410, detail, **({"since": since} if since else {}))
    else:
        response = render(request, "410.html", {"since": since}, status=410)
    response["Cache-Control"] = "no-cache"
    response["X-Robots-Tag"] = "noindex"
    return response


def changing(request) -> HttpResponse:
    """503 while somebody changes the directory so much that no state of it can be shown."""
    return retry_later(
        request, gettext("The directory is being changed just now. Ask again in half a minute.")
    )


def unavailable(request, error: Exception) -> HttpResponse:
    """503 while the database cannot be used; why stands in the log only."""
    log.error("%s: the database cannot be used: %s", request.path, error)
    message = gettext("The database of this directory does not answer just now. Ask again in half a minute.")
    if is_of_desk(request) and replicas():
        message = gettext(
            "Saving is off: the database that takes changes does not answer just now. What you send is not saved, and "
            "public pages can be read meanwhile. Ask again in half a minute."
        )
    return retry_later(request, message)


def without_disk(request, error: Exception) -> HttpResponse:
    """503 while the disk takes nothing; which one stands in the log only."""
    log.error("%s: the disk cannot be used: %s", request.path, error)
    return retry_later(
        request,
        gettext("The server of this directory cannot store anything just now. Ask again in half a minute."),
    )
