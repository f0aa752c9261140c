"""Read the environment, and refuse what makes no sense instead of guessing."""

import os
from urllib.parse import urlsplit

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


def env_days(name: str, default: int) -> int:
    """The variable as a number of days, one at least; anything else is an error."""
    text = env_text(name) or str(default)
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= 36_500):
        raise ImproperlyConfigured(
            f"{name}={text!r} is not a number of days. Use a whole one from 1 to 36500."
        )
    return int(text)


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
