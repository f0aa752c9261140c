"""The catalogs of translations: what the code says to people, and what other languages say for it.

`make messages` brings `partners/locale/` up to date: messages that are new stand there without a translation, those
that nobody says any more are gone, and the compiled catalog is what is written. Babel reads and writes the catalogs, so
that no program beside Python is needed.
"""

import ast
import datetime
import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
LAZY = {f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in ("gettext", "ngettext", "pgettext", "npgettext")}
KEYWORDS = DEFAULT_KEYWORDS | LAZY | {"gettext_noop": None}
CALL = re.compile(r"\b(n?p?gettext|_)\(")
# Number of texts that a call begins with: the context first, then the message and its plural.
TEXTS = {"_": 1, "gettext": 1, "ngettext": 2, "pgettext": 2, "npgettext": 3}


def catalog_file(language: str) -> Path:
    return ROOT / "partners" / "locale" / language / "LC_MESSAGES" / "django.po"


def said() -> Catalog:
    """Every message of the code and the templates, without translations."""
    catalog = Catalog(charset="utf-8")
    for message, context in [*said_by_code(), *said_by_templates()]:
        catalog.add(message, context=context)
    return catalog


def said_by_code() -> Iterator[tuple]:
    for file in sorted([*ROOT.glob("partners/**/*.py"), *ROOT.glob("genesis/**/*.py")]):
        with file.open("rb") as code:
            for _line, message, _comments, context in extract("python", code, KEYWORDS):
                yield message, context


def said_by_templates() -> Iterator[tuple]:
    for file in sorted([*ROOT.glob("templates/**/*.html"), *ROOT.glob("templates/**/*.txt")]):
        yield from calls(templatize(file.read_text(encoding="utf-8")))


def calls(code: str) -> Iterator[tuple]:
    """The messages in a template as Django hands it to extractors: calls, among letters that stand for all else."""
    for found in CALL.finditer(code):
        texts = list(literals(code[found.end() :], TEXTS[found[1]]))
        context = texts.pop(0) if "p" in found[1].removesuffix("gettext") else None
        yield texts[0] if len(texts) == 1 else tuple(texts), context


def literals(code: str, number: int) -> Iterator[str]:
    """The first literals of code that begins with as many."""
    literal = re.compile(r"\s*,?\s*u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", re.DOTALL)
    place = 0
    for _each in range(number):
        found = literal.match(code, place)
        yield ast.literal_eval(found[1])
        place = found.end()


def read_catalog(language: str) -> Catalog:
    with catalog_file(language).open("rb") as file:
        return read_po(file, locale=language)


def up_to_date(language: str) -> Catalog:
    """The catalog of a language with just the messages that are said today, and the translations it has of them."""
    written, catalog = read_catalog(language), Catalog(language, charset="utf-8", fuzzy=False)
    catalog.header_comment = written.header_comment
    for message in said():
        if message.id:
            known = written.get(message.id, message.context)
            string = (
                known.string
                if known and not known.fuzzy and known.pluralizable == message.pluralizable
                else ""
            )
            catalog.add(
                message.id, string or (("", "") if message.pluralizable else ""), context=message.context
            )
    return catalog


def missing(catalog: Catalog) -> list[Message]:
    """The messages without a translation, or without one of its forms."""
    return [
        message
        for message in catalog
        if message.id
        and not all(message.string if isinstance(message.string, (tuple, list)) else [message.string])
    ]


def as_text(catalog: Catalog) -> bytes:
    """A catalog as it is written: by its messages, each on one line, so that two people's changes come together."""
    file = io.BytesIO()
    write_po(file, catalog, width=0, no_location=True, sort_output=True, omit_header=False)
    # The header names days and programs that tell nothing about the translations.
    lines = file.getvalue().decode().splitlines(keepends=True)
    dropped = (
        "POT-Creation",
        "PO-Revision",
        "Project-Id",
        "Report-Msgid",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
    )
    return "".join(
        line for line in lines if not line.startswith(tuple(f'"{each}' for each in dropped))
    ).encode()


def as_binary(catalog: Catalog) -> bytes:
    """A catalog as programs read it. What has no translation is not in it, so that the original is shown."""
    for message in missing(catalog):
        catalog.delete(message.id, message.context)
    # The same catalog is the same bytes on every day.
    catalog.creation_date = catalog.revision_date = datetime.datetime(2025, 12, 18, tzinfo=datetime.UTC)
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def main() -> None:
    for language, name in settings.LANGUAGES[1:]:
        catalog = up_to_date(language)
        file = catalog_file(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = as_text(catalog)
        file.write_bytes(text)
        file.with_suffix(".mo").write_bytes(as_binary(read_po(io.BytesIO(text), locale=language)))
        print(f"{name}: {len(catalog)} messages, {len(missing(catalog))} without a translation")


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
    django.setup()
    main()
