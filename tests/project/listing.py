"""The listing of projects."""

from django.utils.translation import gettext_lazy as _
from partners.models.projects import Project

from partners.selection.listings.base import Listing
from partners.selection.ranges import DayRange
from partners.selection.search import Search
from partners.selection.search.spoken import DayNames
from partners.selection.search.texts import SUMMARY, TITLES, Texts, own_term
from partners.selection.sorting import Sort, SortKey

PROJECT_TEXTS = Texts(
    listing="project",
    model=Project,
    title="title_key",
    heading="title_en",
    summary="summary_en",
    texts=(*TITLES, SUMMARY, own_term(_("Started"), "start_date", DayNames())),
)


class ProjectListing(Listing):
    """Published projects."""

    name = "project"
    q = Search(_("Search"), PROJECT_TEXTS)
    started = DayRange(
        _("Started"),
        ("started_after", "started_before"),
        "start_date",
        (_("since %(low)s"), _("until %(high)s"), _("from %(low)s to %(high)s")),
    )
    sort = Sort(
        _("Sort by"),
        {"title": SortKey(_("Title, A to Z"), _("Title, Z to A"), "title_key")},
        default="title",
        last=["title_key", "slug"],
    )

    class Meta:
        model = Project
        fields: list[str] = []

    @classmethod
    def everything(cls):
        return Project.objects.published()
