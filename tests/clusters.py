"""Two servers of PostgreSQL, one of which follows the other, with the site on them."""

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests import postgres
from tests.faults import processes_below
from tests.serving import ROOT

SECONDS = 60
GUIDE = ROOT / "genesis" / "deploy" / "scaling.md"
# Makes the directory with the shipped data, and somebody who is signed in; says the key of the session.
FILL = """
import django; django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
call_command("load_dataset", "--if-empty", verbosity=0)
client = Client()
client.force_login(User.objects.create_superuser("ada"))
print("session", client.cookies["sessionid"].value)
"""


class Cluster:
    """A server in a folder of its own, on a socket there: a new one, or one that follows another one that runs."""

    def __init__(self, binaries: Path, account: dict, primary: "Cluster | None" = None):
        self.binaries, self.account = binaries, account
        # The path of a socket has room for a hundred characters.
        self.home = Path(tempfile.mkdtemp(prefix="cluster-", dir="/tmp"))  # noqa: S108
        self.how = account | {"cwd": self.home, "env": {"PATH": os.environ["PATH"], "TZ": "UTC"}}
        if account:
            os.chown(self.home, account["user"], account["group"])
        if primary:
            self.follow(primary)
        else:
            postgres.create_cluster(binaries, self.home, self.how)
        self.server = None

    def follow(self, primary: "Cluster") -> None:
        """As the guide says it."""
        (line,) = re.findall(r"^runuser -u postgres -- (pg_basebackup .*)$", GUIDE.read_text(), re.MULTILINE)
        here = {
            "pg_basebackup": str(self.binaries / "pg_basebackup"),
            "host=10.0.0.1 user=replica password=SECRET": f"host={primary.home} user=tests",
            "/var/lib/postgresql/15/main": str(self.home / "data"),
        }
        command = [here.get(each, each) for each in shlex.split(line)]
        subprocess.run([*command, "--no-sync"], check=True, capture_output=True, **self.how)
        with (self.home / "data" / "postgresql.auto.conf").open("a") as file:
            file.write("wal_retrieve_retry_interval = 100\n")

    @property
    def url(self) -> str:
        return f"postgres://tests@{quote(str(self.home), safe='')}:{postgres.PORT}/postgres"

    def start(self) -> None:
        self.server = postgres.start_server(self.binaries, self.home, self.how)
        postgres.wait_until_ready(self.server, self.home)

    def kill(self) -> None:
        """End it as a crash does."""
        if self.server:
            postgres.stop(self.server, signal.SIGQUIT)
        self.server = None

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """Every process of it stands still, as on a machine that hangs: it takes connections and says nothing."""
        numbers = [self.server.pid, *processes_below(self.server.pid)]
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGSTOP)
        try:
            yield
        finally:
            for number in numbers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGCONT)

    def ask(self, statement: str, *given) -> list[tuple]:
        """The rows that a statement gives."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(statement, given)
            return found.fetchall() if found.description else []

    @property
    def version(self) -> int:
        """The data version that it has come to."""
        return self.ask("SELECT number FROM partners_dataversion")[0][0]


class Pair:
    """A primary and its replica."""

    def __init__(self):
        binaries, account = postgres.find_binaries()[0], postgres.unprivileged_account()
        self.primary = Cluster(binaries, account)
        self.session = ""
        try:
            self.primary.start()
            self.replica = Cluster(binaries, account, self.primary)
            self.replica.start()
            self.session = self.fill()
            self.caught_up()
        except BaseException:
            self.close()
            raise

    def fill(self) -> str:
        """Put the shipped data in; gives the key of a curator's session."""
        command = [sys.executable, "-c", FILL]
        environment = os.environ | {"DATABASE_URL": self.primary.url}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[-1]

    def caught_up(self) -> None:
        until(lambda: self.replica.version == self.primary.version)

    def close(self) -> None:
        for each in (self.primary, getattr(self, "replica", None)):
            if each:
                each.kill()
                shutil.rmtree(each.home, ignore_errors=True)


def until(is_so: Callable[[], bool]) -> None:
    """Wait for what is about to be so."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(psycopg.Error):
            if is_so():
                return
        time.sleep(0.05)
    raise AssertionError(is_so)
