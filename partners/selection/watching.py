"""What the index of the listings depends on, derived from the querysets that it is made of.

These are the rows of each listing, the values of its facets and the texts that are searched. A queryset reads rows of
one table, of those joined to it, and of those in queries within it. Each table is watched in the columns that it reads;
the columns that have to be equal lead from a changed row to the records that it concerns.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import Exists, QuerySet, Subquery, Value
from django.db.models.expressions import Col, RawSQL
from django.db.models.lookups import Exact, In
from django.db.models.sql.datastructures import BaseTable, Join
from django.db.models.sql.query import Query
from django.db.models.sql.where import AND, ExtraWhere, WhereNode

from partners.selection.facets import places_in_facet
from partners.selection.search.watching import noted_ties, noted_words, querysets_of_texts

INSERT, UPDATE, DELETE = "INSERT", "UPDATE", "DELETE"
KEY = "id"


class Unwatchable(Exception):
    """A queryset of a declaration depends on something that cannot be followed to the records of the listing."""


@dataclass(frozen=True)
class Dependency:
    """What one table means for records.

    `columns`    those whose change matters
    `events`     what can happen to a row that matters
    `noted`      the name under which the records are noted
    `column`     the column of a changed row from which the way to the records starts
    `concerned`  a SELECT of their keys, under the name `id`; `{rows}` stands for the changed rows
    """

    table: str
    columns: tuple[str, ...]
    events: tuple[str, ...]
    noted: str
    column: str
    concerned: str


@dataclass(frozen=True)
class Tie:
    """A table beside another in a queryset: a column of it equals one of the other."""

    column: str
    other: str
    other_column: str


@dataclass
class Tables:
    """The tables that a queryset reads, its inner queries included, by a name for each place in which one is read."""

    tables: dict[str, str] = field(default_factory=dict)
    columns: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    ties: dict[str, list[Tie]] = field(default_factory=lambda: defaultdict(list))

    def read(self, query: Query, outer: Mapping[str, str]) -> dict[str, str]:
        """Take in a query; `outer` has the names of the places in queries around it, and so the result its own."""
        if query.combinator or query.is_sliced or query.extra or query.distinct_fields:
            raise Unwatchable(f"Neither unions nor slices can be watched: {query}")
        scope = dict(outer)
        joined = {
            alias: each
            for alias, each in query.alias_map.items()
            if query.alias_refcount[alias] or isinstance(each, BaseTable)
        }
        for alias, each in joined.items():
            scope[alias] = f"{alias}_{len(self.tables)}"
            self.tables[scope[alias]] = each.table_name
        for alias, each in joined.items():
            if isinstance(each, Join):
                for left, right in each.join_cols:
                    self.tie(scope[each.parent_alias], left, scope[alias], right)
                if each.filtered_relation:
                    self.look(each.filtered_relation.resolved_condition, scope)
        for expression in (*query.select, *query.annotations.values()):
            self.look(expression, scope)
        self.look(query.where, scope, required=True)
        return scope

    def tie(self, one: str, column: str, other: str, other_column: str) -> None:
        self.columns[one].add(column)
        self.columns[other].add(other_column)
        self.ties[one].append(Tie(column, other, other_column))
        self.ties[other].append(Tie(other_column, one, column))

    def look(self, node, scope: Mapping[str, str], required: bool = False) -> None:
        """Take in an expression, or a condition: one that is `required` of every row ties the columns it compares."""
        match node:
            case Col():
                self.columns[scope[node.alias]].add(node.target.column)
            case Exists():
                # Django lets it look for one row only; which one does not matter.
                inner = node.query.clone()
                inner.clear_limits()
                self.read(inner, scope)
            case Subquery():
                self.read(node.query, scope)
            case In(lhs=Col() as column, rhs=Query() as query):
                inner = self.read(query, scope)
                if len(query.select) != 1:
                    raise Unwatchable(f"Only a plain column of these can be compared: {query}")
                place, selected = (scope[column.alias], column.target.column), query.select[0]
                self.tie(*place, inner[selected.alias], selected.target.column)
            case Query():
                self.read(node, scope)
            case RawSQL() | ExtraWhere():
                raise Unwatchable(f"SQL by hand cannot be watched: {node}")
            case Exact(lhs=Col() as one, rhs=Col() as other) if required:
                self.tie(scope[one.alias], one.target.column, scope[other.alias], other.target.column)
            case WhereNode():
                required = (
                    required and not node.negated and (node.connector == AND or len(node.children) == 1)
                )
                for child in node.children:
                    self.look(child, scope, required)
            case _ if hasattr(node, "get_source_expressions"):
                for each in filter(None, node.get_source_expressions()):
                    self.look(each, scope)

    def ways(self, owner: str) -> dict[str, list[tuple[str, Tie]]]:
        """From each place the shortest way to another: the steps, each with the place that it starts from."""
        found: dict[str, list[tuple[str, Tie]]] = {owner: []}
        reached = [owner]
        for place in reached:
            for tie in self.ties[place]:
                if tie.other not in found:
                    step = tie.other, Tie(tie.other_column, place, tie.column)
                    found[tie.other] = [step, *found[place]]
                    reached.append(tie.other)
        if lost := self.tables.keys() - found.keys():
            raise Unwatchable(f"Nothing ties {', '.join(self.tables[each] for each in lost)} to the records.")
        return found


def dependencies_of(queryset: QuerySet, record: Col, noted: str) -> Iterator[Dependency]:
    """What a queryset depends on; `record` is the column that it selects with the key of the record."""
    tables = Tables()
    scope = tables.read(queryset.query, {})
    owner = scope[record.alias]
    tables.columns[owner].add(record.target.column)
    for place, way in tables.ways(owner).items():
        columns = tuple(sorted(tables.columns[place] - {KEY}))
        events = (INSERT, UPDATE, DELETE) if comes_and_goes(way) else (UPDATE,)
        column, concerned = selecting(tables, way, record.target.column)
        if columns or INSERT in events:
            yield Dependency(tables.tables[place], columns, events, noted, column, concerned)


def comes_and_goes(way: list[tuple[str, Tie]]) -> bool:
    """Whether rows come and go without a change of the rows to which they lead, which would have to name them."""
    if not way:
        return True
    _place, step = way[0]
    return step.column != KEY or step.other_column == KEY


def selecting(tables: Tables, way: list[tuple[str, Tie]], last: str) -> tuple[str, str]:
    """The column of changed rows from which a way leads to records, and the SELECT of their keys.

    `last` is the column with the key of the record in the place to which the way leads. A place that the way enters and
    leaves by the same column says nothing, and is left out.
    """
    first = way[0][1].column if way else last
    at, joins = f"r.{first}", []
    for number, (_place, step) in enumerate(way, 1):
        leaving = way[number][1].column if number < len(way) else last
        if leaving != step.other_column:
            name = f"t{number}"
            joins.append(f" JOIN {tables.tables[step.other]} {name} ON {name}.{step.other_column} = {at}")
            at = f"{name}.{leaving}"
    return first, f"SELECT {at} AS id FROM {{rows}} r{''.join(joins)}"  # noqa: S608 (names of our own)


# What the listings are made of ----------------------------------------------------------------------------------------


def querysets_of(listing) -> Iterator[tuple[QuerySet, Col, str]]:
    """Each queryset from which the index of a listing is made, with the column of the record in it, and as what a
    record is noted when it may give something else."""
    members, model = listing.members(), listing._meta.model._meta.model_name
    facets = [pairs for facet in listing.facets().values() for pairs in facet.pairs(members)]
    for pairs in (places_in_facet(members, "pk", Value("")), *facets):
        yield pairs, pairs.query.annotations["entry_record"], model
    for shown, noted in querysets_of_texts(listing.base_filters["q"].texts):
        yield shown, shown.query.select[0], noted


def dependencies(listings: Iterable) -> list[Dependency]:
    """What the index of some listings depends on. What concerns the same records in the same way stands together."""
    found: dict[tuple[str, str, str, str], list[set[str]]] = defaultdict(lambda: [set(), set()])
    for listing in listings:
        for queryset, record, noted in querysets_of(listing):
            for each in dependencies_of(queryset, record, noted):
                columns, events = found[each.table, each.column, each.concerned, each.noted]
                columns.update(each.columns)
                events.update(each.events)
    for (table, column, concerned, noted), (columns, events) in found.items():
        for more in says_more(noted):
            if (table, column, concerned, more) in found:
                columns -= found[table, column, concerned, more][0]
                events -= found[table, column, concerned, more][1] - {UPDATE}
    return [
        Dependency(table, tuple(sorted(columns)), tuple(sorted(events)), noted, column, concerned)
        for (table, column, concerned, noted), (columns, events) in sorted(found.items())
        if columns or events - {UPDATE}
    ]


def says_more(noted: str) -> list[str]:
    """The names for what has more to be written anew than one of them."""
    model, _, only = noted.partition(":")
    names = [model, noted_words(model), noted_ties(model)]
    return names[: names.index(noted)]
