"""Which partners are in which sector: each is a block in the line of its sector."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

from partners.models import Organization, Sector
from partners.pictures.short_names import short_names


@dataclass(frozen=True)
class SectorLine:
    """A sector with its partners, each with a short name."""

    sector: Sector
    partners: list[tuple[Organization, str]]


def title_of_sectors() -> str:
    return gettext("Partners by sector")


def takeaway_of_sectors() -> str:
    return gettext("Each block is a partner; a partner can be in several sectors.")


def sectors_of(partners: Iterable[Organization]) -> list[SectorLine]:
    """Of partners with their sectors and other names, in their order; largest sectors first."""
    partners = list(partners)
    shorts = short_names(partners)
    found: dict[Sector, list[tuple[Organization, str]]] = {}
    for partner in partners:
        for sector in partner.sectors.all():
            found.setdefault(sector, []).append((partner, shorts[partner.pk]))
    lines = [SectorLine(sector, members) for sector, members in found.items()]
    return sorted(lines, key=lambda line: (-len(line.partners), line.sector.name_key))
