"""The columns of sectors and mission areas."""

from django.utils.translation import gettext_lazy as _

from partners.models import MissionArea, Sector
from partners.tables.columns import Column, Table
from partners.tables.recurring import NO_WORD, slug_column, text_columns
from partners.vocabularies import MissionAreaLevel

SECTORS = Table(
    name="sectors",
    title=_("Sectors"),
    description=_("What organizations do: our own classification."),
    model=Sector,
    key=("sector",),
    columns=(
        slug_column("sector", _("Sector"), _("The stable name of the sector.")),
        *text_columns("name", _("Name"), _("What the sector is called."), required=True, editorial=True),
        *text_columns(
            "description", _("Description"), _("Which organizations belong to it."), editorial=True
        ),
    ),
)


MISSION_AREAS = Table(
    name="mission_areas",
    title=_("Mission areas"),
    description=_("What agreements are about: pillars, domains and challenges of the program."),
    model=MissionArea,
    key=("mission_area",),
    columns=(
        slug_column("mission_area", _("Mission area"), _("The stable name of the mission area.")),
        Column(
            name="level",
            title=_("Level"),
            description=_("How broad it is."),
            vocabulary=MissionAreaLevel,
            required=True,
            editorial=True,
            not_in=NO_WORD,
        ),
        Column(
            name="parent",
            title=_("Part of"),
            description=_("The broader area, where a source says so."),
            path="parent__slug",
            references="mission_areas",
        ),
        *text_columns("name", _("Name"), _("What the area is called."), required=True),
        *text_columns("description", _("Description"), _("What it covers.")),
    ),
)
