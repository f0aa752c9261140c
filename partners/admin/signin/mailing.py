"""Mail of the desk. It goes beside the answer, which does not wait for it: a page says no more by its time than in words."""

import logging
import threading
from collections.abc import Callable

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)


def written(template: str, address: str, **context) -> EmailMessage:
    """A mail from a template, of which the first line is its subject."""
    text = render_to_string(f"admin/mail/{template}.txt", context | {"site": settings.SITE_URL})
    subject, _line, body = text.partition("\n")
    return EmailMessage(subject.strip(), body.strip() + "\n", to=[address])


def send_later(write: Callable[[], list[EmailMessage]]) -> None:
    threading.Thread(target=lambda: send_all(write())).start()


def send_all(messages: list[EmailMessage]) -> bool:
    """Send mails; whether all of them went. The log of the server says which did not."""
    is_sent = True
    for message in messages:
        try:
            message.send()
        except OSError:  # of the network, and of SMTP
            logger.exception("A mail could not be sent: %s", message.subject)
            is_sent = False
    return is_sent


def tell_owner(account, what: str) -> None:
    """Tell whose account it is that something was done to the way he signs in: it may have been somebody else."""
    if settings.MAIL and account.email:
        send_later(lambda: [written("notice", account.email, account=account, what=what)])
