"""What the index of the search depends on, derived from the texts that are searched (`texts.py`).

Every text is a query: rows of one table that are joined to others. Whatever one of these tables holds for it (the
text itself, the rule of publication, the links between them) is watched, and the joins say which records a changed row
concerns: the same query, with the changed rows in place of the table.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Model
from django.db.models.expressions import Col
from django.db.models.sql.datastructures import BaseTable

from partners.selection.search.kinds_of_text import Text, Texts

INSERT, UPDATE, DELETE = "INSERT", "UPDATE", "DELETE"


def noted_words(model: str) -> str:
    """Under which name records are noted of which only the words may have changed, and not where they are counted."""
    return f"{model}:words"


def noted_ties(model: str) -> str:
    """The same where only words may have changed by which busy ones are not found; see `MOST_TIES`."""
    return f"{model}:ties"


@dataclass(frozen=True)
class Watched:
    """Columns of a table, the events that matter, and which records a changed row concerns.

    `noted` is the name under which these are noted, and `concerned` a SELECT of their ids under the name `id`, with `{rows}` where the changed rows stand.
    """

    table: str
    columns: tuple[str, ...]
    events: tuple[str, ...]
    noted: str
    concerned: str


class Joins:
    """The tables that Django joins for a text, from its rows to the record and to the text."""

    def __init__(self, texts: Texts, text: Text):
        rows = text.rows() if text.rows else texts.model._default_manager.all()
        queryset = rows.filter(**{f"{text.owner}__isnull": False}).order_by()
        self.query = queryset.values_list(text.owner, *text.fields).query
        # Joins are made while the query is compiled.
        self.query.get_compiler("default").as_sql()
        self.tables = self.query.alias_map
        (self.owner, *self.shown) = self.query.select

    def columns(self, alias: str) -> list[str]:
        """The columns of one of the tables that the text follows from."""
        used = [
            each.target.column
            for each in (*self.query.select, *compared(self.query.where))
            if each.alias == alias
        ]
        for table in self.tables.values():
            if not isinstance(table, BaseTable):
                for left, right in table.join_cols:
                    used += [left] * (table.parent_alias == alias) + [right] * (table.table_alias == alias)
        return [column for column in dict.fromkeys(used) if column != "id"]

    def is_tie(self, alias: str) -> bool:
        """Whether rows of a table come and go without those that they are joined to."""
        table = self.tables[alias]
        return isinstance(table, BaseTable) or any(left == "id" for left, _ in table.join_cols)

    def way(self, alias: str) -> list[str]:
        """The tables from the first one to another, in the order in which they are joined."""
        found = []
        while alias:
            found.insert(0, alias)
            alias = getattr(self.tables[alias], "parent_alias", None)
        return found

    def concerned(self, alias: str) -> str:
        """The records whose text changes with rows of a table."""
        needed = dict.fromkeys([*self.way(alias), *self.way(self.owner.alias)])
        names = {each: f"t{number}" for number, each in enumerate(needed)}
        # The last of them may be known by its number alone.
        parts = []
        for each in needed:
            table = self.tables[each]
            source = "{rows}" if each == alias else table.table_name
            if isinstance(table, BaseTable):
                parts.append(f"{source} {names[each]}")
                continue
            on = " AND ".join(
                f"{names[table.parent_alias]}.{left} = {names[each]}.{right}"
                for left, right in table.join_cols
            )
            parts.append(f"JOIN {source} {names[each]} ON {on}")
        owner = f"{names[self.owner.alias]}.{self.owner.target.column}"
        return f"SELECT {owner} AS id FROM {' '.join(parts)}"  # noqa: S608 (names of tables and columns of our own)

    @cached_property
    def model(self) -> str:
        return self.query.model._meta.model_name


def compared(node) -> Iterator[Col]:
    """The columns that a condition compares."""
    for child in getattr(node, "children", ()):
        if isinstance(getattr(child, "lhs", None), Col):
            yield child.lhs
        else:
            yield from compared(child)


def watched(listings) -> list[Watched]:
    """What all listings depend on, each thing once."""
    found: dict[Watched, None] = {}
    for listing in listings:
        texts: Texts = listing.base_filters["q"].texts
        for text in texts.texts:
            joins, noted = Joins(texts, text), noted_ties if text.is_of_ties else noted_words
            for alias in joins.tables:
                if columns := joins.columns(alias):
                    events = (INSERT, UPDATE, DELETE) if joins.is_tie(alias) else (UPDATE,)
                    found[
                        Watched(
                            joins.tables[alias].table_name,
                            tuple(sorted(columns)),
                            events,
                            noted(texts.model._meta.model_name),
                            joins.concerned(alias),
                        )
                    ] = None
    return list(found)


def columns_of(model: type[Model]) -> list[str]:
    """Every column of a table."""
    return [field.column for field in model._meta.concrete_fields]
