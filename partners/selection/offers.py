"""Words of a search that are names of filter values, offered as filters: "cloud start-ups Argonne".

Only what is exactly a name of a value, or another name that is known of it, is offered, and nothing is applied unasked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, product

from django.db.models import Exists, OuterRef
from django.http import QueryDict

from partners.folding import alike, fold
from partners.models import FacetEntry, FacetTerm
from partners.selection.listings import Listing
from partners.selection.parameters import query_string
from partners.selection.search.queries import PART, QUOTES, without_contrary
from partners.selection.search.small_words import ASKING_WORDS, EVERY_CALLED, SMALL_WORDS
from partners.selection.selection import Selection
from partners.selection.terms import OrganizationTerms

# A name has at most so many words, and a query is read no further than so many.
MOST_NAME_WORDS, MOST_QUERY_WORDS = 12, 20
MOST_OFFERS = 3


@dataclass(frozen=True)
class NamedValue:
    """A value of a facet that words of a query name, folded."""

    facet: str
    title: str
    value: str
    label: str
    words: str
    is_organization: bool


@dataclass(frozen=True)
class Offer:
    """Filters in place of words: the filters, the words that are left, how many rows that gives, and where; and how
    many telling words of the query it leaves out of account."""

    filters: tuple[NamedValue, ...]
    rest: str
    count: int
    link: str
    left_out: int = 0

    @property
    def not_named(self) -> int:
        """How many telling words of the query are no filter."""
        return self.left_out + len(self.rest.split())


@dataclass(frozen=True)
class NamesInQuery:
    """A query with some of its words read as names: for each, the values that it may mean; and the other words."""

    meanings: list[list[NamedValue]]
    rest: str

    @property
    def rest_narrows(self) -> bool:
        """Whether the other words hold what was meant to the letter: a phrase, or what is to be left out."""
        return '"' in self.rest or any(word.startswith("-") for word in self.rest.split())


def offers(listing: type[Listing], query: str, given: QueryDict, noun: str = "") -> list[Offer]:
    """The filters that words of a query name, each with the number of rows it leads to; none that leads nowhere.

    `given` are the parameters that hold besides the query; `noun` is what the rows are called, a word that asks for
    nothing beside a filter. Where all filters together with the other words give no row, each is offered by itself.
    """
    reading = read_names(listing, query, noun)
    chosen = {(name, value) for name, values in given.lists() for value in values}
    meanings = [
        [named for named in each if (named.facet, named.value) not in chosen] for each in reading.meanings
    ]
    if not reading.meanings or not all(meanings):
        return []
    together = islice(product(*meanings), MOST_OFFERS)
    found = [
        offer for filters in together if (offer := counted_offer(listing, filters, reading.rest, given)).count
    ]
    if found or (len(meanings) == 1 and (not reading.rest or reading.rest_narrows)):
        return found
    left_out = len(reading.rest.split())
    # Whoever names an organization asks of it first of all.
    meanings = sorted(meanings, key=lambda each: not each[0].is_organization)
    alone = [counted_offer(listing, (each[0],), "", given, left_out) for each in meanings[:MOST_OFFERS]]
    return [offer for offer in alone if offer.count]


def counted_offer(
    listing: type[Listing],
    filters: tuple[NamedValue, ...],
    rest: str,
    given: QueryDict,
    left_out: int = 0,
) -> Offer:
    parameters = given.copy()
    for name in ("q", "page"):
        parameters.pop(name, None)
    if rest:
        parameters["q"] = rest
    for named in filters:
        parameters.appendlist(named.facet, named.value)
    count = Selection(listing, parameters).count
    return Offer(filters, rest, count, query_string(parameters), left_out)


def read_names(listing: type[Listing], query: str, noun: str) -> NamesInQuery:
    """The names in a query, the longest first where they overlap."""
    parts = list(PART.finditer(without_contrary(query.translate(QUOTES))))
    words = [
        fold(part["word"]) if part["word"] and not part["word"].startswith("-") else "" for part in parts
    ]
    spans = dict.fromkeys(
        span
        for span in spans_of(words[:MOST_QUERY_WORDS])
        if not needless(text := words_within(words, span), noun) and text not in EVERY_CALLED
    )
    values = values_named(listing, {words_within(words, span) for span in spans})
    free, meanings = set(range(len(words))), {}
    for span in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if free.issuperset(range(*span)) and (meant := values.get(words_within(words, span))):
            meanings[span] = meant
            free -= set(range(*span))
    asks = bool(ASKING_WORDS.intersection(words))
    left = [
        # The mark at the end of a question is none of a word.
        part[0].rstrip("?,;!") if asks else part[0]
        for number, part in enumerate(parts)
        if number in free
        and not needless(words[number], noun)
        and not (asks and words[number] in EVERY_CALLED)
    ]
    return NamesInQuery([meanings[span] for span in sorted(meanings)], " ".join(left))


def spans_of(words: list[str]) -> Iterator[tuple[int, int]]:
    """Where a name may begin and end: words one after another, none of them in quotes or to be left out."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + MOST_NAME_WORDS, len(words)) + 1):
            if not words[end - 1]:
                break
            yield start, end


def words_within(words: list[str], span: tuple[int, int]) -> str:
    return " ".join(words[slice(*span)])


def needless(text: str, noun: str) -> bool:
    """Whether a single word asks for nothing beside a filter."""
    return text in SMALL_WORDS or bool(noun) and alike(text) == alike(noun)


def values_named(listing: type[Listing], texts: set[str]) -> dict[str, list[NamedValue]]:
    """The values of all facets that go by one of some folded texts. Costs a few queries for each facet at most."""
    found: dict[str, list[NamedValue]] = {}
    if not texts:
        return found
    for name, facet in listing.facets().items():
        named = list(dict.fromkeys(facet.terms.named(sorted(texts))))
        labels = facet.labels([value for _text, value in named])
        is_organization = isinstance(facet.terms, OrganizationTerms)
        if is_organization and labels:
            # Any organization may stand there, and these ones do.
            labels = {value: labels[value] for value in standing_in_facet(listing, name, labels)}
        for text, value in named:
            if value in labels:
                meant = NamedValue(name, str(facet.label), value, labels[value], text, is_organization)
                found.setdefault(text, []).append(meant)
    return found


def standing_in_facet(listing: type[Listing], facet: str, values: Iterable[str]) -> list[str]:
    """Those of some values under which a record of a listing stands."""
    entries = FacetEntry.objects.filter(term_id=OuterRef("pk"))
    terms = FacetTerm.objects.filter(
        Exists(entries), listing=listing.name, facet=facet, value__in=list(values)
    )
    return list(terms.values_list("value", flat=True))
