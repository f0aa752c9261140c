"""Browsers in which somebody has signed in before, known by a signed cookie: nobody can lock them out from elsewhere."""

import secrets
import unicodedata

from django.conf import settings
from django.core import signing

COOKIE = "known_device"
# Browsers take a cookie of such a name over HTTPS only.
OVER_HTTPS = "__Secure-"
SALT = "partners.known_device"
# Only the desk is told of it.
DESK_PATH = "/admin/"
KEPT_DAYS = 365
# Colleagues who share a browser.
MOST_PEOPLE = 5


def remember_device(request, response, user) -> None:
    """Let the browser that gets this answer be known for somebody who has just signed in."""
    others = {
        name: device
        for name, device in devices_of(request).items()
        if name != as_counted(user.get_username())
    }
    own = {as_counted(user.get_username()): secrets.token_urlsafe(16)}
    kept = dict(list((own | others).items())[:MOST_PEOPLE])
    response.set_cookie(
        name_of_cookie(),
        signing.dumps(kept, salt=SALT),
        max_age=KEPT_DAYS * 24 * 3600,
        path=DESK_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def known_device(request, name: str) -> str | None:
    """What the browser of a request is called where this account has signed in with it before."""
    return devices_of(request).get(name)


def devices_of(request) -> dict[str, str]:
    text = request.COOKIES.get(name_of_cookie(), "") if request is not None else ""
    try:
        return signing.loads(text, salt=SALT, max_age=KEPT_DAYS * 24 * 3600)
    except signing.BadSignature:
        return {}


def name_of_cookie() -> str:
    return f"{OVER_HTTPS if settings.SESSION_COOKIE_SECURE else ''}{COOKIE}"


def as_counted(name: str) -> str:
    """The name of an account as it is known here: written in another way it is no other name."""
    return unicodedata.normalize("NFKC", name).strip().casefold()
