"""The parameter `q` of a listing: which rows it finds, and in which order."""

from collections.abc import Callable, Collection, Iterable

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, OrderBy, Q, QuerySet, Value, When
from django.utils.translation import gettext

from partners.selection.search.queries import Query, Term, parse
from partners.selection.search.reasons import Match, explain
from partners.selection.search.suggestions import suggest
from partners.selection.search.texts import Texts

LONGEST_QUERY = 200
# Each costs a look at every text; words that begin half of all words cost most.
MOST_TERMS = 12
SHORT, MOST_SHORT = 2, 4


class SearchField(forms.CharField):
    """A query of a sensible length. Whatever stands in it is only ever compared with folded words."""

    def __init__(self, **kwargs):
        super().__init__(max_length=LONGEST_QUERY, **kwargs)
        # The check of CharField for null characters comes too late for the message we want: folding drops them.
        self.validators = [v for v in self.validators if "Null" not in type(v).__name__]

    def clean(self, value):
        query = super().clean(value)
        terms = parse(query).terms
        if len(terms) > MOST_TERMS:
            raise ValidationError(
                gettext("At most %d words can be searched for at once. Words between quotes count as one.")
                % MOST_TERMS
            )
        if sum(is_short(term) for term in terms) > MOST_SHORT:
            raise ValidationError(
                gettext(
                    "At most %d words of one or two letters can be searched for at once. Leave some out, or put "
                    "them between quotes together with the words beside them."
                )
                % MOST_SHORT
            )
        return query


def is_short(term: Term) -> bool:
    return not term.whole and len(term.words) <= SHORT


class Search(django_filters.Filter):
    """Rows that have every word of the query somewhere in their texts, and none of those to leave out."""

    field_class = SearchField

    def __init__(self, label, texts: Texts):
        self.texts = texts
        super().__init__(label=label, required=False)

    def filter(self, queryset: QuerySet, query: str) -> QuerySet:
        """The rows of `queryset` that match; none where the query holds nothing to look for, such as "&"."""
        asked = parse(query or "")
        if not asked:
            return queryset if asked.blank else queryset.none()
        return queryset.filter(pk__among=self.matching(asked))

    @property
    def kept(self) -> dict[Query | Term, Collection[int]]:
        """What was found for queries and terms so far. A listing is made for each request: nothing in it is older."""
        listing = getattr(self, "parent", None)
        return listing.found_keys if listing else {}

    def matching(self, asked: Query) -> list[int]:
        """The primary keys of all records that match, in their order, whatever else narrows a listing.

        They are looked up once for a request: the rows, and each facet in which something is chosen, start from them.
        """
        kept = self.kept
        if asked not in kept:
            kept[asked] = sorted(self.found(asked))
        return kept[asked]

    def found(self, asked: Query) -> set[int]:
        """The primary keys of the records that match."""
        having = self.having_each(asked.terms)
        wanted = [having[term] for term in asked.wanted] or [self.everything()]
        return set.intersection(*wanted).difference(*(having[term] for term in asked.unwanted))

    def having_each(self, terms: Iterable[Term]) -> dict[Term, set[int]]:
        """The primary keys of the records with each term somewhere in their texts, by one query at most.

        What was found is kept: a suggestion changes one word of a query.
        """
        kept = self.kept
        unknown = list(dict.fromkeys(term for term in terms if term not in kept))
        found = {term: set() for term in unknown}
        each = [
            rows.annotate(term=Value(number))
            for number, term in enumerate(unknown)
            for rows in self.having(term)
        ]
        for key, number in each[0].union(*each[1:]) if each else ():
            found[unknown[number]].add(key)
        for keys in found.values():
            # A text without a listed record.
            keys.discard(None)
        kept |= found
        return {term: kept[term] for term in terms}

    def having(self, term: Term) -> list[QuerySet]:
        """The primary keys of the records with a term, those of each kind of text by themselves."""
        own = self.texts.model._default_manager.filter(search_text__has_words=term.pattern).order_by()
        return [own.values_list("pk"), *(text.owners(term.pattern) for text in self.texts.related)]

    def everything(self) -> set[int]:
        return set(self.texts.model._default_manager.order_by().values_list("pk", flat=True))

    def ranking(self, query: str) -> list[OrderBy]:
        """What to order by before anything else; nothing where there is nothing to rank.

        Rows that go by the name of the query come first, then those whose name begins with it, those with all its
        words in their name, in another name, those with some of its words in their name, and then the others.
        """
        asked = parse(query or "")
        if not asked.wanted:
            return []
        title = self.texts.title
        steps = [
            Q(**{title: asked.text}) | self.other_name(lambda key: Q(**{key: asked.text})),
            Q(**{f"{title}__startswith": asked.text}),
            in_text(asked, Q.AND)(title),
            self.other_name(in_text(asked, Q.AND)),
            in_text(asked, Q.OR)(title),
        ]
        cases = [When(step, then=Value(place)) for place, step in enumerate(steps) if step]
        return [Case(*cases, default=Value(len(steps))).asc()]

    def other_name(self, condition: Callable[[str], Q]) -> Q:
        """The condition that another name of a row meets a condition, given for the key of such a name."""
        found = Q()
        for text in self.texts.names:
            found |= Q(pk__in=text.rows().filter(condition(text.key)).order_by().values(text.owner))
        return found

    def explain(self, query: str, slugs: Iterable[str]) -> dict[str, Match]:
        """Why the rows with these slugs match, by slug; see `reasons.explain`."""
        return explain(self.texts, parse(query or ""), slugs)

    def suggestions(self, query: str, rows: QuerySet, found: int) -> list[str]:
        """At most three other queries that find more of `rows`, which match everything else that was asked, than the
        number that was `found`."""
        asked = parse(query or "")
        allowed = rows.filter(pk__among=self.matching(Query((), asked.unwanted))) if asked.unwanted else rows

        def by_title(text: str) -> bool:
            titles = allowed.filter(in_text(parse(text), Q.AND)(self.texts.title))
            return len(titles.order_by().values_list("pk")[: found + 1]) > found

        def anywhere(text: str) -> bool:
            return self.filter(allowed, text).order_by().count() > found

        return suggest(asked, by_title, anywhere)


def in_text(asked: Query, connector: str) -> Callable[[str], Q]:
    """A function from a key to the condition that all wanted terms (`Q.AND`) are in it, or one of them (`Q.OR`)."""

    def condition(key: str) -> Q:
        return Q(*((f"{key}__has_words", term.pattern) for term in asked.wanted), _connector=connector)

    return condition
