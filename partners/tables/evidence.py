"""How many values of the public records have a source of their own: counted by one query for each kind of record.

A value is a field that can be cited, of a public record, where something is recorded: an empty one is none, and neither is
a term that stands for what no source says. A text in several languages is one value. Citations for earlier values do not
count.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from functools import reduce
from operator import add, or_

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When

from partners.languages import original_of
from partners.models import Citation
from partners.querysets import told_to_readers
from partners.tables.columns import Column, Table
from partners.tables.profile import Profile, share_of
from partners.tables.sources import TARGET_TABLES
from partners.vocabularies import UNKNOWN


@dataclass(frozen=True)
class Evidence:
    """Of so many `values`, how many have a citation of their own, one with the day it was read, and one with the words.

    `ours` have none, and are classifications by the editors of the directory.
    """

    values: int = 0
    cited: int = 0
    read: int = 0
    quoted: int = 0
    ours: int = 0

    def __add__(self, other: "Evidence") -> "Evidence":
        return Evidence(*map(add, astuple(self), astuple(other)))

    @property
    def shares(self) -> list[tuple[int, str]]:
        """The cited, read and quoted values and those that are ours, each with its share in whole percent."""
        return [
            (count, share_of(count, self.values)) for count in (self.cited, self.read, self.quoted, self.ours)
        ]


@dataclass(frozen=True)
class TableEvidence:
    """The evidence of each value of the records of a table, by the name of its column."""

    table: Table
    values: dict[str, Evidence]

    @property
    def total(self) -> Evidence:
        return reduce(add, self.values.values(), Evidence())


def values_of(table: Table) -> list[str]:
    """The values of a record of a table that can be cited, by the names of their columns."""
    return list(dict.fromkeys(map(original_of, table.model.citable_fields)))


def evidence(profiles: Iterable[Profile]) -> dict[str, TableEvidence]:
    """The evidence of each table whose records can be cited, by its name. The profiles say how many values there are."""
    targets = {table.name: target for target, table in TARGET_TABLES.items()}
    return {
        profile.table.name: TableEvidence(profile.table, evidence_of(profile, targets[profile.table.name]))
        for profile in profiles
        if profile.table.name in targets
    }


def evidence_of(profile: Profile, target: str) -> dict[str, Evidence]:
    """The evidence of each value of the records of one kind, by one query."""
    table = profile.table
    counts = {value: counted for value, *counted in cited_values(target)}
    recorded = {
        filling.column.name: filling.filled - filling.terms.get(UNKNOWN, 0) for filling in profile.columns
    }
    found = {}
    for name in values_of(table):
        cited, read, quoted = counts.get(name, (0, 0, 0))
        ours = recorded[name] - cited if table.column(name).editorial else 0
        found[name] = Evidence(recorded[name], cited, read, quoted, ours)
    return found


def cited_values(target: str) -> Iterable[tuple[str, int, int, int]]:
    """For each value, the number of public records of which it is cited, read, and quoted."""
    record = f"{target}_id"
    return (
        standing_citations(target)
        .values_list("named")
        .annotate(
            cited=Count(record, distinct=True),
            read=Count(record, distinct=True, filter=Q(retrieved_date__isnull=False)),
            quoted=Count(record, distinct=True, filter=~Q(quote="")),
        )
    )


def standing_citations(target: str) -> QuerySet:
    """The citations of recorded values of public records of a kind, in no order; `named` is the value of each."""
    table = TARGET_TABLES[target]
    texts = [name for name in table.model.citable_fields if original_of(name) != name]
    named = Case(
        *(When(field=name, then=Value(original_of(name))) for name in texts),
        default=F("field"),
        output_field=CharField(),
    )
    recorded = reduce(
        or_, (Q(named=name) & is_recorded(target, table.column(name)) for name in values_of(table))
    )
    standing = Citation.objects.public(target).filter(supports_current=True).exclude(field="")
    return standing.annotate(named=named).filter(recorded).order_by()


def is_recorded(target: str, column: Column) -> Q:
    """Whether the record of a citation has a value in a column that readers may see."""
    return holds_value(TARGET_TABLES[target], column, f"{target}__")


def holds_value(table: Table, column: Column, path: str = "") -> Q:
    """Whether a record has a value in a column that readers may see; `path` leads to the record."""
    if column.related:
        return Q(**{f"{path}pk__in": column.related.rows().order_by().values(column.related.owner)})
    lookup = f"{path}{column.lookup}"
    if column.references:
        model = table.model._meta.get_field(column.lookup.split("__")[0]).related_model
        return told_to_readers(model, lookup.removesuffix("__slug"))
    if column.datatype in ("integer", "date"):
        return Q(**{f"{lookup}__isnull": False})
    return ~Q(**{f"{lookup}__in": ["", UNKNOWN] if column.vocabulary else [""]})
