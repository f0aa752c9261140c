"""Writing on pictures, with the font that Pillow brings.

That font has the letters of English and no others. Letters with an accent are put together here from a plain letter and
a mark that is drawn; a text with letters of another script cannot be written at all, and `writable` says so.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache

from PIL import Image, ImageDraw, ImageFont

# A mark is drawn as lines through points, in parts of the size of the letters: from the middle of the letter to the
# right, and up from its top, or from the line it stands on for the marks below and across it.
ABOVE = {
    "\u0300": [[(0.07, 0.05), (-0.06, 0.15)]],
    "\u0301": [[(-0.07, 0.05), (0.06, 0.15)]],
    "\u0302": [[(-0.11, 0.05), (0, 0.15), (0.11, 0.05)]],
    "\u0303": [[(-0.13, 0.06), (-0.09, 0.11), (-0.04, 0.11), (0.04, 0.07), (0.09, 0.07), (0.13, 0.12)]],
    "\u0304": [[(-0.12, 0.1), (0.12, 0.1)]],
    "\u0306": [[(-0.11, 0.15), (-0.08, 0.09), (0, 0.065), (0.08, 0.09), (0.11, 0.15)]],
    "\u0307": [[(0, 0.11), (0, 0.111)]],
    "\u0308": [[(-0.095, 0.11), (-0.095, 0.111)], [(0.095, 0.11), (0.095, 0.111)]],
    "\u030a": [[(0.075, 0.12), (0.053, 0.173), (0, 0.195), (-0.053, 0.173), (-0.075, 0.12), (-0.053, 0.067)]
               + [(0, 0.045), (0.053, 0.067), (0.075, 0.12)]],
    "\u030b": [[(-0.13, 0.05), (-0.03, 0.15)], [(0.03, 0.05), (0.13, 0.15)]],
    "\u030c": [[(-0.11, 0.15), (0, 0.05), (0.11, 0.15)]],
}  # fmt: skip
BELOW = {
    "\u0323": [[(0, -0.14), (0, -0.141)]],
    "\u0326": [[(0.01, -0.09), (-0.02, -0.19)]],
    "\u0327": [[(0.01, 0), (0, -0.05), (0.05, -0.08), (0.06, -0.12), (0.03, -0.16), (-0.06, -0.17)]],
    "\u0328": [[(0.1, 0), (0.05, -0.07), (0.06, -0.15), (0.14, -0.16)]],
}
# Across a letter: the marks of letters that Unicode does not take apart.
ACROSS = {"/o": [[(-0.22, -0.02), (0.22, 0.56)]], "/O": [[(-0.3, -0.02), (0.3, 0.74)]],
          "/l": [[(-0.12, 0.28), (0.12, 0.44)]], "/L": [[(-0.28, 0.24), (0.1, 0.46)]],
          "/d": [[(0, 0.6), (0.27, 0.6)]], "/D": [[(-0.34, 0.36), (-0.02, 0.36)]]}  # fmt: skip
MARKS = ABOVE | BELOW | ACROSS
STRUCK = {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"}
# A mark above would meet the dot of these.
DOTTED = ("i", "j")
# Thickness of lines and dots.
PEN = 0.062
DOT = 0.105
# Marks are drawn larger than they are shown, which smooths their edges; letters come smooth.
FINER = 4

REPLACED = {
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D",
    "ı": "i", "–": "-", "—": "-", "‐": "-", "‑": "-", "‘": "'", "’": "'", "“": '"', "”": '"',
}  # fmt: skip
# Controls, marks of direction, and marks left over when a letter could not take them.
UNSEEN = ("Cc", "Cf", "Mn")


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


# Which texts can be written ------------------------------------------------------------------------------------------


@cache
def has_letter(letter: str) -> bool:
    """Whether the font has a letter; it draws one and the same box for all those that it has not."""
    if letter.isspace():
        return letter == " "
    return shape_of(letter) != shape_of("\U0010ffff")


def shape_of(letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font(32).getmask(letter)
    return mask.size, bytes(mask)


def parts_of(letter: str) -> tuple[str, str]:
    """The plain letter and the mark of which a letter is drawn; "" for none. The letter itself where it needs no mark."""
    if has_letter(letter):
        return letter, ""
    if letter in STRUCK:
        return STRUCK[letter], f"/{STRUCK[letter]}"
    plain, *marks = unicodedata.normalize("NFD", letter)
    mark = marks[0] if len(marks) == 1 and marks[0] in MARKS and plain not in DOTTED else ""
    return (plain, mark) if mark and has_letter(plain) else (letter, "")


def plain(text: str) -> str:
    """A text without its marks; as wide as with them."""
    return "".join(parts_of(letter)[0] for letter in text)


def writable(text: str) -> str:
    """A text in letters that can be drawn: marks that cannot are left out; "" where a letter cannot be written."""
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    written = [drawable(letter) for letter in text if unicodedata.category(letter) not in UNSEEN]
    return "" if None in written else " ".join("".join(written).split())


def drawable(letter: str) -> str | None:
    """A letter, or the plain ones it is made of; None where the font has neither."""
    if has_letter(letter) or parts_of(letter)[1]:
        return letter
    made_of = unicodedata.normalize("NFKD", letter)
    plain = REPLACED.get(letter) or "".join(part for part in made_of if not unicodedata.combining(part))
    return plain if plain and all(map(has_letter, plain)) else None


def first_writable(texts: Iterable[str]) -> str:
    """The first of several texts that can be written; "" where none can."""
    return next(filter(None, map(writable, texts)), "")


# How they are laid out -----------------------------------------------------------------------------------------------


def width_of(text: str, size: int) -> float:
    return font(size).getlength(plain(text))


def fitting(text: str, size: int, width: int) -> int:
    """A size of letters, or the largest smaller one at which a line is no wider than that."""
    return next((each for each in range(size, 1, -1) if width_of(text, each) <= width), 1)


def wrapped(text: str, size: int, width: int, between_words: bool) -> list[str]:
    """A text in lines that are no wider than that; nothing where a word alone is wider and may not be parted."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if width_of(longer, size) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while width_of(line, size) > width:
            if between_words:
                return []
            end = next(n for n in range(len(line), 0, -1) if n == 1 or width_of(line[:n], size) <= width)
            lines.append(line[:end])
            line = line[end:]
    return [*lines, line] if line else lines


# How they are drawn --------------------------------------------------------------------------------------------------


def write(
    image: Image.Image, place: tuple[float, float], text: str, size: int, colour: str, bolder: int = 0
) -> None:
    """Draw a line of text that begins at a place on the line it stands on; `bolder` pixels are added all around it."""
    canvas, letters, said = ImageDraw.Draw(image), font(size), plain(text)
    canvas.text(place, said, font=letters, fill=colour, anchor="ls", stroke_width=bolder)
    for number, letter in enumerate(text):
        mark = parts_of(letter)[1]
        if mark:
            left, top, right, _bottom = letters.getbbox(said[number], anchor="ls")
            middle = place[0] + letters.getlength(said[:number]) + (left + right) / 2
            height = place[1] + (top - bolder if mark in ABOVE else 0)
            draw_mark(image, (middle, height), mark, size, colour, bolder)


def draw_mark(
    image: Image.Image, place: tuple[float, float], mark: str, size: int, colour: str, bolder: int
) -> None:
    """Draw a mark of a letter whose top, or foot, has its middle at a place."""
    side = round(1.6 * size)
    field = Image.new("L", (side * FINER, side * FINER))
    canvas, scale, middle = ImageDraw.Draw(field), size * FINER, side * FINER / 2
    for points in MARKS[mark]:
        is_dot = len(points) == 2 and abs(points[0][1] - points[1][1]) < 0.01 and points[0][0] == points[1][0]
        pen = (DOT if is_dot else PEN) * scale + bolder * FINER
        places = [(middle + x * scale, middle - y * scale) for x, y in points]
        canvas.line(places, fill=255, width=round(pen), joint="curve")
        for x, y in (places[0], places[-1]):
            canvas.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
    field = field.resize((side, side), Image.Resampling.LANCZOS)
    corner = round(place[0] - side / 2), round(place[1] - side / 2)
    image.paste(colour, (*corner, corner[0] + side, corner[1] + side), field)
