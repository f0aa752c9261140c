"""How often somebody has saved something at the desk of this server: all of its processes know at once, without asking
the database.

`genesis/serving.py` imports this before the processes are started, so that they share what is made here.
"""

import mmap

BYTES = 8
shared = mmap.mmap(-1, BYTES)


def saves_noted() -> int:
    """A number that is another one after each save."""
    return int.from_bytes(shared[:BYTES], "little")


def note_save() -> None:
    """Somebody may have changed something, and has not been told so yet.

    Two at once may come to the same number: whoever sees it sees what both have changed.
    """
    shared[:BYTES] = (saves_noted() + 1).to_bytes(BYTES, "little")
