"""Where partners and laboratories are: a tile for each state of the country that most of them are in.

Tiles lie about as the states do; each is as large as the others, so that a small one can be read and met too.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from partners.models import Organization
from partners.places import country_name, region_name

# The states of the USA by their ISO 3166-2 codes; our own layout on a grid of eleven columns.
UNITED_STATES = (
    "AK .  .  .  .  .  .  .  .  .  ME",
    ".  .  .  .  .  .  .  .  .  VT NH",
    "WA ID MT ND MN IL WI MI NY RI MA",
    "OR NV WY SD IA IN OH PA NJ CT . ",
    "CA UT CO NE MO KY WV VA MD DE . ",
    ".  AZ NM KS AR TN NC SC DC .  . ",
    ".  .  .  OK LA MS AL GA .  .  . ",
    "HI .  .  TX .  .  .  .  FL .  . ",
)
LAYOUT = [None if each == "." else f"US-{each}" for line in UNITED_STATES for each in line.split()]
STRONGEST_SHADE = 3


@dataclass(frozen=True)
class Tile:
    """A state with the numbers of partners and laboratories in it."""

    code: str
    partners: int
    laboratories: int

    @property
    def name(self) -> str:
        return region_name(self.code)

    @property
    def short(self) -> str:
        return self.code.partition("-")[2]

    @property
    def count(self) -> int:
        return self.partners + self.laboratories

    @property
    def tint(self) -> int:
        """How strongly it is colored: one, two to five, more."""
        return min(self.count, 2) if self.count < 6 else STRONGEST_SHADE


@dataclass(frozen=True)
class TileMap:
    """Tiles in the order of the grid, None where there is no state; those outside it by country; those without a place."""

    grid: list[Tile | None]
    abroad: list[tuple[str, list[Organization]]]
    unplaced: list[Organization]
    partners: int

    @property
    def title(self) -> str:
        return gettext("Where partners and laboratories are")

    @property
    def takeaway(self) -> str:
        """In which state most partners are; "" where no state has more than any other."""
        if not (tile := self.largest):
            return ""
        said = ngettext(
            "The one partner is based in %(state)s.",
            "%(in_state)s of the %(partners)s partners are based in %(state)s.",
            self.partners,
        ) % {"state": tile.name, "in_state": tile.partners, "partners": self.partners}
        if not tile.laboratories:
            return said
        more = ngettext(
            "There is one laboratory, too.",
            "There are %(laboratories)s laboratories, too.",
            tile.laboratories,
        )
        return f"{said} {more % {'laboratories': tile.laboratories}}"

    @property
    def states(self) -> list[Tile]:
        """The states with anything in them, those with most partners first: the table of the map."""
        return sorted(
            (each for each in self.grid if each and each.count),
            key=lambda each: (-each.partners, -each.laboratories, each.name),
        )

    @property
    def largest(self) -> Tile | None:
        """The state with more partners than any other; None where there is none, or not one alone."""
        first, second = (*self.states, None, None)[:2]
        is_alone = first and first.partners > (second.partners if second else 0)
        return first if is_alone else None


def tile_map(partners: Iterable[Organization], laboratories: Iterable[Organization]) -> TileMap:
    """The map of partners and laboratories, in their order. No query."""
    partners, laboratories = list(partners), list(laboratories)
    ours = Counter(each.region_code for each in partners)
    theirs = Counter(each.region_code for each in laboratories)
    grid = [code and Tile(code, ours[code], theirs[code]) for code in LAYOUT]
    outside = [
        each for each in (*partners, *laboratories) if each.region_code not in set(filter(None, LAYOUT))
    ]
    countries: dict[str, list[Organization]] = {}
    for each in outside:
        if each.country_code:
            countries.setdefault(country_name(each.country_code), []).append(each)
    unplaced = [each for each in outside if not each.country_code]
    return TileMap(grid, list(countries.items()), unplaced, len(partners))
