"""What a picture that is taken away is made of: letters, marks, boxes and lines on a sheet, in pixels.

The same sheet is written as SVG (`svg.py`) and as PNG (`png.py`). Its colors are those of `static/partners/site.css`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from partners.head.typesetting import typeset_text, width_of, wrapped

SHEET_WIDTH, SHEET_MARGIN = 1200, 40
SHEET_INNER = SHEET_WIDTH - 2 * SHEET_MARGIN
PAPER, WASH, INK, SOFT_INK, FAINT_LINE = "#ffffff", "#f1f6f7", "#14232b", "#4f616b", "#d3dfe2"
ACCENT_INK = "#a84a00"
COLORS = {
    "mou": "#0b4f66",
    "partnership": "#1f7896",
    "contract": "#7b58a8",
    "commitment": "#b85600",
    "other": "#63747d",
    "moment": INK,
}
TINT_COLORS = {1: "#e9f2f4", 2: "#d7e7ec", 3: "#c3dbe2"}
# The sizes of letters: of the title, of what stands below it, of most, and of the foot.
LARGE, MIDDLE, PLAIN_SIZE, SMALL = 34, 19, 15, 13
GLYPH = 11


@dataclass(frozen=True)
class Letters:
    """A line of text that begins, is centered or ends at a place on the line it stands on. `turned` runs upward."""

    x: float
    y: float
    text: str
    size: int = PLAIN_SIZE
    color: str = INK
    anchor: str = "start"
    bold: bool = False
    turned: bool = False
    link: str = ""


@dataclass(frozen=True)
class Glyph:
    """The mark of an agreement or an event around a place."""

    x: float
    y: float
    shape: str
    size: float = GLYPH
    link: str = ""
    label: str = ""


@dataclass(frozen=True)
class Box:
    """A filled field."""

    x: float
    y: float
    width: float
    height: float
    color: str = WASH
    link: str = ""
    label: str = ""


@dataclass(frozen=True)
class Stroke:
    """A straight line. `joins` tells those that join marks from those that part the sheet."""

    x1: float
    y1: float
    x2: float
    y2: float
    color: str = FAINT_LINE
    width: float = 1
    joins: bool = False
    link: str = ""
    label: str = ""


type_of_part = Letters | Glyph | Box | Stroke


@dataclass
class Drawing:
    """The body of a picture, from 0 downward: its parts, how high they are, and what is not drawn."""

    height: float
    parts: list[type_of_part] = field(default_factory=list)
    # The marks to explain: shape and label.
    key: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    width: float = SHEET_WIDTH


@dataclass(frozen=True)
class PictureSheet:
    """A whole picture. Places of the body count from `top`."""

    width: float
    height: float
    title: str
    top: float
    frame: list[type_of_part]
    body: list[type_of_part]


def shortened_to(text: str, size: int, width: float) -> str:
    """A text in one line that is no wider than that; what is cut off is said by three dots."""
    text = writable(text)
    if width_of(text, size) <= width:
        return text
    while text and width_of(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def text_lines(text: str, size: int, width: float) -> list[str]:
    return wrapped(writable(text), size, width, between_words=False)


def writable(text: str) -> str:
    """A text without what cannot be set in the fonts of the directory."""
    return typeset_text(text) or typeset_text(
        "".join(letter for letter in text if typeset_text(letter) or letter == " ")
    )


def in_lines(texts: Iterable[str], size: int, width: float, y: float, color: str, step: float = 1.45):
    """Texts below each other, each in as many lines as it needs. Gives the letters, and where they end."""
    parts = []
    for text in texts:
        for line in text_lines(text, size, width):
            y += size * step
            parts.append(Letters(SHEET_MARGIN, y, line, size, color))
    return parts, y


def sheet_of(drawing: Drawing, title: str, takeaway: str, source: list[str]) -> PictureSheet:
    """A drawing with its title, what it says in a sentence, the key of its marks, and at the foot what it is from."""
    inner = drawing.width - 2 * SHEET_MARGIN
    frame: list[type_of_part] = []
    y = SHEET_MARGIN - 6
    for line in text_lines(title, LARGE, inner):
        y += LARGE * 1.25
        frame.append(Letters(SHEET_MARGIN, y, line, LARGE, INK, bold=True))
    said, y = in_lines(filter(None, [takeaway]), MIDDLE, inner, y + 4, SOFT_INK)
    frame += said
    if drawing.key:
        y += 34
        frame += key_of(drawing.key, y)
    top = y + 26
    notes, y = in_lines(drawing.notes, SMALL, inner, top + drawing.height + 8, SOFT_INK)
    frame += notes
    frame.append(Stroke(SHEET_MARGIN, y + 16, drawing.width - SHEET_MARGIN, y + 16))
    foot, y = in_lines(source, SMALL, inner, y + 18, SOFT_INK)
    return PictureSheet(
        drawing.width, round(y + SHEET_MARGIN - 8), title, round(top), [*frame, *foot], drawing.parts
    )


def key_of(key: list[tuple[str, str]], y: float) -> list[type_of_part]:
    parts: list[type_of_part] = []
    x = SHEET_MARGIN
    for shape, label in key:
        parts.append(Glyph(x + GLYPH / 2, y - 5, shape))
        parts.append(Letters(x + GLYPH + 7, y, label, PLAIN_SIZE, SOFT_INK))
        x += GLYPH + 7 + width_of(label, PLAIN_SIZE) + 26
    return parts
