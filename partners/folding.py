"""Text without accents, case and punctuation: what names are ordered and searched by.

Folded text is words between single spaces. What nobody sees (soft hyphens, zero-width characters) and apostrophes end
no word. Scripts that write no spaces between words are taken apart into their letters, each a word of its own with the
signs that belong to it, so that any run of letters can be found as a phrase.
"""

import functools
import re
import unicodedata
from collections.abc import Iterator

# Raise it whenever the same text folds otherwise than before: stored keys are then written anew (`engines/refolding.py`).
FOLDING_VERSION = 3

# Letters that decomposition leaves alone although people type them without their stroke or ligature.
WITHOUT_STROKE = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
# Signs of trade and service marks, which belong to no name: taken apart they would be letters of it ("nvidiatm").
MARKS_OF_TRADE = frozenset("™℠ⓇⓡⒸⓒ🅪🅫🅬")
WITHOUT_MARKS_OF_TRADE = str.maketrans(dict.fromkeys(MARKS_OF_TRADE, " "))
# They stand within words: typewritten, typographic, prime, the letters that look so, ʻokina, grave and acute.
APOSTROPHES = frozenset("'’‘‛′`´ʹʻʼʽˈ＇ꞌ՚׳")

# Accents and points that people leave out when they type: the common combining ones, Hebrew, Arabic and Syriac.
# All other marks are part of their letter, as vowels are in the scripts of India.
OPTIONAL_MARKS = (
    *((0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05BD), (0x05BF, 0x05C7), (0x0610, 0x061A)),
    *((0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06ED), (0x0711, 0x0711), (0x0730, 0x074A)),
    *((0x08CA, 0x08FF), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFB1E, 0xFB1E)),
    (0xFE20, 0xFE2F),
)
# Letters and marks that nobody sees (Unicode, Default_Ignorable_Code_Point), besides the format characters (Cf).
INVISIBLE_LETTERS = (
    *((0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164)),
    *((0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0000, 0xE0FFF)),
)
# Scripts without spaces between words (Unicode, Line_Break SA, ID, CJ), and Hangul, which writes compounds as one.
UNSPACED = (
    *((0x0E00, 0x0E4F), (0x0E5A, 0x0EFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17DF)),
    *((0x1950, 0x19DF), (0x1A20, 0x1AAF), (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029)),
    *((0x3031, 0x3035), (0x3038, 0x303B), (0x3041, 0x30FF), (0x3105, 0x318F), (0x31A0, 0x31BF)),
    *((0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0xA4CF), (0xA960, 0xA97F), (0xA9E0, 0xA9FF)),
    *((0xAA60, 0xAADF), (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0x16FE0, 0x18DFF), (0x1AFF0, 0x1B2FF)),
    *((0x20000, 0x3FFFD),),
)
# The vowels and final consonants of a syllable of Hangul that was taken apart.
WITHIN_SYLLABLE = ((0x1160, 0x11FF), (0xD7B0, 0xD7FF))


def stands_in(ranges: tuple[tuple[int, int], ...], letter: str) -> bool:
    return any(first <= ord(letter) <= last for first, last in ranges)


def bare_letter(letter: str) -> str:
    """What is left of one letter: in lower case, without optional accents; nothing of what nobody sees, and a space
    of what is no letter."""
    if letter in APOSTROPHES:
        return ""
    if letter in MARKS_OF_TRADE:
        return " "
    # Some signs become capitals only when they are taken apart, as in ℻.
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter.casefold()).casefold())
    kept = "".join(filter(is_kept, apart)).translate(WITHOUT_STROKE)
    return "".join(" " if letter_kind(letter) == " " else letter for letter in kept)


def is_kept(letter: str) -> bool:
    return not (
        letter in APOSTROPHES
        or unicodedata.category(letter) == "Cf"
        or stands_in(OPTIONAL_MARKS, letter)
        or stands_in(INVISIBLE_LETTERS, letter)
    )


@functools.cache
def letter_kind(letter: str) -> str:
    """What a bare letter does to words: " " ends one, "w" is part of one, "m" belongs to the letter before it, "u" is
    a word of its own."""
    if unicodedata.category(letter)[0] == "M" or stands_in(WITHIN_SYLLABLE, letter):
        return "m"
    if not letter.isalnum():
        return " "
    return "u" if stands_in(UNSPACED, letter) and not letter.isdecimal() else "w"


def is_unspaced(word: str) -> bool:
    """Whether a folded word is a letter of a script without spaces."""
    return letter_kind(word[0]) == "u"


# Other readings of a text, each as long as the text: an apostrophe as a space ("L’Oréal" by "oreal"), a hyphen as
# nothing ("start-up" by "startup"), and the dots of "U.S." likewise.
UNSEEN = "\u00ad"
APOSTROPHE = re.compile(f"[{''.join(APOSTROPHES)}]")
HYPHEN = re.compile(r"[-\u2010\u2011](?<=\w.)(?=\w)")
# A dot before a single letter; looking for it is quick.
DOT = re.compile(r"\.[^\W\d](?!\w)")
DOTTED = re.compile(r"(?<!\w)(?:[^\W\d]\.)+[^\W\d](?!\w)")


def readings(text: str) -> Iterator[str]:
    """A text as it is, and as it may be meant besides; every letter stands in the same place."""
    yield text
    if APOSTROPHE.search(text):
        yield APOSTROPHE.sub(" ", text)
    if HYPHEN.search(text):
        yield HYPHEN.sub(UNSEEN, text)
    if DOT.search(text):
        yield without_dots(text)


def without_dots(text: str) -> str:
    """A text with "US" for "U.S."; every letter stands in the same place."""
    return DOTTED.sub(lambda found: found.group().replace(".", UNSEEN), text)


def further_words(text: str) -> list[str]:
    """The words of other readings of a text that it does not have as it is."""
    own, *others = readings(text)
    if not others:
        return []
    known = fold(own).split()
    return list(dict.fromkeys(word for other in others for word in fold(other).split() if word not in known))


class Bare(dict):
    """A table for `str.translate` that takes each letter to its bare form, worked out once."""

    def __missing__(self, code: int) -> str:
        self[code] = bare_letter(chr(code))
        return self[code]


BARE = Bare()
# For most texts the quick way does: each ASCII letter as itself, all else as a space.
ASCII = {
    code: None if chr(code) in APOSTROPHES else chr(code).lower() if chr(code).isalnum() else " "
    for code in range(128)
}


def bare(text: str) -> str:
    """`text` in lower case and without accents, each sign of punctuation as a space."""
    # Case first: in small letters an iota under a Greek vowel stands beside it.
    small = unicodedata.normalize("NFKC", text.translate(WITHOUT_MARKS_OF_TRADE)).casefold()
    return unicodedata.normalize("NFKD", small).translate(BARE)


def fold(text: str) -> str:
    """`text` in lower case, without accents, its words separated by single spaces.

    >>> fold("Café  “Łódź” & Co., O’Neill")
    'cafe lodz co oneill'
    >>> fold("第3研究所")
    '第 3 研 究 所'
    """
    if text.isascii():
        return " ".join(text.translate(ASCII).split())
    letters = bare(text)
    return " ".join((letters if letters.isascii() else "".join(spaced(letters))).split())


def spaced(letters: str) -> Iterator[str]:
    """Bare letters with a space where one word ends and another begins."""
    before = " "
    for letter in letters:
        kind = letter_kind(letter)
        if kind == "u" or (kind == "w" and before == "u"):
            yield " "
        yield letter
        before = before if kind == "m" and before != " " else kind


def alike(text: str) -> str:
    """`text` as names are compared that differ in case, hyphens, spaces and the plural only.

    >>> alike("Start-ups") == alike("startup"), alike("Public companies") == alike("public company")
    (True, True)
    """
    return singular("".join(singular(word) for word in fold(text).split()))


SINGULAR = re.compile(r"...[ui]s$|news$")


def singular(word: str) -> str:
    """An English word of several letters without the ending of its plural. One in "ss", "us" or "is" has none, nor has
    "news"."""
    if len(word) < 4 or not word.endswith("s") or word.endswith("ss") or SINGULAR.search(word):
        return word
    return f"{word[:-3]}y" if word.endswith("ies") else word[:-1]


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """`fold(text)`, and for each of its letters the place in `text` of the letter it comes from.

    A letter and the marks on it, in whatever order they stand, are one place.
    """
    if text.isascii():
        kept = [place for place, letter in enumerate(text) if letter not in APOSTROPHES]
        return with_places(text.translate(ASCII), kept)
    letters: list[str] = []
    places: list[int] = []
    for place, cluster in clusters(text):
        apart = bare(cluster)
        letters.append(apart)
        places += [place] * len(apart)
    return with_places("".join(letters), places)


def with_places(letters: str, places: list[int]) -> tuple[str, list[int]]:
    """The words of bare letters, and the places of what is left."""
    folded: list[str] = []
    kept: list[int] = []
    number = 0
    for letter in spaced(letters):
        # A space that was put between two letters has the place of the one that follows.
        place = places[min(number, len(places) - 1)]
        if letter != " ":
            folded.append(letter)
            kept.append(place)
            number += 1
            continue
        if folded and folded[-1] != " ":
            folded.append(" ")
            kept.append(place)
        if letter_kind(letters[number]) == " ":
            number += 1
    if folded and folded[-1] == " ":
        folded.pop(), kept.pop()
    return "".join(folded), kept


def clusters(text: str) -> Iterator[tuple[int, str]]:
    """Each letter of a text with the marks that follow it, and its place."""
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not is_mark(text[place]):
            yield start, text[start:place]
            start = place


def is_mark(letter: str) -> bool:
    """Whether a letter stands on the one before it; some do in another form only, as ﾞ of the narrow kana."""
    return unicodedata.category(unicodedata.normalize("NFKD", letter)[0])[0] == "M"
