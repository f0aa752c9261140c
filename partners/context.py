"""What every public page knows."""

from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import QuerySet
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext

from partners.composed import ask_for_records
from partners.kept import kept_thing
from partners.models import Programme
from partners.querysets import with_others
from partners.texts import isolated

# What is read along with the programme.
NAMED = ("lead", "announcement")


def directory(request):
    """The programme the directory is about, read only by pages that name it (None in an empty directory), and what the
    operator has stated: who publishes the site, where corrections go, the licence."""
    return {
        "programme": SimpleLazyObject(present_programme),
        "programme_of_error": SimpleLazyObject(lambda: programme_of_error(request)),
        "publisher": settings.PUBLISHER,
        "contact": settings.CONTACT,
        "corrections": settings.CORRECTIONS,
        "licence": settings.DATA_LICENCE,
    }


def present_programme() -> Programme | None:
    """The programme, with its lead and its announcement, which may both be hidden; None in an empty directory."""
    programme = kept_thing("programme", read_programme)
    if connection.as_of is None:
        last_read.programme = programme
    return programme


def read_programme() -> Programme | None:
    if connection.as_of is not None:
        return with_others(programmes(), *NAMED).first()
    return next(iter(ask_for_records(programmes, *NAMED)), None)


def programmes() -> QuerySet:
    return Programme.objects.all()


@dataclass
class LastRead:
    """The programme as this process read it last; None before it did."""

    programme: Programme | None = None


last_read = LastRead()


def programme_of_error(request) -> Programme | None:
    """The programme for a page that says that something cannot be answered: as it was last read where a page may ask
    nothing (`asks_nothing` of the request), or where the database does not answer."""
    if getattr(request, "asks_nothing", False):
        return last_read.programme
    try:
        return present_programme()
    except DatabaseError:
        return last_read.programme


def site_name(programme: Programme | None) -> str:
    """What this site is called: after its programme, where there is one."""
    if not programme:
        return gettext("Partner directory")
    return gettext("%s partner directory") % isolated(programme.name)
