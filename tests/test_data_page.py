"""The data page: every column with its meaning, how full it is, and addresses that work as they stand."""

import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format

from partners.formats.files import FILE_FORMATS
from partners.models import Agreement, Citation, DataVersion, Event, Organization
from partners.models.sources import TARGETS
from partners.nouns import listed
from partners.tables.columns import as_text, in_key_order, read_rows
from partners.tables.definitions import TABLES
from partners.tables.organizations import ORGANIZATIONS
from partners.tables.profile import SAMPLE, Filling, profile
from partners.tables.public import public_rows
from partners.tables.sources import CITATIONS
from partners.views import data_pages
from tests.laws import seeds
from tests.records import cite, make_organization, make_partner, make_programme, make_sector, make_source
from tests.shapes import csv_rows, raw, xlsx_rows
from tests.worlds import build_world

pytestmark = pytest.mark.django_db


def words_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def column_on_page(page: str, name: str) -> str:
    """What the page says of one column, by its deep link."""
    found = re.search(rf'<div id="{name}">(.*?)</div>\s*(?=<div id=|</dl>\s*</section>)', page, re.DOTALL)
    assert found, name
    return found.group(1)


# How full columns are ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", seeds(2))
def test_counts_and_examples_are_those_of_the_rows(seed):
    build_world(seed)

    for table in TABLES:
        rows = list(read_rows(in_key_order(public_rows(table), table), table.public_columns))
        found = profile(table)
        assert found.rows == len(rows)
        for place, filling in enumerate(found.columns):
            cells = [row[place] for row in rows]
            texts = [as_text(cell) for cell in cells if cell not in (None, "", [])]
            name = f"{table.name}.{filling.column.name}"
            # What repeats another column is counted there.
            assert filling.filled == (None if filling.column.repeats else len(texts)), name
            if filling.column.many:
                assert bool(filling.example) == bool(texts), name
                assert not texts or any(filling.example in text.split(";") for text in texts), name
            else:
                assert filling.example in texts if texts else filling.example == "", name
            if filling.column.vocabulary and not filling.column.repeats:
                assert filling.terms == {
                    value: cells.count(value) for value in filling.column.vocabulary.values
                }, name


def test_rare_value_has_its_example_too():
    for number in range(SAMPLE + 5):
        make_organization(f"Organization {number:03}", cited=False)
    Organization.objects.filter(slug=f"organization-{SAMPLE + 2:03}").update(ticker="RARE")

    found = {filling.column.name: filling for filling in profile(ORGANIZATIONS).columns}

    assert found["ticker"].example == "RARE"
    assert (found["ticker"].filled, found["ticker"].share) == (1, "2 %")
    assert (found["sectors"].example, found["sectors"].share) == ("", "0 %")


def test_nothing_unpublished_is_counted_or_an_example():
    sector = make_sector("Chips")
    make_organization("Secret", publication_state="draft", sectors=[sector], city="Secret city", names=["S"])

    for table in TABLES:
        for filling in profile(table).columns:
            assert "ecret" not in filling.example
    assert profile(ORGANIZATIONS).rows == 0
    assert {filling.filled for filling in profile(ORGANIZATIONS).columns} == {0}


@pytest.mark.parametrize(
    ("rows", "filled", "share"),
    [(0, 0, "–"), (3, 0, "0 %"), (1000, 1, "<1 %"), (1000, 999, ">99 %"), (3, 2, "67 %"), (3, 3, "100 %")],
)
def test_share_never_rounds_to_nothing_or_to_all(rows, filled, share):
    column = CITATIONS.public_columns[0]

    assert Filling(CITATIONS, column, rows, filled, "").share == share


def queries_of(client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_page_costs_as_many_queries_whatever_its_rows(client):
    """The data version twice, the programme, a count of each table, examples of eight that have rows, a search for
    one that is rare, a whole row of the three whose rows have a version; in the dictionary, which asks once for the
    version, the evidence of each kind of record besides, and has the programme from the page before."""
    make_programme()
    counts, of_dictionary = [], []
    for round in range(3):
        for number in range(1 + 4 * round):
            partner = make_partner(f"Partner {round} {number}", sectors=[make_sector()], names=["Other"])
            cite(partner, "name", source=make_source())
        raw(client.get("/data/partner-directory.zip"))
        counts.append(queries_of(client, f"/data/?{round}"))
        of_dictionary.append(queries_of(client, f"/data/dictionary/?{round}"))

    of_profiles = len(TABLES) + 8 + 1 + 3
    assert counts == [2 + 1 + of_profiles] * 3
    assert of_dictionary == [1 + of_profiles + len(TARGETS)] * 3


# What the page says --------------------------------------------------------------------------------------------------


PAGES_OF_DATA = ("/data/", "/data/dictionary/", "/data/recipes/")


@pytest.fixture
def page(client) -> str:
    """The page of the data with those below it, of a directory of two partners."""
    chips = make_sector("Chips")
    make_partner("Alpha", sectors=[chips], city="Delft", established=1999, ownership="startup")
    make_partner("Beta")
    return "".join(client.get(address).content.decode() for address in PAGES_OF_DATA)


def test_every_column_has_a_deep_link_and_says_what_it_is(page):
    for table in TABLES:
        for column in table.public_columns:
            said = words_of(column_on_page(page, f"{table.name}-{column.name}"))
            assert column.name in said and str(column.title) in said and column.datatype in said
            assert str(column.description) in said
            assert ("required" in said.split(str(column.title))[0]) == column.required
            if column.references:
                assert f"Key of {column.references}" in said
            for term in column.vocabulary or ():
                assert str(term.label) in said and str(term.definition) in said


def test_column_says_how_full_it_is_with_an_example_and_its_terms(page):
    assert "e.g. Delft 50 %" in words_of(column_on_page(page, "organizations-city"))
    ownership = words_of(column_on_page(page, "organizations-ownership"))
    assert "startup Start-up 1 " in ownership and "subsidiary Subsidiary 0 " in ownership
    assert "(Plaats)" in words_of(column_on_page(page, "organizations-city"))


def test_every_shape_of_every_listing_is_linked(page):
    for kind in listed():
        for shape in FILE_FORMATS:
            try:
                address = reverse(shape.route(kind))
            except NoReverseMatch:
                continue
            assert f'href="{address}"' in page, address
    assert 'href="/citations.csv"' in page


@pytest.mark.parametrize("address", PAGES_OF_DATA)
def test_every_address_on_a_page_works_and_every_anchor_exists(page, address, client):
    page = client.get(address).content.decode()
    anchors = set(re.findall(r' id="([^"]+)"', page))
    for link in set(re.findall(r'href="([^"]+)"', page)):
        link = unescape(link).removeprefix("http://testserver")
        if link.startswith("#"):
            assert link[1:] in anchors, link
        elif link.startswith("/") and not link.startswith(("/static/", "/admin/")):
            response = client.get(link, follow=True)
            assert response.status_code == 200, link
            response.getvalue()


def test_addresses_in_commands_work(page, client):
    commands = re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    addresses = [
        address for command in commands for address in re.findall(r"""http[^'"\s,}<]+""", unescape(command))
    ]
    for file in ["partners", "agreements", "timeline", "sources", "citations"]:
        # Two ways to read each.
        assert addresses.count(f"http://testserver/{file}.csv") >= 2
    for address in addresses:
        assert raw(client.get(address.removeprefix("http://testserver")))


# Copies what was fetched before, under the name at the end of its address.
CURL = """#!/bin/sh
for last; do :; done
name=$(basename "$last")
case "$1 $2" in
    "-fsS -o") cat "$FETCHED/$name" >"$3" ;;
    "-fsSO "*) cat "$FETCHED/$name" >"$name" ;;
    *) cat "$FETCHED/$name" ;;
esac
"""


@pytest.mark.parametrize("cut", [0, 1])
def test_commands_tell_a_whole_file_from_a_cut_one(page, client, tmp_path, cut):
    """They are run just as they stand on the page; only what they download is made here."""
    commands = [unescape(each) for each in re.findall(r"<pre[^>]*><code>(.*?)</code>", page, re.DOTALL)]
    checks = [each for each in commands if "sha256sum -c" in each]
    fetched, bin = tmp_path / "fetched", tmp_path / "bin"
    fetched.mkdir(), bin.mkdir()
    for address in re.findall(r"http://testserver([^'\s]+)", " ".join(checks)):
        content = raw(client.get(address))
        is_data = address.endswith((".csv", ".zip"))
        (fetched / address.rpartition("/")[2]).write_bytes(
            content[: len(content) - cut] if is_data else content
        )
    (bin / "curl").write_text(CURL)
    (bin / "curl").chmod(0o755)
    environment = os.environ | {"PATH": f"{bin}:{os.environ['PATH']}", "FETCHED": str(fetched)}

    results = [
        subprocess.run(
            [shutil.which("sh"), "-c", each], cwd=tmp_path, env=environment, capture_output=True
        ).returncode
        for each in checks
    ]

    assert results == [cut] * 2


def test_citation_names_the_state_by_its_whole_checksum(page, client):
    checksum = raw(client.get("/data/partner-directory.zip.sha256")).decode().split()[0]

    (citation,) = re.findall(r'<blockquote class="citation">(.*?)</blockquote>', page, re.DOTALL)
    (bibtex,) = re.findall(r"<code>(@misc.*?)</code>", page, re.DOTALL)
    for text in (citation, bibtex):
        assert checksum in text and "http://testserver/data/partner-directory.zip" in text
        assert date_format(DataVersion.moment(DataVersion.current()), "j F Y") in text


def test_package_is_described_with_its_checksum(page, client):
    checksum = raw(client.get("/data/partner-directory.zip.sha256")).decode().split()[0]

    assert checksum in page
    total = sum(each.rows for each in map(profile, TABLES))
    assert f"{len(TABLES)} tables with {total} rows" in words_of(page)


def test_checksum_of_a_large_package_is_at_its_own_address_only(client, monkeypatch):
    monkeypatch.setattr(data_pages, "MOST_ROWS_AT_ONCE", 0)
    make_partner("Alpha")
    checksum = raw(client.get("/data/partner-directory.zip.sha256")).decode().split()[0]

    page = client.get("/data/").content.decode()

    assert checksum not in page and "/data/partner-directory.zip.sha256" in page


def test_page_is_shown_when_nothing_can_be_written(client, settings, tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings.PACKAGES_DIR = tmp_path / "file"

    assert client.get("/data/?unwritable").status_code == 200


def test_licence_is_what_was_stated(client, settings):
    assert "No license has been chosen for this data yet." in client.get("/data/?none").content.decode()
    settings.DATA_LICENCE = "https://example.org/licence"
    assert 'href="https://example.org/licence"' in client.get("/data/?address").content.decode()
    settings.DATA_LICENCE = "Some <licence>"
    stated = client.get("/data/?name").content.decode()
    assert "Some &lt;licence&gt;" in stated and "No licence" not in stated


# Citations -----------------------------------------------------------------------------------------------------------


def test_citations_file_has_exactly_the_public_citations(client):
    build_world(6)
    register = make_source("Register")
    partner = make_organization("Alpha", cited=False)
    cite(partner, "city", source=register, quote="=in Delft", curator_note="never public")

    content = raw(client.get("/citations.csv"))

    rows = csv_rows(content)
    assert len(rows) == Citation.objects.public().count() < Citation.objects.count()
    assert b"never public" not in content and "curator_note" not in rows[0]
    alpha = [row for row in rows if row["organization"] == "alpha" and row["field"] == "city"]
    assert [row["quote"] for row in alpha] == ["'=in Delft"]
    known = {
        "organization": set(Organization.objects.published().values_list("slug", flat=True)),
        "agreement": set(Agreement.objects.published().values_list("slug", flat=True)),
        "event": set(Event.objects.published().values_list("slug", flat=True)),
    }
    for row in rows:
        (target,) = (name for name in known if row[name])
        assert row[target] in known[target]


def test_citations_file_takes_columns_and_refuses_what_it_does_not_know(client):
    cite(make_partner("Alpha"), "city")

    chosen = raw(client.get("/citations.csv?columns=field,source")).decode()
    assert next(csv.reader(io.StringIO(chosen))) == ["field", "source"]
    for query, word in (("columns=feild", "field"), ("q=alpha", "columns"), ("columns=field,field", "once")):
        refused = client.get(f"/citations.csv?{query}")
        assert refused.status_code == 400 and word in refused.content.decode(), query


def test_citations_have_the_same_rows_in_every_shape_and_a_description(client):
    build_world(6)
    query = "?columns=source,field,quote,retrieved_date"
    content = raw(client.get(f"/citations.csv{query}"))
    rows = csv_rows(content)

    lines = [json.loads(line) for line in raw(client.get(f"/citations.ndjson{query}")).splitlines()]
    described = json.loads(raw(client.get(f"/citations.csv-metadata.json{query}")))
    packaged = json.loads(raw(client.get(f"/citations.datapackage.json{query}")))["resources"][0]
    schema = json.loads(raw(client.get(f"/citations.schema.json{query}")))

    assert rows and [{k: v or "" for k, v in line.items()} for line in lines] == rows
    told = [
        tuple(v or "" for v in row.values()) for row in xlsx_rows(raw(client.get(f"/citations.xlsx{query}")))
    ]
    assert told == [tuple(row.values()) for row in rows]
    assert described["schema:sha256"] == hashlib.sha256(content).hexdigest()
    assert described["url"] == packaged["path"] == f"http://testserver/citations.csv{query}"
    assert packaged["rows"] == len(rows)
    assert [field["name"] for field in schema["fields"]] == list(rows[0])
    link = client.head(f"/citations.csv{query}")["Link"]
    assert f"<http://testserver/citations.csv-metadata.json{query}>" in link


def test_citations_file_costs_two_queries_whatever_its_rows(client, django_assert_num_queries):
    cite(make_partner("Alpha"))
    for _ in range(2):
        with django_assert_num_queries(2):
            raw(client.get("/citations.csv"))
        for number in range(5):
            cite(make_partner(), "city", quote=str(number))
