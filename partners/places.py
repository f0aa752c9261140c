"""Countries and their regions from the ISO 3166 lists, and languages from ISO 639-1."""

import gettext
from functools import cache

import pycountry
from django.conf import settings

from partners.folding import fold
from partners.languages import language_of_page

# What else people call a country.
ALSO_CALLED = {
    "US": ("USA", "United States of America", "America"),
    "GB": ("UK", "Great Britain", "Britain"),
    "NL": ("Holland",),
    "KR": ("Korea",),
    "CZ": ("Czechia",),
    "AE": ("UAE", "Emirates"),
}

# Codes that ISO 3166-1 leaves to its users, and on which they agree: the European Union and ROR write it so.
AGREED_CODES = {"XK": "Kosovo"}


def country_name(code: str) -> str:
    """The short name of a country by its ISO 3166-1 code, in the language of the page; the code itself when the list
    does not have it."""
    return iso_name("iso3166-1", english_country(code), language_of_page())


@cache
def english_country(code: str) -> str:
    """The same in English."""
    if code in AGREED_CODES:
        return AGREED_CODES[code]
    country = pycountry.countries.get(alpha_2=code) if code else None
    return getattr(country, "common_name", country.name) if country else code


def region_name(code: str) -> str:
    """The name of a state or province by its ISO 3166-2 code, in the language of the page where the list has it; the code
    itself when the list does not have that."""
    return iso_name("iso3166-2", english_region(code), language_of_page())


@cache
def english_region(code: str) -> str:
    """The same in the language of the list, which is English or that of the country."""
    region = pycountry.subdivisions.get(code=code) if code else None
    return region.name if region else code


def is_country(code: str) -> bool:
    """Whether a code of two capital letters is a country's."""
    return code in AGREED_CODES or code.isupper() and pycountry.countries.get(alpha_2=code) is not None


def is_region(code: str) -> bool:
    """Whether a code is that of a state or province."""
    return code.isupper() and pycountry.subdivisions.get(code=code) is not None


def is_language(code: str) -> bool:
    """Whether a code of two small letters is a language's."""
    return code.islower() and pycountry.languages.get(alpha_2=code) is not None


def language_name(code: str) -> str:
    """The name of a language by its ISO 639-1 code, in the language of the page; the code itself when the list does not
    have it."""
    language = pycountry.languages.get(alpha_2=code) if code else None
    return iso_name("iso639-3", language.name, language_of_page()) if language else code


@cache
def iso_name(domain: str, name: str, language: str) -> str:
    """A name of the ISO lists in a language; as it is where the list has no other."""
    known = gettext.translation(domain, pycountry.LOCALES_DIR, languages=[language], fallback=True)
    return known.gettext(name) if name else ""


@cache
def words_for_country(code: str) -> tuple[tuple[str, str], ...]:
    """What a country is called: its name in each language, with the language, its code and other names."""
    named = translated("iso3166-1", english_country(code))
    return (*named, *((name, "") for name in (code, *ALSO_CALLED.get(code, ()))))


@cache
def words_for_region(code: str) -> tuple[tuple[str, str], ...]:
    """The same of a state or province: its code as in "US-TX", and the part of it after the country."""
    named = translated("iso3166-2", english_region(code))
    return (*named, (code, ""), (code.partition("-")[2], ""))


@cache
def regions_by_name() -> dict[str, list[str]]:
    """The codes of the states and provinces that go by a folded name, in any language of the site, or by their code."""
    found: dict[str, list[str]] = {}
    for code in sorted(regions()):
        # The part of a code after the country is a word of many languages: "IN", "OR", "ME".
        names = {name for name, language in words_for_region(code) if language or name == code}
        for name in {fold(name) for name in names}:
            found.setdefault(name, []).append(code)
    return found


def regions_named(text: str) -> list[str]:
    """The codes of the states and provinces with a folded name."""
    return regions_by_name().get(text, [])


def translated(domain: str, name: str) -> list[tuple[str, str]]:
    """A name of the ISO lists in each language of the site; English where there is no other."""
    return [(iso_name(domain, name, language), language) for language, _name in settings.LANGUAGES]


def countries() -> list[str]:
    """The codes of all countries."""
    return [country.alpha_2 for country in pycountry.countries]


def regions() -> list[str]:
    """The codes of all regions."""
    return [region.code for region in pycountry.subdivisions]
