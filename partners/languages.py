"""The languages in which the site speaks."""

from django.conf import settings
from django.utils.translation import override


def in_languages(text) -> dict[str, str]:
    """A text in every language of the site, by the code of the language."""
    said = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            said[code] = str(text)
    return said
