"""How often somebody may fail to sign in before no more tries are looked at for a while.

Counted by account *and* address, so that whoever guesses shuts himself out, and nobody else: who knows a name cannot
keep its owner away. A browser in which somebody has signed in before (`devices.py`) has tries of its own for that
account, so its owner goes on even behind the same address. Codes are counted by the account alone: only who has given
the right password comes that far, and six digits are soon guessed from many addresses.
"""

import datetime
import hashlib
import math
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from partners.admin.signin.devices import as_counted, known_device
from partners.curation_vocabularies import SecurityEventKind
from partners.models import CountedTry, SecurityEvent
from partners.requests import address_of, net_of

MOST_FAILED = 5
MAILS = 3
WITHIN = datetime.timedelta(minutes=15)


@dataclass(frozen=True)
class Try:
    """A try that has been counted, before it is known whether it fails: two at once do not both come in as the last."""

    row: CountedTry
    name: str
    is_last: bool
    request: object

    def succeeded(self) -> None:
        CountedTry.objects.filter(counted_as=self.row.counted_as).delete()

    def failed(self) -> None:
        if self.is_last:
            SecurityEvent.note(SecurityEventKind.LOCKED, self.name, address=address_of(self.request))


def try_password(request, name: str) -> Try:
    """Count a try of a name and a password. Raises ValidationError, whoever the name is of, where none is left."""
    name = as_counted(name)
    return counted(request, name, [*of_device(request, name), f"password {name} from {net_of(request)}"])


def try_code(request, user) -> Try:
    """Count a try of a code by somebody who has given the right password. Raises ValidationError where none is left."""
    name = as_counted(user.get_username())
    return counted(request, name, [*of_device(request, name, "code"), f"code {name}"])


def forget_tries(request, name: str) -> None:
    """Somebody has shown in another way who he is: what failed from here does not stand in his way."""
    CountedTry.objects.filter(
        counted_as=as_kept(f"password {as_counted(name)} from {net_of(request)}")
    ).delete()


def may_ask_for_mail(email: str) -> bool:
    """Count a mail that somebody asks for; False where an address had enough of them. The links in those still hold."""
    counted_as = as_kept(f"mail {as_counted(email)}")
    forget_old()
    row = CountedTry.objects.create(counted_as=counted_as)
    return CountedTry.objects.filter(counted_as=counted_as, pk__lte=row.pk).count() <= MAILS


def forget_old() -> None:
    """Forget the tries that count no more; and those of a time to come, since which the clock was set back."""
    now = timezone.now()
    CountedTry.objects.filter(Q(at__lte=now - WITHIN) | Q(at__gt=now + WITHIN)).delete()


def counted(request, name: str, keys: list[str]) -> Try:
    """Count a try under the first of some keys that has one left."""
    now = timezone.now()
    forget_old()
    for counted_as in map(as_kept, keys):
        row = CountedTry.objects.create(counted_as=counted_as)
        before = CountedTry.objects.filter(counted_as=counted_as, at__gt=now - WITHIN, pk__lt=row.pk).count()
        if before < MOST_FAILED:
            return Try(row, name, before + 1 == MOST_FAILED and counted_as == as_kept(keys[-1]), request)
        row.delete()
    oldest = CountedTry.objects.filter(counted_as=as_kept(keys[-1])).order_by("-pk")[:MOST_FAILED]
    left = min((row.at for row in oldest), default=now) + WITHIN - now
    raise ValidationError(wait_for(left, is_known=len(keys) > 1))


def wait_for(time: datetime.timedelta, is_known: bool) -> str:
    """What somebody is told who has no try left."""
    minutes = max(1, math.ceil(time.total_seconds() / 60))
    told = ngettext(
        "Too many tries have failed, so this one was not looked at. Try again in %d minute.",
        "Too many tries have failed, so this one was not looked at. Try again in %d minutes.",
        minutes,
    )
    further = "" if is_known else gettext("In a browser in which you signed in before you can go on at once.")
    return f"{told % minutes} {further}".strip()


def of_device(request, name: str, what: str = "password") -> list[str]:
    """What the tries in a known browser are counted as; nothing where it is not known."""
    device = known_device(request, name)
    return [f"{what} {name} in {device}"] if device else []


def as_kept(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
