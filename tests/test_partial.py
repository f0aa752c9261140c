"""A download of the package that broke off can be taken up."""

import datetime
import io

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from partners.models import Organization
from partners.partial import asked_range
from tests.laws import examples
from tests.records import changed_last, make_partner
from tests.shapes import raw

KEPT = "/data/versions/partner-directory-2026-01-01.zip"
PACKAGES = ["/data/partner-directory.zip", KEPT]


@pytest.fixture
def whole(db, client, settings, tmp_path):
    """The bytes of each package, by its address."""
    settings.VERSIONS_DIR = tmp_path
    make_partner("Alpha")
    changed_last(datetime.date(2026, 1, 1))
    call_command("keep_version", date="2026-01-01", verbosity=0, stdout=io.StringIO())
    answers = {address: client.get(address) for address in PACKAGES}
    return {address: (raw(answer), answer) for address, answer in answers.items()}


def body(response) -> bytes:
    return response.getvalue()


@pytest.mark.parametrize("address", PACKAGES)
def test_part_of_a_package_is_given_where_one_is_asked_for(client, whole, address):
    content, response = whole[address]
    size = int(response["Content-Length"])
    assert (len(content), response["Accept-Ranges"]) == (size, "bytes")
    parts = {
        "bytes=0-0": (0, 1),
        "bytes=0-": (0, size),
        "bytes=5-99": (5, 100),
        f"bytes={size - 1}-": (size - 1, size),
        f"bytes=10-{size + 5}": (10, size),
        "bytes=-1": (size - 1, size),
        f"bytes=-{size + 7}": (0, size),
        "Bytes = 3 - 4": (3, 5),
    }

    for wanted, (start, end) in parts.items():
        part = client.get(address, headers={"Range": wanted, "Accept-Encoding": "gzip, br"})
        assert part.status_code == 206, wanted
        assert part["Content-Range"] == f"bytes {start}-{end - 1}/{size}"
        assert (body(part), int(part["Content-Length"])) == (content[start:end], end - start)
        assert part["ETag"] == response["ETag"] and "Content-Encoding" not in part

    for wanted in (f"bytes={size}-", f"bytes={size + 9}-{size + 10}", "bytes=-0"):
        refused = client.get(address, headers={"Range": wanted})
        assert (refused.status_code, refused["Content-Range"], body(refused)) == (416, f"bytes */{size}", b"")

    for wanted in (
        "bytes=0-1,4-5",
        "lines=0-1",
        "bytes=5-4",
        "bytes=-",
        "bytes=",
        "bytes=a-b",
        "x",
        "bytes=" + "9" * 5000 + "-",
    ):
        assert body(client.get(address, headers={"Range": wanted})) == content, wanted
    head = client.head(address, headers={"Range": "bytes=0-1"})
    # Closing the whole answer would end the connection to the database, which the tests share.
    for close in head._resource_closers:
        close()
    assert (head.status_code, int(head["Content-Length"])) == (200, size)


@pytest.mark.parametrize("address", PACKAGES)
def test_part_is_given_only_of_the_file_that_was_begun(client, whole, address):
    content, response = whole[address]
    etag = response["ETag"]
    assert etag.startswith('"')

    for condition, status in (
        (etag, 206),
        ('"other"', 200),
        (f"W/{etag}", 200),
        ("Thu, 01 Jan 2026 00:00:00 GMT", 200),
    ):
        answer = client.get(address, headers={"Range": "bytes=4-", "If-Range": condition})
        assert (answer.status_code, body(answer)) == (status, content[4:] if status == 206 else content)
    assert client.get(address, headers={"Range": "bytes=4-", "If-None-Match": etag}).status_code == 304


def test_package_of_another_state_has_another_name(client, whole):
    _content, before = whole[PACKAGES[0]]
    Organization.objects.update(name="Changed")

    answer = client.get(PACKAGES[0], headers={"Range": "bytes=4-", "If-Range": before["ETag"]})

    assert (answer.status_code, answer["ETag"] != before["ETag"]) == (200, True)
    assert body(answer).startswith(b"PK")


@examples(300)
@given(st.integers(0, 40), st.one_of(st.none(), st.integers(0, 60)), st.one_of(st.none(), st.integers(0, 60)))
def test_ranges_are_those_of_the_standard(size, first, last):
    wanted = asked_range(f"bytes={'' if first is None else first}-{'' if last is None else last}", size)
    content = list(range(size))

    if first is None and last is None or first is not None and last is not None and last < first:
        assert wanted is None
        return
    expected = (
        content[first : None if last is None else last + 1]
        if first is not None
        else content[size - min(last, size) :]
    )
    assert wanted == ((expected[0], expected[-1]) if expected else ())


def test_kept_version_needs_no_database(client, whole, django_assert_num_queries):
    """It never changes, so it is given while the database is away."""
    with django_assert_num_queries(0):
        assert body(client.get(KEPT)) == whole[KEPT][0]
