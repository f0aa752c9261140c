"""Whether the replicas of the database answer, and follow it."""

import time
from collections.abc import Iterator

from django.db import Error, connections

from partners.health.trouble import Trouble, one_line
from partners.models import DataVersion
from partners.replicas import replicas

# Seconds within which a replica comes to where the primary was.
CATCHES_UP = 1
BETWEEN_VERSIONS = 0.02


def of_replicas() -> Iterator[Trouble]:
    """Of each replica whether it answers, is one, and follows. Public answers do without one that does not."""
    try:
        version = DataVersion.current()
    except Error:
        # Nobody knows how far they would have to be.
        version = 0
    for alias in replicas():
        yield from of_replica(alias, version)


def of_replica(alias: str, version: int) -> Iterator[Trouble]:
    name = name_of_replica(alias)
    try:
        is_following = follows(alias)
        is_near = comes_to(alias, version)
    except Error as error:
        do = "Start it, or take it out of DATABASE_REPLICA_URLS."
        yield Trouble(f"{name} does not answer: {one_line(error)}", do, bearable=True)
        return
    if not is_following:
        do = (
            "Name servers in DATABASE_REPLICA_URLS that follow that of DATABASE_URL, and start the site anew."
        )
        yield Trouble(f"{name} follows no other server.", do, bearable=True)
    elif not is_near:
        do = "See in its log whether it reaches the primary, and whether its disk keeps up."
        yield Trouble(f"{name} is behind by more than {CATCHES_UP} second.", do, bearable=True)


def follows(alias: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        return cursor.fetchone()[0]


def comes_to(alias: str, version: int) -> bool:
    """Whether a replica comes to a data version within a moment."""
    end = time.monotonic() + CATCHES_UP
    while DataVersion.current(alias) < version:
        if time.monotonic() > end:
            return False
        time.sleep(BETWEEN_VERSIONS)
    return True


def name_of_replica(alias: str) -> str:
    """Which one it is, in words: by the order in DATABASE_REPLICA_URLS, and where it is."""
    settings = connections[alias].settings_dict
    port = f":{settings['PORT']}" if settings["PORT"] else ""
    return f"Replica {alias.removeprefix('replica')} ({settings['HOST']}{port})"


def any_replica_answers() -> bool:
    """Whether readers are answered without the primary."""
    for alias in replicas():
        try:
            DataVersion.current(alias)
        except Error:
            continue
        return True
    return False
