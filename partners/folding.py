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
    return " ".join("".join(letter if letter.isalnum() else " " for letter in bare(text)).split())


def bare(text: str) -> str:
    """`text` in lower case and without accents, its punctuation as it is. Letter by letter, this gives the same."""
    # Some signs become capitals only when they are taken apart, as in ™.
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text.casefold()).casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(WITHOUT_STROKE)


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """`fold(text)`, and for each of its letters the place in `text` of the letter it comes from."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for part in bare(letter):
            if part.isalnum():
                letters.append(part)
                places.append(place)
            elif letters and letters[-1] != " ":
                letters.append(" ")
                places.append(place)
    if letters and letters[-1] == " ":
        letters.pop(), places.pop()
    return "".join(letters), places
