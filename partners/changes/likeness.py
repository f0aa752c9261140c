"""By what two records may be the same thing: a name, however it is written, a website, an address, a symbol."""

from typing import Any
from urllib.parse import unquote, urlsplit

from django.db import models

from partners.folding import fold
from partners.models import Organization, Source
from partners.models.fields import FoldedKey
from partners.selection.tracking import without_tracking

# Kind of a trait, and what stands behind it.
Trait = tuple[str, Any]


def name_keys_of(model: type[models.Model]) -> tuple[str, ...]:
    """The columns with the folded names of such records."""
    return tuple(field.name for field in model._meta.concrete_fields if isinstance(field, FoldedKey))


def traits_of(record: models.Model) -> set[Trait]:
    """By what a record may be the same as another one. Of a saved organization its other names are read."""
    found = {("name", getattr(record, name)) for name in name_keys_of(type(record))}
    if isinstance(record, Organization):
        found |= {("name", fold(record.legal_name)), ("host", host_of(record.website))}
        found |= {("name", name.value_key) for name in (record.names.all() if record.pk else ())}
        found.add(("ticker", record.ticker.upper()))
    if isinstance(record, Source):
        found.add(("address", plain_address(record.url)))
    return {(kind, value) for kind, value in found if value}


def host_of(url: str) -> str:
    """The name of the site of an address, without `www`; empty where there is none."""
    host = (split_address(url).hostname or "").rstrip(".")
    return host.removeprefix("www.")


def plain_address(url: str) -> str:
    """An address without the parts that distinguish no pages: scheme, `www`, port, final slash, place, tracking."""
    parts = split_address(url)
    query = "&".join(sorted(filter(None, without_tracking(parts.query).split("&"))))
    return f"{host_of(url)}{unquote(parts.path).rstrip('/')}{'?' if query else ''}{query}"


def split_address(url: str):
    try:
        return urlsplit(url.strip())
    except ValueError:
        return urlsplit("")
