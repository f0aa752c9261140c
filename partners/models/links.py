"""What the addresses of sources answered when they were last asked."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.curation_vocabularies import LinkState
from partners.models.base import term_constraint, term_field


class LinkCheck(models.Model):
    """The last answer of a source's address. It is no data of the directory: the record says what it said before."""

    source = models.OneToOneField(
        "partners.Source",
        verbose_name=_("source"),
        on_delete=models.CASCADE,
        # A source may go by any way, and what was noted of its address holds it back by none.
        db_constraint=False,
        related_name="link_check",
        primary_key=True,
    )
    # The address that was asked: where the source has another one now, this answer is of no use.
    url = models.URLField(_("address"), max_length=500)
    state = term_field(LinkState, _("state"))
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    moved_to = models.URLField(_("moved to"), max_length=2000, blank=True)
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    # The keys of the citations whose words are not there.
    gone = models.JSONField(_("citations whose words are gone"), default=list)
    checked_at = models.DateTimeField(_("asked on"))

    class Meta:
        verbose_name = _("check of an address")
        verbose_name_plural = _("checks of addresses")
        default_permissions = ()
        constraints = [term_constraint("linkcheck", "state", LinkState)]
        indexes = [models.Index(fields=["state"], name="link_check_state")]

    def __str__(self):
        return f"{self.url}: {self.get_state_display()}"
