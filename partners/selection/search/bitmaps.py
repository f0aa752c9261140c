"""Sets of records: a whole number with a bit for each, and the pieces of it that the index keeps.

Numbers of Python are joined, cut and counted in one step each however long they are, so that a set of 100,000 records
costs as much as a few bytes do, and on either engine the same.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import compress, count
from operator import or_

from partners.models.search import CHUNK

BITMAP_BYTES = CHUNK // 8
# Fewer places than this are listed one by one, two bytes each.
FEWEST_AS_BITMAP = BITMAP_BYTES // 2
ONE = ord("1")
# A set of fewer is quicker made bit by bit.
FEW_AT_ONCE = 64
FEW_BY_BIT = 16
BITS = bytes.maketrans(b"01", b"\x00\x01")


def pack(bits: int) -> bytes:
    """The places of one chunk as the index keeps them: a list of a few, else a bit for each."""
    if bits.bit_count() < FEWEST_AS_BITMAP:
        return array("H", places_of(bits)).tobytes()
    return bits.to_bytes(BITMAP_BYTES, "little")


def unpack(places: bytes) -> int:
    """The opposite of `pack`."""
    if len(places) == BITMAP_BYTES:
        return int.from_bytes(places, "little")
    return bits_of(array("H", bytes(places)))


def bits_of(places: Sequence[int]) -> int:
    """The set of some places in one chunk."""
    if len(places) < FEW_AT_ONCE:
        return reduce(or_, (1 << place for place in places), 0)
    marks = bytearray(b"0") * CHUNK
    for place in places:
        marks[CHUNK - 1 - place] = ONE
    return int(marks, 2)


def places_of(bits: int) -> list[int]:
    """The numbers whose bits are set, in their order."""
    if bits.bit_count() < FEW_BY_BIT:
        return list(each_bit(bits))
    return list(compress(count(), bin(bits)[:1:-1].encode().translate(BITS)))


def each_bit(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def joined_chunks(chunks: Mapping[int, int]) -> int:
    """The set of all records, from the sets of the chunks by their number."""
    if not chunks:
        return 0
    whole = bytearray((max(chunks) + 1) * BITMAP_BYTES)
    for chunk, bits in chunks.items():
        whole[chunk * BITMAP_BYTES : (chunk + 1) * BITMAP_BYTES] = bits.to_bytes(BITMAP_BYTES, "little")
    return int.from_bytes(whole, "little")


def set_of(records: Iterable[int]) -> int:
    """The set of some records, however many."""
    chunks: dict[int, list[int]] = defaultdict(list)
    for record in records:
        chunks[record // CHUNK].append(record % CHUNK)
    return joined_chunks({chunk: bits_of(places) for chunk, places in chunks.items()})
