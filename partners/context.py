"""What every public page knows."""

from django.conf import settings
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext

from partners.kept import kept_thing
from partners.models import Programme
from partners.querysets import with_others
from partners.texts import isolated


def directory(request):
    """The programme the directory is about, read only by pages that name it (None in an empty directory), and what the
    operator has stated: who publishes the site, where corrections go, the licence."""
    return {
        "programme": SimpleLazyObject(present_programme),
        "publisher": settings.PUBLISHER,
        "contact": settings.CONTACT,
        "corrections": settings.CORRECTIONS,
        "licence": settings.DATA_LICENCE,
    }


def present_programme() -> Programme | None:
    """The programme, with its lead and its announcement, which may both be hidden; None in an empty directory."""
    rows = with_others(Programme.objects.all(), "lead", "announcement")
    return kept_thing("programme", rows.first)


def site_name(programme: Programme | None) -> str:
    """What this site is called: after its programme, where there is one."""
    if not programme:
        return gettext("Partner directory")
    return gettext("%s partner directory") % isolated(programme.name)
