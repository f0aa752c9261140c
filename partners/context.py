"""What every public page knows."""

from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext

from partners.models import Programme
from partners.querysets import with_others
from partners.texts import isolated


def directory(request):
    """The programme the directory is about, read only by pages that name it; None in an empty directory."""
    return {"programme": SimpleLazyObject(lambda: with_others(Programme.objects.all(), "lead").first())}


def site_name(programme: Programme | None) -> str:
    """What this site is called: after its programme, where there is one."""
    if not programme:
        return gettext("Partner directory")
    return gettext("%s partner directory") % isolated(programme.name)
