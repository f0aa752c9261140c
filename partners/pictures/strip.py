"""What happened when: agreements and events on a strip of months, each a mark that leads to its record."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from partners.models import Agreement, Event
from partners.pictures.marks import mark_of
from partners.texts import isolated

# So many agreements of one announcement are one mark, which leads to the list of them.
MOST_SINGLE = 6
# Where a page draws more events than this, those of a month are one mark, which leads to the list of them.
MOST_ONE_BY_ONE = 50
# The shape of an event, which is no agreement.
MOMENT = "moment"


@dataclass(frozen=True)
class Dated:
    """An agreement or an event on its day, or several: `count` agreements that were announced together, or, with
    `is_month`, the events of the month of its day.

    `shape` is that of the mark, `is_event` whether it stands below the line.
    """

    day: datetime.date
    title: str
    link: str
    shape: str
    count: int = 1
    is_month: bool = False

    @property
    def is_event(self) -> bool:
        return self.shape == MOMENT


@dataclass
class Month:
    """A month with what happened in it: agreements above the line, events below."""

    first: datetime.date
    above: list[Dated] = field(default_factory=list)
    below: list[Dated] = field(default_factory=list)


@dataclass
class Strip:
    """Years with their twelve months. Years in which nothing happened are left out, and so said in `gaps`."""

    years: list[tuple[int, list[Month]]]
    entries: list[Dated]
    gaps: list[int]

    @property
    def agreements(self) -> list[Dated]:
        return [each for each in self.entries if not each.is_event]


def strip_of(entries: Iterable[Dated]) -> Strip:
    """Entries in the order of their days, months of a year with anything in it all drawn."""
    entries = sorted(entries, key=lambda each: (each.day, each.title))
    months: dict[int, list[Month]] = {}
    for entry in entries:
        year = months.setdefault(
            entry.day.year, [Month(datetime.date(entry.day.year, number, 1)) for number in range(1, 13)]
        )
        month = year[entry.day.month - 1]
        (month.below if entry.is_event else month.above).append(entry)
    between = range(min(months), max(months) + 1) if months else ()
    return Strip(list(months.items()), entries, [year for year in between if year not in months])


def strip_of_events(events: Iterable[Event], more: str = "") -> Strip:
    """Events, and above them the agreements that they announced, where these have such a day. One query.

    `more` are parameters that each link to a list carries.
    """
    events = {each.pk: each for each in events}
    announced: dict[int, list[Agreement]] = {}
    for agreement in (
        Agreement.objects.published().filter(announcement__in=events).exclude(announced_date=None)
    ):
        announced.setdefault(agreement.announcement_id, []).append(agreement)
    entries = [Dated(each.date, each.title, each.get_absolute_url(), MOMENT) for each in events.values()]
    for key, agreements in announced.items():
        entries += together(events[key], agreements, more)
    return strip_of(entries)


def with_months_together(strip: Strip, link: Callable[[datetime.date, datetime.date], str]) -> Strip:
    """The same, with one mark for the events of a month where there are many to draw: a page that names each is heavy.

    `link` gives the address of the events from one day to another.
    """
    if len(strip.entries) - len(strip.agreements) <= MOST_ONE_BY_ONE:
        return strip
    years = [
        (year, [replace(month, below=events_of_month(month.below, link)) for month in months])
        for year, months in strip.years
    ]
    entries = [entry for _year, months in years for month in months for entry in month.above + month.below]
    return Strip(years, entries, strip.gaps)


def events_of_month(events: list[Dated], link: Callable[[datetime.date, datetime.date], str]) -> list[Dated]:
    """Events of one month, in the order of their days, as one mark; a single one, or none, as it is."""
    if len(events) < 2:
        return events
    title = ngettext("%(count)d event", "%(count)d events", len(events)) % {"count": len(events)}
    address = link(events[0].day, events[-1].day)
    return [Dated(events[0].day, title, address, MOMENT, len(events), is_month=True)]


def together(event: Event, agreements: list[Agreement], more: str) -> list[Dated]:
    """The agreements of one announcement, many of them as one."""
    if len(agreements) <= MOST_SINGLE:
        return [dated(each) for each in agreements]
    title = ngettext("%(count)d agreement", "%(count)d agreements", len(agreements)) % {
        "count": len(agreements)
    }
    link = f"{reverse('agreement_list')}?announcement={event.slug}{more}"
    shapes = [mark_of(each.agreement_type).shape for each in agreements]
    return [Dated(event.date, title, link, max(set(shapes), key=shapes.count), len(agreements))]


def dated(agreement: Agreement) -> Dated:
    """An agreement on the day it was announced."""
    shape = mark_of(agreement.agreement_type).shape
    return Dated(agreement.announced_date, agreement.title, agreement.get_absolute_url(), shape)


# What is said of a strip ----------------------------------------------------------------------------------------------


def takeaway_of_strip(strip: Strip) -> str:
    """The first and the last agreement of a partner; "" where none has a day."""
    if not strip.agreements:
        return ""
    first, last = strip.agreements[0], strip.agreements[-1]
    if first is last:
        return gettext("The one dated agreement is “%(title)s”, %(month)s.") % {
            "title": isolated(first.title),
            "month": date_format(first.day, "F Y"),
        }
    said = gettext(
        "The first dated agreement is “%(first)s”, %(first_month)s; the latest is “%(last)s”, %(last_month)s."
    )
    return said % {
        "first": isolated(first.title),
        "first_month": date_format(first.day, "F Y"),
        "last": isolated(last.title),
        "last_month": date_format(last.day, "F Y"),
    }


def notes_of_partner(strip: Strip, undated: int) -> list[str]:
    """How to read the strip of a partner, and what is not drawn of it."""
    found = [gettext("Rings are events; every other mark is an agreement, on the day it was announced.")]
    found += notes_of_gaps(strip)
    if undated:
        more = ngettext(
            "Not drawn: one agreement without such a day.",
            "Not drawn: %(number)s agreements without such a day.",
            undated,
        )
        found.append(more % {"number": undated})
    return found


def notes_of_events(strip: Strip) -> list[str]:
    """How to read the strip of the timeline."""
    said = gettext("Rings are events; every other mark is an agreement that one of them announced.")
    return [said, *notes_of_gaps(strip)]


def notes_of_gaps(strip: Strip) -> list[str]:
    years = ", ".join(map(str, strip.gaps))
    return [gettext("Left out, as nothing is on record: %(years)s.") % {"years": years}] if years else []
