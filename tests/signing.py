"""Signing in as people do: from an address, with a name and a password; and time that passes."""

import datetime
import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from django.test import Client
from django.urls import reverse

from partners.admin.signin.attempts import MOST_FAILED
from partners.models import SecurityEvent

LOGIN = reverse("admin:login")
DESK = reverse("admin:index")
RIGHT = "a long password"


def visitor(address="192.0.2.7", **headers) -> Client:
    return Client(REMOTE_ADDR=address, **headers)


def sign_in(client, password=RIGHT, name="ada", **sent):
    return client.post(LOGIN, {"login": name, "password": password} | sent)


def refused(answer) -> list[str]:
    """What the form says that came back."""
    return [str(error) for error in answer.context["form"].non_field_errors()]


def is_in(client) -> bool:
    return client.get(DESK).status_code == 200


def guess(client, times=MOST_FAILED, name="ada"):
    for number in range(times):
        answer = sign_in(client, f"guess {number}", name)
    return answer


def noted() -> list[tuple]:
    """What the security log says, the oldest first, and is forgotten here."""
    found = list(SecurityEvent.objects.order_by("pk").values_list("kind", "account", "by", "detail"))
    SecurityEvent.objects.all().delete()
    return found


@contextmanager
def later_by(**time_passed) -> Iterator[None]:
    """A time that is later, for what counts seconds."""
    now, more = time.time, datetime.timedelta(**time_passed).total_seconds()
    with mock.patch("time.time", lambda: now() + more):
        yield
