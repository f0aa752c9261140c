"""Links by which somebody chooses a password: whoever has forgotten his asks for one, a colleague gets one."""

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordResetConfirmView, PasswordResetView
from django.core import signing
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from partners.admin.signin.attempts import forget_tries, may_ask_for_mail
from partners.admin.signin.mailing import send_all, send_later, written
from partners.curation_vocabularies import SecurityEventKind
from partners.models import SecurityEvent
from partners.requests import address_of


class Links:
    """Signs links that hold for a time, and once: a password, another mail address or a sign-in ends them."""

    def __init__(self, salt: str, seconds: int):
        self.salt, self.seconds = salt, seconds

    def state(self, user) -> str:
        parts = [user.pk, user.password, user.email, user.is_active, user.last_login]
        return salted_hmac(self.salt, "\n".join(map(str, parts)), algorithm="sha256").hexdigest()

    def make_token(self, user) -> str:
        return signing.dumps(self.state(user), salt=self.salt)

    def check_token(self, user, token) -> bool:
        """Whether a link, of which these are the user and the token, still holds."""
        if user is None or not token:
            return False
        try:
            state = signing.loads(token, salt=self.salt, max_age=self.seconds)
        except signing.BadSignature:
            return False
        return constant_time_compare(state, self.state(user))


RESETS = Links("partners.password_reset", settings.PASSWORD_RESET_TIMEOUT)
INVITATIONS = Links("partners.invitation", settings.INVITATION_TIMEOUT)


def link_for(user, links: Links) -> str:
    """The address, at this site, of the page where somebody chooses his password."""
    route = "invitation" if links is INVITATIONS else "password_reset_confirm"
    where = {"uidb64": urlsafe_base64_encode(force_bytes(user.pk)), "token": links.make_token(user)}
    return settings.SITE_URL + reverse(route, kwargs=where)


def mail_with_link(user, links: Links, by: str = "") -> EmailMessage:
    """The mail that brings somebody the link to choose a password; `by` is who made it for him."""
    context = {"hours": links.seconds // 3600, "days": links.seconds // (24 * 3600)}
    template = "invitation" if links is INVITATIONS else "password_reset"
    return written(template, user.email, account=user, by=by, link=link_for(user, links), **context)


class ForgottenForm(PasswordResetForm):
    """Says the same whether an account has the address or not, and takes as long."""

    def get_users(self, email):
        # Whoever was invited and has no password yet has forgotten where the invitation is.
        return User.objects.filter(email__iexact=email, is_active=True, is_staff=True).exclude(email="")

    def save(self, request=None, **kwargs):
        email = self.cleaned_data["email"]
        users = list(self.get_users(email)) if may_ask_for_mail(email) else []
        detail = "asked for by mail" if users else "asked for by mail; none was sent"
        for name in [user.get_username() for user in users] or [email]:
            SecurityEvent.note(SecurityEventKind.LINK, name, address=address_of(request), detail=detail)
        send_later(lambda: [mail_with_link(user, RESETS) for user in users])


class ForgottenView(PasswordResetView):
    form_class = ForgottenForm
    template_name = "admin/password_forgotten.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"has_mail": bool(settings.MAIL)}

    def post(self, request, *args, **kwargs):
        return super().post(request, *args, **kwargs) if settings.MAIL else self.get(request)


class ChoosePasswordView(PasswordResetConfirmView):
    """By a link of either kind."""

    template_name = "admin/password_choose.html"
    is_invitation = False

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        if not self.validlink:
            title = _("This link does not hold any more")
        elif self.is_invitation:
            title = _("Welcome to the desk")
        else:
            title = _("Choose a new password")
        return context | {"title": title, "is_invitation": self.is_invitation, "account": self.user}

    def form_valid(self, form):
        answer = super().form_valid(form)
        forget_tries(self.request, self.user.get_username())
        return answer


def deliver(request, user) -> str:
    """Invite somebody, or let him choose a new password: by mail where this site sends any; else, or where that
    failed, the link comes back, to be handed on."""
    links = RESETS if user.has_usable_password() else INVITATIONS
    by = request.user.get_username()
    is_sent = False
    if settings.MAIL and user.email:
        is_sent = send_all([mail_with_link(user, links, by)])
    SecurityEvent.note(
        SecurityEventKind.LINK,
        user.get_username(),
        by=by,
        address=address_of(request),
        detail="sent by mail" if is_sent else "shown",
    )
    return "" if is_sent else link_for(user, links)
