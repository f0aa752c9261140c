"""The pictures of pages as drawings to take away: the same data, laid out on a sheet of fixed width."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from partners.head.typesetting import width_of
from partners.models import Organization
from partners.pictures.marks import AGREEMENT_MARKS, Mark, marks_in_words
from partners.pictures.matrix import Matrix
from partners.pictures.sectors import SectorLine
from partners.pictures.sheet import (
    ACCENT_INK,
    COLORS,
    GLYPH,
    INK,
    LARGE,
    PLAIN_SIZE,
    SHEET_INNER,
    SHEET_MARGIN,
    SHEET_WIDTH,
    SMALL,
    SOFT_INK,
    TINT_COLORS,
    WASH,
    Box,
    Drawing,
    Glyph,
    Letters,
    Stroke,
    shortened_to,
    type_of_part,
    writable,
)
from partners.pictures.split import AgreementGroup
from partners.pictures.strip import Dated, Month, Strip
from partners.pictures.tiles import TileMap
from partners.pictures.together import Together

# From one mark to the next.
PITCH = GLYPH + 4
NAME_WIDTH = 210
# Of a name above a column, how high it may run, and of a column, how narrow it may be.
HIGHEST, NARROWEST = 210, 44
# A group of more agreements is told by its number alone.
MOST_MARKS = 60


def key_of_marks(has_events: bool = False) -> list[tuple[str, str]]:
    found = [(mark.shape, str(mark.label)) for mark in AGREEMENT_MARKS]
    return [*found, ("moment", gettext("Event"))] if has_events else found


@dataclass(frozen=True)
class Heads:
    """Names that run upward, one above each column; the columns begin at `foot`."""

    names: list[str]
    links: list[str]
    left: float
    step: float

    @property
    def foot(self) -> int:
        return (
            min(round(max((width_of(writable(each), PLAIN_SIZE) for each in self.names), default=0)), HIGHEST)
            + 14
        )

    @property
    def parts(self) -> list[type_of_part]:
        return [
            Letters(
                self.left + self.step * (number + 0.5) + 5,
                self.foot - 8,
                shortened_to(name, PLAIN_SIZE, HIGHEST),
                turned=True,
                link=link,
            )
            for number, (name, link) in enumerate(zip(self.names, self.links, strict=True))
        ]


def heads_of(columns: list[tuple[Organization, str]], left: float) -> Heads:
    """The columns share what is left of the sheet; many make it wider."""
    step = max((SHEET_WIDTH - SHEET_MARGIN - left) / max(len(columns), 1), NARROWEST)
    links = [each.get_absolute_url() for each, _short in columns]
    return Heads([short for _each, short in columns], links, left, step)


def draw_matrix(matrix: Matrix) -> Drawing:
    """Partners by laboratories; a cell has the number of agreements and a mark for each."""
    most = max((cell.count for line in matrix.lines for cell in line.cells), default=1)
    heads = heads_of(matrix.columns, SHEET_MARGIN + NAME_WIDTH)
    left, step = heads.left, heads.step
    in_row = max(int((step - 6) // PITCH), 1)
    height = 26 + -(-most // in_row) * PITCH
    parts, y = heads.parts, float(heads.foot)
    for line in matrix.lines:
        parts.append(Stroke(SHEET_MARGIN, y, left + step * len(matrix.columns), y))
        name = shortened_to(line.short, PLAIN_SIZE, NAME_WIDTH - 12)
        parts.append(Letters(SHEET_MARGIN, y + height / 2 + 5, name, link=line.partner.get_absolute_url()))
        for number, cell in enumerate(line.cells):
            if cell.count:
                parts += matrix_cell(cell, left + step * number, y, step, height, in_row)
        y += height
    notes = [gettext("The number in a cell is that of agreements.")]
    if matrix.left_out:
        names = ", ".join(each.name for each in matrix.left_out)
        notes.append(gettext("No laboratory on record: %s.") % names)
    width = max(SHEET_WIDTH, left + step * len(matrix.columns) + SHEET_MARGIN)
    return Drawing(y, parts, key_of_marks(), notes, width)


def matrix_cell(cell, x: float, y: float, step: float, height: float, in_row: int) -> list[type_of_part]:
    said = marks_in_words(cell.marks)
    parts: list[type_of_part] = [
        Box(x + 1, y + 1, step - 2, height - 1, TINT_COLORS[cell.tint], cell.link, said),
        Letters(
            x + step / 2, y + 17, str(cell.count), PLAIN_SIZE, anchor="middle", bold=True, link=cell.link
        ),
    ]
    for number, mark in enumerate(cell.marks):
        row, place = divmod(number, in_row)
        wide = min(cell.count - row * in_row, in_row)
        at = x + step / 2 + (place - (wide - 1) / 2) * PITCH
        parts.append(Glyph(at, y + 28 + row * PITCH, mark.shape, link=cell.link, label=str(mark.label)))
    return parts


def draw_split(groups: list[AgreementGroup]) -> Drawing:
    """How many agreements there are of each group, with a mark for each of up to 60."""
    parts: list[type_of_part] = []
    y, left = 0.0, SHEET_MARGIN + 440
    in_row = int((SHEET_WIDTH - SHEET_MARGIN - left) // PITCH)
    for group in groups:
        parts.append(Stroke(SHEET_MARGIN, y, SHEET_WIDTH - SHEET_MARGIN, y))
        parts.append(
            Letters(SHEET_MARGIN + 62, y + 38, str(group.count), LARGE, ACCENT_INK, "end", bold=True)
        )
        parts.append(
            Letters(SHEET_MARGIN + 74, y + 38, shortened_to(group.words, PLAIN_SIZE, 356), link=group.link)
        )
        drawn = group.count if group.count <= MOST_MARKS else 0
        for number in range(drawn):
            row, place = divmod(number, in_row)
            at = left + place * PITCH + GLYPH / 2
            parts.append(Glyph(at, y + 32 + row * PITCH, group.mark.shape, link=group.link))
        y += 60 + max(drawn - 1, 0) // in_row * PITCH
    return Drawing(y, parts)


def draw_tiles(tiles: TileMap) -> Drawing:
    """The states as tiles, with the numbers of partners and, in a frame, of laboratories."""
    side = 62
    left = SHEET_MARGIN + (SHEET_INNER - 11 * side) / 2
    parts: list[type_of_part] = []
    for number, tile in enumerate(tiles.grid):
        row, column = divmod(number, 11)
        x, y = left + column * side, row * side
        if tile is None:
            continue
        said = ", ".join(filter(None, [tile.name, *numbers_in_words(tile.partners, tile.laboratories)]))
        parts.append(Box(x, y, side - 4, side - 4, TINT_COLORS.get(tile.tint, WASH), label=said))
        parts.append(Letters(x + 29, y + 20, tile.short, SMALL, SOFT_INK, "middle"))
        parts += tile_numbers(tile, x + 29, y + 44)
    notes = [f"{country}: {', '.join(each.name for each in rows)}." for country, rows in tiles.abroad]
    if tiles.unplaced:
        names = ", ".join(each.name for each in tiles.unplaced)
        notes.append(gettext("No place on record: %s.") % names)
    notes.insert(0, gettext("Numbers in a frame count laboratories, the others partners."))
    return Drawing(-(-len(tiles.grid) // 11) * side, parts, notes=notes)


def numbers_in_words(partners: int, laboratories: int) -> list[str]:
    return [
        ngettext("%(count)d partner", "%(count)d partners", partners) % {"count": partners}
        if partners
        else "",
        ngettext("%(count)d laboratory", "%(count)d laboratories", laboratories) % {"count": laboratories}
        if laboratories
        else "",
    ]


def tile_numbers(tile, x: float, y: float) -> list[type_of_part]:
    both = 13 if tile.partners and tile.laboratories else 0
    parts: list[type_of_part] = []
    if tile.partners:
        address = f"{reverse('partner_list')}?region={tile.code}"
        parts.append(Letters(x - both, y, str(tile.partners), 19, INK, "middle", bold=True, link=address))
    if tile.laboratories:
        address = f"{reverse('laboratory_list')}?region={tile.code}"
        wide = width_of(str(tile.laboratories), 17) + 10
        at = x + both
        corners = [
            (at - wide / 2, y - 17),
            (at + wide / 2, y - 17),
            (at + wide / 2, y + 5),
            (at - wide / 2, y + 5),
        ]
        ends = zip(corners, [*corners[1:], corners[0]], strict=True)
        parts += [Stroke(*one, *other, ACCENT_INK) for one, other in ends]
        parts.append(Letters(at, y, str(tile.laboratories), 17, INK, "middle", bold=True, link=address))
    return parts


def draw_sectors(lines: list[SectorLine]) -> Drawing:
    """Each sector with a block for each of its partners."""
    parts: list[type_of_part] = []
    y, left, wide, high = 0.0, SHEET_MARGIN + 366, 150, 27
    in_row = int((SHEET_WIDTH - SHEET_MARGIN - left) // wide)
    for line in lines:
        parts.append(Stroke(SHEET_MARGIN, y, SHEET_WIDTH - SHEET_MARGIN, y))
        name = shortened_to(str(line.sector.name), PLAIN_SIZE, 312)
        parts.append(Letters(SHEET_MARGIN, y + 25, name, bold=True, link=line.sector.get_absolute_url()))
        parts.append(
            Letters(left - 14, y + 25, str(len(line.partners)), PLAIN_SIZE, ACCENT_INK, "end", bold=True)
        )
        for number, (partner, short) in enumerate(line.partners):
            row, place = divmod(number, in_row)
            x, top = left + place * wide, y + 7 + row * (high + 4)
            address = partner.get_absolute_url()
            parts.append(Box(x, top, wide - 6, high, WASH, address, partner.name))
            parts.append(Stroke(x + 1.5, top, x + 1.5, top + high, COLORS["partnership"], 3))
            parts.append(
                Letters(x + 11, top + 18, shortened_to(short, SMALL, wide - 24), SMALL, link=address)
            )
        y += 14 + (1 + (len(line.partners) - 1) // in_row) * (high + 4)
    return Drawing(y, parts)


def draw_strip(strip: Strip, notes: list[str]) -> Drawing:
    """Years with their months: agreements above the line, events below it."""
    parts: list[type_of_part] = []
    y, left = 0.0, SHEET_MARGIN + 60
    step = (SHEET_WIDTH - SHEET_MARGIN - left) / 12
    in_row = int((step - 8) // PITCH)
    for year, months in strip.years:
        above = rows_needed([month.above for month in months], in_row)
        below = rows_needed([month.below for month in months], in_row)
        line = y + 24 + above * PITCH
        parts.append(Letters(SHEET_MARGIN, line + 5, str(year), 17, INK, bold=True))
        for number, month in enumerate(months):
            x = left + number * step
            parts.append(Letters(x + 4, y + 14, date_format(month.first, "M"), SMALL, SOFT_INK))
            parts.append(Stroke(x + 2, line, x + step - 4, line))
            parts += month_marks(month, x + 4, line, in_row)
        y = line + below * PITCH + 22
    return Drawing(y, parts, key_of_marks(has_events=True), notes)


def rows_needed(lanes: Iterable[list[Dated]], in_row: int) -> int:
    return max((-(-sum(each.count for each in lane) // in_row) for lane in lanes), default=0)


def month_marks(month: Month, x: float, line: float, in_row: int) -> list[type_of_part]:
    parts: list[type_of_part] = []
    for lane, way in ((month.above, -1), (month.below, 1)):
        marks = [each for each in lane for _number in range(each.count)]
        for number, each in enumerate(marks):
            row, place = divmod(number, in_row)
            said = f"{each.title}, {date_format(each.day, 'j F Y')}"
            at = x + place * PITCH + GLYPH / 2, line + way * (10 + row * PITCH)
            parts.append(Glyph(*at, each.shape, link=each.link, label=said))
    return parts


def draw_together(together: Together) -> Drawing:
    """Agreements in which several partners stand: a line joins those of each."""
    names = 430
    heads = heads_of(together.columns, SHEET_MARGIN + names)
    left, step = heads.left, heads.step
    parts, y = heads.parts, float(heads.foot)
    for line in together.lines:
        parts.append(Stroke(SHEET_MARGIN, y, left + step * len(together.columns), y))
        title = shortened_to(line.agreement.title, PLAIN_SIZE, names - 14)
        parts.append(Letters(SHEET_MARGIN, y + 24, title, link=line.link))
        parts += joined_marks(line.places, line.mark, left, step, y + 19, line.link)
        y += 38
    width = max(SHEET_WIDTH, left + step * len(together.columns) + SHEET_MARGIN)
    return Drawing(y, parts, key_of_marks(), together.notes, width)


def joined_marks(
    places: list[int], mark: Mark, left: float, step: float, y: float, link: str
) -> list[type_of_part]:
    at = [left + step * (place + 0.5) for place in places]
    color = COLORS[mark.shape]
    line = Stroke(at[0], y, at[-1], y, color, 2, joins=True, link=link)
    return [line, *(Glyph(x, y, mark.shape, GLYPH + 3, link, str(mark.label)) for x in at)]
