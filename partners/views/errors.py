"""Pages for requests that cannot be answered. They work when the database does not: those that come of a fault run no
query, the others ask for the name of the programme alone and do without it."""

import logging
import sys

from django.shortcuts import render
from django.utils.translation import gettext

from partners.caching import open_to_all
from partners.engines.outage import is_disk_outage, is_outage
from partners.responses import json_problem, unavailable, without_disk


def bad_request(request, exception=None):
    """400: the server could not make sense of the request."""
    request.asks_nothing = True
    return render(request, "400.html", status=400)


def forbidden(request, exception=None):
    """403: whoever has signed in may not do this. The log says what was asked; as everywhere, not by whom."""
    route = request.resolver_match.route if request.resolver_match else ""
    logging.getLogger("partners.refused").warning("Somebody lacks the right: %s /%s", request.method, route)
    return render(request, "403.html", status=403)


def form_expired(request, reason=""):
    """403: a form without the token of the present session (`CSRF_FAILURE_VIEW`); its own page leads back to it."""
    return render(request, "form_expired.html", {"again": request.get_full_path()}, status=403)


def page_not_found(request, exception=None):
    """404: the same words whether a record never existed or is not public; as JSON where JSON was asked for."""
    if request.path.endswith(".json"):
        return open_to_all(json_problem(404, gettext("There is no public record or list at this address.")))
    return render(request, "404.html", status=404)


def server_error(request):
    """500: something broke here; 503 where that is the database or the disk, which come back."""
    error = sys.exc_info()[1]
    if error and is_outage(error):
        return unavailable(request, error)
    if error and is_disk_outage(error):
        return without_disk(request, error)
    request.asks_nothing = True
    return render(request, "500.html", status=500)
