"""A kept version that is no longer what was kept: never given out as if it were, told in words, and nothing else suffers."""

import datetime
import hashlib
import io
import json
import os
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from partners.models import DataVersion
from partners.release import release
from partners.versions import Damaged, NotKept, digests, keep_version, kept_on
from tests.damages import DAMAGED, DAMAGES, SOUND, WRITTEN_OTHERWISE, flip_a_byte, say_otherwise
from tests.database import db_of_file as db  # noqa: F401 - a fixture
from tests.records import changed_last, make_partner
from tests.shapes import raw

NAME = f"partner-directory-{DAMAGED}"
ADDRESSES = (
    f"/data/versions/{NAME}.zip",
    f"/data/versions/{NAME}.zip.sha256",
    f"/data/versions/{DAMAGED}/now/",
    f"/data/versions/now/{DAMAGED}.csv",
    f"/data/versions/{DAMAGED}/{SOUND}/",
    f"/data/versions/?old={DAMAGED}&new=now",
)


@pytest.fixture(scope="module")
def two_versions(db, tmp_path_factory):  # noqa: F811
    """A folder with two versions, and what is in the package of each."""
    from django.conf import settings

    home, before = tmp_path_factory.mktemp("home"), (settings.VERSIONS_DIR, settings.PACKAGES_DIR)
    settings.VERSIONS_DIR, settings.PACKAGES_DIR = home / "versions", home / "packages"
    try:
        for day in (DAMAGED, SOUND):
            make_partner(f"Partner of {day}")
            changed_last(day)
            keep_version(day, "tests")
    finally:
        settings.VERSIONS_DIR, settings.PACKAGES_DIR = before
    return home / "versions"


@pytest.fixture
def folder(two_versions, settings, tmp_path):
    """The folder of the version that a test damages, in a copy of all."""
    settings.VERSIONS_DIR, settings.PACKAGES_DIR = tmp_path / "versions", tmp_path / "packages"
    shutil.copytree(two_versions, settings.VERSIONS_DIR)
    return settings.VERSIONS_DIR / str(DAMAGED)


@pytest.mark.parametrize(
    ("damage", "problem"), DAMAGES.items(), ids=[f"{n}-{d.__name__}" for n, d in enumerate(DAMAGES)]
)
def test_a_damaged_version_is_told_and_not_given(client, folder, damage, problem):
    whole = shutil.copytree(folder, folder.parent.parent / "backup")
    raw(given := client.get(ADDRESSES[0]))
    etag = given["ETag"]
    page = client.get("/data/versions/")

    damage(folder)

    for address in ADDRESSES:
        answer = client.get(address, headers={"If-None-Match": etag})
        assert answer.status_code == 503 and answer["Retry-After"], address
        assert not {"ETag", "Repr-Digest"} & answer.headers.keys()
        assert problem in answer.content.decode().replace("&#x27;", "'")
    listed = client.get("/data/versions/", headers={"If-None-Match": page["ETag"]}).content.decode()
    assert "<strong>Damaged</strong>" in listed and problem in listed
    assert f"{NAME}.zip" not in listed
    with pytest.raises(CommandError, match="1 of 2 versions is damaged"):
        verify(printed := io.StringIO())
    assert f"{DAMAGED}  damaged: {problem}" in printed.getvalue()
    assert f"{SOUND}  sound " in printed.getvalue()

    remove(folder)
    shutil.copytree(whole, folder)
    assert client.get(ADDRESSES[0], headers={"If-None-Match": etag}).status_code == 304
    assert client.get(ADDRESSES[2]).status_code == 200


@pytest.mark.parametrize(("damage", "problem"), WRITTEN_OTHERWISE.items(), ids=range(len(WRITTEN_OTHERWISE)))
def test_whatever_is_said_of_a_version_is_read_with_care(client, folder, damage, problem):
    damage(folder)

    found = kept_on(str(DAMAGED))

    assert isinstance(found, Damaged) and found.problem.startswith(problem)
    page = client.get("/data/versions/")
    assert page.status_code == 200 and "<strong>Damaged</strong>" in page.content.decode()
    assert "<blink>" not in page.content.decode()


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def verify(printed) -> None:
    call_command("verify_versions", stdout=printed)


def test_the_other_versions_are_as_before(client, folder):
    flip_a_byte(folder)

    assert raw(client.get(f"/data/versions/partner-directory-{SOUND}.zip"))
    assert client.get(f"/data/versions/{SOUND}/now/").status_code == 200
    page = client.get(f"/data/versions/{SOUND}/now/").content.decode()
    assert f'<option value="{SOUND}"' in page and f'<option value="{DAMAGED}"' not in page


def test_the_newest_version_that_is_whole_is_offered(client, folder):
    flip_a_byte(folder.parent / str(SOUND))

    page = client.get("/data/").content.decode()

    assert f"partner-directory-{DAMAGED}.zip" in page and f"partner-directory-{SOUND}.zip" not in page


# A package that has its digest and cannot be compared all the same ------------------------------------------------------


def make_zip(**members: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        for name, text in members.items():
            package.writestr(name.replace("_", "."), text)
    return file.getvalue()


RESOURCE = {
    "name": "sectors",
    "path": "sectors.csv",
    "hash": "0",
    "schema": {"primaryKey": ["a"], "fields": [{"name": "a"}]},
}
CONTENTS = {
    "nothing": b"",
    "no zip": b"not a zip",
    "no descriptor": make_zip(sectors_csv="a\n"),
    "no JSON": make_zip(datapackage_json="{"),
    "no resources": make_zip(datapackage_json="[]"),
    "no table": make_zip(datapackage_json=json.dumps({"resources": [RESOURCE]})),
    "no schema": make_zip(
        datapackage_json=json.dumps({"resources": [{"name": "a", "path": "b", "hash": ""}]})
    ),
    "another table": make_zip(datapackage_json=json.dumps({"resources": [RESOURCE]}), sectors_csv="b\n"),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_a_package_that_cannot_be_read_is_no_error_of_the_server(client, folder, content):
    (folder / "package.zip").write_bytes(content)
    say_otherwise(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())(folder)

    for address in ADDRESSES[2:5]:
        answer = client.get(address)
        assert answer.status_code == 503
        assert re.search("package.zip is not (a package|the table)", answer.content.decode())
    # What was kept is what is given, whatever it is.
    assert raw(client.get(ADDRESSES[0])) == content
    with pytest.raises(CommandError, match="1 of 2 versions is damaged"):
        verify(io.StringIO())


# How it is found out ----------------------------------------------------------------------------------------------------


@pytest.fixture
def digested(monkeypatch):
    """The files of which a digest was made."""
    made, file_digest = [], hashlib.file_digest

    def counted(file, *args):
        made.append(Path(file.name).parent.name if hasattr(file, "name") else "")
        return file_digest(file, *args)

    monkeypatch.setattr(digests.hashlib, "file_digest", counted)
    monkeypatch.setattr(digests, "TICK", 0)
    return made


def test_a_file_that_nobody_touched_is_digested_once(client, folder, digested):
    for _ in range(3):
        client.get(ADDRESSES[1])
    assert digested == [str(DAMAGED)]

    digests.known.clear()
    client.get(ADDRESSES[1])
    assert digested == [str(DAMAGED)], "another process reads what stands beside the folders"

    os.utime(folder / "package.zip")
    client.get(ADDRESSES[1])
    assert digested == [str(DAMAGED)] * 2


def test_a_file_written_a_moment_ago_is_digested_each_time(client, folder, digested, monkeypatch):
    monkeypatch.setattr(digests, "TICK", 1000)
    for _ in range(3):
        client.get(ADDRESSES[1])

    assert len(digested) > 2


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"2026-01-01": 7}', b'{"2026-01-01": [[1], "0"]}'])
def test_digests_that_somebody_spoiled_count_for_nothing(client, folder, digested, content):
    digests.known.clear()
    (folder.parent / digests.RECORD).write_bytes(content)
    flip_a_byte(folder)

    assert client.get(ADDRESSES[1]).status_code == 503


def test_the_command_reads_what_the_disk_has_changed_in_silence(client, folder, monkeypatch):
    """Not one time of the file tells of it."""
    monkeypatch.setattr(digests, "TICK", 0)
    client.get(ADDRESSES[1])
    stand = digests.signature_of((folder / "package.zip").stat())
    flip_a_byte(folder)
    monkeypatch.setattr(digests, "signature_of", lambda stat: stand)
    assert client.get(ADDRESSES[1]).status_code == 200

    with pytest.raises(CommandError, match="1 of 2 versions is damaged"):
        verify(io.StringIO())

    assert client.get(ADDRESSES[1]).status_code == 503


def test_the_present_package_is_made_anew_where_it_was_damaged(client, folder, settings):
    first = raw(client.get("/data/partner-directory.zip"))
    (package,) = settings.PACKAGES_DIR.glob("*/package.zip")
    flip_a_byte(package.parent)

    answer = client.get("/data/partner-directory.zip")

    assert raw(answer) == first


# The folder of versions -----------------------------------------------------------------------------------------------


def test_what_somebody_dropped_is_told_and_hurts_nobody(client, folder):
    home = folder.parent
    (home / "notes.txt").write_text("mine")
    (home / "2026-01-03.zip").write_bytes(b"")
    shutil.copytree(folder, home / f"{DAMAGED} (copy)")
    (home / "2026-01-04abc.unfinished").mkdir()

    verify(printed := io.StringIO())

    said = printed.getvalue()
    assert "Nothing is damaged in 2 versions." in said
    for name in ("notes.txt", "2026-01-03.zip", f"{DAMAGED} (copy)"):
        assert f"Beside the versions lies {name}: its name is not a day" in said
    assert "2026-01-04abc.unfinished: left by a keep_version that did not end" in said
    page = client.get("/data/versions/").content.decode()
    assert page.count('<section class="card version"') == 2


def test_a_file_in_place_of_all_versions_is_no_error(client, settings, tmp_path, db):  # noqa: F811
    settings.VERSIONS_DIR = tmp_path / "versions"
    settings.VERSIONS_DIR.write_text("")

    assert "No version has been kept yet" in client.get("/data/versions/").content.decode()
    assert client.get("/data/").status_code == 200
    assert client.get(ADDRESSES[0]).status_code == 404


def test_a_damaged_version_is_not_kept_again(folder):
    flip_a_byte(folder)
    changed_last(DAMAGED)

    with pytest.raises(NotKept, match="is damaged: .* Bring it back from a backup"):
        keep_version(DAMAGED, release())


# By which day -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", range(-5, 3))
def test_data_are_kept_by_a_day_on_which_they_were_so(days, settings, tmp_path, db):  # noqa: F811
    settings.VERSIONS_DIR = tmp_path / "versions"
    today = timezone.now().date()
    since, day = today - datetime.timedelta(3), today + datetime.timedelta(days)
    changed_last(since)

    if -3 <= days <= 0:
        call_command("keep_version", date=str(day), stdout=io.StringIO())
        assert kept_on(str(day))
        return

    with pytest.raises(CommandError) as refusal:
        call_command("keep_version", date=str(day), stdout=io.StringIO())
    assert f"Allowed: {since} to {today}." in str(refusal.value)
    assert ("has not come yet" if days > 0 else "The data were not yet so on") in str(refusal.value)
    assert not settings.VERSIONS_DIR.exists()


def test_data_of_today_are_not_filed_under_another_year(settings, tmp_path, db):  # noqa: F811
    settings.VERSIONS_DIR = tmp_path / "versions"
    make_partner()
    today = DataVersion.moment(DataVersion.current()).date()

    with pytest.raises(CommandError, match=f"Allowed: {today}, which is today"):
        call_command("keep_version", date="1999-01-01")
