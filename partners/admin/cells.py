"""One table of cells for everything that changes values: what stands there, what is to stand there, what speaks for and
against it, and what is asked. `templates/admin/includes/cells.html` shows it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from partners.findings import Finding
from partners.models import Citation

# A piece of a text: "" where it stays, "del" where it goes, "ins" where it comes.
TextPiece = tuple[str, str]
# Texts that have less in common are told apart as wholes.
ALIKE_ENOUGH = 0.4
WORDS_AND_BETWEEN = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class CellChoice:
    """Something to choose in a cell: a radio button. `mark` says to the keyboard what it means."""

    name: str
    value: str
    label: str = ""
    is_chosen: bool = False
    mark: str = ""


@dataclass(frozen=True)
class Link:
    """Where a cell leads, as a button. `what` says to those who only hear it which cell that is."""

    url: str
    words: str
    what: str = ""


@dataclass(frozen=True)
class Quote:
    """What a source says for a value, and how it is known."""

    words: str
    source: str


@dataclass(frozen=True)
class CellText:
    """A value as text. `lines` are those of a whole row: what each is called, and its text. `choice` chooses it."""

    pieces: Sequence[TextPiece] = ()
    lines: Sequence[tuple[str, Sequence[TextPiece]]] = ()
    note: str = ""
    # What stands for the lines while they are folded; "" where they always stand there.
    summary: str = ""
    choice: CellChoice | None = None
    is_asked: bool = True

    @property
    def is_empty(self) -> bool:
        return not self.pieces and not self.lines


@dataclass(frozen=True)
class CellPart:
    """What stands in one column of the table: under `heading`, whatever is filled in."""

    heading: str
    text: CellText | None = None
    quotes: Sequence[Quote] = ()
    findings: Sequence[Finding] = ()
    words: str = ""
    choices: Sequence[CellChoice] = ()
    hidden: Sequence[tuple[str, str]] = ()
    link: Link | None = None
    # A field to write in, as HTML.
    widget: str = ""


@dataclass(frozen=True)
class CellRow:
    """A line of the table: a cell, or a row that comes or goes as a whole."""

    title: str
    parts: Sequence[CellPart]
    anchor: str = ""
    tag: str = ""
    # Whether it may be accepted along with others, unseen.
    is_sound: bool = False
    # The class of the tag: whether it is good or bad.
    look: str = ""


@dataclass(frozen=True)
class CellTable:
    """`headings` with the class of the width of each; the first column says which cell it is, or what `first` says.
    `preview` names to a button the record whose public page it shows as it would be."""

    label: str
    headings: Sequence[tuple[str, str]]
    rows: Sequence[CellRow] = field(default_factory=list)
    url: str = ""
    first: str = ""
    preview: str = ""


def with_changes_marked(before: str, after: str) -> tuple[list[TextPiece], list[TextPiece]]:
    """Two texts with what goes and what comes marked, word by word where they have much in common."""
    if not before or not after:
        return [("del", before)] if before else [], [("ins", after)] if after else []
    old, new = WORDS_AND_BETWEEN.findall(before), WORDS_AND_BETWEEN.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if before == after:
        return [("", before)], [("", after)]
    if len(old) * len(new) > 250_000 or matcher.ratio() < ALIKE_ENOUGH:
        return [("del", before)], [("ins", after)]
    left: list[TextPiece] = []
    right: list[TextPiece] = []
    for kind, start, end, from_new, to_new in matcher.get_opcodes():
        is_same = kind == "equal"
        add_piece(left, "" if is_same else "del", "".join(old[start:end]))
        add_piece(right, "" if is_same else "ins", "".join(new[from_new:to_new]))
    return left, right


def add_piece(pieces: list[TextPiece], kind: str, text: str) -> None:
    if text:
        pieces.append((kind, text))


def plain_piece(text: str) -> list[TextPiece]:
    """A text in which nothing is marked."""
    return [("", text)] if text else []


def quote_of(citation: Citation, note: str = "") -> Quote:
    """What a citation says, and how it is known; `note` is what else there is to say of it."""
    source = citation.source
    known = [str(source), source.get_stance_display()]
    if citation.retrieved_date:
        known.append(_("seen %s") % date_format(citation.retrieved_date, "j F Y"))
    if not citation.quote:
        known.append(_("not quoted"))
    if not citation.supports_current:
        known.append(_("stays with the earlier value"))
    return Quote(citation.quote, " · ".join(filter(None, [*known, note])))
