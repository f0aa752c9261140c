"""What is wrong, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong, in words for whoever runs the site. One that is `bearable` does not stop anything."""

    what: str
    do: str
    bearable: bool = False


def one_line(error: Exception) -> str:
    return " ".join(str(error).split())
