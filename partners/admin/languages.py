"""What curators are told of texts that stand in several languages: which translations are missing."""

from django.db.models import Q
from django.utils.text import format_lazy

from partners.languages import DATA_LANGUAGES, language_of, translations_of


def translations_lacking(text: str, label) -> dict[str, tuple]:
    """For a `LacksFilter`: each translation of a text, such as "summary"; `label` has {} for its language."""
    return {
        column: (format_lazy(label, DATA_LANGUAGES[language_of(column)]), Q(**{column: ""}))
        for column in translations_of(text)
    }


def translations_wanted(text: str, label) -> list[tuple]:
    """For the list of what a record misses: each translation of a text."""
    return [
        (
            format_lazy(label, DATA_LANGUAGES[language_of(column)]),
            lambda record, column=column: not getattr(record, column),
        )
        for column in translations_of(text)
    ]
