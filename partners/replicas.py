"""Public answers from replicas: servers of PostgreSQL that follow the primary, each a moment behind it.

While one of them is read, the default connection of the thread *is* a connection to it. So whatever an answer asks, by
the ORM or past it, is asked there, and nothing has to know. Curation, commands and whatever else nobody has sent here
go to the primary, as they do where there is no replica.

A process goes back behind nothing that it has answered with, nor behind what a visitor has already: both are data
versions, and a replica that has not come so far is passed over. So is one that does not answer, for a while.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.http import HttpResponse

from partners.engines.outage import is_outage
from partners.engines.snapshots import NeedsPrimary, is_replica
from partners.models import DataVersion

# Seconds for which a server that did not answer is not asked again.
LEFT_OUT_FOR = 5
# Seconds between two looks at how far the primary is. A replica may be behind by twice as much.
BETWEEN_LOOKS = 2
VERSION_IN_ETAG = re.compile(r'"([0-9]{1,19})-')

own = threading.local()


def replicas() -> list[str]:
    """The names of the connections to replicas; empty where there are none."""
    return [alias for alias, each in connections.settings.items() if each.get("REPLICA")]


class Servers:
    """What one process knows of the primary and its replicas. Safe to use from several threads."""

    def __init__(self):
        # The newest data version that was answered with.
        self.newest = 0
        # How far the primary was at the last look, and how far a replica has to be therefore.
        self.seen = self.expected = 0
        self.looked = float("-inf")
        self.left_out: dict[str, float] = {}
        self.turn = 0
        self.lock = threading.Lock()

    def note(self, version: int) -> None:
        """Something was answered with this data version."""
        with self.lock:
            self.newest = max(self.newest, version)

    def is_left_out(self, alias: str) -> bool:
        return time.monotonic() < self.left_out.get(alias, 0.0)

    def leave_out(self, alias: str, error: Exception) -> None:
        name = "The primary" if alias == DEFAULT_DB_ALIAS else alias
        logging.getLogger(__name__).warning("%s does not answer: %s", name, error)
        with self.lock:
            self.left_out[alias] = time.monotonic() + LEFT_OUT_FOR
            if alias == DEFAULT_DB_ALIAS:
                # What it had beyond its replicas, and nobody was shown, is not to be had.
                self.seen = self.expected = 0

    def look(self) -> None:
        """See now and then how far the primary is. A replica may be as far as it was at the look before, unless that
        was long ago."""
        with self.lock:
            since = time.monotonic() - self.looked
            if self.is_left_out(DEFAULT_DB_ALIAS) or since < BETWEEN_LOOKS:
                return
            self.looked = time.monotonic()
        try:
            version = DataVersion.current()
        except Error as error:
            self.leave_out(DEFAULT_DB_ALIAS, error)
            return
        with self.lock:
            self.expected = self.seen if since < 2 * BETWEEN_LOOKS else version
            self.seen = version

    def fit(self, request) -> Iterator[str]:
        """The servers that may answer a public request, the best first. Asks each one only when it is its turn."""
        least = max(self.newest, version_known_to(request))
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            # Curators see at once what others have just saved.
            if not self.is_left_out(DEFAULT_DB_ALIAS):
                yield DEFAULT_DB_ALIAS
        else:
            self.look()
            yield from self.replicas_at(lambda: max(least, self.expected))
            yield DEFAULT_DB_ALIAS
        # The primary has failed: one that did not answer a moment ago may be back.
        yield from self.replicas_at(lambda: least, try_all=True)
        yield DEFAULT_DB_ALIAS

    def replicas_at(self, least: Callable[[], int], try_all: bool = False) -> Iterator[str]:
        """The replicas that have come to a data version, beginning with another one each time. Those that are left out
        only where `try_all` says so."""
        aliases = replicas()
        with self.lock:
            self.turn += 1
            start = self.turn % len(aliases)
        for alias in aliases[start:] + aliases[:start]:
            if self.is_left_out(alias) and not try_all:
                continue
            try:
                version = DataVersion.current(alias)
            except Error as error:
                self.leave_out(alias, error)
                continue
            if version >= least():
                yield alias


servers = Servers()


def version_known_to(request) -> int:
    """The newest data version of what a visitor says to have; 0 where he says nothing, or what cannot be."""
    found = VERSION_IN_ETAG.findall(request.headers.get("If-None-Match", ""))
    now = time.time() * 1_000_000
    return max((version for each in found if (version := int(each)) <= now), default=0)


def read_anywhere(request, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """An answer to a public request, made with the first server that is new enough and can make it.

    The thread stays with that server until the answer has been sent. Raises what the last server said where none can.
    """
    if not replicas() or connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return answer()
    failed: Exception | None = None
    for alias in servers.fit(request):
        stand_in(alias)
        try:
            return answer()
        except NeedsPrimary:
            leave_replica()
            return answer()
        except Error as error:
            leave_replica()
            if not is_outage(error):
                raise
            servers.leave_out(alias, error)
            failed = error
    raise failed


def stand_in(alias: str) -> None:
    """Make a connection to a server the default one of this thread."""
    leave_replica()
    if alias != DEFAULT_DB_ALIAS:
        own.primary = connections[DEFAULT_DB_ALIAS]
        connections[DEFAULT_DB_ALIAS] = connections[alias]


def leave_replica(**_signal) -> None:
    """Give this thread its connection to the primary back. Called before and after each request (`apps.py`)."""
    primary = own.__dict__.pop("primary", None)
    if primary:
        connections[DEFAULT_DB_ALIAS] = primary
        # Others look at the ends of requests only whether the connections that they find can be closed.
        primary.close_if_unusable_or_obsolete()


def note_primary() -> None:
    """Note how far the primary is, once somebody has seen it there: nobody who asks this process is shown less."""
    if replicas():
        try:
            servers.note(DataVersion.current())
        except Error:
            # Nothing was seen of it.
            return


def reads_replica() -> bool:
    """Whether this thread reads a replica just now."""
    return is_replica(connections[DEFAULT_DB_ALIAS])
