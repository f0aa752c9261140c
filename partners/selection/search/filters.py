"""The parameter `q` of a listing: which rows it finds, and in which order."""

from collections.abc import Iterable

from django import forms
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Case, OrderBy, QuerySet, Value, When

from partners.selection.declared import DeclaredFilter
from partners.selection.search.bitmaps import places_of
from partners.selection.search.finding import Finder, Found
from partners.selection.search.kinds_of_text import Texts
from partners.selection.search.queries import Query, parse
from partners.selection.search.reading import TextReader
from partners.selection.search.reasons import Match, explain
from partners.selection.search.suggestions import suggest

# As long as the longest title there can be: the name of every record can be asked for. The work that a search makes
# is bounded by this too.
LONGEST_QUERY = 300


class SearchField(forms.CharField):
    """A query of a sensible length. Whatever stands in it is only ever compared with folded words."""

    def __init__(self, **kwargs):
        super().__init__(max_length=LONGEST_QUERY, **kwargs)
        # The check of CharField for null characters comes too late for the message we want: folding drops them.
        self.validators = [v for v in self.validators if "Null" not in type(v).__name__]


class Search(DeclaredFilter):
    """Rows that have every word of the query somewhere in their texts, and none of those to leave out.

    Where no row has every word, the rows that have the most, as long as that says something; see `closest.py`.
    """

    field_class = SearchField

    def __init__(self, label, texts: Texts):
        self.texts = texts
        super().__init__(label=label, required=False)

    def filter(self, queryset: QuerySet, query: str) -> QuerySet:
        """The rows of `queryset` that match; none where the query holds nothing to look for, such as "&"."""
        asked = parse(query or "")
        if not asked:
            return queryset if asked.blank else queryset.none()
        return queryset.filter(pk__among=self.find(query).keys)

    def find(self, query: str) -> Found:
        """All records that match, whatever else narrows a listing.

        They are looked up once for a request: the rows, their order, and each facet in which something is chosen,
        start from them. A listing is made for each request: nothing in it is older.
        """
        listing = getattr(self, "parent", None)
        kept = listing.found_keys if listing else {}
        if query not in kept:
            reader = listing.reader if listing else None
            kept[query] = Finder(self.texts, query or "", self.using, reader).found()
        return kept[query]

    def records(self, query: str) -> int:
        """All records that match, as a set."""
        return self.find(query).matching

    @property
    def using(self) -> str:
        """The database that is searched."""
        listing = getattr(self, "parent", None)
        return listing.queryset.db if listing else DEFAULT_DB_ALIAS

    def ranking(self, query: str) -> list[OrderBy]:
        """What to order by before anything else, the best matches first; nothing where there is nothing to rank."""
        if not self.ranks(query):
            return []
        tiers = enumerate(self.find(query).tiers)
        cases = [When(pk__among=places_of(records), then=Value(place)) for place, records in tiers if records]
        return [Case(*cases, default=Value(len(self.find(query).tiers))).asc()] if cases else []

    @staticmethod
    def ranks(query: str) -> bool:
        """Whether there is something to rank by."""
        return bool(parse(query or "").wanted)

    def explain(self, query: str, slugs: Iterable[str]) -> dict[str, Match]:
        """Why the rows with these slugs match, by slug; see `reasons.explain`."""
        found = self.find(query)
        return explain(self.texts, self.asked(query), found.hits, found.whole, slugs)

    def asked(self, query: str) -> Query:
        """What a query asks for in this listing."""
        return parse(query or "", self.texts.called)

    def suggestions(
        self,
        query: str,
        rows: QuerySet | None = None,
        reader: TextReader | None = None,
        names_only: bool = False,
    ) -> list[str]:
        """At most three other queries that may have been meant, each of which finds one of `rows`; see
        `suggestions.suggest`. `reader` has read texts for the same request."""
        listing = getattr(self, "parent", None)
        reader = reader or (listing.reader if listing else None)
        texts = suggest(self.texts, query or "", self.using, reader, names_only)
        return [text for text in texts if rows is None or self.filter(rows, text).exists()]
