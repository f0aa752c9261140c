"""Many things, some at a time: a statement names only so many, and memory holds only so many."""

from collections.abc import Iterable, Iterator
from itertools import islice


def batches(things: Iterable, size: int) -> Iterator[list]:
    """Lists of so many of them each, in their order; the last one may be shorter."""
    rest = iter(things)
    while batch := list(islice(rest, size)):
        yield batch
