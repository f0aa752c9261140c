"""The kinds of things that the search over everything looks through, each declared once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from partners import site_pages
from partners.models import MissionArea, Sector
from partners.nouns import AGREEMENTS_KIND, EVENTS_KIND, LABORATORIES, PARTNERS, SOURCES_KIND, Kind
from partners.selection.everywhere import Entry, closeness, closeness_of_document
from partners.selection.listings import Listing, OtherOrganizationListing
from partners.tables.columns import Column, Table
from partners.tables.definitions import ORGANIZATIONS


@dataclass(frozen=True)
class Searched:
    """A kind of thing that is searched.

    `noun` counts them in words. Where they have a listing, `kind` is what shows it, and its page has all that were
    found; the others, from a `listing` without a page or from `entries`, are shown here. `facts` are the columns that
    a line below the name says.
    """

    name: str
    title: str | Promise
    noun: object
    facts: tuple[str, ...] = ()
    kind: Kind | None = None
    listing: type[Listing] | None = None
    table: Table | None = None
    entries: Callable[[], Iterator[Entry]] | None = None
    closeness: Callable = closeness

    def counted(self, count: int) -> str:
        return str(self.noun % {"count": count})

    @property
    def columns(self) -> list[Column]:
        """The columns that a hit needs: what names it, what its address depends on, and what is said of it."""
        address = ["type"] if self.table is ORGANIZATIONS else []
        needed = dict.fromkeys((*self.table.key, self.heading, *address, *self.facts))
        return [self.table.column(name) for name in needed]

    @property
    def heading(self) -> str:
        """The column of the name."""
        return next(
            column.name for column in self.table.columns if column.name in ("name", "title_en", "title")
        )


def of_kind(kind: Kind, *facts: str, **others) -> Searched:
    return Searched(kind.name, kind.title, kind.noun, facts, kind, kind.listing, kind.table, **others)


def sectors() -> Iterator[Entry]:
    for sector in Sector.objects.order_by("name_key", "slug"):
        yield term(sector, ())


def mission_areas() -> Iterator[Entry]:
    for area in MissionArea.objects.select_related("parent").order_by("name_key", "slug"):
        above = [(gettext("Part of"), name) for name in names(area.parent)] if area.parent else []
        yield term(area, above, (area.get_level_display(),))


def term(record: Sector | MissionArea, texts, facts=()) -> Entry:
    """A sector or a mission area: found by its name and description in every language, and by what it is part of."""
    others = [(gettext("Name"), name) for name in names(record)] + [
        (gettext("Description"), text) for text in (record.description_en, record.description_nl) if text
    ]
    address = record.get_absolute_url()
    return Entry(record.slug, record.name, record.description, address, facts, (*others, *texts))


def names(record: Sector | MissionArea) -> list[str]:
    return [name for name in (record.name_en, record.name_nl) if name]


# In the order in which equally good ones are shown.
SEARCHED = (
    of_kind(PARTNERS, "ownership_label", "city", "region_label"),
    of_kind(AGREEMENTS_KIND, "agreement_type_label", "partner_labels", "announced_date"),
    of_kind(LABORATORIES, "city", "region_label"),
    Searched(
        "agency",
        _("Agencies and other organizations"),
        ngettext_lazy(
            "%(count)d agency or other organization", "%(count)d agencies and other organizations", "count"
        ),
        ("type_label", "city"),
        listing=OtherOrganizationListing,
        table=ORGANIZATIONS,
    ),
    Searched(
        "mission-area",
        _("Mission areas"),
        ngettext_lazy("%(count)d mission area", "%(count)d mission areas", "count"),
        entries=mission_areas,
    ),
    Searched(
        "sector",
        _("Sectors"),
        ngettext_lazy("%(count)d sector", "%(count)d sectors", "count"),
        entries=sectors,
    ),
    of_kind(EVENTS_KIND, "date", "kind_label"),
    of_kind(SOURCES_KIND, "publisher", "published_date", "stance_label", closeness=closeness_of_document),
    Searched(
        "page",
        _("Pages of this site"),
        ngettext_lazy("%(count)d page of this site", "%(count)d pages of this site", "count"),
        entries=site_pages.entries,
    ),
)
# The kinds whose hits this page shows whole.
SHOWN_HERE = {each.name: each for each in SEARCHED if each.kind is None}
