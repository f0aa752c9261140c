"""What follows from the public data alone, kept in the memory of each process until the data change.

Whoever makes a public answer says here at which version of the data (`caching.py`). Labels of facets, rows of cards and
the like are then read once for that version and language, whatever page asks for them. The version is read before the
data, so nothing here is older than it says; after a change every process asks for the new version in its very next
request, and forgets what it had of the one before.

Nothing is kept, and nothing that was kept is given, where no version was said (curation, previews, commands), nor
where one state of the directory or a past of it is read (`one_indexed_state`).
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.utils.translation import get_language

# A row of a card takes some 10 kB, a label far less.
MOST_THINGS_KEPT = 2000

Key = TypeVar("Key", bound=Hashable)
Thing = TypeVar("Thing")

making = threading.local()


class KeptThings:
    """Things of one version of the data by their names, the least recently used of which give way. Safe to use from
    several threads."""

    def __init__(self, most: int):
        self.most = most
        self.version: int | None = None
        self.things: OrderedDict[Hashable, object] = OrderedDict()
        self.lock = threading.Lock()

    def get(self, version: int, names: Collection[Hashable]) -> dict:
        """Those of some things that are kept, by their names."""
        with self.lock:
            if version != self.version:
                return {}
            found = {name: self.things[name] for name in names if name in self.things}
            for name in found:
                self.things.move_to_end(name)
            return found

    def put(self, version: int, things: dict) -> None:
        with self.lock:
            if version != self.version:
                self.things.clear()
                self.version = version
            self.things |= things
            while len(self.things) > self.most:
                self.things.popitem(last=False)

    def clear(self) -> None:
        with self.lock:
            self.things.clear()


things = KeptThings(MOST_THINGS_KEPT)


@contextmanager
def at_version(version: int | None) -> Iterator[None]:
    """Within the block this thread makes an answer at a version of the data; None where nothing is to be kept."""
    before = version_here()
    making.version = version
    try:
        yield
    finally:
        making.version = before


def version_here() -> int | None:
    """The version at which this thread makes an answer; None where there is none."""
    return getattr(making, "version", None)


def kept_each(
    kind: Hashable, keys: Collection[Key], read: Callable[[list[Key]], dict[Key, Thing]]
) -> dict[Key, Thing]:
    """Things of a kind by their keys, in the order of the keys. `read` gives those of some keys, without such as there
    are not. Nobody changes what is kept."""
    version = version_here()
    if version is None:
        found = read(list(keys))
        return {key: found[key] for key in keys if key in found}
    names = {key: (kind, get_language(), key) for key in keys}
    kept = things.get(version, names.values())
    if missing := [key for key, name in names.items() if name not in kept]:
        read_now = {names[key]: thing for key, thing in read(missing).items()}
        things.put(version, read_now)
        kept |= read_now
    return {key: kept[name] for key, name in names.items() if name in kept}


def kept_thing(name: Hashable, read: Callable[[], Thing]) -> Thing:
    """One thing by its name. Nobody changes what is kept."""
    return kept_each(name, [""], lambda _keys: {"": read()})[""]
