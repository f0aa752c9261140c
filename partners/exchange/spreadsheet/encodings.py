"""Whether a text is another one in the letters of a wrong encoding, or with letters lost to one."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import product

# Of one byte each letter: Windows and the web, Apple, DOS, and those of central Europe, Cyrillic, Greek and Turkish.
ONE_BYTE = (
    *("cp1252", "latin-1", "mac_roman", "cp437", "cp850", "cp1250", "iso8859-2", "cp1251", "koi8-r", "cp866"),
    *("cp1253", "cp1254", "cp1257", "iso8859-15", "mac_latin2", "cp852", "cp858"),
    # Thai, Hebrew, Arabic and Vietnamese.
    *("cp874", "cp1255", "cp1256", "cp1258"),
)
TWO_BYTES = ("shift_jis", "gbk", "big5", "euc_kr", "euc_jp")
MANY_BYTES = ("gb18030", "gbk", "shift_jis", "euc_jp", "big5", "euc_kr", "utf-16-le", "utf-16-be")
# What programs drop, trim or put in the place of bytes that an encoding lacks.
UNSTEADY = re.compile("[\x80-\x9f\xa0\xad\ufffd?\\s]")
BEYOND_ASCII = re.compile(r"([^\x00-\x7f]+)")
# What programs put for a letter that an encoding lacks.
MARKS = "?\ufffd¿_□"
SUBSTITUTE_MARK = re.compile(f"[{MARKS}]")
WITHIN_WORD = re.compile("(?<=[A-Za-z])[^\\W\\x00-\\x7f]+(?=[A-Za-z])")
MOST_CELL_WORDS = 2_000


def decoded_wrongly(old: str, new: str) -> bool:
    """Whether the new text, or the letters of a word in it, are the old ones decoded by another encoding."""
    if old.isascii():
        return new in of_wide_characters(old)
    if new == old.encode("utf-7").decode("ascii"):
        return True
    if keeps_its_letters(old, new):
        return False
    bones = UNSTEADY.sub("", new)
    if bones.isascii() or bones == UNSTEADY.sub("", old):
        return False
    if any(UNSTEADY.sub("", spoiled) == bones for spoiled in spoiled_texts(old)):
        return True
    if has_spoiled_letters(old, new):
        return True
    if any(UNSTEADY.sub("", other) == bones for other in halved(old)):
        return True
    return oddities(new) > oddities(old) and any(
        UNSTEADY.sub("", other) == bones for other in other_pages(old)
    )


def halved(text: str) -> Iterator[str]:
    """A text of an encoding of two bytes each letter taken for one of single bytes."""
    for true, wrong in product(TWO_BYTES, ONE_BYTE):
        content = text.encode(true, "ignore")
        if len(content) > len(text):
            yield content.decode(wrong, "replace")


def keeps_its_letters(old: str, new: str) -> bool:
    """Whether all letters beyond ASCII are still there, and none beside them; that no wrong encoding leaves."""
    before, after = (Counter("".join(BEYOND_ASCII.findall(text))) for text in (old, new))
    return before <= after and after.total() <= before.total()


def has_spoiled_letters(old: str, new: str) -> bool:
    """Whether letters have become several signs each, wherever they stood. One that became letters may be chance."""
    letters = {letter for letter in old if not letter.isascii()}
    for encoding, times in product(ONE_BYTE, (1, 2)):
        forms = {letter: spoiled(letter, encoding, times) for letter in letters}
        found = {letter: form for letter, form in forms.items() if form in new and form not in old}
        rest = new
        for form in found.values():
            rest = rest.replace(form, "")
        is_chance = len(letters) > len(found) == 1 and all(map(str.isalpha, found.values()))
        if found and not is_chance and found.keys().isdisjoint(rest):
            return True
    return False


def spoiled(text: str, encoding: str, times: int) -> str:
    """UTF-8 taken for another encoding, so many times."""
    for _time in range(times):
        text = text.encode("utf-8", "replace").decode(encoding, "replace")
    return text


def spoiled_texts(text: str) -> Iterator[str]:
    """What becomes of a text in all wrong encodings that somebody may choose."""
    for encoding in ONE_BYTE:
        yield spoiled(text, encoding, 1)
        yield spoiled(text, encoding, 2)
    for encoding in MANY_BYTES:
        yield spoiled(text, encoding, 1)
    yield from of_wide_characters(text)


def of_wide_characters(text: str) -> Iterator[str]:
    """UTF-16 with its bytes the wrong way round, and UTF-8 taken for UTF-16."""
    yield text.encode("utf-16-le").decode("utf-16-be", "replace")
    for encoding in ("utf-16-le", "utf-16-be"):
        yield text.encode().decode(encoding, "ignore")


def other_pages(text: str) -> Iterator[str]:
    """A text of one encoding of single bytes taken for another."""
    for true in ONE_BYTE:
        try:
            content = text.encode(true)
        except UnicodeEncodeError:
            continue
        for wrong in ONE_BYTE:
            spoiled = content.decode(wrong, "replace")
            if spoiled != text:
                yield spoiled


# Of two texts of which each is the other in a wrong encoding, the spoiled one has more of these: a capital or a sign
# in the middle of a word, letters of two scripts in one, or nothing but letters with accents.
ODD = re.compile(
    r"(?<=[^\W\d_])(?:[^\w\s'’.&@/+\-–—|:;,!?()\"“”«»]|(?<=[a-zß-öø-ÿ])[À-ÖØ-ÞŽŠŒŸΑ-ΩА-Я]|[²³¹¼½¾ªº](?=[^\W\d_]))|[─-▟]"
)
MIXED = re.compile("[A-Za-zÀ-ɏ][Ͱ-ϿЀ-ӿ]|[Ͱ-ϿЀ-ӿ][A-Za-zÀ-ɏ]|[À-ɏ]{3}")


def oddities(text: str) -> int:
    return len(ODD.findall(text)) + len(MIXED.findall(text))


def lost_letters(old: str, new: str) -> bool:
    """Whether a word of the new text is one of the old with its letters turned into question marks."""
    if lacks_its_accents(old, new):
        return True
    if old.isascii() or len(SUBSTITUTE_MARK.findall(new)) <= len(SUBSTITUTE_MARK.findall(old)):
        return False
    words = {*old.split()[:MOST_CELL_WORDS]}
    marked = [
        word for word in new.split()[:MOST_CELL_WORDS] if SUBSTITUTE_MARK.search(word) and word not in words
    ]
    return any(is_marked(word, other) for word in words if not word.isascii() for other in marked)


def lacks_its_accents(old: str, new: str) -> bool:
    """Whether all letters beyond ASCII were left out of a text, at least one of them from the middle of a word."""
    letters = "".join(letter for letter in old if letter.isascii() or not letter.isalnum())
    return (
        new not in (old, "") and new in (letters, BEYOND_ASCII.sub("", old)) and bool(WITHIN_WORD.search(old))
    )


def is_marked(word: str, other: str) -> bool:
    """Whether a word is another one of which a letter, or a sign before a letter, has become a question mark.

    A question mark in the place of a sign at the end of a word may be somebody's wish.
    """
    runs = BEYOND_ASCII.split(word)
    pattern = "".join(
        f"([{re.escape(run)}{MARKS}]{{1,{4 * len(run)}}})" if number % 2 else re.escape(run)
        for number, run in enumerate(runs)
    )
    found = re.fullmatch(pattern, other)
    if not found:
        return False
    for run, kept, after in zip(runs[1::2], found.groups(), runs[2::2], strict=True):
        is_lost = any(letter.isalnum() and letter not in kept for letter in run)
        is_marked_anew = any(mark in kept and mark not in run for mark in MARKS)
        if is_marked_anew and (is_lost or after[:1].isalnum() or word == run):
            return True
    return False
