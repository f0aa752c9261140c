"""Published values that no source vouches for, or that only a weak one does."""

from functools import lru_cache

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from partners.admin.base import change_url
from partners.languages import original_of
from partners.models import Citation, DataVersion, Publishable
from partners.models.sources import TARGETS
from partners.tables.evidence import holds_value, values_of
from partners.tables.sources import TARGET_TABLES
from partners.vocabularies import SourceStance

GAPS_ON_PAGE = 50
# Those who are part of what they speak of.
FROM_WITHIN = (SourceStance.OFFICIAL, SourceStance.PARTNER)
# A source that vouches well for a value: of somebody who is part of the matter, with the words that say so.
IS_STRONG = ~Q(quote="") & Q(source__stance__in=FROM_WITHIN)

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


def gaps_of(target: str, lacking: str):
    table = TARGET_TABLES[target]
    for name in values_of(table):
        column = table.column(name)
        if column.editorial:
            # The words of the editors: no source says them.
            continue
        texts = [field for field in table.model.citable_fields if original_of(field) == name]
        cited = Citation.objects.filter(**{target: OuterRef("pk")}, supports_current=True, field__in=texts)
        is_lacking = ~Exists(cited)
        if lacking == "strong":
            is_lacking = Exists(cited) & ~Exists(cited.filter(IS_STRONG))
        records = table.model.objects.published().filter(holds_value(table, column), is_lacking).order_by()
        named = records.annotate(of_kind=Value(target), of_value=Value(name))
        yield named.values_list("of_kind", "pk", "of_value")


@lru_cache(maxsize=4)
def count_gaps(lacking: str, data_version: int) -> int:
    """How many there are. Counting looks at every value, so it is done once for each state of the data."""
    return gaps(lacking).count()


class CountedPaginator(Paginator):
    """Pages of gaps, which are counted once for each state of the data."""

    def __init__(self, lacking: str):
        super().__init__(gaps(lacking).order_by("of_kind", "pk", "of_value"), GAPS_ON_PAGE)
        self.lacking = lacking

    @property
    def count(self) -> int:
        return count_gaps(self.lacking, DataVersion.current())


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
