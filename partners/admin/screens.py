"""The screens of kinds of records that have none of their own: a list, and a form with every field and its sources."""

from django.contrib import admin
from django.db.models import Model, Prefetch

from partners.admin.base import CurationAdmin
from partners.admin.publication import PublishableAdmin
from partners.admin.sources import CitationInline
from partners.models import Citation, Publishable
from partners.models.base import Citable
from partners.models.fields import FoldedKey
from partners.nouns import NOUNS


def screen_of(model: type[Model]) -> type[CurationAdmin]:
    """The list and the form of the records of a model, as far as they follow from its fields."""
    keys = [field.name for field in model._meta.concrete_fields if isinstance(field, FoldedKey)]
    parts = {
        "list_display": [model.called],
        "name_keys": tuple(keys),
        "name_field": model.called,
        "search_fields": [f"{name}__contains" for name in (*keys, "slug")],
        "prepopulated_fields": {"slug": [model.called]},
    }
    if issubclass(model, Citable):
        parts["inlines"] = [CitationInline]
    if not issubclass(model, Publishable):
        return type(f"{model.__name__}Admin", (CurationAdmin,), parts)
    own = Prefetch("citations", Citation.objects.only(model.citation_field()).order_by("pk"))
    parts |= {
        "list_display": [model.called, "publication_state", "missing", "changed"],
        "list_filter": ["publication_state"],
        "list_prefetch_related": [own],
        "readonly_fields": ["published_at", "created_at", "updated_at"],
        "exclude": ["publication_state"],
    }
    return type(f"{model.__name__}Admin", (PublishableAdmin,), parts)


def give_screens() -> None:
    """Register the kinds of records that nobody has registered."""
    for noun in NOUNS:
        if not admin.site.is_registered(noun.model):
            admin.site.register(noun.model, screen_of(noun.model))
