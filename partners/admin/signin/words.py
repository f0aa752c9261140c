"""Passwords that are hardly more than what this site is called, which whoever guesses tries first."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from partners.models import Programme

# What every site of this kind is about.
WORDS = ("partner", "directory", "curator", "curation", "admin", "password", "welcome")
SHORTEST_WORD = 4
# As many letters and digits as have to be left without those words.
LEFT = 5


class OwnWordsValidator:
    """Of `AUTH_PASSWORD_VALIDATORS`: the words are those above, of the host, of the publisher and of the programme."""

    def validate(self, password: str, user=None) -> None:
        left = password.casefold()
        for word in own_words():
            left = left.replace(word, "")
        if len(re.sub(r"[\W_]", "", left)) < LEFT and left != password.casefold():
            raise ValidationError(
                _("This password is hardly more than words by which this site is known."), code="own_words"
            )

    def get_help_text(self) -> str:
        return _("Your password can’t be made of words by which this site is known alone.")


def own_words() -> list[str]:
    """The longest first, so that no part of one stays."""
    texts = [urlsplit(settings.SITE_URL).hostname, settings.PUBLISHER]
    texts += Programme.objects.values_list("name_en", flat=True)
    found = re.findall(r"[^\W_]+", " ".join(texts).casefold())
    return sorted({*WORDS, *(word for word in found if len(word) >= SHORTEST_WORD)}, key=len, reverse=True)
