"""A selection as a feed and as a calendar."""

import datetime
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext

from partners.changes.moments import by_day, changes_of, permanent_id, with_moments
from partners.context import site_name
from partners.formats.atom import ATOM, Feed, FeedEntry, write_atom
from partners.formats.calendar import ICALENDAR, Calendar, CalendarDay, write_calendar
from partners.models import DataVersion, Programme
from partners.nouns import noun_of, record_path
from partners.selection.selection import Selection
from partners.tables.columns import Column, Table, read_records, read_rows
from partners.tables.recurring import PRIMARY_KEY
from partners.texts import isolated

MOST_ENTRIES = 50
FEED_TYPE = f"{ATOM}; charset=utf-8"
# Parameters that leave the records of a selection as they are.
PRESENTATION = {"sort", "columns", "view", "page", "per_page"}

# What is read of a record beside its own columns.
SINCE_COLUMN, CHANGED_COLUMN = (
    Column(name=name, title=name, description=name) for name in ("since", "changed")
)


class Subscription:
    """What the feed and the calendar of a selection have in common: `extract` is the selection as it leaves."""

    def __init__(self, extract):
        self.extract = extract
        self.selection: Selection = extract.selection
        self.programme = Programme.objects.first()

    @property
    def author(self) -> str:
        return site_name(self.programme)

    @property
    def language(self) -> str:
        return get_language() or "en"

    def address(self, path: str) -> str:
        return self.extract.request.build_absolute_uri(path)

    def own_address(self, format_name: str) -> str:
        return self.extract.address(f"{self.extract.noun.name}_{format_name}")

    def id(self, *parts: str) -> str:
        """The permanent id of something of this directory."""
        return permanent_id(self.programme.slug if self.programme else "", *parts)

    def own_id(self, format_name: str) -> str:
        """The id of the selection, in whatever order its parameters are given."""
        finders = set(self.selection.finders.values())
        chosen = sorted(
            f"{name}={value}"
            for name, values in self.selection.parameters.lists()
            for value in values
            if value and name not in PRESENTATION | finders
        )
        return self.id(format_name, self.extract.noun.name, "&".join(chosen))


def heading_columns(table: Table) -> tuple[str, str | None]:
    """The columns of a table that name a record and say what it is."""
    return table.heading, "summary_en" if "summary_en" in table.column_names else None


def feed_columns(table: Table, *others: str) -> list[Column]:
    """What a feed or a calendar needs of the records of a table."""
    heading, summary = heading_columns(table)
    names = [
        table.key[0],
        heading,
        *([summary] if summary else ()),
        *noun_of(table).address_from,
    ]
    return [*(table.column(name) for name in (*names, *others)), PRIMARY_KEY, SINCE_COLUMN, CHANGED_COLUMN]


# Feeds ---------------------------------------------------------------------------------------------------------------


def as_atom(extract) -> HttpResponse:
    """The records of a selection that are new or changed, the last ones first."""
    subscription, table = Subscription(extract), extract.noun.table
    newest = with_moments(extract.selection.rows.order_by()).order_by("-changed", "slug")[:MOST_ENTRIES]
    rows = read_records(newest, feed_columns(table))
    changes = changes_of(table, {row["pk"]: row["since"] for row in rows})
    entries = [feed_entry(subscription, table, row, changes[row["pk"]]) for row in rows]
    feed = Feed(
        subscription.own_id("atom"),
        extract.title,
        subscription.own_address("atom"),
        extract.page,
        entries[0].updated if entries else DataVersion.moment(DataVersion.current()),
        subscription.author,
        subscription.address("/"),
        settings.DATA_LICENCE,
        subscription.language,
    )
    return HttpResponse(write_atom(feed, entries), content_type=FEED_TYPE)


def feed_entry(subscription: Subscription, table: Table, row: dict, changes: list[tuple]) -> FeedEntry:
    heading, summary = heading_columns(table)
    return FeedEntry(
        subscription.id(table.name, row[table.key[0]]),
        row[heading],
        subscription.address(record_path(table, row)),
        row["since"],
        row["changed"],
        row[summary] or "" if summary else "",
        what_changed(row["since"], changes),
    )


def what_changed(since: datetime.datetime, changes: list[tuple]) -> str:
    """That a record is new, and what changed on which day, in a sentence for each day."""
    days = by_day(changes)
    sentences = [
        gettext("Changed on %(day)s: %(fields)s.") % {"day": day_in_words(day), "fields": ", ".join(fields)}
        for day, fields in days.items()
    ]
    is_new = set(days) <= {since.date()}
    first = gettext("New in the directory on %s.") if is_new else gettext("In the directory since %s.")
    return " ".join([*sentences, first % day_in_words(since.date())])


def day_in_words(day: datetime.date) -> str:
    return date_format(day, "j F Y")


# Calendars -----------------------------------------------------------------------------------------------------------


def as_calendar(extract) -> StreamingHttpResponse:
    """The days of the records of a selection; for organizations those of their agreements."""
    subscription = Subscription(extract)
    calendar = Calendar(
        subscription.own_id("ics"),
        extract.title,
        subscription.author,
        subscription.own_address("ics"),
        extract.page,
        subscription.language,
    )
    response = StreamingHttpResponse(write_calendar(calendar, days_of(subscription)), content_type=ICALENDAR)
    response["Content-Disposition"] = f'inline; filename="{extract.name}.ics"'
    return response


def days_of(subscription: Subscription) -> Iterator[CalendarDay]:
    """Every day of the selected records, asked for when the first one is."""
    noun, rows = subscription.extract.noun, subscription.selection.rows
    table = noun.table
    if noun.calendar_rows:
        table, others = noun.calendar_rows
        rows = others(rows)
    dates = [column for column in table.public_columns if column.datatype == "date"]
    some_day = Q(*((f"{column.lookup}__isnull", False) for column in dates), _connector=Q.OR)
    columns = feed_columns(table, *(column.name for column in dates))
    names = [column.name for column in columns]
    for cells in read_rows(with_moments(rows.filter(some_day)), columns):
        row = dict(zip(names, cells, strict=True))
        for column in dates:
            if row[column.name]:
                yield day(subscription, table, row, column)


def day(subscription: Subscription, table: Table, row: dict, column: Column) -> CalendarDay:
    heading, summary = heading_columns(table)
    slug = row[table.key[0]]
    return CalendarDay(
        subscription.id(table.name, slug, column.name),
        row[column.name],
        # An event is what happened that day; of others the day is one of several.
        row[heading] if column.name == "date" else f"{column.title}: {isolated(row[heading])}",
        row[summary] or "" if summary else "",
        subscription.address(record_path(table, row)),
        row["since"],
        row["changed"],
    )
