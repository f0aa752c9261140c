"""Around every request: its number, its line in the access log, and its place among the numbers."""

import logging
import re
import time
import uuid

from django.conf import settings

from partners.requests import is_of_desk
from partners.telemetry.logs import request_id

# A number that a proxy or a program gave the request, to find it in its own log again.
GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
access = logging.getLogger("partners.access")


class Sight:
    """Numbers a request, and notes what came of it. It comes first, so that nothing happens unseen."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        # `request.headers` would be kept as they are before others put them right.
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        number = given if GIVEN.fullmatch(given) else uuid.uuid4().hex
        token = request_id.set(number)
        start = time.perf_counter()
        try:
            response = self.get_response(request)
            self.note(request, response, time.perf_counter() - start)
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = number
        return response

    def note(self, request, response, seconds: float) -> None:
        route = request.resolver_match
        if settings.METRICS_KEY:
            from partners.telemetry.metrics import count_answer

            count_answer(request.method, route.view_name if route else "none", response.status_code, seconds)
        if access.isEnabledFor(logging.INFO):
            members = {
                "method": request.method,
                "route": f"/{route.route}" if route else "",
                "status": response.status_code,
                "milliseconds": round(seconds * 1000, 1),
            }
            if not response.streaming:
                members["bytes"] = len(response.content)
            # Addresses of curation can hold what signs somebody in.
            if not is_of_desk(request):
                members["path"] = request.path_info
            access.info("%(method)s %(route)s %(status)s", members, extra=members)
