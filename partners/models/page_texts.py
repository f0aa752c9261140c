"""The text of pages that curators have read in their forms."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PageText(models.Model):
    """What a page said when somebody read it in a form. It is no data of the directory, and is kept for a day."""

    page_key = models.CharField(_("page"), max_length=500, primary_key=True)
    text = models.TextField(_("text"))
    read_at = models.DateTimeField(_("read on"), db_index=True)

    class Meta:
        verbose_name = _("text of a page")
        verbose_name_plural = _("texts of pages")
        default_permissions = ()

    def __str__(self):
        return self.page_key
