"""The words of the directory with a meaning of their own: the terms of every column that readers see."""

from dataclasses import dataclass
from functools import cache

from django.utils.functional import Promise

from partners.tables.definitions import TABLES
from partners.vocabularies import Vocabulary


@dataclass(frozen=True)
class ExplainedWords:
    """A vocabulary, by the first column that has its terms, in its table."""

    vocabulary: type[Vocabulary]
    anchor: str
    title: str | Promise
    table: str | Promise
    description: str | Promise


@cache
def glossary() -> dict[type[Vocabulary], ExplainedWords]:
    """Every vocabulary of public columns, in the order of the tables."""
    found: dict[type[Vocabulary], ExplainedWords] = {}
    for table in TABLES:
        for column in table.public_columns:
            if column.vocabulary and column.vocabulary not in found:
                anchor = f"{table.name}-{column.name}"
                found[column.vocabulary] = ExplainedWords(
                    column.vocabulary, anchor, column.title, table.title, column.description
                )
    return found
