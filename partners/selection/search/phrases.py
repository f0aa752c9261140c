"""Phrases: which records have some words beside one another, of those that have them all in texts of one kind.

The index knows words only, so the texts themselves are asked: a query for each kind of text, whatever the number of
phrases, so that no search costs much more than another one.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Case, Q, QuerySet, Value, When

from partners.selection.search.bitmaps import places_of, set_of
from partners.selection.search.kinds_of_text import Text, Texts
from partners.selection.search.lookup import Hits
from partners.selection.search.queries import Term

# So many phrases of a query are read in the texts: of so many records all at once, of more records one by one, which
# one search does a few times at most. Beyond that it is enough to have the words.
MOST_PHRASES = 4
FEW = 2_000
MOST_READINGS = 2

# For each phrase the records that have it.
type_of_records = dict[Term, int]


class Phrases:
    """Reads the phrases of one query in the texts of one listing."""

    def __init__(self, texts: Texts, phrases: Iterable[Term]):
        self.texts, self.phrases = texts, list(phrases)[:MOST_PHRASES]
        self.readings = 0
        # Whether the listing has few records. One of these may have tens of thousands of a text, as a laboratory has
        # agreements: what such texts say is found first, and not read for each record.
        self.is_of_few = False

    def certain(self, hits: dict[Term, Hits]) -> dict[Term, Hits]:
        """Which records have each term, from those that have its words in texts of one kind."""
        asked = {term: hits[term] for term in self.phrases if term in hits and hits[term].anywhere}
        at_once, one_by_one, records = {}, {}, 0
        for term, each in sorted(asked.items(), key=lambda item: item[1].anywhere.bit_count()):
            fits = (records | each.anywhere).bit_count() <= FEW
            records |= each.anywhere if fits else 0
            (at_once if fits else one_by_one)[term] = each
        found = hits | self.read(at_once)
        for term, each in one_by_one.items():
            if self.readings < MOST_READINGS:
                self.readings += 1
                found |= self.read({term: each})
        return found

    def read(self, hits: dict[Term, Hits]) -> dict[Term, Hits]:
        """The same for phrases that are read at once."""
        sets: dict[Term, dict[str, int]] = {term: {} for term in hits}
        for weight in dict.fromkeys(weight for each in hits.values() for weight in each.sets):
            may_have = {term: each.sets[weight] for term, each in hits.items() if each.sets.get(weight)}
            for term, records in self.having(weight, may_have).items():
                sets[term][weight] = records & may_have[term]
        return {term: Hits(found) for term, found in sets.items()}

    def having(self, weight: str, may_have: type_of_records) -> type_of_records:
        """The records with each phrase in a text of one kind, of those that may have it at least."""
        records = reduce(or_, may_have.values(), 0)
        few = places_of(records) if records.bit_count() <= FEW else None
        found: type_of_records = defaultdict(int)
        for those in self.readings_of(weight, list(may_have), few):
            for term, owners in those.items():
                found[term] |= owners
        return found

    def readings_of(self, weight: str, terms: list[Term], few: list[int] | None) -> Iterable[type_of_records]:
        """For each place where texts of one kind stand, the records with each phrase there; of a few, or of all."""
        if not terms:
            return
        texts = [text for text in self.texts.texts if text.weight == weight]
        if own := [text for text in texts if text.rows is None]:
            rows = self.texts.model._default_manager.all()
            rows = rows if few is None else rows.filter(pk__among=few)
            yield owners_having(
                rows, "pk", {t: reduce(or_, (text.having(*t.patterns) for text in own)) for t in terms}
            )
        for text in texts:
            if text.rows is not None:
                of_all = few is None or (text.many and self.is_of_few)
                rows = text.rows() if of_all else text.rows().filter(**{f"{text.owner}__in": few})
                condition = narrowed if of_all else Text.having
                yield owners_having(rows, text.owner, {t: condition(text, *t.patterns) for t in terms})


def owners_having(rows: QuerySet, owner: str, conditions: dict[Term, Q]) -> type_of_records:
    """The records to which `owner` leads from the rows that meet the condition of each term."""
    rows = rows.order_by()
    if len(conditions) == 1:
        ((term, condition),) = conditions.items()
        return {term: set_of(filter(None, rows.filter(condition).values_list(owner, flat=True)))}
    flags = {
        f"has_{number}": Case(When(condition, then=Value(True)), default=Value(False))
        for number, condition in enumerate(conditions.values())
    }
    found: dict[Term, list[int]] = {term: [] for term in conditions}
    rows = rows.filter(reduce(or_, conditions.values())).annotate(**flags)
    for record, *has in rows.values_list(owner, *flags):
        for term, it_has in zip(conditions, has, strict=True):
            if it_has and record:
                found[term].append(record)
    return {term: set_of(records) for term, records in found.items()}


def narrowed(text: Text, *patterns: str) -> Q:
    """That rows have one of the patterns in their text, each relation on the way there as a subquery and not as a join:
    the few texts with it are found first, whatever the engine thinks of its statistics."""
    path = (text.key or text.fields[0]).split("__")
    steps, model = [], text.rows().model
    for name in path[:-1]:
        field = model._meta.get_field(name)
        steps.append(field)
        model = field.related_model
    last = Text(text.label, (path[-1],), key=path[-1], spoken=text.spoken).having(*patterns)
    for field in reversed(steps):
        found: QuerySet = field.related_model._default_manager.filter(last).order_by()
        if field.one_to_many:
            last = Q(pk__in=found.values(field.field.name))
        else:
            last = Q(**{f"{field.name}__in": found.values("pk")})
    return last
