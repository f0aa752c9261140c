"""What the index of the search is made of, for whoever watches it: a queryset for each text that is searched."""

from collections.abc import Iterator

from django.db.models import QuerySet

from partners.selection.search.kinds_of_text import Texts


def noted_words(model: str) -> str:
    """Under which name records are noted of which only the words may have changed, and not where they are counted."""
    return f"{model}:words"


def noted_ties(model: str) -> str:
    """The same where only words may have changed by which busy ones are not found; see `MOST_TIES`."""
    return f"{model}:ties"


def querysets_of_texts(texts: Texts) -> Iterator[tuple[QuerySet, str]]:
    """For each text the records with it, first the key of the record, and as what such a record is noted."""
    model = texts.model._meta.model_name
    for text in texts.texts:
        rows = text.rows() if text.rows else texts.model._default_manager.all()
        shown = rows.filter(**{f"{text.owner}__isnull": False}).values_list(text.owner, *text.fields)
        yield shown, (noted_ties if text.is_of_ties else noted_words)(model)
