"""The site as `make run` serves it: gunicorn on a port of its own, and requests that are sent byte by byte."""

import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def served(database_url: str, **environment):
    """The port at which one process serves a database. It has its own static files, and ends with the block."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        port = listening.getsockname()[1]
        own = {
            "DATABASE_URL": database_url,
            "SITE_URL": "http://testserver",
            "DEBUG": "",
            "GUNICORN_CMD_ARGS": "",
        }
        command = [sys.executable, "-m", "gunicorn", "genesis.wsgi", "--bind", f"fd://{listening.fileno()}"]
        command += [
            "--worker-class",
            "gthread",
            "--threads",
            "4",
            "--log-level",
            "error",
            "--no-control-socket",
        ]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | own | environment,
            pass_fds=[listening.fileno()],
            stderr=subprocess.DEVNULL,
        )
        try:
            # It listens already: the first request waits for the process, and nobody has to look again and again.
            assert send(port, "/healthz")[0] == 200
            yield port
        finally:
            process.terminate()
            process.wait(timeout=30)


def send(port: int, target: str, *headers: tuple[str, str], method="GET", host="testserver") -> tuple:
    """Status, headers as one text, and body of the answer to a request that is sent as it stands."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode("latin-1"), body
