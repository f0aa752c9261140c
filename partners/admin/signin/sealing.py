"""Secrets of second steps as the database holds them: sealed, so that who reads a copy of it cannot sign in by them.

The key is derived from SECRET_KEY, which is not in the database. Under a new SECRET_KEY what was sealed before is read as
long as the old one is in SECRET_KEY_FALLBACKS.
"""

import base64
import logging
import secrets
from collections.abc import Iterable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

# Part of what every key is derived from: it is good for nothing else.
PURPOSE = "partners.signin.second_step"


def seal(text: str) -> str:
    """A text that only this site reads."""
    return sealer().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text that was sealed. What no key opens, as after SECRET_KEY was lost, is a secret that nobody has: no code is
    right for it, and an administrator takes the second step off."""
    try:
        return sealer().decrypt(sealed.encode()).decode()
    except InvalidToken:
        logging.getLogger(__name__).error(
            "A second step was sealed under another SECRET_KEY: put that into SECRET_KEY_FALLBACKS."
        )
        return base64.b32encode(secrets.token_bytes(20)).decode()


def sealer() -> MultiFernet:
    return MultiFernet(map(key_from, [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]))


def key_from(secret: str) -> Fernet:
    digest = salted_hmac(PURPOSE, "seal", secret=secret, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def seal_stored(steps: Iterable, change=seal) -> None:
    """Seal what rows of second steps hold that were stored before there was a seal; or the other way round."""
    for step in steps:
        names = {"secret", "seed"} & step.data.keys()
        if names:
            step.data |= {name: change(step.data[name]) for name in names}
            step.save(update_fields=["data"])
