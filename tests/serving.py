"""The site as `make run` serves it: gunicorn on a port of its own, and requests that are sent byte by byte."""

import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def server_process(
    database_url: str,
    buffered: int = 0,
    workers: int = 1,
    site: str = "genesis.wsgi",
    within=(),
    **environment,
):
    """A server on a database: its port, and the process that the others belong to. It has its own static files.

    `buffered` is how many bytes the system takes of an answer before somebody reads them; as it likes for 0.
    `within` is what stands before its command, such as for a disk of its own.
    """
    with socket.socket() as listening:
        if buffered:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffered)
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        port = listening.getsockname()[1]
        own = {
            "DATABASE_URL": database_url,
            "DATABASE_POOL": "",
            "SITE_URL": "http://testserver",
            "DEBUG": "",
            "GUNICORN_CMD_ARGS": "",
        }
        command = [*within, sys.executable, "-m", "gunicorn", site, "--bind", f"fd://{listening.fileno()}"]
        command += ["--workers", str(workers), "--log-level", "error"]
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
        yield port, process
    finally:
        process.terminate()
        process.wait(timeout=40)


@contextmanager
def served(database_url: str, **environment):
    """The port at which one process serves a database. It ends with the block."""
    with server_process(database_url, **environment) as (port, _process):
        yield port


def send(
    port: int, target: str, *headers: tuple[str, str], method="GET", host="testserver", sent=b""
) -> tuple:
    """Status, headers as one text, and body of the answer to a request that is sent as it stands."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines += [f"Content-Length: {len(sent)}"] if sent else []
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + sent)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode("latin-1"), body
