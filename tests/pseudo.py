"""A language that nobody speaks: every message of the catalogs stands in brackets, ⟦so⟧, and whatever a page says without
them can be said in no other language."""

import re
from contextlib import contextmanager
from html.parser import HTMLParser

from django.conf import settings
from django.db.models import CharField, TextField
from django.test import override_settings
from django.utils.translation import trans_real

from partners.models.belonging import models_with_data

# Django knows the language, so that its own messages come in brackets too.
CODE, NAME = "eo", "Esperanto"
OPEN, CLOSE = "⟦", "⟧"
CYRILLIC = str.maketrans("abcdefghijklmnopqrstuvwxyz", "абцдефгхийклмнопярстувщхуз")
CYRILLIC |= {ord(chr(key).upper()): chr(value).upper() for key, value in list(CYRILLIC.items())}
# Columns of data that are words: these are put into other letters, so that no word of a page comes from them.
WORDS = re.compile(
    r"^(name|title|summary|description|note|legal_name|parent_name|giver_name|city|publisher|value|quote|says)(_|$)"
)
CODES = ("slug", "ticker", "language", "field")
# What ends a sentence of a page, whatever is in brackets before.
BLOCKS = {
    *(
        "p",
        "li",
        "td",
        "th",
        "dt",
        "dd",
        "h1",
        "h2",
        "h3",
        "h4",
        "div",
        "section",
        "label",
        "button",
        "summary",
    ),
    *(
        "option",
        "legend",
        "caption",
        "title",
        "main",
        "header",
        "footer",
        "nav",
        "body",
        "figcaption",
        "small",
    ),
}
NO_WORDS = {"script", "style", "code", "pre", "kbd", "samp"}
SAID_BY = ("aria-label", "title", "placeholder", "alt", "data-l")
LETTERS = re.compile(r"[A-Za-z]{2,}")


class Brackets:
    """A catalog that puts every message into brackets."""

    def gettext(self, message: str) -> str:
        return f"{OPEN}{message.rpartition(chr(4))[2]}{CLOSE}"

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self.gettext(singular if number == 1 else plural)

    def language(self) -> str:
        return CODE

    def to_language(self) -> str:
        return CODE


@contextmanager
def pseudo_language():
    """The site in its languages and in the one of brackets, below /eo/."""
    known = trans_real._translations.get(CODE)
    with override_settings(LANGUAGES=[*settings.LANGUAGES, (CODE, NAME)]):
        trans_real._translations[CODE] = Brackets()
        try:
            yield
        finally:
            trans_real._translations.pop(CODE)
            if known:
                trans_real._translations[CODE] = known


def in_other_letters() -> list[str]:
    """Write all data anew in Cyrillic letters, and give what they said before, longest first."""
    said = set()
    for model in models_with_data():
        codes = [field.name for field in model._meta.fields if field.name in CODES]
        said |= {value for name in codes for value in model._base_manager.values_list(name, flat=True)}
    for model in models_with_data():
        columns = [
            field.attname
            for field in model._meta.fields
            if isinstance(field, (CharField, TextField)) and WORDS.match(field.name) and not field.choices
        ]
        for record in model._base_manager.all() if columns else ():
            before = {column: getattr(record, column) for column in columns}
            said |= set(before.values())
            after = {column: text.translate(CYRILLIC) for column, text in before.items()}
            model._base_manager.filter(pk=record.pk).update(**after)
    return sorted(filter(None, said), key=len, reverse=True)


class Reader(HTMLParser):
    """Collects what a page says outside of brackets."""

    def __init__(self):
        super().__init__()
        self.depth, self.silent, self.found = 0, [], []

    def handle_starttag(self, tag, attrs):
        if tag in BLOCKS:
            self.depth = 0
        attributes = dict(attrs)
        if tag in NO_WORDS or attributes.get("lang", CODE) != CODE and tag != "html":
            self.silent.append(tag)
        for name in SAID_BY:
            self.collect(attributes.get(name) or "", 0)

    def handle_endtag(self, tag):
        if tag in BLOCKS:
            self.depth = 0
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data):
        if not self.silent:
            self.depth = self.collect(data, self.depth)

    def collect(self, text: str, depth: int) -> int:
        """Note the words outside of brackets, and say how deep in brackets the text ends."""
        said = ""
        for letter in text:
            if letter == OPEN:
                depth += 1
            elif letter == CLOSE:
                depth = max(depth - 1, 0)
            elif not depth:
                said += letter
        if LETTERS.search(said):
            self.found.append(" ".join(said.split()))
        return depth


# An address, a file, the name of a column, a figure beside its unit: no words of a language.
NO_SENTENCE = re.compile(
    r"https?://\S+|\S+\.(?:example|org)\S*|/eo/\S+|\S*\.[a-z]+(?:[-.][a-z]+)*|[a-z]+_[a-z_]+|\b[A-Z]{2,3}\b"
)


def untranslatable(page: str, data: list[str], names: set[str]) -> list[str]:
    """What a page says in words that are in no catalog, in none of the `data` (which come longest first), and no `names`
    that are the same in every language."""
    reader = Reader()
    reader.feed(page)
    found = []
    for text in reader.found:
        text = NO_SENTENCE.sub(" ", text)
        for known in data:
            text = re.sub(rf"(?<!\w){re.escape(known)}(?!\w)", " ", text)
        words = LETTERS.findall(text)
        if not set(words) <= names:
            found.append(" ".join(text.split()))
    return found
