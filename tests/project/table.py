"""The columns of projects."""

from django.utils.translation import gettext_lazy as _
from partners.models.projects import Project

from partners.models import Citation
from partners.tables.columns import Column, Related, Table
from partners.tables.recurring import (
    ADDRESSES,
    STATE,
    related_columns,
    slug_column,
    text_columns,
    with_row_version,
)

PROJECTS = Table(
    name="projects",
    title=_("Projects"),
    description=_("What is done together."),
    model=Project,
    key=("project",),
    columns=with_row_version(
        (
            slug_column("project", _("Project"), _("The stable name of the project.")),
            *text_columns("title", _("Title"), _("What it is called."), required=True),
            Column(
                name="start_date",
                title=_("Started on"),
                description=_("The day it began."),
                datatype="date",
            ),
            *text_columns("summary", _("Summary"), _("What it is.")),
            *related_columns(
                "sources",
                "source_addresses",
                _("Sources"),
                _("The sources of this record and its values."),
                Related(Citation.objects.all, "project", "source__slug", "source__url"),
                "sources",
                what=ADDRESSES,
            ),
            STATE,
        )
    ),
)
