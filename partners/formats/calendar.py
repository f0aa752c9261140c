"""Days as a calendar: iCalendar (RFC 5545, with the properties of RFC 7986)."""

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

ICALENDAR = "text/calendar; charset=utf-8"
LONGEST_ICALENDAR_LINE = 75
LINES_IN_A_PIECE = 1000
# What a text of iCalendar cannot hold (its `CONTROL`), the line end excepted, which is written in another way.
NOT_IN_ICALENDAR = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
# A calendar must hold something; an empty one holds the time zone its moments are written in.
UTC_TIME_ZONE = (
    *("BEGIN:VTIMEZONE", "TZID:UTC", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0000"),
    *("TZOFFSETTO:+0000", "END:STANDARD", "END:VTIMEZONE"),
)


@dataclass(frozen=True)
class CalendarDay:
    """A whole day in a calendar. `id` is a UUID, `address` the page of the record whose day it is."""

    id: str
    date: datetime.date
    title: str
    description: str
    address: str
    created: datetime.datetime
    changed: datetime.datetime


@dataclass(frozen=True)
class Calendar:
    """What a calendar says of itself. `address` is its own, `page` that of the same selection for people."""

    id: str
    title: str
    author: str
    address: str
    page: str
    language: str


def write_calendar(calendar: Calendar, days: Iterable[CalendarDay]) -> Iterator[bytes]:
    """The file in pieces; the same days give the same bytes."""
    yield property_lines(opening(calendar))
    piece: list[str] = []
    empty = True
    for day in days:
        empty = False
        piece += event_lines(day)
        if len(piece) > LINES_IN_A_PIECE:
            yield property_lines(piece)
            piece.clear()
    yield property_lines([*piece, *(UTC_TIME_ZONE if empty else ()), "END:VCALENDAR"])


def opening(calendar: Calendar) -> list[str]:
    return [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{text_value(calendar.author)}//{calendar.language.upper()}",
        "CALSCALE:GREGORIAN",
        f"UID:{calendar.id}",
        f"NAME:{text_value(calendar.title)}",
        f"X-WR-CALNAME:{text_value(calendar.title)}",
        f"URL:{calendar.page}",
        f"SOURCE;VALUE=URI:{calendar.address}",
        "REFRESH-INTERVAL;VALUE=DURATION:P1D",
        "X-PUBLISHED-TTL:P1D",
    ]


def event_lines(day: CalendarDay) -> list[str]:
    described = [f"DESCRIPTION:{text_value(day.description)}"] if day.description else []
    return [
        "BEGIN:VEVENT",
        f"UID:{day.id}",
        f"DTSTAMP:{time_value(day.changed)}",
        f"CREATED:{time_value(day.created)}",
        f"LAST-MODIFIED:{time_value(day.changed)}",
        f"DTSTART;VALUE=DATE:{day.date:%Y%m%d}",
        f"SUMMARY:{text_value(day.title)}",
        *described,
        f"URL:{day.address}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def time_value(when: datetime.datetime) -> str:
    return when.astimezone(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")


def text_value(value: str) -> str:
    """A text as a value: nothing in it ends the line or the value."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    for special in ("\\", ";", ","):
        value = value.replace(special, f"\\{special}")
    return NOT_IN_ICALENDAR.sub("\ufffd", value.replace("\n", "\\n"))


def property_lines(unfolded: Iterable[str]) -> bytes:
    return b"".join(folded(line) for line in unfolded)


def folded(line: str) -> bytes:
    """A line in pieces of at most 75 octets; each but the first begins with a space, and no character is cut."""
    raw = line.encode()
    pieces = []
    limit = LONGEST_ICALENDAR_LINE
    while len(raw) > limit:
        end = limit
        # Octets such as 10xxxxxx go on with a character.
        while raw[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(raw[:end])
        raw = raw[end:]
        limit = LONGEST_ICALENDAR_LINE - 1
    return b"\r\n ".join([*pieces, raw]) + b"\r\n"
