"""A picture as an SVG file: every mark stands in it as an element of its own, with its link and what it says."""

from html import escape

from partners.pictures.sheet import COLORS, PAPER, Box, Glyph, Letters, PictureSheet, Stroke, type_of_part

# Marks that are drawn as outlines.
OPEN = ("other", "moment")
SVG_FONTS = "Inter, system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"


def svg_of(sheet: PictureSheet, root: str) -> bytes:
    """The file. `root` is the address of the site, before the paths of links."""
    width, height = round(sheet.width), round(sheet.height)
    frame = "".join(element(each, root) for each in sheet.frame)
    body = "".join(element(each, root) for each in sheet.body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="title" font-family="{SVG_FONTS}">'
        f'<title id="title">{escape(sheet.title)}</title>'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>{frame}'
        f'<g class="body" transform="translate(0 {round(sheet.top)})">{body}</g></svg>\n'
    ).encode()


def element(part: type_of_part, root: str) -> str:
    """A part, within its link where it has one."""
    drawn = ELEMENTS[type(part)](part)
    link = part.link if not part.link.startswith("/") else f"{root}{part.link}"
    return f'<a href="{escape(link)}">{drawn}</a>' if link else drawn


def length(value: float) -> str:
    """A length without needless digits."""
    return f"{round(value, 1):g}"


def titled(tag: str, attributes: str, label: str) -> str:
    return (
        f"<{tag} {attributes}><title>{escape(label)}</title></{tag}>" if label else f"<{tag} {attributes}/>"
    )


def svg_letters(part: Letters) -> str:
    x, y = length(part.x), length(part.y)
    more = f' text-anchor="{part.anchor}"' if part.anchor != "start" else ""
    more += ' font-weight="600"' if part.bold else ""
    more += f' transform="rotate(-90 {x} {y})"' if part.turned else ""
    return (
        f'<text x="{x}" y="{y}" font-size="{part.size}" fill="{part.color}"{more}>{escape(part.text)}</text>'
    )


def svg_glyph(part: Glyph) -> str:
    half = part.size / 2
    left, top, right, low = (
        length(each) for each in (part.x - half, part.y - half, part.x + half, part.y + half)
    )
    x, y, side = length(part.x), length(part.y), length(part.size)
    color = COLORS[part.shape]
    tag, shape = {
        "mou": ("rect", f'x="{left}" y="{top}" width="{side}" height="{side}"'),
        "partnership": ("circle", f'cx="{x}" cy="{y}" r="{length(half)}"'),
        "contract": ("path", f'd="M{x} {top}L{right} {y}L{x} {low}L{left} {y}Z"'),
        "commitment": ("path", f'd="M{x} {top}L{right} {low}L{left} {low}Z"'),
        "moment": ("circle", f'cx="{x}" cy="{y}" r="{length(half - 1)}"'),
        "other": ("rect", f'x="{left}" y="{top}" width="{side}" height="{side}"'),
    }[part.shape]
    paint = f'fill="{PAPER}" stroke="{color}" stroke-width="2"' if part.shape in OPEN else f'fill="{color}"'
    return titled(tag, f'class="k {part.shape}" {shape} {paint}', part.label)


def svg_box(part: Box) -> str:
    place = f'x="{length(part.x)}" y="{length(part.y)}" width="{length(part.width)}" height="{length(part.height)}"'
    return titled("rect", f'class="box" {place} fill="{part.color}"', part.label)


def svg_rule(part: Stroke) -> str:
    ends = f'x1="{length(part.x1)}" y1="{length(part.y1)}" x2="{length(part.x2)}" y2="{length(part.y2)}"'
    kind = "joins" if part.joins else "rule"
    return titled(
        "line", f'class="{kind}" {ends} stroke="{part.color}" stroke-width="{length(part.width)}"', part.label
    )


ELEMENTS = {Letters: svg_letters, Glyph: svg_glyph, Box: svg_box, Stroke: svg_rule}
