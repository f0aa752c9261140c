"""Lines of text on pictures, set in the free fonts of the folder `fonts`.

A letter is drawn in the first of these fonts that has it, so no letter shows as the box that a font draws for those it
lacks. A text that cannot be set properly is not set at all: `typeset_text` says so, and the caller takes another one.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, features

from partners.texts import JOINERS, VIRAMA

FOLDER = Path(__file__).parent / "fonts"
# In the order in which they are tried. Inter is the face of the pictures. DejaVu Sans has the letters of Latin beside
# those of Hebrew and Arabic, which a line that runs both ways needs. Droid Sans Fallback has Chinese, Japanese and
# Korean. GNU Unifont would be one file for all of them, but its letters are made of 16 dots and do not join.
FONTS = (
    "Inter-Regular.otf",
    "DejaVuSans.ttf",
    *(
        f"NotoSans{script}-Regular.ttf"
        for script in (
            *("Bengali", "Devanagari", "Ethiopic", "Gujarati", "Gurmukhi", "Kannada", "Khmer", "Malayalam"),
            *("Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Thaana", "Thai"),
        )
    ),
    "DroidSansFallback.ttf",
)
# A code point that no font has, now and later.
LACKING = "\U0010ffff"
# Chinese and Japanese leave no space between words: a line may end before any of these letters.
IDEOGRAPH = "\u3041-\u30fa\u3400-\u9fff\uf900-\ufaff"
UNBROKEN = re.compile(f" ?(?:[{IDEOGRAPH}][^ {IDEOGRAPH}]*|[^ {IDEOGRAPH}]+)")


@cache
def font(size: int, name: str = FONTS[0], shaping: bool = False) -> ImageFont.FreeTypeFont:
    """A font at a size in pixels. Without `shaping`, letters stand one after the other, alike on every machine."""
    engine = ImageFont.Layout.RAQM if shaping else ImageFont.Layout.BASIC
    return ImageFont.truetype(FOLDER / name, size, layout_engine=engine)


# Which texts can be set ----------------------------------------------------------------------------------------------


@cache
def has_letter(name: str, letter: str) -> bool:
    """Whether a font has a letter, and does not draw its box for it."""
    return letter in JOINERS or glyph(name, letter) != glyph(name, LACKING)


def glyph(name: str, letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font(32, name).getmask(letter)
    return mask.size, bytes(mask)


def font_of(text: str) -> str:
    """The first font that has every letter of a text; "" where none has."""
    return next((name for name in FONTS if all(has_letter(name, letter) for letter in text)), "")


def has_right_to_left_letters(text: str) -> bool:
    """Whether a text has letters that run from right to left, such as those of Hebrew and Arabic."""
    return any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in text)


def needs_shaping(text: str) -> bool:
    """Whether letters of a text change their form or place by their neighbors."""
    return has_right_to_left_letters(text) or any(joins_neighbor(letter) for letter in text)


def joins_neighbor(letter: str) -> bool:
    """Whether a letter stands on, under or around the one before it, or changes how that one joins the next."""
    return letter in JOINERS or unicodedata.category(letter).startswith("M")


def inseparable_pieces(text: str) -> list[str]:
    """A text in the smallest pieces that can be set apart: a letter with its marks and what these join to it."""
    found: list[str] = []
    for letter in text:
        if found and (joins_neighbor(letter) or unicodedata.combining(found[-1][-1]) == VIRAMA):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def typeset_text(text: str) -> str:
    """A text as it can be set, without what nobody sees; "" where a letter of it cannot be set.

    Marks that no font has are left out. Letters that need shaping need the libraries Raqm and FriBiDi: the packages of
    Pillow bring the first and find the second on the machine.
    """
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    seen = "".join(
        letter for letter in text if letter in JOINERS or unicodedata.category(letter) not in ("Cc", "Cf")
    )
    settable = [settable_cluster(cluster) for cluster in inseparable_pieces(seen)]
    if None in settable:
        return ""
    text = " ".join("".join(settable).split())
    if needs_shaping(text) and not features.check("raqm"):
        return ""
    # The order of a line that runs both ways is that of one font.
    return "" if has_right_to_left_letters(text) and not font_of(text) else text


def settable_cluster(cluster: str) -> str | None:
    """A letter with its marks, without the marks that no font has with it; None where no font has the letter."""
    if cluster == " " or (font_of(cluster) and unicodedata.category(cluster[0]) not in ("Cn", "Co", "Cs")):
        return cluster
    if len(cluster) > 1:
        return settable_cluster(cluster[:-1])
    if joins_neighbor(cluster):
        return ""
    plain = unicodedata.normalize("NFKD", cluster)
    return plain if plain != cluster and not plain.isspace() and font_of(plain) else None


def first_writable(texts: Iterable[str]) -> str:
    """The first of several texts that can be set; "" where none can."""
    return next(filter(None, map(typeset_text, texts)), "")


# How they are laid out -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def font_runs(text: str) -> tuple[tuple[str, str, bool], ...]:
    """A writable text in pieces, each with the font it is set in and whether it needs shaping."""
    if has_right_to_left_letters(text):
        return ((font_of(text), text, True),)
    fonts: list[tuple[str, str]] = []
    for cluster in inseparable_pieces(text):
        # A space belongs to the word before it, so that a text in one script is one run.
        name = fonts[-1][0] if cluster == " " and fonts else font_of(cluster)
        fonts.append((name, cluster))
    pieces = (
        (name, "".join(cluster for _name, cluster in group))
        for name, group in groupby(fonts, key=lambda pair: pair[0])
    )
    return tuple((name, piece, needs_shaping(piece)) for name, piece in pieces)


def width_of(text: str, size: int) -> float:
    """How wide a writable text is in letters of a size, in pixels."""
    return sum(font(size, name, shaping).getlength(piece) for name, piece, shaping in font_runs(text))


def fitting(text: str, size: int, width: int) -> int:
    """A size of letters, or the largest smaller one at which a line is no wider than that."""
    return next((each for each in range(size, 1, -1) if width_of(text, each) <= width), 1)


def wrapped(text: str, size: int, width: int, between_words: bool) -> list[str]:
    """A text in lines that are no wider than that; nothing where a word alone is wider and may not be parted."""
    lines, line = [], ""
    for word in UNBROKEN.findall(text):
        if width_of((line + word).strip(), size) <= width:
            line = (line + word).strip()
            continue
        if line:
            lines.append(line)
        line = word.strip()
        while width_of(line, size) > width:
            if between_words:
                return []
            parts = inseparable_pieces(line)
            heads = ("".join(parts[:count]) for count in range(len(parts) - 1, 0, -1))
            head = next((head for head in heads if width_of(head, size) <= width), parts[0])
            if head == line:
                break
            lines.append(head)
            line = line[len(head) :]
    return [*lines, line] if line else lines


def draw_line(
    image: Image.Image, place: tuple[float, float], text: str, size: int, colour: str, bolder: int = 0
) -> None:
    """Draw a line of writable text that begins at a place on the line it stands on; `bolder` pixels are added all around it."""
    canvas, (left, foot) = ImageDraw.Draw(image), place
    for name, piece, shaping in font_runs(text):
        letters = font(size, name, shaping)
        canvas.text((left, foot), piece, font=letters, fill=colour, anchor="ls", stroke_width=bolder)
        left += letters.getlength(piece)
