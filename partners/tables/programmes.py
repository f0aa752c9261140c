"""The columns of the programme."""

from django.utils.translation import gettext_lazy as _

from partners.models import Programme
from partners.tables.columns import Column, Table, if_published
from partners.tables.recurring import slug_column, text_columns

PROGRAMMES = Table(
    name="programmes",
    title=_("Programme"),
    description=_("The programme whose partners the directory lists; one row."),
    model=Programme,
    key=("programme",),
    columns=(
        slug_column("programme", _("Programme"), _("The stable name of the programme.")),
        *text_columns("name", _("Name"), _("What it is called."), required=True),
        *text_columns("summary", _("Summary"), _("What it is, in the words of this directory.")),
        Column(
            name="lead",
            title=_("Led by"),
            description=_(
                "The organization that leads it; facilities that belong to it are its laboratories."
            ),
            path="lead__slug",
            shown=if_published("lead", "slug"),
            references="organizations",
        ),
        Column(
            name="announcement",
            title=_("First announcement"),
            description=_("The event at which its first partners were announced."),
            path="announcement__slug",
            shown=if_published("announcement", "slug"),
            references="events",
        ),
    ),
)
