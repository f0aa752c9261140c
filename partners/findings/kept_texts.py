"""Whether quotes are in the text of their source, as far as somebody has read that page in the last day."""

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from partners.findings.finding import Finding, Level
from partners.folding import fold
from partners.models import Citation, PageText

TEXT_KEPT_FOR = datetime.timedelta(days=1)
LEFT_OUT = re.compile(r"\[?(?:…|\.\.\.)\]?")
LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")


def says(text: str, quote: str) -> bool:
    """Whether a text has these words, in this order; case, accents, quotation marks and spaces do not matter.

    Words left out of a quote are marked by "…" or "[…]": then each part has to be there, one behind the other.
    """
    return has_in_order(plain_words(text), quote)


def has_in_order(words: str, quote: str) -> bool:
    """The same of a text of which only the plain words are at hand."""
    words, at = f" {words} ", 0
    for part in filter(None, map(plain_words, LEFT_OUT.split(quote))):
        found = words.find(f" {part} ", at)
        if found < 0:
            return False
        at = found + len(part) + 1
    return True


def plain_words(text: str) -> str:
    """The letters and digits of a text, word by word."""
    return " ".join(LETTERS_AND_DIGITS.findall(fold(text)))


@dataclass
class KeptText:
    """What a page said when somebody read it. Its words are made once, for however many quotes."""

    text: str
    read_at: datetime.datetime

    @cached_property
    def words(self) -> str:
        return plain_words(self.text)

    def says(self, quote: str) -> bool:
        return has_in_order(self.words, quote)


def kept_texts(pages: Iterable[str]) -> dict[str, KeptText]:
    """The texts of pages, by their plain addresses, as far as somebody has just read them. One query, or none."""
    keys = {each for each in pages if each}
    if not keys:
        return {}
    fresh = PageText.objects.filter(page_key__in=keys, read_at__gt=timezone.now() - TEXT_KEPT_FOR)
    return {page: KeptText(text, at) for page, text, at in fresh.values_list("page_key", "text", "read_at")}


def findings_of_quote(citation: Citation, text: KeptText | None) -> Iterator[Finding]:
    """That a quote is not in the text of its source, or that nobody has that text to hold it against."""
    if not citation.quote:
        return
    if text is None:
        message = (
            _("Nobody has read the page of the source in the last day: the quote was not looked for there.")
            if citation.source.url
            else _("The source has no address: the quote cannot be looked for there.")
        )
        # It says nothing of the value.
        yield Finding(Level.SUGGESTION, "citations", message, citation.pk)
    elif not text.says(citation.quote):
        day = date_format(timezone.localtime(text.read_at), "j F Y")
        message = _("The quote is not in the text of the source, as it was read on %s.") % day
        yield Finding(Level.WARNING, citation.value_name, message, citation.pk)
