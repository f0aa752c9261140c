"""The public package, its versions kept by date, and what changed between two of them."""

import base64
import csv
import datetime
import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from contextlib import suppress

import pytest
from django.core.management import CommandError, call_command
from frictionless import Package, system
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from partners.formats.csv import neutralize_formula
from partners.models import DataVersion, Organization, Programme
from partners.nouns import listed
from partners.release import release
from partners.tables.definitions import TABLES
from partners.templatetags.files import word_changes
from partners.versions import differences, keep_version, kept, kept_on, now, present
from partners.versions.comparing import columns_of_one
from partners.versions.packing import DESCRIPTOR, write_package
from partners.versions.storage import exclusive
from partners.views import data
from tests.elsewhere import at_once
from tests.laws import examples, seeds
from tests.memory import peak_of
from tests.records import changed_last, make_event, make_organization, make_partner, make_sector
from tests.shapes import csv_rows, get, raw
from tests.worlds import build_world

RELEASE = "tests"


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.VERSIONS_DIR = tmp_path / "versions"
    settings.PACKAGES_DIR = tmp_path / "packages"


def packed() -> bytes:
    file = io.BytesIO()
    write_package(file)
    return file.getvalue()


def tables_of(content: bytes) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {
            name.removesuffix(".csv"): csv_rows(package.read(name))
            for name in package.namelist()
            if name.endswith(".csv")
        }


# The package ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("seed", seeds(2))
def test_package_has_exactly_the_rows_of_every_listing(seed):
    build_world(seed)

    tables = tables_of(packed())

    for noun in listed():
        rows = {tuple(row.items()) for row in csv_rows(raw(get(noun, "csv")))}
        held = {tuple(row.items()) for row in tables[noun.table.name]}
        assert rows <= held
        if noun.table.name in ("agreements", "events", "sources"):
            assert rows == held
    everybody = {row["organization"] for row in tables["organizations"]}
    assert everybody == set(Organization.objects.published().values_list("slug", flat=True))


@pytest.mark.django_db
def test_package_of_the_shipped_data_is_valid_by_frictionless(tmp_path):
    call_command("load_dataset", stdout=io.StringIO(), stderr=io.StringIO())
    make_organization("=2+3", slug="awkward", summary_en='one,\n"two"\r\nthree')
    with zipfile.ZipFile(io.BytesIO(packed())) as package:
        package.extractall(tmp_path)

    with system.use_context(trusted=True):
        report = Package(str(tmp_path / DESCRIPTOR)).validate()

    assert report.valid, report.flatten(["fieldName", "rowNumber", "type", "note"])
    described = json.loads((tmp_path / DESCRIPTOR).read_text())
    for resource in described["resources"]:
        content = (tmp_path / resource["path"]).read_bytes()
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert (resource["bytes"], resource["rows"]) == (len(content), len(csv_rows(content)))
    assert [resource["name"] for resource in described["resources"]] == [table.name for table in TABLES]
    assert described["resources"][3]["rows"] > 24


@pytest.mark.django_db
def test_equal_data_make_equal_bytes():
    alpha = make_partner("Alpha", sectors=[make_sector("Chips")])
    before = packed()
    Organization.objects.filter(pk=alpha.pk).update(city="Delft")
    other = packed()
    Organization.objects.filter(pk=alpha.pk).update(city="")

    assert packed() == before != other
    with zipfile.ZipFile(io.BytesIO(before)) as package:
        assert {file.date_time for file in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.django_db
def test_package_names_no_programme_lead_that_is_not_public():
    lead = make_organization("Secret lead", publication_state="draft")
    event = make_event("Secret event", publication_state="draft")
    Programme.objects.create(slug="p", name_en="Programme", lead=lead, announcement=event)

    (programme,) = tables_of(packed())["programmes"]

    assert (programme["lead"], programme["announcement"]) == ("", "")
    assert "secret" not in str(tables_of(packed())).lower()


@pytest.mark.django_db
def test_package_costs_as_many_queries_whatever_its_rows(django_assert_num_queries):
    make_partner("Alpha")
    # One for each table, and the name of the programme.
    with django_assert_num_queries(len(TABLES) + 1):
        packed()
    for number in range(5):
        make_partner(f"Partner {number}", sectors=[make_sector()])
    with django_assert_num_queries(len(TABLES) + 1):
        packed()


@pytest.mark.django_db
def test_package_is_licensed_only_by_who_may(settings):
    def stated():
        with zipfile.ZipFile(io.BytesIO(packed())) as package:
            return json.loads(package.read(DESCRIPTOR)).get("licenses")

    assert stated() is None
    settings.DATA_LICENCE = "https://example.org/licence"
    assert stated() == [{"path": "https://example.org/licence"}]


# The present state on disk -------------------------------------------------------------------------------------------


@pytest.fixture
def times_made(monkeypatch):
    """Counts how often a package is made."""
    made = []

    def counted(file):
        made.append(file)
        return write_package(file)

    monkeypatch.setattr(now, "write_package", counted)
    return made


@pytest.mark.django_db
def test_package_is_made_once_for_each_state_and_release(times_made):
    alpha = make_partner("Alpha")

    first, again = present(RELEASE), present(RELEASE)
    Organization.objects.filter(pk=alpha.pk).update(city="Delft")
    changed = present(RELEASE)
    present("another release")

    assert first == again and len(times_made) == 3
    assert changed.facts.sha256 != first.facts.sha256
    assert changed.facts.sha256 == hashlib.sha256(changed.file.read_bytes()).hexdigest()
    assert changed.facts.version == DataVersion.current()


@pytest.mark.django_db
def test_only_the_newest_states_stay_on_disk(settings):
    alpha = make_partner("Alpha")
    (settings.PACKAGES_DIR / "left.unfinished").mkdir(parents=True)
    for city in "abcd":
        Organization.objects.filter(pk=alpha.pk).update(city=city)
        version = present(RELEASE)

    folders = [each for each in settings.PACKAGES_DIR.iterdir() if each.is_dir()]
    assert len(folders) == 2 and version.folder in folders


@pytest.mark.django_db
def test_what_a_crash_left_is_removed_when_a_version_is_kept(settings):
    make_partner("Alpha")
    left = settings.VERSIONS_DIR / "2026-01-01abc.unfinished"
    left.mkdir(parents=True)
    (left / "package.zip").write_bytes(b"half")

    changed_last(datetime.date(2026, 1, 2))
    version, is_new = keep_version(datetime.date(2026, 1, 2), RELEASE)

    assert is_new and version.file.exists() and not left.exists()


@pytest.mark.django_db
def test_package_that_was_cut_on_disk_is_made_anew():
    make_partner("Alpha")
    version = present(RELEASE)
    version.file.write_bytes(version.file.read_bytes()[:100])

    assert present(RELEASE).facts == version.facts
    assert zipfile.ZipFile(version.file).testzip() is None


@pytest.mark.django_db
def test_failure_leaves_nothing_behind(settings, monkeypatch):
    def broken(file):
        file.write(b"half")
        raise OSError("the disk is full")

    monkeypatch.setattr(now, "write_package", broken)
    with pytest.raises(OSError, match="full"):
        present(RELEASE)

    assert [each.name for each in settings.PACKAGES_DIR.iterdir()] == [".lock"]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_package(times_made):
    make_partner("Alpha")

    found = at_once([lambda: present(RELEASE)] * 4)

    assert len(found) == 4 and len({each.facts.sha256 for each in found}) == 1
    assert len(times_made) == 1


@pytest.mark.django_db
def test_reader_is_not_kept_waiting_for_somebody_else(client, settings, monkeypatch):
    monkeypatch.setattr(data, "PACKAGE_PATIENCE", 0.1)
    make_partner("Alpha")
    with exclusive(settings.PACKAGES_DIR, None):
        refused = client.get("/data/partner-directory.zip")
        page = client.get("/data/")
        changes = client.get("/data/versions/now/now/")

    assert (refused.status_code, changes.status_code) == (503, 503) and int(refused["Retry-After"])
    assert page.status_code == 200
    checksum = client.get("/data/partner-directory.zip.sha256").content.decode().split()[0]
    # What could not be said in that moment is said in the next one.
    assert checksum not in page.content.decode() and "ETag" not in page
    assert checksum in client.get("/data/").content.decode()


@pytest.mark.django_db
def test_differences_are_sent_whole_whatever_becomes_of_the_package(client, settings):
    make_partner("Alpha")
    run_keep_version("--date", "2026-01-01")
    make_partner("Beta")
    response = client.get("/data/versions/2026-01-01/now.csv")
    for folder in settings.PACKAGES_DIR.iterdir():
        shutil.rmtree(folder, ignore_errors=True)

    assert "beta" in raw(response).decode()


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["2026-W01-1", "20260101", "1 January 2026", "2026-02-30"])
def test_version_is_kept_by_a_day_that_has_an_address(day):
    with pytest.raises(CommandError, match="is not a day; allowed"):
        run_keep_version("--date", day)


# Versions ------------------------------------------------------------------------------------------------------------


def run_keep_version(*arguments: str) -> str:
    """Keep the present data, as if they were so since the day that is named, and return what is printed."""
    with suppress(ValueError, IndexError):
        changed_last(datetime.date.fromisoformat(arguments[-1]))
    printed = io.StringIO()
    call_command("keep_version", *arguments, stdout=printed)
    return printed.getvalue()


@pytest.mark.django_db
def test_version_is_kept_and_listed_with_its_checksum():
    make_partner("Alpha")

    said = run_keep_version("--date", "2026-01-01")

    (version,) = kept()
    checksum = hashlib.sha256(version.file.read_bytes()).hexdigest()
    assert version.file.read_bytes() == packed()
    assert version.facts == present(release()).facts
    assert checksum in said and f"2026-01-01  {version.rows}" in said
    assert version.rows == sum(map(len, tables_of(version.file.read_bytes()).values()))


@pytest.mark.django_db
def test_day_is_today_where_none_is_named():
    run_keep_version()

    assert [version.date for version in kept()] == [datetime.datetime.now(datetime.UTC).date().isoformat()]


@pytest.mark.django_db
def test_kept_version_is_never_overwritten():
    make_partner("Alpha")
    run_keep_version("--date", "2026-01-01")
    (before,) = kept()
    content = before.file.read_bytes()

    assert "nothing was done" in run_keep_version("--date", "2026-01-01")
    make_partner("Beta")
    with pytest.raises(CommandError, match="Other data are kept by 2026-01-01"):
        run_keep_version("--date", "2026-01-01")

    assert kept() == [before] and before.file.read_bytes() == content
    run_keep_version("--date", "2026-01-02")
    assert [version.date for version in kept()] == ["2026-01-02", "2026-01-01"]


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "2999-01-01", "../2026"])
def test_odd_day_is_refused(day, settings):
    with pytest.raises(CommandError):
        run_keep_version("--date", day)

    assert not settings.VERSIONS_DIR.exists()


@pytest.mark.django_db
def test_folder_that_is_no_whole_version_is_not_listed(settings):
    run_keep_version("--date", "2026-01-01")
    (settings.VERSIONS_DIR / "2026-01-02").mkdir()
    (settings.VERSIONS_DIR / "notes").mkdir()
    (settings.VERSIONS_DIR / "2026-01-03").mkdir()
    (settings.VERSIONS_DIR / "2026-01-03" / "about.json").write_text("{}")

    assert [version.date for version in kept()] == ["2026-01-01"]


# Differences ---------------------------------------------------------------------------------------------------------

COLUMNS = ["key", "part", "name", "note"]


def make_package(
    path, tables: dict[str, dict[tuple[str, str], tuple[str, str]]], columns=COLUMNS, primary=None
):
    """A package with tables of the same columns, of which the first two are the key unless another is named."""
    resources = []
    with zipfile.ZipFile(path, "w") as package:
        for table, rows in tables.items():
            text = io.StringIO()
            writer = csv.writer(text)
            writer.writerow([*columns, "follows"])
            for key, cells in sorted(rows.items()):
                writer.writerow([*map(neutralize_formula, (*key, *cells)), str(len(rows))])
            content = text.getvalue().encode()
            package.writestr(f"{table}.csv", content)
            fields = [*({"name": name} for name in columns), {"name": "follows", "derived": True}]
            resources.append(
                {
                    "name": table,
                    "path": f"{table}.csv",
                    "hash": hashlib.sha256(content).hexdigest(),
                    "schema": {"primaryKey": primary or columns[:2], "fields": fields},
                }
            )
        package.writestr(DESCRIPTOR, json.dumps({"resources": resources}))
    return path


# Ordered differently by bytes, by letters, and with the apostrophe of a spreadsheet.
WORDS = st.sampled_from(["", "a", "b", "B", "é", "=1", "-a", "'=", "z\r\ny", '"q", ;', "日本", "😀", "＝"])
ROWS = st.dictionaries(st.tuples(WORDS, WORDS), st.tuples(WORDS, WORDS), max_size=8)
PACKAGES = st.fixed_dictionaries({"one": ROWS, "two": ROWS})


def expected(old: dict, new: dict) -> set:
    """Every differing cell, found by looking at both as a whole."""
    found = set()
    for table in new:
        for key in old[table].keys() | new[table].keys():
            before, after = old[table].get(key), new[table].get(key)
            kind = "added" if before is None else "removed" if after is None else "changed"
            cells = zip(
                COLUMNS,
                (*key, *before) if before else [""] * 4,
                (*key, *after) if after else [""] * 4,
                strict=True,
            )
            found |= {(table, ";".join(key), kind, *cell) for cell in cells if cell[1] != cell[2]}
    return found


def cells_of(old, new) -> set:
    return {
        (cell.table, cell.key, change.kind, cell.column, cell.before, cell.after)
        for change in differences(old, new)
        for cell in change.cells
    }


OPPOSITE = {"added": "removed", "removed": "added", "changed": "changed"}


@examples(150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PACKAGES, PACKAGES)
def test_differences_are_exactly_the_edits_and_their_own_inverse(tmp_path, before, after):
    old, new = make_package(tmp_path / "old.zip", before), make_package(tmp_path / "new.zip", after)

    found = cells_of(old, new)

    assert found == expected(before, after)
    assert cells_of(new, old) == {
        (table, key, OPPOSITE[kind], column, b, a) for table, key, kind, column, a, b in found
    }
    assert cells_of(old, old) == set()


@given(
    *[st.lists(st.sampled_from(["a", "b", "the", " ", "\n", ", "]), max_size=30).map("".join)] * 2,
)
def test_pieces_of_a_changed_text_make_both_texts(old, new):
    pieces = word_changes(old, new)

    if pieces:
        assert "".join(text for kind, text in pieces if kind != "new") == old
        assert "".join(text for kind, text in pieces if kind != "old") == new


def test_change_of_a_word_is_told_from_a_new_text():
    assert word_changes("one two three", "one 2 three") == [
        ("same", "one "),
        ("old", "two "),
        ("new", "2 "),
        ("same", "three"),
    ]
    assert word_changes("Delft", "Ghent") == word_changes("", "Ghent") == []
    assert word_changes("Not known", "Not binding") == []
    assert word_changes("a " * 600, "a " * 601) == []


def test_table_or_column_that_only_one_release_has_is_told(tmp_path):
    rows = {("a", "b"): ("c", "d")}
    old = make_package(tmp_path / "old.zip", {"one": rows})
    new = make_package(
        tmp_path / "new.zip", {"one": rows, "two": rows}, columns=["key", "part", "name", "remark"]
    )

    assert {(change.table, change.kind) for change in differences(old, new)} == {("two", "added")}
    assert columns_of_one(old, new) == [("one", "note", "removed"), ("one", "remark", "added")]


def test_a_key_that_has_grown_tells_the_same_rows_apart(tmp_path):
    """What an earlier release could not tell apart was empty then."""
    before = {("a", "b"): ("c", ""), ("b", ""): ("", "")}
    after = {("a", "b"): ("d", ""), ("a", "c"): ("", "new"), ("b", ""): ("", "")}
    old = make_package(tmp_path / "old.zip", {"one": before}, columns=["key", "part", "name", "gone"])
    new = make_package(tmp_path / "new.zip", {"one": after}, primary=["key", "part", "note"])

    assert cells_of(old, new) == {
        ("one", "a;b;", "changed", "name", "c", "d"),
        ("one", "a;c;new", "added", "key", "", "a"),
        ("one", "a;c;new", "added", "part", "", "c"),
    }
    assert {each[:3] for each in cells_of(new, old)} == {
        ("one", "a;b;", "changed"),
        ("one", "a;c;new", "removed"),
    }


def test_cells_of_any_length_are_compared_and_the_limit_of_others_stays(tmp_path):
    before = csv.field_size_limit()
    old = make_package(tmp_path / "old.zip", {"one": {("a", ""): ("x" * 300_000, "")}})
    new = make_package(tmp_path / "new.zip", {"one": {("a", ""): ("x" * 300_001, "")}})

    assert len(cells_of(old, new)) == 1
    assert csv.field_size_limit() == before


def test_package_in_no_order_is_refused_rather_than_misread(tmp_path):
    rows = {("a", ""): ("", ""), ("b", ""): ("", "")}
    old = make_package(tmp_path / "old.zip", {"one": {}})
    new = make_package(tmp_path / "new.zip", {"one": dict(reversed(rows.items()))})
    with zipfile.ZipFile(new) as package:
        lines, descriptor = package.read("one.csv").splitlines(), package.read(DESCRIPTOR)
    with zipfile.ZipFile(new, "w") as package:
        package.writestr("one.csv", b"\r\n".join([lines[0], *reversed(lines[1:])]))
        package.writestr(DESCRIPTOR, descriptor)

    with pytest.raises(ValueError, match="in no order"):
        list(differences(old, new))


def test_comparing_takes_no_more_memory_for_more_rows(tmp_path):
    def peak(count: int) -> int:
        rows = {(f"{number:06}", ""): ("x" * 200, "") for number in range(count)}
        old = make_package(tmp_path / "old.zip", {"one": rows})
        new = make_package(tmp_path / "new.zip", {"one": dict.fromkeys(rows, ("y" * 200, ""))})
        most, found = peak_of(lambda: sum(1 for _ in differences(old, new)))
        assert found == count
        return most

    peak(10)
    assert peak(20_000) < peak(200) + 500_000


@pytest.mark.django_db
def test_edits_in_the_directory_are_the_differences_of_its_versions(client):
    build_world(5)
    run_keep_version("--date", "2026-01-01")
    slugs = [record.slug for record in Organization.objects.published().order_by("slug")[:3]]
    Organization.objects.filter(slug=slugs[0]).update(city="=Delft")
    Organization.objects.filter(slug=slugs[1]).update(established=1899, city="Ghent")
    make_event("New day", date=datetime.date(2026, 3, 4), cited=False)
    make_event("Draft day", publication_state="draft", cited=False)

    lines = csv_rows(raw(client.get("/data/versions/2026-01-01/now.csv")))

    organizations = [tuple(line.values())[1:] for line in lines if line["table"] == "organizations"]
    old = {name: tables_of(kept()[0].file.read_bytes())["organizations"] for name in slugs}
    established = next(row["established"] for row in old[slugs[1]] if row["organization"] == slugs[1])
    assert sorted(organizations) == sorted(
        [
            (slugs[0], "changed", "city", "", "'=Delft"),
            (slugs[1], "changed", "city", "", "Ghent"),
            (slugs[1], "changed", "established", established, "1899"),
        ]
    )
    events = {(line["key"], line["change"], line["column"], line["new"]) for line in lines} & {
        ("new-day", "added", "date", "2026-03-04"),
        ("new-day", "added", "title_en", "New day"),
    }
    assert len(events) == 2
    assert {line["table"] for line in lines} == {"organizations", "events"}
    page = client.get("/data/versions/2026-01-01/now/").content.decode()
    assert "<ins>=Delft</ins>" in page and "new-day" in page and "draft-day" not in page


# Addresses -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_package_is_sent_whole_with_its_length_and_digest(client):
    make_partner("Alpha")

    response = client.get("/data/partner-directory.zip", headers={"Accept-Encoding": "gzip, br"})
    content = raw(response)
    head = client.head("/data/partner-directory.zip")
    assert raw(head) == b""

    digest = hashlib.sha256(content)
    assert content == packed()
    assert response["Content-Length"] == head["Content-Length"] == str(len(content))
    assert "Content-Encoding" not in response
    assert response["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    checksum = raw(client.get("/data/partner-directory.zip.sha256")).decode()
    assert checksum == f"{digest.hexdigest()}  partner-directory.zip\n"
    assert 'filename="partner-directory.zip"' in response["Content-Disposition"]


@pytest.mark.django_db
def test_kept_version_is_served_as_it_was(client):
    make_partner("Alpha")
    content = packed()
    run_keep_version("--date", "2026-01-01")
    make_partner("Beta")

    response = client.get("/data/versions/partner-directory-2026-01-01.zip")

    assert raw(response) == content
    assert 'filename="partner-directory-2026-01-01.zip"' in response["Content-Disposition"]
    checksum = hashlib.sha256(content).hexdigest()
    assert (
        raw(client.get("/data/versions/partner-directory-2026-01-01.zip.sha256"))
        .decode()
        .startswith(checksum)
    )
    assert checksum in client.get("/data/versions/").content.decode()


@pytest.mark.django_db
def test_checksum_of_a_kept_version_names_its_file(client, tmp_path):
    make_partner("Alpha")
    run_keep_version("--date", "2026-01-01")
    name = "partner-directory-2026-01-01.zip"
    for ending in ("", ".sha256"):
        (tmp_path / f"{name}{ending}").write_bytes(raw(client.get(f"/data/versions/{name}{ending}")))

    subprocess.run([shutil.which("sha256sum"), "-c", f"{name}.sha256"], cwd=tmp_path, check=True)


@pytest.mark.django_db
@pytest.mark.parametrize("ending", ["", ".sha256"])
def test_kept_version_stays_known_by_its_etag_whatever_changes(client, ending):
    make_partner("Alpha")
    run_keep_version("--date", "2026-01-01")
    address = f"/data/versions/partner-directory-2026-01-01.zip{ending}"
    first = client.get(address)
    raw(first)
    make_partner("Beta")
    run_keep_version("--date", "2026-01-02")

    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    other = client.get(address.replace("01.zip", "02.zip"), headers={"If-None-Match": first["ETag"]})

    assert hashlib.sha256(packed_on("2026-01-01")).hexdigest() in first["ETag"]
    assert (again.status_code, other.status_code) == (304, 200)
    assert other["ETag"] != first["ETag"] and raw(other)


def packed_on(date: str) -> bytes:
    return kept_on(date).file.read_bytes()


@pytest.mark.django_db
def test_pages_follow_a_new_version_at_once(client):
    make_partner("Alpha")
    for address in ("/data/", "/data/versions/"):
        first = client.get(address)
        day = f"2026-01-0{len(kept()) + 1}"
        run_keep_version("--date", day)
        again = client.get(address, headers={"If-None-Match": first["ETag"]})

        assert day not in first.content.decode()
        assert again.status_code == 200 and day in again.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "2020-01-01/now/",
        "now/2020-01-01.csv",
        "partner-directory-2020-01-01.zip",
        "partner-directory-x.zip.sha256",
    ],
)
def test_missing_version_is_404_that_names_those_there_are(client, address):
    make_partner("Alpha")
    run_keep_version("--date", "2026-01-01")

    response = client.get(f"/data/versions/{address}")

    assert response.status_code == 404
    text = response.content.decode()
    assert "2026-01-01" in text and ("2020-01-01" in text or "<code>x</code>" in text)


@pytest.mark.django_db
@pytest.mark.parametrize("pair", [("2026-01-01", "2026-01-01"), ("now", "now"), ("2026-01-01", "now")])
def test_between_equal_versions_nothing_changed(client, pair):
    make_partner("Alpha")
    run_keep_version("--date", "2026-01-01")

    page = client.get(f"/data/versions/{pair[0]}/{pair[1]}/").content.decode()

    assert "Nothing changed" in page
    assert (
        raw(client.get(f"/data/versions/{pair[0]}/{pair[1]}.csv")) == b"table,key,change,column,old,new\r\n"
    )


@pytest.mark.django_db
def test_page_of_many_changes_is_cut_and_says_so(client, monkeypatch):
    monkeypatch.setattr(data, "MOST_CHANGES_SHOWN", 3)
    run_keep_version("--date", "2026-01-01")
    for number in range(5):
        make_event(f"Day {number}", cited=False)

    page = client.get("/data/versions/2026-01-01/now/").content.decode()

    assert page.count('<article class="added">') == 3
    assert "the first 3 of 5 rows" in " ".join(page.split())
    assert len({line["key"] for line in csv_rows(raw(client.get("/data/versions/2026-01-01/now.csv")))}) == 5


@pytest.mark.django_db
def test_form_leads_to_the_comparison(client):
    run_keep_version("--date", "2026-01-01")
    response = client.get("/data/versions/?old=2026-01-01&new=now")

    assert (response.status_code, response["Location"]) == (302, "/data/versions/2026-01-01/now/")
    for odd in ("../../etc", "2020-01-01", "%00", "<script>"):
        refused = client.get(f"/data/versions/?old={odd}&new=now")
        assert refused.status_code == 404 and "<script>" not in refused.content.decode()
