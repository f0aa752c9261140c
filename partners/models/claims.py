"""Who looks at what waits for a reviewer, so that two do not do the same work."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models.fields import Code


class Claim(models.Model):
    """Somebody has taken what waits upon himself. Only information: whoever may decide still decides."""

    # The name of the model of what waits, and its key.
    kind = Code(_("kind"), max_length=20)
    key = models.BigIntegerField(_("key"))
    # A plain number beside the name: whoever it was can be deleted.
    who = models.BigIntegerField(_("user number"))
    name_of_who = models.CharField(_("by"), max_length=150)
    at = models.DateTimeField(_("at"), auto_now=True)

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="claim_once")]

    def __str__(self):
        return f"{self.kind} {self.key}: {self.name_of_who}"
