"""Curation: where records are written, checked and published."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from partners.admin import (
    accounts,
    agreements,
    citations,
    classification,
    history,
    judgements,
    organizations,
    programmes,
    proposals,
    revisions,
    screens,
    security,
    sources,
)
from partners.admin.signin import noting

__all__ = [
    "accounts",
    "agreements",
    "citations",
    "classification",
    "history",
    "judgements",
    "noting",
    "organizations",
    "programmes",
    "proposals",
    "revisions",
    "screens",
    "security",
    "sources",
]

admin.site.site_header = _("Partner directory desk")
admin.site.site_title = _("Partner directory desk")
admin.site.index_title = _("Work")
admin.site.enable_nav_sidebar = False

screens.give_screens()
