"""What happened to accounts: the security log, and tries to sign in. No data of the directory, and not in the journal."""

import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.curation_vocabularies import SecurityEventKind
from partners.models.base import term_constraint, term_field


class SecurityEvent(models.Model):
    """Somebody signed in or out, failed to, or was given other rights. Kept for `SECURITY_LOG_DAYS`."""

    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)
    kind = term_field(SecurityEventKind, _("what happened"))
    # Plain texts: an account can be deleted, and a name that was tried may be nobody's.
    account = models.CharField(_("account"), max_length=150)
    by = models.CharField(_("by"), max_length=150, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True)
    detail = models.CharField(_("detail"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("security event")
        verbose_name_plural = _("security log")
        ordering = ["-pk"]
        default_permissions = ("view",)
        constraints = [term_constraint("security_event", "kind", SecurityEventKind)]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.account}"

    @classmethod
    def note(cls, kind: SecurityEventKind, account: str, *, by="", address=None, detail="") -> None:
        """Keep an event, and forget those that are older than the setting says."""
        oldest = timezone.now() - datetime.timedelta(days=settings.SECURITY_LOG_DAYS)
        cls.objects.filter(at__lt=oldest).delete()
        cls.objects.create(
            kind=kind, account=account[:150], by=by[:150], address=address or None, detail=detail[:1000]
        )


class CountedTry(models.Model):
    """Something of which there may not be too many in a short time: a wrong password, a mail. Forgotten soon."""

    # What it is, of which account, from where (see `signin/attempts.py`): as a digest, as people type passwords there.
    counted_as = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["counted_as", "at"], name="counted_try_as_at")]

    def __str__(self):
        return f"{self.at:%H:%M}"


def note_second_step(account, detail: str, *, by="", address=None) -> None:
    """Say in the security log what became of a second step of signing in, and who made it so."""
    kind = SecurityEventKind.SECOND_STEP
    SecurityEvent.note(kind, account.get_username(), by=by, address=address, detail=detail)


def take_off_second_steps(account, *, by="", address=None) -> None:
    """Take every second step, and the recovery codes with them, off an account whose owner has lost them."""
    for step in account.authenticator_set.order_by("pk"):
        note_second_step(account, f"− {name_of_step(step)}", by=by, address=address)
        step.delete()


def name_of_step(step) -> str:
    """What a second step is: an authenticator of django-allauth, in words for the log."""
    words = {"totp": "authenticator app", "recovery_codes": "recovery codes"}
    return words.get(step.type) or f"passkey {step.data['name']}"
