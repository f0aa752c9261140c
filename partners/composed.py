"""Statements that pages ask again and again, many of other records each time: composing one takes longer than its answer,
so each is composed once in a process, for every language."""

import functools
import json
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import islice

from django.db import connection
from django.db.models import Model, QuerySet
from django.utils.translation import get_language

# What stands in a statement for the keys that each question brings, by their type.
STAND_INS = {int: [-1], str: ["-1"]}
# A statement takes some 20 kB.
MOST_STATEMENTS_KEPT = 200


class ComposedStatement:
    """What a `values_list` asks; of the records with some keys, which stand in it as a stand-in (see `STAND_INS`), once."""

    def __init__(self, asked: QuerySet, stand_in: list | None = None):
        compiler = asked.query.get_compiler(asked.db)
        self.text, parameters = compiler.as_sql()
        self.parameters = list(parameters)
        converters = compiler.get_converters([expression for expression, *_rest in compiler.select])
        self.converters = list(converters.items())
        # As the lookup `among` writes them.
        self.write_keys = {"sqlite": json.dumps, "postgresql": list}[connection.vendor]
        self.place = None if stand_in is None else self.place_of(self.write_keys(stand_in))

    def place_of(self, stands: Sequence) -> int:
        if self.parameters.count(stands) != 1:
            raise ValueError("The keys do not stand in the statement just once.")
        return self.parameters.index(stands)

    def rows(self, keys: Sequence | None = None) -> list[Sequence]:
        """The answer, as Django would give it. One query."""
        parameters = [*self.parameters]
        if self.place is not None:
            parameters[self.place] = self.write_keys(keys)
        found = answer_to(self.text, parameters)
        return [self.converted(row) for row in found] if self.converters else found

    def number_of_rows(self) -> int:
        """How many rows the answer has, without them. One query."""
        [(number,)] = answer_to(f"SELECT COUNT(*) FROM ({self.text}) asked", self.parameters)  # noqa: S608 (Django's text)
        return number

    def converted(self, row: Sequence) -> list:
        values = list(row)
        for place, (steps, expression) in self.converters:
            for step in steps:
                values[place] = step(values[place], expression, connection)
        return values


def answer_to(text: str, parameters: Sequence) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        return cursor.fetchall()


def ask_for_rows(compose: Callable[..., QuerySet], *about: Hashable) -> list[Sequence]:
    """The rows of the `values_list` that `compose` makes of what it is about; the same `about` always gives the same
    statement."""
    return statement_of(compose, None, *about).rows()


def ask_how_many(compose: Callable[..., QuerySet], *about: Hashable) -> int:
    """How many records the queryset has that `compose` makes of what it is about, as for `ask_for_rows`."""
    return statement_of(keys_of, None, compose, *about).number_of_rows()


def keys_of(compose: Callable[..., QuerySet], *about: Hashable) -> QuerySet:
    return compose(*about).order_by().values_list("pk")


def ask_for_records(compose: Callable[..., QuerySet], *others: str) -> list[Model]:
    """The records of the queryset that `compose` makes, as for `ask_for_rows`, with those that they name in some fields."""
    model = compose().model
    fields = [model._meta.get_field(name) for name in others]
    found = []
    for row in ask_for_rows(cells_of_records, compose, *others):
        cells = iter(row)
        record = record_of(model, cells)
        for field in fields:
            other = record_of(field.related_model, cells)
            field.set_cached_value(record, None if other.pk is None else other)
        found.append(record)
    return found


def record_of(model: type[Model], cells: Iterator) -> Model:
    """A record made of the next cells, one for each of its columns."""
    names = columns_named_in(model)
    return model.from_db(connection.alias, names, [*islice(cells, len(names))])


def columns_named_in(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def cells_of_records(compose: Callable[..., QuerySet], *others: str) -> QuerySet:
    """What records, and those that they name in some fields, are made of."""
    rows = compose()
    related = [
        f"{other}__{name}"
        for other in others
        for name in columns_named_in(rows.model._meta.get_field(other).related_model)
    ]
    return rows.values_list(*columns_named_in(rows.model), *related)


def ask_of_keys(compose: Callable[..., QuerySet], keys: Sequence, *about: Hashable) -> list[Sequence]:
    """The rows of the `values_list` that `compose` makes of some keys, which are all numbers or all texts, and of what
    else it is about, as for `ask_for_rows`. It uses the keys in one lookup `among`. No query without keys."""
    return statement_of(compose, type(keys[0]), *about).rows(keys) if keys else []


def statement_of(compose: Callable[..., QuerySet], kind: type | None, *about: Hashable) -> ComposedStatement:
    """What is asked of keys of some kind, or without any: kept, but for a past, which has other tables."""
    if connection.as_of is not None:
        return compose_statement(compose, kind, *about)
    return kept_statement(compose, kind, get_language(), connection.vendor, *about)


@functools.lru_cache(maxsize=MOST_STATEMENTS_KEPT)
def kept_statement(
    compose: Callable[..., QuerySet], kind: type | None, _language: str, _vendor: str, *about: Hashable
) -> ComposedStatement:
    return compose_statement(compose, kind, *about)


def compose_statement(
    compose: Callable[..., QuerySet], kind: type | None, *about: Hashable
) -> ComposedStatement:
    if kind is None:
        return ComposedStatement(compose(*about))
    return ComposedStatement(compose(STAND_INS[kind], *about), STAND_INS[kind])
