"""Columns that stand in several tables, and short ways to write pairs of columns."""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from partners.tables.columns import Column, codes_of, labels_of
from partners.vocabularies import (
    PublicationState,
)

STATE = Column(
    name="publication_state",
    title=_("Publication state"),
    description=_("How far curators have brought the record; only published ones are public."),
    vocabulary=PublicationState,
    required=True,
    public=False,
)


NOTE = Column(
    name="curator_note",
    title=_("Curator's note"),
    description=_("What the next curator should know; never public."),
    public=False,
)


def term_columns(name: str, title, description, vocabulary, **options) -> tuple[Column, Column]:
    """A term as two columns: the stable code, and the label people read."""
    return (
        Column(name=name, title=title, description=description, vocabulary=vocabulary, **options),
        Column(
            name=f"{name}_label",
            title=format_lazy("{} ({})", title, _("label")),
            description=_("The label of the term."),
            path=name,
            convert=vocabulary.label_of,
            stored=False,
        ),
    )


def related_columns(
    codes: str, labels: str, title, description, related, references, stored=False, public=True
):
    """Related records as two columns in the same order: their slugs, and their names."""
    return (
        Column(
            name=codes,
            title=title,
            description=description,
            related=related,
            convert=codes_of,
            references=references,
            stored=stored,
            public=public,
        ),
        Column(
            name=labels,
            title=format_lazy("{} ({})", title, _("labels")),
            description=_("Their names, in the order of the codes."),
            related=related,
            convert=labels_of,
            stored=False,
            public=public,
        ),
    )


def text_columns(name: str, title, description, **english) -> tuple[Column, Column]:
    """A text in English and Dutch."""
    return (
        Column(
            name=f"{name}_en",
            title=format_lazy("{} ({})", title, _("English")),
            description=description,
            **english,
        ),
        Column(
            name=f"{name}_nl",
            title=format_lazy("{} ({})", title, _("Dutch")),
            description=_("The same in Dutch."),
        ),
    )


def slug_column(name: str, title, description) -> Column:
    """The key of a table: a stable name that also stands in addresses."""
    return Column(name=name, title=title, description=description, path="slug", required=True)
