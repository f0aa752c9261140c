"""Who has which record open in a form just now."""

import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models.fields import Code

# A form says so every 30 seconds; one that said nothing for so long was left.
HOLDS_FOR = datetime.timedelta(minutes=2)


class OpenForm(models.Model):
    """Somebody has the form of a record open. Only information: what others save meanwhile is compared when it is saved."""

    # The name of the model of the record, and its key.
    kind = Code(_("kind"), max_length=20)
    key = models.BigIntegerField(_("key"))
    who = models.BigIntegerField(_("user number"))
    name_of_who = models.CharField(_("by"), max_length=150)
    since = models.DateTimeField(_("since"))
    seen = models.DateTimeField(_("seen"), db_index=True)

    class Meta:
        verbose_name = _("open form")
        verbose_name_plural = _("open forms")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "key", "who"], name="open_form_once")]

    def __str__(self):
        return f"{self.kind} {self.key}: {self.name_of_who}"

    @classmethod
    def touch(cls, kind: str, key: int, user) -> list["OpenForm"]:
        """Note that somebody has a form open; gives the others who have it open too, the first of them first.

        What was left is forgotten.
        """
        now = timezone.now()
        # Also what was seen in a time to come, since which the clock was set back.
        cls.objects.exclude(seen__range=(now - HOLDS_FOR, now + HOLDS_FOR)).delete()
        name = (user.get_full_name() or user.get_username())[:150]
        cls.objects.bulk_create(
            [cls(kind=kind, key=key, who=user.pk, name_of_who=name, since=now, seen=now)],
            update_conflicts=True,
            unique_fields=["kind", "key", "who"],
            update_fields=["name_of_who", "seen"],
        )
        return list(cls.objects.filter(kind=kind, key=key).exclude(who=user.pk).order_by("since", "pk"))

    @classmethod
    def leave(cls, kind: str, key: int, user) -> None:
        cls.objects.filter(kind=kind, key=key, who=user.pk).delete()
