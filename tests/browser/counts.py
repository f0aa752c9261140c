"""What the jobs of a day at the desk took, in keys, clicks and pages."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Count:
    """What a job took: keys beyond the characters of values, clicks, and pages after the one that it began on."""

    keys: int
    clicks: int
    pages: int

    def __str__(self):
        return f"{self.keys:>4} keys {self.clicks:>4} clicks {self.pages:>4} pages"


# What each job took, as the run says at its end.
COUNTED: dict[str, Count] = {}
