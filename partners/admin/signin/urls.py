"""The addresses of signing in, under the names that the library looks for; no other page of it is served."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.contrib.auth.views import PasswordResetCompleteView, PasswordResetDoneView
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView

from partners.admin.signin import views
from partners.admin.signin.frame import in_new_session, on_desk
from partners.admin.signin.passwords import INVITATIONS, RESETS, ChoosePasswordView, ForgottenView

BY_LINK = "<uidb64>/<token>/"


def for_everybody(view, title=""):
    return on_desk(view, title, for_everybody=True)


def asked_again(view):
    return on_desk(in_new_session(view), _("Is it you?"))


sign_in_urls = [
    path("login/", views.sign_in, name="account_login"),
    path("sign-in/anew/", views.sign_in_anew, name="sign_in_anew"),
    path(
        "sign-in/second-step/",
        for_everybody(views.SecondStepView.as_view(), _("Second step")),
        name="mfa_authenticate",
    ),
    path("sign-in/passkey/", for_everybody(passkeys.login_webauthn), name="mfa_login_webauthn"),
    path("stay/", views.stay_view, name="stay"),
    # A password by a link.
    path(
        "password/forgotten/",
        for_everybody(ForgottenView.as_view(), _("Forgotten password")),
        name="admin_password_reset",
    ),
    path(
        "password/sent/",
        for_everybody(
            PasswordResetDoneView.as_view(template_name="admin/password_sent.html"), _("Look into your mail")
        ),
        name="password_reset_done",
    ),
    path(
        f"password/choose/{BY_LINK}",
        for_everybody(ChoosePasswordView.as_view(token_generator=RESETS)),
        name="password_reset_confirm",
    ),
    path(
        f"password/invitation/{BY_LINK}",
        for_everybody(ChoosePasswordView.as_view(token_generator=INVITATIONS, is_invitation=True)),
        name="invitation",
    ),
    path(
        "password/chosen/",
        for_everybody(
            PasswordResetCompleteView.as_view(template_name="admin/password_chosen.html"),
            _("Your password is set"),
        ),
        name="password_reset_complete",
    ),
    # Who are you, again.
    path("again/", asked_again(account.reauthenticate), name="account_reauthenticate"),
    path("again/code/", asked_again(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("again/passkey/", asked_again(passkeys.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    # One's own sign-in.
    path("sign-in/", on_desk(views.OwnSignInView.as_view(), _("Your sign-in")), name="mfa_index"),
    path("sign-in/app/", on_desk(totp.activate_totp, _("Authenticator app")), name="mfa_activate_totp"),
    path(
        "sign-in/app/remove/",
        on_desk(totp.deactivate_totp, _("Take off the authenticator app")),
        name="mfa_deactivate_totp",
    ),
    path(
        "sign-in/codes/",
        on_desk(codes.view_recovery_codes, _("Recovery codes")),
        name="mfa_view_recovery_codes",
    ),
    path(
        "sign-in/codes/new/",
        on_desk(codes.generate_recovery_codes, _("New recovery codes")),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "sign-in/codes/download/",
        on_desk(codes.download_recovery_codes, ""),
        name="mfa_download_recovery_codes",
    ),
    path("sign-in/passkeys/", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"),
    path(
        "sign-in/passkeys/add/",
        on_desk(views.AddPasskeyView.as_view(), _("New passkey")),
        name="mfa_add_webauthn",
    ),
    path(
        "sign-in/passkeys/<int:pk>/rename/",
        on_desk(passkeys.edit_webauthn, _("Rename a passkey")),
        name="mfa_edit_webauthn",
    ),
    path(
        "sign-in/passkeys/<int:pk>/remove/",
        on_desk(passkeys.remove_webauthn, _("Take off a passkey")),
        name="mfa_remove_webauthn",
    ),
]
