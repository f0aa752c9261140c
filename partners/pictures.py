"""The picture that other sites show beside a link to a page: 1200 by 630 pixels, in the colours of the site.

Drawn with the font that Pillow brings, so that it looks the same on every machine. That font has the letters of
English only in part; see `writable`.
"""

import io
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from PIL import Image, ImageDraw, ImageFont

SIZE = WIDTH, HEIGHT = 1200, 630
MARGIN = 80
# Of the site and its mark: static/partners/site.css and favicon.svg.
GROUND, FAINT, LINE = "#0b4f66", "#115a73", "#2c7189"
PLAIN, SOFT, ACCENT = "#ffffff", "#b3d4df", "#f2b26b"
# The mark on a field of 32 by 32: three points, the last one in the colour that stands out, and what joins them.
POINTS = ((16, 9.5), (9, 22), (23, 22))
# Shapes are drawn larger than they are shown, which smooths their edges; letters come smooth.
FINER = 3
LARGEST, SMALLEST = 100, 20
TITLE_TOP, TITLE_HEIGHT = 168, 250


@dataclass(frozen=True)
class Card:
    """What stands on a picture: the site, what the page is about, a line of facts, and figures with their nouns."""

    site: str
    title: str
    facts: str
    figures: tuple[tuple[int, str], ...]


@lru_cache(maxsize=256)
def draw(card: Card) -> bytes:
    """The picture as a PNG file. The same card always gives the same bytes."""
    image = ground().copy()
    canvas = ImageDraw.Draw(image)
    write(canvas, (MARGIN + 66, 92), card.site, fitting(card.site, 34, WIDTH - 2 * MARGIN - 66), SOFT, "lm")
    bottom = write_title(canvas, card.title)
    facts_font = fitting(card.facts, 36, WIDTH - 2 * MARGIN)
    write(canvas, (MARGIN, bottom + 44), card.facts, facts_font, SOFT, "lm")
    write_figures(canvas, card.figures)
    file = io.BytesIO()
    # Few colours make a small file; the letters need no more.
    image.quantize(48, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


# Shapes --------------------------------------------------------------------------------------------------------------


@cache
def ground() -> Image.Image:
    """What every picture has: the colour of the site, its mark small and large, and a line above the figures."""
    image = Image.new("RGB", SIZE, GROUND)
    place_mark(image, (690, 16), 600, FAINT, FAINT)
    place_mark(image, (MARGIN - 18, 56), 72, PLAIN, ACCENT)
    ImageDraw.Draw(image).line([(MARGIN, 506), (WIDTH - MARGIN, 506)], fill=LINE, width=2)
    return image


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


# Letters -------------------------------------------------------------------------------------------------------------


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


@cache
def has_letter(letter: str) -> bool:
    """Whether the font has a letter; it draws one and the same box for all those that it has not."""
    if letter.isspace():
        return letter == " "
    return shape_of(letter) != shape_of("\U0010ffff")


def shape_of(letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font(32).getmask(letter)
    return mask.size, bytes(mask)


def writable(text: str) -> str:
    """A text in letters that the font has: accents that it lacks are left out; "" where a letter cannot be written."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    written = [in_font(letter) for letter in text if unicodedata.category(letter) not in ("Cc", "Cf", "Mn")]
    return "" if None in written else "".join(written).strip()


def in_font(letter: str) -> str | None:
    """A letter, or the plain ones it is made of; None where the font has neither."""
    if has_letter(letter):
        return letter
    parts = unicodedata.normalize("NFKD", letter)
    plain = REPLACED.get(letter) or "".join(part for part in parts if not unicodedata.combining(part))
    return plain if plain and all(map(has_letter, plain)) else None


REPLACED = {
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
    "ł": "l", "Ł": "L", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D", "ı": "i",
    "–": "-", "—": "-", "‐": "-", "‑": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "·": "-",
}  # fmt: skip


def first_writable(texts: Iterable[str]) -> str:
    """The first of several texts that can be written; "" where none can."""
    return next(filter(None, map(writable, texts)), "")


def fitting(text: str, size: int, width: int) -> ImageFont.FreeTypeFont:
    """The font at a size, or at the largest smaller one at which a line is no wider than that."""
    while size > SMALLEST and font(size).getlength(text) > width:
        size -= 1
    return font(size)


def write(canvas, place: tuple[float, float], text: str, letters, colour: str, anchor: str = "ls") -> None:
    canvas.text(place, text, font=letters, fill=colour, anchor=anchor)


def write_title(canvas, title: str) -> int:
    """Write the title as large as its field allows, in as many lines as it needs. Gives where it ends."""
    lines, size = largest_lines(title, WIDTH - 2 * MARGIN, TITLE_HEIGHT)
    for number, line in enumerate(lines):
        place = (MARGIN, TITLE_TOP + number * size * 1.14)
        # The font has one weight; a stroke makes it bolder.
        canvas.text(place, line, font=font(size), fill=PLAIN, anchor="la", stroke_width=size // 50)
    return TITLE_TOP + round(len(lines) * size * 1.14)


def largest_lines(text: str, width: int, height: int) -> tuple[list[str], int]:
    """A text in lines that fit a field, and the size of the letters. Every letter of it stands in one of the lines."""
    for size in range(LARGEST, SMALLEST, -2):
        lines = wrapped(text, font(size), width, between_words=size > LARGEST // 3)
        if lines and len(lines) * size * 1.14 <= height:
            return lines, size
    return wrapped(text, font(SMALLEST), width, between_words=False), SMALLEST


def wrapped(text: str, letters: ImageFont.FreeTypeFont, width: int, between_words: bool) -> list[str]:
    """A text in lines that are no wider than that; nothing where a word alone is wider and may not be parted."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if letters.getlength(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while letters.getlength(line) > width:
            if between_words:
                return []
            end = next(n for n in range(len(line), 0, -1) if n == 1 or letters.getlength(line[:n]) <= width)
            lines.append(line[:end])
            line = line[end:]
    return [*lines, line] if line else lines


def write_figures(canvas, figures: tuple[tuple[int, str], ...]) -> None:
    """Write numbers with their nouns in one line at the foot, smaller where they are many."""
    size = next(size for size in range(64, 8, -2) if width_of(figures, size) <= WIDTH - 2 * MARGIN)
    numbers, nouns = font(size), font(size // 2)
    place = MARGIN
    for number, noun in figures:
        said = f"{number:,}"
        canvas.text((place, 580), said, font=numbers, fill=ACCENT, anchor="ls", stroke_width=1)
        place += numbers.getlength(said) + size / 4
        write(canvas, (place, 580), noun, nouns, PLAIN)
        place += nouns.getlength(noun) + size


def width_of(figures: tuple[tuple[int, str], ...], size: int) -> float:
    """How wide the line of figures is, with numbers of a size."""
    widths = (
        font(size).getlength(f"{number:,}") + size / 4 + font(size // 2).getlength(noun)
        for number, noun in figures
    )
    return sum(widths) + size * (len(figures) - 1)
