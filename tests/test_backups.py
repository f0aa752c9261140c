"""A backup holds everything, as it was in one moment, and comes back on either engine exactly as it was."""

import datetime
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from decimal import Decimal
from unittest import mock

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction

from partners import triggers
from partners.backups import writing
from partners.backups.storage import BACKUP_ABOUT, BackupFacts, facts_in_backup, name_of_table
from partners.backups.tables import models_kept
from partners.caching import page_cache
from partners.models import Organization, Revision
from partners.versions import keep_version
from tests.database import contents, execute
from tests.elsewhere import elsewhere
from tests.records import make_curator, make_organization, make_partner, make_sector
from tests.serving import ROOT
from tests.worlds import build_world

# Values that a way through text could alter, by the kind of the column.
AWKWARD = {
    models.BooleanField: True,
    models.DateTimeField: datetime.datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=datetime.UTC),
    models.DateField: datetime.date(2024, 2, 29),
    models.DecimalField: Decimal("1234567.10"),
    models.BinaryField: b"\x00\xff\r\n'\"",
    models.GenericIPAddressField: "2001:db8::1",
    models.JSONField: {"b": [None, 1.5, True], "a": 'é "quoted" \\ \u2028', "": 2**53},
    models.TextField: "two\nlines, \"quotes\", 'more', \\N back, \ttab, 日本, 😀",
    models.CharField: "x",
    models.IntegerField: 7,
}


def value_for(field: models.Field):
    if field.is_relation:
        return field.related_model._base_manager.order_by("pk").values_list("pk", flat=True).first()
    if field.choices:
        return next(iter(dict(field.flatchoices)))
    return next(value for kind, value in AWKWARD.items() if isinstance(field, kind))


def fill_empty_tables() -> None:
    """A row in each table that has none; the rules of the directory do not matter here."""
    with transaction.atomic():
        editor = connection.schema_editor()
        aside = editor.put_aside()
        empty = [model for model in models_kept().values() if not model._base_manager.exists()]
        while empty:
            model = empty.pop(0)
            columns = [
                field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)
            ]
            values = {field.attname: value_for(field) for field in columns}
            if any(values[field.attname] is None and not field.null for field in columns):
                empty.append(model)  # after the table that it refers to
                continue
            model._base_manager.bulk_create([model(**values)])
        editor.bring_back(aside)


def backup(path) -> BackupFacts:
    """Write a backup with the command; gives what it says of itself."""
    call_command("backup", str(path))
    with zipfile.ZipFile(path) as archive:
        return facts_in_backup(archive)


def other_process(*command: str, **environment: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=os.environ | environment,
        check=True,
        capture_output=True,
    )


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.VERSIONS_DIR, settings.PACKAGES_DIR = tmp_path / "versions", tmp_path / "packages"


READ = ("/partners.csv", "/agreements.json", "/search/?q=labs", "/partners/?q=alpha")


def public(client) -> list[bytes]:
    """What readers are given, from the tables and from the index."""
    page_cache.clear()
    return [client.get(each).getvalue() for each in READ]


@pytest.mark.django_db(transaction=True)
def test_everything_comes_back_as_it_was_in_one_moment(tmp_path, client, monkeypatch):
    build_world(5, organizations=25, agreements=25, mark="w-")
    make_partner("Alpha")
    Authenticator.objects.create(user=make_curator(), type="totp", data={"secret": "sealed", "a": None})
    kept, _is_new = keep_version(datetime.datetime.now(datetime.UTC).date(), "tests")
    fill_empty_tables()
    gone = make_organization("Gone")
    number = gone.pk
    gone.delete()
    files = {path.name: path.read_bytes() for path in kept.folder.iterdir()}
    before, shown = contents(), public(client)
    put_table = writing.put_table

    def interrupted(archive, table, model):
        if table == "partners_organization":
            elsewhere(lambda: Organization.objects.update(curator_note="changed meanwhile"))
        return put_table(archive, table, model)

    monkeypatch.setattr(writing, "put_table", interrupted)
    facts = backup(tmp_path / "one.zip")
    monkeypatch.undo()
    assert [table for table, told in facts.tables.items() if not told.rows] == []
    assert contents() != before
    assert stat.S_IMODE((tmp_path / "one.zip").stat().st_mode) == 0o600

    kept.file.write_bytes(b"damaged")
    Organization.objects.filter(name="Alpha").update(publication_state="withheld")
    assert b"Alpha" not in public(client)[-1], "the index follows"
    if connection.vendor == "sqlite":
        execute("DELETE FROM sqlite_sequence")
    call_command("restore", str(tmp_path / "one.zip"), "--replace")
    assert (contents(), public(client)) == (before, shown)
    assert {path.name: path.read_bytes() for path in kept.folder.iterdir()} == files
    with connection.cursor() as cursor:
        assert triggers.are_in_place(connection, cursor)
    # Everything goes on: numbers that were given before are not given again, and changes are noted.
    revisions = Revision.objects.count()
    assert make_organization("New").pk > number
    assert Revision.objects.count() > revisions

    if connection.vendor == "postgresql":
        there = {"DATABASE_URL": f"sqlite:///{tmp_path}/other.sqlite3", "VAR_DIR": str(tmp_path / "var")}
        other_process("restore", str(tmp_path / "one.zip"), **there)
        other_process("backup", str(tmp_path / "two.zip"), **there)
        with zipfile.ZipFile(tmp_path / "two.zip") as archive:
            numbers = facts_in_backup(archive).numbers
        assert [table for table, given in facts.numbers.items() if numbers[table] < given] == []
        call_command("restore", str(tmp_path / "two.zip"), "--replace")
        assert (contents(), public(client)) == (before, shown)
        assert make_organization("New").pk > number


def rewritten(path, change) -> None:
    """The file of a backup, of which `change` gives what is to stand in each member."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, change(name, content))


def saying(**facts):
    """What is said of a backup says something else."""

    def change(name, content):
        return json.dumps(json.loads(content) | facts) if name == BACKUP_ABOUT else content

    return lambda path: rewritten(path, change)


def cut(path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def overwrite(path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 50] = b"x" * 50
    path.write_bytes(content)


def take_a_row(path) -> None:
    table = name_of_table("partners_organization")
    rewritten(path, lambda name, content: content.partition(b"\n")[2] if name == table else content)


def alter_a_value(path) -> None:
    table = name_of_table("partners_organization")
    rewritten(path, lambda name, content: content.replace(b"Alpha", b"Alpho") if name == table else content)


def alter_a_version(path) -> None:
    rewritten(path, lambda name, content: b"x" if name.startswith("versions/") else content)


WRONG = [
    *((cut, "damaged"), (overwrite, "damaged"), (take_a_row, "partners_organization")),
    *((alter_a_value, "partners_organization"), (alter_a_version, "versions/")),
    (lambda path: path.write_bytes(b""), "no backup"),
    (
        lambda path: rewritten(path, lambda name, content: b"{}" if name == BACKUP_ABOUT else content),
        "written",
    ),
    (saying(layout=99), "laid out"),
    (saying(migrations=["partners.0001_initial", "partners.9999_later"]), "later release"),
    (saying(migrations=["partners.0001_initial"]), "earlier release"),
]


@pytest.mark.django_db
def test_what_is_no_whole_backup_changes_nothing(tmp_path):
    make_partner("Alpha")
    keep_version(datetime.datetime.now(datetime.UTC).date(), "tests")
    whole = tmp_path / "whole.zip"
    call_command("backup", str(whole))
    before = contents()

    for number, (damage, told) in enumerate(WRONG):
        path = tmp_path / f"{number}.zip"
        shutil.copy(whole, path)
        damage(path)
        with pytest.raises(CommandError, match=told):
            call_command("restore", str(path), "--replace")
        assert contents() == before, number
    with pytest.raises(CommandError, match="There is no file"):
        call_command("restore", str(tmp_path / "none.zip"))
    with pytest.raises(CommandError, match="there already"):
        call_command("backup", str(whole))


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["accounts", "records", "kept versions", ""])
def test_nothing_is_put_in_the_place_of_something_unasked(tmp_path, settings, what, capsys):
    path = tmp_path / "empty.zip"
    call_command("backup", str(path))
    if what == "accounts":
        make_curator()
    if what == "records":
        make_sector("Cloud")
    if what == "kept versions":
        (tmp_path / "versions" / "2026-01-01").mkdir(parents=True)
    settings.SECRET_KEY = "another one " * 5
    before = contents()

    if what:
        with pytest.raises(CommandError, match=f"holds {what} already"):
            call_command("restore", str(path))
        assert contents() == before
        return
    call_command("restore", str(path))
    assert "another SECRET_KEY" in capsys.readouterr().err


@pytest.mark.django_db
def test_backup_that_cannot_be_written_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "put_table", mock.Mock(side_effect=OSError(28, "No space left on device")))

    with pytest.raises(CommandError, match="No space left"):
        call_command("backup", str(tmp_path / "one.zip"))
    assert list(tmp_path.iterdir()) == []
