"""A package of any size is loaded and dumped in the same memory."""

import pytest

from partners.exchange.package import dump, load
from tests.memory import peak_of
from tests.packages import generate, source, write_table

# Two batches and four. All tables go the same way; sources is the one that needs no other.
FEW, MANY = 4_000, 8_000


@pytest.mark.django_db
def test_memory_does_not_grow_with_the_package(tmp_path):
    few, many = (package_of_sources(tmp_path / str(number), number) for number in (FEW, MANY))

    peaks_of_few = [peak_of(load, few)[0], peak_of(load, few)[0], peak_of(dump, tmp_path / "dump-few")[0]]
    peaks_of_many = [peak_of(load, many)[0], peak_of(load, many)[0], peak_of(dump, tmp_path / "dump-many")[0]]

    # If they were held, the other 4,000 rows would take some 600 bytes each.
    growth = [more - less for less, more in zip(peaks_of_few, peaks_of_many, strict=True)]
    assert max(growth) < 1_000_000, (peaks_of_few, peaks_of_many)


def package_of_sources(folder, number):
    generate(folder, 0)
    write_table(folder, "sources", (source(each) for each in range(number)))
    return folder
