"""The columns of the programme."""

from django.utils.translation import gettext_lazy as _

from partners.models import Programme
from partners.tables.columns import DESCRIPTION, PAGE, Table
from partners.tables.recurring import NO_WORD, record_column, slug_column, text_columns

PROGRAMMES = Table(
    name="programmes",
    title=_("Program"),
    description=_("The program whose partners this directory lists."),
    model=Programme,
    key=("programme",),
    columns=(
        slug_column(
            "programme",
            _("Program"),
            _("The stable name of the program."),
            not_in=dict.fromkeys((PAGE, DESCRIPTION), "There is one programme, and no address has its name."),
        ),
        *text_columns("name", _("Name"), _("What it is called."), required=True),
        *text_columns("summary", _("Summary"), _("What it is, in the words of this directory.")),
        record_column(
            "lead",
            _("Led by"),
            _("The organization that leads it; facilities that belong to it are its laboratories."),
            "organizations",
            not_in=NO_WORD,
        ),
        record_column(
            "announcement",
            _("First announcement"),
            _("The event at which its first partners were announced."),
            "events",
            not_in=NO_WORD,
        ),
    ),
)
