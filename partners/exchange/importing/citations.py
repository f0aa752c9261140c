"""Rows about citations: which source supports which record, or which value of it."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from partners.changes.history import RowStep, filled
from partners.curation_vocabularies import LineState
from partners.engines.batches import batches
from partners.exchange.importing.kinds import ImportKind
from partners.exchange.importing.lines import CheckedLine, ShownCell
from partners.exchange.importing.lookups import FoundRecord, Lookup
from partners.exchange.importing.related import row_values, term_of
from partners.exchange.importing.rules import broken_constraints
from partners.exchange.package.cells import converter_of
from partners.exchange.spreadsheet.header import Layout
from partners.exchange.spreadsheet.planning import APPLYING_BATCH, Plan, RowComparison
from partners.models import Citation
from partners.models.agreements import AMOUNTS_FIELD
from partners.models.sources import TARGETS
from partners.tables.columns import Column
from partners.tables.sources import TARGET_TABLES

# What else a row says of a citation.
AMOUNT = "agreement_amount"


class CitationRows:
    """Checks rows of citations. A row is found by its source, its record and its value; an empty cell changes nothing."""

    def __init__(self, kind: ImportKind, layout: Layout, options: dict, numbers: Iterator[int]):
        self.kind, self.numbers = kind, numbers
        self.decisions = options.get("alike", {})
        self.comparison = RowComparison(Plan(kind.table), layout, new_rows=True)
        self.targets = [name for name in TARGETS if name in layout.places]
        self.told = [
            each
            for each in kind.values
            if each.name in layout.places and not each.references and each.name not in ("source", "field")
        ]
        self.lookups = {table: Lookup(table) for table in ("sources", "agreement_amounts")}
        self.lookups |= {TARGET_TABLES[name].name: Lookup(TARGET_TABLES[name].name) for name in self.targets}
        self.lines: list[CheckedLine] = []
        self.found: dict[int, dict[str, FoundRecord]] = {}

    def identify(self, lines: list[CheckedLine]) -> None:
        self.lines = lines
        columns = {"source": "sources", AMOUNT: "agreement_amounts"}
        columns |= {name: TARGET_TABLES[name].name for name in self.targets}
        for column, table in columns.items():
            self.lookups[table].load({line.text(column) for line in lines})
        seen: dict[str, int] = {}
        for line in lines:
            self.find(line, columns)
            if line.key in seen and not line.is_refused:
                line.refuse("source", _("stands on line %d already. Allowed: once.") % seen[line.key])
            seen.setdefault(line.key, line.line)
        for some in batches([line for line in lines if not line.is_refused], APPLYING_BATCH):
            self.find_present(some)
        for line in lines:
            if self.decisions.get(line.key) == "skip":
                line.state = LineState.SKIPPED

    def find(self, line: CheckedLine, columns: dict[str, str]) -> None:
        """What a row names: exactly one source and one record."""
        named = {column: line.text(column) for column in columns if line.text(column)}
        line.key = "|".join([*(f"{name}={item}" for name, item in named.items()), line.text("field")])
        records = [name for name in self.targets if name in named]
        line.label = " · ".join(filter(None, [*(named[name] for name in records), line.text("field")]))
        if "source" not in named:
            line.refuse("source", _("is empty. Allowed: the key or the address of a source."))
        if len(records) != 1:
            told = _("names %d records. Allowed: one, in one of the columns %s.")
            line.refuse(records[0] if records else "organization", told % (len(records), ", ".join(TARGETS)))
        found = {}
        for column, item in named.items():
            each = self.lookups[columns[column]].find(item)
            if isinstance(each, str):
                line.refuse(column, f"“{item}” {each}")
            else:
                found[column] = each
        if line.is_refused:
            return
        self.check_field(line, records[0])
        self.found[line.line] = found

    def check_field(self, line: CheckedLine, target: str) -> None:
        field = line.text("field")
        if field and field not in TARGETS[target].citable_fields:
            told = _("is no value that can be cited. Allowed: %s, or nothing for the whole record.")
            line.refuse("field", told % ", ".join(TARGETS[target].citable_fields))
        elif (field == AMOUNTS_FIELD) != bool(line.text(AMOUNT)):
            line.refuse(AMOUNT, _("is needed where the field is amounts, and empty elsewhere."))

    def find_present(self, lines: list[CheckedLine]) -> None:
        """The citations that are there already."""
        sources = {self.found[line.line]["source"].number for line in lines}
        rows = Citation._base_manager.filter(source__in=sources)
        there = {}
        for target in self.targets:
            wanted = [
                self.found[line.line][target].number for line in lines if target in self.found[line.line]
            ]
            for row in rows.filter(**{f"{target}__in": wanted}) if wanted else ():
                record = getattr(row, f"{target}_id")
                there[row.source_id, target, record, row.field, row.agreement_amount_id] = row
        for line in lines:
            found = self.found[line.line]
            target = next(name for name in self.targets if name in found)
            amount = found[AMOUNT].number if AMOUNT in found else None
            place = (found["source"].number, target, found[target].number, line.text("field"), amount)
            line.record = there.get(place)
            line.number = line.record.pk if line.record else next(self.numbers)

    def compare(self, lines: list[CheckedLine]) -> None:
        for line in lines:
            if line.state in (LineState.REFUSED, LineState.SKIPPED):
                continue
            values = self.read(line)
            if line.is_refused:
                continue
            if line.is_new:
                self.add(line, values)
            else:
                self.change(line, values)
            if line.is_refused:
                line.steps = []

    def read(self, line: CheckedLine) -> dict[str, Any]:
        """What a row says of its citation, by attribute."""
        values = {}
        for column in self.told:
            text = self.canonical(column, line)
            old = self.now(column, line)
            if not text or text == old:
                continue
            if problem := self.comparison.problem(column, old, text, line.cells[column.name]):
                line.refuse(column.name, problem, before=old)
                continue
            field = self.kind.sheet.fields[column.name]
            values[field.attname] = converter_of(field)(text)
            line.show(column.name, old, text)
        return values

    def canonical(self, column: Column, line: CheckedLine) -> str:
        text = self.comparison.restored(column, line.cells[column.name].text)
        return term_of(column.vocabulary, text) or text if text and column.vocabulary else text

    def now(self, column: Column, line: CheckedLine) -> str:
        value = getattr(line.record, self.kind.sheet.fields[column.name].attname) if line.record else None
        return "" if filled(value) is None else str(value)

    def named(self, line: CheckedLine) -> dict[str, Any]:
        found = self.found[line.line]
        return {f"{name}_id": each.number for name, each in found.items()} | {"field": line.text("field")}

    def own(self, line: CheckedLine) -> frozenset:
        """The record that a citation belongs to."""
        found = self.found[line.line]
        target = next(name for name in self.targets if name in found)
        return frozenset([(TARGETS[target]._meta.model_name, found[target].number)])

    def add(self, line: CheckedLine, values: dict[str, Any]) -> None:
        named = self.named(line)
        what = [ShownCell(name, "", each.key) for name, each in self.found[line.line].items()]
        line.shown = what + line.shown
        values = row_values(Citation, **{"value": None} | named | values)
        self.keep_rules(line, values)
        line.steps.append(RowStep(Citation, line.number, self.own(line), None, values))
        if not line.is_refused:
            line.state = LineState.NEW

    def change(self, line: CheckedLine, values: dict[str, Any]) -> None:
        before = {name: getattr(line.record, name) for name in values}
        whole = {each.attname: getattr(line.record, each.attname) for each in Citation._meta.concrete_fields}
        if values:
            self.keep_rules(line, whole | values)
            line.steps.append(RowStep(Citation, line.record.pk, self.own(line), before, values))
        if not line.is_refused:
            line.state = LineState.CHANGED if values else LineState.UNCHANGED

    def keep_rules(self, line: CheckedLine, values: dict[str, Any]) -> None:
        for name, text in broken_constraints(Citation, values):
            line.refuse(name.removesuffix("_id"), text)
        if not values.get("says") or line.is_refused:
            return
        try:
            Citation(**values).clean()
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                line.refuse(name, " ".join(messages))

    def twins(self) -> None:
        """A citation is found by what it names: there are no likely ones."""
