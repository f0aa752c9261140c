"""Collecting: the words of some records of a listing, by the kind of text in which each stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from django.db.models import Exists, OuterRef

from partners.selection.search.kinds_of_text import MOST_TIES, TITLE, Text, Texts
from partners.selection.search.lookup import EVERYTHING
from partners.selection.search.words import whole, words_of

# The words of a record: a set for each kind of text, which is a weight, and a language where it has one.
type_of_words = dict[str, set[str]]
# Values that are no longer than this come again and again: names, types, places.
SHORT_VALUE = 60
# Up to so many records are named one by one.
MOST_NAMED = 50


def collected(texts: Texts, records: set[int]) -> dict[int, type_of_words]:
    """The words of each of some records, by a query for each kind of related rows."""
    found: dict[int, type_of_words] = {record: {TITLE: {EVERYTHING}} for record in records}
    own = Gathered(tuple(texts.own), "")
    if not records:
        return found
    rows = texts.model._default_manager.filter(**those("pk", records)).order_by()
    for record, *values in rows.values_list("pk", *own.fields):
        if record in found:
            own.add(values, found[record])
    busy = busy_ones(texts, records)
    for gathered in gatherings(texts):
        text = gathered.texts[0]
        wanted = records - busy if text.is_of_ties else records
        rows = text.rows().filter(**those(text.owner, wanted)).order_by() if wanted else text.rows().none()
        rows = rows.values_list(text.owner, *gathered.fields)
        for record, *values in (rows.distinct() if busy else rows).iterator(chunk_size=2000):
            if record in wanted:
                gathered.add(values, found[record])
    return found


def busy_ones(texts: Texts, records: set[int]) -> set[int]:
    """Those of some records that have too many of a text to be found by it; see `MOST_TIES`."""
    busy: set[int] = set()
    counted = set()
    those_ones = texts.model._default_manager.filter(pk__among=sorted(records)).order_by()
    for text in texts.related:
        if not text.many:
            continue
        rows, owner = text.ties()
        if (rows.model, owner) not in counted:
            counted.add((rows.model, owner))
            # No more of them are looked at than it takes to know.
            one_more = rows.filter(**{owner: OuterRef("pk")}).order_by()[MOST_TIES : MOST_TIES + 1]
            busy |= set(those_ones.filter(Exists(one_more)).values_list("pk", flat=True))
    return busy


def those(owner: str, records: set[int]) -> dict:
    """The condition for rows of some records. Many of them are asked for as a range, which may give others too: for a
    long list SQLite would go through a table once for each of it."""
    if len(records) <= MOST_NAMED:
        return {f"{owner}__in": records}
    return {f"{owner}__gte": min(records), f"{owner}__lte": max(records)}


@dataclass(frozen=True)
class Gathered:
    """Texts that are read by one query, as they stand in the same rows."""

    texts: tuple[Text, ...]
    path: str

    def __post_init__(self):
        object.__setattr__(self, "places", [(text, field) for text in self.texts for field in text.fields])
        object.__setattr__(self, "fields", [field for _, field in self.places])
        object.__setattr__(self, "known", [{} for _ in self.places])

    def add(self, values: list, words: type_of_words) -> None:
        """Add the words of a row, whose values stand in the order of `fields`."""
        for place, value in enumerate(values):
            if not value:
                continue
            entries = self.known[place].get(value)
            if entries is None:
                entries = list(words_of_value(*self.places[place], value))
                if not isinstance(value, str) or len(value) <= SHORT_VALUE:
                    self.known[place][value] = entries
            for kind, found in entries:
                if kind in words:
                    words[kind] |= found
                else:
                    words[kind] = set(found)


def words_of_value(text: Text, field: str, value) -> Iterator[tuple[str, set[str]]]:
    """The words of a stored value, by kind."""
    for written, language in text.names(field, value):
        words = words_of(written)
        if text.is_name:
            words.add(whole(written))
        yield text.weight + language, words


def gatherings(texts: Texts) -> list[Gathered]:
    """The related texts of a listing, those together that one row has once."""
    return [Gathered(group, path) for group, path in groups(texts)]


@cache
def groups(texts: Texts) -> list[tuple[tuple[Text, ...], str]]:
    """The related texts that are read by one query, with the way on which their rows lead to several."""

    def rows_of(text: Text) -> tuple:
        return id(text.rows), text.owner, several(text), text.is_term

    return [
        (tuple(group), path)
        for (_rows, _owner, path, _term), group in groupby(sorted(texts.related, key=rows_of), rows_of)
    ]


def several(text: Text) -> str:
    """The part of the way to a text on which a row leads to several: none for a column of the row itself."""
    model, passed, last = text.rows().model, [], ""
    for name in text.fields[0].split("__")[:-1]:
        field = model._meta.get_field(name)
        passed.append(name)
        if field.one_to_many or field.many_to_many:
            last = "__".join(passed)
        model = field.related_model
    return last
