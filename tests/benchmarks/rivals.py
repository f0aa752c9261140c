"""The servers that are compared, and a visitor who asks each of them in the same way."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
SECONDS_TO_START = 30
# What a browser sends.
HEADERS = {"Accept": "text/html", "Accept-Encoding": "gzip, deflate, br"}

# As `make run` serves, with one worker and one thread.
GUNICORN = [
    *(sys.executable, "-m", "gunicorn", "tests.benchmarks.site", "--workers", "1", "--threads", "1"),
]


@dataclass(frozen=True)
class Answer:
    """What a server sent, and the seconds from the question to its last byte."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    seconds: float


class Visitor:
    """One connection that stays open."""

    def __init__(self, port: int):
        self.connection = http.client.HTTPConnection(HOST, port, timeout=900)

    def get(self, path: str) -> Answer:
        """The answer to a GET request; anything but 200 ends the measurement."""
        try:
            return self.ask(path)
        except (ConnectionError, http.client.RemoteDisconnected):
            # A server closes a connection that was silent while others had their turn.
            self.connection.close()
            return self.ask(path)

    def ask(self, path: str) -> Answer:
        start = time.perf_counter()
        self.connection.request("GET", path, headers=HEADERS)
        response = self.connection.getresponse()
        body = response.read()
        seconds = time.perf_counter() - start
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}: {body[:300]!r}")
        return Answer(response.status, response.headers, body, seconds)

    def first_byte(self, path: str) -> float:
        """The seconds until the first byte of the body is there. The rest is not read."""
        start = time.perf_counter()
        self.connection.request("GET", path, headers=HEADERS | {"Accept-Encoding": "identity"})
        self.connection.getresponse().read(1)
        seconds = time.perf_counter() - start
        self.connection.close()
        return seconds


def environment(**changes: str) -> dict[str, str]:
    """The environment of a site as deployed, on the data that DATABASE_URL leads to."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DEBUG", "SITE_URL", "ALLOWED_HOSTS")
    }
    return kept | {
        "DJANGO_SETTINGS_MODULE": "genesis.settings",
        "SECRET_KEY": "benchmark-benchmark-benchmark-0123456789-abcdefghijklmnopqrstuvwxyz",
        **changes,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


@contextmanager
def serving(command: list[str], port: int, errors=None) -> Iterator[Visitor]:
    """A visitor of a server that runs while the block does; `errors` is where it writes them."""
    server = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=errors)
    try:
        wait_until_open(server, port)
        yield Visitor(port)
    finally:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_until_open(server: subprocess.Popen, port: int) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{server.args[:4]} did not start")


@contextmanager
def directory() -> Iterator[Visitor]:
    """A visitor of the directory, served by gunicorn."""
    port = free_port()
    with serving([*GUNICORN, "--bind", f"{HOST}:{port}"], port) as visitor:
        yield visitor
