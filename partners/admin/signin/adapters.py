"""What django-allauth asks this site: who may sign in, where to go on, what a passkey is bound to."""

import ipaddress
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from partners.admin.signin.attempts import try_password
from partners.admin.signin.devices import remember_device
from partners.admin.signin.sealing import seal, unseal
from partners.curation_vocabularies import SecurityEventKind
from partners.models import SecurityEvent
from partners.requests import address_of

# Where nobody wants to go on after he has signed in.
NO_AIMS = ("admin:login", "admin:logout", "sign_in_anew")


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by administrators, and only those of the staff sign in."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _(
            "This username and password do not open the desk. Capital and small letters count in both."
        ),
        "incorrect_password": _("This is not your password. Capital and small letters count."),
    }

    def is_open_for_signup(self, request):
        return False

    def authenticate(self, request, **credentials):
        """The account of a name and a password; None where they do not belong together, or may not come in.

        Raises ValidationError where too many tries have failed: then none is looked at.
        """
        name = credentials.get("username", "")
        tried = try_password(request, name)
        user = authenticate(request, username=name, password=credentials.get("password"))
        if user is not None and not user.is_staff:
            SecurityEvent.note(
                SecurityEventKind.FAILED, name, address=address_of(request), detail="not of the staff"
            )
            user = None
        if user is None:
            tried.failed()
        else:
            tried.succeeded()
        return user

    def reauthenticate(self, user, password):
        found = self.authenticate(context.request, username=user.get_username(), password=password)
        return found is not None and found.pk == user.pk

    def pre_login(self, request, user, **kwargs):
        # A passkey comes past `authenticate`.
        if user.is_active and user.is_staff:
            return None
        SecurityEvent.note(
            SecurityEventKind.FAILED,
            user.get_username(),
            address=address_of(request),
            detail="not of the staff",
        )
        clear_login(request)
        self.add_message(request, messages.ERROR, message=gettext("This account does not open the desk."))
        return HttpResponseRedirect(reverse("account_login"))

    def post_login(self, request, user, **kwargs):
        response = super().post_login(request, user, **kwargs)
        remember_device(request, response, user)
        return response

    def is_safe_url(self, url):
        """Whether to go on there: a page of this host, and none that only signs in or out."""
        request = context.request
        if not (url.startswith("/") and url_has_allowed_host_and_scheme(url, {request.get_host()})):
            return False
        path = url.partition("?")[0].partition("#")[0]
        return not any(path.endswith(reverse(name)) for name in NO_AIMS)

    def is_ajax(self, request):
        """Only a passkey that signs in alone is asked for by a script; whoever else wants JSON gets the page."""
        return (
            request.method == "GET"
            and request.resolver_match.url_name == "mfa_login_webauthn"
            and super().is_ajax(request)
        )

    def get_reauthentication_methods(self, user):
        words = {
            "reauthenticate": gettext("Use your password"),
            "mfa_reauthenticate": gettext("Use a code of your app, or a recovery code"),
            "mfa_reauthenticate:webauthn": gettext("Use your passkey"),
        }
        found = [
            way | {"description": words[way["id"]]} for way in super().get_reauthentication_methods(user)
        ]
        return [
            way for way in found if not (way["id"].endswith("webauthn") and why_no_passkey(context.request))
        ]

    def get_client_ip(self, request):
        return address_of(request) or ""


class SecondStepAdapter(DefaultMFAAdapter):
    def encrypt(self, text):
        return seal(text)

    def decrypt(self, encrypted_text):
        return unseal(encrypted_text)

    def get_totp_label(self, user):
        return user.get_username()

    def generate_authenticator_name(self, user, type):
        return gettext("Passkey")


def why_no_passkey(request) -> str:
    """Why a browser could not use a passkey at the address by which it asks; empty where it can (WebAuthn, 5.1.3)."""
    host = urlsplit(f"//{request.get_host()}").hostname
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if request.is_secure() or host == "localhost" or host.endswith(".localhost"):
            return ""
        return gettext("A passkey needs an address that begins with https, and this one does not.")
    return gettext("A passkey is bound to the name of a site, and this address (%s) is a number.") % host
