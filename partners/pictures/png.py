"""A picture as a PNG file, twice as fine as it is wide, in the fonts that come with the directory."""

import io

from PIL import Image, ImageDraw

from partners.head.typesetting import draw_line, typeset_text, width_of
from partners.pictures.sheet import COLORS, PAPER, Box, Glyph, Letters, PictureSheet, Stroke

PNG_SCALE = 2


def png_of(sheet: PictureSheet) -> bytes:
    """The file. The same sheet always gives the same bytes."""
    image = Image.new("RGB", (round(sheet.width * PNG_SCALE), round(sheet.height * PNG_SCALE)), PAPER)
    for parts, top in ((sheet.frame, 0), (sheet.body, sheet.top)):
        for part in parts:
            DRAWN[type(part)](image, part, top)
    file = io.BytesIO()
    image.quantize(colors=128, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def scaled(*values: float) -> tuple[float, ...]:
    return tuple(value * PNG_SCALE for value in values)


def png_letters(image: Image.Image, part: Letters, top: float) -> None:
    text = typeset_text(part.text)
    if not text:
        return
    size = part.size * PNG_SCALE
    width = width_of(text, size)
    x, y = scaled(part.x, part.y + top)
    before = {"start": 0, "middle": width / 2, "end": width}[part.anchor]
    bolder = max(1, size // 40) if part.bold else 0
    if not part.turned:
        draw_line(image, (x - before, y), text, size, part.color, bolder=bolder)
        return
    strip = Image.new("RGB", (round(width) + 2, size * 2), image.getpixel((round(x), round(y))))
    draw_line(strip, (0, size * 1.4), text, size, part.color, bolder=bolder)
    turned = strip.rotate(90, expand=True)
    image.paste(turned, (round(x - size * 1.4), round(y + before - turned.height)))


def png_glyph(image: Image.Image, part: Glyph, top: float) -> None:
    x, y, half = scaled(part.x, part.y + top, part.size / 2)
    canvas, color = ImageDraw.Draw(image), COLORS[part.shape]
    field = (x - half, y - half, x + half, y + half)
    corners = {
        "contract": [(x, y - half), (x + half, y), (x, y + half), (x - half, y)],
        "commitment": [(x, y - half), (x + half, y + half), (x - half, y + half)],
    }
    if part.shape in corners:
        canvas.polygon(corners[part.shape], fill=color)
    elif part.shape == "partnership":
        canvas.ellipse(field, fill=color)
    elif part.shape == "moment":
        canvas.ellipse(field, fill=PAPER, outline=color, width=2 * PNG_SCALE)
    elif part.shape == "other":
        canvas.rectangle(field, fill=PAPER, outline=color, width=2 * PNG_SCALE)
    else:
        canvas.rectangle(field, fill=color)


def png_box(image: Image.Image, part: Box, top: float) -> None:
    left, upper, right, lower = scaled(part.x, part.y + top, part.x + part.width, part.y + part.height + top)
    ImageDraw.Draw(image).rectangle((left, upper, right - 1, lower - 1), fill=part.color)


def png_rule(image: Image.Image, part: Stroke, top: float) -> None:
    ends = scaled(part.x1, part.y1 + top, part.x2, part.y2 + top)
    ImageDraw.Draw(image).line(ends, fill=part.color, width=max(1, round(part.width * PNG_SCALE)))


DRAWN = {Letters: png_letters, Glyph: png_glyph, Box: png_box, Stroke: png_rule}
