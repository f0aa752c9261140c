"""Public pages and files as of a revision or a day: what `as_of` means, and answers that are made in that past."""

import datetime
import functools
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from partners.changes.past import newest_of_day, past, readable_revisions
from partners.days import ISO_DATE
from partners.formats.files import Made, explain_problems, pieces_of
from partners.models import Revision
from partners.responses import PLAIN_TEXT, PROBLEM
from partners.selection.parameters import LONGEST_SHOWN, Problem, repeated

AS_OF = "as_of"
# What finds rows by words looks into an index, which is of today.
NOT_OF_PAST = ("q",)
LARGEST_IN_MEMORY = 2**20


@dataclass(frozen=True)
class AsOf:
    """What an address says of the past: a revision, or why none can be shown. Neither where it says nothing."""

    given: str = ""
    revision: Revision | None = None
    problems: Sequence[Problem] = ()

    def __bool__(self):
        return self.revision is not None

    @property
    def others(self) -> dict[str, list[str]]:
        """The parameter as links carry it on: with the number of the revision, so that they are permanent."""
        value = str(self.revision.number) if self.revision else self.given
        return {AS_OF: [value] if value else []}

    @property
    def query(self) -> str:
        """The query string of the permanent address; "" for today."""
        return f"?{AS_OF}={self.revision.number}" if self.revision else ""

    @property
    def more(self) -> str:
        """The same after other parameters; "" for today."""
        return f"&{self.query[1:]}" if self else ""

    @property
    def words(self) -> str:
        """Such as "26 November 2026, revision 12"."""
        if not self.revision:
            return ""
        day = date_format(self.revision.at.astimezone(datetime.UTC), "j F Y")
        return gettext("%(day)s, revision %(number)d") % {
            "day": day,
            "number": self.revision.number,
        }

    def problems_with(self, given: QueryDict, names: Sequence[str]) -> list[Problem]:
        """A problem for each of some parameters that was given, and that a past cannot be asked for."""
        message = gettext("The past cannot be searched. Allowed: either “as_of” or “%s”, not both.")
        return [Problem(name, message % name) for name in names if self and given.get(name, "").strip()]


def read_as_of(given: QueryDict, name: str = AS_OF) -> AsOf:
    """What a parameter says of the past. A problem says what is allowed."""
    text = given.get(name, "").strip()
    if problems := list(repeated(given, [name])):
        return AsOf(text, problems=problems)
    if not text:
        return AsOf()
    span = readable_revisions()
    if span is None:
        return AsOf(
            text, problems=[Problem(name, gettext("Nothing has been written down yet: there is no past."))]
        )
    found = Revision.objects.in_bulk(span)
    oldest, newest = (found[number] for number in span)
    message, number = number_of_revision(text, oldest, newest)
    if message:
        return AsOf(text, problems=[Problem(name, f"{message} {allowed_moments(oldest, newest)}")])
    return AsOf(text, Revision.objects.filter(number__lte=number).first())


def allowed_moments(oldest: Revision, newest: Revision) -> str:
    """Which revisions and days can be read, in words."""
    allowed = gettext(
        "Allowed: the number of a revision from %(first)d to %(last)d, or a day from %(since)s to %(today)s."
    )
    return allowed % {
        "first": oldest.number,
        "last": newest.number,
        "since": oldest.at.astimezone(datetime.UTC).date().isoformat(),
        "today": day_now().isoformat(),
    }


def day_now() -> datetime.date:
    return timezone.now().astimezone(datetime.UTC).date()


def number_of_revision(text: str, oldest: Revision, newest: Revision) -> tuple[str, int]:
    """What is wrong with a revision or a day, or "" and the number of the revision."""
    shown = text[:LONGEST_SHOWN]
    if text.isascii() and text.isdecimal() and len(text) < 19:
        number = int(text)
        if number > newest.number:
            return gettext("There is no revision %s yet.") % shown, 0
    else:
        try:
            day = datetime.date.fromisoformat(text) if ISO_DATE.fullmatch(text) else None
        except ValueError:
            day = None
        if day is None:
            return gettext(
                "“%s” is neither the number of a revision nor a day such as 2026-11-26."
            ) % shown, 0
        if day > day_now():
            return gettext("%s has still to come.") % shown, 0
        number = newest_of_day(day) or 0
    if number < oldest.number:
        return gettext("The directory as it was at “%s” is not kept.") % shown, 0
    return "", number


def in_the_past(view: Callable) -> Callable:
    """Have a view answer as of what its address says. The request has it as `as_of`; what is not understood is for the
    view to say."""

    @functools.wraps(view)
    def answer(request: HttpRequest, *args, **kwargs):
        request.as_of = read_as_of(request.GET) if asks_for_past(request) else AsOf()
        if not request.as_of:
            return view(request, *args, **kwargs)
        with past(request.as_of.revision.number):
            return made_now(view(request, *args, **kwargs))

    answer.knows_past = True
    return answer


def page_of_the_past(view: Callable) -> Callable:
    """The same for a page that has no place for what was not understood of it: a page of its own says that."""

    @functools.wraps(view)
    def answer(request: HttpRequest, *args, **kwargs):
        if request.as_of.problems:
            return no_past(request, request.as_of.problems)
        return view(request, *args, **kwargs)

    return in_the_past(answer)


def of_today_only(view: Callable) -> Callable:
    """Have a view refuse to answer as of another day, where it does not know how: never today's answer under such an
    address."""
    if getattr(view, "knows_past", False):
        return view

    @functools.wraps(view)
    def answer(request: HttpRequest, *args, **kwargs):
        if not asks_for_past(request):
            return view(request, *args, **kwargs)
        message = gettext(
            "This page only shows what is here today. Leave “as_of” out. Lists with their filters and files, records, "
            "comparisons and tables can be shown as they were."
        )
        return no_past(request, [Problem(AS_OF, message)])

    return answer


def asks_for_past(request: HttpRequest) -> bool:
    return any(request.GET.getlist(AS_OF))


def no_past(request: HttpRequest, problems: Sequence[Problem]) -> HttpResponse:
    """400: why there is no such past, beside the way to what is here today; in the form of what was asked for."""
    name = request.path.rpartition("/")[2]
    if name:
        return explain_problems(problems, PROBLEM if name.endswith("json") else PLAIN_TEXT)
    rest = request.GET.copy()
    rest.pop(AS_OF, None)
    way_out = f"{request.path}?{rest.urlencode()}" if rest else request.path
    context = {"problems": problems, "valid": False, "way_out": way_out}
    return render(request, "partners/no_past.html", context, status=400)


def made_now(response):
    """An answer that asks the database for nothing more: one that would be made while it is sent is made before."""
    if response.streaming:
        file = tempfile.SpooledTemporaryFile(LARGEST_IN_MEMORY)  # noqa: SIM115 (the answer closes it)
        for piece in response.streaming_content:
            file.write(piece)
        file.seek(0)
        response.streaming_content = Made(pieces_of(file), file)
    return response
