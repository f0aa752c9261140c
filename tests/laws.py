"""How laws draw their examples.

In `make test` they are the same ones in every run, so that a run fails for what was changed and for nothing else. In
`make test-long` they are ten times as many, drawn afresh from a seed that it prints; `SEED=…` draws them once more.
"""

import os

from hypothesis import settings

SEED = int(os.environ.get("TEST_SEED") or 0)
TIMES = 10 if SEED else 1


def examples(number: int, **others) -> settings:
    """The settings of a law that is tried on so many examples."""
    return settings(max_examples=TIMES * number, deadline=None, derandomize=not SEED, **others)


def seeds(number: int) -> list[int]:
    """The seeds of so many generated directories or walks."""
    return [SEED + each for each in range(1, TIMES * number + 1)]
