"""A server of PostgreSQL that falls silent: it takes what is asked and does not answer, as one that hangs, or behind a line
that lets nothing through. No error comes of that, and whoever waits would wait for ever.

So whoever has waited for a while asks beside whether the server still takes connections: a statement may take its time as
long as it does. Once the server was found silent nobody else waits for it; one at a time tries again.
"""

import functools
import threading
import time
from collections.abc import Generator

import psycopg

# Seconds without an answer after which the server is asked whether it is there: of a statement, and of a connection that
# was idle and has only to show that it can be used.
STATEMENT_MAY_TAKE, SIGN_OF_LIFE_MAY_TAKE = 10, 2
# Seconds for which nobody asks a server that was found silent.
LEFT_ALONE = 5


class SilentServer(psycopg.OperationalError):
    """The server does not answer."""


class Silence:
    """Whether a server was found silent a moment ago; for all threads of a process."""

    def __init__(self):
        self.lock = threading.Lock()
        self.ends: float | None = None

    def begin(self) -> None:
        with self.lock:
            self.ends = time.monotonic() + LEFT_ALONE

    def end(self) -> None:
        with self.lock:
            self.ends = None

    def check(self) -> None:
        """Raise SilentServer where nobody is to ask the server just now. Whoever comes first after that tries."""
        with self.lock:
            if self.ends is None:
                return
            now = time.monotonic()
            if now < self.ends:
                raise SilentServer("The server did not answer a moment ago.")
            self.ends = now + LEFT_ALONE


@functools.cache
def silence_of(alias: str) -> Silence:
    """The silence of the server that Django knows by a name."""
    return Silence()


class Waiting:
    """How a connection waits for answers, in place of its own `wait`: not for ever."""

    def __init__(self, connection: psycopg.Connection, parameters: dict, silence: Silence):
        """`parameters` are those that the connection was opened with."""
        self.connection, self.parameters, self.silence = connection, parameters, silence
        self.whole = connection.wait
        self.patience = STATEMENT_MAY_TAKE

    def __call__(self, steps: Generator, *given, **named):
        return self.whole(self.watched(steps), *given, **named)

    def watched(self, steps: Generator) -> Generator:
        """The steps of an exchange with the server, which is asked beside where it does not answer for long."""
        began = time.monotonic()
        try:
            wanted = next(steps)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() - began > self.patience:
                    self.look()
                    began = time.monotonic()
                wanted = steps.send(ready)
        except StopIteration as end:
            return end.value

    def look(self) -> None:
        """Close the connection and raise SilentServer where the server takes no other one."""
        if is_silent(self.parameters):
            self.silence.begin()
            self.connection.pgconn.finish()
            raise SilentServer("The server does not answer.")


def is_silent(parameters: dict) -> bool:
    """Whether a server does not answer whoever knocks. One that refuses, for whatever reason, does."""
    try:
        psycopg.connect(**parameters).close()
    except psycopg.errors.ConnectionTimeout:
        return True
    except psycopg.Error:
        return False
    return False
