"""What happens to every request before anything else reads it."""

import re

from django.conf import settings
from django.utils import translation

from partners.languages import language_of_path
from partners.replicas import note_primary
from partners.requests import is_of_desk
from partners.responses import moved
from partners.tracking import without_tracking
from partners.views.machines import healthz, readyz
from partners.written import note_save

# Asked by the machines that watch this one: by any name, over plain HTTP.
HEALTH = {"/healthz": healthz, "/readyz": readyz}
METRICS = "/metrics"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
# The codings that some answers come in, each with the names a visitor may give it (RFC 9110, 8.4.1).
CODINGS = {"br": ("br",), "gzip": ("gzip", "x-gzip")}
WEIGHT = re.compile(r"q\s*=\s*(0(?:\.[0-9]*)?|1(?:\.0*)?)")


class FrontDoor:
    """Answers health checks, and leaves in other requests what can be understood in one way only."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if check := self.check_at(request.path_info):
            response = check(request)
            response["Content-Length"] = str(len(response.content))
            return response
        if "HTTP_ACCEPT_ENCODING" in request.META:
            request.META["HTTP_ACCEPT_ENCODING"] = acceptable(request.META["HTTP_ACCEPT_ENCODING"])
        request.META["QUERY_STRING"] = without_tracking(request.META.get("QUERY_STRING", ""))
        # A Content-Type can say otherwise, and the same address would mean something else.
        request.encoding = settings.DEFAULT_CHARSET
        return self.get_response(request)

    def check_at(self, path: str):
        """The view that answers machines at an address; None for any other address."""
        if path != METRICS or not settings.METRICS_KEY:
            return HEALTH.get(path)
        # Where nobody asks for numbers the library stays away: it takes a tenth of a second.
        from partners.telemetry.metrics import metrics

        return metrics


class DeskIsPrivate:
    """No browser and nothing on the way keeps what the desk answers, whichever view does: it may be of drafts. No page of
    another site can have it in itself (Cross-Origin-Resource-Policy, Fetch Standard). Who has seen it is shown nothing
    older by the public pages of this process; and every process knows of a save before whoever saved is told."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if is_of_desk(request):
            if request.method not in SAFE_METHODS:
                note_save()
            note_primary()
            response.headers.setdefault("Cache-Control", "private, no-store")
            response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class LanguageOfAddress:
    """Speaks the language that the address says, and nothing else: no cookie, no header, so that an address shows the
    same to everybody. The language of plain addresses has no second address."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path_info.startswith(f"/{settings.LANGUAGE_CODE}/"):
            rest = request.get_full_path().removeprefix(f"/{settings.LANGUAGE_CODE}/")
            # Two slashes would name another site.
            return moved("/" + rest.lstrip("/"))
        request.LANGUAGE_CODE = language_of_path(request.path_info)
        translation.activate(request.LANGUAGE_CODE)
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response


def acceptable(header: str) -> str:
    """The codings that may be sent, from an Accept-Encoding header with weights (RFC 9110, 12.5.3): "br, gzip".

    A coding is sent where it is wanted at least as much as the plain text, which is always acceptable. What Django and
    WhiteNoise read is this: both look for names only, and would send gzip to "gzip;q=0".
    """
    weights = dict(filter(None, map(weighed, header.lower().split(","))))
    others, plain = weights.get("*", 0.0), weights.get("identity", 0.0)
    found = []
    for coding, names in CODINGS.items():
        weight = max((weights[name] for name in names if name in weights), default=others)
        if weight and weight >= plain:
            found.append(coding)
    return ", ".join(found)


def weighed(part: str) -> tuple[str, float] | None:
    """A coding and its weight; None for what is none. A weight that cannot be read counts as 0."""
    coding, semicolon, weight = (text.strip() for text in part.partition(";"))
    given = WEIGHT.fullmatch(weight)
    return (coding, float(given[1]) if given else 0.0 if semicolon else 1.0) if coding else None
