"""Reading texts for phrases: which records have some words beside one another, as the index knows words only.

A text is read once for a request, however many lists ask for it: the summaries of agreements are searched for partners,
for laboratories and for the agreements themselves. Of a kind of record that has a list only those are read that have
all the words, as the index says.
"""

from collections import defaultdict
from functools import reduce
from operator import and_, or_

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Case, Model, Q, QuerySet, Value, When

from partners.selection.search.bitmaps import places_of, set_of
from partners.selection.search.kinds_of_text import NAME, OF_ITSELF, TITLE, Text
from partners.selection.search.lookup import Parts, looked_up
from partners.selection.search.queries import SearchTerm
from partners.selection.search.texts import OF_EVERY_LISTING

# The column with everything that is said of a record itself; the others hold its names.
ALL_OF_ITSELF = "search_text"

# For each phrase the records that have it.
type_of_records = dict[SearchTerm, int]


class TextReader:
    """Reads the texts that one request asks for."""

    def __init__(self, using: str = DEFAULT_DB_ALIAS):
        self.using = using
        self.found: dict[tuple[type[Model], str, SearchTerm], int] = {}
        self.led_to: dict[tuple[str, SearchTerm], int] = {}
        # For each column and phrase the records that were looked at, and those that have it.
        self.looked_at: dict[tuple[type[Model], str, SearchTerm], tuple[int, int]] = {}
        self.likely: dict[tuple[type[Model], SearchTerm], dict[str, int] | None] = {}

    def amounts(self, text: Text, terms: list[SearchTerm]) -> dict[SearchTerm, int]:
        """How many records are read for each phrase in a related text; kinds without a list of their own
        have few or short ones, which count as none."""
        likely = self.candidates(model_at_end(text), path_of(text)[-1], terms)
        return {term: (records or 0).bit_count() for term, records in likely.items()}

    def owners(self, text: Text, terms: list[SearchTerm]) -> type_of_records:
        """The records with each phrase in a related text."""
        rows, path = text.rows().order_by(), path_of(text)
        first = rows.model._meta.get_field(path[0])
        if len(path) > 1 and first.many_to_one:
            column, having = f"{first.name}__pk", self.having(first.related_model, path[1:], text, terms)
        else:
            column, having = "pk", self.having(rows.model, path, text, terms)
        return self.lead_to(text, rows, column, having)

    def lead_to(self, text: Text, rows: QuerySet, column: str, having: type_of_records) -> type_of_records:
        """As `those_of`, for a text; two lists may go the same way to it."""
        if not any(having.values()):
            return having
        way = f"{text.key or text.fields[0]} {rows.values(text.owner, column).query}"
        unknown = {term: records for term, records in having.items() if (way, term) not in self.led_to}
        if unknown:
            found = those_of(rows, text.owner, column, unknown)
            self.led_to |= {(way, term): records for term, records in found.items()}
        return {term: self.led_to[way, term] for term in having}

    def having(
        self, model: type[Model], path: list[str], text: Text, terms: list[SearchTerm]
    ) -> type_of_records:
        """The records of a model with each phrase in the text to which a path leads."""
        way = "__".join(path)
        unknown = [term for term in terms if (model, way, term) not in self.found]
        if unknown:
            if len(path) == 1:
                found = self.read(model, text, unknown)
            else:
                field = model._meta.get_field(path[0])
                there = self.having(field.related_model, path[1:], text, unknown)
                found = those_of(*step_towards(model, field), there)
            self.found |= {(model, way, term): found[term] for term in unknown}
        return {term: self.found[model, way, term] for term in terms}

    def read(self, model: type[Model], text: Text, terms: list[SearchTerm]) -> type_of_records:
        """The records of a model with each phrase in a text of their own."""
        column = path_of(text)[-1]
        own = Text(text.label, (column,), key=column, spoken=text.spoken)
        rows = model._default_manager.order_by()
        likely = dict.fromkeys(terms) if text.spoken else self.candidates(model, column, terms)
        if None in likely.values():
            return records_having(rows, {term: own.having(*term.patterns) for term in terms})
        return self.read_among(model, own, likely)

    def read_among(self, model: type[Model], own: Text, among: type_of_records) -> type_of_records:
        """Those of some records for each phrase that have it in a text of their own."""
        conditions, left = {}, 0
        for term, records in among.items():
            looked_at, _having = self.looked_at.get((model, own.key, term), (0, 0))
            if unseen := records & ~looked_at:
                conditions[term] = own.having(*term.patterns)
                left |= unseen
        if left:
            rows = model._default_manager.filter(pk__among=places_of(left)).order_by()
            for term, having in records_having(rows, conditions).items():
                looked_at, before = self.looked_at.get((model, own.key, term), (0, 0))
                self.looked_at[model, own.key, term] = (looked_at | left, before | having)
        seen = {term: self.looked_at.get((model, own.key, term), (0, 0)) for term in among}
        return {term: records & seen[term][1] for term, records in among.items()}

    def candidates(
        self, model: type[Model], column: str, terms: list[SearchTerm]
    ) -> dict[SearchTerm, int | None]:
        """The records of a model that have all words of each phrase in one kind of what a column holds; None where no
        list has such records."""
        self.look_up(model, [term for term in terms if (model, term) not in self.likely])
        weights = OF_ITSELF if column == ALL_OF_ITSELF else (TITLE, NAME)
        found = {}
        for term in terms:
            sets = self.likely[model, term]
            found[term] = None if sets is None else reduce(or_, (sets.get(each, 0) for each in weights))
        return found

    def look_up(self, model: type[Model], terms: list[SearchTerm]) -> None:
        """Ask the list of a model where it has all words of each phrase in one kind of text.

        Several lists, as those of organizations, need not have every record: an owner may stand in none of them.
        """
        parts = {term: Parts(term) for term in terms}
        listings = [texts.listing for texts in OF_EVERY_LISTING if texts.model is model]
        self.likely |= {(model, term): None for term in terms}
        if terms and len(listings) == 1:
            words = [word for each in parts.values() for word in each.every]
            hits = looked_up(listings[0], words, self.using)
            for term, each in parts.items():
                self.likely[model, term] = reduce(and_, (hits[word] for word in each.every)).sets


def path_of(text: Text) -> list[str]:
    """The way from the rows of a related text to its column, step by step."""
    return (text.key or text.fields[0]).split("__")


def model_at_end(text: Text) -> type[Model]:
    """Whose text it is."""
    model = text.rows().model
    for name in path_of(text)[:-1]:
        model = model._meta.get_field(name).related_model
    return model


def step_towards(model: type[Model], field) -> tuple[QuerySet, str, str]:
    """The rows by which a relation leads to others, with the lookups from them to the record and to the other one."""
    if field.many_to_many:
        rows = field.remote_field.through._default_manager
        return rows.order_by(), field.m2m_field_name(), f"{field.m2m_reverse_field_name()}__pk"
    if field.one_to_many:
        return field.related_model._default_manager.order_by(), field.field.name, "pk"
    return model._default_manager.order_by(), "pk", f"{field.name}__pk"


def those_of(rows: QuerySet, owner: str, column: str, having: type_of_records) -> type_of_records:
    """For each phrase what `owner` gives of the rows whose `column` is among the records that have the phrase."""
    every = reduce(or_, having.values(), 0)
    found: dict[SearchTerm, list[int]] = {term: [] for term in having}
    if every:
        pairs = rows.filter(**{f"{column}__among": places_of(every)}).values_list(owner, column)
        for record, there in pairs:
            if record:
                for term, records in having.items():
                    if records >> there & 1:
                        found[term].append(record)
    return {term: set_of(records) for term, records in found.items()}


def records_having(rows: QuerySet, conditions: dict[SearchTerm, Q]) -> type_of_records:
    """The records that meet the condition of each term."""
    if len(conditions) == 1:
        ((term, condition),) = conditions.items()
        return {term: set_of(rows.filter(condition).values_list("pk", flat=True))}
    flags = {
        f"has_{number}": Case(When(condition, then=Value(True)), default=Value(False))
        for number, condition in enumerate(conditions.values())
    }
    found: dict[SearchTerm, list[int]] = defaultdict(list)
    rows = rows.filter(reduce(or_, conditions.values())).annotate(**flags)
    for record, *has in rows.values_list("pk", *flags):
        for term, it_has in zip(conditions, has, strict=True):
            if it_has:
                found[term].append(record)
    return {term: set_of(found[term]) for term in conditions}
