"""What the first screen of public pages needs: it comes in the first round of packets."""

import datetime
import gzip
import hashlib
import html
import random
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from genesis.statics import smaller
from partners.caching import without_indentation
from partners.models import Event
from tests.benchmarks.data import FIRST
from tests.benchmarks.weight import PAGES, PARTNERS, waited_for, weigh
from tests.database import db_of_file  # noqa: F401 (a fixture)
from tests.packages import SHIPPED
from tests.records import make_event

# What a server may send before the first answer of the visitor: ten packets (RFC 6928), with their headers.
MOST = 14 * 1024


@pytest.fixture(scope="module")
def shipped(db):
    """The shipped data, read by every test of this module."""
    call_command("load_dataset", SHIPPED, verbosity=0)


def sent(path: str) -> bytes:
    """A page or a style sheet as it is sent where files are named by what is in them."""
    if not path.startswith("/static/"):
        page = Client().get(path).content.decode()
        return packed(re.sub(r"(/static/partners/[\w-]+)(?=\.)", named_by_content, page))
    name = re.sub(r"\.[0-9a-f]{12}\.", ".", path.removeprefix("/static/"))
    return packed(smaller(Path(finders.find(name)).read_text(encoding="utf-8")))


def named_by_content(found: re.Match) -> str:
    return f"{found[0]}.{hashlib.sha256(found[0].encode()).hexdigest()[:12]}"


def packed(text: str) -> bytes:
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


@pytest.mark.parametrize(
    "path", [f"{language}{path}" for path in (*PAGES, *PARTNERS) for language in ("", "/nl")]
)
def test_first_screen_comes_in_the_first_packets(shipped, path):
    """With some bytes to spare: what is added to a first screen has to be taken from it."""
    assert waited_for(gzip.decompress(sent(path)).decode())
    assert weigh(path, sent) <= MOST


def test_a_timeline_of_a_thousand_events_comes_in_the_first_packets_year_by_year(shipped):
    """Last of those that read the shipped data, which it adds to."""
    dice, day = random.Random(15), datetime.date(2025, 1, 1)
    for number in range(1_000 - Event.objects.count()):
        title = " ".join(dice.sample(FIRST, 5))
        make_event(
            title,
            date=day + datetime.timedelta(days=2 * number),
            summary_en=f"{title} {' '.join(dice.sample(FIRST, 20))}.",
        )

    years = re.findall(
        r'<a href="([^"]*date_after=\d{4}-01-01[^"]*)"', gzip.decompress(sent("/timeline/")).decode()
    )

    assert len(years) >= 6
    for path in ["/timeline/", *(f"/timeline/{html.unescape(year)}" for year in years)]:
        assert weigh(path, sent) <= MOST, path


def test_white_space_goes_where_it_lays_out_a_template_and_nowhere_else():
    page = b"<ul>\n    <li>\n\n      One\n  two</li>\n</ul>\n<pre>\n  kept\n\n  so</pre>\n  <p>a</p>\n  <textarea>\n  b\n</textarea>"

    assert without_indentation(page) == (
        b"<ul>\n<li>\nOne\ntwo</li>\n</ul>\n<pre>\n  kept\n\n  so</pre>\n<p>a</p>\n<textarea>\n  b\n</textarea>"
    )


def test_style_sheets_lose_what_is_for_those_who_write_them():
    style = (
        '/* Why. */\nmain > :not(.head) {\n  width: calc(50% - 1rem);\n}\n.a::after { content: "a;  b" ; }\n'
    )

    assert smaller(style) == 'main>:not(.head){width:calc(50% - 1rem)}.a::after{content:"a;  b"}'
