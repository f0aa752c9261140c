"""How the site is set up: each check looks at one thing and says what is wrong with it."""

import os
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.mail import get_connection
from django.db import Error, connection

from partners.health.ready import of_database, of_disk
from partners.health.replication import of_replicas
from partners.health.trouble import Trouble, one_line
from partners.health.worker import SILENT_FOR, is_worker_alive
from partners.models import DataVersion
from partners.versions import Damaged, check_all, strays

SetupCheck = Callable[[], Iterator[Trouble]]
LEAST_KEY, LEAST_DIFFERENT = 50, 5
LEAST_VERSION = {"sqlite": (3, 37), "postgresql": (14,)}
# What an owner of data may have turned off for speed: after a crash, changes that were acknowledged would be gone.
DURABLE = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": ("on", "local", "remote_apply", "remote_write"),
}
PRAGMAS = {"journal_mode": "wal", "foreign_keys": 1}
MOST_APART = timedelta(seconds=5)
LOCAL = ("127.0.0.1", "localhost", "::1")


def of_secret() -> Iterator[Trouble]:
    key = settings.SECRET_KEY
    if len(key) < LEAST_KEY or len(set(key)) < LEAST_DIFFERENT or settings.DEBUG:
        yield Trouble(
            "SECRET_KEY is too short or too plain: who guesses it can sign in as anybody.",
            "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(64))'. Put the present one into "
            "SECRET_KEY_FALLBACKS.",
        )


def of_debugging() -> Iterator[Trouble]:
    if settings.DEBUG:
        yield Trouble(
            "DEBUG is on: errors show visitors the settings and the code.",
            "Take DEBUG out of the environment.",
        )


def of_hosts() -> Iterator[Trouble]:
    host = urlsplit(settings.SITE_URL).hostname
    if "*" in settings.ALLOWED_HOSTS:
        yield Trouble(
            "ALLOWED_HOSTS takes any name.",
            "Name the hosts of this site in it, or none: that of SITE_URL is known.",
        )
    if host in LOCAL:
        yield Trouble(
            f"SITE_URL is {settings.SITE_URL}: links in files and feeds lead nowhere from another machine.",
            "Set SITE_URL to the address that readers know.",
            bearable=True,
        )


def of_https() -> Iterator[Trouble]:
    site = urlsplit(settings.SITE_URL)
    if site.scheme != "https" and site.hostname not in LOCAL:
        yield Trouble(
            "The site is served without HTTPS: passwords and sessions can be read on their way.",
            "Let a proxy end TLS, and set SITE_URL=https://… and PROXIES.",
        )


def of_proxies() -> Iterator[Trouble]:
    if urlsplit(settings.SITE_URL).scheme == "https" and not settings.PROXIES:
        yield Trouble(
            "PROXIES is 0, though something in front ends TLS: all visitors share its address, and its limits.",
            "Set PROXIES to how many proxies add to X-Forwarded-For.",
        )


def of_version_of_database() -> Iterator[Trouble]:
    least = LEAST_VERSION[connection.vendor]
    found = connection.get_database_version()
    if found < least:
        yield Trouble(
            f"{connection.display_name} is {dotted(found)}; this release needs {dotted(least)}.",
            f"Upgrade {connection.display_name}.",
        )


def dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def of_settings_of_database() -> Iterator[Trouble]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name, wanted in PRAGMAS.items():
                if (found := asked(cursor, f"PRAGMA {name}")) != wanted:
                    yield Trouble(
                        f"SQLite has {name}={found}.", f"It has to be {wanted}: put the file on a local disk."
                    )
            return
        for name, wanted in DURABLE.items():
            if (found := asked(cursor, f"SHOW {name}")) not in wanted:
                yield Trouble(
                    f"PostgreSQL has {name}={found}: a crash takes changes along that were acknowledged.",
                    f"ALTER SYSTEM RESET {name}; SELECT pg_reload_conf();",
                )
        if (found := asked(cursor, "SHOW server_encoding")) != "UTF8":
            yield Trouble(
                f"The database is encoded as {found}.",
                "Make one with: createdb --encoding=UTF8 --template=template0",
            )


def asked(cursor, statement: str):
    cursor.execute(statement)
    return cursor.fetchone()[0]


def of_static_files() -> Iterator[Trouble]:
    names = [path for finder in finders.get_finders() for path, _storage in finder.list([])]
    kept = getattr(staticfiles_storage, "hashed_files", None)
    if kept is None:
        return
    missing = [name for name in names if name not in kept or not staticfiles_storage.exists(kept[name])]
    if missing:
        yield Trouble(
            f"{len(missing)} static files of this release are not in {settings.STATIC_ROOT}, such as {missing[0]}.",
            "Run: manage.py collectstatic --noinput, then restart the server.",
        )


def of_permissions() -> Iterator[Trouble]:
    """What others on the machine may read; the disk has a check of its own."""
    private = [Path(settings.VAR_DIR) / "secret_key"]
    if connection.vendor == "sqlite" and connection.file:
        private.append(connection.file)
    for path in private:
        closed = path.parent.exists() and not path.parent.stat().st_mode & stat.S_IXOTH
        if path.exists() and path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH) and not closed:
            yield Trouble(f"Every account of this machine may read {path}.", f"Run: chmod 600 {path}")
    home = Path(settings.VERSIONS_DIR)
    if home.parent != Path(settings.VAR_DIR) and not home.is_dir():
        do = "Mount what the machines share, or make the folder where there is no version yet."
        yield Trouble(f"There is no {home} (VERSIONS_DIR): readers are told that no version was kept.", do)
    elif home.exists() and not os.access(home, os.W_OK | os.X_OK):
        yield Trouble(f"No version can be kept in {home}.", "Give the folder to the account of the server.")


def of_worker() -> Iterator[Trouble]:
    if not is_worker_alive():
        yield Trouble(
            f"No worker on this machine has been at work in the last {SILENT_FOR} seconds: imports wait.",
            "Run manage.py work beside the server. Where it runs on another machine, nothing is wrong.",
            bearable=True,
        )


def of_kept_versions() -> Iterator[Trouble]:
    for version in check_all():
        if isinstance(version, Damaged):
            yield Trouble(
                f"The version of {version.date} is damaged: {version.problem}.",
                f"Bring {version.folder} back from a backup; readers are not given it.",
            )
    for stray in strays():
        yield Trouble(f"Beside the versions lies {stray}.", "Take it away.", bearable=True)


def of_clock() -> Iterator[Trouble]:
    now = datetime.now(UTC)
    do = "Let the machine keep its time: timedatectl set-ntp true"
    if DataVersion.moment(DataVersion.current()) > now + MOST_APART:
        yield Trouble("The last change of the directory lies in the future: the clock was set back.", do)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            apart = abs(cursor.fetchone()[0] - datetime.now(UTC))
        if apart > MOST_APART:
            yield Trouble(
                f"The clocks of this machine and of PostgreSQL are {apart.seconds} seconds apart.", do
            )


def of_mail() -> Iterator[Trouble]:
    if not settings.MAIL:
        yield Trouble(
            "No mail is sent: who forgot a password has to ask an administrator.",
            "Set EMAIL_URL.",
            bearable=True,
        )
        return
    mail = get_connection()
    try:
        mail.open()
        mail.close()
    except OSError as error:  # of the network, and of SMTP
        yield Trouble(f"The mail server does not take mail: {one_line(error)}", "Mend EMAIL_URL.")


def of_accounts() -> Iterator[Trouble]:
    if not get_user_model().objects.filter(is_active=True, is_superuser=True).exists():
        yield Trouble("Nobody may manage accounts.", "Run: manage.py createsuperuser", bearable=True)


# What each looks at, in words. What asks the database comes after whether there is one.
WITHOUT_DATABASE: dict[str, SetupCheck] = {
    "secret": of_secret,
    "debugging": of_debugging,
    "hosts": of_hosts,
    "HTTPS": of_https,
    "proxies": of_proxies,
    "static files": of_static_files,
    "disk": of_disk,
    "worker": of_worker,
    "mail": of_mail,
    "replicas": of_replicas,
    "database": of_database,
}
ON_DATABASE: dict[str, SetupCheck] = {
    "version of the database": of_version_of_database,
    "settings of the database": of_settings_of_database,
    "permissions": of_permissions,
    "kept versions": of_kept_versions,
    "clock": of_clock,
    "accounts": of_accounts,
}


def examined() -> Iterator[tuple[str, list[Trouble]]]:
    """Every check with what it found. Where the database does not answer, what is asked of it is left out."""
    found: list[Trouble] = []
    for name, check in WITHOUT_DATABASE.items():
        found = list(check())
        yield name, found
    if not any(not each.bearable for each in found):
        for name, check in ON_DATABASE.items():
            yield name, looked_at(check)


def looked_at(check: SetupCheck) -> list[Trouble]:
    try:
        return list(check())
    except (Error, OSError) as error:
        return [Trouble(f"It could not be looked at: {one_line(error)}", "See whether the rest is in order.")]
