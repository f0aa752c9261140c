"""What every public page knows."""

from django.utils.functional import SimpleLazyObject

from partners.models import Programme


def directory(request):
    """The programme the directory is about, read only by pages that name it; None in an empty directory."""
    return {"programme": SimpleLazyObject(lambda: Programme.objects.select_related("lead").first())}
