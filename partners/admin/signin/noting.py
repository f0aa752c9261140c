"""What signing in leaves behind: in the session, and in the security log."""

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.signals import (
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
    authenticator_used,
)
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.utils.translation import gettext as _

from partners.admin.signin.frame import SECOND_STEP_DONE, SECOND_STEPS, note_begun
from partners.admin.signin.mailing import tell_owner
from partners.curation_vocabularies import SecurityEventKind
from partners.models import SecurityEvent
from partners.models.security import name_of_step, note_second_step
from partners.requests import address_of


@receiver(user_logged_in)
def begin_session(sender, request, user, **kwargs):
    """The session begins; and who has just signed in need not show again at once who he is."""
    ways = " + ".join(ways_used(request, user))
    SecurityEvent.note(
        SecurityEventKind.SIGNED_IN, user.get_username(), address=address_of(request), detail=ways
    )
    note_begun(request)
    # Nobody else does.
    request.session.clear_expired()
    record_authentication(request, user, "password", reauthenticated=True)


def ways_used(request, user) -> list[str]:
    """By what somebody has shown in this session who he is, in the order in which he did: password, totp, …"""
    return [
        str(record.get("type") or record["method"])
        for record in get_authentication_records(request, user)
        if not record.get("reauthenticated")
    ]


@receiver(user_logged_out)
def note_sign_out(sender, request, user, **kwargs):
    if user is not None:
        SecurityEvent.note(SecurityEventKind.SIGNED_OUT, user.get_username(), address=address_of(request))


@receiver(user_login_failed)
def note_failure(sender, credentials, request=None, **kwargs):
    name = str(credentials.get(User.USERNAME_FIELD) or "")
    SecurityEvent.note(SecurityEventKind.FAILED, name, address=address_of(request))


@receiver(authenticator_used)
def note_step(sender, request, user, **kwargs):
    request.session[SECOND_STEP_DONE] = True


@receiver(authenticator_added)
def note_added(sender, request, user, authenticator, **kwargs):
    if authenticator.type in SECOND_STEPS:
        request.session[SECOND_STEP_DONE] = True
    name = name_of_step(authenticator)
    note_own_step(request, f"+ {name}", _("Added: %s") % name)


@receiver(authenticator_removed)
def note_removed(sender, request, authenticator, **kwargs):
    name = name_of_step(authenticator)
    note_own_step(request, f"− {name}", _("Taken off: %s") % name)


@receiver(authenticator_reset)
def note_new_codes(sender, request, **kwargs):
    note_own_step(request, "new recovery codes", _("New recovery codes were made."))


def note_own_step(request, detail: str, told: str) -> None:
    note_second_step(request.user, detail, by=request.user.get_username(), address=address_of(request))
    tell_owner(request.user, told)
