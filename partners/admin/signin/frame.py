"""The pages of signing in, in the frame of the desk; and what has to be so before any page of it is shown."""

import functools
import time

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from partners.admin.security import answering

# In the session: when somebody signed in, and when something was last done; that a second step was done, or was set up here.
BEGUN, LAST_DONE = "begun", "last_done"
SECOND_STEP_DONE = "second_step_done"
# Where to go on once a second step is set up.
GO_ON = "go_on"
# Written down no more often, in seconds.
WRITTEN_EVERY = 60
# Pages ask for these by themselves, whoever sits there or not. Most browsers say so, over HTTPS.
BY_THEMSELVES = {"open", "jsi18n"}
# Whoever still lacks a second step may do this.
WITHOUT_SECOND_STEP = {"logout", "jsi18n"}
SECOND_STEPS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def on_desk(view, title, *, for_everybody=False):
    """A view of the library in the frame of the desk: for everybody, or for whoever is signed in and of the staff."""

    @never_cache
    @functools.wraps(view)
    def answer(request, *args, **kwargs):
        if not for_everybody:
            if not admin.site.has_permission(request):
                return redirect_to_login(request.get_full_path())
            if ended := end_if_over(request):
                return ended
        before = answering.set(request)
        try:
            response = view(request, *args, **kwargs)
        finally:
            answering.reset(before)
        context = getattr(response, "context_data", None)
        if context is not None:
            own = {"title": title} if title else {}
            response.context_data = {**admin.site.each_context(request), **context, **own}
        return response

    return answer


# How long a session lasts ----------------------------------------------------------------------------------------------


def seconds_left(request) -> int:
    """Seconds until somebody is signed out, if he does nothing more."""
    return min(seconds_idle(request), seconds_in_all(request))


def seconds_idle(request) -> int:
    """Seconds until nothing was done for too long."""
    done = request.session.get(LAST_DONE, 0)
    return int(done + settings.IDLE_MINUTES * 60 - time.time())


def seconds_in_all(request) -> int:
    """Seconds until somebody is signed out whatever he does."""
    begun = request.session.get(BEGUN, time.time())
    return int(begun + settings.SESSION_HOURS * 3600 - time.time())


def ends_anyway(request) -> bool:
    """Whether it is the end of the session that comes first, which nothing moves."""
    return seconds_in_all(request) <= seconds_idle(request)


def note_begun(request) -> None:
    """Somebody has signed in: from here on a session lasts."""
    request.session[BEGUN] = int(time.time())
    note_done(request)


def note_done(request) -> None:
    """Somebody did something; it is not written down with each key."""
    now = int(time.time())
    # One that began before there was an end of it, or in a time to come, since which the clock was set back.
    if request.session.get(BEGUN, now + 1) > now:
        request.session[BEGUN] = now
    since = now - request.session.get(LAST_DONE, 0)
    if since < 0 or since >= min(WRITTEN_EVERY, settings.IDLE_MINUTES * 6):
        request.session[LAST_DONE] = now


def is_over(request) -> bool:
    """Whether somebody is signed in who has done nothing for too long, or signed in too long ago."""
    return request.user.is_authenticated and LAST_DONE in request.session and seconds_left(request) <= 0


def end_session(request) -> None:
    """Sign out somebody whose session is over, and tell who comes next why."""
    told = why_ended(request)
    logout(request)
    messages.warning(request, told)


def why_ended(request) -> str:
    if seconds_in_all(request) <= 0:
        told = ngettext(
            "You were signed out because you signed in more than %d hour ago. What you typed into a form of a record is "
            "kept in this browser.",
            "You were signed out because you signed in more than %d hours ago. What you typed into a form of a record is "
            "kept in this browser.",
            settings.SESSION_HOURS,
        )
        return told % settings.SESSION_HOURS
    told = ngettext(
        "You were signed out because nothing was done for %d minute. What you typed into a form of a record is kept "
        "in this browser.",
        "You were signed out because nothing was done for %d minutes. What you typed into a form of a record is kept "
        "in this browser.",
        settings.IDLE_MINUTES,
    )
    return told % settings.IDLE_MINUTES


def end_if_over(request):
    """Lead whoever has a session that is over to sign in again; None where he goes on."""
    if is_over(request):
        # What a page asks by itself shows nobody anything: the next page that is shown tells.
        if not is_by_itself(request):
            end_session(request)
        return to_sign_in(request)
    if not is_by_itself(request):
        note_done(request)
    return None


def is_by_itself(request) -> bool:
    """Whether a page asks for something in the background; whoever sits there says so by `stay_view` besides."""
    match = request.resolver_match
    return request.headers.get("Sec-Fetch-Dest") == "empty" or (match and match.url_name in BY_THEMSELVES)


def to_sign_in(request) -> HttpResponseRedirect:
    """To sign in and come back; what was sent comes back from the browser (`drafts.js`)."""
    return redirect_to_login(request.get_full_path())


# The second step ------------------------------------------------------------------------------------------------------


def has_second_step(user) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type__in=SECOND_STEPS).exists()


def second_step_first(request):
    """Where a second step is asked of everybody, lead whoever lacks one to set it up; None where he goes on."""
    if not settings.SECOND_STEP_REQUIRED or request.resolver_match.url_name in WITHOUT_SECOND_STEP:
        return None
    if not has_second_step(request.user):
        request.session[GO_ON] = (
            request.get_full_path() if request.method == "GET" else reverse("admin:index")
        )
        return HttpResponseRedirect(reverse("mfa_index"))
    if not request.session.get(SECOND_STEP_DONE):
        # Signed in before a second step was set up, perhaps by somebody else who knows the password.
        logout(request)
        messages.warning(request, _("Your account has a second step now. Please sign in again."))
        return to_sign_in(request)
    return None


# Who are you, again ---------------------------------------------------------------------------------------------------


def in_new_session(view):
    """A view that asks somebody again who he is: whoever knows the key of the session from before is left outside."""

    @functools.wraps(view)
    def answer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if request.method == "POST" and response.status_code == 302:
            request.session.cycle_key()
        return response

    return answer


def ask_again(request):
    """Ask whoever is signed in to show again who he is, before he changes accounts; None where he just has.

    What he has typed comes back from the browser (`drafts.js`), as after an expired sign-in.
    """
    if did_recently_reauthenticate(request):
        return None
    ways = get_adapter(request).get_reauthentication_methods(request.user)
    if not ways:
        raise PermissionDenied
    return HttpResponseRedirect(f"{ways[0]['url']}?{urlencode({'next': request.get_full_path()})}")
