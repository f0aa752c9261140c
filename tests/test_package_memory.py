"""A package of any size is loaded and dumped in the same memory."""

import tracemalloc

import pytest

from partners.exchange.package import dump, load
from tests.packages import generate, source, write_table

# Two batches and four. All tables go the same way; sources is the one that needs no other.
FEW, MANY = 4_000, 8_000


@pytest.mark.django_db
def test_memory_does_not_grow_with_the_package(tmp_path):
    few, many = (package_of_sources(tmp_path / str(number), number) for number in (FEW, MANY))

    peaks_of_few = [peak(load, few), peak(load, few), peak(dump, tmp_path / "dump-few")]
    peaks_of_many = [peak(load, many), peak(load, many), peak(dump, tmp_path / "dump-many")]

    # If they were held, the other 4,000 rows would take some 600 bytes each.
    growth = [more - less for less, more in zip(peaks_of_few, peaks_of_many, strict=True)]
    assert max(growth) < 1_000_000, (peaks_of_few, peaks_of_many)


def package_of_sources(folder, number):
    generate(folder, 0)
    write_table(folder, "sources", (source(each) for each in range(number)))
    return folder


def peak(action, folder) -> int:
    """The most memory, in bytes, that Python's own objects take during an action."""
    tracemalloc.start()
    try:
        action(folder)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
