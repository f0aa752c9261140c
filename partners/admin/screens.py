"""The screens of kinds of records that have none of their own: a list, and a form with every field and its sources."""

from collections.abc import Iterator

from django.contrib import admin
from django.db import models
from django.db.models import Model, Prefetch, Q
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from partners.admin.base import CurationAdmin
from partners.admin.citation_rows import CitationInline
from partners.admin.filters import LacksFilter, without_source
from partners.admin.publication import PublishableAdmin
from partners.models import Citation, Publishable
from partners.models.base import Citable
from partners.models.fields import FoldedKey
from partners.nouns import NOUNS


def screen_of(model: type[Model]) -> type[CurationAdmin]:
    """The list and the form of the records of a model, as far as they follow from its fields."""
    keys = [field.name for field in model._meta.concrete_fields if isinstance(field, FoldedKey)]
    parts = {
        "list_display": [model.called],
        "can_be_merged": bool(keys),
        "name_field": model.called,
        "search_fields": [f"{name}__contains" for name in (*keys, "slug")],
    }
    if issubclass(model, Citable):
        parts["inlines"] = [CitationInline]
    if not issubclass(model, Publishable):
        return type(f"{model.__name__}Admin", (CurationAdmin,), parts)
    own = Prefetch("citations", Citation.objects.only(model.citation_field()).order_by("pk"))
    parts |= {
        "list_display": [model.called, "publication_state", "missing", "changed"],
        "list_filter": ["publication_state", LacksFilter],
        "lacks": dict(what_may_lack(model)),
        "list_prefetch_related": [own],
        "readonly_fields": ["verified_date", "published_at", "created_at", "updated_at"],
        "exclude": ["publication_state"],
    }
    return type(f"{model.__name__}Admin", (PublishableAdmin,), parts)


def what_may_lack(model: type[Publishable]) -> Iterator[tuple[str, tuple[str | Promise, Q]]]:
    """What the list can be narrowed to: records without a source, or without one of the texts that may be empty."""
    yield "citations", (_("A source"), without_source(model.citation_field()))
    for name in model.citable_fields:
        field = model._meta.get_field(name)
        if field.blank and isinstance(field, models.CharField | models.TextField):
            yield name, (capfirst(field.verbose_name), Q(**{name: ""}))


def give_screens() -> None:
    """Register the kinds of records that nobody has registered."""
    for noun in NOUNS:
        if not admin.site.is_registered(noun.model):
            admin.site.register(noun.model, screen_of(noun.model))
