"""The web process: waitress, which takes requests and gives answers at the pace of each visitor, under gunicorn.

A thread works only on requests that have arrived whole, and lays its answer down to be fetched. So a visitor who sends
or reads slowly, on purpose or on a bad line, keeps no thread: it costs a socket and, above a megabyte, a file in the
folder for temporary ones. gunicorn starts the processes, replaces one that dies, and ends them (`gunicorn.conf.py`).
"""

import os
import resource
import time

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server
from waitress.task import WSGITask

import partners.written  # noqa: F401 (its processes share what is made there)

# Visitors at once in one process. Each needs a socket, and a file for a long request and for a long answer.
CONNECTIONS = 1000
FILES = 4 * CONNECTIONS
# The longest request: an import of 10 MB, as its form sends it.
LONGEST_HEAD, LONGEST_BODY = 32 * 2**10, 16 * 2**20
# So much of an answer may wait for its reader; the rest is written when he has read some of it.
LONGEST_WAITING = 2**30
# Seconds without a byte in either direction after which a connection is closed.
SILENCE = 60


class Request(HTTPRequestParser):
    """A request as it arrives."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if not (self.chunked or self.content_length):
            # Nobody waits to send what is not there (RFC 9110, 10.1.1); waitress would wait for it.
            self.expect_continue = False


class Answer(WSGITask):
    """The answer to one request; to HEAD it is the head of what GET would be given (waitress sends the rest as well)."""

    @property
    def is_head(self) -> bool:
        return self.request.command == "HEAD"

    def get_environment(self) -> dict:
        environ = super().get_environment()
        if self.is_head:
            # A file would be sent past `write`.
            del environ["wsgi.file_wrapper"]
        return environ

    def write(self, data: bytes) -> None:
        super().write(b"" if self.is_head else data)

    def finish(self) -> None:
        if self.is_head:
            self.write(b"")
            self.chunked_response = False
        super().finish()


class Channel(HTTPChannel):
    """A connection of a visitor."""

    parser_class = Request
    task_class = Answer

    @property
    def is_busy(self) -> bool:
        """Whether a request is worked on here, or an answer waits to be read."""
        return bool(self.requests or self.total_outbufs_len)


class BufferingWorker(Worker):
    """A web process of gunicorn."""

    def run(self) -> None:
        raise_limit_of_files()
        # Every socket, by its number, as waitress looks at them.
        self.watched: dict[int, wasyncore.dispatcher] = {}
        self.servers = [self.server_of(each.sock) for each in self.sockets]
        while self.alive and self.ppid == os.getppid():
            self.turn()
        self.finish()

    def server_of(self, sock):
        """waitress on a socket that is open already."""
        sock.setblocking(False)
        server = create_server(
            self.wsgi,
            map=self.watched,
            sockets=[sock],
            threads=self.cfg.threads,
            connection_limit=CONNECTIONS,
            backlog=self.cfg.backlog,
            channel_timeout=SILENCE,
            outbuf_high_watermark=LONGEST_WAITING,
            max_request_header_size=LONGEST_HEAD,
            max_request_body_size=LONGEST_BODY,
            # Django judges what proxies say (README, "Environment").
            clear_untrusted_proxy_headers=False,
            log_socket_errors=False,
            ident=None,
        )
        server.channel_class = Channel
        return server

    def turn(self) -> None:
        """Receive and send what can be, and tell gunicorn that this process lives."""
        self.notify()
        wasyncore.loop(timeout=1, use_poll=True, map=self.watched, count=1)

    def finish(self) -> None:
        """Take no further request, and let those that are worked on end and be read for a while."""
        end = time.monotonic() + self.cfg.graceful_timeout
        for server in self.servers:
            # Its own `close` would take away what threads wake it by.
            wasyncore.dispatcher.close(server)
        for channel in self.channels():
            # Nothing more is read: what has arrived in part is asked again elsewhere.
            channel.readable = lambda: False
        while time.monotonic() < end and any(channel.is_busy for channel in self.channels()):
            self.turn()
        for server in self.servers:
            server.task_dispatcher.shutdown(timeout=0)

    def channels(self) -> list[Channel]:
        return [each for each in list(self.watched.values()) if isinstance(each, Channel)]


def raise_limit_of_files() -> None:
    """Let this process open as many files as it may need, where the system allows that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
