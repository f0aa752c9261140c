"""The pages of signing in that differ from the library's."""

from allauth.account.internal.stagekit import clear_login
from allauth.account.views import LoginView
from allauth.mfa.base.views import AuthenticateView, IndexView
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.http import HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from partners.admin.signin.adapters import why_no_passkey
from partners.admin.signin.frame import (
    GO_ON,
    end_session,
    ends_anyway,
    has_second_step,
    is_over,
    note_done,
    on_desk,
    seconds_left,
)


class SignInView(LoginView):
    """Whoever is signed in goes on; but not to a desk that would send him back here."""

    def dispatch(self, request, *args, **kwargs):
        if is_over(request):
            end_session(request)
        if request.user.is_authenticated and not admin.site.has_permission(request):
            return TemplateResponse(
                request,
                "admin/not_for_you.html",
                {"title": _("This account does not open the desk")},
                status=403,
            )
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"no_passkey": why_no_passkey(self.request)}


sign_in = on_desk(SignInView.as_view(), _("Sign in"), for_everybody=True)


@require_POST
def sign_in_anew(request):
    """Give up a sign-in that waits for its second step, or one that leads nowhere."""
    clear_login(request)
    logout(request)
    return HttpResponseRedirect(reverse("account_login"))


class SecondStepView(AuthenticateView):
    def get_context_data(self, **kwargs):
        user = self.stage.login.user
        return (
            super().get_context_data(**kwargs) | ways_of(user) | {"no_passkey": why_no_passkey(self.request)}
        )


def ways_of(user) -> dict:
    """Which second steps an account has."""
    found = set(user.authenticator_set.values_list("type", flat=True))
    return {
        "has_app": "totp" in found,
        "has_passkey": "webauthn" in found,
        "has_codes": "recovery_codes" in found,
    }


class OwnSignInView(IndexView):
    """How somebody signs in: his password, second steps and recovery codes."""

    template_name = "admin/own_sign_in.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        has_step = has_second_step(self.request.user)
        return context | {
            "is_required": settings.SECOND_STEP_REQUIRED,
            "has_step": has_step,
            "no_passkey": why_no_passkey(self.request),
            # Where the second step was asked for; once it is there, somebody goes on.
            "go_on": self.request.session.get(GO_ON, "") if has_step else "",
        }


class AddPasskeyView(AddWebAuthnView):
    def dispatch(self, request, *args, **kwargs):
        if reason := why_no_passkey(request):
            messages.error(request, reason)
            return HttpResponseRedirect(reverse("mfa_index"))
        return super().dispatch(request, *args, **kwargs)


def stay_view(request):
    """How many seconds are left until somebody is signed out; sent by somebody who is there, it begins anew, unless that
    is final."""
    if not admin.site.has_permission(request):
        return JsonResponse({"left": 0})
    if request.method == "POST" and seconds_left(request) > 0:
        note_done(request)
    final = {"final": True} if ends_anyway(request) else {}
    return JsonResponse({"left": max(0, seconds_left(request)), **final})
