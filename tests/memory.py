"""How much memory an action takes."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def peak_of(action: Callable, *arguments) -> tuple[int, object]:
    """The most bytes that Python's own objects take during an action, and what it returns.

    What was there before is set apart. Otherwise objects that refer to each other would wait until they are a quarter
    of all objects of the process, and the peak would tell of the tests that ran before.
    """
    with prompt_collector():
        tracemalloc.start()
        try:
            returned = action(*arguments)
            return tracemalloc.get_traced_memory()[1], returned
        finally:
            tracemalloc.stop()


@contextmanager
def prompt_collector() -> Iterator[None]:
    """Objects that refer to each other are removed soon after nobody else refers to them."""
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    # Only a collection of everything makes the collector forget how many objects there were.
    gc.collect()
    gc.set_threshold(200, 5, 2)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
