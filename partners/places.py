"""Names of countries and their regions, from the ISO 3166 lists."""

from functools import cache

import pycountry


@cache
def country_name(code: str) -> str:
    """The short name of a country by its ISO 3166-1 code; the code itself when the list does not have it."""
    country = pycountry.countries.get(alpha_2=code) if code else None
    return getattr(country, "common_name", country.name) if country else code


@cache
def region_name(code: str) -> str:
    """The name of a state or province by its ISO 3166-2 code; the code itself when the list does not have it."""
    region = pycountry.subdivisions.get(code=code) if code else None
    return region.name if region else code
