"""The worker of imports: what others do meanwhile, and what is left of it when it is killed."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from partners.changes import writing
from partners.curation_vocabularies import ImportState
from partners.exchange.importing.jobs import JobWorker
from partners.models import ImportJob, Organization, Revision
from tests.curation import change_form
from tests.database import database_url
from tests.importing import signed_in_as
from tests.records import make_curator, make_organization, make_source

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = "Name,sources\n" + "".join(f"Fresh {number},report\n" for number in range(40))
# A worker in a process of its own that is killed, as by a machine that goes off, at one place.
KILLED = """
import os, signal, django
django.setup()
from {module} import {name} as place
whole = place.{function}
def killed(*given, **named):
    whole(*given, **named)
    os.kill(os.getpid(), signal.SIGKILL)
place.{function} = killed
from django.core.management import call_command
call_command("work", "--once")
"""
# Within the transaction that writes, after the first rows; while rows are checked; while the preview is kept.
PLACES = {
    "writing": (ImportState.WRITING, "partners.changes", "writing", "run_insertion"),
    "checking": (ImportState.CHECKING, "partners.exchange.importing.records", "RecordRows", "compare"),
    "keeping": (ImportState.CHECKING, "partners.exchange.importing.jobs", "JobWorker", "keep_lines"),
}


def imported(user, state=ImportState.CHECKING) -> ImportJob:
    job = ImportJob.objects.create(kind="organizations", who=user.pk, name="list.csv", content=ROWS.encode())
    if state == ImportState.WRITING:
        assert JobWorker().work()
        ImportJob.objects.update(state=state)
    return job


@pytest.mark.parametrize("place", PLACES)
def test_a_killed_worker_leaves_nothing_and_its_work_is_taken_up(place):
    make_source("Report")
    state, module, name, function = PLACES[place]
    job, before = imported(make_curator(), state), Revision.newest()

    code = KILLED.format(module=module, name=name, function=function)
    ended = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"DATABASE_URL": database_url()}, check=False
    )

    assert ended.returncode == -signal.SIGKILL
    job.refresh_from_db()
    assert job.state == state and job.worker
    assert (Revision.newest(), Organization.objects.count()) == (before, 0)

    # Its number is that of no process any more: nobody waits until the lease has ended.
    worker = JobWorker()
    assert worker.work()
    job.refresh_from_db()
    if state == ImportState.CHECKING:
        assert (job.state, job.lines.count()) == (ImportState.READY, 40)
    else:
        assert (job.state, job.revision) == (ImportState.WRITTEN, before + 1)
        assert Organization.objects.count() == 40
    assert not worker.work()


def test_a_job_of_a_living_worker_is_taken_by_nobody_else():
    job, first, second = imported(make_curator()), JobWorker(), JobWorker()
    assert first.take() == job

    assert second.take() is None
    # One that says nothing for too long is given up; what it does then does not count.
    ImportJob.objects.update(held_until=timezone.now() - timedelta(seconds=1))
    taken = second.take()
    assert taken == job
    second.do(taken)
    assert ImportJob.objects.get().state == ImportState.READY


def test_a_curator_who_saves_meanwhile_waits_and_then_succeeds(monkeypatch):
    make_source("Report")
    user = make_curator()
    job, record = (
        imported(user, ImportState.WRITING),
        make_organization("Beta", cited=False, publication_state="draft"),
    )
    # What was checked before that record came is still right.
    form = change_form(signed_in_as(user), record)
    form["city"] = "Delft"
    answers, whole = [], writing.run_insertion

    def save():
        answers.append(form.send().status_code)
        connections.close_all()

    saving = Thread(target=save)

    def insert(*statement):
        # The transaction that writes has begun: now somebody saves.
        if not saving.ident:
            saving.start()
        whole(*statement)

    monkeypatch.setattr(writing, "run_insertion", insert)
    assert JobWorker().work()
    saving.join(timeout=60)

    job.refresh_from_db()
    record.refresh_from_db()
    assert (answers, record.city) == ([302], "Delft")
    assert (job.state, Organization.objects.count()) == (ImportState.WRITTEN, 41)


def test_what_others_add_under_the_same_name_is_shown_first():
    make_source("Report")
    job = imported(make_curator(), ImportState.WRITING)
    make_organization("Fresh 7")

    assert JobWorker().work()

    job.refresh_from_db()
    assert job.state == ImportState.READY and job.changed_meanwhile == 1
    assert job.lines.get(state="alike").record == "Fresh 7"
    assert Client().get("/").status_code == 200


def test_what_lies_for_long_goes():
    job = imported(make_curator())
    ImportJob.objects.update(touched_at=timezone.now() - timedelta(days=29))
    assert ImportJob.forget_old() == 0
    ImportJob.objects.update(touched_at=timezone.now() - timedelta(days=31))

    assert ImportJob.forget_old() == 1
    assert not ImportJob.objects.filter(pk=job.pk).exists()


def test_a_worker_ends_with_the_server_beside_it():
    neighbor = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    command = [sys.executable, "manage.py", "work", "--beside", str(neighbor.pid)]
    beside = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": database_url()})
    neighbor.kill()
    neighbor.communicate()

    assert beside.wait(timeout=60) == 0
