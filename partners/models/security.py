"""What happened to accounts: the security log. It is no data of the directory, and not in the journal."""

import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models.base import term_constraint, term_field
from partners.vocabularies import SecurityEventKind


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
