"""How the database is reached, from the environment."""

import os
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from genesis.environment import env_list, env_number

SQLITE_OPTIONS = {
    # A writer waits for another one instead of failing; readers never wait (write-ahead log).
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # What was said to be saved is on the disk (FULL), so that it is there after a loss of power as well.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
}
# The backends of Django, on which triggers stand aside while a migration runs.
OWN_BACKENDS = {
    "django.db.backends.sqlite3": "partners.engines.sqlite3",
    "django.db.backends.postgresql": "partners.engines.postgresql",
}
POSTGRESQL = OWN_BACKENDS["django.db.backends.postgresql"]
REPLICAS = "DATABASE_REPLICA_URLS"
# Seconds until a server that does not answer is taken to be away: visitors wait no longer to be told so.
PATIENCE, REPLICA_PATIENCE = 5, 2


def databases(folder: Path) -> dict[str, dict]:
    """`DATABASES` of Django; a file in `folder` where DATABASE_URL says nothing. Replicas are `replica1` and so on."""
    primary = database_at(os.environ.get("DATABASE_URL") or f"sqlite:///{folder / 'directory.sqlite3'}")
    following = {f"replica{number}": replica_at(url) for number, url in enumerate(env_list(REPLICAS), 1)}
    if following and primary["ENGINE"] != POSTGRESQL:
        raise ImproperlyConfigured(f"{REPLICAS} is for PostgreSQL, and DATABASE_URL leads to another engine.")
    return {"default": primary} | following


def replica_at(url: str) -> dict:
    """The same for a server that follows that of DATABASE_URL, which nobody waits for long: there are others."""
    try:
        replica = database_at(url)
    except ValueError:  # what dj_database_url raises for what is no address
        replica = {"ENGINE": ""}
    if replica["ENGINE"] != POSTGRESQL:
        # The address itself may hold a password.
        raise ImproperlyConfigured(
            f"{REPLICAS} takes addresses of PostgreSQL, postgres://user:password@host/name, separated by commas."
        )
    replica["OPTIONS"] |= {"connect_timeout": REPLICA_PATIENCE, "tcp_user_timeout": REPLICA_PATIENCE * 1000}
    if pool := replica["OPTIONS"].get("pool"):
        pool["timeout"] = REPLICA_PATIENCE
    return replica | {"REPLICA": True}


def database_at(url: str) -> dict:
    """What Django has to know of one database."""
    database = dj_database_url.parse(url)
    database["ENGINE"] = OWN_BACKENDS.get(database["ENGINE"], database["ENGINE"])
    options = database.get("OPTIONS", {})
    if database["ENGINE"] == OWN_BACKENDS["django.db.backends.sqlite3"]:
        options = SQLITE_OPTIONS | options
    # Opening a connection takes longer than answering most requests does; SQLite's answers to the check without a query.
    database["CONN_MAX_AGE"] = 60
    database["CONN_HEALTH_CHECKS"] = True
    if database["ENGINE"] == POSTGRESQL:
        options = {"connect_timeout": PATIENCE} | options
        if most := env_number("DATABASE_POOL", 4, least=0, most=1000):
            # Django gives a connection back after each request; the backend looks whether it still lives.
            database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"] = 0, False
            options["pool"] = pool_of(most)
    database["OPTIONS"] = options
    return database


def pool_of(most: int) -> dict:
    """The pool of one process (psycopg_pool): opened as they are asked for, closed when they have long been idle."""
    return {
        "min_size": 0,
        "max_size": most,
        "timeout": PATIENCE,
        "max_idle": 300,
        # Whoever asks next tries again: nobody waits for a pool that has learnt to try seldom.
        "reconnect_timeout": 0,
    }
