"""What a public view gets to see of a request: method, path, understood query, and whether only a part is wanted.

A view that sees nothing else cannot depend on anything else: no header, cookie or name of the host that somebody
sends can alter an answer that others get. Addresses in it begin with SITE_URL, wherever the visitor came in.
"""

import io
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django_htmx.middleware import HtmxDetails

# The headers by which htmx asks for the part of a page that changed.
FRAGMENT_HEADERS = ("HX-Request", "HX-History-Restore-Request")


def wants_fragment(request) -> bool:
    """Whether htmx asks for the part that changed; a page that comes back from the browser's history must be whole."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def as_asked(request) -> WSGIRequest:
    """The request that a public view answers."""
    site = urlsplit(settings.SITE_URL)
    environ = {
        "REQUEST_METHOD": request.method,
        # As WSGI has it: the bytes of UTF-8, each as one character.
        "PATH_INFO": request.path_info.encode().decode("latin-1"),
        "QUERY_STRING": request.META.get("QUERY_STRING", ""),
        "SERVER_NAME": site.hostname,
        "SERVER_PORT": str(site.port or (443 if site.scheme == "https" else 80)),
        "HTTP_HOST": site.netloc,
        "wsgi.url_scheme": site.scheme,
        "wsgi.input": io.BytesIO(),
    }
    if wants_fragment(request):
        environ["HTTP_HX_REQUEST"] = "true"
    asked = WSGIRequest(environ)
    asked.htmx = HtmxDetails(asked)
    asked.resolver_match = request.resolver_match
    return asked
