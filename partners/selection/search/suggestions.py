"""What may have been meant by a query that finds little: the nearest words and names that readers may see."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, product

from rapidfuzz import process
from rapidfuzz.distance import OSA

from partners.models import (
    Agreement,
    DataVersion,
    Event,
    MissionArea,
    Organization,
    OrganizationName,
    Sector,
    Source,
)
from partners.models.fields import BETWEEN_TEXTS
from partners.selection.search.queries import Query, parse

MOST_SUGGESTED = 3
# Of so many records the summaries give words too; of the others the names alone.
MOST_READ = 2000
# For each word or name.
ALTERNATIVES = 3
MOST_NEAR = 50
MOST_COMBINED = 100
# A word that nobody uses, and to which none is near, is left out; that counts as so many letters.
LEFT_OUT = 3
MOST_TRIED = 5
# Each costs a search through everything.
MOST_SEARCHED = 2


@dataclass(frozen=True)
class Vocabulary:
    """Folded words with the number of texts that have them, and folded names, of all that readers may see."""

    words: dict[str, int]
    names: list[str]
    # The names without spaces, in the same order.
    joined: list[str]

    def begins_a_word(self, word: str) -> bool:
        return word in self.words or any(known.startswith(word) for known in self.words)


def read_vocabulary() -> Vocabulary:
    """Read it from the database, by a few queries."""
    names = sorted(set(filter(None, names_of_records())))
    words = Counter(word for name in names for word in name.split())
    for text in texts_of_records():
        words.update(set(text.replace(BETWEEN_TEXTS, " ").split()))
    return Vocabulary(dict(words), names, [name.replace(" ", "") for name in names])


def names_of_records() -> Iterator[str]:
    yield from Organization.objects.published().values_list("name_key", flat=True).order_by()
    others = OrganizationName.objects.public()
    yield from others.values_list("value_key", flat=True).order_by()
    for model in (Sector, MissionArea):
        for text in model.objects.values_list("search_text", flat=True).order_by():
            yield from text.strip().split(BETWEEN_TEXTS)


def texts_of_records() -> Iterator[str]:
    for model in (Organization, Agreement, Event, Source):
        yield from (
            model.objects.published().order_by("slug").values_list("search_text", flat=True)[:MOST_READ]
        )


class Shelf:
    """The vocabulary of the present state of the directory, read once for each state and process."""

    def __init__(self):
        self.lock = threading.Lock()
        self.kept: tuple[int, Vocabulary] | None = None

    def vocabulary(self) -> Vocabulary:
        version = DataVersion.current()
        with self.lock:
            if self.kept is None or self.kept[0] != version:
                self.kept = (version, read_vocabulary())
            return self.kept[1]


shelf = Shelf()


def edits_allowed(text: str) -> int:
    """How many letters may differ in a word or name: none in the shortest, as everything would be near."""
    return 0 if len(text) < 3 else 1 if len(text) < 6 else 2 if len(text) < 10 else 3


def nearest(text: str, choices: list[str], most: int) -> list[tuple[str, int, int]]:
    """The choices that differ from `text` in few letters: each with the number of them and its place, nearest first."""
    allowed = edits_allowed(text)
    found = (
        process.extract(text, choices, scorer=OSA.distance, score_cutoff=allowed, limit=most)
        if allowed
        else []
    )
    return sorted(found, key=lambda choice: (choice[1], choice[0][:1] != text[:1], choice[0]))


def alternatives(asked: Query, vocabulary: Vocabulary) -> Iterator[str]:
    """Folded queries that may have been meant, the likeliest first; some find nothing."""
    words = asked.text.split()
    ranked: list[tuple[float, str]] = []
    for _name, edits, place in nearest("".join(words), vocabulary.joined, ALTERNATIVES):
        ranked.append((edits, vocabulary.names[place]))
    for edits, text in respelled(words, vocabulary):
        # A name as a whole is likelier than the same number of differences in words that stand anywhere.
        ranked.append((edits + 0.5, text))
    for _edits, text in sorted(ranked, key=lambda pair: pair[0]):
        yield text


def respelled(words: list[str], vocabulary: Vocabulary) -> Iterator[tuple[int, str]]:
    """The words with those that nobody uses replaced by near ones; where all are in use, with one of them replaced."""
    known = list(vocabulary.words)
    unknown = [place for place, word in enumerate(words) if not vocabulary.begins_a_word(word)]
    for places in [unknown] if unknown else [[place] for place in range(len(words))]:
        near = [near_words(words[place], known, vocabulary) for place in places]
        for chosen in islice(product(*near), MOST_COMBINED):
            other = words.copy()
            for place, (_, word) in zip(places, chosen, strict=True):
                other[place] = word
            yield sum(edits for edits, _ in chosen), " ".join(filter(None, other))


def near_words(word: str, known: list[str], vocabulary: Vocabulary) -> list[tuple[int, str]]:
    """The known words near another one with the number of differences, the commonest of the nearest first."""
    near = [(edits, choice) for choice, edits, _ in nearest(word, known, MOST_NEAR) if choice != word]
    near.sort(key=lambda found: (found[0], found[1][:1] != word[:1], -vocabulary.words[found[1]], found[1]))
    return near[:ALTERNATIVES] or [(LEFT_OUT, "")]


def suggest(asked: Query, by_title: Callable[[str], bool], anywhere: Callable[[str], bool]) -> list[str]:
    """At most three other queries, in the spelling of a name where they are one.

    Both functions say of a query whether it finds more rows than the one that was asked: `by_title` by their titles
    alone, which is most often what was meant and costs little, `anywhere` by all of their texts.
    """
    if not asked.wanted:
        return []
    tried = dict.fromkeys(alternatives(asked, shelf.vocabulary()))
    texts = [text for text in tried if text not in ("", asked.text)][:MOST_TRIED]
    found = [text for text in texts if by_title(text)] or [
        text for text in texts[:MOST_SEARCHED] if anywhere(text)
    ]
    return [" ".join([text, *left_out(asked)]) for text in as_written(found[:MOST_SUGGESTED])]


def left_out(asked: Query) -> list[str]:
    """What the query asks to leave out, as it is written in a query."""
    return [
        f'-"{term.words}"' if term.whole or " " in term.words else f"-{term.words}" for term in asked.unwanted
    ]


def as_written(texts: Iterable[str]) -> list[str]:
    """Names as their records write them, other texts as they are."""
    texts = list(texts)
    written: dict[str, str] = {}
    others = OrganizationName.objects.public().filter(value_key__in=texts)
    written.update(others.order_by("value").values_list("value_key", "value"))
    for model in (MissionArea, Sector):
        written.update(
            model.objects.filter(name_key__in=texts).order_by("name_en").values_list("name_key", "name_en")
        )
    organizations = Organization.objects.published().filter(name_key__in=texts).order_by("slug")
    written.update(organizations.values_list("name_key", "name"))
    return [name if is_query(name := written.get(text, text), text) else text for text in texts]


def is_query(name: str, text: str) -> bool:
    """Whether a name asks for its own words: one with a minus in it may ask for something else."""
    asked = parse(name)
    return asked.text == text and not asked.unwanted
