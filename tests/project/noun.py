"""The declaration of projects. Nothing else is said of them anywhere."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from partners.selection.listings.projects import ProjectListing
from partners.tables.projects import PROJECTS

from partners.nouns.noun import Noun

PROJECT = Noun(
    name="project",
    address="projects/",
    navigation=8,
    title=_("Projects"),
    introduction=_("What is done together."),
    number=ngettext_lazy("%(count)d project", "%(count)d projects", "count"),
    listing=ProjectListing,
    table=PROJECTS,
    card_columns=("project", "title_en", "start_date", "summary_en"),
    table_columns=("title_en", "start_date"),
    sorted_by={"title_en": "title"},
    facts=("start_date",),
    schema_type="Project",
)
