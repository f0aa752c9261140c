"""Whether an error says that the database or the disk cannot be used just now, and not that something is wrong with what
was asked."""

import errno
import sqlite3

from django.db import DatabaseError, InterfaceError, OperationalError

# Primary result codes (sqlite.org/rescode.html) of a file that is missing, locked, damaged, or on a bad or full disk.
SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
SQLITE_OUTAGE = SQLITE_BUSY | {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
# Of PostgreSQL: damaged data and a damaged index, and a table that is not there, as before the first `migrate`.
POSTGRESQL_OUTAGE = {"XX001", "XX002", "42P01"}
LOCK_NOT_AVAILABLE = "55P03"
# Its class of limits that a statement is over is said by the same exception as a server that is away.
POSTGRESQL_LIMITS = "54"

# A disk that is full, that cannot be written, or that fails.
DISK_OUTAGE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


def is_outage(error: Exception) -> bool:
    """Whether the database is away, locked, damaged or not set up. Given an error as Django raises it."""
    if not isinstance(error, DatabaseError | InterfaceError):
        return False
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return sqlite_code(cause) in SQLITE_OUTAGE or str(cause).startswith("no such table")
    state = getattr(cause, "sqlstate", None) or ""
    if state in POSTGRESQL_OUTAGE:
        return True
    return isinstance(error, OperationalError | InterfaceError) and not state.startswith(POSTGRESQL_LIMITS)


def is_busy(error: Exception) -> bool:
    """Whether the database is there, and somebody else at work on what was asked for."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return sqlite_code(cause) in SQLITE_BUSY
    return getattr(cause, "sqlstate", None) == LOCK_NOT_AVAILABLE


def is_disk_outage(error: Exception) -> bool:
    """Whether the disk takes nothing just now: of packages, and of files on their way."""
    return isinstance(error, OSError) and error.errno in DISK_OUTAGE


def sqlite_code(error: sqlite3.Error) -> int:
    """The primary result code, which is in the lowest byte."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
