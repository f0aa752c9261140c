"""Where the values of a record come from, as a page shows it: numbered sources, marks beside values, and judgements.

Sources of the record as a whole stand apart from those of single values. Among both the official ones lead, and the
group that has one comes first. Sources that were cited for earlier values only come last: they support nothing that the
page shows. Where sources disagree, both stand beside the value, with which one is followed and why.
"""

import datetime
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby

from django.db.models import F, Manager, QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from partners.languages import original_of
from partners.models import Citation, Source
from partners.models.agreements import AMOUNTS_FIELD
from partners.models.base import Citable
from partners.models.sources import field_of
from partners.money import amount_in_words
from partners.tables.columns import SEPARATOR, Table, type_of_cell
from partners.tables.sources import PUBLIC_VALUE, TARGET_TABLES
from partners.vocabularies import UNKNOWN, Preference, SourceKind, SourceStance

# Whoever speaks from one of these sides neither runs the programme nor speaks of itself.
OUTSIDE = frozenset((SourceStance.REPORTING, SourceStance.CRITICAL))
OUR_CLASSIFICATION = _("our classification")
FOR_WHOLE, FOR_VALUES = _("For the record as a whole"), _("For single values")
FOR_EARLIER = _("For earlier values")
ONE_REPORT, ONE_REFERENCE, REPORTS = _("one report only"), _("one reference only"), _("reports only")
# In a page with a list of sources; these stand where it says what its marks mean.
MEANING_OF_OURS, MEANING_OF_REPORTS = "our-classification", "reports-only"


def only_reporting(sources: Iterable[Source]) -> str | Promise:
    """In words, that a value rests on sources from outside only; "" where it does not, or on none at all."""
    sources = {source.pk: source for source in sources}.values()
    if not sources or any(source.stance not in OUTSIDE for source in sources):
        return ""
    if len(sources) > 1:
        return REPORTS
    return ONE_REFERENCE if next(iter(sources)).kind == SourceKind.REFERENCE else ONE_REPORT


def is_ours(table: Table, name: str, value: type_of_cell, cited: Iterable[str]) -> bool:
    """Whether a value of a column is a classification by the editors, which no citation supports."""
    is_recorded = value not in (None, "", [], UNKNOWN)
    return is_recorded and table.column(field_of(name)).editorial and name not in cited


def earlier_in_words(target: str, field: str, text: str) -> str:
    """A value as people read it, from its text in files; the text itself where it is not what the column holds."""
    if not text:
        return gettext("nothing recorded")
    with suppress(ValueError, ArithmeticError, KeyError, StopIteration):
        if field == AMOUNTS_FIELD:
            kind, exactness, amount, currency = text.split(" ")
            return amount_in_words(kind, exactness, Decimal(amount), currency)
        column = TARGET_TABLES[target].column(field)
        if column.vocabulary:
            return column.vocabulary.label_of(text)
        if column.datatype == "date":
            return date_format(datetime.date.fromisoformat(text), "j F Y")
        return text.replace(SEPARATOR, ", ") if column.many else text
    return text


@dataclass(frozen=True)
class Statement:
    """What one source says for some values of a record, or for the record as a whole, in the same words, read on the same
    day: those of the `first` citation. A citation for an earlier value, or of a source that says otherwise, stands alone."""

    fields: list[str]
    first: Citation

    @property
    def of_whole(self) -> bool:
        return self.fields == [""]

    @property
    def of_earlier(self) -> bool:
        """Whether it supports a value that the record does not have any more."""
        return not self.first.supports_current


def statements_by_source(citations: Iterable[Citation]) -> list[Statement]:
    """What one source says about one record, in the order of its values; the record as a whole comes last."""
    found: dict[tuple, Statement] = {}
    for citation in sorted(citations, key=place_of_value):
        alone = citation.pk if citation.says or not citation.supports_current else None
        key = (not citation.field, citation.quote, citation.retrieved_date, alone)
        found.setdefault(key, Statement([], citation)).fields.append(citation.value_name)
    return list(found.values())


def place_of_value(citation: Citation) -> int:
    """The place of a value among those of its record."""
    names = Citation.targets()[citation.target].citable_fields
    return names.index(citation.field) if citation.field in names else len(names)


@dataclass
class NumberedSource:
    """A source of a record, with the number of its mark and the citations that name it."""

    source: Source
    number: int = 0
    citations: list[Citation] = field(default_factory=list)

    @property
    def of_whole(self) -> bool:
        """Whether it supports the record as a whole, and no single value."""
        return not any(citation.field for citation in self.citations)

    @property
    def of_earlier(self) -> bool:
        """Whether all that it was cited for has changed since."""
        return not any(citation.supports_current for citation in self.citations)

    @property
    def statements(self) -> list[Statement]:
        return statements_by_source(self.citations)

    @property
    def rank(self) -> int:
        """From which side it speaks, as a number: the official one is the first."""
        return SourceStance.values.index(self.source.stance)

    @property
    def place(self) -> tuple:
        """Its place in its group: official before others, the newest first, those without a day last."""
        day = self.source.published_date
        return (
            self.rank,
            -day.toordinal() if day else 0,
            self.source.title_key,
            self.source.slug,
        )


@dataclass(frozen=True)
class Dispute:
    """That some of the sources of a value say otherwise: what they say, and why others are followed.

    `label` names the value where it stands beside others; else it is "".
    """

    says: str
    others: list[NumberedSource]
    followed: list[NumberedSource]
    reasons: list[str]
    label: str = ""

    @property
    def count(self) -> int:
        """The number of sources of the value, on either side."""
        return len(self.others) + len(self.followed)


@dataclass(frozen=True)
class Support:
    """What stands beside a value: the sources that support it, what to know of them in words with a link, and what some
    of them say otherwise."""

    sources: list[NumberedSource]
    notes: list[tuple[str, str | Promise]]
    disputes: list[Dispute] = field(default_factory=list)


class Provenance:
    """The sources of one record, numbered in the order in which they are listed at the path `page`, or on the same page."""

    def __init__(
        self, table: Table, citations: Iterable[Citation], page: str = "", record: Citable | None = None
    ):
        self.table = table
        self.record = record
        self.page = page
        by_source: dict[int, NumberedSource] = {}
        for citation in citations:
            numbered = by_source.setdefault(citation.source_id, NumberedSource(citation.source))
            numbered.citations.append(citation)
        ordered = sorted(by_source.values(), key=lambda numbered: numbered.place)
        earlier = [numbered for numbered in ordered if numbered.of_earlier]
        whole = [numbered for numbered in ordered if numbered.of_whole]
        single = [numbered for numbered in ordered if not numbered.of_whole and not numbered.of_earlier]
        groups = [group for group in ((FOR_WHOLE, whole), (FOR_VALUES, single)) if group[1]]
        # The sources that are listed together, under a title each.
        self.groups = sorted(groups, key=lambda group: group[1][0].rank)
        if earlier:
            self.groups.append((FOR_EARLIER, earlier))
        self.by_field: dict[str, list[NumberedSource]] = {}
        for number, numbered in enumerate(self.sources, 1):
            numbered.number = number
            for citation in numbered.citations:
                if citation.supports_current:
                    self.by_field.setdefault(citation.value_name, []).append(numbered)

    @classmethod
    def of(cls, record: Citable, page: str = "") -> "Provenance":
        """The sources of a record, by one query."""
        citations = with_sources(record.citations.all())
        return cls(TARGET_TABLES[type(record).citation_field()], citations, page, record)

    def values(self, names: Iterable[str]) -> dict[str, type_of_cell]:
        """What the record holds in these fields; sets that were fetched with it cost no query."""
        held = {name: getattr(self.record, name) for name in names}
        return {
            name: list(value.all()) if isinstance(value, Manager) else value for name, value in held.items()
        }

    @property
    def sources(self) -> list[NumberedSource]:
        """All sources in the order of their numbers."""
        return [numbered for _title, group in self.groups for numbered in group]

    def of_field(self, *names: str) -> list[NumberedSource]:
        """The sources that support one of these values, each once, in the order of the list."""
        found = {each.number: each for name in names for each in self.by_field.get(name, ())}
        return [found[number] for number in sorted(found)]

    def support(self, values: dict[str, type_of_cell]) -> Support:
        """What stands beside values that are shown together, by the names of their fields.

        A text in several languages is one value, which each of its fields supports.
        """
        shown: dict[str, list[str]] = {}
        for name, value in values.items():
            if value not in (None, "", []):
                shown.setdefault(original_of(name), []).append(name)
        notes = []
        for names in shown.values():
            if is_ours(self.table, names[0], values[names[0]], self.cited(names)):
                notes.append((MEANING_OF_OURS, OUR_CLASSIFICATION))
        notes += self.notes_on_reports(list(shown.values()))
        disputes = [
            each for names in shown.values() for each in self.disputes(names, is_alone=len(shown) == 1)
        ]
        return Support(self.of_field(*(name for names in shown.values() for name in names)), notes, disputes)

    def disputes(self, names: list[str], is_alone: bool) -> list[Dispute]:
        """What some sources of a value say otherwise, each version once; `names` are the fields that hold the value."""
        sources = self.of_field(*names)
        said = sorted(
            (
                (citation.says, citation.reason, numbered)
                for numbered in sources
                for citation in numbered.citations
                if citation.says and citation.supports_current and citation.value_name in names
            ),
            key=lambda each: (each[0], each[2].number),
        )
        against = {numbered.number for _says, _reason, numbered in said}
        followed = [numbered for numbered in sources if numbered.number not in against]
        why = [
            citation.reason
            for numbered in followed
            for citation in numbered.citations
            if citation.reason and citation.supports_current and citation.value_name in names
        ]
        found = []
        for says, those in groupby(said, key=lambda each: each[0]):
            those = list(those)
            others = list({numbered.number: numbered for _says, _reason, numbered in those}.values())
            given = [*(reason for _says, reason, _source in those if reason), *why]
            reasons = dict.fromkeys(map(Preference.label_of, given))
            label = "" if is_alone else self.label(names[0])
            found.append(Dispute(says, others, followed, list(reasons), label))
        return found

    def cited(self, names: list[str]) -> list[str]:
        """All of these names where one of them is cited."""
        return names if any(name in self.by_field for name in names) else []

    def notes_on_reports(self, shown: list[list[str]]) -> list[tuple[str, str | Promise]]:
        """For each value that rests on reports only, that it does; its name where others stand beside it."""
        notices = [only_reporting(each.source for each in self.of_field(*names)) for names in shown]
        if len({str(each) for each in notices}) == 1:
            return [(MEANING_OF_REPORTS, notices[0])] if notices[0] else []
        return [
            (MEANING_OF_REPORTS, f"{self.label(names[0])}: {words}")
            for names, words in zip(shown, notices, strict=True)
            if words
        ]

    def label(self, name: str) -> str:
        """What a value is called."""
        return str(self.table.column(field_of(name)).title)


def with_sources(citations: QuerySet) -> QuerySet:
    """Citations with what a page shows of their sources, by one query."""
    return citations.select_related("source", "agreement_amount").annotate(shown_value=PUBLIC_VALUE)


def provenances(target: str, pages: dict[str, str]) -> dict[str, Provenance]:
    """The sources of several records of a kind by their slugs, by one query; `pages` gives the paths of their pages."""
    found: dict[str, list[Citation]] = {slug: [] for slug in pages}
    citations = Citation.objects.public(target).filter(**{f"{target}__slug__in": list(pages)})
    for citation in with_sources(citations).annotate(of=F(f"{target}__slug")):
        found[citation.of].append(citation)
    table = TARGET_TABLES[target]
    return {slug: Provenance(table, citations, pages[slug]) for slug, citations in found.items()}
