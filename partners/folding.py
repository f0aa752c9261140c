"""Text without accents, case and punctuation: what names are ordered and searched by."""

import unicodedata

# Letters that decomposition leaves alone although people type them without their stroke or ligature.
WITHOUT_STROKE = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)


def fold(text: str) -> str:
    """`text` in lower case, without accents, its words separated by single spaces.

    >>> fold("Café  “Łódź” & Co.")
    'cafe lodz co'
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(
        WITHOUT_STROKE
    )
    return " ".join("".join(letter if letter.isalnum() else " " for letter in bare).split())
