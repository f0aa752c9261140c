"""The rules of a search in plain Python: what the index is compared with. It looks through every text of every row."""

from math import log

from partners.folding import fold, readings
from partners.selection.search.kinds_of_text import FAR, NAME, NEAR, SUMMARY_OF_ROW, TIED, TITLE
from partners.selection.search.queries import Query, SearchTerm, parse
from partners.vocabularies import words_for

__all__ = [
    "FAR",
    "NAME",
    "NEAR",
    "SUMMARY_OF_ROW",
    "TIED",
    "TITLE",
    "Text",
    "has",
    "labels",
    "place",
    "rows_found",
    "stands",
    "weighed",
]

OF_ITSELF = TITLE + NAME + NEAR + SUMMARY_OF_ROW
# What a text is to its row, and the text.
Text = tuple[str, str]


def weighed(weight: str, *texts: str) -> list[Text]:
    return [(weight, text) for text in texts if text]


def labels(term) -> list[str]:
    """What a term of a vocabulary is called, in every language and by its synonyms."""
    return [name for name, _language in words_for(term)]


def stands(term: SearchTerm, text: str, as_it_is: bool = False) -> bool:
    """Whether a text has the words of a term, one after another, the last of them at least as a beginning; in other
    readings of it too, unless it is taken as it is."""
    wanted = term.words.split()
    for number, reading in enumerate([text] if as_it_is else readings(text)):
        words = fold(reading).split()
        for start in range(len(words) - len(wanted) + 1):
            *before, last = words[start : start + len(wanted)]
            ends = last == wanted[-1] if term.whole else last.startswith(wanted[-1])
            # Further readings give words only, and no phrases.
            if before == wanted[:-1] and ends and (not number or not before):
                return True
            if not term.whole and not before and last in other_forms(wanted[-1]):
                return True
    return False


def other_forms(word: str) -> list[str]:
    """One of several, and words of the same stem."""
    if not word.isascii() or not word.isalpha() or word == "news":
        return []
    found = []
    if len(word) >= 3 and not word.endswith("ss"):
        ends = {"ies": word[:-3] + "y", "es": word[:-2], "s": word[:-1]}
        found += [one for end, one in ends.items() if word.endswith(end)]
    if len(word) >= 8 and word.endswith("ing"):
        found += [word[:-3] + end for end in ("er", "ers", "e")]
    if len(word) >= 8 and word.endswith("ers"):
        found.append(word[:-3] + "ing")
    if len(word) >= 7 and word.endswith("er"):
        found.append(word[:-2] + "ing")
    return found


def stands_whole(term: SearchTerm, text: str) -> bool:
    """Whether a text has the word itself, or another form of it, and not only one that begins so."""
    if " " in term.words:
        return stands(term, text)
    return any(stands(SearchTerm(word, whole=True), text) for word in (term.words, *other_forms(term.words)))


def has(term: SearchTerm, texts: list[Text], weights: str = OF_ITSELF + TIED + FAR) -> bool:
    return any(weight in weights and stands(term, text) for weight, text in texts)


def is_named(query: str, texts: list[Text]) -> bool:
    """Whether a row goes by the name of a query, however that is spaced."""
    asked = parse(query)
    names = [text for weight, text in texts if weight in (TITLE, NAME)]
    if asked.unwanted:
        title = next((text for weight, text in texts if weight == TITLE), "")
        return title.casefold() == query.casefold().strip()
    return fold(query).replace(" ", "") in [fold(name).replace(" ", "") for name in names]


def rows_found(rows: dict[str, list[Text]], query: str, total: int | None = None) -> set[str]:
    """The rows that a query finds; `total` is the number of rows in the index where it holds more."""
    asked = parse(query)
    if not asked:
        return set(rows) if asked.blank else set()
    near = OF_ITSELF + TIED
    left = {
        slug: texts for slug, texts in rows.items() if not any(has(t, texts, near) for t in asked.unwanted)
    }
    found = {slug for slug, texts in left.items() if all(has(term, texts) for term in asked.wanted)}
    found |= {slug for slug, texts in rows.items() if is_named(query, texts)}
    return found or closest(left, asked, len(rows) if total is None else total)


def closest(rows: dict[str, list[Text]], asked: Query, total: int) -> set[str]:
    """The rows with the heaviest words, where they have most of the words or are few."""
    met = {term: {slug for slug, texts in rows.items() if has(term, texts)} for term in asked.wanted}
    weights = {term: log(1 + total / len(slugs)) for term, slugs in met.items() if slugs}
    scores = {slug: sum(w for term, w in weights.items() if slug in met[term]) for slug in rows}
    best = max(scores.values(), default=0)
    if len(asked.wanted) < 2 or not best:
        return set()
    found = {slug for slug, score in scores.items() if abs(score - best) < 1e-9}
    words = max(sum(slug in met[term] for term in asked.wanted) for slug in found)
    few = len(found) <= max(8, total / 100)
    return found if few or (words > 1 and 2 * words > len(asked.wanted)) else set()


def place(query: str, texts: list[Text]) -> int:
    """Where a row stands among those that are found; the smaller, the earlier."""
    asked = parse(query)
    (title, *_) = [text for weight, text in texts if weight == TITLE]
    wanted = asked.wanted

    def every(weights: str) -> bool:
        return all(has(term, texts, weights) for term in wanted)

    def every_whole(weights: str) -> bool:
        return all(
            any(weight in weights and stands_whole(term, text) for weight, text in texts) for term in wanted
        )

    steps = (
        is_named(query, texts),
        every(TITLE) and fold(title).startswith(asked.text),
        every(TITLE),
        every(NAME),
        any(has(term, texts, TITLE) for term in wanted),
        every_whole(OF_ITSELF),
        every_whole(OF_ITSELF + TIED),
        every(OF_ITSELF),
        every(OF_ITSELF + TIED),
    )
    return steps.index(True) if True in steps else len(steps)
