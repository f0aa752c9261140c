"""Columns that stand in several tables, and short ways to write pairs of columns."""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from partners.languages import (
    DATA_LANGUAGES,
    columns_of,
    language_of,
    original_of,
    text_of,
)
from partners.models import Citation
from partners.tables.columns import (
    COMPARISON,
    DESCRIPTION,
    PAGE,
    PLACES,
    Column,
    Related,
    codes_of,
    labels_of,
    plain_text,
    row_digest,
    told_to_reader,
    type_of_cell,
    value_if_public,
)
from partners.vocabularies import PublicationState

ROW_VERSION = "row_version"

# Reasons why the description of a page for machines has no such value.
NO_WORD = {DESCRIPTION: "schema.org has no word for it."}
NO_AGREEMENTS = {
    DESCRIPTION: "schema.org has no type for an agreement; the page of the agreement names both."
}

# For whoever reads records and must find them again; stands in no file.
PRIMARY_KEY = Column(name="pk", title="", description="", datatype="integer", public=False, stored=False)

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


VERIFIED = Column(
    name="verified_date",
    title=_("Verified on"),
    description=_("The day a curator last held all of the record against its sources; never public."),
    datatype="date",
    public=False,
)


def term_columns(name: str, title, description, vocabulary, **options) -> tuple[Column, Column]:
    """A term as two columns: the stable code, and the label people read."""
    return (
        Column(name=name, title=title, description=description, vocabulary=vocabulary, **options),
        label_column(f"{name}_label", name, title, _("The label of the term."), vocabulary.label_of),
    )


def label_column(name: str, code: str, title, description, convert) -> Column:
    """What people read in place of the code in the column `code`, of which `title` is the title."""
    title = format_lazy("{} ({})", title, _("label"))
    return Column(name=name, title=title, description=description, path=code, convert=convert, stored=False)


def record_column(name: str, title, description, references: str, **options) -> Column:
    """Another record, by its slug, where the public may know of it."""
    return Column(
        name=name,
        title=title,
        description=description,
        path=f"{name}__slug",
        public_value=value_if_public(name, "slug"),
        references=references,
        **options,
    )


def record_columns(
    name: str, title, description, references: str, heading: str, of_label
) -> tuple[Column, Column]:
    """Another record as two columns: its slug, and its field `heading`, of which `of_label` says what it is."""
    return (
        record_column(name, title, description, references),
        Column(
            name=f"{name}_label",
            title=format_lazy("{} ({})", title, _("label")),
            description=of_label,
            path=f"{name}__{heading}",
            public_value=lambda: value_if_public(name, heading),
            convert=told_to_reader if text_of(heading) else None,
            stored=False,
        ),
    )


# What is said of related records beside their codes: a word for the title of the column, and what it means.
RELATED_LABELS = (
    _("labels"),
    _(
        "Their names, in the order of the codes. A semicolon within a name is written ；; JSON has the name as it is."
    ),
)
ADDRESSES = (
    _("addresses"),
    _(
        "Their addresses in the web, in the order of the codes; some have none. A semicolon within an address is "
        "written %3B."
    ),
)


def labels_for_reader(joined: str | None) -> list[str]:
    """Labels that are texts in languages, each as the reader gets it."""
    return [told_to_reader(label) for label in labels_of(joined)]


def related_columns(
    codes: str,
    labels: str,
    title,
    description,
    related,
    references,
    all_related=None,
    stored=False,
    public=True,
    what=RELATED_LABELS,
    editorial=False,
    not_in=None,
):
    """Related records as two columns in the same order: their slugs, and `what` they are called, or stand at."""
    return (
        Column(
            name=codes,
            title=title,
            description=description,
            related=related,
            all_related=all_related,
            convert=codes_of,
            references=references,
            stored=stored,
            public=public,
            editorial=editorial,
            not_in=not_in or {},
        ),
        Column(
            name=labels,
            title=format_lazy("{} ({})", title, what[0]),
            description=what[1],
            related=related,
            convert=labels_for_reader if text_of(related.label) else labels_of,
            stored=False,
            public=public,
        ),
    )


def source_columns(target: str) -> tuple[Column, Column]:
    """The sources of the records of a kind, which citations name in their field `target`."""
    return related_columns(
        "sources",
        "source_addresses",
        _("Sources"),
        _("The sources of this record and its values."),
        Related(Citation.objects.all, target, "source__slug", "source__url"),
        "sources",
        what=ADDRESSES,
    )


def disputed_column(target: str) -> Column:
    """The values of which a source says otherwise, of the records of a kind."""
    return Column(
        name="disputed",
        title=_("Disputed values"),
        description=_(
            "The columns of which a source says otherwise than the value here. What each source says, and why one is "
            "followed, stands in the table of citations."
        ),
        related=Related(Citation.objects.otherwise, target, "field", "field"),
        convert=codes_of,
        stored=False,
        not_in={
            PAGE: "What the other source says stands beside each value.",
            COMPARISON: "What the other source says stands beside each value.",
            **NO_WORD,
        },
    )


def text_columns(name: str, title, description, **of_original) -> tuple[Column, ...]:
    """A text in each language of the data; `of_original` is said of the original alone."""
    return tuple(
        Column(
            name=column,
            title=format_lazy("{} ({})", title, DATA_LANGUAGES[language_of(column)]),
            **(
                {"description": description} | of_original
                if column == original_of(column)
                else {"description": format_lazy(_("The same in {}."), DATA_LANGUAGES[language_of(column)])}
            ),
        )
        for column in columns_of(name)
    )


def date_column(name: str, title, description, **options) -> Column:
    """A day of the calendar."""
    return Column(name=name, title=title, description=description, datatype="date", **options)


def owner_column(name: str, title, description, references: str) -> Column:
    """The record that a row belongs to, by its slug. No row is without one."""
    path = f"{name}__slug"
    return Column(
        name=name, title=title, description=description, path=path, references=references, required=True
    )


def slug_column(name: str, title, description, **options) -> Column:
    """The key of a table: a stable name that also stands in addresses."""
    return Column(name=name, title=title, description=description, path="slug", required=True, **options)


def with_row_version(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns of a table, and one more that tells one state of a row from another."""
    versioned = tuple(column for column in columns if column.public and column.stored)
    return (
        *columns,
        Column(
            name=ROW_VERSION,
            title=_("Version of the row"),
            description=_(
                "Changes whenever another value of the row does. A changed file that comes back needs it, so that "
                "nobody's work is overwritten."
            ),
            made_from=versioned,
            convert=version_of([column.name for column in versioned]),
            stored=False,
            not_in=dict.fromkeys(
                PLACES, "It tells programs one state of a row from another, and says nothing else."
            ),
        ),
    )


def version_of(names: list[str]):
    """A function from the cells of a row to its version: a text that no spreadsheet takes for a number."""

    def version(cells: list[type_of_cell]) -> str:
        return "v" + row_digest(names, [plain_text(cell) for cell in cells], size=8)

    return version
