"""Processes that are killed and disks that are full, under a server with people at work: nothing that was acknowledged is
lost, nothing is there by half, nobody reads what is old, and it goes on by itself."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from partners.admin.signin.frame import BEGUN, LAST_DONE
from partners.curation_vocabularies import ImportState
from partners.models import Change, CountedTry, ImportJob, OpenForm, Organization, Revision
from tests.curation import add_form, change_url
from tests.database import contents, database_url
from tests.faults import (
    BROKEN,
    Curators,
    assert_nothing_lost,
    cookie_of,
    get,
    kill,
    post,
    processes_below,
    until,
)
from tests.records import make_curator, make_partner, make_sector, make_source
from tests.serving import ROOT, server_process
from tests.signing import guess, refused, sign_in, visitor
from tests.test_bulk_edits import EDIT, asked, chosen

pytestmark = pytest.mark.django_db(transaction=True)
# What one address may ask for is another matter (`tests/test_limits.py`).
FREELY = {"VISITOR_SECONDS": "0"}


def ask(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


@pytest.fixture
def curator(client):
    """The form for a new sector, and by what a server knows who sends it."""
    make_partner("Alpha")
    client.force_login(make_curator())
    return add_form(client, "sector"), cookie_of(client)


def test_web_processes_are_killed_while_people_save(curator):
    form, cookie = curator
    with server_process(database_url(), workers=2, **FREELY) as (port, server):
        with Curators(port, cookie, form) as curators:
            curators.until_more("saved")
            first = processes_below(server.pid)
            kill(first[0])
            curators.until_more("saved")
            kill(first[1])
            curators.until_more("saved")
        until(lambda: len(processes_below(server.pid)) == 2)
        assert not set(first) & set(processes_below(server.pid))

    assert_nothing_lost(curators, ask)


# In the midst of one request --------------------------------------------------------------------------------------------


LABS = 8


def bulk_edit(client) -> tuple[str, dict]:
    """The form that gives several partners a sector and an ownership, after its preview."""
    records = [make_partner(f"Lab {number}") for number in range(LABS)]
    wanted = {"add_sectors": [make_sector("Energy").pk], "set_ownership": "public-company"}
    preview = client.post(EDIT, asked(client.post(EDIT, chosen(*records)), **wanted))
    return EDIT, asked(preview, **wanted, _apply="1", why="The same trade.")


def merge(client) -> tuple[str, dict]:
    """The form that makes two organizations one, each with names, a sector, an agreement and citations, after its preview."""
    kept, other = (
        make_partner(name, names=[f"{name} Inc", f"{name} Group"], sectors=[make_sector()])
        for name in ("One", "Other")
    )
    address = change_url(kept, "merge")
    page = client.get(address, {"with": other.pk})
    return address, {"with": other.pk, "_planned": page.context["merging"].digest, "_merge": "1"}


@pytest.mark.parametrize(("work", "moment"), [(bulk_edit, "commit"), (merge, "written")])
def test_the_web_process_is_killed_in_the_midst_of_a_change(curator, client, work, moment):
    _form, cookie = curator
    address, sent = work(client)
    before, revision = contents(), Revision.newest()
    with server_process(database_url(), site="tests.faulty", **FREELY) as (port, _server):
        with pytest.raises(BROKEN):
            post(port, address, sent, cookie, X_Fault=moment)
        # Who asks next is answered by the next process.
        assert get(port, "/partners/")[0] == 200
        assert contents() == before

        # Nobody was told of it: it may be there, and then it is whole, and readers see it.
        with pytest.raises(BROKEN):
            post(port, address, sent, cookie, X_Fault="committed")
        assert Revision.newest() == revision + 1
        address_then, is_seen = SEEN[work]
        assert is_seen(get(port, address_then)[2])
        # Whoever sends it again is told how it stands.
        assert post(port, address, sent, cookie)[0] in (200, 302)
    assert Revision.newest() == revision + 1
    assert done_by(work)


SEEN = {
    bulk_edit: (
        "/partners/?sector=energy",
        lambda page: all(f"Lab {number}" in page for number in range(LABS)),
    ),
    merge: ("/partners/", lambda page: ">One<" in page and ">Other<" not in page),
}


def done_by(work) -> bool:
    """Whether all of a change is there, and the journal has all of it."""
    changes = Change.objects.filter(revision=Revision.newest())
    if work is bulk_edit:
        labs = Organization.objects.filter(ownership="public-company", sectors__name_en="Energy")
        return labs.count() == LABS and changes.count() == 2 * LABS
    one = Organization.objects.get(name="One")
    return (
        not Organization.objects.filter(name="Other").exists()
        and one.names.count() == 5
        and one.sectors.count() == 2
        and changes.filter(table="organization", operation="D").count() == 1
    )


# During an import -------------------------------------------------------------------------------------------------------

ROWS = 200


@contextmanager
def everything_serves():
    """The server, and the worker beside it, as `make run` starts them."""
    with server_process(database_url(), **FREELY) as (port, server):
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "work", "--beside", str(server.pid)],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": database_url()},
        )
        try:
            yield port, server, worker
        finally:
            worker.kill()
            worker.wait()


def test_everything_is_killed_during_an_import(curator):
    _form, cookie = curator
    make_source("Report")
    rows = "Name,sources\n" + "".join(f"Fresh {number},report\n" for number in range(ROWS))
    job = ImportJob.objects.all()
    with everything_serves() as (port, server, worker):
        assert post(port, reverse("admin:imports"), {"kind": "organizations", "rows": rows}, cookie)[0] == 302
        until(lambda: job.get().state == ImportState.READY, "checked")
        page = reverse("admin:import", args=[job.get().pk])
        assert post(port, page, {"do": "apply", "planned": job.get().planned}, cookie)[0] == 302
        until(lambda: job.get().worker or job.get().state == ImportState.WRITTEN, "taken up")
        numbers = processes_below(server.pid)
        kill(server.pid, *numbers, worker.pid)
        worker.wait()

    written = Organization.objects.filter(name__startswith="Fresh ").count()
    assert written == (ROWS if job.get().state == ImportState.WRITTEN else 0)
    with everything_serves() as (port, _server, _worker):
        until(lambda: job.get().state == ImportState.WRITTEN, "taken up again")
        assert get(port, "/admin/partners/organization/?q=fresh", cookie)[2].count("Fresh 1") > 1
    names = list(Organization.objects.filter(name__startswith="Fresh ").values_list("name", flat=True))
    assert len(names) == len(set(names)) == ROWS
    changes = Change.objects.filter(revision=job.get().revision, table="organization", operation="I")
    assert changes.count() == ROWS


# A clock that jumps ----------------------------------------------------------------------------------------------------


class Clock:
    """The clock of a server's processes, which can be set."""

    def __init__(self, folder: Path):
        self.file = folder / "clock"
        self.set(0)

    def set(self, minutes: int) -> None:
        """Set it so far from the clock of this machine."""
        new = self.file.with_suffix(".new")
        new.write_text(str(minutes * 60))
        new.replace(self.file)

    def is_at(self, minutes: int, port: int) -> bool:
        """Whether a server shows that it is so late there, about."""
        shown = parsedate_to_datetime(get(port, "/healthz")[1]["Date"])
        return abs(shown - datetime.now(UTC) - timedelta(minutes=minutes)) < timedelta(minutes=9)


def test_the_clock_jumps_while_people_save(curator, tmp_path):
    form, cookie = curator
    clock = Clock(tmp_path)
    how = {"FAULTY_CLOCK": str(clock.file)} | FREELY
    with server_process(database_url(), site="tests.faulty", **how) as (port, _server):
        with Curators(port, cookie, form) as curators:
            for minutes in (20, -24 * 60):
                clock.set(minutes)
                curators.until_more("saved")
                assert clock.is_at(minutes, port)
        # A day later nobody has done anything for a day: people sign in again.
        clock.set(0)
        status, headers, _page = post(port, form.url, form.data | {"name_en": "Late", "_save": "1"}, cookie)
        assert status == 302 and headers["Location"].startswith("/admin/login/")

    assert_nothing_lost(curators, ask)
    versions = list(Revision.objects.order_by("number").values_list("data_version", flat=True))
    assert versions == sorted(set(versions)), "no version comes back with other data"
    if connection.vendor == "sqlite":
        days = {revision.at.date() for revision in Revision.objects.all()}
        assert len(days) > 1, "the clock of the database jumped too"


def test_nobody_waits_for_a_time_that_was_taken_back(client):
    """What says when something ends was written while the clock was a day ahead."""
    ahead = timezone.now() + timedelta(days=1)
    user = make_curator()
    job = ImportJob.objects.create(
        kind="organizations",
        who=user.pk,
        name="list.csv",
        content=b"Name\nA\n",
        worker="gone:1:x",
        held_until=ahead,
    )
    OpenForm.objects.create(kind="sector", key=1, who=user.pk + 1, name_of_who="Bo", since=ahead, seen=ahead)
    guess(visitor())
    assert refused(sign_in(visitor()))
    CountedTry.objects.update(at=ahead)
    client.force_login(user)
    session = client.session
    session.update({BEGUN: int(ahead.timestamp()), LAST_DONE: int(ahead.timestamp())})
    session.save()

    assert ImportJob.waiting().get() == job
    assert OpenForm.touch("sector", 1, user) == []
    assert sign_in(visitor()).status_code == 302
    assert client.get("/admin/").status_code == 200
    assert client.session[LAST_DONE] <= time.time() and client.session[BEGUN] <= time.time()
