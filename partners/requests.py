"""What a public view gets to see of a request: method, path, understood query, and whether only a part is wanted.

A view that sees nothing else cannot depend on anything else: no header, cookie or name of the host that somebody
sends can alter an answer that others get. Addresses in it begin with SITE_URL, wherever the visitor came in.
"""

import io
import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.handlers.wsgi import WSGIRequest
from django.core.validators import validate_ipv46_address
from django_htmx.middleware import HtmxDetails

# The headers by which htmx asks for the part of a page that changed.
FRAGMENT_HEADERS = ("HX-Request", "HX-History-Restore-Request")


def is_of_desk(request) -> bool:
    """Whether a request is one of curation, in any language."""
    return "/admin/" in request.path_info


def wants_fragment(request) -> bool:
    """Whether htmx asks for the part that changed; a page that comes back from the browser's history must be whole."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def as_asked(request) -> WSGIRequest:
    """The request that a public view answers."""
    asked = public_request(request.path_info, request.method, request.META.get("QUERY_STRING", ""))
    if wants_fragment(request):
        asked.META["HTTP_HX_REQUEST"] = "true"
        asked.htmx = HtmxDetails(asked)
    asked.resolver_match = request.resolver_match
    return asked


def public_request(path: str, method: str = "GET", query: str = "") -> WSGIRequest:
    """A request of this site that nobody has sent: it holds nothing but what it asks for."""
    site = urlsplit(settings.SITE_URL)
    environ = {
        "REQUEST_METHOD": method,
        # As WSGI has it: the bytes of UTF-8, each as one character.
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": site.hostname,
        "SERVER_PORT": str(site.port or (443 if site.scheme == "https" else 80)),
        "HTTP_HOST": site.netloc,
        "wsgi.url_scheme": site.scheme,
        "wsgi.input": io.BytesIO(),
    }
    asked = WSGIRequest(environ)
    asked.htmx = HtmxDetails(asked)
    return asked


def address_of(request) -> str | None:
    """The address that a request came from, for curation; None where the server was not told one.

    Behind proxies it is what the farthest one of ours (`settings.PROXIES`) was asked from: each adds that to
    X-Forwarded-For, and whatever stands before it is what a visitor wrote there himself.
    """
    if request is None:
        return None
    address = request.META.get("REMOTE_ADDR", "")
    if settings.PROXIES:
        told = [each.strip() for each in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        # Fewer than there are proxies: somebody came past one of them, or it does not add itself.
        if len(told) >= settings.PROXIES:
            address = told[-settings.PROXIES]
    try:
        validate_ipv46_address(address)
    except ValidationError:
        return None
    return address


def net_of(request) -> str:
    """The address of a request; of version 6 the network, of which one visitor has all addresses."""
    address = address_of(request)
    if address is None:
        return ""
    parsed = ipaddress.ip_address(address)
    if parsed.version == 4:
        return address
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
