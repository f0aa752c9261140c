"""What a page has to tell on the next one, kept in a cookie for as long; in the session where it is long."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class OwnCookie(CookieStorage):
    """Of this host alone, as the others are."""

    cookie_name = f"{settings.HOST_ONLY}messages"


class ToldOnce(FallbackStorage):
    storage_classes = (OwnCookie, SessionStorage)
