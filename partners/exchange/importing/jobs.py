"""Imports as work: what waits is taken up by one worker, checked in steps, shown, and written as it was shown.

A job is held for a while that each step of the work renews. Whoever finds that nobody holds it, because its worker was
killed, takes it up from the start of its step: until a step ends, nothing of it counts. Writing is one transaction, which
also says that the job is written.
"""

import gc
import json
import logging
import os
import secrets
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.changes.going_live import may_go_live, may_publish_everything
from partners.changes.history import RowStep
from partners.changes.planning import Applied, ChangedMeanwhile, ChangePlan, PlanConflicts
from partners.curation_vocabularies import ImportState, LineState
from partners.engines.batches import batches
from partners.exchange.importing.checking import KEEPING_STEP, CheckedTable, check_table
from partners.exchange.importing.kinds import IMPORT_KINDS
from partners.exchange.importing.lines import CheckedLine
from partners.exchange.spreadsheet import FileError
from partners.models import ImportJob, ImportLine, Judgement
from partners.models.belonging import model_named
from partners.models.imports import HOLDS_JOB_FOR, HOLDS_JOB_WHILE_WRITING, TO_DO
from partners.selection.index import bring_up_to_date

job_log = logging.getLogger(__name__)

LINES_KEPT_AT_ONCE = 500
# How far a job is stands in the database this often.
SECONDS_BETWEEN_WORDS = 0.5
# Others may change the directory between the check and the write: how often it is checked again before that is told.
MOST_CHECKS = 3
WRITING_STEP = "writing"


class JobGone(Exception):
    """Its owner has stopped or changed it, or another worker has it: nothing of this work counts."""


class WorkerStopped(Exception):
    """The worker is to end: the job is left to the next one."""


class HasToBeProposed(Exception):
    """What was written may not go live."""


class JobWorker:
    """Takes up imports, one after the other. `is_stopped` is asked between steps."""

    def __init__(self, is_stopped: Callable[[], bool] = lambda: False):
        self.name = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(6)}"
        self.is_stopped = is_stopped
        self.told_at = 0.0

    # Whose it is --------------------------------------------------------------------------------------------------

    def take(self) -> ImportJob | None:
        """A job that waits, held by this worker from now on; None where there is none."""
        for job in [*ImportJob.waiting().defer("content", "plan")[:5], *left_by_the_dead()]:
            free = ImportJob.objects.filter(pk=job.pk, worker=job.worker, round=job.round, state__in=TO_DO)
            held = {"worker": self.name, "held_until": timezone.now() + HOLDS_JOB_FOR}
            if free.update(**held, step="", done=0, total=0):
                return ImportJob.objects.get(pk=job.pk)
        return None

    def mine(self, job: ImportJob):
        """The job, as long as it is still the one that was taken up."""
        return ImportJob.objects.filter(pk=job.pk, worker=self.name, round=job.round, state=job.state)

    def tell(self, job: ImportJob, step: str, done: int, total: int) -> None:
        """Say how far it is, and that somebody still works on it. Raises where nobody is to."""
        if self.is_stopped():
            raise WorkerStopped
        now = time.monotonic()
        if now - self.told_at < SECONDS_BETWEEN_WORDS and done != total:
            return
        self.told_at = now
        held = timezone.now() + HOLDS_JOB_FOR
        if not self.mine(job).update(step=step, done=done, total=total, held_until=held):
            raise JobGone

    def end(self, job: ImportJob, **facts: Any) -> None:
        """Say what became of the step of a job. Raises JobGone where it is not to count."""
        free = {"worker": "", "held_until": None, "step": "", "done": 0, "total": 0}
        if not self.mine(job).update(**free | facts):
            raise JobGone

    # The work -----------------------------------------------------------------------------------------------------

    def work(self) -> bool:
        """Do the next step of one job; gives whether there was one."""
        job = self.take()
        if job is None:
            return False
        try:
            self.do(job)
        except JobGone:
            pass
        except WorkerStopped:
            with suppress(JobGone):
                self.end(job)
            raise
        except Exception:
            job_log.exception("The import %s could not be worked on.", job.pk)
            told = _(
                "The server made a mistake, which is in its log. Nothing was saved. Check it again, or tell whoever runs it."
            )
            with suppress(JobGone):
                self.end(job, state=ImportState.FAILED, problem=told)
        return True

    def do(self, job: ImportJob) -> None:
        if job.state == ImportState.WRITING:
            self.write(job)
            return
        with self.refused(job):
            self.show(job, self.check(job))

    @contextmanager
    def refused(self, job: ImportJob) -> Iterator[None]:
        """A file that cannot be read says so."""
        try:
            yield
        except FileError as error:
            self.end(job, state=ImportState.FAILED, problem=str(error), totals={}, plan=None, planned="")

    def check(self, job: ImportJob) -> CheckedTable:
        return check_table(
            IMPORT_KINDS[job.kind],
            job.name,
            bytes(job.content),
            job.options,
            lambda step, done, total: self.tell(job, step, done, total),
        )

    def show(self, job: ImportJob, checked: CheckedTable, problem: str = "", is_again: bool = False) -> None:
        """Keep what a table comes to, so that it can be shown; `is_again` marks what differs from what was shown."""
        changed = self.keep_lines(job, checked.lines, is_again)
        plan = json.dumps(checked.plan.as_json(), cls=DjangoJSONEncoder)
        facts = {
            "reading": checked.reading,
            "totals": checked.totals() | {"is_proposed": self.has_to_wait(job, checked)},
            "data_version": checked.version,
        }
        facts |= {"plan": zlib.compress(plan.encode(), 1), "planned": checked.digest(), "problem": problem}
        self.end(job, state=ImportState.READY, changed_meanwhile=changed, **facts)

    def has_to_wait(self, job: ImportJob, checked: CheckedTable) -> bool:
        """Whether a reviewer decides about it."""
        user = get_user_model().objects.filter(pk=job.who).first()
        if user is None or may_publish_everything(user):
            return False
        return not may_go_live(user, checked.plan.steps)

    def keep_lines(self, job: ImportJob, lines: list[CheckedLine], is_again: bool) -> int:
        """Keep the lines, in short transactions; gives how many are otherwise than before."""
        before = {line.key: seen_of(line) for line in job.lines.iterator()} if is_again else {}
        ImportLine.objects.filter(job=job).delete()
        changed = done = 0
        for some in batches(lines, LINES_KEPT_AT_ONCE):
            rows = [kept_line(job, each) for each in some]
            for row in rows if is_again else ():
                row.is_changed = before.get(row.key) != seen_of(row)
                changed += row.is_changed
            ImportLine.objects.bulk_create(rows)
            done += len(some)
            self.tell(job, KEEPING_STEP, done, len(lines))
        return changed

    # Writing ------------------------------------------------------------------------------------------------------

    def write(self, job: ImportJob) -> None:
        """Write what was shown; where it would be something else by now, that is shown first."""
        version, plan = job.data_version, None
        for _attempt in range(MOST_CHECKS):
            try:
                with self.refused(job):
                    self.write_at(job, plan or plan_of(job), version)
                return
            except ChangedMeanwhile:
                checked = self.check(job)
            except (PlanConflicts, ValidationError) as error:
                self.show(job, self.check(job), problem="\n".join(error.messages), is_again=True)
                return
            if checked.digest() != job.planned:
                told = _(
                    "Others have changed something since this was shown. Look at it again; nothing is saved."
                )
                self.show(job, checked, problem=told, is_again=True)
                return
            version, plan = checked.version, checked.plan
        told = _(
            "Others change the directory all the time just now. Nothing is saved; try again in a moment."
        )
        self.show(job, checked, problem=told)

    def write_at(self, job: ImportJob, plan: ChangePlan, version: int) -> None:
        user = get_user_model().objects.filter(pk=job.who, is_active=True).first()
        if user is None or not may_import(user, job.kind):
            raise ValidationError([_("Your account may not bring in such tables any more.")])
        held = timezone.now() + HOLDS_JOB_WHILE_WRITING
        if self.is_stopped():
            raise WorkerStopped
        if not self.mine(job).update(step=WRITING_STEP, done=0, total=len(plan.steps), held_until=held):
            raise JobGone

        def finish(applied: Applied) -> None:
            if not may_publish_everything(user) and not may_go_live(user, steps_as_written(plan, applied)):
                raise HasToBeProposed
            remember_different(job, applied, user)
            self.end(job, state=ImportState.WRITTEN, revision=applied.revision, touched_at=timezone.now())

        # To look for garbage again and again among what is written takes a third of the time for which others wait.
        gc.disable()
        try:
            plan.write_checked(version, user=user, why=job.why, finish=finish)
        except HasToBeProposed:
            with transaction.atomic():
                proposal = plan.propose(user=user, why=job.why, title=job.name)
                self.end(job, state=ImportState.PROPOSED, proposal=proposal.pk, touched_at=timezone.now())
            return
        finally:
            gc.enable()
        # The first reader would do it, and wait for it.
        bring_up_to_date()


def may_import(user, kind: str) -> bool:
    """Whether somebody may bring in tables of a kind of record: who may add and change them."""
    name = IMPORT_KINDS[kind].model._meta.model_name
    return all(user.has_perm(f"partners.{right}_{name}") for right in ("add", "change"))


def left_by_the_dead() -> list[ImportJob]:
    """Jobs of workers of this machine that are gone without a word."""
    held = ImportJob.objects.filter(state__in=TO_DO).exclude(worker="").defer("content", "plan")
    return [job for job in held if is_dead(job.worker)]


def is_dead(worker: str) -> bool:
    host, _colon, rest = worker.partition(":")
    number = rest.partition(":")[0]
    if host != socket.gethostname()[:60] or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def plan_of(job: ImportJob) -> ChangePlan:
    return ChangePlan.from_json(json.loads(zlib.decompress(bytes(job.plan))))


def kept_line(job: ImportJob, line: CheckedLine) -> ImportLine:
    return ImportLine(
        job=job,
        line=line.line,
        state=line.state,
        key=line.key[:300],
        record=line.label[:300],
        cells=[cell.kept() for cell in line.shown],
        alike=line.alike,
        has_finding=any(cell.level for cell in line.shown) or line.state == LineState.ALIKE,
    )


def seen_of(line: ImportLine) -> tuple:
    """What somebody has seen of a line."""
    return line.state, line.record, json.dumps([line.cells, line.alike], sort_keys=True)


def steps_as_written(plan: ChangePlan, applied: Applied) -> list[RowStep]:
    """The steps of a plan about the records as they are now, those that came included."""
    return [
        RowStep(
            step.model,
            applied.keys.get((step.model, step.key), step.key),
            frozenset((name, applied.keys.get((model_named(name), key), key)) for name, key in step.records),
            step.before,
            step.after,
        )
        for step in plan.steps
    ]


def remember_different(job: ImportJob, applied: Applied, user) -> None:
    """Remember of each new record that it is another one than those it is like: nobody is asked again."""
    model = IMPORT_KINDS[job.kind].model
    chosen = [key for key, decision in job.options.get("alike", {}).items() if decision == "other"]
    for some in batches(chosen, LINES_KEPT_AT_ONCE):
        for line in job.lines.filter(key__in=some, state=LineState.NEW).exclude(alike=[]):
            slug = next(
                (cell["after"] for cell in line.cells if cell["column"] == IMPORT_KINDS[job.kind].key), ""
            )
            record = model._base_manager.filter(slug=slug).first()
            others = model._base_manager.filter(slug__in=[each["key"] for each in line.alike])
            if record:
                Judgement.objects.remember(record, others, user, job.why[:1000])
