"""Search: the words of `q`, looked up in names."""

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from partners.folding import fold

LONGEST_QUERY = 200
MOST_WORDS = 12


class SearchField(forms.CharField):
    """A query of a sensible length. Whatever stands in it is only ever compared with folded words."""

    def __init__(self, **kwargs):
        super().__init__(max_length=LONGEST_QUERY, **kwargs)
        # The check of CharField for null characters comes too late for the message we want: folding drops them.
        self.validators = [v for v in self.validators if "Null" not in type(v).__name__]


def begins_a_word(key: str, word: str) -> Q:
    """The folded text at `key` has a word that begins with `word`."""
    return Q(**{f"{key}__startswith": word}) | Q(**{f"{key}__contains": f" {word}"})


class Search(django_filters.Filter):
    """Rows in whose names every word of the query begins a word.

    `keys`     folded columns of the listed records
    `related`  rows with further names: (queryset, lookup to the listed record, folded column)
    """

    field_class = SearchField

    def __init__(self, label, keys, related=()):
        self.keys, self.related = keys, related
        super().__init__(label=label, required=False)

    def filter(self, queryset: QuerySet, query: str) -> QuerySet:
        words = fold(query or "").split()[:MOST_WORDS]
        if query and query.strip() and not words:
            return queryset.none()
        for word in words:
            queryset = queryset.filter(self.found(word))
        return queryset

    def found(self, word: str) -> Q:
        condition = Q()
        for key in self.keys:
            condition |= begins_a_word(key, word)
        for rows, owner, key in self.related:
            condition |= Q(pk__in=rows().filter(begins_a_word(key, word)).order_by().values(owner))
        return condition
