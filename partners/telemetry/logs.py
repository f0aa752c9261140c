"""Lines of log, with the number of the request that each belongs to.

They say what was asked and what came of it, and nothing of who asked: no address, account, cookie or query.
"""

import json
import logging
import re
import time
from contextvars import ContextVar

from django.conf import settings
from django.core.mail import mail_admins

# The number of the request that this thread works on.
request_id: ContextVar[str] = ContextVar("request_id", default="")
# What ends a line, or moves the place where a terminal writes.
MOVES_ON = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# What a line may say beside its message.
MEMBERS = ("method", "route", "path", "status", "milliseconds", "bytes")
# Seconds for which errors of one kind are told in one mail: an outage is one of them, however many visitors meet it.
SECONDS_BETWEEN_MAILS = 600


class Numbered(logging.Filter):
    """Gives each line the number of its request."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class TextLine(logging.Formatter):
    """A line for people: `2026-11-27 10:00:00,000 ERROR partners.responses [4f…]: …`."""

    def format(self, record: logging.LogRecord) -> str:
        number = getattr(record, "request_id", "")
        record.numbered = f" [{number}]" if number else ""
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """What somebody asked for may hold the end of a line, and what looks like another one."""
        record.message = MOVES_ON.sub(
            lambda found: found[0].encode("unicode_escape").decode(), record.message
        )
        return super().formatMessage(record)


class JsonLine(logging.Formatter):
    """A line for programs: one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{record.msecs:03.0f}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if number := getattr(record, "request_id", ""):
            line["request_id"] = number
        line |= {name: getattr(record, name) for name in MEMBERS if hasattr(record, name)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class ErrorMail(logging.Handler):
    """Tells the people in ERRORS_TO of an error: its traceback and the number of the request, and nothing of a visitor."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.told_at: dict[tuple, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        kind = (record.name, record.msg, record.exc_info and record.exc_info[0])
        now = time.monotonic()
        if not settings.ADMINS or now - self.told_at.get(kind, float("-inf")) < SECONDS_BETWEEN_MAILS:
            return
        self.told_at[kind] = now
        subject = record.getMessage().splitlines()[0][:200]
        mail_admins(
            subject, f"{self.format(record)}\n\nFurther ones of this kind are in the log.", fail_silently=True
        )


class SlowQuery:
    """Around every statement of a connection: one that takes longer than SLOW_QUERIES says so, without its values."""

    log = logging.getLogger(__name__)

    def __call__(self, execute, sql, params, many, context):
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            milliseconds = (time.perf_counter() - start) * 1000
            if milliseconds >= settings.SLOW_QUERIES:
                self.log.warning(
                    "A statement took %.0f ms: %s", milliseconds, " ".join(str(sql).split())[:2000]
                )


def watch_statements(connection, **kwargs) -> None:
    """For a connection that has just been opened."""
    if settings.SLOW_QUERIES and not any(isinstance(each, SlowQuery) for each in connection.execute_wrappers):
        connection.execute_wrappers.append(SlowQuery())
