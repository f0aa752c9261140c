"""The rule of text: what a text may hold, how it is kept, and when two names are the same.

Forms, spreadsheets and packages all ask here, so that no way in takes what another one refuses.
"""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

# Characters that are not drawn: Default_Ignorable_Code_Point (Unicode 16, DerivedCoreProperties.txt), and the marks of
# annotations, which no program shows. First and last of each range.
NOT_DRAWN_RANGES = (
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F)),
    *((0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A)),
    (0xE0000, 0xE0FFF),
)
NOT_DRAWN = re.compile(
    "[{}]".format("".join(f"{chr(first)}-{chr(last)}" for first, last in NOT_DRAWN_RANGES))
)
# Signs of writing that show nothing: fillers of Hangul, the empty pattern of Braille, a note without a head.
BLANK_SIGNS = frozenset("\u115f\u1160\u3164\uffa0\u2800\U0001d159")

# Embeddings, overrides and isolates: each changes the order of what follows until another one ends it. The marks
# U+200E, U+200F and U+061C only place the punctuation beside them, which titles in Hebrew and Arabic need.
DIRECTING = "\u202a-\u202e\u2066-\u2069"
# Control characters other than tab and line ends, what is left of bytes that are not UTF-8, no characters at all, and
# tags, in which whole sentences can hide, where they belong to no flag.
FORBIDDEN_CHARACTERS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + f"{DIRECTING}]|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0001-\U000e007f]"
)

# White space, and invisible characters that belong to no letter: both ends of a text are stripped of them.
TRIMMED = " \t\n\r\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
TRIMMED += "".join(
    chr(code)
    for first, last in NOT_DRAWN_RANGES
    for code in range(first, last + 1)
    if unicodedata.category(chr(code)) in ("Cf", "Cn")
)
JOINERS = ("\u200c", "\u200d")
VIRAMA = 9  # the combining class of the signs that a joiner after them shapes, as in Malayalam
FLAG = "\U0001f3f4"
TAGS_OF_A_FLAG = re.compile("[\U000e0020-\U000e007e]+\U000e007f")
LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")
# In a column of one line, what programs put between words and nobody can type.
SPACES_FOR_BREAKS = str.maketrans("\t\u2028\u2029", "   ")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a text, as the end of a sentence that begins with it, and what is allowed."""

    message: str
    allowed: str

    def __str__(self):
        """For somebody at a form, beside the field."""
        return str(
            _("This %(says)s. Allowed: %(allowed)s.") % {"says": self.message, "allowed": self.allowed}
        )

    @property
    def of_a_cell(self) -> str:
        """For somebody with a file, after the cell."""
        return str(_("%(says)s; allowed: %(allowed)s") % {"says": self.message, "allowed": self.allowed})


def tidy(text: str, *, many_lines: bool) -> str:
    """A text as it is kept: in Unicode form NFC, its lines ended by one character, nothing invisible around it.

    What a letter at the end needs stays: the joiner after a virama, the tags of a flag. `many_lines`: whether the
    column takes several; elsewhere tabs and separators of lines become spaces, and line ends are refused.

    >>> tidy(" \\u200bCafe\\u0301 ", many_lines=False)
    'Café'
    """
    if not many_lines:
        text = text.translate(SPACES_FOR_BREAKS)
    if text.isascii():
        return (LINE_ENDS.sub("\n", text) if "\r" in text else text).strip(" \t\n")
    text = LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text)).lstrip(TRIMMED)
    kept = text.rstrip(TRIMMED)
    return kept + needed_at_the_end(kept, text[len(kept) :])


def needed_at_the_end(kept: str, rest: str) -> str:
    """What of the invisible rest belongs to the last letter."""
    if rest.startswith(JOINERS) and kept and unicodedata.combining(kept[-1]) == VIRAMA:
        return rest[0]
    tags = TAGS_OF_A_FLAG.match(rest) if kept.endswith(FLAG) else None
    return tags.group() if tags else ""


def fault_of(text: str, *, many_lines: bool) -> Fault | None:
    """What is wrong with a text as it came in, or None. `many_lines`: whether its column takes several lines."""
    return unreadable(text) or unfit(tidy(text, many_lines=many_lines), many_lines)


def unreadable(text: str) -> Fault | None:
    """The first character that nobody can read, with its place, counted from 1."""
    # What Unicode calls printable is none of them, and is known sooner.
    found = None if text.isprintable() else FORBIDDEN_CHARACTERS.search(text)
    if not found:
        return None
    character, place = found.group(), found.start() + 1
    if "\udc80" <= character <= "\udcff":
        code = f"0x{ord(character) - 0xDC00:02x}"
        return Fault(_("is not UTF-8: byte %s") % code, _("a file saved as UTF-8"))
    name = unicodedata.name(character, "")
    words = {"code": f"{ord(character):04X}{f' ({name})' if name else ''}", "place": place}
    if name:
        return Fault(_("holds the invisible character U+%(code)s at place %(place)d") % words, _("text"))
    return Fault(_("holds the control character U+%(code)s at place %(place)d") % words, _("text"))


def unfit(text: str, many_lines: bool) -> Fault | None:
    """What is wrong with the whole of a readable and tidy text, or None. Nothing at all is no fault."""
    if not text:
        return None
    if not many_lines and "\n" in text:
        return Fault(_("has more than one line"), _("one line"))
    if not any(map(is_visible, text)):
        return Fault(_("holds nothing that can be seen"), _("text, or nothing at all"))
    return None


def is_visible(character: str) -> bool:
    """Whether a character shows something by itself: a letter, digit, sign or punctuation mark."""
    return unicodedata.category(character)[0] in "LNPS" and character not in BLANK_SIGNS


def name_identity(name: str) -> str:
    """Equal for names that nobody can tell apart when they are read out: without regard to case, spaces and what is
    not drawn, nor to the way in which accents are written. Accents themselves, signs and punctuation count.

    A canonical caseless match (Unicode 16, section 3.13, D145).

    >>> name_identity("TEAM  Green ") == name_identity("Team Green")
    True
    """
    shown = unicodedata.normalize("NFD", NOT_DRAWN.sub("", name)).casefold()
    return " ".join(unicodedata.normalize("NFC", shown).split())


# Hebrew, Arabic, Syriac and their kin, their forms, and the blocks that Unicode keeps for such scripts.
RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
FIRST_STRONG_ISOLATE, POP_DIRECTIONAL_ISOLATE = "\u2068", "\u2069"


def is_right_to_left(text: str) -> bool:
    """Whether anything in a text is written from right to left."""
    return not text.isascii() and RIGHT_TO_LEFT.search(text) is not None


def isolated(text: str) -> str:
    """A text within a plain one, so that neither moves the words and numbers of the other (Unicode Annex 9, 2.5).

    One that is put together of isolated texts is one already.
    """
    if not is_right_to_left(text):
        return text
    if FIRST_STRONG_ISOLATE in text:
        return text
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_DIRECTIONAL_ISOLATE}"


def without_isolates(text: str) -> str:
    """A text that is nothing but one isolated text, as that text."""
    inner = text.removeprefix(FIRST_STRONG_ISOLATE).removesuffix(POP_DIRECTIONAL_ISOLATE)
    return text if FIRST_STRONG_ISOLATE in inner or len(text) - len(inner) != 2 else inner


def isolated_in_page(text: str) -> str:
    """As `isolated`, for escaped text of a page, by elements (HTML, 4.5.24 The bdi element)."""
    isolates = isolated(text)
    if isolates.isascii() or FIRST_STRONG_ISOLATE not in isolates:
        return text
    return isolates.replace(FIRST_STRONG_ISOLATE, "<bdi>").replace(POP_DIRECTIONAL_ISOLATE, "</bdi>")


# Words after which an English name is described, so that it takes an article within a sentence, by their article in Dutch.
DESCRIBING = {
    "de": "Administration Alliance Authority Commission Council Government Mission Organization Union University",
    "het": "Agency Bureau Center Centre Consortium Department Fund Initiative Institute Laboratory Ministry Network Office "
    "Partnership Program Programme Project",
}
DUTCH_ARTICLES = {word: article for article, words in DESCRIBING.items() for word in words.split()}


def with_article(name: str, language: str = "en", called: str = "") -> str:
    """A name as it stands within a sentence: "the Genesis Mission", "the U.S. Department of Energy", "CERN"; in Dutch "het
    U.S. Department of Energy". Other languages take names as they are.

    `called` is what the sentence calls it instead: an acronym takes an article in Dutch ("het DOE"), in English none.
    """
    words = name.replace(" for ", " of ").partition(" of ")[0].split()
    last = words[-1] if words else ""
    # "Harvard University", but "the University of Oslo".
    if last not in DUTCH_ARTICLES or (last == "University" and " of " not in name):
        return called or name
    articles = {"en": "" if called else "the", "nl": DUTCH_ARTICLES[last]}
    return f"{articles.get(language, '')} {called or name}".lstrip()
