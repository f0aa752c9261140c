"""Published values that no source vouches for, or that only a weak one does."""

from functools import lru_cache

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, Exists, Max, OuterRef, QuerySet, Sum, Value, When
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from partners.admin.base import change_url
from partners.findings.evidence import IS_STRONG
from partners.languages import original_of
from partners.models import Citation, DataVersion, Publishable
from partners.models.sources import TARGETS
from partners.tables.columns import Table
from partners.tables.evidence import holds_value, standing_citations, values_of
from partners.tables.sources import TARGET_TABLES

GAPS_ON_PAGE = 50
GAPS = {
    "evidence": _("Published values without evidence"),
    "strong": _("Published values with weak evidence only"),
}


def gaps(lacking: str) -> QuerySet:
    """Where public records have a value that lacks evidence at all, or strong evidence: kind, key and column of each."""
    parts = [
        part
        for target, model in TARGETS.items()
        if issubclass(model, Publishable)
        for part in gaps_of(target, lacking)
    ]
    return parts[0].union(*parts[1:], all=True)


def values_from_sources(table: Table) -> list[str]:
    """The values of a record that sources say; those that editors word have none."""
    return [name for name in values_of(table) if not table.column(name).editorial]


def gaps_of(target: str, lacking: str):
    table = TARGET_TABLES[target]
    for name in values_from_sources(table):
        column = table.column(name)
        texts = [field for field in table.model.citable_fields if original_of(field) == name]
        cited = Citation.objects.filter(**{target: OuterRef("pk")}, supports_current=True, field__in=texts)
        is_lacking = ~Exists(cited)
        if lacking == "strong":
            is_lacking = Exists(cited) & ~Exists(cited.filter(IS_STRONG))
        records = table.model.objects.published().filter(holds_value(table, column), is_lacking).order_by()
        named = records.annotate(of_kind=Value(target), of_value=Value(name))
        yield named.values_list("of_kind", "pk", "of_value")


@lru_cache(maxsize=2)
def count_gaps(data_version: int) -> dict[str, int]:
    """How many `gaps` of each sort there are. Counting looks at every value, so it is done once for each state of the
    data; and it takes what is recorded and what is cited, instead of asking each value for its sources."""
    counts = [counts_of(target) for target, model in TARGETS.items() if issubclass(model, Publishable)]
    recorded, cited, strong = map(sum, zip(*counts, strict=True))
    return {"evidence": recorded - cited, "strong": cited - strong}


def counts_of(target: str) -> tuple[int, int, int]:
    """How many values of public records of a kind are recorded, how many of these are cited, how many of these well."""
    table = TARGET_TABLES[target]
    names = values_from_sources(table)
    filled = {name: Count("pk", filter=holds_value(table, table.column(name))) for name in names}
    recorded = table.model.objects.published().order_by().aggregate(**filled)
    is_strong = Max(Case(When(IS_STRONG, then=1), default=0))
    cited = standing_citations(target).filter(named__in=names).values("named", f"{target}_id")
    counted = cited.annotate(is_strong=is_strong).aggregate(cited=Count("*"), strong=Sum("is_strong"))
    return sum(recorded.values()), counted["cited"], counted["strong"] or 0


class CountedPaginator(Paginator):
    """Pages of gaps, which are counted once for each state of the data."""

    def __init__(self, lacking: str):
        super().__init__(gaps(lacking).order_by("of_kind", "pk", "of_value"), GAPS_ON_PAGE)
        self.lacking = lacking

    @property
    def count(self) -> int:
        return count_gaps(DataVersion.current())[self.lacking]


def page_of_gaps(lacking: str, number) -> tuple[Page, list[tuple]]:
    """A page of gaps: the record, its address in curation, and the column in words."""
    page = CountedPaginator(lacking).get_page(number)
    keys: dict[str, set[int]] = {}
    for target, key, _name in page.object_list:
        keys.setdefault(target, set()).add(key)
    records = {target: TARGETS[target].objects.in_bulk(those) for target, those in keys.items()}
    rows = []
    for target, key, name in page.object_list:
        if record := records[target].get(key):
            rows.append((record, change_url(record), capfirst(TARGET_TABLES[target].column(name).title)))
    return page, rows
