"""One line on the terminal that says how far a long job is."""

import time
from collections.abc import Callable
from typing import TextIO

type_of_progress = Callable[[str, int, int], None]

SECONDS_BEFORE_FIRST = 2
SECONDS_BETWEEN = 0.2
BAR_WIDTH = 20


def silent(doing: str, done: int, total: int) -> None:
    """For callers without a terminal."""


class ProgressLine:
    """Draws `done` of `total` on one line; on a terminal only, and only for a job that takes long."""

    def __init__(self, stream: TextIO):
        self.stream = stream
        self.wanted = stream.isatty()
        self.next = time.monotonic() + SECONDS_BEFORE_FIRST
        self.drawn = False

    def __call__(self, doing: str, done: int, total: int) -> None:
        if not self.wanted or time.monotonic() < self.next:
            return
        share = min(done / total, 1) if total else 0
        bar = "#" * int(share * BAR_WIDTH)
        self.stream.write(f"\r\x1b[K[{bar:<{BAR_WIDTH}}] {share:4.0%}  {doing}")
        self.stream.flush()
        self.drawn = True
        self.next = time.monotonic() + SECONDS_BETWEEN

    def clear(self) -> None:
        """Take the line away, so that what is printed next stands on its own."""
        if self.drawn:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
            self.drawn = False
