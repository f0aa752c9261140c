"""Several curators at once: no form, confirmation or action works on anything but what its page showed."""

from partners.admin.concurrency.actions import ConcurrentActions
from partners.admin.concurrency.forms import ConcurrentForms


class ConcurrentEdits(ConcurrentForms, ConcurrentActions):
    """For a ModelAdmin, whatever its forms, inlines and actions are."""
