"""The picture that other sites show beside a link to a page: 1200 by 630 pixels, in the colours of the site.

It is drawn in fonts that come with the directory, and looks the same on every machine that can set its text.
"""

import io
from dataclasses import dataclass
from functools import cache, lru_cache

from PIL import Image, ImageColor, ImageDraw

from partners.head.typesetting import draw_line, fitting, font, needs_shaping, width_of, wrapped

SIZE = WIDTH, HEIGHT = 1200, 630
MARGIN = 80
INNER = WIDTH - 2 * MARGIN
# Of the site and its mark: static/partners/site.css and favicon.svg.
GROUND, FAINT, LINE = "#0b4f66", "#115a73", "#2c7189"
PLAIN, SOFT, ACCENT = "#ffffff", "#b3d4df", "#f2b26b"
# How many steps a smooth edge takes from one colour to another.
EDGE_STEPS = 12
# The mark on a field of 32 by 32: three points, the last one in the colour that stands out, and what joins them.
POINTS = ((16, 9.5), (9, 22), (23, 22))
# The field of the title, the sizes of its letters, and the distance of its lines.
TITLE_TOP, TITLE_HEIGHT = 168, 250
LARGEST_FONT_SIZE, SMALLEST_FONT_SIZE = 100, 20
LEADING = 1.22
# The same where letters carry marks above and below.
WIDE_LEADING = 1.45
# The mark is drawn larger than it is shown, which smooths its edges; letters come smooth.
FINER = 4
# Below this size a word may be parted.
WHOLE_WORDS = 34
FIGURES = 64


@dataclass(frozen=True)
class Card:
    """What stands on a picture: the site, what the page is about, a line of facts, and figures with their nouns."""

    site: str
    title: str
    facts: str
    figures: tuple[tuple[str, str], ...]


@lru_cache(maxsize=256)
def draw(card: Card) -> bytes:
    """The picture as a PNG file. The same card always gives the same bytes."""
    image = ground().copy()
    draw_line(image, (MARGIN + 66, 104), card.site, fitting(card.site, 34, INNER - 66), SOFT)
    bottom = write_title(image, card.title)
    draw_line(image, (MARGIN, bottom + 54), card.facts, fitting(card.facts, 36, INNER), SOFT)
    write_figures(image, card.figures)
    file = io.BytesIO()
    image.quantize(palette=palette(), dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


@cache
def ground() -> Image.Image:
    """What every picture has: the colour of the site, its mark small and large, and a line above the figures."""
    image = Image.new("RGB", SIZE, GROUND)
    place_mark(image, (624, 16), 600, FAINT, FAINT)
    place_mark(image, (MARGIN - 18, 56), 72, PLAIN, ACCENT)
    ImageDraw.Draw(image).line([(MARGIN, 506), (WIDTH - MARGIN, 506)], fill=LINE, width=2)
    return image


@cache
def palette() -> Image.Image:
    """The colours of every picture, which are few, so that files are small: those of the site and the steps between."""
    grounds, inks = [
        tuple(map(ImageColor.getrgb, each)) for each in ((GROUND, FAINT), (PLAIN, SOFT, ACCENT, LINE))
    ]
    colours = {
        tuple(round(low + (high - low) * step / EDGE_STEPS) for low, high in zip(ground, ink, strict=True))
        for ground in grounds
        for ink in (*inks, *grounds)
        for step in range(EDGE_STEPS + 1)
    }
    made = Image.new("P", (1, 1))
    made.putpalette([part for colour in sorted(colours) for part in colour])
    return made


def place_mark(image: Image.Image, corner: tuple[int, int], side: int, colour: str, last: str) -> None:
    """Draw the mark of the site into a square field."""
    scale = side * FINER / 32
    field = Image.new("RGBA", (side * FINER, side * FINER))
    canvas = ImageDraw.Draw(field)
    places = [(x * scale, y * scale) for x, y in POINTS]
    canvas.line([*places, places[0]], fill=colour, width=round(1.8 * scale))
    for (x, y), fill in zip(places, (colour, colour, last), strict=True):
        radius = 3.4 * scale
        canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)
    field = field.resize((side, side), Image.Resampling.LANCZOS)
    image.paste(field, corner, field)


def write_title(image: Image.Image, title: str) -> int:
    """Write the title as large as its field allows, in as many lines as it needs. Gives where it ends."""
    lines, size = largest_lines(title)
    leading = size * leading_of(title)
    first = TITLE_TOP + font(size).getmetrics()[0]
    for number, line in enumerate(lines):
        # The font has one weight, and its lines are made thicker here.
        draw_line(image, (MARGIN, first + number * leading), line, size, PLAIN, bolder=size // 50)
    return TITLE_TOP + round(len(lines) * leading)


def leading_of(title: str) -> float:
    """The distance of the lines of a title, in parts of the size of its letters."""
    return WIDE_LEADING if needs_shaping(title) else LEADING


def largest_lines(title: str) -> tuple[list[str], int]:
    """A title in lines that fit its field, and the size of the letters. Every letter of it stands in a line."""
    leading = leading_of(title)
    for size in range(LARGEST_FONT_SIZE, SMALLEST_FONT_SIZE, -2):
        lines = wrapped(title, size, INNER, between_words=size > WHOLE_WORDS)
        if lines and len(lines) * size * leading <= TITLE_HEIGHT:
            return lines, size
    return wrapped(title, SMALLEST_FONT_SIZE, INNER, between_words=False), SMALLEST_FONT_SIZE


def write_figures(image: Image.Image, figures: tuple[tuple[str, str], ...]) -> None:
    """Write numbers with their nouns in one line at the foot, smaller where they are many."""
    size = next((each for each in range(FIGURES, 8, -2) if width_of_figures(figures, each) <= INNER), 8)
    place = MARGIN
    for number, noun in figures:
        draw_line(image, (place, 580), number, size, ACCENT, bolder=1)
        place += width_of(number, size) + size / 4
        draw_line(image, (place, 580), noun, size // 2 + 2, PLAIN)
        place += width_of(noun, size // 2 + 2) + size


def width_of_figures(figures: tuple[tuple[str, str], ...], size: int) -> float:
    """How wide the line of figures is, with numbers of a size."""
    widths = (width_of(number, size) + size / 4 + width_of(noun, size // 2 + 2) for number, noun in figures)
    return sum(widths) + size * (len(figures) - 1)
