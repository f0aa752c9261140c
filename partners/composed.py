"""Statements that pages ask again and again, of other records each time: composing one takes longer than its answer, so
each is composed once in a process, for every language."""

import functools
import json
from collections.abc import Callable, Hashable, Sequence

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import get_language

# What stands in a statement for the keys that each question brings, by their type.
STAND_INS = {int: [-1], str: ["-1"]}
# A statement takes some 20 kB.
MOST_STATEMENTS_KEPT = 200


class ComposedStatement:
    """What a `values_list` asks of the records with some keys, which stand in it as a stand-in (see `STAND_INS`), once."""

    def __init__(self, asked: QuerySet, stand_in: list):
        compiler = asked.query.get_compiler(asked.db)
        self.text, parameters = compiler.as_sql()
        self.parameters = list(parameters)
        # As the lookup `among` writes them.
        self.write_keys = {"sqlite": json.dumps, "postgresql": list}[connection.vendor]
        stands = self.write_keys(stand_in)
        if self.parameters.count(stands) != 1:
            raise ValueError("The keys do not stand in the statement just once.")
        self.place = self.parameters.index(stands)
        converters = compiler.get_converters([expression for expression, *_rest in compiler.select])
        self.converters = list(converters.items())

    def rows(self, keys: Sequence) -> list[Sequence]:
        """The answer, as Django would give it. One query."""
        parameters = [*self.parameters]
        parameters[self.place] = self.write_keys(keys)
        with connection.cursor() as cursor:
            cursor.execute(self.text, parameters)
            found = cursor.fetchall()
        return [self.converted(row) for row in found] if self.converters else found

    def converted(self, row: Sequence) -> list:
        values = list(row)
        for place, (steps, expression) in self.converters:
            for step in steps:
                values[place] = step(values[place], expression, connection)
        return values


def ask_of_keys(compose: Callable[..., QuerySet], keys: Sequence, *about: Hashable) -> list[Sequence]:
    """The rows of the `values_list` that `compose` makes of some keys, which are all numbers or all texts, and of what
    else it is about. It uses the keys in one lookup `among`, and the same `about` always gives the same statement. No
    query without keys."""
    if not keys:
        return []
    stand_in = STAND_INS[type(keys[0])]
    if connection.as_of is not None:
        return ComposedStatement(compose(stand_in, *about), stand_in).rows(keys)
    return kept_statement(compose, type(keys[0]), get_language(), connection.vendor, *about).rows(keys)


@functools.lru_cache(maxsize=MOST_STATEMENTS_KEPT)
def kept_statement(
    compose: Callable[..., QuerySet], kind: type, _language: str, _vendor: str, *about: Hashable
) -> ComposedStatement:
    return ComposedStatement(compose(STAND_INS[kind], *about), STAND_INS[kind])
