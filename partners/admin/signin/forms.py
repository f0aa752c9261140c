"""The forms of signing in: those of the library, with our words, and with tries counted where something is guessed."""

import unicodedata

from allauth.account.forms import LoginForm, ReauthenticateForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as CodeReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
)
from django import forms
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from partners.admin.signin.attempts import try_code, try_password
from partners.curation_vocabularies import SecurityEventKind
from partners.models import SecurityEvent
from partners.requests import address_of

# As many as a name of a passkey may have letters.
LONGEST_NAME = 60


def plain(field: forms.Field, **attrs) -> None:
    """Take off what says twice what the label says."""
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(attrs)
    field.help_text = ""


class SignInForm(LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # As with names of nobody: what is too long is no name either, and is noted and counted as they are.
        self.fields["login"] = forms.CharField(label=_("Username"), widget=forms.TextInput)
        self.order_fields(["login", "password"])
        plain(
            self.fields["login"],
            autocomplete="username",
            autofocus=True,
            autocapitalize="none",
            spellcheck="false",
        )
        plain(self.fields["password"])

    def clean_login(self):
        # As names of accounts are kept.
        return unicodedata.normalize("NFKC", super().clean_login())


class PasswordAgainForm(ReauthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        plain(self.fields["password"], autofocus=True)


class OwnPasswordForm(AdminPasswordChangeForm):
    """Whoever finds a browser that somebody left open does not guess the old password for long."""

    def clean_old_password(self):
        tried = try_password(context.request, self.user.get_username())
        try:
            old = super().clean_old_password()
        except ValidationError:
            tried.failed()
            note_failed(self.user, "old password")
            raise
        tried.succeeded()
        return old


class CountedCode(forms.Form):
    """Of the authenticator app, or a recovery code. Each is right once; too many wrong ones are not looked at."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )

    def clean_code(self):
        tried = try_code(context.request, self.user)
        code = "".join(self.cleaned_data["code"].split())
        self.cleaned_data["code"] = code
        try:
            with transaction.atomic():
                use_once(self.user, code)
                found = super().clean_code()
        except ValidationError:
            # Outside the transaction, which takes back what it wrote.
            tried.failed()
            note_failed(self.user, "code")
            raise
        tried.succeeded()
        return found


class CodeForm(CountedCode, AuthenticateForm):
    pass


class CodeAgainForm(CountedCode, CodeReauthenticateForm):
    pass


def use_once(user, code: str) -> None:
    """Note that the code of an app is used up, for every process of the site (RFC 6238, 5.2). Raises ValidationError
    where it is already."""
    app = Authenticator.objects.select_for_update().filter(user=user, type=Authenticator.Type.TOTP).first()
    if app is None:
        return
    secret = decrypt(app.data["secret"])
    for period in yield_hotp_counters_from_time():
        if format_hotp_value(hotp_value(secret, period)) == code:
            if period <= app.data.get("last_period", -1):
                raise ValidationError(_("This code has been used. Wait for the next one of your app."))
            app.data["last_period"] = period
            app.save(update_fields=["data"])


def note_failed(user, detail: str) -> None:
    """Say in the security log that somebody, known or not, could not show who he is."""
    name = user.get_username() if user else ""
    SecurityEvent.note(SecurityEventKind.FAILED, name, address=address_of(context.request), detail=detail)


class NotedPasskey:
    """Says in the security log when a passkey is refused, as is said of codes."""

    def clean_credential(self):
        try:
            return super().clean_credential()
        except ValidationError:
            note_failed(self.user, "passkey")
            raise ValidationError(
                _("This passkey was not accepted. Try again, or sign in another way.")
            ) from None


class PasskeyForm(NotedPasskey, AuthenticateWebAuthnForm):
    pass


class PasskeyAloneForm(NotedPasskey, LoginWebAuthnForm):
    pass


class AddPasskeyForm(AddWebAuthnForm):
    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=LONGEST_NAME,
        help_text=_("To tell it from others: “Telephone”, “Blue key”."),
    )
    passwordless = forms.BooleanField(
        label=_("Sign in with it alone, without username and password"),
        required=False,
        initial=True,
        help_text=_(
            "It then asks for your finger, face or PIN each time. A key that cannot do that is for the second step."
        ),
    )
    field_order = ["name", "passwordless", "credential"]


class RenamePasskeyForm(EditWebAuthnForm):
    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
