"""The columns of sources and citations."""

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, TextField, Value, When
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from partners.models import Citation, Publishable, Source
from partners.models.sources import TARGETS
from partners.tables.columns import DESCRIPTION, PAGE, Column, Related, Table
from partners.tables.records import TABLES_OF_RECORDS
from partners.tables.recurring import (
    NO_WORD,
    NOTE,
    date_column,
    owner_column,
    related_columns,
    slug_column,
    term_columns,
    with_row_version,
)
from partners.vocabularies import Preference, Reading, SourceKind, SourceStance, Standing

# The tables of the records that a source can support something about, by the field of a citation that names such a record.
TARGET_TABLES = {
    target: next(table for table in TABLES_OF_RECORDS if table.model is model)
    for target, model in TARGETS.items()
}
# Columns only grow at the end: these stand in three groups, in the order in which records of the kind could be cited.
FIRST_TARGETS, SECOND_TARGETS, LATER_TARGETS = (
    [*TARGET_TABLES][place] for place in (slice(3), slice(3, 6), slice(6, None))
)


def records_supported(target: str) -> tuple[Column, Column]:
    """The records of one kind that a source supports something about."""
    table = TARGET_TABLES[target]
    return related_columns(
        table.name,
        f"{target}_labels",
        table.title,
        _("The records of this kind that it supports something about."),
        Related(
            lambda: Citation.objects.public(target),
            "source",
            f"{target}__slug",
            f"{target}__{table.model.called}",
        ),
        table.name,
    )


USES = tuple(column for target in TARGET_TABLES for column in records_supported(target))


def source_column(target: str) -> Column:
    """The record of one kind that a citation belongs to."""
    table = TARGET_TABLES[target]
    return Column(
        name=target,
        title=table.column(target).title,
        description=format_lazy(
            "{} {}.",
            _("The record it supports; exactly one of these columns is filled in:"),
            ", ".join(TARGET_TABLES),
        ),
        path=f"{target}__slug",
        references=table.name,
        not_in=table.column(target).not_in,
    )


SOURCES = Table(
    name="sources",
    title=_("Sources"),
    description=_("Press releases, articles, orders and registries that support what the directory says."),
    model=Source,
    key=("source",),
    columns=with_row_version(
        (
            slug_column("source", _("Source"), _("The stable name of the source.")),
            Column(name="title", title=_("Title"), description=_("Its title."), required=True),
            Column(name="publisher", title=_("Publisher"), description=_("Who made it public.")),
            date_column(
                "published_date",
                _("Published on"),
                _("The day it was published; empty where that is not known."),
            ),
            Column(
                name="url",
                title=_("Address"),
                description=_("Where it can be read; empty where others quote it and nobody links it."),
                datatype="anyURI",
            ),
            Column(name="language", title=_("Language"), description=_("ISO 639-1."), required=True),
            *term_columns(
                "kind",
                _("Kind"),
                _("What kind of document it is."),
                SourceKind,
                required=True,
                editorial=True,
            ),
            *term_columns(
                "stance",
                _("Stance"),
                _("From which side it speaks."),
                SourceStance,
                required=True,
                editorial=True,
                not_in=NO_WORD,
            ),
            *USES,
            NOTE,
        )
    ),
)


READING = Case(
    When(~Q(quote=""), then=Value(Reading.QUOTED.value)),
    When(retrieved_date__isnull=False, then=Value(Reading.READ.value)),
    default=Value(Reading.UNREAD.value),
)

STANDING = Case(
    When(supports_current=True, then=Value(Standing.YES.value)),
    default=Value(Standing.NO.value),
    output_field=CharField(),
)


def names_hidden_record() -> Q:
    """That a citation supports a value which is another record, of which readers may not be told."""
    hidden = Q()
    for target, model in TARGETS.items():
        for name in model.citable_fields:
            other = model._meta.get_field(name).related_model
            if other and issubclass(other, Publishable):
                told = Exists(other.objects.published().filter(slug=OuterRef("value")))
                hidden |= Q(**{f"{target}__isnull": False}, field=name) & ~told
    return hidden


# The value that a citation supports, as readers may see it.
PUBLIC_VALUE = Case(When(names_hidden_record(), then=None), default=F("value"), output_field=TextField())


CITES_WHOLE = {DESCRIPTION: "schema.org cites a source for a whole page."}

CITATIONS = Table(
    name="citations",
    title=_("Citations"),
    description=_("Which source supports which record, or which value of it."),
    model=Citation,
    key=(
        *("source", *FIRST_TARGETS, "field", *SECOND_TARGETS),
        *("agreement_amount", *LATER_TARGETS),
    ),
    columns=(
        owner_column("source", _("Source"), _("The source."), "sources"),
        *map(source_column, FIRST_TARGETS),
        Column(
            name="field",
            title=_("Field"),
            description=_("The column whose value it supports; empty for the whole record."),
            not_in=CITES_WHOLE,
        ),
        Column(
            name="quote",
            title=_("Quote"),
            description=_("The few words that support it."),
            not_in=CITES_WHOLE,
        ),
        date_column(
            "retrieved_date", _("Retrieved on"), _("The day somebody read the source."), not_in=CITES_WHOLE
        ),
        NOTE,
        *map(source_column, SECOND_TARGETS),
        Column(
            name="agreement_amount",
            title=_("Amount"),
            description=_("Which amount of the agreement it supports, where the field is amounts."),
            path="agreement_amount__slug",
            references="agreement_amounts",
            not_in=CITES_WHOLE,
        ),
        Column(
            name="reading",
            title=_("How it is known"),
            description=_("Whether somebody read the source for this, and whether its words are given."),
            public_value=READING,
            vocabulary=Reading,
            stored=False,
            not_in=CITES_WHOLE | {PAGE: "The quote and the day stand there, and say it."},
        ),
        *(
            Column(
                name=f"source_{column.name}",
                title=format_lazy("{} ({})", column.title, _("of the source")),
                description=column.description,
                path=f"source__{column.name}",
                datatype=column.datatype,
                vocabulary=column.vocabulary,
                required=column.required,
                stored=False,
                repeats=f"sources.{column.name}",
                not_in=column.not_in,
            )
            for column in map(SOURCES.column, ("title", "publisher", "published_date", "url", "stance"))
        ),
        *map(source_column, LATER_TARGETS),
        Column(
            name="value",
            title=_("Value when cited"),
            description=_(
                "The value that it supports: the text of the column, codes in their order with ; between them, or an amount as "
                "kind, exactness, figure and currency. Empty for the whole record, and where nothing was recorded."
            ),
            public_value=PUBLIC_VALUE,
            filled_in=True,
            not_in=CITES_WHOLE
            | {PAGE: "The page of the record shows it; one that has changed stands there."},
        ),
        Column(
            name="says",
            title=_("Says otherwise"),
            description=_(
                "What this source says, where that is not the value here; empty where it says the same."
            ),
            not_in=CITES_WHOLE,
        ),
        *term_columns(
            "reason",
            _("Why one is followed"),
            _("Where sources disagree: why the value here is followed, and not the other one."),
            Preference,
            not_in=CITES_WHOLE,
        ),
        Column(
            name="supports_current",
            title=_("Supports the current value"),
            description=_(
                "Whether the value that it supports is still the one of the record. Where it is not, the citation is for an "
                "earlier value, and stands beside none."
            ),
            public_value=STANDING,
            vocabulary=Standing,
            stored=False,
            not_in=CITES_WHOLE | {PAGE: "The value that has changed stands there, and says it."},
        ),
    ),
)
