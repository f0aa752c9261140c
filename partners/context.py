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
        "programme": SimpleLazyObject(lambda: kept_thing("programme", first_programme)),
        "publisher": settings.PUBLISHER,
        "contact": settings.CONTACT,
        "corrections": settings.CORRECTIONS,
        "licence": settings.DATA_LICENCE,
    }


def first_programme() -> Programme | None:
    return with_others(Programme.objects.all(), "lead").first()


def site_name(programme: Programme | None) -> str:
    """What this site is called: after its programme, where there is one."""
    if not programme:
        return gettext("Partner directory")
    return gettext("%s partner directory") % isolated(programme.name)
