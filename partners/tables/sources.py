"""The columns of sources and citations."""

from django.utils.translation import gettext_lazy as _

from partners.models import Citation, Source
from partners.tables.columns import Column, Related, Table
from partners.tables.recurring import NOTE, related_columns, slug_column, term_columns, with_row_version
from partners.vocabularies import SourceKind, SourceStance

SOURCE_USES = {
    target: Related(
        lambda target=target: Citation.objects.public().filter(**{f"{target}__isnull": False}),
        "source",
        f"{target}__slug",
        f"{target}__{title}",
    )
    for target, title in (("organization", "name"), ("agreement", "title_en"), ("event", "title_en"))
}


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
            Column(
                name="published_date",
                title=_("Published on"),
                description=_("The day it was published; empty where that is not known."),
                datatype="date",
            ),
            Column(
                name="url",
                title=_("Address"),
                description=_("Where it can be read; empty where others quote it and nobody links it."),
                datatype="anyURI",
            ),
            Column(name="language", title=_("Language"), description=_("ISO 639-1."), required=True),
            *term_columns("kind", _("Kind"), _("What kind of document it is."), SourceKind, required=True),
            *term_columns(
                "stance", _("Stance"), _("From which side it speaks."), SourceStance, required=True
            ),
            *related_columns(
                "organizations",
                "organization_labels",
                _("Organizations"),
                _("The organizations it supports something about."),
                SOURCE_USES["organization"],
                "organizations",
            ),
            *related_columns(
                "agreements",
                "agreement_labels",
                _("Agreements"),
                _("The agreements it supports something about."),
                SOURCE_USES["agreement"],
                "agreements",
            ),
            *related_columns(
                "events",
                "event_labels",
                _("Events"),
                _("The events it supports something about."),
                SOURCE_USES["event"],
                "events",
            ),
            NOTE,
        )
    ),
)


CITATIONS = Table(
    name="citations",
    title=_("Citations"),
    description=_("Which source supports which record, or which value of it."),
    model=Citation,
    key=("source", "organization", "agreement", "event", "field"),
    columns=(
        Column(
            name="source",
            title=_("Source"),
            description=_("The source."),
            path="source__slug",
            references="sources",
            required=True,
        ),
        *(
            Column(
                name=target,
                title=title,
                description=_(
                    "The record it supports; exactly one of organization, agreement and event is filled in."
                ),
                path=f"{target}__slug",
                references=f"{target}s",
            )
            for target, title in (
                ("organization", _("Organization")),
                ("agreement", _("Agreement")),
                ("event", _("Event")),
            )
        ),
        Column(
            name="field",
            title=_("Field"),
            description=_("The column whose value it supports; empty for the whole record."),
        ),
        Column(name="quote", title=_("Quote"), description=_("The few words that support it.")),
        Column(
            name="retrieved_date",
            title=_("Retrieved on"),
            description=_("The day somebody read the source."),
            datatype="date",
        ),
        NOTE,
    ),
)
