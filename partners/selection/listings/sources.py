"""The listing of sources."""

from django.utils.translation import gettext_lazy as _

from partners.models import Citation, Event, Source
from partners.selection.facets import Facet, Way
from partners.selection.listings.base import NAMED_ORGANIZATIONS, PARTIES, Listing, own_facet
from partners.selection.ranges import DayRange
from partners.selection.search import Search
from partners.selection.search.texts import SOURCE_TEXTS
from partners.selection.sorting import Sort, SortKey
from partners.vocabularies import SourceKind, SourceStance

# Whom a source is about: the organizations that it is cited for, those in the agreements and in the events.
TO_ORGANIZATIONS = (
    Way(Citation.objects.of_organizations, "organization__slug", "source"),
    Way(PARTIES, "organization__slug", "agreement__citations__source"),
    Way(Event.objects.told_of_organizations, "organization__slug", "event__citations__source"),
)


class SourceListing(Listing):
    """Every source behind what is published."""

    name = "source"
    indexed_exactly = False
    q = Search(_("Search"), SOURCE_TEXTS)
    stance = own_facet(_("Stance"), SourceStance, "stance", says=_("of the stance %s"))
    organization = Facet(_("Organization"), NAMED_ORGANIZATIONS, says=_("about %s"), ways=TO_ORGANIZATIONS)
    kind = own_facet(_("Kind"), SourceKind, "kind", says=_("of the kind %s"))
    published = DayRange(
        _("Published"),
        ("published_after", "published_before"),
        "published_date",
        (
            _("published since %(low)s"),
            _("published until %(high)s"),
            _("published between %(low)s and %(high)s"),
        ),
    )
    sort = Sort(
        _("Sort by"),
        {
            "published": SortKey(_("Oldest first"), _("Newest first"), "published_date", gaps=True),
            "title": SortKey(_("Title, A to Z"), _("Title, Z to A"), "title_key"),
            "publisher": SortKey(_("Publisher, A to Z"), _("Publisher, Z to A"), "publisher_key"),
        },
        default="-published",
        last=["title_key", "slug"],
    )

    class Meta:
        model = Source
        fields: list[str] = []

    @classmethod
    def everything(cls):
        return Source.objects.published()

    @classmethod
    def members(cls):
        return Source.objects.all()
