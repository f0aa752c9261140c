import os
import signal
import time

from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections

from partners.exchange.importing.jobs import JobWorker, WorkerStopped
from partners.health.worker import give_sign
from partners.models import ImportJob

SECONDS_BETWEEN_LOOKS = 1
# While the database is away.
SECONDS_AFTER_FAILURE = 5
SECONDS_BETWEEN_CLEANINGS = 3600


class Command(BaseCommand):
    help = (
        "Do the work that pages leave to it: read and check the tables that curators bring in, and write them. `make run` "
        "starts one beside the server. Several may run, on several machines; what one that was killed had begun is taken "
        "up by another. SIGTERM ends it after the step that it is at."
    )

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="do what waits now, then end")
        parser.add_argument(
            "--beside",
            type=int,
            metavar="PID",
            help="end when the process of this number has ended, such as a server",
        )

    def handle(self, *, once, beside, **options):
        self.is_ended, self.beside, self.cleaned_at = False, beside, 0.0
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self.end)
        worker = JobWorker(self.is_over)
        try:
            while not self.is_over():
                if self.works(worker):
                    continue
                if once:
                    return
                time.sleep(SECONDS_BETWEEN_LOOKS)
        except WorkerStopped:
            pass

    def end(self, *_signal):
        self.is_ended = True

    def is_over(self) -> bool:
        return self.is_ended or self.beside is not None and not is_alive(self.beside)

    def works(self, worker: JobWorker) -> bool:
        """Do one step of work; gives whether there was any. A database that is away comes back."""
        close_old_connections()
        give_sign()
        try:
            if time.monotonic() - self.cleaned_at > SECONDS_BETWEEN_CLEANINGS or not self.cleaned_at:
                self.cleaned_at = time.monotonic()
                ImportJob.forget_old()
            return worker.work()
        except OperationalError as error:
            self.stderr.write(f"The database does not answer: {error}")
            time.sleep(SECONDS_AFTER_FAILURE)
            return False


def is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
