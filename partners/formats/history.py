"""The public history of a record as JSON and as a feed, and what the OpenAPI document says of it."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Model
from django.utils.translation import get_language, gettext

from partners.changes.moments import permanent_id
from partners.changes.public_history import PublicCell, PublicRevision, SupportChange, ValueTold
from partners.context import site_name
from partners.formats.atom import Feed, FeedEntry, write_atom
from partners.languages import short_day
from partners.models import DataVersion, Programme
from partners.nouns import Noun

ARROW = "→"


@dataclass(frozen=True)
class Addresses:
    """Where the history of a record stands: the whole addresses of its page, its JSON and its feed."""

    record: str
    page: str
    json: str
    feed: str

    def of_revision(self, number: int) -> str:
        """The permanent address of a revision: the history up to it, which begins with it."""
        return f"{self.page}?up_to={number}#revision-{number}"


@dataclass(frozen=True)
class History:
    """The public history of a record as it leaves."""

    noun: Noun
    record: Model
    revisions: Sequence[PublicRevision]
    older: int | None
    addresses: Addresses


# JSON ----------------------------------------------------------------------------------------------------------------


def history_as_json(history: History, up_to: int | None) -> dict:
    here = history.addresses.json

    def link(number: int | None) -> str | None:
        return f"{here}?up_to={number}" if number else None

    return {
        "version": str(DataVersion.current()),
        "licence": settings.DATA_LICENCE or None,
        "record": history.record.slug,
        "links": {
            "self": link(up_to) or here,
            "older": link(history.older),
            "page": history.addresses.page,
            "feed": history.addresses.feed,
            "record": history.addresses.record,
        },
        "changes": [revision_row(history, revision) for revision in history.revisions],
    }


def revision_row(history: History, revision: PublicRevision) -> dict:
    return {
        "revision": revision.number,
        "at": revision.at.astimezone(datetime.UTC).isoformat(timespec="seconds"),
        "link": history.addresses.of_revision(revision.number),
        "appeared": revision.is_itself,
        "values": [cell_row(cell) for cell in revision.cells],
    }


def cell_row(cell: PublicCell) -> dict:
    return {
        "column": cell.column.name,
        "title": str(cell.column.title),
        "list": cell.column.many,
        "before": [told_row(told) for told in cell.before] if cell.is_known else None,
        "after": [told_row(told) for told in cell.after] if cell.is_known else None,
        "supports": [
            told_row(each.told) | {"column": each.field, "title": each.title, "now": each.now}
            for each in cell.supports
        ],
    }


def told_row(told: ValueTold) -> dict:
    return {"value": told.value, "label": told.text}


# A feed --------------------------------------------------------------------------------------------------------------


def history_as_feed(history: History, site: str) -> bytes:
    """The revisions, each as an entry; `site` is the address of the site."""
    programme = Programme.objects.first()
    key = programme.slug if programme else "", history.noun.table.name, history.record.slug
    record, addresses = history.record, history.addresses
    entries = [
        entry_of_revision(history, revision, permanent_id(*key, str(revision.number)))
        for revision in history.revisions
    ]
    feed = Feed(
        permanent_id(*key, "changes"),
        gettext("Changes: %s") % record,
        addresses.feed,
        addresses.page,
        entries[0].updated if entries else DataVersion.moment(DataVersion.current()),
        site_name(programme),
        site,
        settings.DATA_LICENCE,
        get_language() or "en",
    )
    return write_atom(feed, entries)


def entry_of_revision(history: History, revision: PublicRevision, id: str) -> FeedEntry:
    return FeedEntry(
        id,
        f"{short_day(revision.at)}: {history.record}",
        history.addresses.of_revision(revision.number),
        revision.at,
        revision.at,
        "",
        " ".join(f"{sentence}." for sentence in sentences(revision)),
    )


def sentences(revision: PublicRevision) -> list[str]:
    """What a revision changed, as plain text."""
    appeared = [gettext("In the directory")] if revision.is_itself else []
    return appeared + [f"{cell.column.title}: {change_in_words(cell)}" for cell in revision.cells]


def change_in_words(cell: PublicCell) -> str:
    """Before and after of a value, or what came and went of a list, as plain text."""
    before, after = ("; ".join(told.text for told in values) for values in (cell.before, cell.after))
    if not cell.is_known:
        return gettext("changed")
    if not cell.column.many:
        return f"{before or gettext('(empty)')} {ARROW} {after or gettext('(empty)')}"
    parts = []
    if after:
        parts.append(gettext("added %s") % after)
    if before:
        parts.append(gettext("removed %s") % before)
    parts += [
        support_in_words(each).format(source=each.told.text, value=each.title) for each in cell.supports
    ]
    return ", ".join(parts)


def support_in_words(support: SupportChange) -> str:
    """A sentence about a source that stays, into which its name and the title of the value are to be set."""
    if not support.field:
        return (
            gettext("{source} now supports the whole record")
            if support.now
            else gettext("{source} no longer supports the whole record")
        )
    return (
        gettext("{source} now also supports “{value}”")
        if support.now
        else gettext("{source} no longer supports “{value}”")
    )
