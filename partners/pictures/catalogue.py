"""Every picture that can be taken away, by its name: of which listing it shows a selection, and how it is made.

A picture is made from rows once: its drawing, its title, what it says in a sentence, and the rows of its table.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext

from partners.context import present_programme
from partners.models import Event
from partners.nouns import AGREEMENT, EVENT, LABORATORY, PARTNER, Noun
from partners.pictures import layouts
from partners.pictures.marks import marks_in_words
from partners.pictures.matrix import Matrix, matrix_of
from partners.pictures.sectors import SectorLine, sectors_of, takeaway_of_sectors, title_of_sectors
from partners.pictures.sheet import Drawing
from partners.pictures.split import groups_of_agreements, title_of_split
from partners.pictures.strip import Strip, notes_of_events, strip_of_events
from partners.pictures.tiles import TileMap, tile_map
from partners.pictures.together import Together, together_of

# More partners, or more events, than this are listed, and not drawn.
MOST_DRAWN = 200

type_of_picture_rows = Iterator[Sequence[str | int]]


@dataclass(frozen=True)
class Picture:
    """What is taken away: a drawing with its words, and the same as a table."""

    title: str
    takeaway: str
    drawing: Drawing
    columns: tuple[str, ...]
    rows: type_of_picture_rows


@dataclass(frozen=True)
class PictureKind:
    """A picture of a selection of a listing. `draw` takes its rows and the parameters that every link carries on."""

    name: str
    noun: Noun
    draw: Callable[[QuerySet, str], Picture]
    most: int = MOST_DRAWN

    def route(self, ending: str) -> str:
        return f"picture_{self.name}_{ending}"


def announcement_of_programme() -> Event | None:
    """The event from which the programme counts its partners, where readers may be told of it."""
    programme = present_programme()
    announcement = programme and programme.announcement
    return announcement if announcement and announcement.is_published else None


def partners_in(rows: QuerySet) -> list:
    return list(rows.order_by("name_key", "slug").prefetch_related("names", "sectors"))


def drawn_partners(rows: QuerySet, more: str) -> dict:
    """Partners one by one, as their pictures on a page need them: with their laboratories, with each other, by place, by
    sector."""
    partners = partners_in(rows)
    return {
        "matrix": matrix_of(partners, more),
        "together": together_of(partners),
        "sector_lines": sectors_of(partners),
        "map": tile_map(partners, LABORATORY.listing.everything().in_order()),
    }


def picture_of_types(rows: QuerySet, more: str) -> Picture:
    groups = groups_of_agreements(announcement_of_programme(), more, rows)
    return Picture(
        title_of_split(sum(group.count for group in groups)),
        "",
        layouts.draw_split(groups),
        ("kind", "agreements"),
        ((group.words, group.count) for group in groups),
    )


def picture_of_laboratories(rows: QuerySet, more: str) -> Picture:
    matrix = matrix_of(partners_in(rows), more)
    columns = ("partner", "partner_name", "laboratory", "laboratory_name", "agreements", "kinds")
    return Picture(
        matrix.title, matrix.takeaway, layouts.draw_matrix(matrix), columns, rows_of_matrix(matrix)
    )


def rows_of_matrix(matrix: Matrix) -> type_of_picture_rows:
    for line in matrix.lines:
        for (laboratory, _short), cell in zip(matrix.columns, line.cells, strict=True):
            if cell.count:
                names = (line.partner.slug, line.partner.name, laboratory.slug, laboratory.name)
                yield (*names, cell.count, marks_in_words(cell.marks))


def picture_of_places(rows: QuerySet, _more: str) -> Picture:
    tiles = tile_map(partners_in(rows), LABORATORY.listing.everything().in_order())
    columns = ("region", "place", "partners", "laboratories")
    return Picture(tiles.title, tiles.takeaway, layouts.draw_tiles(tiles), columns, rows_of_tiles(tiles))


def rows_of_tiles(tiles: TileMap) -> type_of_picture_rows:
    return ((tile.code, tile.name, tile.partners, tile.laboratories) for tile in tiles.states)


def picture_of_sectors(rows: QuerySet, _more: str) -> Picture:
    lines = sectors_of(partners_in(rows))
    columns = ("sector", "sector_name", "partner", "partner_name")
    title, said = title_of_sectors(), takeaway_of_sectors()
    return Picture(title, said, layouts.draw_sectors(lines), columns, rows_of_sectors(lines))


def rows_of_sectors(lines: list[SectorLine]) -> type_of_picture_rows:
    for line in lines:
        for partner, _short in line.partners:
            yield line.sector.slug, str(line.sector.name), partner.slug, partner.name


def picture_of_together(rows: QuerySet, _more: str) -> Picture:
    found = together_of(partners_in(rows))
    columns = ("agreement", "title", "partner", "partner_name")
    return Picture(
        found.title, found.takeaway, layouts.draw_together(found), columns, rows_of_together(found)
    )


def rows_of_together(found: Together) -> type_of_picture_rows:
    for line in found.lines:
        for place in line.places:
            partner, _short = found.columns[place]
            yield line.agreement.slug, str(line.agreement.title), partner.slug, partner.name


def picture_of_timeline(rows: QuerySet, more: str) -> Picture:
    strip = strip_of_events(rows, more)
    return picture_of_strip(gettext("What happened when"), "", strip, notes_of_events(strip))


def picture_of_strip(title: str, takeaway: str, strip: Strip, notes: list[str]) -> Picture:
    return Picture(
        title,
        takeaway,
        layouts.draw_strip(strip, notes),
        ("date", "title", "kind", "number"),
        ((each.day.isoformat(), each.title, each.shape, each.count) for each in strip.entries),
    )


PICTURES = {
    kind.name: kind
    for kind in (
        PictureKind("types", AGREEMENT, picture_of_types, most=10_000),
        PictureKind("laboratories", PARTNER, picture_of_laboratories),
        PictureKind("together", PARTNER, picture_of_together),
        PictureKind("map", PARTNER, picture_of_places),
        PictureKind("sectors", PARTNER, picture_of_sectors),
        PictureKind("timeline", EVENT, picture_of_timeline),
    )
}
ENDINGS = ("svg", "png", "csv")
