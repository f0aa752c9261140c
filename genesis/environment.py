"""Read the environment, and refuse what makes no sense instead of guessing."""

import os
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"", "0", "false", "no", "off"}


def env_bool(name: str, default: bool = False) -> bool:
    """The variable as a yes or no; any other word is an error."""
    value = os.environ.get(name)
    if value is None:
        return default
    word = value.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is neither yes nor no. Use 1 or 0.")


def env_list(name: str) -> list[str]:
    """The variable as a list of words separated by commas or spaces."""
    return os.environ.get(name, "").replace(",", " ").split()


def env_text(name: str) -> str:
    """The variable as one line of text; empty where it is not set."""
    return " ".join(os.environ.get(name, "").split())


def env_contact(name: str) -> str:
    """The variable as where people write to, for a link: a mail address or a page; empty where it is not set."""
    text = env_text(name)
    if not text:
        return ""
    if re.fullmatch(r"[^\s@:/?#]+@[^\s@:/?#]+\.[^\s@:/?#]+", text):
        return f"mailto:{text}"
    if text.startswith("https://") and urlsplit(text).hostname:
        return text
    raise ImproperlyConfigured(
        f"{name}={text!r} is nowhere to write to. Use a mail address, or that of a page that begins with https://."
    )


def env_number(name: str, default: int, *, most: int, least: int = 1) -> int:
    """The variable as a whole number within limits; anything else is an error."""
    text = env_text(name) or str(default)
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
        raise ImproperlyConfigured(
            f"{name}={text!r} is not such a number. Use a whole one from {least} to {most}."
        )
    return int(text)


@dataclass(frozen=True)
class MailServer:
    """A server that takes mail; TLS from the start, begun by STARTTLS, or not at all."""

    host: str
    port: int
    user: str
    password: str
    is_tls: bool
    starts_tls: bool


# How a mail server is asked, each with its usual port.
MAIL_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


def env_mail(name: str) -> MailServer | None:
    """The variable as the address of a mail server, `smtp+starttls://user:password@host:587`; None where not set."""
    address = env_text(name)
    if not address:
        return None
    try:
        parts = urlsplit(address)
        usual = MAIL_PORTS.get(parts.scheme)
        is_server = bool(usual and parts.hostname) and parts.port != 0 and parts.path in ("", "/")
    except ValueError:  # a port that is no number
        is_server = False
    if not is_server or parts.query or parts.fragment:
        # The address itself holds a password.
        raise ImproperlyConfigured(
            f"{name} is not the address of a mail server. Use smtp+starttls://user:password@host:587, smtps:// or "
            "smtp://; write special characters of user and password as in addresses (%40 for @)."
        )
    return MailServer(
        host=parts.hostname,
        port=parts.port or usual,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_tls=parts.scheme == "smtps",
        starts_tls=parts.scheme == "smtp+starttls",
    )


def env_site(name: str, default: str) -> str:
    """The variable as the address of a site: how it is asked, its host and perhaps a port, and nothing else."""
    address = (env_list(name) or [default])[0].rstrip("/")
    try:
        site = urlsplit(address)
        is_site = site.scheme in ("http", "https") and bool(site.hostname) and site.port != 0
    except ValueError:  # half of an IPv6 address, or a port that is no number
        is_site = False
    if not is_site or site.username is not None or site._replace(scheme="", netloc="").geturl():
        raise ImproperlyConfigured(
            f"{name}={address!r} is not an address such as https://partners.example.org"
        )
    return address


def env_secret_key(debug: bool) -> str:
    """The key that signs sessions and tokens. Only DEBUG may go without one of its own."""
    key = os.environ.get("SECRET_KEY", "")
    if key:
        return key
    if debug:
        return "only-for-debugging-" + "x" * 40
    raise ImproperlyConfigured(
        "SECRET_KEY is not set, so the server does not start. `make run` makes a key and keeps it in var/secret_key. "
        "Elsewhere, make one with\n"
        "  python3 -c 'import secrets; print(secrets.token_urlsafe(50))'\n"
        "and put it in the environment as SECRET_KEY; keep it out of the repository."
    )
